//! One threshold rule at one place: latches in event time, up fast and down slow.
//!
//! A level is raised when values were at or above its threshold for `hold`, without a gap; it is cleared
//! when good values were below its clear threshold for `clear_hold`, without a gap. Bad and missing
//! values do neither; suspect values raise provisionally and never clear; silence changes nothing. A level on which a
//! person left no usable value is taken back.

use domain::{AlarmState, Level, QcFlag, Span, Time};
use serde::{Deserialize, Serialize};

use crate::rule::{Step, Threshold};

/// How far back late values are compared with what was known (and older ones are history, not news).
const MEMORY: Span = Span::days(30);
/// Late alarms of the same level closer together than this are one.
const LATE_ONCE: Span = Span::days(1);

/// A value as a rule sees it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Observation {
    /// Event time.
    pub at: Time,
    /// Canonical unit.
    pub value: f64,
    /// Its quality flag.
    pub flag: QcFlag,
    /// Share of its window that is covered, 0–100 %.
    pub completeness: u8,
    /// Of a sum or a mean: what of it is certain. `None` = the flag speaks for the whole value.
    pub sure: Option<Sure>,
}

/// What is certain of a value that is put together from reports, some of them doubted or not heard.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Sure {
    /// It is at least this.
    pub least: f64,
    /// Share of what is covered that nobody doubts, 0–100 %.
    pub share: u8,
}

impl Observation {
    /// What is to be thought of the value against a threshold: a sum is sure when its certain part reaches it, and
    /// lies below for certain when all of it does, unless most of it is doubted.
    const fn flag_at(&self, raise: f64) -> QcFlag {
        match (self.sure, self.flag) {
            (None, flag) | (_, flag @ (QcFlag::Bad | QcFlag::Missing)) => flag,
            (Some(sure), _) if self.value >= raise && sure.least >= raise => QcFlag::Good,
            (Some(_), QcFlag::Good) if self.value >= raise => QcFlag::Suspect,
            (Some(sure), QcFlag::Suspect) if self.value < raise && sure.share >= 50 => QcFlag::Good,
            (Some(_), flag) => flag,
        }
    }
}

/// A change of state.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Change {
    /// Before.
    pub from: AlarmState,
    /// After.
    pub to: AlarmState,
    /// Event time.
    pub at: Time,
    /// Rests on suspect or unevaluated values only.
    pub provisional: bool,
    /// What was, not what is.
    pub late: bool,
}

/// The state of one rule at one place.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Watcher {
    latches: Vec<Latch>,
    /// Newest value that counted.
    last: Option<Time>,
    /// A good value has been seen.
    known: bool,
    /// Levels as they were, from when; ascending in time.
    past: Vec<(Time, Level)>,
    /// Late alarms given.
    late: Vec<(Time, Level)>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Latch {
    level: Level,
    raised: bool,
    provisional: bool,
    over_since: Option<Time>,
    over_count: u8,
    /// Time of the newest value that was counted.
    over_last: Option<Time>,
    under_since: Option<Time>,
    /// Since when the values speak for it on which it was raised.
    since: Option<Time>,
}

/// What a level rests on, after a person judged values of it.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Rests {
    /// Values known, ascending in time: also those that were judged, as they are now.
    pub known: Vec<Observation>,
    /// From when on these are all there are.
    pub whole_from: Option<Time>,
}

impl Watcher {
    /// The state now.
    #[must_use]
    pub fn state(&self) -> AlarmState {
        match self.top() {
            Some(latch) => AlarmState::Level(latch.level),
            None if self.known => AlarmState::Normal,
            None => AlarmState::Unknown,
        }
    }

    /// Whether the present level rests on suspect values only.
    #[must_use]
    pub fn provisional(&self) -> bool {
        self.top().is_some_and(|latch| latch.provisional)
    }

    /// Event time of the newest value that counted.
    #[must_use]
    pub const fn newest(&self) -> Option<Time> {
        self.last
    }

    /// Takes the next value in event time and says what changed. `steps` are those in force at `seen.at`.
    pub fn see(&mut self, rule: &Threshold, steps: &[Step], seen: Observation) -> Option<Change> {
        if matches!(seen.flag, QcFlag::Bad | QcFlag::Missing) {
            return None;
        }
        let before = (self.state(), self.provisional());
        self.fit(steps);
        let gap = self.last.is_some_and(|last| seen.at - last > rule.max_gap);
        for (latch, step) in self.latches.iter_mut().zip(steps) {
            if gap {
                latch.forget_time();
            }
            latch.see(rule, step, seen);
        }
        self.last = self.last.max(Some(seen.at));
        self.known |= seen.flag_at(f64::INFINITY) == QcFlag::Good;
        self.changed(before, seen.at)
    }

    /// Takes a value that came after newer ones were processed. It never changes the state; when it was
    /// higher than what was known for its time it gives one late alarm.
    pub fn see_late(
        &mut self,
        rule: &Threshold,
        steps: &[Step],
        seen: Observation,
    ) -> Option<Change> {
        let usable = !matches!(seen.flag, QcFlag::Bad | QcFlag::Missing);
        let newest = self.last?;
        if !usable || rule.hold > Span::ZERO || newest - seen.at > MEMORY {
            return None;
        }
        let level = steps.iter().rev().find(|step| seen.value >= step.raise)?.level;
        let told =
            |(at, known): &(Time, Level)| *known >= level && (*at - seen.at).abs() < LATE_ONCE;
        let now = self.top().map_or(Level(0), |latch| latch.level);
        if now >= level || self.level_at(seen.at) >= level || self.late.iter().any(told) {
            return None;
        }
        self.late.retain(|(at, _)| newest - *at <= MEMORY);
        self.late.push((seen.at, level));
        Some(Change {
            from: self.state(),
            to: AlarmState::Level(level),
            at: seen.at,
            provisional: steps
                .iter()
                .any(|s| s.level == level && seen.flag_at(s.raise) != QcFlag::Good),
            late: true,
        })
    }

    /// Since when something that was raised, or is about to be, rests on values; `None` = nothing is.
    #[must_use]
    pub fn rests_since(&self) -> Option<Time> {
        self.latches.iter().flat_map(|latch| [latch.since, latch.over_since]).flatten().min()
    }

    /// Looks again at what is raised, for a person judged values on which it may rest. A level that has no usable value
    /// at or above its threshold since it was raised is taken back; one that has a good one, or enough that agree, is
    /// sure; another is provisional. What was raised on values that are not remembered stays as it is.
    pub fn reconsider(
        &mut self,
        rule: &Threshold,
        steps: &[Step],
        rests: &Rests,
    ) -> Option<Change> {
        let at = self.last?;
        let before = (self.state(), self.provisional());
        self.fit(steps);
        for (latch, step) in self.latches.iter_mut().zip(steps) {
            latch.reconsider(rule, step, rests, &mut self.past);
        }
        self.changed(before, at)
    }

    /// The level that was known for that event time.
    fn level_at(&self, at: Time) -> Level {
        let known = self.past.iter().rev().find(|(from, _)| *from <= at);
        known.map_or(Level(0), |(_, level)| *level)
    }

    /// Makes one latch per step, keeping those whose level is still there.
    fn fit(&mut self, steps: &[Step]) {
        let same = self.latches.len() == steps.len()
            && self.latches.iter().zip(steps).all(|(latch, step)| latch.level == step.level);
        if same {
            return;
        }
        let old = std::mem::take(&mut self.latches);
        let keep = |step: &Step| old.iter().find(|latch| latch.level == step.level).cloned();
        self.latches =
            steps.iter().map(|step| keep(step).unwrap_or(Latch::new(step.level))).collect();
    }

    fn top(&self) -> Option<&Latch> {
        self.latches.iter().rev().find(|latch| latch.raised)
    }

    fn changed(&mut self, before: (AlarmState, bool), at: Time) -> Option<Change> {
        let (to, provisional) = (self.state(), self.provisional());
        if (to, provisional) == before {
            return None;
        }
        if to != before.0 {
            let level = self.top().map_or(Level(0), |latch| latch.level);
            self.past.retain(|(from, _)| at - *from <= MEMORY);
            self.past.push((at, level));
        }
        Some(Change { from: before.0, to, at, provisional, late: false })
    }
}

/// Whether a value may count towards clearing. One whose time is only that of its receipt is never good; without it a
/// station that has no clock could raise but never clear.
const fn clears(flag: QcFlag) -> bool {
    matches!(flag, QcFlag::Good | QcFlag::NotEvaluated)
}

impl Latch {
    const fn new(level: Level) -> Self {
        Self {
            level,
            raised: false,
            provisional: false,
            over_since: None,
            over_count: 0,
            over_last: None,
            under_since: None,
            since: None,
        }
    }

    fn forget_time(&mut self) {
        self.over_since = None;
        self.over_count = 0;
        self.under_since = None;
    }

    fn see(&mut self, rule: &Threshold, step: &Step, seen: Observation) {
        let seen = Observation { flag: seen.flag_at(step.raise), ..seen };
        if seen.value >= step.raise {
            self.over(rule, seen);
        } else if clears(seen.flag) && seen.completeness >= rule.clear_completeness {
            self.not_over(rule, step, seen);
        }
    }

    fn over(&mut self, rule: &Threshold, seen: Observation) {
        self.under_since = None;
        let since = *self.over_since.get_or_insert(seen.at);
        // The same time told twice, by two sensors or a sum that was worked out again, confirms nothing.
        if self.over_last.is_none_or(|last| last < seen.at) {
            self.over_count = self.over_count.saturating_add(1);
            self.over_last = Some(seen.at);
        }
        if seen.at - since < rule.hold {
            return;
        }
        let agreed = rule.confirm_readings > 0 && self.over_count >= rule.confirm_readings;
        let sure = seen.flag == QcFlag::Good || agreed;
        self.provisional = !sure && (self.provisional || !self.raised);
        if !self.raised {
            self.since = Some(since);
        }
        self.raised = true;
    }

    fn not_over(&mut self, rule: &Threshold, step: &Step, seen: Observation) {
        self.over_since = None;
        self.over_count = 0;
        if seen.value >= step.clear {
            self.under_since = None;
            return;
        }
        let since = *self.under_since.get_or_insert(seen.at);
        let withdrawn = self.provisional && seen.flag == QcFlag::Good;
        if self.raised && (withdrawn || seen.at - since >= rule.clear_hold) {
            self.raised = false;
            self.provisional = false;
            self.since = None;
        }
    }

    fn reconsider(
        &mut self,
        rule: &Threshold,
        step: &Step,
        rests: &Rests,
        past: &mut [(Time, Level)],
    ) {
        let over = |from: Time| {
            let usable = |o: &&Observation| !matches!(o.flag, QcFlag::Bad | QcFlag::Missing);
            let since = rests.known.iter().filter(move |o| o.at >= from && o.value >= step.raise);
            since.filter(usable)
        };
        let known = |from: Time| rests.whole_from.is_some_and(|whole| whole <= from);
        if let Some(since) = self.over_since.filter(|since| known(*since)) {
            let count = instants(over(since));
            self.over_since = over(since).next().map(|first| first.at);
            self.over_count = u8::try_from(count).unwrap_or(u8::MAX);
            self.over_last = over(since).next_back().map(|last| last.at).or(self.over_last);
        }
        let Some(since) = self.since.filter(|since| self.raised && known(*since)) else { return };
        let Some(first) = over(since).next() else {
            let level = self.level;
            for (_, then) in past.iter_mut().filter(|(from, _)| *from >= since) {
                *then = (*then).min(Level(level.0.saturating_sub(1)));
            }
            *self = Self::new(level);
            return;
        };
        self.since = Some(first.at);
        let agreed = rule.confirm_readings > 0
            && instants(over(since)) >= usize::from(rule.confirm_readings);
        self.provisional = !agreed && !over(since).any(|o| o.flag_at(step.raise) == QcFlag::Good);
    }
}

/// How many times they speak of; the same time told twice confirms nothing. Ascending.
fn instants<'a>(seen: impl Iterator<Item = &'a Observation>) -> usize {
    let mut last = None;
    seen.filter(|one| last.replace(one.at) != Some(one.at)).count()
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::AlarmState::{Level as L, Normal, Unknown};

    fn rule(hold: i64, clear_hold: i64) -> Threshold {
        Threshold {
            parameter: "water_level".parse().expect("a name"),
            stations: vec![],
            levels: vec![],
            clear_margin: 0.1,
            hold: Span::minutes(hold),
            clear_hold: Span::minutes(clear_hold),
            max_gap: Span::minutes(30),
            confirm_readings: 3,
            clear_completeness: 90,
        }
    }

    fn steps() -> Vec<Step> {
        let step = |level, raise: f64| Step {
            level: Level(level),
            name: format!("BĐ{level}"),
            raise,
            clear: raise - 0.1,
            source: None,
        };
        vec![step(1, 6.0), step(2, 7.0), step(3, 8.0)]
    }

    /// Feeds `(minute, value, flag)` and returns the changes as `(minute, state, provisional)`.
    fn run(rule: &Threshold, seen: &[(i64, f64, QcFlag)]) -> Vec<(i64, AlarmState, bool)> {
        let mut watcher = Watcher::default();
        let steps = steps();
        let change = |&(minute, value, flag)| {
            let at = Time::from_millis(minute * 60_000);
            let seen = Observation { at, value, flag, completeness: 100, sure: None };
            let change = watcher.see(rule, &steps, seen)?;
            Some((change.at.millis() / 60_000, change.to, change.provisional))
        };
        seen.iter().filter_map(change).collect()
    }

    use QcFlag::{Bad, Good, NotEvaluated as Unsure, Suspect};

    #[test]
    fn rises_at_once_and_falls_slowly() {
        let seen = [
            (0, 5.0, Good),
            (10, 7.2, Good),
            (20, 8.0, Good),
            (30, 7.85, Good),
            (40, 7.85, Good),
            (50, 7.85, Good),
        ];
        let expected = vec![
            (0, Normal, false),
            (10, L(Level(2)), false),
            (20, L(Level(3)), false),
            (50, L(Level(2)), false),
        ];
        assert_eq!(run(&rule(0, 20), &seen), expected);
    }

    #[test]
    fn a_gap_never_satisfies_above_for() {
        let seen = [(0, 6.5, Good), (40, 6.5, Good), (60, 6.5, Good), (70, 6.5, Good)];
        assert_eq!(run(&rule(30, 20), &seen), [(0, Normal, false), (70, L(Level(1)), false)]);
    }

    #[test]
    fn a_gap_never_satisfies_below_for() {
        let seen = [(0, 6.5, Good), (10, 5.0, Good), (50, 5.0, Good), (60, 5.0, Good)];
        assert_eq!(run(&rule(0, 30), &seen), [(0, L(Level(1)), false)]);
    }

    #[test]
    fn suspect_raises_provisionally_and_three_in_a_row_confirm() {
        let seen = [(0, 6.5, Suspect), (10, 6.6, Suspect), (20, 6.7, Suspect)];
        assert_eq!(run(&rule(0, 60), &seen), [(0, L(Level(1)), true), (20, L(Level(1)), false)]);
    }

    #[test]
    fn a_good_low_value_withdraws_a_provisional_level() {
        let seen = [(0, 5.0, Good), (10, 9.0, Suspect), (20, 5.0, Good)];
        let expected = vec![(0, Normal, false), (10, L(Level(3)), true), (20, Normal, false)];
        assert_eq!(run(&rule(0, 180), &seen), expected);
    }

    #[test]
    fn what_was_not_evaluated_clears_slowly_and_withdraws_nothing() {
        let seen = [(0, 5.0, Good), (10, 6.5, Good), (20, 5.0, Unsure), (30, 5.0, Unsure)];
        let expected = vec![(0, Normal, false), (10, L(Level(1)), false), (30, Normal, false)];
        assert_eq!(run(&rule(0, 10), &seen), expected);
        let seen = [(0, 5.0, Good), (10, 9.0, Suspect), (20, 5.0, Unsure)];
        let expected = vec![(0, Normal, false), (10, L(Level(3)), true)];
        assert_eq!(run(&rule(0, 180), &seen), expected);
    }

    #[test]
    fn the_same_time_told_three_times_confirms_nothing() {
        let seen = [(0, 6.5, Suspect), (0, 6.5, Suspect), (0, 6.6, Suspect)];
        assert_eq!(run(&rule(0, 60), &seen), [(0, L(Level(1)), true)]);
    }

    #[test]
    fn bad_neither_raises_nor_clears() {
        let seen = [(0, 9.9, Bad), (10, 6.5, Good), (20, 0.0, Bad), (30, 0.0, Bad), (40, 0.0, Bad)];
        assert_eq!(run(&rule(0, 10), &seen), [(10, L(Level(1)), false)]);
        assert_eq!(Watcher::default().state(), Unknown);
    }

    #[test]
    fn a_late_value_above_what_was_known_is_told_once() {
        let (rule, steps) = (rule(0, 60), steps());
        let mut watcher = Watcher::default();
        let value = |minute: i64, value| Observation {
            at: Time::from_millis(minute * 60_000),
            value,
            flag: Good,
            completeness: 100,
            sure: None,
        };
        watcher.see(&rule, &steps, value(100, 5.0));
        let late = watcher.see_late(&rule, &steps, value(50, 7.5)).expect("a late alarm");
        assert_eq!((late.to, late.late), (L(Level(2)), true));
        assert_eq!(watcher.state(), Normal);
        assert_eq!(watcher.see_late(&rule, &steps, value(40, 7.4)), None);
        assert_eq!(watcher.see_late(&rule, &steps, value(30, 5.4)), None);
    }

    /// Feeds `(minute, value, what is certain of it, share that nobody doubts)` of doubted sums.
    fn sums(seen: &[(i64, f64, f64, u8)]) -> Vec<(i64, AlarmState, bool)> {
        let mut watcher = Watcher::default();
        let change = |&(minute, value, least, share)| {
            let at = Time::from_millis(minute * 60_000);
            let sure = Some(Sure { least, share });
            let seen = Observation { at, value, flag: Suspect, completeness: 100, sure };
            let change = watcher.see(&rule(0, 20), &steps(), seen)?;
            Some((change.at.millis() / 60_000, change.to, change.provisional))
        };
        seen.iter().filter_map(change).collect()
    }

    #[test]
    fn a_sum_is_sure_as_far_as_its_certain_part_reaches() {
        let seen = [(0, 8.5, 6.5, 90), (10, 8.5, 8.1, 90)];
        assert_eq!(sums(&seen), [(0, L(Level(3)), true), (10, L(Level(3)), false)]);
        let seen = [(0, 7.5, 7.5, 90)];
        assert_eq!(sums(&seen), [(0, L(Level(2)), false)]);
    }

    #[test]
    fn one_doubted_report_in_a_sum_does_not_hold_a_level_up() {
        let seen = [(0, 6.5, 6.5, 99), (10, 5.0, 0.0, 99), (20, 5.0, 0.0, 99), (30, 5.0, 0.0, 99)];
        assert_eq!(sums(&seen), [(0, L(Level(1)), false), (30, Normal, false)]);
        let doubted = seen.map(|(minute, value, least, _)| (minute, value, least, 20));
        assert_eq!(sums(&doubted), [(0, L(Level(1)), false)], "most of it is doubted");
    }
}
