//! Copies of what is not remembered any more: loggers send their whole memory again after a reset.

use domain::{CheckedReading, Time};

use crate::reading::PIECE;
use crate::state::SeriesState;

impl SeriesState {
    /// Whether a value of that time may have been known once. Old ones stand in front until a piece of them is dropped.
    pub(crate) fn is_forgotten(&self, at: Time) -> bool {
        let index = self.place(at);
        index <= PIECE && self.recent.get(index).is_some_and(|point| point.at > at)
    }
}

/// Whether that is the value which the station sent last for that instant, by what was stored of it.
pub(crate) fn copies(stored: &[CheckedReading], value: Option<f64>) -> bool {
    let sent = |known: &&CheckedReading| !known.origin.by_person();
    let last = stored.iter().rev().find(sent);
    last.is_some_and(|known| known.value.map(f64::to_bits) == value.map(f64::to_bits))
}
