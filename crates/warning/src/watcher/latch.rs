//! One level at one sensor: raised fast, lowered slowly and only by water that fell.

use domain::{Level, Time};
use serde::{Deserialize, Serialize};

use super::Rests;
use super::seen::{Observation, Standing};
use crate::rule::{Step, Threshold};

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Latch {
    pub(super) level: Level,
    pub(super) raised: bool,
    pub(super) provisional: bool,
    /// It was sure once, until what it rested on was doubted: it is not withdrawn at once, but falls as a sure one does.
    pub(super) was_sure: bool,
    /// It is over its threshold now, and another sensor contradicts that.
    pub(super) disputed: bool,
    pub(super) over_since: Option<Time>,
    /// Values in a row that confirm each other.
    over_count: u8,
    /// Times of the first and the newest value that was counted.
    counted: Option<(Time, Time)>,
    under_since: Option<Time>,
    /// Since when the values speak for it on which it was raised.
    pub(super) since: Option<Time>,
}

impl Latch {
    pub(super) const fn new(level: Level) -> Self {
        Self {
            level,
            raised: false,
            provisional: false,
            was_sure: false,
            disputed: false,
            over_since: None,
            over_count: 0,
            counted: None,
            under_since: None,
            since: None,
        }
    }

    pub(super) fn forget_time(&mut self) {
        self.over_since = None;
        self.disputed = false;
        self.forget_count();
        self.under_since = None;
    }

    const fn forget_count(&mut self) {
        self.over_count = 0;
        self.counted = None;
    }

    pub(super) fn see(&mut self, rule: &Threshold, step: &Step, seen: Observation) {
        if seen.value >= step.raise {
            return self.over(rule, step, seen);
        }
        let withdrawn = self.provisional && !self.was_sure && seen.withdraws;
        if self.raised && withdrawn && seen.value < step.clear {
            self.lower();
        }
        if seen.lowers && seen.completeness >= rule.clear_completeness {
            self.not_over(rule, step, seen);
        } else if seen.standing == Standing::Doubted {
            // A sensor that is doubted in between has not been below it all the time.
            self.under_since = None;
        }
    }

    /// It is lowered, whatever it was raised by.
    pub(super) const fn lower(&mut self) {
        self.raised = false;
        self.provisional = false;
        self.was_sure = false;
        self.disputed = false;
        self.since = None;
    }

    /// Whether its sensor has been below it for as long as lowering takes, and moved.
    pub(super) fn has_fallen(&self, rule: &Threshold, last: Option<Time>) -> bool {
        let held =
            self.under_since.zip(last).is_some_and(|(since, at)| at - since >= rule.clear_hold);
        !self.raised && held
    }

    fn over(&mut self, rule: &Threshold, step: &Step, seen: Observation) {
        self.under_since = None;
        let since = *self.over_since.get_or_insert(seen.at);
        self.disputed = seen.standing == Standing::Disputed;
        self.count(seen);
        if seen.at - since < rule.hold {
            return;
        }
        let sure = seen.sure >= step.raise || self.agreed(rule);
        self.provisional = !sure && (self.provisional || !self.raised);
        if !self.raised {
            self.since = Some(since);
        }
        self.raised = true;
    }

    /// The same time told twice, by a sum that was worked out again, confirms nothing.
    fn count(&mut self, seen: Observation) {
        if seen.standing != Standing::Counts {
            return self.forget_count();
        }
        let first = self.counted.map_or(seen.at, |(first, _)| first);
        if self.counted.is_none_or(|(_, last)| last < seen.at) {
            self.over_count = self.over_count.saturating_add(1);
            self.counted = Some((first, seen.at));
        }
    }

    fn agreed(&self, rule: &Threshold) -> bool {
        agree(rule, usize::from(self.over_count), self.counted)
    }

    fn not_over(&mut self, rule: &Threshold, step: &Step, seen: Observation) {
        self.over_since = None;
        self.disputed = false;
        self.forget_count();
        if seen.value >= step.clear {
            self.under_since = None;
            return;
        }
        let since = *self.under_since.get_or_insert(seen.at);
        if self.raised && seen.at - since >= rule.clear_hold {
            self.lower();
        }
    }

    /// Looks again, for values on which it may rest are others now. `known`: those of its sensor, ascending. Whether it was
    /// taken back.
    pub(super) fn reconsider(
        &mut self,
        rule: &Threshold,
        step: &Step,
        known: &[Observation],
        rests: &Rests,
    ) -> bool {
        let over = |from: Time| {
            let since = known.iter().filter(move |o| o.at >= from && o.value >= step.raise);
            since.filter(|o| o.usable())
        };
        let remembered = |from: Time| rests.whole_from.is_some_and(|whole| whole <= from);
        if let Some(since) = self.over_since.filter(|since| remembered(*since)) {
            let (count, counted) = instants(over(since));
            self.over_since = over(since).next().map(|first| first.at);
            self.over_count = u8::try_from(count).unwrap_or(u8::MAX);
            self.counted = counted.or(self.counted);
        }
        if let Some(since) = self.under_since.filter(|since| remembered(*since)) {
            let under = |o: &&Observation| o.at >= since && o.lowers && o.value < step.clear;
            self.under_since = known.iter().find(under).map(|first| first.at);
        }
        let Some(since) = self.since.filter(|since| self.raised && remembered(*since)) else {
            return false;
        };
        let (count, counted) = instants(over(since));
        let sure = agree(rule, count, counted) || over(since).any(|o| o.sure >= step.raise);
        if !rests.judged.as_ref().is_none_or(|judged| judged.contains(&since)) {
            self.provisional &= !sure;
            return false;
        }
        let Some(first) = over(since).next() else {
            *self = Self::new(self.level);
            return true;
        };
        self.since = Some(first.at);
        self.was_sure |= !self.provisional && !sure;
        self.provisional = !sure;
        false
    }
}

fn agree(rule: &Threshold, count: usize, counted: Option<(Time, Time)>) -> bool {
    let needed = rule.confirm_readings;
    // Three within a second are one.
    let least = rule.apart.times(i64::from(needed.saturating_sub(1)));
    needed > 0
        && count >= usize::from(needed)
        && counted.is_some_and(|(first, last)| last - first >= least)
}

/// How many instants confirm each other, with the first and the last; what nothing makes sure does not count. Ascending.
fn instants<'a>(seen: impl Iterator<Item = &'a Observation>) -> (usize, Option<(Time, Time)>) {
    let (mut count, mut counted) = (0, None);
    for one in seen.filter(|one| one.standing == Standing::Counts) {
        let first = counted.map_or(one.at, |(first, _)| first);
        if counted.is_none_or(|(_, last)| last < one.at) {
            count += 1;
            counted = Some((first, one.at));
        }
    }
    (count, counted)
}
