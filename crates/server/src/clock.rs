//! Where time comes from: the system's clock, or a drill's own.

use std::sync::{Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use domain::{Span, Time};
use store::Clock;

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

/// The system's clock for a server: it goes on by itself while the system's is not believed.
///
/// The ledger's time never goes back, so one jump of the system's clock into the future would stamp
/// everything with that time for good. While the system's clock is more than [`JUMP`] ahead of where it
/// should be, counted from when it was last right, this one goes on from there by the monotonic clock. A
/// clock that has kept its new time for [`BELIEVED`] is believed, for then it may be the old time that was
/// wrong (a server without a battery starts in the past until the network tells the time). Time for a
/// person to look, and for the network to set it right again. A clock that is behind is taken as it is: the
/// ledger waits for it.
#[derive(Debug)]
pub struct SteadyClock(Mutex<Steady>);

/// Further than this from where it should be is a jump.
const JUMP: Span = Span::minutes(10);
/// A clock that has kept its new time for so long is believed. Messages whose time seems to lie in the future
/// meanwhile are put aside, not lost.
const BELIEVED: Duration = Duration::from_secs(600);

/// When it was last right, and what it has shown since; pure, so that it can be tested.
#[derive(Debug)]
struct Steady {
    anchor: (Instant, Time),
    /// The jump that is not believed yet.
    jumped: Option<(Instant, Time)>,
    held_since: Option<Time>,
}

impl SteadyClock {
    /// A clock that believes what the system says now.
    #[must_use]
    pub fn start() -> Self {
        let anchor = (Instant::now(), SystemClock.now());
        Self(Mutex::new(Steady { anchor, jumped: None, held_since: None }))
    }

    fn look(&self) -> (Time, Option<Time>) {
        let mut steady = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let now = steady.at(Instant::now(), SystemClock.now());
        (now, steady.held_since)
    }
}

impl Clock for SteadyClock {
    fn now(&self) -> Time {
        self.look().0
    }

    fn until(&self, at: Time) -> Duration {
        real(at - self.now())
    }

    fn held_since(&self) -> Option<Time> {
        self.look().1
    }
}

impl Steady {
    fn at(&mut self, instant: Instant, told: Time) -> Time {
        let expected = follow(self.anchor, instant);
        if (told - expected).abs() <= JUMP {
            return self.believe(instant, told);
        }
        let jumped = self.jumped.filter(|jump| (told - follow(*jump, instant)).abs() <= JUMP);
        let (since, _) = *self.jumped.insert(jumped.unwrap_or((instant, told)));
        if instant.saturating_duration_since(since) >= BELIEVED {
            tracing::warn!(%told, "the system's clock has kept its new time and is believed");
            return self.believe(instant, told);
        }
        if told < expected {
            self.held_since = None;
            return told;
        }
        if self.held_since.is_none() {
            tracing::error!(%told, %expected, "the system's clock has jumped ahead and is not believed");
            self.held_since = Some(expected);
        }
        expected
    }

    fn believe(&mut self, instant: Instant, told: Time) -> Time {
        *self = Self { anchor: (instant, told), jumped: None, held_since: None };
        told
    }
}

/// What a clock that showed that then shows now.
fn follow((then, shown): (Instant, Time), now: Instant) -> Time {
    let elapsed = now.saturating_duration_since(then).as_millis();
    shown + Span::from_millis(i64::try_from(elapsed).unwrap_or(i64::MAX))
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

    /// Seconds of the monotonic clock with what the system's clock says; gives what is shown, in seconds.
    fn shown(looks: &[(u64, i64)]) -> Vec<(i64, bool)> {
        let (start, at) = (Instant::now(), |seconds: i64| Time::from_millis(seconds * 1_000));
        let mut steady = Steady { anchor: (start, at(0)), jumped: None, held_since: None };
        let look = |(elapsed, told): &(u64, i64)| {
            let now = steady.at(start + Duration::from_secs(*elapsed), at(*told));
            (now.millis() / 1_000, steady.held_since.is_some())
        };
        looks.iter().map(look).collect()
    }

    #[test]
    fn a_jump_ahead_is_not_believed_until_it_is_set_right() {
        let year = 365 * 86_400;
        let looks = [(10, 10), (20, 20 + year), (300, 300 + year), (301, 301)];
        assert_eq!(shown(&looks), [(10, false), (20, true), (300, true), (301, false)]);
    }

    #[test]
    fn a_clock_that_keeps_its_new_time_is_believed_and_one_that_jumps_again_is_not() {
        let looks = [(10, 5_010), (609, 5_609), (610, 5_610), (611, 5_611)];
        assert_eq!(shown(&looks), [(10, true), (609, true), (5_610, false), (5_611, false)]);
        let looks = [(10, 5_010), (600, 9_600), (615, 9_615), (1_200, 10_200)];
        assert_eq!(shown(&looks), [(10, true), (600, true), (615, true), (10_200, false)]);
    }

    #[test]
    fn small_corrections_and_steps_back_are_taken_as_they_are() {
        let looks = [(10, 400), (20, 1_000), (30, 20), (40, 1_010)];
        assert_eq!(shown(&looks), [(400, false), (1_000, false), (20, false), (1_010, false)]);
    }

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
