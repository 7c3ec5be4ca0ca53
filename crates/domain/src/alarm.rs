//! Alarm states, their transitions, and the evidence they rest on.

use serde::{Deserialize, Serialize};

use crate::{EpisodeId, ParameterId, QcFlag, RuleId, SensorId, StationId, Time};

/// An alarm level. For flood stages 1–3 are báo động 1–3 and 4 is "above the historic maximum".
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Level(pub u8);

/// What a rule says about one target.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "state", content = "level")]
pub enum AlarmState {
    /// Nothing usable has been seen, or it is too old. Unknown is not normal.
    Unknown,
    /// Below every level.
    Normal,
    /// At that level.
    Level(Level),
}

/// What an alarm rests on: one value, against one threshold.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Evidence {
    /// Station (or basin) of the value.
    pub station: StationId,
    /// Parameter of the value.
    pub parameter: ParameterId,
    /// Sensor of the value.
    pub sensor: SensorId,
    /// When it was observed.
    pub observed_at: Time,
    /// The value, canonical unit.
    pub value: f64,
    /// Its quality flag.
    pub flag: QcFlag,
    /// Share of its window that is covered, 0–100 %.
    pub completeness: u8,
    /// The threshold it is compared with, canonical unit.
    pub threshold: Option<f64>,
    /// What the threshold is called, such as `BĐ3`.
    pub threshold_name: Option<String>,
    /// The legal or technical source of the threshold.
    pub source: Option<String>,
}

/// A change of an alarm state: the crossing.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Transition {
    /// Which rule.
    pub rule: RuleId,
    /// For which station or basin.
    pub target: StationId,
    /// Into which episode it belongs.
    pub episode: EpisodeId,
    /// Before.
    pub from: AlarmState,
    /// After.
    pub to: AlarmState,
    /// Event time of the change.
    pub at: Time,
    /// Rests on suspect or unevaluated data only.
    pub provisional: bool,
    /// Found in data that came too late to be in order; it says what was, not what is.
    pub late: bool,
    /// What it rests on.
    pub evidence: Vec<Evidence>,
}

/// The present state of a rule for a target.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AlarmRecord {
    /// Which rule.
    pub rule: RuleId,
    /// For which station or basin.
    pub target: StationId,
    /// Into which episode it belongs.
    pub episode: EpisodeId,
    /// Its state.
    pub state: AlarmState,
    /// Rests on suspect or unevaluated data only.
    pub provisional: bool,
    /// Since when, event time.
    pub since: Time,
    /// Its data have stopped: the level stands, but nobody knows whether it is still true.
    pub blind: bool,
    /// Found in old data, and nothing fresh bears it out: it says what was.
    #[serde(default)]
    pub late: bool,
    /// The sure level under a provisional one.
    #[serde(default)]
    pub beneath: Option<Beneath>,
    /// What it rests on: the crossing.
    pub evidence: Vec<Evidence>,
    /// The newest value seen while it is alarmed; as of the last change when read from a store.
    #[serde(default)]
    pub latest: Option<Evidence>,
    /// The highest value since it was raised; as of the last change when read from a store.
    #[serde(default)]
    pub highest: Option<Evidence>,
}

/// The sure level of an alarm whose suspect values say more.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Beneath {
    /// That level.
    pub level: Level,
    /// Since when, event time.
    pub since: Time,
    /// The newest value before the suspect ones.
    pub evidence: Evidence,
}

impl AlarmRecord {
    /// Its level; 0 = none.
    #[must_use]
    pub const fn level(&self) -> Level {
        match self.state {
            AlarmState::Level(level) => level,
            AlarmState::Unknown | AlarmState::Normal => Level(0),
        }
    }
}
