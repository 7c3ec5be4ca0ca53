//! A value that came too late to be in order.

use domain::{Check, Point, QcFlag, Time, Verdict};

use crate::check;
use crate::limits::{FlatLine, Limits, Rate};
use crate::score::{Answer, Score};
use crate::track::{Track, screen};

impl Track {
    /// Judges a value against its neighbours in time, without changing anything.
    ///
    /// * Rate: it is enough to fit one neighbour, because the other may be the outlier.
    /// * Spike: decided at once when both neighbours are there.
    /// * Flat line: decided when it differs from the neighbour before, or when the current run had begun by then.
    /// * Bad neighbours do not count.
    #[expect(clippy::too_many_arguments, reason = "the inputs of `judge` and the two neighbours")]
    #[must_use]
    pub fn judge_late(
        &self,
        limits: &Limits,
        before: Option<Point>,
        after: Option<Point>,
        at: Time,
        value: Option<f64>,
        mark: Option<&str>,
        own_time: bool,
    ) -> Verdict {
        let Some(value) = value.filter(|value| !value.is_nan()) else { return Verdict::MISSING };
        let mut score = Score::default();
        if before.is_some_and(|before| limits.gap.is_some_and(|gap| at - before.at > gap)) {
            score.note(Check::Gap);
        }
        if !screen(&mut score, limits, value, mark, own_time) {
            return score.verdict();
        }
        let usable = |point: &Point| point.flag < QcFlag::Bad;
        let (before, after) = (before.filter(usable), after.filter(usable));
        if let Some(rate) = &limits.rate {
            score.add(Check::Rate, fits_one(rate, [before, after], at, value));
        }
        if let (Some(spike), Some(before), Some(after)) = (&limits.spike, before, after) {
            let answer = check::spike(spike, before.value, value, after.value);
            if answer != Answer::Pass {
                score.add(Check::Spike, answer);
            }
        }
        if let Some(flat) = &limits.flat_line {
            score.add(Check::FlatLine, self.flat_then(flat, before, at, value));
        }
        score.verdict()
    }

    fn flat_then(&self, limits: &FlatLine, before: Option<Point>, at: Time, value: f64) -> Answer {
        let same = |before: Point| check::at_most((before.value - value).abs(), limits.tolerance);
        if check::may_stay(limits, value) || !before.is_some_and(same) {
            return Answer::Pass;
        }
        let run = self.run.filter(|run| run.holds(value, limits.tolerance));
        let lasted = run.and_then(|run| run.lasted(at));
        lasted.map_or(Answer::Undecided, |lasted| check::flat_line(limits, lasted))
    }
}

fn fits_one(limits: &Rate, neighbours: [Option<Point>; 2], at: Time, value: f64) -> Answer {
    let answers = neighbours.map(|neighbour| match neighbour {
        Some(point) => check::rate(limits, (point.at, point.value), (at, value)),
        None => Answer::Undecided,
    });
    match answers {
        [Answer::Pass, _] | [_, Answer::Pass] => Answer::Pass,
        [Answer::Undecided, other] | [other, Answer::Undecided] => other,
        [Answer::Suspect, _] | [_, Answer::Suspect] => Answer::Suspect,
        [Answer::Fail, Answer::Fail] => Answer::Fail,
    }
}
