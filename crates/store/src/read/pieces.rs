//! A long history, piece by piece: what is in memory does not grow with the range.

use domain::{CheckedReading, SeriesId, Span, Time};

use super::Reader;
use crate::StoreError;

/// Most readings in one piece.
pub const AT_ONCE: usize = 8_192;
/// How much time is looked at first. Most pieces of ten-minute values fit.
const FIRST: Span = Span::days(32);
/// Silence is crossed in ever longer steps, of up to this: ten thousand years.
const LONGEST: Span = Span::days(3_660_000);

/// Readings of a series in order of time, each in its newest version, with the arrival that brought it.
///
/// Each piece is read for itself: what comes or is corrected meanwhile may be in later pieces.
#[derive(Clone)]
pub struct Pieces {
    reader: Reader,
    series: SeriesId,
    steps: Steps,
}

/// A way through time, one stretch after the other.
#[derive(Debug, Clone)]
pub struct Steps {
    /// Where the next stretch begins; `None` = there is no more.
    next: Option<Time>,
    /// Inclusive.
    to: Time,
    step: Span,
}

impl Reader {
    /// The readings in `[from, to]`, both ends inclusive, in pieces.
    #[must_use]
    pub fn pieces(&self, series: SeriesId, from: Time, to: Time) -> Pieces {
        Pieces { reader: self.clone(), series, steps: Steps::new(from, to) }
    }
}

impl Steps {
    /// Through `[from, to]`, both ends inclusive.
    #[must_use]
    pub const fn new(from: Time, to: Time) -> Self {
        Self { next: Some(from), to, step: FIRST }
    }

    /// The stretch that is next, both ends inclusive.
    #[must_use]
    pub fn stretch(&self) -> Option<(Time, Time)> {
        let from = self.next.filter(|from| *from <= self.to)?;
        Some((from, (from + self.step).min(self.to)))
    }

    /// Everything up to there was read, and it was nothing.
    pub fn read_to(&mut self, at: Time, nothing: bool) {
        self.step = if nothing { self.step.times(2).min(LONGEST) } else { FIRST };
        self.next = (at < self.to).then(|| at + Span::from_millis(1));
    }

    /// Nothing more is read.
    pub fn end(&mut self) {
        self.next = None;
    }
}

/// Up to when readings of a stretch are complete, of which at most [`AT_ONCE`] were asked for.
#[must_use]
pub fn complete_to(found: &[(u64, CheckedReading)], until: Time) -> Time {
    match found.last() {
        Some((_, last)) if found.len() >= AT_ONCE => last.observed_at,
        _ => until,
    }
}

impl Iterator for Pieces {
    type Item = Result<Vec<(u64, CheckedReading)>, StoreError>;

    fn next(&mut self) -> Option<Self::Item> {
        while let Some((from, until)) = self.steps.stretch() {
            match self.reader.numbered_readings(self.series, from, until, AT_ONCE) {
                Ok(found) => {
                    self.steps.read_to(complete_to(&found, until), found.is_empty());
                    if !found.is_empty() {
                        return Some(Ok(found));
                    }
                }
                Err(error) => {
                    self.steps.end();
                    return Some(Err(error));
                }
            }
        }
        None
    }
}
