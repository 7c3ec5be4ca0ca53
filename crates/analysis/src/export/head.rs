//! What stands before the rows: what they are, and what their numbers mean.

use domain::{Realm, Span, Time};
use serde::Serialize;

use crate::about::{Incomplete, Place, Series};

/// How an export is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// Comma-separated values, UTF-8, with lines of comment before the heading.
    Csv,
    /// Apache Parquet, compressed with Zstandard.
    Parquet,
    /// One JSON object with the rows in it.
    Json,
}

impl Format {
    /// Ending of a file's name.
    #[must_use]
    pub const fn ending(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Parquet => "parquet",
            Self::Json => "json",
        }
    }
}

/// What an export is of.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Head {
    /// From this event time on.
    pub from: Time,
    /// Until this event time, exclusive, so that exports join without seam.
    pub to: Time,
    /// Buckets of this length, from midnight in Viet Nam; `None` = the readings themselves.
    pub every: Option<Span>,
    /// Times in UTC instead of Viet Nam's.
    #[serde(skip)]
    pub utc: bool,
    /// Real data, or those of an exercise.
    pub realm: Realm,
    /// The series, in the order of the rows.
    pub series: Vec<Series>,
    /// Their stations.
    pub stations: Vec<Place>,
    /// What is missing although it was measured.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub incomplete: Option<Incomplete>,
}

/// Columns of every export; what buckets add is [`SPREAD`].
pub(super) const COLUMNS: [&str; 10] = [
    "time",
    "station",
    "parameter",
    "sensor",
    "value",
    "unit",
    "flag",
    "failed",
    "completeness",
    "version",
];
/// Columns that buckets add.
pub(super) const SPREAD: [&str; 3] = ["min", "max", "count"];

impl Head {
    /// How times are written.
    pub(super) const fn zone(&self) -> &'static str {
        if self.utc { "UTC" } else { "UTC+7" }
    }

    /// What the columns mean, one line each.
    pub(super) fn meanings(&self) -> Vec<String> {
        let time = match self.every {
            None => {
                "when the value was true; of an amount (rain) the end of its interval".to_owned()
            }
            Some(every) => format!(
                "buckets of {every} from midnight UTC+7: of amounts the end, of everything else the beginning; \
                 value = sum of amounts, mean of states, of directions that of their vectors, last of counters, empty where none \
                 says anything"
            ),
        };
        let mut lines = vec![
            format!("time: {}, ISO 8601; {time}", self.zone()),
            "value: in the unit beside it, as received; empty = there is none".to_owned(),
            "flag: 1 good, 2 not evaluated, 3 suspect, 4 bad, 9 missing (QARTOD); never edits the value"
                .to_owned(),
            "failed: checks that failed, joined by |".to_owned(),
            "completeness: share of the interval, or of the bucket, that is covered, %".to_owned(),
            "version: number of the arrival in the journal that brought the value; a greater one replaces a smaller"
                .to_owned(),
        ];
        if self.every.is_some() {
            lines.push(
                "min, max, count: of the values that count; bad and missing ones do not".to_owned(),
            );
        }
        lines
    }
}
