//! How fast one station may send: a bucket of messages that refills steadily.

use std::sync::Mutex;
use std::time::Duration;

use tokio::time::Instant;

/// The longest that one message is made to wait. Several connections of one station together could pile up
/// more; what is above is let through rather than timed out.
const LONGEST_WAIT: Duration = Duration::from_secs(1);

/// A bucket that holds `burst` messages and refills with one every `interval`.
pub(crate) struct Bucket {
    interval: Duration,
    /// How far ahead of the clock the messages so far may run.
    ahead: Duration,
    /// When the last message would have come if all had kept the interval.
    schedule: Mutex<Option<Instant>>,
}

impl Bucket {
    /// A full bucket.
    pub(crate) fn new(per_second: u32, burst: u32) -> Self {
        let interval = Duration::from_secs(1) / per_second.max(1);
        Self { interval, ahead: interval * burst, schedule: Mutex::new(None) }
    }

    /// Takes one message out; how long it has to wait first.
    pub(crate) fn take(&self, now: Instant) -> Duration {
        let mut schedule = self.schedule.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        let next = schedule.map_or(now, |last| last.max(now)) + self.interval;
        let wait = (next - now).saturating_sub(self.ahead);
        let next = next.min(now + self.ahead + LONGEST_WAIT);
        *schedule = Some(next);
        wait.min(LONGEST_WAIT)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: Duration = Duration::from_millis(1);

    #[test]
    fn a_burst_passes_and_then_each_message_waits_its_turn() {
        let (bucket, now) = (Bucket::new(50, 3), Instant::now());
        let waits: Vec<_> = (0..6).map(|_| bucket.take(now)).collect();
        assert_eq!(
            waits,
            [Duration::ZERO, Duration::ZERO, Duration::ZERO, 20 * MS, 40 * MS, 60 * MS]
        );
    }

    #[test]
    fn a_pause_refills_the_bucket_up_to_the_burst() {
        let (bucket, now) = (Bucket::new(50, 3), Instant::now());
        for _ in 0..6 {
            bucket.take(now);
        }
        let later = now + Duration::from_secs(3600);
        let waits: Vec<_> = (0..4).map(|_| bucket.take(later)).collect();
        assert_eq!(waits, [Duration::ZERO, Duration::ZERO, Duration::ZERO, 20 * MS]);
    }

    #[test]
    fn nobody_waits_longer_than_a_second() {
        let (bucket, now) = (Bucket::new(1, 1), Instant::now());
        let longest = (0..100).map(|_| bucket.take(now)).max();
        assert_eq!(longest, Some(LONGEST_WAIT));
    }
}
