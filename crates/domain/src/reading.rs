//! Readings, flags and verdicts: the value is never edited, the verdict stands beside it.

use serde::{Deserialize, Serialize};

use crate::{ParameterId, SensorId, SeriesId, StationId, Time};

/// The thing that has a history: one parameter of one sensor at one station.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct SeriesKey {
    /// Where.
    pub station: StationId,
    /// What.
    pub parameter: ParameterId,
    /// By which sensor.
    pub sensor: SensorId,
}

/// Quality flags with QARTOD's numbers (IOC Manuals and Guides 54, vol. 3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum QcFlag {
    /// 1: every check that the configuration asks for was made and passed.
    Good,
    /// 2: something could not be checked; never the same as good.
    NotEvaluated,
    /// 3: raises a provisional alarm only.
    Suspect,
    /// 4: neither raises nor clears.
    Bad,
    /// 9: the station says it has no value.
    Missing,
}

impl QcFlag {
    /// QARTOD's number.
    #[must_use]
    pub const fn number(self) -> u8 {
        match self {
            Self::Good => 1,
            Self::NotEvaluated => 2,
            Self::Suspect => 3,
            Self::Bad => 4,
            Self::Missing => 9,
        }
    }

    /// The flag with that number.
    #[must_use]
    pub const fn from_number(number: u8) -> Option<Self> {
        match number {
            1 => Some(Self::Good),
            2 => Some(Self::NotEvaluated),
            3 => Some(Self::Suspect),
            4 => Some(Self::Bad),
            9 => Some(Self::Missing),
            _ => None,
        }
    }
}

/// A check of the quality control.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[repr(u8)]
pub enum Check {
    /// Outside what the sensor or the place can show.
    GrossRange,
    /// Changed faster than nature does, over real elapsed time.
    Rate,
    /// Sticks out between its two neighbours.
    Spike,
    /// Unchanged for too long.
    FlatLine,
    /// Came after a hole in the series.
    Gap,
    /// Disagrees with another sensor for the same thing.
    CrossCheck,
    /// The station itself marked the value.
    StationMark,
    /// The reading had no usable time of its own.
    Clock,
    /// A derived value that rests on less than the whole window.
    Completeness,
}

impl Check {
    /// Every check.
    pub const ALL: [Self; 9] = [
        Self::GrossRange,
        Self::Rate,
        Self::Spike,
        Self::FlatLine,
        Self::Gap,
        Self::CrossCheck,
        Self::StationMark,
        Self::Clock,
        Self::Completeness,
    ];
}

/// A set of checks, one bit each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash)]
pub struct CheckSet(pub u16);

impl CheckSet {
    /// No check.
    pub const NONE: Self = Self(0);

    /// Adds a check.
    pub fn insert(&mut self, check: Check) {
        self.0 |= 1 << check as u8;
    }

    /// Whether the check is in the set.
    #[must_use]
    pub const fn contains(self, check: Check) -> bool {
        self.0 & (1 << check as u8) != 0
    }

    /// The checks, in order.
    pub fn iter(self) -> impl Iterator<Item = Check> {
        Check::ALL.into_iter().filter(move |check| self.contains(*check))
    }
}

impl FromIterator<Check> for CheckSet {
    fn from_iter<I: IntoIterator<Item = Check>>(checks: I) -> Self {
        let mut set = Self::NONE;
        checks.into_iter().for_each(|check| set.insert(check));
        set
    }
}

impl Serialize for CheckSet {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if serializer.is_human_readable() {
            serializer.collect_seq(self.iter())
        } else {
            serializer.serialize_u16(self.0)
        }
    }
}

impl<'de> Deserialize<'de> for CheckSet {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        if deserializer.is_human_readable() {
            Vec::<Check>::deserialize(deserializer).map(|all| all.into_iter().collect())
        } else {
            u16::deserialize(deserializer).map(Self)
        }
    }
}

/// What quality control says of one value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Verdict {
    /// The flag over all checks.
    pub flag: QcFlag,
    /// The checks that failed or made the value suspect.
    pub failed: CheckSet,
}

impl Verdict {
    /// Good, nothing failed.
    pub const GOOD: Self = Self { flag: QcFlag::Good, failed: CheckSet::NONE };
    /// Not evaluated, nothing failed.
    pub const NOT_EVALUATED: Self = Self { flag: QcFlag::NotEvaluated, failed: CheckSet::NONE };
    /// Missing.
    pub const MISSING: Self = Self { flag: QcFlag::Missing, failed: CheckSet::NONE };
}

/// Where a value comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    /// Measured, with the station's own time.
    Station,
    /// Measured, but the message had no time: the time is when it was received.
    ReceiveTime,
    /// Computed by quantrac from other series.
    Derived,
    /// Measured, and a person accepted or rejected it.
    Reviewed,
    /// A person gave the value.
    Corrected,
}

impl Origin {
    /// Whether a person decided.
    #[must_use]
    pub const fn by_person(self) -> bool {
        matches!(self, Self::Reviewed | Self::Corrected)
    }
}

/// A value with its verdict: the only thing the store accepts.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct CheckedReading {
    /// Whose value.
    pub series: SeriesId,
    /// When it was true; for amounts the **end** of `(start, end]`.
    pub observed_at: Time,
    /// The value in the parameter's canonical unit; `None` when the station says it has none.
    pub value: Option<f64>,
    /// What quality control says.
    pub verdict: Verdict,
    /// Measured or derived.
    pub origin: Origin,
    /// For derived values, the share of the window that is covered, 0–100 %; 100 for measured ones.
    pub completeness: u8,
    /// It came after newer values of its series had been processed.
    pub late: bool,
}

impl CheckedReading {
    /// The value, when it may count in a sum, a mean or a peak: not bad, not missing.
    #[must_use]
    pub const fn usable(&self) -> Option<f64> {
        match self.verdict.flag {
            QcFlag::Bad | QcFlag::Missing => None,
            QcFlag::Good | QcFlag::NotEvaluated | QcFlag::Suspect => self.value,
        }
    }
}

/// A value with its flag.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Point {
    /// When it was observed.
    pub at: Time,
    /// The value, canonical unit.
    pub value: f64,
    /// What quality control says of it.
    pub flag: QcFlag,
}
