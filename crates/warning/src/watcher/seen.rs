//! A value as a rule sees it: what is known of it, and what it can do.

use domain::{QcFlag, Time};

/// What a value is worth that is not sure by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// More of its kind in a row make it sure, as `confirm_readings` says.
    Counts,
    /// Another sensor contradicts it: sure where that one is over the threshold too.
    Disputed,
    /// Nothing that this sensor repeats makes it sure.
    Doubted,
}

/// A value as a rule sees it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Observation {
    /// Event time.
    pub at: Time,
    /// Canonical unit. Of a sum: all of it, what is doubted too.
    pub value: f64,
    /// The part of it that is certain, canonical unit; −∞ when nothing is.
    pub sure: f64,
    /// Its quality flag.
    pub flag: QcFlag,
    /// Share of its window that is covered, 0–100 %.
    pub completeness: u8,
    /// What it is worth where it is not sure.
    pub standing: Standing,
    /// It may count towards lowering a level: it is trusted, in time, and nothing contradicts it.
    pub lowers: bool,
    /// It is good enough to take back at once what rests on doubted values only.
    pub withdraws: bool,
}

impl Observation {
    /// A whole value with nothing known of it but its flag. One whose time is only that of its receipt is never good;
    /// without it a station that has no clock could raise but never clear.
    #[must_use]
    pub const fn new(at: Time, value: f64, flag: QcFlag) -> Self {
        Self {
            at,
            value,
            sure: if matches!(flag, QcFlag::Good) { value } else { f64::NEG_INFINITY },
            flag,
            completeness: 100,
            standing: Standing::Counts,
            lowers: matches!(flag, QcFlag::Good | QcFlag::NotEvaluated),
            withdraws: matches!(flag, QcFlag::Good),
        }
    }

    pub(super) const fn usable(&self) -> bool {
        !matches!(self.flag, QcFlag::Bad | QcFlag::Missing)
    }
}
