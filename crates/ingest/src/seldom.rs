//! A line in the log that could come with every message comes once in a while.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

/// At most one line in this time.
const EVERY: Duration = Duration::from_secs(10);

/// Remembers when the line was last written.
#[derive(Default)]
pub(crate) struct Seldom(Mutex<(Option<Instant>, u64)>);

impl Seldom {
    /// Whether it is time for the line, and how many there would have been since the last.
    pub(crate) fn due(&self, now: Instant) -> Option<u64> {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (last, since) = *state;
        if last.is_some_and(|last| now.duration_since(last) < EVERY) {
            state.1 += 1;
            return None;
        }
        *state = (Some(now), 0);
        Some(since + 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_comes_once_in_ten_seconds_and_says_how_often_it_would_have_come() {
        let (seldom, start) = (Seldom::default(), Instant::now());
        let at = |seconds| seldom.due(start + Duration::from_secs(seconds));
        assert_eq!(
            [at(0), at(1), at(9), at(10), at(11), at(20)],
            [Some(1), None, None, Some(3), None, Some(2)]
        );
    }
}
