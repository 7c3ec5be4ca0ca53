//! The course of a water level: what it can do, and what must be borne out by something else.
//!
//! A rise beyond the limit is doubted, and trusted when more readings go on as water does: a flash flood moves, a fault stands
//! still. A fall beyond the recession limit is doubted and never bears itself out, however often it is repeated: a
//! sensor that fell dry, slipped or drifts looks just so. It is over when the value comes back to where water can be, or when
//! a sibling sensor or a person says the same.
//!
//! Falls are measured against a floor that sinks from the highest trusted value at the fastest recession, so a drift that
//! stays below every limit from one reading to the next is found all the same.

use domain::{Point, QcFlag, Span, Time};
use serde::{Deserialize, Serialize};

use crate::check;
use crate::limits::{Rate, Recession};
use crate::score::Answer;

/// So many readings that fit each other, and the first is not an outlier any more.
const PROVEN: u8 = 3;

/// A wave that swells rises at most so many times as far from one reading to the next; what jumps about does more.
const SWELLS: f64 = 2.0;

/// Which way a doubted value went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Side {
    /// Up, faster than water rises there.
    Rise,
    /// Down, faster than water falls there.
    Fall,
}

/// A run of values that nothing bears out.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Doubt {
    /// Which way it went.
    pub side: Side,
    /// Time of its first value.
    pub since: Time,
    /// The last value that was trusted, with its time.
    pub trusted: Point,
    /// Its newest value.
    pub last: Point,
    /// How far it went with its newest value.
    step: f64,
    low: f64,
    high: f64,
    /// Values that fit the one before; the first counts.
    count: u8,
    /// How often a value did not fit the one before: what jumps about needs more to be borne out.
    breaks: u8,
    /// How far it was beyond the limit at most.
    excess: f64,
    /// It rose in a silence, no faster than water may have done: it must be repeated, but need not move.
    unseen: bool,
    /// A person said that its newest value is wrong: what does not go on with it is something else.
    denied: bool,
}

/// What is remembered of the course.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub(crate) struct Course {
    trusted: Option<Point>,
    /// The lowest that the water can be at that time, without the tolerance.
    floor: Option<(Time, f64)>,
    /// Time from the last but one trusted value to the last.
    step: Option<Span>,
    /// Values that fitted in a row, as far as it matters.
    proven: u8,
    /// It was proven once: the first value was no outlier.
    begun: bool,
    pub(crate) doubt: Option<Doubt>,
}

/// The limits of a course.
pub(crate) struct Bounds<'a> {
    pub(crate) rises: Option<&'a Rate>,
    pub(crate) falls: &'a Recession,
    /// Values up to this are of no concern: a doubt there is over with the next value that fits.
    pub(crate) calm: Option<f64>,
}

/// What a course says of a value.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Seen {
    /// There is nothing to compare with.
    First,
    /// Water can do that.
    Fits,
    /// Hardly: suspect or fail.
    Doubted(Answer),
    /// It fits, and bears out what was doubted since then.
    BearsOut(Time),
}

impl Course {
    /// Takes the next value in order. `borne_out`: a sensor that is trusted shows the same.
    pub(crate) fn see(
        &mut self,
        bounds: &Bounds<'_>,
        at: Time,
        value: f64,
        borne_out: bool,
    ) -> Seen {
        let Some(trusted) = self.trusted else {
            self.trust(bounds, at, value);
            return Seen::First;
        };
        let beyond = self.beyond(bounds, trusted, at, value);
        let doubted = self.doubt.map(|doubt| doubt.since);
        let over = match &self.doubt {
            None => beyond.is_none(),
            Some(doubt) => beyond.is_none() && doubt.is_left(bounds, at, value),
        };
        let unseen = over && self.is_unseen(bounds, trusted, at, value);
        if over && !borne_out && !unseen {
            self.trust(bounds, at, value);
            return Seen::Fits;
        }
        if borne_out || self.goes_on(bounds, trusted, at, value) {
            self.floor = None;
            self.trust(bounds, at, value);
            return doubted.map_or(Seen::Fits, Seen::BearsOut);
        }
        let is_above = self.rises_above(bounds, trusted, at, value);
        let beyond = beyond.filter(|_| !is_above);
        let beyond = beyond.or_else(|| unseen.then_some((Side::Rise, 0.0, Answer::Undecided)));
        let known = beyond.is_none_or(|(_, excess, _)| excess <= 0.0);
        let answer = self.doubt(bounds, trusted, beyond, at, value);
        match &mut self.doubt {
            _ if is_above => Seen::Fits,
            Some(doubt) => {
                doubt.unseen = unseen || doubt.unseen && known;
                if doubt.unseen { Seen::First } else { Seen::Doubted(answer) }
            }
            None => Seen::Doubted(answer),
        }
    }

    /// Whether a value rose further in a silence than from one report to the next: water can have done that, but the first
    /// word of a logger that comes back is often none of its own. One value does not show which.
    fn is_unseen(&self, bounds: &Bounds<'_>, trusted: Point, at: Time, value: f64) -> bool {
        let (Some(rises), Some(step)) = (bounds.rises, self.step) else { return false };
        let silence = at - trusted.at;
        let can = rises.suspect.or(rises.fail).unwrap_or(f64::INFINITY) * share(step, rises.per);
        let long = silence.millis() * 2 > step.millis() * 5 && silence > bounds.falls.confirm_after;
        self.begun && long && !check::at_most(value - trusted.value, can.max(rises.tolerance))
    }

    /// A sensor that fell too far and now rises as water does, above what it was trusted to show: if it slipped, the water
    /// stands higher still. That raises what it reaches, and lowers nothing, for the doubt stays.
    fn rises_above(&self, bounds: &Bounds<'_>, trusted: Point, at: Time, value: f64) -> bool {
        let above = |doubt: &Doubt| {
            doubt.side == Side::Fall
                && value >= trusted.value
                && doubt.is_followed_by(bounds, at, value)
        };
        self.doubt.as_ref().is_some_and(above)
    }

    /// A person said what the value is (`None`: the value there is wrong, and `before` is the newest usable one).
    pub(crate) fn decided(&mut self, at: Time, value: Option<f64>, before: Option<Point>) {
        let is_newest = self.trusted.is_none_or(|known| known.at <= at);
        match value {
            Some(value) if is_newest => {
                self.trusted = Some(Point { at, value, flag: QcFlag::Good });
                self.floor = Some((at, value));
                self.doubt = None;
                self.proven = PROVEN;
                self.begun = true;
            }
            None if self.trusted.is_some_and(|known| known.at == at) => {
                self.trusted = before;
                self.floor = before.map(|point| (point.at, point.value));
            }
            _ => {}
        }
        if let Some(doubt) = self.doubt.as_mut().filter(|doubt| doubt.last.at == at) {
            doubt.denied = value.is_none();
        }
    }

    fn trust(&mut self, bounds: &Bounds<'_>, at: Time, value: f64) {
        // One value that was too high must not make a fall of all that come after it: a rise counts once it is repeated.
        let held = self.trusted.map_or(value, |before| before.value.min(value));
        let floor = self.floor_at(bounds.falls, at).map_or(value, |floor| floor.max(held));
        self.step = self.trusted.map(|before| at - before.at).or(self.step);
        self.trusted = Some(Point { at, value, flag: QcFlag::Good });
        self.floor = Some((at, floor));
        // What comes after a doubt must prove itself anew.
        let proven = if self.doubt.is_some() { 0 } else { self.proven };
        self.proven = proven.saturating_add(1).min(PROVEN);
        self.begun |= self.proven >= PROVEN;
        self.doubt = None;
    }

    /// Whether the newest values fit each other.
    pub(crate) const fn is_proven(&self) -> bool {
        self.proven >= PROVEN && self.doubt.is_none()
    }

    fn floor_at(&self, falls: &Recession, at: Time) -> Option<f64> {
        let (since, floor) = self.floor?;
        Some(floor - falls.fastest * share(at - since, falls.per))
    }

    /// How far a value is beyond what water can do, which way, and whether even a flash flood cannot.
    fn beyond(
        &self,
        bounds: &Bounds<'_>,
        trusted: Point,
        at: Time,
        value: f64,
    ) -> Option<(Side, f64, Answer)> {
        let floor = self.floor_at(bounds.falls, at).unwrap_or(value) - bounds.falls.tolerance;
        if value < floor && !check::at_most(floor - value, 0.0) {
            return Some((Side::Fall, floor - value, Answer::Suspect));
        }
        let rises = bounds.rises?;
        // A sensor that showed something else meanwhile was not silent: that it rose since then gives it no more time.
        let fell = self.doubt.filter(|doubt| doubt.side == Side::Fall);
        let since = fell.map_or(trusted.at, |doubt| doubt.last.at);
        let answer = match value > trusted.value {
            true => check::rate(rises, (since, trusted.value), (at, value)),
            false => Answer::Pass,
        };
        let can = rises.suspect.or(rises.fail).unwrap_or(f64::INFINITY);
        let can = (can * share(at - since, rises.per)).max(rises.tolerance);
        let excess = value - trusted.value - can;
        matches!(answer, Answer::Suspect | Answer::Fail).then_some((Side::Rise, excess, answer))
    }

    /// Whether a doubted run goes on as only water does.
    fn goes_on(&self, bounds: &Bounds<'_>, trusted: Point, at: Time, value: f64) -> bool {
        let Some(doubt) = &self.doubt else { return false };
        if !doubt.is_followed_by(bounds, at, value) {
            return false;
        }
        let calm = |value: f64| bounds.calm.is_some_and(|calm| value <= calm);
        if !self.begun || calm(value) && calm(trusted.value) && calm(doubt.high) {
            return true;
        }
        let falls = bounds.falls;
        let needed = falls.confirm_readings.saturating_mul(doubt.breaks.saturating_add(1));
        let moved = doubt.high.max(value) - doubt.low.min(value);
        let step = doubt.high.max(value) - trusted.value;
        doubt.side == Side::Rise
            && doubt.count.saturating_add(1) >= needed
            && at - doubt.since >= falls.confirm_after
            && (doubt.unseen || moved >= falls.confirm_moves.max(step * falls.confirm_share))
    }

    fn doubt(
        &mut self,
        bounds: &Bounds<'_>,
        trusted: Point,
        beyond: Option<(Side, f64, Answer)>,
        at: Time,
        value: f64,
    ) -> Answer {
        let answer = beyond.map_or(Answer::Suspect, |(_, _, answer)| answer);
        let flag = if answer == Answer::Fail { QcFlag::Bad } else { QcFlag::Suspect };
        let last = Point { at, value, flag };
        let side = beyond.map(|(side, ..)| side);
        let excess = beyond.map_or(0.0, |(_, excess, _)| excess);
        let run = self.doubt.filter(|known| side.is_none_or(|side| side == known.side));
        self.doubt = Some(match run {
            Some(run) if run.is_followed_by(bounds, at, value) => Doubt {
                last,
                step: value - run.last.value,
                low: run.low.min(value),
                high: run.high.max(value),
                count: run.count.saturating_add(1),
                excess: run.excess.max(excess),
                ..run
            },
            run => Doubt {
                side: side.or(run.map(|run| run.side)).unwrap_or(Side::Fall),
                since: at,
                trusted,
                last,
                step: value - run.map_or(trusted.value, |run| run.last.value),
                low: value,
                high: value,
                count: 1,
                breaks: run.map_or(0, |run| run.breaks.saturating_add(1)),
                excess: run.map_or(excess, |run| run.excess.max(excess)),
                unseen: false,
                denied: false,
            },
        });
        answer
    }
}

impl Doubt {
    /// Whether a value, which water can have, is no part of the run: it came back at once by half of how far the run went (a
    /// sensor that slipped goes up with the river, little by little), or the run was hardly beyond the limit, or a person
    /// said that it was wrong and it does not go on.
    fn is_left(&self, bounds: &Bounds<'_>, at: Time, value: f64) -> bool {
        let (back, went) = match self.side {
            Side::Fall => (value - self.last.value, self.trusted.value - self.low),
            Side::Rise => (self.last.value - value, self.high - self.trusted.value),
        };
        back * 2.0 >= went.max(bounds.falls.tolerance)
            || self.excess <= bounds.falls.tolerance && !self.unseen
            || self.denied && !self.is_followed_by(bounds, at, value)
    }

    /// Whether a value fits the run: in a rise it may go on as it came, a little faster, but falls as water does.
    fn is_followed_by(&self, bounds: &Bounds<'_>, at: Time, value: f64) -> bool {
        let (falls, since) = (bounds.falls, at - self.last.at);
        let most = falls.fastest * share(since, falls.per) + falls.tolerance;
        let fell = self.last.value - value;
        let rises = |rises: &Rate| {
            let answer = check::rate(rises, (self.last.at, self.last.value), (at, value));
            answer != Answer::Suspect && answer != Answer::Fail
        };
        match self.side {
            _ if fell > 0.0 => check::at_most(fell, most),
            Side::Rise if self.step > 0.0 && -fell <= self.step * SWELLS => true,
            Side::Rise | Side::Fall => bounds.rises.is_none_or(rises),
        }
    }
}

fn share(elapsed: Span, per: Span) -> f64 {
    elapsed.millis().max(0) as f64 / per.millis().max(1) as f64
}
