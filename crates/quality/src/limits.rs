//! The limits of one parameter, in its canonical unit, as the configuration writes them.

use domain::Span;
use serde::{Deserialize, Serialize};

/// The checks of one parameter. What is absent is not checked.
///
/// ```
/// let limits: quality::Limits = toml::from_str(
///     "gap = '1h'\n\
///      gross = { fail_min = -1.0, fail_max = 15.0, suspect_max = 12.0 }\n\
///      rate = { suspect = 0.5, per = '10min' }\n\
///      flat_line = { suspect = '6h', tolerance = 0.0 }",
/// )
/// .expect("limits");
/// assert!(limits.faults().is_empty());
/// ```
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Limits {
    /// What the sensor or the place can show.
    #[serde(default)]
    pub gross: Option<Gross>,
    /// How fast nature changes.
    #[serde(default)]
    pub rate: Option<Rate>,
    /// How fast water falls. With it, what fell or rose too fast must be borne out: see [`Recession`].
    #[serde(default)]
    pub recession: Option<Recession>,
    /// How far a value may stick out between its two neighbours.
    #[serde(default)]
    pub spike: Option<Spike>,
    /// How long it may stay the same.
    #[serde(default)]
    pub flat_line: Option<FlatLine>,
    /// A hole in the series is noted when it is longer than this; choose it longer than the reporting interval.
    #[serde(default)]
    pub gap: Option<Span>,
    /// How far redundant sensors may disagree.
    #[serde(default)]
    pub cross_check: Option<CrossCheck>,
}

/// Gross range (QARTOD test 4). Limits are inclusive: a value on the limit passes.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Gross {
    /// Below this it is bad: the sensor cannot show it.
    #[serde(default)]
    pub fail_min: Option<f64>,
    /// Above this it is bad.
    #[serde(default)]
    pub fail_max: Option<f64>,
    /// Below this it is suspect: the place has hardly ever shown it.
    #[serde(default)]
    pub suspect_min: Option<f64>,
    /// Above this it is suspect.
    #[serde(default)]
    pub suspect_max: Option<f64>,
}

/// Rate of change (QARTOD test 7), against the last trusted value over the time that really passed.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rate {
    /// A larger change per `per` is suspect. A flash flood is real, so for stages this is the one to set.
    #[serde(default)]
    pub suspect: Option<f64>,
    /// A larger change per `per` is bad.
    #[serde(default)]
    pub fail: Option<f64>,
    /// The time that `suspect` and `fail` refer to.
    pub per: Span,
    /// Changes up to this are never too fast: the sensor's resolution, waves. Default 0.
    #[serde(default)]
    pub tolerance: f64,
}

const fn three() -> u8 {
    3
}

const fn a_quarter() -> Span {
    Span::minutes(15)
}

const fn a_tenth() -> f64 {
    0.1
}

/// How fast a water level falls at most. A fall beyond it is doubted and never bears itself out, however often it is
/// repeated; only a sibling sensor, a return or a person does. `rate` is then about rises.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Recession {
    /// The fastest fall per `per`, canonical unit.
    pub fastest: f64,
    /// The time that `fastest` refers to.
    pub per: Span,
    /// Falls may lie this far below it: waves, the sensor's resolution. Default 0.
    #[serde(default)]
    pub tolerance: f64,
    /// So many readings in a row bear out a rise that was too fast. Default 3.
    #[serde(default = "three")]
    pub confirm_readings: u8,
    /// … over at least this long. Default 15 min.
    #[serde(default = "a_quarter")]
    pub confirm_after: Span,
    /// … and the water must go on moving by at least this, canonical unit; a fault stands still. Default 0.1.
    #[serde(default = "a_tenth")]
    pub confirm_moves: f64,
    /// … and by at least this share of the rise that was too fast. Default 0.
    #[serde(default)]
    pub confirm_share: f64,
}

impl Rate {
    /// The recession limit where the configuration gives none: falls are held to the limit of rises. One report of a slow
    /// station may hold a whole interval of them.
    #[must_use]
    pub fn recession(&self, interval: Span) -> Option<Recession> {
        let fastest = self.suspect.or(self.fail)?;
        let one = fastest * interval.millis() as f64 / self.per.millis().max(1) as f64;
        Some(Recession {
            fastest,
            per: self.per,
            tolerance: self.tolerance.max(one),
            confirm_readings: three(),
            confirm_after: Span::from_millis(interval.millis() * 3 / 2),
            confirm_moves: 0.04,
            confirm_share: 0.0,
        })
    }
}

/// Spike (QARTOD test 6, differential): the smaller of the steps to both neighbours, when they have opposite signs.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Spike {
    /// More than this is suspect.
    #[serde(default)]
    pub suspect: Option<f64>,
    /// More than this is bad.
    #[serde(default)]
    pub fail: Option<f64>,
}

/// Flat line (QARTOD test 8), by elapsed time.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FlatLine {
    /// Unchanged for this long is suspect.
    #[serde(default)]
    pub suspect: Option<Span>,
    /// Unchanged for this long is bad.
    #[serde(default)]
    pub fail: Option<Span>,
    /// "Unchanged" means: highest less lowest is at most this. Default 0, exactly the same.
    #[serde(default)]
    pub tolerance: f64,
    /// Values up to this may stay as long as they like: 0 for rain, because dry weather is no fault.
    #[serde(default)]
    pub ignore_at_or_below: Option<f64>,
    /// Values from this on may stay as long as they like: 95 % for humidity, because saturated air is no fault.
    #[serde(default)]
    pub ignore_at_or_above: Option<f64>,
}

/// Redundant sensors for the same thing at the same station.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CrossCheck {
    /// A value further than this from every other sensor is suspect.
    pub tolerance: f64,
    /// Values further apart in time than this are not compared; choose it longer than the reporting interval.
    pub within: Span,
}
