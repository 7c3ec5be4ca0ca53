//! What a series is: unit, kind, station with its validity, alarm levels; as the configuration says.

use domain::parameter::Kind;
use domain::{Level, SeriesKey, Span, Time, Unit};
use serde::Serialize;

/// A station or a basin, as the configuration describes it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Place {
    /// Its name in topics.
    pub id: String,
    /// Name as printed.
    pub name: String,
    /// Name of the river.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub river: Option<String>,
    /// Its basin.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub basin: Option<String>,
    /// Latitude, degrees north, WGS 84.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lat: Option<f64>,
    /// Longitude, degrees east, WGS 84.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lon: Option<f64>,
    /// Where the position comes from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub position_source: Option<String>,
    /// How often it reports.
    pub interval: Span,
    /// In operation from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub valid_from: Option<Time>,
    /// In operation until, exclusive.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub valid_to: Option<Time>,
    /// Alarm levels, past ones too.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub levels: Vec<AlarmLevel>,
    /// Where what is said here comes from.
    pub source: String,
}

/// What is missing although it was measured.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Incomplete {
    /// What was observed before this instant is missing, or some of it.
    pub before: Time,
    /// Why, in a word: `off` = no history server is configured, `unreachable` and so on = it does not answer.
    pub reason: String,
}

/// An alarm level with its validity and source.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct AlarmLevel {
    /// Of which parameter.
    pub parameter: String,
    /// 1–3 báo động, 4 historic maximum.
    pub level: Level,
    /// Name as printed.
    pub name: String,
    /// Value in the parameter's canonical unit.
    pub value: f64,
    /// Legal source.
    pub source: String,
    /// In force from (event time).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub valid_from: Option<Time>,
    /// In force until, exclusive (event time).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub valid_to: Option<Time>,
}

impl AlarmLevel {
    /// Whether it is in force at that event time.
    #[must_use]
    pub fn in_force(&self, at: Time) -> bool {
        self.valid_from.is_none_or(|from| from <= at) && self.valid_to.is_none_or(|to| at < to)
    }
}

/// A series and what its numbers mean.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Series {
    /// Station, parameter, sensor.
    #[serde(flatten)]
    pub key: SeriesKey,
    /// Name of the station as printed.
    pub station_name: String,
    /// Name of the parameter, Vietnamese.
    pub name_vi: String,
    /// Name of the parameter, English.
    pub name_en: String,
    /// Unit of its values; `None` when the configuration does not know the parameter any more.
    pub unit: Option<Unit>,
    /// Decimals in print.
    pub decimals: u8,
    /// How its values belong together.
    pub kind: Kind,
    /// For a derived sum: how long it reaches back.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub window: Option<Span>,
    /// How often a value is expected; `None` = nothing is known, so no completeness can be stated.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub interval: Option<Span>,
    /// Values are expected from here on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub valid_from: Option<Time>,
    /// Values are expected until here, exclusive.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub valid_to: Option<Time>,
}

/// What a group of values comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Method {
    /// Mean of states; `[start, end)`.
    Mean,
    /// Sum of amounts; `(start, end]`, because an amount's time is the end of its interval.
    Sum,
    /// Last value of a running total.
    Last,
    /// Neither a mean nor a sum says anything: directions, of which 350° and 10° average to 180°, and sums that
    /// reach back already, which would count rain many times.
    Extremes,
}

impl Series {
    pub(crate) fn method(&self) -> Method {
        match self.kind {
            Kind::Amount if self.window.is_none() => Method::Sum,
            Kind::Amount => Method::Extremes,
            Kind::Counter => Method::Last,
            Kind::Instant if self.unit == Some(Unit::Degree) => Method::Extremes,
            Kind::Instant => Method::Mean,
        }
    }

    /// Symbol of the unit.
    pub(crate) fn symbol(&self) -> &'static str {
        self.unit.map_or("", Unit::symbol)
    }

    /// How much of `[from, to)` values are expected for.
    pub(crate) fn in_operation(&self, from: Time, to: Time) -> Span {
        let from = self.valid_from.map_or(from, |first| first.max(from));
        let to = self.valid_to.map_or(to, |last| last.min(to));
        if from < to { to - from } else { Span::ZERO }
    }

    /// The interval a value belongs to, so that two values for one do not hide that another is missing. A value
    /// is where it is nearest: clocks are some seconds off.
    pub(crate) fn slot(&self, at: Time) -> Option<i64> {
        let interval = self.interval?.millis();
        (interval > 0).then(|| (at.millis() + interval / 2).div_euclid(interval))
    }
}

/// A share in whole percent, rounded down so that 100 % is everything; `None` = nothing was expected.
pub(crate) fn percent(part: f64, whole: f64) -> Option<u8> {
    // What follows the point is the noise of a division.
    (whole > 0.0).then(|| (part / whole * 100.0 + 1e-9).clamp(0.0, 100.0) as u8)
}
