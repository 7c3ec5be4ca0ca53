//! Sums of rain over windows of event time, with the share of the window that they cover, and what of them is sure.
//!
//! Amounts are kept as whole micrometres, so a sum does not depend on the order of adding. Stamps are some seconds off:
//! a report belongs to the window in which it lies but for [`slack`].

use domain::{QcFlag, Span, Time};
use serde::{Deserialize, Serialize};

/// Longest window plus room for late values.
const KEEP: Span = Span::hours(80);
/// A report may be this much longer than its interval before time counts as uncovered, in per cent …
const SLACK_PERCENT: i64 = 5;
/// … or this much, in ms, if that is more, but never more than half of it.
const SLACK: i64 = 60_000;
/// What was gathered over a longer time, in ms, is booked in a day only if it fell in it.
const LONG: i64 = 3_600_000;
/// So many are forgotten at once, or more.
const PIECE: usize = 64;
/// Most reports remembered one by one: what comes more often than each minute is put together.
const MOST: usize = 5_120;

/// The recent rain of one series.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Rain {
    drops: Vec<Drop>,
    /// Up to then reports were put together, so that nothing can be told of one of them any more.
    merged: Option<Time>,
}

/// One report, with running totals up to and including it.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
struct Drop {
    at: Time,
    /// µm; `None` = bad or missing.
    amount: Option<i64>,
    /// What of it is certain, µm.
    sure: i64,
    flag: QcFlag,
    /// Time it speaks for by its own word, ms: a counter's increment since its last value; 0 = its interval.
    span: i64,
    /// Time it speaks for, ms; 0 when bad or missing.
    cover: i64,
    total: Totals,
}

/// Running totals.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
struct Totals {
    amount: i64,
    sure: i64,
    cover: i64,
    /// Cover of what nobody doubts.
    firm: i64,
    /// Reports with an amount; of those, not evaluated ones; of those, suspect ones.
    counts: [u32; 3],
}

/// What a report says.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Report {
    /// The amount that fell in the interval that ends then, mm.
    pub mm: Option<f64>,
    /// What quality control says of it.
    pub flag: QcFlag,
    /// What of a suspect amount is certain, mm.
    pub sure: Option<f64>,
    /// The time the amount speaks for when it says so itself.
    pub span: Option<Span>,
}

/// A sum over `(start, end]`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Sum {
    /// mm.
    pub value: f64,
    /// What it is at least, mm: without what is doubted, and for a mean as if it had been dry where nothing was reported.
    pub sure: f64,
    /// Share of what is covered that nobody doubts, 0–100 %.
    pub firm: u8,
    /// 0–100 %.
    pub completeness: u8,
    /// Worst flag among what was summed.
    pub flag: QcFlag,
}

/// How far a stamp may be off its time, for reports that speak for that long, ms.
pub fn slack(cover: i64) -> i64 {
    (cover * SLACK_PERCENT / 100).max(SLACK.min(cover / 2))
}

/// The day of rain, from 19 h to 19 h in Viet Nam, in which most of a report lies that ends then and speaks for so long:
/// its beginning. A clock is some seconds off: what is reported at 19:00:07 fell in the day that ended at 19 h.
#[must_use]
pub fn day_of(at: Time, cover: Span) -> Time {
    let inside = if cover.millis() > LONG {
        Span::from_millis(slack(cover.millis()))
    } else {
        Span::from_millis(cover.millis() / 2)
    };
    (at - inside - Span::from_millis(1)).floor(Span::days(1), Span::hours(19))
}

impl Rain {
    /// Takes a report that ends at `at`, in any order; the same time replaces.
    pub fn add(&mut self, at: Time, report: Report, interval: Span) {
        if self.merged.is_some_and(|merged| at <= merged) {
            return;
        }
        let usable = !matches!(report.flag, QcFlag::Bad | QcFlag::Missing);
        let amount = report.mm.filter(|_| usable).map(micrometres);
        let index = match self.newest() {
            Some(newest) if newest >= at => self.drops.partition_point(|drop| drop.at < at),
            _ => self.drops.len(),
        };
        let span = report.span.map_or(0, Span::millis);
        let sure = sure(amount, report.flag, report.sure);
        let total = Totals::default();
        let drop = Drop { at, amount, sure, flag: report.flag, span, cover: 0, total };
        match self.drops.get_mut(index) {
            Some(there) if there.at == at => *there = drop,
            _ => self.drops.insert(index, drop),
        }
        self.total_from(index, interval);
        self.forget();
        self.merge(interval);
    }

    /// Takes what a person said of reports that are there.
    pub fn amend(
        &mut self,
        points: impl Iterator<Item = (Time, Option<f64>, QcFlag)>,
        interval: Span,
    ) {
        let mut first = self.drops.len();
        for (at, mm, flag) in points {
            let index = self.drops.partition_point(|drop| drop.at < at);
            let Some(drop) = self.drops.get_mut(index).filter(|drop| drop.at == at) else {
                continue;
            };
            let usable = !matches!(flag, QcFlag::Bad | QcFlag::Missing);
            drop.amount = mm.filter(|_| usable).map(micrometres);
            drop.sure = sure(drop.amount, flag, None);
            drop.flag = flag;
            first = first.min(index);
        }
        self.total_from(first, interval);
    }

    /// Times of the reports since `from` of which a sum over `window` is known whole.
    pub fn whole_sums(&self, from: Time, window: Span) -> impl Iterator<Item = Time> {
        let known = self.whole_from(window);
        let first = self.drops.partition_point(|drop| drop.at < from);
        let times = self.drops[first..].iter().map(|drop| drop.at);
        times.filter(move |at| known.is_some_and(|known| *at >= known))
    }

    /// From when on sums over `window` are known whole.
    pub fn whole_from(&self, window: Span) -> Option<Time> {
        self.newest().map(|newest| newest - KEEP + window)
    }

    /// Time of the newest report.
    pub fn newest(&self) -> Option<Time> {
        self.drops.last().map(|drop| drop.at)
    }

    /// Time of the newest report with an amount up to then.
    pub fn spoke(&self, until: Time) -> Option<Time> {
        let known = &self.drops[..self.behind(until, self.drops.len())];
        known.iter().rfind(|drop| drop.amount.is_some()).map(|drop| drop.at)
    }

    /// The sum over `(end − window, end]`; `None` when nothing in it was reported, or when the reports are
    /// longer than the window.
    pub fn sum(&self, end: Time, window: Span) -> Option<Sum> {
        self.sum_since(end - window, end, window, false)
    }

    /// The sum that holds at a round time: up to the report that ends there but for some seconds, or to the one before
    /// when reports come at least once in a `step`, each at its own minute.
    pub fn sum_about(&self, at: Time, window: Span, interval: Span, step: Span) -> Option<Sum> {
        let off = Span::from_millis(slack(interval.millis()));
        let stop = self.behind(at + off, self.drops.len());
        let whole = Span::from_millis(interval.millis() - off.millis());
        let back = if interval <= step { whole } else { off };
        let own = self.drops[..stop].last().map(|drop| drop.at).filter(|last| at - *last < back);
        self.sum(own.unwrap_or(at), window)
    }

    /// The sum since 19 h in Viet Nam, when the day of rain begins in which most of the report at `end` lies.
    pub fn sum_of_day(&self, end: Time) -> Option<Sum> {
        let start = self.day_of(end);
        self.sum_since(start, end, (end - start).min(Span::days(1)), true)
    }

    /// Where the day of rain begins to which the report of that time belongs.
    pub fn day_of(&self, at: Time) -> Time {
        let own = self.drops[..self.behind(at, self.drops.len())].last();
        let cover = own.filter(|drop| drop.at == at).map_or(0, |drop| drop.cover);
        day_of(at, Span::from_millis(cover))
    }

    /// The sum over `(start, end]`, its completeness measured against `whole`. A report that began well before
    /// `start` is left out: nobody knows how much of it fell since. Of a day it counts when most of it lies inside, so that
    /// each report belongs to one day.
    fn sum_since(&self, start: Time, end: Time, whole: Span, day: bool) -> Option<Sum> {
        let stop = self.behind(end, self.drops.len());
        let mut first = self.behind(start, stop);
        let out = |drop: &Drop| drop.straddles(start, day);
        first += usize::from(self.drops[first..stop].first().is_some_and(out));
        let inside = &self.drops[first..stop];
        let (head, last) = (inside.first()?, inside.last()?);
        // Running totals before the head: the drops before it may be forgotten.
        let sum = last.total.since(head);
        let longer = last.cover > whole.millis() + slack(whole.millis());
        if whole.millis() <= 0 || sum.counts[0] == 0 || longer && !day {
            return None;
        }
        let outside = if day { 0 } else { head.outside(start) };
        let covered = sum.cover - outside;
        let firm = if sum.cover > 0 { sum.firm * 100 / sum.cover } else { 100 };
        let flag = match (sum.counts[1], sum.counts[2]) {
            (_, 1..) => QcFlag::Suspect,
            (1.., 0) => QcFlag::NotEvaluated,
            (0, 0) => QcFlag::Good,
        };
        Some(Sum {
            value: sum.amount as f64 / 1_000.0,
            sure: sum.sure as f64 / 1_000.0,
            firm: percent(firm),
            completeness: percent((covered * 100 + whole.millis() / 2) / whole.millis()),
            flag,
        })
    }

    /// The number of drops at or before `at`, of the first `stop`. Looks first where it is when reports come at equal
    /// steps, for days of drops do not fit near the processor.
    fn behind(&self, at: Time, stop: usize) -> usize {
        let known = &self.drops[..stop];
        if let [.., before, last] = known {
            let (step, back) = ((last.at - before.at).millis(), (last.at - at).millis());
            let later = (back.max(0) + step - 1) / step;
            let guess = stop.saturating_sub(usize::try_from(later).unwrap_or(stop));
            let fits = guess.checked_sub(1).is_none_or(|inside| known[inside].at <= at);
            if fits && known.get(guess).is_none_or(|outside| outside.at > at) {
                return guess;
            }
        }
        known.partition_point(|drop| drop.at <= at)
    }

    fn total_from(&mut self, index: usize, interval: Span) {
        let longest = interval.millis() + slack(interval.millis());
        for at in index..self.drops.len() {
            let before = at.checked_sub(1).map(|before| self.drops[before]);
            let drop = &mut self.drops[at];
            let since = before.map_or(interval.millis(), |before| (drop.at - before.at).millis());
            drop.cover = match drop.amount {
                Some(_) if drop.span > 0 => drop.span,
                Some(_) if since <= longest => since,
                Some(_) => interval.millis(),
                None => 0,
            };
            drop.total = before.map_or(Totals::default(), |b| b.total).and(drop.own());
        }
    }

    /// Drops what no window reaches any more, in larger pieces.
    fn forget(&mut self) {
        let Some(newest) = self.newest() else { return };
        let is_old = |drop: &Drop| newest - drop.at > KEEP;
        if self.drops.get(PIECE).is_some_and(is_old) {
            let old = self.drops.partition_point(is_old);
            self.drops.drain(..old);
        }
    }

    /// Puts the older half of too many reports together, two by two.
    fn merge(&mut self, interval: Span) {
        if self.drops.len() <= MOST {
            return;
        }
        let newer = self.drops.split_off(MOST / 2);
        let older = std::mem::take(&mut self.drops);
        self.merged = older.last().map(|drop| drop.at);
        self.drops =
            older.chunks(2).map(|pair| pair[1..].iter().fold(pair[0], Drop::and)).collect();
        self.drops.extend(newer);
        self.total_from(0, interval);
    }
}

impl Drop {
    /// What it adds to the totals.
    fn own(&self) -> Totals {
        let is = |flag: QcFlag| u32::from(self.amount.is_some() && self.flag == flag);
        Totals {
            amount: self.amount.unwrap_or(0),
            sure: self.sure,
            cover: self.cover,
            firm: if self.flag == QcFlag::Suspect { 0 } else { self.cover },
            counts: [
                u32::from(self.amount.is_some()),
                is(QcFlag::NotEvaluated),
                is(QcFlag::Suspect),
            ],
        }
    }

    /// Both as one report.
    fn and(self, later: &Self) -> Self {
        let either = |of: fn(&Self) -> i64| of(&self) + of(later);
        let amount = (self.amount.is_some() || later.amount.is_some())
            .then(|| either(|drop| drop.amount.unwrap_or(0)));
        let flag = match (self.amount, later.amount) {
            (Some(_), None) => self.flag,
            (None, Some(_)) => later.flag,
            _ => self.flag.max(later.flag),
        };
        let (sure, span) = (either(|drop| drop.sure), either(|drop| drop.cover));
        Self { amount, sure, flag, span, ..*later }
    }

    /// How much of its time lies before `start`, ms.
    fn outside(&self, start: Time) -> i64 {
        (self.cover - (self.at - start).millis()).max(0)
    }

    /// Whether more of its time lies before `start` than clocks and transmission explain; or most of it, of a day.
    fn straddles(&self, start: Time, day: bool) -> bool {
        let most = if day && self.cover <= LONG { self.cover / 2 } else { slack(self.cover) };
        self.outside(start) > most
    }
}

impl Totals {
    fn and(self, one: Self) -> Self {
        Self {
            amount: self.amount + one.amount,
            sure: self.sure + one.sure,
            cover: self.cover + one.cover,
            firm: self.firm + one.firm,
            counts: std::array::from_fn(|kind| self.counts[kind] + one.counts[kind]),
        }
    }

    /// What they come to from a drop on.
    fn since(self, head: &Drop) -> Self {
        let (before, own) = (head.total, head.own());
        Self {
            amount: self.amount - before.amount + own.amount,
            sure: self.sure - before.sure + own.sure,
            cover: self.cover - before.cover + own.cover,
            firm: self.firm - before.firm + own.firm,
            counts: std::array::from_fn(|n| self.counts[n] + own.counts[n] - before.counts[n]),
        }
    }
}

fn micrometres(mm: f64) -> i64 {
    (mm * 1_000.0).round() as i64
}

/// What of an amount is certain, µm.
fn sure(amount: Option<i64>, flag: QcFlag, given: Option<f64>) -> i64 {
    match flag {
        QcFlag::Good => amount.unwrap_or(0),
        QcFlag::Suspect => amount.and(given).map_or(0, micrometres),
        _ => 0,
    }
}

fn percent(share: i64) -> u8 {
    u8::try_from(share.clamp(0, 100)).unwrap_or(100)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEN: Span = Span::minutes(10);

    fn minute(n: i64) -> Time {
        Time::from_millis(n * 60_000)
    }

    fn good(mm: f64) -> Report {
        Report { mm: Some(mm), flag: QcFlag::Good, sure: None, span: None }
    }

    fn filled(order: &[i64]) -> Rain {
        let mut rain = Rain::default();
        for &n in order {
            rain.add(minute(n * 10), good(0.2 * n as f64), TEN);
        }
        rain
    }

    #[test]
    fn a_full_hour_is_complete_and_exact() {
        let sum = filled(&[1, 2, 3, 4, 5, 6, 7]).sum(minute(70), Span::hours(1)).expect("a sum");
        assert_eq!((sum.value, sum.completeness), (5.4, 100));
    }

    #[test]
    fn a_missing_report_is_uncovered_time_not_zero_rain() {
        let sum = filled(&[1, 2, 4, 5, 6]).sum(minute(60), Span::hours(1)).expect("a sum");
        assert_eq!((sum.value, sum.completeness), (3.6, 83));
    }

    #[test]
    fn order_does_not_matter() {
        let (a, b) = (filled(&[1, 2, 3, 4, 5, 6]), filled(&[6, 1, 3, 2, 5, 4]));
        assert_eq!(a, b);
    }

    #[test]
    fn an_hourly_report_says_nothing_of_ten_minutes() {
        let mut rain = Rain::default();
        rain.add(minute(60), good(30.0), Span::hours(1));
        assert_eq!(rain.sum(minute(60), TEN), None);
        assert_eq!(rain.sum(minute(60), Span::hours(3)).expect("a sum").completeness, 33);
    }

    #[test]
    fn bad_rain_is_left_out_and_suspect_rain_marks_the_sum() {
        let mut rain = filled(&[1, 2]);
        rain.add(minute(30), Report { flag: QcFlag::Bad, ..good(500.0) }, TEN);
        rain.add(minute(40), Report { flag: QcFlag::Suspect, ..good(50.0) }, TEN);
        let sum = rain.sum(minute(40), Span::hours(1)).expect("a sum");
        assert_eq!((sum.value, sum.completeness, sum.flag), (50.6, 50, QcFlag::Suspect));
    }

    #[test]
    fn after_a_long_outage_the_season_before_it_does_not_fall_again() {
        let mut rain = filled(&(1..=600).collect::<Vec<_>>());
        let end = minute(6_000) + Span::hours(81);
        rain.add(end, good(0.2), TEN);
        let sum = |hours| rain.sum(end, Span::hours(hours)).expect("a sum");
        assert_eq!((sum(1).value, sum(1).completeness), (0.2, 17));
        assert_eq!(sum(72).value, 0.2);
    }

    #[test]
    fn sums_do_not_depend_on_what_was_forgotten() {
        let long = filled(&(1..=2_000).collect::<Vec<_>>());
        let short = filled(&(1_500..=2_000).collect::<Vec<_>>());
        for window in [Span::hours(1), Span::hours(12), Span::hours(72)] {
            assert_eq!(long.sum(minute(20_000), window), short.sum(minute(20_000), window));
        }
    }

    #[test]
    fn what_a_counter_gathered_over_a_gap_is_not_the_rain_of_the_last_hour() {
        let mut rain = filled(&[1, 2]);
        rain.add(minute(380), Report { span: Some(Span::hours(6)), ..good(100.0) }, TEN);
        rain.add(minute(390), good(1.0), TEN);
        let hour = rain.sum(minute(390), Span::hours(1)).expect("a sum");
        assert_eq!((hour.value, hour.completeness), (1.0, 17));
        let long = rain.sum(minute(390), Span::hours(12)).expect("a sum");
        assert_eq!((long.value, long.completeness), (101.6, 54));
    }

    #[test]
    fn a_jittery_clock_puts_six_reports_into_an_hour_and_not_seven() {
        let mut rain = Rain::default();
        for n in 0..12 {
            let jitter = Span::seconds(if n % 2 == 0 { 7 } else { 3 });
            rain.add(minute(n * 10) + jitter, good(1.0), TEN);
        }
        let end = minute(110) + Span::seconds(3);
        let sum = rain.sum(end, Span::hours(1)).expect("a sum");
        assert_eq!((sum.value, sum.completeness), (6.0, 100));
    }

    #[test]
    fn a_sum_keeps_what_is_sure_beside_what_is_stated() {
        let mut rain = filled(&(1..=431).collect::<Vec<_>>());
        let doubted = Report { flag: QcFlag::Suspect, ..good(45.0) };
        rain.add(minute(4_320), doubted, TEN);
        let sum = rain.sum(minute(4_320), Span::hours(72)).expect("a sum");
        assert_eq!((sum.flag, sum.value - sum.sure, sum.firm), (QcFlag::Suspect, 45.0, 99));
        rain.add(minute(4_320), Report { sure: Some(20.0), ..doubted }, TEN);
        let sum = rain.sum(minute(4_320), Span::hours(72)).expect("a sum");
        assert_eq!(sum.value - sum.sure, 25.0);
    }

    #[test]
    fn an_hourly_clock_that_is_seconds_off_loses_no_hour() {
        let mut rain = Rain::default();
        for hour in 0..24 {
            let late = Span::seconds(if hour % 2 == 0 { 0 } else { 5 });
            rain.add(minute(hour * 60) + late, good(8.0), Span::hours(1));
            let sum = rain.sum(minute(hour * 60) + late, Span::hours(1)).expect("a sum");
            assert_eq!((sum.value, sum.completeness), (8.0, 100), "hour {hour}");
        }
        let end = minute(23 * 60) + Span::seconds(5);
        assert_eq!(rain.sum(end, Span::hours(6)).map(|sum| sum.value), Some(48.0));
    }

    #[test]
    fn a_minute_gauge_that_is_seconds_off_loses_no_minute() {
        let mut rain = Rain::default();
        for n in 0..120 {
            let off = Span::seconds(if n % 2 == 0 { 12 } else { 0 });
            rain.add(minute(n) + off, good(1.0), Span::minutes(1));
        }
        let sum = rain.sum(minute(119), Span::hours(1)).expect("a sum");
        assert_eq!((sum.value, sum.completeness), (60.0, 100));
    }

    #[test]
    fn at_a_round_time_a_report_seconds_off_counts_and_so_does_one_of_its_own_minute() {
        for (off, interval) in
            [(7, 10), (-7, 10), (0, 10), (180, 10), (-240, 10), (7, 60), (-7, 60)]
        {
            let mut rain = Rain::default();
            for n in 0..100 {
                rain.add(
                    minute(n * interval) + Span::seconds(off),
                    good(1.0),
                    Span::minutes(interval),
                );
            }
            let about = |hours| {
                let window = Span::hours(hours);
                let sum = rain.sum_about(minute(840), window, Span::minutes(interval), TEN);
                sum.map(|sum| (sum.value, sum.completeness))
            };
            let each = 60.0 / interval as f64;
            assert_eq!(about(6), Some((6.0 * each, 100)), "{off} s, each {interval} min");
            assert_eq!(about(1), Some((each, 100)), "{off} s, each {interval} min");
        }
    }

    #[test]
    fn each_report_belongs_to_one_day_of_rain() {
        for (off, interval) in
            [(7, 10), (-7, 10), (0, 10), (240, 10), (360, 10), (7, 60), (25 * 60, 60)]
        {
            let mut rain = Rain::default();
            // 17:00 to 21:00 in Viet Nam the day after.
            for n in 0..=28 * 60 / interval {
                let at = minute(600 + n * interval) + Span::seconds(off);
                rain.add(at, good(1.0), Span::minutes(interval));
            }
            let days: Vec<_> = rain.drops.iter().map(|drop| rain.day_of(drop.at)).collect();
            let last = |of: Time| rain.drops.iter().zip(&days).rfind(|(_, day)| **day == of);
            let noon = minute(600 + 12 * 60).floor(Span::days(1), Span::hours(19));
            let mut all = 0.0;
            for day in [noon - Span::days(1), noon, noon + Span::days(1)] {
                let end = last(day).expect("a report of it").0.at;
                all += rain.sum_of_day(end).expect("a sum").value;
            }
            assert_eq!(all, rain.drops.len() as f64, "{off} s, each {interval} min");
            let whole = rain.sum_of_day(last(noon).expect("a report of it").0.at).expect("a sum");
            assert_eq!((whole.value, whole.completeness), (1440.0 / interval as f64, 100), "{off}");
        }
    }

    #[test]
    fn what_comes_each_second_is_put_together_and_nothing_of_it_is_lost() {
        let mut rain = Rain::default();
        for second in 1..=20_000 {
            let at = minute(0) + Span::seconds(second);
            rain.add(at, good(0.001), Span::seconds(1));
            // A copy of long ago is not counted again.
            rain.add(minute(0) + Span::seconds((second / 9).max(1)), good(0.001), Span::seconds(1));
        }
        assert!(rain.drops.len() <= MOST, "{}", rain.drops.len());
        let end = minute(0) + Span::seconds(20_000);
        let sum = rain.sum(end, Span::hours(6)).expect("a sum");
        assert_eq!((sum.value, sum.completeness), (20.0, 93));
        assert_eq!(rain.sum(end, Span::minutes(10)).map(|sum| sum.value), Some(0.6));
    }
}
