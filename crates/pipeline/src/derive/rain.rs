//! Sums of rain over windows of event time, with the share of the window that they cover.
//!
//! Amounts are kept as whole micrometres, so a sum does not depend on the order of adding.

use domain::{QcFlag, Span, Time};
use serde::{Deserialize, Serialize};

/// Longest window plus room for late values.
const KEEP: Span = Span::hours(80);
/// A report may be this much longer than its interval before time counts as uncovered, in per cent.
const SLACK_PERCENT: i64 = 105;
/// So many are forgotten at once, or more.
const PIECE: usize = 64;

/// The recent rain of one series.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub(crate) struct Rain {
    drops: Vec<Drop>,
}

/// One report, with running totals up to and including it.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
struct Drop {
    at: Time,
    /// µm; `None` = bad or missing.
    amount: Option<i64>,
    flag: QcFlag,
    /// Time it speaks for by its own word, ms: a counter's increment since its last value; 0 = its interval.
    span: i64,
    /// Time it speaks for, ms; 0 when bad or missing.
    cover: i64,
    total: i64,
    total_cover: i64,
    /// Reports with an amount so far; of those, not evaluated ones; of those, suspect ones.
    counts: [u32; 3],
}

/// A sum over `(start, end]`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Sum {
    /// mm.
    pub(crate) value: f64,
    /// What it is at least, mm, whatever was not reported: less than `value` only for a mean.
    pub(crate) at_least: f64,
    /// 0–100 %.
    pub(crate) completeness: u8,
    /// Worst flag among what was summed.
    pub(crate) flag: QcFlag,
}

impl Rain {
    /// Takes the amount (mm) that fell in the interval that ends at `at`, in any order; the same time replaces.
    /// `span` is the time the amount speaks for when it says so itself.
    pub(crate) fn add(
        &mut self,
        at: Time,
        mm: Option<f64>,
        flag: QcFlag,
        interval: Span,
        span: Option<Span>,
    ) {
        let usable = !matches!(flag, QcFlag::Bad | QcFlag::Missing);
        let amount = mm.filter(|_| usable).map(|mm| (mm * 1_000.0).round() as i64);
        let index = match self.newest() {
            Some(newest) if newest >= at => self.drops.partition_point(|drop| drop.at < at),
            _ => self.drops.len(),
        };
        let span = span.map_or(0, Span::millis);
        let drop =
            Drop { at, amount, flag, span, cover: 0, total: 0, total_cover: 0, counts: [0; 3] };
        match self.drops.get_mut(index) {
            Some(there) if there.at == at => *there = drop,
            _ => self.drops.insert(index, drop),
        }
        self.total_from(index, interval);
        self.forget();
    }

    /// Takes what a person said of reports that are there.
    pub(crate) fn amend(
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
            drop.amount = mm.filter(|_| usable).map(|mm| (mm * 1_000.0).round() as i64);
            drop.flag = flag;
            first = first.min(index);
        }
        self.total_from(first, interval);
    }

    /// Times of the reports since `from` of which a sum over `window` is known whole.
    pub(crate) fn whole_sums(&self, from: Time, window: Span) -> impl Iterator<Item = Time> {
        let known = self.whole_from(window);
        let first = self.drops.partition_point(|drop| drop.at < from);
        let times = self.drops[first..].iter().map(|drop| drop.at);
        times.filter(move |at| known.is_some_and(|known| *at >= known))
    }

    /// From when on sums over `window` are known whole.
    pub(crate) fn whole_from(&self, window: Span) -> Option<Time> {
        self.newest().map(|newest| newest - KEEP + window)
    }

    /// Time of the newest report.
    pub(crate) fn newest(&self) -> Option<Time> {
        self.drops.last().map(|drop| drop.at)
    }

    /// The sum over `(end − window, end]`; `None` when nothing in it was reported, or when the reports are
    /// longer than the window.
    pub(crate) fn sum(&self, end: Time, window: Span) -> Option<Sum> {
        self.sum_since(end - window, end, window)
    }

    /// The sum since the last 19 h in Viet Nam, when the day of rain begins.
    pub(crate) fn sum_of_day(&self, end: Time) -> Option<Sum> {
        let start = (end - Span::from_millis(1)).floor(Span::days(1), Span::hours(19));
        self.sum_since(start, end, end - start)
    }

    /// The sum over `(start, end]`, its completeness measured against `whole`. A report that began well before
    /// `start` is left out: nobody knows how much of it fell since.
    pub(crate) fn sum_since(&self, start: Time, end: Time, whole: Span) -> Option<Sum> {
        let stop = self.behind(end, self.drops.len());
        let mut first = self.behind(start, stop);
        first += usize::from(self.drops[first..stop].first().is_some_and(|d| d.straddles(start)));
        let inside = &self.drops[first..stop];
        let (head, last) = (inside.first()?, inside.last()?);
        // Running totals before the head: the drops before it may be forgotten.
        let counted = |kind: usize| last.counts[kind] + head.own()[kind] - head.counts[kind];
        if whole.millis() <= 0 || counted(0) == 0 || last.cover > whole.millis() {
            return None;
        }
        let total = last.total - head.total + head.amount.unwrap_or(0);
        let cover = last.total_cover - head.total_cover + head.cover;
        let share = ((cover - head.outside(start)) * 100 + whole.millis() / 2) / whole.millis();
        let flag = match (counted(1), counted(2)) {
            (_, 1..) => QcFlag::Suspect,
            (1.., 0) => QcFlag::NotEvaluated,
            (0, 0) => QcFlag::Good,
        };
        Some(Sum {
            value: total as f64 / 1_000.0,
            at_least: total as f64 / 1_000.0,
            completeness: u8::try_from(share.clamp(0, 100)).unwrap_or(100),
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
        let longest = interval.millis() * SLACK_PERCENT / 100;
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
            drop.total = before.map_or(0, |b| b.total) + drop.amount.unwrap_or(0);
            drop.total_cover = before.map_or(0, |b| b.total_cover) + drop.cover;
            let one = drop.own();
            let sofar = before.map_or([0; 3], |b| b.counts);
            drop.counts = std::array::from_fn(|kind| sofar[kind] + one[kind]);
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
}

impl Drop {
    /// What it adds to `counts`.
    fn own(&self) -> [u32; 3] {
        let is = |flag: QcFlag| u32::from(self.amount.is_some() && self.flag == flag);
        [u32::from(self.amount.is_some()), is(QcFlag::NotEvaluated), is(QcFlag::Suspect)]
    }

    /// How much of its time lies before `start`, ms.
    fn outside(&self, start: Time) -> i64 {
        (self.cover - (self.at - start).millis()).max(0)
    }

    /// Whether more of its time lies before `start` than clocks and transmission explain.
    fn straddles(&self, start: Time) -> bool {
        self.outside(start) * 100 > self.cover * (SLACK_PERCENT - 100)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEN: Span = Span::minutes(10);

    fn minute(n: i64) -> Time {
        Time::from_millis(n * 60_000)
    }

    fn filled(order: &[i64]) -> Rain {
        let mut rain = Rain::default();
        for &n in order {
            rain.add(minute(n * 10), Some(0.2 * n as f64), QcFlag::Good, TEN, None);
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
        rain.add(minute(60), Some(30.0), QcFlag::Good, Span::hours(1), None);
        assert_eq!(rain.sum(minute(60), TEN), None);
        assert_eq!(rain.sum(minute(60), Span::hours(3)).expect("a sum").completeness, 33);
    }

    #[test]
    fn bad_rain_is_left_out_and_suspect_rain_marks_the_sum() {
        let mut rain = filled(&[1, 2]);
        rain.add(minute(30), Some(500.0), QcFlag::Bad, TEN, None);
        rain.add(minute(40), Some(50.0), QcFlag::Suspect, TEN, None);
        let sum = rain.sum(minute(40), Span::hours(1)).expect("a sum");
        assert_eq!((sum.value, sum.completeness, sum.flag), (50.6, 50, QcFlag::Suspect));
    }

    #[test]
    fn after_a_long_outage_the_season_before_it_does_not_fall_again() {
        let mut rain = filled(&(1..=600).collect::<Vec<_>>());
        let end = minute(6_000) + Span::hours(81);
        rain.add(end, Some(0.2), QcFlag::Good, TEN, None);
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
        rain.add(minute(380), Some(100.0), QcFlag::Good, TEN, Some(Span::hours(6)));
        rain.add(minute(390), Some(1.0), QcFlag::Good, TEN, None);
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
            rain.add(minute(n * 10) + jitter, Some(1.0), QcFlag::Good, TEN, None);
        }
        let end = minute(110) + Span::seconds(3);
        let sum = rain.sum(end, Span::hours(1)).expect("a sum");
        assert_eq!((sum.value, sum.completeness), (6.0, 100));
    }
}
