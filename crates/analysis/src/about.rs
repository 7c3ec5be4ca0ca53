//! What a series is: unit, kind, station with its validity, alarm levels; as the configuration says.

use domain::bucket::Method;
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
    /// Its amounts are what a counter counted: one after a gap fell at any time of it.
    #[serde(skip)]
    pub counted: bool,
}

/// Stamps are never taken to be off their time by more.
const MOST_OFF: i64 = 180_000;

impl Series {
    /// How its values go together; `None` = neither a mean nor a sum says anything: sums that reach back already would
    /// count rain many times.
    pub(crate) fn method(&self) -> Option<Method> {
        match self.kind {
            Kind::Amount if self.window.is_none() => Some(Method::Sum),
            Kind::Amount => None,
            Kind::Counter => Some(Method::Last),
            Kind::Instant if self.unit == Some(Unit::Degree) => Some(Method::Direction),
            Kind::Instant => Some(Method::Mean),
        }
    }

    /// What is to be read of `[from, to)`, both ends inclusive: an amount belongs to the time that ends with it.
    #[must_use]
    pub fn edges(&self, from: Time, to: Time) -> (Time, Time) {
        let one = Span::from_millis(1);
        match self.method() {
            Some(Method::Sum) => (from + one, to),
            _ => (from, to - one),
        }
    }

    /// How far a stamp may be off its time.
    pub(crate) fn off(&self) -> Span {
        let interval = self.interval.map_or(0, Span::millis);
        Span::from_millis((interval / 20).clamp((interval / 2).min(60_000), MOST_OFF))
    }

    /// The round time of a report that is some seconds off it.
    pub(crate) fn nominal(&self, at: Time) -> Time {
        let Some(interval) = self.interval.filter(|interval| *interval > Span::ZERO) else {
            return at;
        };
        let half = Span::from_millis(interval.millis() / 2);
        let round = (at + half).floor(interval, Span::ZERO);
        if (at - round).abs() < self.off() { round } else { at }
    }

    /// Where the time begins that an amount speaks for, after the value before it.
    pub(crate) fn since(&self, before: Option<Time>, at: Time) -> Time {
        let own = at - self.interval.unwrap_or(Span::ZERO);
        before.filter(|_| self.counted).unwrap_or(own)
    }

    /// Whether an amount was gathered over more than the interval of the series.
    pub(crate) fn is_gathered(&self, since: Time, at: Time) -> bool {
        let interval = self.interval.filter(|interval| *interval > Span::ZERO);
        interval
            .is_some_and(|interval| (at - since).millis() > interval.millis() + self.off().millis())
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
