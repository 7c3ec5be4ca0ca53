//! When to try again.

use std::time::Duration;

use domain::Span;

use crate::RetryConfig;

/// How long a receiver may ask us to wait, at most.
const LONGEST_ASKED: Span = Span::hours(1);

impl RetryConfig {
    /// How long to wait after that many attempts failed: `first · factor^(attempts − 1)`, at most `longest`;
    /// more only when the receiver asked for it.
    ///
    /// ```
    /// use delivery::RetryConfig;
    /// use domain::Span;
    /// let waits = |n| RetryConfig::default().wait(n, None);
    /// assert_eq!([waits(1), waits(2), waits(3), waits(99)], [
    ///     Span::seconds(5), Span::seconds(10), Span::seconds(20), Span::minutes(10)]);
    /// ```
    #[must_use]
    pub fn wait(&self, attempts: u32, asked: Option<Duration>) -> Span {
        let growth = f64::from(self.factor).powi(attempts.saturating_sub(1).min(64) as i32);
        let grown = Span::from_millis((self.first.millis() as f64 * growth) as i64);
        let own = grown.clamp(self.first, self.longest);
        let asked = asked.map_or(Span::ZERO, |wait| {
            Span::from_millis(i64::try_from(wait.as_millis()).unwrap_or(i64::MAX))
        });
        own.max(asked.min(LONGEST_ASKED))
    }
}

/// A span of the configuration as a length of real time.
pub(crate) fn real(span: Span) -> Duration {
    Duration::from_millis(span.millis().unsigned_abs())
}
