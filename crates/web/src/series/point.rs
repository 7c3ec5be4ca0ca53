//! One value on a chart.

use domain::bucket::{Bucket, Method};
use domain::{Check, CheckedReading, Origin, Span, Time};
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
    /// Share of the window or bucket that is covered, %.
    pub(crate) completeness: u8,
    /// Came after newer values.
    pub(crate) late: bool,
    /// What a person did to it: `judged` (accepted or rejected) or `corrected` (gave the value); absent = nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) by_person: Option<&'static str>,
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

/// What a person did to a reading of that origin.
const fn by_person(origin: Origin) -> Option<&'static str> {
    match origin {
        Origin::Reviewed => Some("judged"),
        Origin::Corrected => Some("corrected"),
        Origin::Station | Origin::ReceiveTime | Origin::Derived => None,
    }
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
            by_person: by_person(reading.origin),
            min: None,
            max: None,
            count: None,
        }
    }
}

impl Point {
    /// What a bucket of that length comes to; `interval` is the one at which its readings should come.
    pub(crate) fn of_bucket(
        bucket: &Bucket,
        every: Span,
        method: Method,
        interval: Option<Span>,
    ) -> Self {
        let some = |value: f64| (bucket.count > 0).then_some(value);
        Self {
            observed_at: if method == Method::Sum { bucket.start + every } else { bucket.start },
            value: bucket.value(method),
            flag: bucket.flag,
            failed: bucket.failed.iter().collect(),
            completeness: bucket.completeness(every, interval),
            late: bucket.late,
            by_person: None,
            min: some(bucket.min),
            max: some(bucket.max),
            count: Some(bucket.count),
        }
    }
}
