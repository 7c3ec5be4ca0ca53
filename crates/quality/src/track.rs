//! The running checks of one series: constant size, constant time, no allocation.
//!
//! Rate of change compares with the last *trusted* value over the time that really passed, so a gap makes a large
//! change plausible instead of unchecked. A value that changed too fast is doubted and not trusted. The next value
//! decides: if it fits the trusted one, the doubted one was an outlier; if it fits the doubted one, the river did rise,
//! and the new value is trusted (one value later when the doubted one was not only suspect but bad).

use domain::{Check, Point, QcFlag, Span, Time, Verdict};
use serde::{Deserialize, Serialize};

use crate::check;
use crate::course::{Bounds, Course, Doubt, Seen};
use crate::limits::{FlatLine, Limits, Rate, Recession};
use crate::mark;
use crate::score::{Answer, Score};

/// What the checks say when a value arrives.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Judged {
    /// Of the value.
    pub verdict: Verdict,
    /// Of the value before, when only this one could show that it was a spike: its time, value and new verdict.
    pub revised: Option<(Time, f64, Verdict)>,
    /// This value bears out what was doubted since then: those values are good.
    pub bears_out: Option<Time>,
}

/// What the checks remember of one series.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct Track {
    last: Option<Point>,
    good: Option<Point>,
    trusted: Option<Point>,
    doubted: Option<Point>,
    /// Of a water level: kept instead of `trusted` and `doubted` where there is a recession limit.
    course: Course,
    left: Option<f64>,
    middle: Option<Middle>,
    pub(crate) run: Option<Run>,
}

/// The newest value, while its spike check waits for the value after it.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
struct Middle {
    at: Time,
    value: f64,
    flag: QcFlag,
    failed: u16,
    /// What was good and trusted before it, in case it turns out to be a spike.
    good: Option<Point>,
    trusted: Option<Point>,
    course: Course,
}

/// The values since one that all lie within the flat line's tolerance.
///
/// A value outside starts a new run at itself. The longest possible run may have started earlier, so a stuck sensor is
/// found at most twice as late as the limit says, never too early.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(crate) struct Run {
    pub(crate) since: Time,
    low: f64,
    high: f64,
}

impl Track {
    /// Judges the next value in event-time order.
    ///
    /// * `value`: `None` = the station says it has none; NaN is taken as that too.
    /// * `mark`: the station's own quality word; see [`mark::meaning`].
    /// * `own_time`: false when the time is only when it was received: never better than not evaluated.
    /// * `siblings`: the newest points of redundant sensors; empty = there are none, and no cross-check is made.
    ///
    /// A gap is noted in the verdict and does not touch the flag. A value that is not newer than the last one is
    /// judged as late and changes nothing.
    pub fn judge(
        &mut self,
        limits: &Limits,
        at: Time,
        value: Option<f64>,
        mark: Option<&str>,
        own_time: bool,
        siblings: &[Point],
    ) -> Judged {
        if self.last.is_some_and(|last| at <= last.at) {
            let verdict = self.judge_late(limits, None, self.last, at, value, mark, own_time);
            return Judged { verdict, revised: None, bears_out: None };
        }
        let Some(value) = value.filter(|value| !value.is_nan()) else {
            self.end_neighbourhood();
            return Judged { verdict: Verdict::MISSING, revised: None, bears_out: None };
        };
        let mut score = Score::default();
        let usable = screen(&mut score, limits, value, mark, own_time);
        if self.last.is_some_and(|last| limits.gap.is_some_and(|gap| at - last.at > gap)) {
            score.note(Check::Gap);
            self.end_neighbourhood();
            self.run = None;
        }
        if !usable {
            self.end_neighbourhood();
            return self.remember(at, value, score.verdict(), None);
        }
        let revised = self.settle_spike(limits, value);
        let before = (self.good, self.trusted, self.course);
        let mut bears_out = None;
        if let Some(falls) = &limits.recession {
            let answer = self.follow(limits, falls, at, value, siblings, &mut bears_out);
            score.add(Check::Rate, answer);
        } else if let Some(rate) = &limits.rate {
            score.add(Check::Rate, self.rate(rate, at, value));
        } else {
            self.trust(at, value);
        }
        if let Some(flat) = &limits.flat_line {
            score.add(Check::FlatLine, self.flat_line(flat, at, value));
        }
        if let Some(cross) = &limits.cross_check
            && let Some(answer) = check::cross(cross, at, value, siblings)
        {
            score.add(Check::CrossCheck, answer);
        }
        let verdict = score.verdict();
        self.middle = Some(Middle {
            at,
            value,
            flag: verdict.flag,
            failed: verdict.failed.0,
            good: before.0,
            trusted: before.1,
            course: before.2,
        });
        Judged { bears_out, ..self.remember(at, value, verdict, revised) }
    }

    /// Whether the newest value is doubted because of what came before it, and nothing bears it out yet.
    #[must_use]
    pub const fn doubt(&self) -> Option<&Doubt> {
        self.course.doubt.as_ref()
    }

    /// The last value, whatever its flag; missing ones do not count.
    #[must_use]
    pub const fn last(&self) -> Option<Point> {
        self.last
    }

    /// The last value with flag good.
    #[must_use]
    pub const fn last_good(&self) -> Option<Point> {
        self.good
    }

    /// A person decided about the value of that time: `Some` = that value is good, `None` = the value there is wrong.
    /// `before` is the newest usable value before it, to compare with once it is gone. What the checks compare the next
    /// values with follows; a value that is none of theirs any more changes nothing.
    pub fn decided(&mut self, at: Time, value: Option<f64>, before: Option<Point>) {
        let is = |point: &Option<Point>| point.is_some_and(|point| point.at == at);
        if let Some(last) = self.last.as_mut().filter(|last| last.at == at) {
            last.value = value.unwrap_or(last.value);
            last.flag = if value.is_some() { QcFlag::Good } else { QcFlag::Bad };
        }
        let given = value.map(|value| Point { at, value, flag: QcFlag::Good });
        let older = |known: &Option<Point>| known.is_none_or(|known| known.at <= at);
        for kept in [&mut self.good, &mut self.trusted] {
            match given {
                Some(given) if older(kept) => *kept = Some(given),
                None if is(kept) => *kept = before,
                _ => {}
            }
        }
        self.course.decided(at, value, before);
        if is(&self.doubted) || given.is_some() && older(&self.doubted) {
            self.doubted = None;
        }
        if self.middle.is_some_and(|middle| middle.at == at) {
            // Decided: no neighbour is asked any more.
            self.middle = None;
            self.left = value.or(self.left);
        }
    }

    /// Whether the newest values follow the course of the water for some time; always where there is no recession limit.
    #[must_use]
    pub fn is_proven(&self, limits: &Limits) -> bool {
        limits.recession.is_none() || self.course.is_proven()
    }

    fn remember(
        &mut self,
        at: Time,
        value: f64,
        verdict: Verdict,
        revised: Option<(Time, f64, Verdict)>,
    ) -> Judged {
        let point = Point { at, value, flag: verdict.flag };
        self.last = Some(point);
        if verdict.flag == QcFlag::Good {
            self.good = Some(point);
        }
        Judged { verdict, revised, bears_out: None }
    }

    /// Where there is a recession limit: what the course of the water says.
    fn follow(
        &mut self,
        limits: &Limits,
        falls: &Recession,
        at: Time,
        value: f64,
        siblings: &[Point],
        bears_out: &mut Option<Time>,
    ) -> Answer {
        let shows = |cross: &crate::CrossCheck| check::bears_out(cross, at, value, siblings);
        let borne_out = limits.cross_check.as_ref().is_some_and(shows);
        let calm = limits.flat_line.and_then(|flat| flat.ignore_at_or_below);
        let bounds = Bounds { rises: limits.rate.as_ref(), falls, calm };
        match self.course.see(&bounds, at, value, borne_out) {
            Seen::First => Answer::Undecided,
            Seen::Fits => Answer::Pass,
            Seen::Doubted(answer) => answer,
            Seen::BearsOut(since) => {
                *bears_out = Some(since);
                Answer::Pass
            }
        }
    }

    /// Decides whether the value before was a spike, now that its right neighbour is here.
    ///
    /// A spike is not trusted; a later value may still confirm it, unless it is bad: a flood crest looks like one.
    fn settle_spike(&mut self, limits: &Limits, right: f64) -> Option<(Time, f64, Verdict)> {
        let middle = self.middle.take()?;
        let answer = match (&limits.spike, self.left) {
            (Some(spike), Some(left)) => check::spike(spike, left, middle.value, right),
            _ => Answer::Pass,
        };
        let flag = match answer {
            Answer::Fail => QcFlag::Bad,
            Answer::Suspect => middle.flag.max(QcFlag::Suspect),
            Answer::Pass | Answer::Undecided => {
                self.left = Some(middle.value);
                return None;
            }
        };
        (self.good, self.trusted) = (middle.good, middle.trusted);
        if self.course.doubt.is_none() {
            self.course = middle.course;
        }
        if answer == Answer::Fail {
            self.doubted = None;
        }
        let mut failed = domain::CheckSet(middle.failed);
        failed.insert(Check::Spike);
        Some((middle.at, middle.value, Verdict { flag, failed }))
    }

    /// The next value has no left neighbour.
    fn end_neighbourhood(&mut self) {
        self.left = None;
        self.middle = None;
    }

    fn rate(&mut self, limits: &Rate, at: Time, value: f64) -> Answer {
        let against = |point: Point| check::rate(limits, (point.at, point.value), (at, value));
        let Some(trusted) = self.trusted else {
            self.trust(at, value);
            return Answer::Undecided;
        };
        let answer = against(trusted);
        if answer == Answer::Pass {
            self.trust(at, value);
            return answer;
        }
        let confirms = self.doubted.filter(|doubted| against(*doubted) == Answer::Pass);
        match confirms.map(|doubted| doubted.flag) {
            Some(QcFlag::Bad) => self.doubting(at, value, Answer::Suspect),
            Some(_) => {
                self.trust(at, value);
                Answer::Pass
            }
            None => self.doubting(at, value, answer),
        }
    }

    fn trust(&mut self, at: Time, value: f64) {
        self.trusted = Some(Point { at, value, flag: QcFlag::Good });
        self.doubted = None;
    }

    fn doubting(&mut self, at: Time, value: f64, answer: Answer) -> Answer {
        let flag = if answer == Answer::Fail { QcFlag::Bad } else { QcFlag::Suspect };
        self.doubted = Some(Point { at, value, flag });
        answer
    }

    fn flat_line(&mut self, limits: &FlatLine, at: Time, value: f64) -> Answer {
        if check::may_stay(limits, value) {
            self.run = None;
            return Answer::Pass;
        }
        let run = self.run.filter(|run| run.holds(value, limits.tolerance)).map_or(
            Run { since: at, low: value, high: value },
            |run| Run { low: run.low.min(value), high: run.high.max(value), ..run },
        );
        self.run = Some(run);
        check::flat_line(limits, at - run.since)
    }
}

impl Run {
    /// Whether the value lies within the tolerance of all values of the run.
    pub(crate) fn holds(&self, value: f64, tolerance: f64) -> bool {
        check::at_most(self.high.max(value) - self.low.min(value), tolerance)
    }

    /// How long the run has lasted at that time, when it had begun by then.
    pub(crate) fn lasted(&self, at: Time) -> Option<Span> {
        (self.since <= at).then(|| at - self.since)
    }
}

/// The checks that look at nothing but the value itself; whether others may be compared with it.
pub(crate) fn screen(
    score: &mut Score,
    limits: &Limits,
    value: f64,
    mark: Option<&str>,
    own_time: bool,
) -> bool {
    let gross = limits.gross.unwrap_or_default();
    let range = check::gross(&gross, value);
    if limits.gross.is_some() || range == Answer::Fail {
        score.add(Check::GrossRange, range);
    }
    let said = mark.and_then(mark::meaning);
    if let Some(said) = said {
        score.add(Check::StationMark, said);
        score.note(Check::StationMark);
    }
    if !own_time {
        score.add(Check::Clock, Answer::Undecided);
        score.note(Check::Clock);
    }
    range != Answer::Fail && said != Some(Answer::Fail)
}
