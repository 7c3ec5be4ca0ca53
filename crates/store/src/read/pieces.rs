//! A long history, piece by piece: what is in memory does not grow with the range.

use domain::{CheckedReading, SeriesId, Span, Time};

use super::Reader;
use crate::StoreError;

/// Most readings in one piece.
const AT_ONCE: usize = 8_192;
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
    /// Where the next piece begins; `None` = there is no more.
    next: Option<Time>,
    /// Inclusive.
    to: Time,
    step: Span,
}

impl Reader {
    /// The readings in `[from, to]`, both ends inclusive, in pieces.
    #[must_use]
    pub fn pieces(&self, series: SeriesId, from: Time, to: Time) -> Pieces {
        Pieces { reader: self.clone(), series, next: Some(from), to, step: FIRST }
    }
}

impl Pieces {
    fn read(&mut self, from: Time) -> Result<Vec<(u64, CheckedReading)>, StoreError> {
        let until = (from + self.step).min(self.to);
        let found = self.reader.numbered_readings(self.series, from, until, AT_ONCE)?;
        let read_to = match found.last() {
            Some((_, last)) if found.len() == AT_ONCE => last.observed_at,
            _ => until,
        };
        let empty = found.is_empty();
        self.step = if empty { self.step.times(2).min(LONGEST) } else { FIRST };
        self.next = (read_to < self.to).then(|| read_to + Span::from_millis(1));
        Ok(found)
    }
}

impl Iterator for Pieces {
    type Item = Result<Vec<(u64, CheckedReading)>, StoreError>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let from = self.next.filter(|from| *from <= self.to)?;
            match self.read(from) {
                Ok(found) if found.is_empty() => {}
                Ok(found) => return Some(Ok(found)),
                Err(error) => {
                    self.next = None;
                    return Some(Err(error));
                }
            }
        }
    }
}
