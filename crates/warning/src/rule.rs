//! What is watched, and when it counts: rules as the configuration gives them.

use domain::{Level, ParameterId, RuleId, Span, StationId, Time};
use serde::{Deserialize, Serialize};

/// A rule of the configuration (`rules.toml`).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// Its name.
    pub id: RuleId,
    /// Name on screen, Vietnamese.
    pub name_vi: String,
    /// Name on screen, English.
    pub name_en: String,
    /// Danger it speaks of: decides the episode and the policy (`flood`, `rain`, `storm`, `technical`).
    pub hazard: String,
    /// What it does.
    pub watch: Watch,
    /// In force from (event time); absent = always.
    #[serde(default)]
    pub valid_from: Option<Time>,
    /// In force until, exclusive (event time); absent = still.
    #[serde(default)]
    pub valid_to: Option<Time>,
    /// Legal or technical source.
    pub source: String,
}

/// What a rule watches.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind", deny_unknown_fields)]
pub enum Watch {
    /// One parameter against thresholds, at each station (or basin) that has it.
    Threshold(Threshold),
    /// Conditions on other rules within one basin: combined rules and quorums.
    Combined {
        /// Level that is raised when all conditions hold.
        level: Level,
        /// All must hold at the same event time.
        conditions: Vec<Condition>,
    },
    /// A station that sends nothing for longer than its `silent_after`, or whose clock, battery or
    /// messages are wrong.
    Station,
    /// A basin of which at least this share of stations is silent.
    Blindness {
        /// 0 < share ≤ 1.
        share: f64,
    },
    /// No station at all is heard for this long.
    Intake {
        /// Processing time without any telemetry.
        after: Span,
    },
    /// The long memory cannot be fed for longer than the settings of the installation bear.
    History,
    /// The ledger's clock: the wall clock is ahead of where it should be, or behind.
    Clock,
}

/// One parameter against thresholds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Threshold {
    /// Which parameter, measured or derived.
    pub parameter: ParameterId,
    /// Only these stations or basins; empty = all that have the parameter (and levels, when `levels` is empty).
    #[serde(default)]
    pub stations: Vec<StationId>,
    /// Thresholds in canonical units, ascending. Empty = from `levels.toml` (báo động 1–3, historic maximum).
    #[serde(default)]
    pub levels: Vec<Step>,
    /// With thresholds from `levels.toml`: how far below a level the value must be to clear it, canonical unit.
    #[serde(default)]
    pub clear_margin: f64,
    /// A level is raised when the value was at or above it for this long, in event time without a gap.
    #[serde(default)]
    pub hold: Span,
    /// A level is cleared when the value was below its clear threshold for this long, in event time without a gap.
    pub clear_hold: Span,
    /// Two values further apart than this do not make a continuous time.
    pub max_gap: Span,
    /// So many values in a row that are suspect, but not bad, confirm each other; 0 = never.
    #[serde(default)]
    pub confirm_readings: u8,
    /// … and they must be so far apart on average. Worked out from how often the station reports; not written.
    #[serde(skip)]
    pub apart: Span,
    /// A sum that covers less than this share of its window (0–100 %) does not clear: missing is unknown.
    #[serde(default = "ninety")]
    pub clear_completeness: u8,
}

const fn ninety() -> u8 {
    90
}

/// One threshold.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// Which level.
    pub level: Level,
    /// Name as printed, such as `BĐ1` or `100 mm/24 h`.
    pub name: String,
    /// At or above: raised. Canonical unit.
    pub raise: f64,
    /// Below: cleared. Canonical unit, not above `raise`.
    pub clear: f64,
    /// Legal or technical source; absent = the rule's.
    #[serde(default)]
    pub source: Option<String>,
}

/// A condition of a combined rule.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Condition {
    /// Another rule.
    pub rule: RuleId,
    /// Its level, or higher.
    pub level: Level,
    /// At so many stations of the basin at least.
    #[serde(default = "one")]
    pub stations: u16,
}

const fn one() -> u16 {
    1
}

impl Rule {
    /// Whether the rule is in force at that event time.
    #[must_use]
    pub fn in_force(&self, at: Time) -> bool {
        self.valid_from.is_none_or(|from| from <= at) && self.valid_to.is_none_or(|to| at < to)
    }
}
