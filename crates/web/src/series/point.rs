//! One value on a chart.

use domain::{Check, CheckedReading, QcFlag, Time};
use serde::Serialize;
use utoipa::ToSchema;

/// A reading, or what a bucket of readings comes to.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub(crate) struct Point {
    /// When; the end of the bucket for amounts, its beginning for everything else.
    #[schema(value_type = String, format = DateTime)]
    pub(crate) observed_at: Time,
    /// The value in the parameter's unit; null = the station says it has none, or none is usable.
    pub(crate) value: Option<f64>,
    /// QARTOD flag: 1 good, 2 not evaluated, 3 suspect, 4 bad, 9 missing; of a bucket the worst that counts.
    pub(crate) flag: u8,
    /// Checks that failed.
    #[schema(value_type = Vec<String>)]
    pub(crate) failed: Vec<Check>,
    /// Share of the window that is covered, %; of a bucket the least.
    pub(crate) completeness: u8,
    /// Came after newer values.
    pub(crate) late: bool,
    /// Least value of the bucket.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) min: Option<f64>,
    /// Greatest value of the bucket.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) max: Option<f64>,
    /// Readings that count; bad and missing ones do not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) count: Option<u32>,
}

impl From<&CheckedReading> for Point {
    fn from(reading: &CheckedReading) -> Self {
        Self {
            observed_at: reading.observed_at,
            value: reading.value,
            flag: reading.verdict.flag.number(),
            failed: reading.verdict.failed.iter().collect(),
            completeness: reading.completeness,
            late: reading.late,
            min: None,
            max: None,
            count: None,
        }
    }
}

/// The value, when it may count in a sum, a mean or a peak.
pub(super) fn usable(reading: &CheckedReading) -> Option<f64> {
    let counts = !matches!(reading.verdict.flag, QcFlag::Bad | QcFlag::Missing);
    reading.value.filter(|_| counts)
}
