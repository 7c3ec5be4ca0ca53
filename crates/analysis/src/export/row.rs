//! One line of an export.

use domain::{CheckSet, CheckedReading, QcFlag, Time};

/// A reading, or what a bucket of readings comes to.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Row {
    pub(super) at: Time,
    pub(super) value: Option<f64>,
    pub(super) flag: QcFlag,
    pub(super) failed: CheckSet,
    /// %; `None` = nothing is known of how much was expected.
    pub(super) completeness: Option<u8>,
    /// The newest arrival it rests on.
    pub(super) version: u64,
    /// Of a bucket.
    pub(super) spread: Option<Spread>,
}

/// How the values of a bucket lie.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Spread {
    pub(super) min: Option<f64>,
    pub(super) max: Option<f64>,
    /// Values that count.
    pub(super) count: u32,
}

impl From<&(u64, CheckedReading)> for Row {
    fn from((seq, reading): &(u64, CheckedReading)) -> Self {
        Self {
            at: reading.observed_at,
            value: reading.value,
            flag: reading.verdict.flag,
            failed: reading.verdict.failed,
            completeness: Some(reading.completeness),
            version: *seq,
            spread: None,
        }
    }
}

impl Row {
    /// The checks that failed, as in the API: `rate|spike`.
    pub(super) fn failed(&self) -> String {
        let name = |check| serde_json::to_value(check).ok()?.as_str().map(str::to_owned);
        self.failed.iter().filter_map(name).collect::<Vec<_>>().join("|")
    }
}
