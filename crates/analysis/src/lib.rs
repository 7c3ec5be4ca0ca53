//! What the history says: exports of any size, month and year books, flood events, rain maxima, availability.
//!
//! * [`about`] what a series and its station are, as the configuration says
//! * [`export()`] readings, piece by piece, as CSV, Parquet or JSON; memory does not grow with the range
//! * [`report`] tables worked out of readings; [`sheet`] a table, and how it is written
//!
//! Readings come as [`Piece`]s from wherever they lie, in order of their time, each in its newest version. A gap
//! stays a gap: completeness stands beside every number, bad and missing values count nowhere, suspect ones are
//! counted and stated. Everything is written to a writer that the caller brings; there is no file and no clock.

pub mod about;
mod error;
mod export;
pub mod report;
pub mod sheet;

pub use about::{AlarmLevel, Incomplete, Place, Series};
pub use error::{Error, Failure};
pub use export::{Format, Head, Written, export};

use domain::CheckedReading;

/// Some readings of one series, in order of time, each with the number of the arrival that brought it.
#[derive(Debug, Clone, PartialEq)]
pub struct Piece {
    /// Whose: its place in the list of series. All pieces of a series come together.
    pub series: usize,
    /// (arrival, reading).
    pub readings: Vec<(u64, CheckedReading)>,
}

/// The value, when it may count in a sum, a mean or a peak: neither bad nor missing.
pub(crate) fn usable(reading: &CheckedReading) -> Option<f64> {
    reading.usable().filter(|value| value.is_finite())
}
