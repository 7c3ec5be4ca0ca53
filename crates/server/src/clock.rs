//! Where time comes from: the system's clock, or a drill's own.

use std::path::Path;
use std::sync::OnceLock;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use domain::{Span, Time};
use store::Clock;

/// Where systemd's time client is at work, and the file that it leaves once the clock is set by a server. Another client, or
/// none, is not known here.
const TIMESYNC: &str = "/run/systemd/timesync";
const SYNCHRONIZED: &str = "synchronized";

/// The system's clock, in milliseconds.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Time {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Time::from_millis(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
    }

    fn until(&self, at: Time) -> Duration {
        real(at - self.now())
    }
}

/// The system's clock for a server, with a count of elapsed time beside it: the system's clock may be set at any time, and the
/// ledger goes on by the count.
#[derive(Debug, Clone, Copy)]
pub struct CountedClock(Instant);

impl CountedClock {
    /// Counts from now on.
    #[must_use]
    pub fn start() -> Self {
        Self(Instant::now())
    }
}

impl Clock for CountedClock {
    fn now(&self) -> Time {
        SystemClock.now()
    }

    fn until(&self, at: Time) -> Duration {
        SystemClock.until(at)
    }

    fn elapsed(&self) -> Option<Span> {
        let millis = self.0.elapsed().as_millis();
        Some(Span::from_millis(i64::try_from(millis).unwrap_or(i64::MAX)))
    }

    fn ntp(&self) -> Option<bool> {
        let folder = Path::new(TIMESYNC);
        folder.is_dir().then(|| folder.join(SYNCHRONIZED).exists())
    }
}

/// A drill's clock: starts at an instant, runs `speed` times as fast until another, then as fast as any
/// clock. It never goes back.
///
/// ```
/// use std::time::Duration;
/// use domain::{Span, Time};
/// use server::clock::Scale;
/// let from: Time = "2025-11-17T00:00:00+07:00".parse().expect("a time");
/// let scale = Scale::new(from, 1800.0, Some(from + Span::hours(1)));
/// assert_eq!(scale.at(Duration::from_secs(1)), from + Span::minutes(30));
/// assert_eq!(scale.at(Duration::from_secs(3)), from + Span::hours(1) + Span::seconds(1));
/// ```
#[derive(Debug)]
pub struct DrillClock {
    scale: Scale,
    started: OnceLock<Instant>,
}

/// How a drill's time follows from real time: pure, so that it can be tested.
#[derive(Debug, Clone, Copy)]
pub struct Scale {
    from: Time,
    speed: f64,
    until: Option<Time>,
}

impl DrillClock {
    /// A clock that runs from now on.
    #[must_use]
    pub fn new(scale: Scale) -> Self {
        let clock = Self::held(scale);
        clock.release();
        clock
    }

    /// A clock that stands at its beginning until it is released: at 1,800 times the speed, the second that all
    /// stations need to connect would be half an hour of silence.
    #[must_use]
    pub const fn held(scale: Scale) -> Self {
        Self { scale, started: OnceLock::new() }
    }

    /// Lets it run.
    pub fn release(&self) {
        self.started.get_or_init(Instant::now);
    }

    fn elapsed(&self) -> Duration {
        self.started.get().map_or(Duration::ZERO, Instant::elapsed)
    }
}

impl Clock for DrillClock {
    fn now(&self) -> Time {
        self.scale.at(self.elapsed())
    }

    fn until(&self, at: Time) -> Duration {
        self.scale.reaches(at).saturating_sub(self.elapsed())
    }
}

impl Scale {
    /// From which instant, how many times as fast (0.001 to 1,000,000), and until when.
    #[must_use]
    pub fn new(from: Time, speed: f64, until: Option<Time>) -> Self {
        Self { from, speed: speed.clamp(0.001, 1e6), until: until.map(|until| until.max(from)) }
    }

    /// The drill's time that long after its start in real time.
    #[must_use]
    pub fn at(&self, elapsed: Duration) -> Time {
        let fast = self.fast_part();
        let scaled = elapsed.min(fast).as_secs_f64() * self.speed * 1_000.0;
        let rest = i64::try_from(elapsed.saturating_sub(fast).as_millis()).unwrap_or(i64::MAX);
        self.from + Span::from_millis(scaled.round() as i64) + Span::from_millis(rest)
    }

    /// How long after its start, in real time, the drill's time gets there.
    #[must_use]
    pub fn reaches(&self, at: Time) -> Duration {
        let (fast_until, rest) = match self.until {
            Some(until) if until < at => (until, real(at - until)),
            _ => (at, Duration::ZERO),
        };
        Duration::from_secs_f64(real(fast_until - self.from).as_secs_f64() / self.speed) + rest
    }

    fn fast_part(&self) -> Duration {
        self.until.map_or(Duration::MAX, |until| self.reaches(until))
    }
}

fn real(span: Span) -> Duration {
    Duration::from_millis(u64::try_from(span.millis()).unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_drill_runs_fast_until_its_end_and_then_as_any_clock() {
        let from = Time::from_millis(1_000_000);
        let scale = Scale::new(from, 100.0, Some(from + Span::seconds(50)));
        let check = |millis: u64, expected: i64| {
            assert_eq!(scale.at(Duration::from_millis(millis)) - from, Span::from_millis(expected));
        };
        check(0, 0);
        check(100, 10_000);
        check(500, 50_000);
        check(600, 50_100);
        check(10_500, 60_000);
    }

    #[test]
    fn waiting_as_long_as_it_says_gets_there() {
        let from = Time::from_millis(1_000_000);
        for until in [None, Some(from + Span::minutes(1)), Some(from - Span::minutes(1))] {
            let scale = Scale::new(from, 1_800.0, until);
            for ahead in [0, 1, 59_000, 60_000, 61_000, 3_600_000] {
                let at = from + Span::from_millis(ahead);
                let off = (scale.at(scale.reaches(at)) - at).abs();
                assert!(off <= Span::from_millis(1), "{until:?} {ahead} {off}");
            }
        }
    }

    #[test]
    fn a_held_clock_stands_until_it_is_released() {
        let from = Time::from_millis(1_000_000);
        let clock = DrillClock::held(Scale::new(from, 1e6, None));
        std::thread::sleep(Duration::from_millis(2));
        assert_eq!(clock.now(), from);
        clock.release();
        std::thread::sleep(Duration::from_millis(2));
        assert!(clock.now() > from);
    }

    #[test]
    fn a_drill_never_goes_back() {
        let clock = DrillClock::new(Scale::new(Time::from_millis(0), 1e6, None));
        let times: Vec<Time> = (0..1_000).map(|_| clock.now()).collect();
        assert!(times.is_sorted());
        assert_eq!(clock.until(Time::from_millis(-1)), Duration::ZERO);
    }
}
