//! The ledger's own time: it goes on with elapsed time and never back, whatever the wall clock does.
//!
//! It orders the journal and counts every deadline. The time of the world, with which stations' stamps are compared, is another
//! question: normally the two are one; when the wall clock steps, each of them may be the world's until it is known which.
//!
//! * A difference of a second or less is drift and followed; up to [`JUMP`] the wall clock is believed, and the ledger's time
//!   runs a little faster or slower until both are one: a deadline must not come early or late for it.
//! * A wall clock that is further behind, or was set further ahead, is in doubt. Nothing waits for the answer; a stamp that fits
//!   either clock is believed meanwhile. The stations decide ([`Timekeeper::vote`]), or a person ([`Timekeeper::confirm`]).
//!   What the system says of NTP does not: it says that the clock was disciplined once, not that this step came of it.
//! * A start more than [`FAR`] beyond the last sign of life is in doubt too. Powers fail for hours and a battery that is empty
//!   or a clock in local time looks the same, so the stations are heard first.
//!
//! Pure: what the clocks show is handed in.

use std::time::Duration;

use domain::{ClockFault, ClockFaultKind, ClockState, Span, Stamp, Time};

/// Drift: followed at once.
const DRIFT: Span = Span::seconds(1);
/// Told to people from here on.
const TOLD: Span = Span::minutes(1);
/// Up to here a step of the wall clock is believed.
const JUMP: Span = Span::minutes(10);
/// A stop of the process may last so long before the wall clock at the start is doubted.
const FAR: Span = Span::hours(3);
/// In doubt, a wall clock that is further off than this is the less likely of the two: an empty battery, not a zone.
const LIKELY: Span = Span::days(1);
/// A stamp this near to a clock speaks for it: a report is some minutes old when it comes.
const AGREES: Span = Span::minutes(15);
/// The journal is told anew when the offset moved by this.
const WORTH_TELLING: Span = Span::seconds(5);
/// While the wall clock is behind, the ledger's time loses one part in so many; while it is ahead, it gains one.
const SLOWER: i64 = 200;
const FASTER: i64 = 20;

/// Which clock shows the time of the world.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum World {
    /// The wall clock.
    Wall,
    /// The ledger's, for the wall clock is wrong.
    Ledger,
    /// Nobody knows; the first is what a message without a stamp is taken by.
    Open(Likely),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Likely {
    Wall,
    Ledger,
}

/// The ledger's time.
#[derive(Debug)]
pub(crate) struct Timekeeper {
    /// The last look: the count of elapsed time, and the ledger's time.
    looked: Option<(Span, Time)>,
    now: Time,
    /// How far the wall clock is ahead of the ledger's time.
    gap: Span,
    world: World,
    fault: Option<ClockFault>,
    /// A person said that the wall clock is right: the difference is no fault any more.
    confirmed: bool,
    /// Where the ledger's time stood when it last went forward to the wall clock.
    went_from: Option<Time>,
}

impl Timekeeper {
    /// At the start of a process: the last sign of life in the ledger, what the wall clock and the count of elapsed time show,
    /// and what the journal last said of the clock. A clock without a count cannot be set, so it is believed.
    pub(crate) fn start(
        alive_at: Option<Time>,
        told: Time,
        elapsed: Option<Span>,
        before: ClockState,
    ) -> Self {
        let mut keeper = Self {
            looked: None,
            now: told,
            gap: Span::ZERO,
            world: World::Wall,
            fault: None,
            confirmed: false,
            went_from: None,
        };
        let (Some(alive), Some(elapsed)) = (alive_at, elapsed) else {
            keeper.now = alive_at.map_or(told, |alive| alive.max(told));
            keeper.looked = elapsed.map(|elapsed| (elapsed, keeper.now));
            return keeper;
        };
        let gap = told - alive;
        if gap >= Span::ZERO && gap <= FAR {
            keeper.looked = Some((elapsed, told));
            return keeper;
        }
        keeper.looked = Some((elapsed, alive));
        keeper.now = alive;
        // A ledger that was known to be ahead of a right clock still is, by less: the stop took some of it.
        let shrunk = before.ahead > JUMP && before.or_ahead.is_none() && gap.abs() <= before.ahead;
        if gap < Span::ZERO && shrunk {
            (keeper.gap, keeper.confirmed) = (gap, before.fault.is_none());
            keeper.name(before.fault);
        } else {
            keeper.fault = before.fault;
            keeper.differs(gap, gap.abs() <= LIKELY);
        }
        keeper
    }

    /// The ledger's time now.
    pub(crate) fn look(&mut self, told: Time, elapsed: Option<Span>) -> Time {
        let (Some((then, before)), Some(elapsed)) = (self.looked, elapsed) else {
            self.now = self.now.max(told);
            return self.now;
        };
        let passed = (elapsed - then).max(Span::ZERO);
        let mut now = before + passed;
        let off = told - now;
        let known = self.world == World::Wall && (off - self.gap).abs() <= JUMP;
        if off.abs() <= JUMP || (known && off < Span::ZERO) {
            now = approach(now, off, passed);
        }
        self.now = self.now.max(now);
        // Parts of a second are counted from the look before, so that many looks lose nothing in the division.
        if passed >= Span::seconds(1) {
            self.looked = Some((elapsed, self.now));
        }
        let gap = told - self.now;
        if (gap - self.gap).abs() > JUMP || gap.abs() <= JUMP {
            self.differs(gap, gap < Span::ZERO && gap.abs() <= LIKELY);
        } else {
            self.gap = gap;
        }
        self.now
    }

    /// What the journal should say.
    pub(crate) fn state(&self) -> ClockState {
        let wall = Span::ZERO - self.gap;
        let (ahead, or_ahead) = match self.world {
            World::Wall if self.gap.abs() <= DRIFT => (Span::ZERO, None),
            World::Wall => (wall, None),
            World::Ledger => (Span::ZERO, None),
            World::Open(Likely::Wall) => (wall, Some(Span::ZERO)),
            World::Open(Likely::Ledger) => (Span::ZERO, Some(wall)),
        };
        ClockState { ahead, or_ahead, fault: self.fault }
    }

    /// Whether the journal says something else than this, by more than is worth a line.
    pub(crate) fn is_news(&self, said: ClockState) -> bool {
        let state = self.state();
        let far = |a: Span, b: Span| (a - b).abs() > WORTH_TELLING;
        let settled = state.ahead == Span::ZERO && said.ahead != Span::ZERO;
        let other = match (state.or_ahead, said.or_ahead) {
            (Some(a), Some(b)) => far(a, b),
            (a, b) => a.is_some() != b.is_some(),
        };
        state.fault != said.fault || far(state.ahead, said.ahead) || settled || other
    }

    /// Whether it is open which clock is right.
    pub(crate) const fn is_open(&self) -> bool {
        matches!(self.world, World::Open(_))
    }

    /// Hears the stations: each one's newest stamp since the doubt began speaks for the clock that it is near to. Two that
    /// agree decide, or the only one there is, when more speak for one clock than for the other.
    pub(crate) fn vote(&mut self, stamps: &[Stamp], stations: usize) {
        let (true, Some(fault)) = (self.is_open(), self.fault) else { return };
        let (mut wall, mut ledger) = (0, 0);
        for stamp in stamps.iter().filter(|stamp| stamp.received_at >= fault.since) {
            let off = stamp.stamp - stamp.received_at;
            let (of_wall, of_ledger) = ((off - self.gap).abs(), off.abs());
            wall += usize::from(of_wall <= AGREES && of_wall < of_ledger);
            ledger += usize::from(of_ledger <= AGREES && of_ledger < of_wall);
        }
        let enough = stations.clamp(1, 2);
        if wall >= enough && wall > ledger {
            self.settle();
        } else if ledger >= enough && ledger > wall {
            self.world = World::Ledger;
        }
    }

    /// A person says that the wall clock is right. Whether there was anything to say.
    pub(crate) fn confirm(&mut self) -> bool {
        let needed = self.fault.is_some() || self.world != World::Wall;
        if needed {
            self.settle();
            self.fault = None;
            self.confirmed = true;
        }
        needed
    }

    /// Where the ledger's time stood before it went forward to a clock that is believed now; told once.
    pub(crate) fn went_from(&mut self) -> Option<Time> {
        self.went_from.take()
    }

    /// How far the wall clock is ahead, below zero when it is behind.
    pub(crate) const fn gap(&self) -> Span {
        self.gap
    }

    /// The fault as it is told.
    pub(crate) const fn fault(&self) -> Option<ClockFault> {
        self.fault
    }

    /// The wall clock is right. Ahead, the ledger's time goes to it at once, as after a stop; behind, it goes on.
    fn settle(&mut self) {
        self.world = World::Wall;
        if self.gap > Span::ZERO {
            self.went_from = Some(self.now);
            self.now = self.now + self.gap;
            self.looked = self.looked.map(|(elapsed, _)| (elapsed, self.now));
            self.gap = Span::ZERO;
            self.fault = None;
        }
    }

    /// The wall clock differs by that from the ledger's time, anew or no more.
    fn differs(&mut self, gap: Span, wall_is_likely: bool) {
        self.gap = gap;
        if gap.abs() <= JUMP {
            self.world = World::Wall;
        } else {
            let likely = if wall_is_likely { Likely::Wall } else { Likely::Ledger };
            self.world = World::Open(likely);
            self.confirmed = false;
            self.fault = self.fault.filter(|fault| (fault.by - gap.abs()).abs() <= JUMP);
        }
        self.confirmed = self.confirmed && gap.abs() > DRIFT;
        self.name(self.fault);
    }

    /// Names the difference, or keeps the name it has.
    fn name(&mut self, known: Option<ClockFault>) {
        let kind =
            if self.gap > Span::ZERO { ClockFaultKind::Ahead } else { ClockFaultKind::Behind };
        let known = known.filter(|fault| fault.kind == kind);
        // Once told, it is told until both are one again.
        let least = if known.is_some() { DRIFT } else { TOLD };
        let told = self.gap.abs() > least && !self.confirmed;
        let fault = ClockFault { kind, since: self.now, by: self.gap.abs() };
        self.fault = told.then(|| known.unwrap_or(fault));
    }
}

/// That time, a little nearer to a wall clock that is off by so much.
fn approach(now: Time, off: Span, passed: Span) -> Time {
    let part = |of: i64| Span::from_millis(passed.millis() / of);
    match off {
        off if off < Span::ZERO => now - part(SLOWER).min(off.abs()),
        off if off <= DRIFT => now + off,
        off => now + part(FASTER).min(off),
    }
}

/// A span as time to wait.
pub(crate) fn real(span: Span) -> Duration {
    Duration::from_millis(u64::try_from(span.millis()).unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: i64 = 3_600;
    const YEARS: i64 = 3_650 * 86_400;

    fn s(seconds: i64) -> Time {
        Time::from_millis(seconds * 1_000)
    }

    fn start(alive: Option<i64>, told: i64, before: ClockState) -> Timekeeper {
        Timekeeper::start(alive.map(s), s(told), Some(Span::ZERO), before)
    }

    fn look(keeper: &mut Timekeeper, told: i64, elapsed: i64) -> i64 {
        keeper.look(s(told), Some(Span::seconds(elapsed))).millis() / 1_000
    }

    fn fault(keeper: &Timekeeper) -> Option<(ClockFaultKind, i64)> {
        keeper.fault().map(|fault| (fault.kind, fault.by.millis() / 1_000))
    }

    fn stamp(station: &str, received: i64, said: i64) -> Stamp {
        let station = station.parse().expect("a name");
        Stamp { station, received_at: s(received), stamp: s(said) }
    }

    #[test]
    fn whatever_the_wall_clock_does_time_goes_on_as_it_passes() {
        for jump in [9 * 60, -9 * 60, 7 * HOUR, -7 * HOUR, YEARS, -YEARS] {
            let mut keeper = start(None, 0, ClockState::default());
            let mut before = 0;
            for elapsed in 1..=3_600 {
                let told = elapsed + if elapsed > 60 { jump } else { 0 };
                let now = look(&mut keeper, told, elapsed);
                assert!(now >= before, "{jump}: never back");
                assert!((now - elapsed).abs() <= elapsed / 19, "{jump}: {now} after {elapsed} s");
                before = now;
            }
            let kind = if jump > 0 { ClockFaultKind::Ahead } else { ClockFaultKind::Behind };
            let told = fault(&keeper).expect("it is named");
            assert_eq!((told.0, (told.1 - jump.abs()).abs() <= 1), (kind, true), "{jump}");
            assert_eq!(keeper.is_open(), jump.abs() > 600, "{jump}");
        }
    }

    #[test]
    fn many_looks_lose_nothing() {
        let mut keeper = start(None, 0, ClockState::default());
        let at = |millis: i64| Time::from_millis(millis);
        for millis in 1..=100_000 {
            keeper.look(at(millis - 300_000), Some(Span::from_millis(millis)));
        }
        assert!(
            (keeper.now.millis() - 99_500).abs() <= 20,
            "half a percent slower: {}",
            keeper.now
        );
    }

    #[test]
    fn a_start_is_believed_after_a_stop_and_doubted_far_beyond_the_last_sign_of_life() {
        let check = |told: i64, now: i64, named: Option<(ClockFaultKind, i64)>, open: bool| {
            let mut keeper = start(Some(100_000), told, ClockState::default());
            assert_eq!(look(&mut keeper, told, 0), now, "{told}");
            assert_eq!((fault(&keeper), keeper.is_open()), (named, open), "{told}");
        };
        check(100_000, 100_000, None, false);
        check(100_000 + 2 * HOUR, 100_000 + 2 * HOUR, None, false);
        let ahead = |by| Some((ClockFaultKind::Ahead, by));
        check(100_000 + 7 * HOUR, 100_000, ahead(7 * HOUR), true);
        check(100_000 + YEARS, 100_000, ahead(YEARS), true);
        let behind = |by| Some((ClockFaultKind::Behind, by));
        check(100_000 - 9 * 60, 100_000, behind(9 * 60), false);
        check(100_000 - 7 * HOUR, 100_000, behind(7 * HOUR), true);
        let mut first = start(None, YEARS, ClockState::default());
        assert_eq!(
            (look(&mut first, YEARS, 0), fault(&first)),
            (YEARS, None),
            "nothing speaks against it"
        );
    }

    #[test]
    fn a_stamp_is_judged_by_the_clock_that_it_fits_until_the_stations_decide() {
        let mut keeper = start(Some(100_000), 100_000 - 7 * HOUR, ClockState::default());
        look(&mut keeper, 100_060 - 7 * HOUR, 60);
        let state = keeper.state();
        assert_eq!(state.age(s(100_060), s(100_000 - 7 * HOUR)), Span::minutes(1));
        assert_eq!(state.age(s(100_060), s(100_000)), Span::minutes(1));
        keeper.vote(&[stamp("a", 100_050, 100_040 - 7 * HOUR)], 2);
        assert!(keeper.is_open(), "one of two stations does not decide");
        let two =
            [stamp("a", 100_050, 100_040 - 7 * HOUR), stamp("b", 100_055, 100_000 - 7 * HOUR)];
        keeper.vote(&two, 2);
        assert!(!keeper.is_open() && keeper.fault().is_some(), "the difference is told still");
        assert_eq!(keeper.state().ahead, Span::hours(7));
        assert_eq!(look(&mut keeper, 100_070 - 7 * HOUR, 70), 100_069, "and never back");
    }

    #[test]
    fn stations_that_bear_out_a_clock_ahead_take_the_ledger_there() {
        let mut keeper = start(Some(100_000), 100_000 + 8 * HOUR, ClockState::default());
        let two =
            [stamp("a", 100_030, 100_020 + 8 * HOUR), stamp("b", 100_040, 100_000 + 8 * HOUR)];
        look(&mut keeper, 100_060 + 8 * HOUR, 60);
        keeper.vote(&two, 45);
        assert_eq!((keeper.is_open(), fault(&keeper)), (false, None));
        assert_eq!(keeper.went_from(), Some(s(100_060)));
        assert_eq!(look(&mut keeper, 100_061 + 8 * HOUR, 61), 100_061 + 8 * HOUR);
        let mut wrong = start(Some(100_000), 100_000 + 8 * HOUR, ClockState::default());
        look(&mut wrong, 100_060 + 8 * HOUR, 60);
        wrong.vote(&[stamp("a", 100_030, 100_020), stamp("b", 100_040, 100_000)], 45);
        assert!(!wrong.is_open() && wrong.fault().is_some());
        assert_eq!(
            (wrong.state().ahead, look(&mut wrong, 100_061 + 8 * HOUR, 61)),
            (Span::ZERO, 100_061)
        );
    }

    #[test]
    fn a_person_confirms_and_a_restart_remembers_it() {
        let mut keeper = start(Some(100_000), 100_000 - 7 * HOUR, ClockState::default());
        assert!(keeper.confirm() && !keeper.is_open());
        assert_eq!(fault(&keeper), None);
        look(&mut keeper, 100_010 - 7 * HOUR, 10);
        assert_eq!(fault(&keeper), None, "it stays confirmed");
        let said = keeper.state();
        assert!(!keeper.confirm(), "there is nothing more to say");
        // Two hours of stop: the ledger is that much nearer.
        let mut again = start(Some(100_010), 100_010 - 5 * HOUR, said);
        look(&mut again, 100_011 - 5 * HOUR, 1);
        assert_eq!((fault(&again), again.is_open()), (None, false));
        assert!((again.state().ahead - Span::hours(5)).abs() <= Span::seconds(1));
        // Further behind than it was is something else.
        let more = start(Some(100_010), 100_010 - 9 * HOUR, said);
        assert!(more.is_open() && more.fault().is_some());
    }

    #[test]
    fn a_clock_that_nobody_can_set_is_believed() {
        let mut keeper = Timekeeper::start(Some(s(100)), s(YEARS), None, ClockState::default());
        assert_eq!(keeper.look(s(YEARS), None), s(YEARS));
        assert_eq!(keeper.look(s(5), None), s(YEARS));
        assert_eq!(keeper.state(), ClockState::default());
    }
}
