//! What a running counter has counted, across resets, roll-overs, drop-outs and garbage.
//!
//! A counter that falls to zero was reset, or its logger started without its memory and the old total comes back: only
//! what follows tells. So a [`Counter`] remembers the totals it left. What is counted after a fall counts at once, for a
//! warning must not wait; it is undone when the counter returns to a total it had left.

use domain::{QcFlag, Span, Time};
use serde::{Deserialize, Serialize};

/// What was counted since the value before.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Increment {
    /// There is no value before: nothing can be said.
    First,
    /// Counted on.
    Amount(f64),
    /// Started again from 0 (a new battery, the 19 h reset): at least this much since.
    Reset(f64),
    /// Passed its largest value and went on from 0.
    RolledOver(f64),
    /// Went back by a little: a correction, not a reset. Nothing can be said; the next difference counts again.
    WentBack,
}

impl Increment {
    /// The amount, when one can be said.
    #[must_use]
    pub const fn amount(self) -> Option<f64> {
        match self {
            Self::Amount(amount) | Self::Reset(amount) | Self::RolledOver(amount) => Some(amount),
            Self::First | Self::WentBack => None,
        }
    }
}

/// Nobody resets a counter to nearly what it showed: a step back by less than this share is a correction.
const CORRECTION: f64 = 0.1;

/// What was counted between two values of a counter, in the counter's unit, rounded to 10⁻⁶ so that
/// 12.4 − 12.2 is 0.2 and sums meet their thresholds.
///
/// A fall is a roll-over when the counter has a largest value and the way over it is the shorter one (less than half
/// the range); otherwise it is a reset.
///
/// ```
/// use quality::{Increment, decumulate};
/// assert_eq!(decumulate(None, 12.2, None), Increment::First);
/// assert_eq!(decumulate(Some(12.2), 12.4, None), Increment::Amount(0.2));
/// assert_eq!(decumulate(Some(12.4), 0.6, None), Increment::Reset(0.6));
/// assert_eq!(decumulate(Some(999.8), 0.4, Some(1000.0)), Increment::RolledOver(0.6));
/// assert_eq!(decumulate(Some(100.2), 100.0, None), Increment::WentBack);
/// ```
#[must_use]
pub fn decumulate(previous: Option<f64>, now: f64, rolls_over_at: Option<f64>) -> Increment {
    let Some(previous) = previous.filter(|value| value.is_finite()) else {
        return Increment::First;
    };
    if now >= previous {
        return Increment::Amount(tidy(now - previous));
    }
    if let Some(range) = rolls_over_at.filter(|range| previous <= *range) {
        let over = range - previous + now;
        if over < range / 2.0 {
            return Increment::RolledOver(tidy(over));
        }
    }
    if now < 0.0 || previous - now < previous * CORRECTION {
        return Increment::WentBack;
    }
    Increment::Reset(tidy(now))
}

fn tidy(amount: f64) -> f64 {
    (amount * 1e6).round() / 1e6
}

/// A total that a counter showed.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Total {
    /// When.
    pub at: Time,
    /// What it showed.
    pub value: f64,
    /// What quality control says of it; never bad or missing.
    pub flag: QcFlag,
    /// False when the time is only when it was received.
    pub own_time: bool,
}

/// What was counted up to a total.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Amount {
    /// How much, in the counter's unit.
    pub value: f64,
    /// What of it is certain.
    pub sure: f64,
    /// The total since which it was counted.
    pub since: Time,
    /// The worse of the two totals' flags; suspect as well when it may be no amount at all.
    pub flag: QcFlag,
    /// Whether both times are the station's own.
    pub own_time: bool,
}

/// What a total says.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Said {
    /// What was counted up to it; `None` = nothing can be said.
    pub amount: Option<Amount>,
    /// The counter is back at a total that it had left then: what was said in between was nothing.
    pub back_to: Option<Time>,
    /// What was said at that time was doubted, and is not any more.
    pub settled: Option<Time>,
}

/// What is remembered of a counter.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Counter {
    last: Option<Total>,
    /// Totals it left by a fall or a leap, the newest last.
    left: Vec<Left>,
    /// A fall whose amount is doubted until it stays.
    doubted: Option<Time>,
}

/// A total that was left, and where to.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
struct Left {
    total: Total,
    to: Total,
    /// How often it counted on since.
    rises: u8,
}

/// Totals remembered that were left.
const MOST_LEFT: usize = 4;
/// A counter that counted on so often after a fall was reset, and one that did so after a leap is there for good.
const STAYS: u8 = 3;
/// A return is a total that lies above the one that was left by no more than this share of it, or this amount: the rain of
/// the meantime.
const NEAR: (f64, f64) = (0.1, 2.0);
/// A step of this size is as likely rain as a return, unless it follows soon.
const LARGE: f64 = 5.0;
/// What is soon; or three times as long as the step in which the total was left.
const SOON: Span = Span::hours(1);
/// A reset is small, so good at once, when the new total is at most this share of the old one, or this amount.
const SMALL: (f64, f64) = (0.25, 2.0);
/// Clocks of stations are off by this much.
const CLOCKS: Span = Span::minutes(1);

impl Counter {
    /// Takes the next total in event-time order. `believable` says whether such an amount may have fallen in such a time.
    pub fn see(
        &mut self,
        now: Total,
        rolls_over_at: Option<f64>,
        believable: impl Fn(f64, Span) -> bool,
    ) -> Said {
        let Some(last) = self.last else {
            self.last = Some(now);
            return Said::default();
        };
        if let Some(place) = self.left.iter().rposition(|left| left.returns(last, now, &believable))
        {
            return self.go_back(place, now);
        }
        let fits = |value: f64| believable(value, now.at - last.at);
        let step = match decumulate(Some(last.value), now.value, rolls_over_at) {
            Increment::RolledOver(over) if !fits(over) => Increment::Reset(tidy(now.value)),
            step => step,
        };
        let mut said = Said::default();
        match step {
            Increment::First => {}
            Increment::WentBack if now.value < 0.0 => return said,
            Increment::WentBack => self.leave(last, now),
            Increment::Amount(value) => {
                said.settled = self.doubted.take();
                let sure = self.certain(last, now, value);
                self.count_on(now, value);
                if value >= LARGE || !fits(value) {
                    self.leave(last, now);
                }
                said.amount = Some(last.until(now, value, sure));
            }
            Increment::Reset(value) | Increment::RolledOver(value) => {
                let rolled = matches!(step, Increment::RolledOver(_));
                let small = value <= (last.value * SMALL.0).max(SMALL.1);
                let good = rolled || small || is_reset_of_the_day(last.at, now.at);
                self.doubted = (!good).then_some(now.at);
                self.leave(last, now);
                said.amount = Some(last.until(now, value, if good { value } else { 0.0 }));
            }
        }
        self.last = Some(now);
        said
    }

    fn leave(&mut self, total: Total, to: Total) {
        if self.left.len() == MOST_LEFT {
            self.left.remove(0);
        }
        self.left.push(Left { total, to, rises: 0 });
    }

    fn go_back(&mut self, place: usize, now: Total) -> Said {
        let there = self.left[place].total;
        self.left.truncate(place);
        self.doubted = None;
        self.last = Some(now);
        let value = tidy(now.value - there.value);
        Said {
            amount: Some(there.until(now, value, value)),
            back_to: Some(there.at),
            settled: None,
        }
    }

    /// What of a step is certain: one that goes over a total that had been left may be a return.
    fn certain(&self, last: Total, now: Total, value: f64) -> f64 {
        let over = |left: &&Left| {
            left.fell() && left.total.value - left.to.value >= LARGE && left.is_jumped(last, now)
        };
        self.left.iter().rfind(over).map_or(value, |left| tidy(now.value - left.total.value))
    }

    fn count_on(&mut self, now: Total, value: f64) {
        for left in self.left.iter_mut().filter(|_| value > 0.0) {
            left.rises = left.rises.saturating_add(1);
        }
        let passed = |left: &Left| left.fell() && left.total.value <= now.value;
        self.left.retain(|left| left.rises < STAYS && !passed(left));
    }
}

impl Total {
    fn until(self, now: Self, value: f64, sure: f64) -> Amount {
        let doubt = if sure < value { QcFlag::Suspect } else { QcFlag::Good };
        let flag = self.flag.max(now.flag).max(doubt);
        Amount { value, sure, since: self.at, flag, own_time: self.own_time && now.own_time }
    }
}

impl Left {
    const fn fell(&self) -> bool {
        self.to.value < self.total.value
    }

    /// Whether the step goes over the total that was left, and is most of the way back to it.
    fn is_jumped(&self, last: Total, now: Total) -> bool {
        let way = self.total.value - self.to.value;
        now.value >= self.total.value && (now.value - last.value) * 2.0 > way
    }

    /// Whether the new total goes on from the one that was left.
    fn returns(&self, last: Total, now: Total, believable: impl Fn(f64, Span) -> bool) -> bool {
        let more = tidy(now.value - self.total.value);
        let near = more <= (self.total.value * NEAR.0).max(NEAR.1);
        let since = now.at - self.total.at;
        if more < 0.0 {
            return false;
        }
        if self.fell() {
            let no_rain = !believable(now.value - last.value, now.at - last.at);
            let soon = SOON.max((self.to.at - self.total.at).times(3));
            let told = self.total.value - self.to.value >= LARGE || since <= soon;
            return self.is_jumped(last, now)
                && (near && told || no_rain && believable(more, since));
        }
        let leap = self.to.value - self.total.value;
        let no_rain = !believable(leap, self.to.at - self.total.at);
        let nearer = more * 2.0 < leap;
        now.value < last.value && (near || no_rain && nearer && believable(more, since))
    }
}

/// Whether 19 h, when the day of rain begins and many counters are reset, lies between two totals.
fn is_reset_of_the_day(before: Time, now: Time) -> bool {
    (now + CLOCKS).floor(Span::days(1), Span::hours(19)) > before - CLOCKS
}

/// What totals in event-time order say of each of their times: counted anew, with all that came later known.
pub fn recount(
    counter: &mut Counter,
    totals: impl Iterator<Item = Total>,
    rolls_over_at: Option<f64>,
    believable: impl Fn(f64, Span) -> bool,
) -> Vec<(Time, Option<Amount>)> {
    let mut all: Vec<(Time, Option<Amount>)> = Vec::new();
    let mut before = counter.last;
    for total in totals {
        let mut said = counter.see(total, rolls_over_at, &believable);
        if let (Some(from), Some(amount)) = (said.back_to, &mut said.amount) {
            let first = all.partition_point(|(at, _)| *at <= from);
            let mut since = from;
            for (at, known) in &mut all[first..] {
                // Nothing was counted in all that time, so nothing in any part of it.
                let dry = Amount { since: std::mem::replace(&mut since, *at), ..*amount };
                *known = (amount.value == 0.0).then_some(dry);
            }
            if let Some(before) = before.filter(|_| amount.value == 0.0) {
                amount.since = before.at.max(from);
            }
        }
        if let Some(at) = said.settled
            && let Some((_, Some(known))) = all.iter_mut().rfind(|(then, _)| *then == at)
        {
            known.sure = known.value;
            known.flag = known.flag.min(total.flag.max(QcFlag::Good));
        }
        all.push((total.at, said.amount));
        before = Some(total);
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_counter_is_followed_through_everything_it_does() {
        use Increment::{Amount, First, Reset, RolledOver, WentBack};
        let check = |previous: Option<f64>, now: f64, range: Option<f64>, expected: Increment| {
            assert_eq!(decumulate(previous, now, range), expected, "{previous:?} {now} {range:?}");
        };
        check(None, 0.0, None, First);
        check(Some(0.0), 0.0, None, Amount(0.0));
        check(Some(0.1), 0.3, None, Amount(0.2));
        check(Some(80.0), 0.0, None, Reset(0.0));
        check(Some(10.0), 8.0, None, Reset(8.0));
        check(Some(3000.0), 2999.8, None, WentBack);
        check(Some(5.0), -0.2, None, WentBack);
        check(Some(99.8), 0.2, Some(100.0), RolledOver(0.4));
        check(Some(60.0), 5.0, Some(100.0), RolledOver(45.0));
        check(Some(40.0), 5.0, Some(100.0), Reset(5.0));
        check(Some(120.0), 5.0, Some(100.0), Reset(5.0));
        check(Some(f64::NAN), 5.0, None, First);
    }

    fn at(minute: i64) -> Time {
        // 01:00 in Viet Nam.
        Time::from_millis(1_763_316_000_000) + Span::minutes(minute)
    }

    /// Amounts of totals ten minutes apart, the last of them that many minutes after 01:00; at most 40 mm in ten minutes.
    fn counted(totals: &[f64], end: i64) -> Vec<Option<(f64, f64)>> {
        let first = end - 10 * (totals.len() as i64 - 1);
        let total = |(n, value): (usize, &f64)| Total {
            at: at(first + 10 * n as i64),
            value: *value,
            flag: QcFlag::Good,
            own_time: true,
        };
        let believable = |mm: f64, time: Span| mm <= 40.0 * (time.as_hours() * 6.0).max(1.0);
        let all = totals.iter().enumerate().map(total);
        let all = recount(&mut Counter::default(), all, Some(1_000.0), believable);
        all.into_iter().map(|(_, amount)| amount.map(|a| (a.value, a.sure))).collect()
    }

    fn sum(totals: &[f64]) -> (f64, f64) {
        let all = counted(totals, 600);
        let add =
            |(value, sure): (f64, f64), one: &(f64, f64)| (tidy(value + one.0), tidy(sure + one.1));
        all.iter().flatten().fold((0.0, 0.0), add)
    }

    #[test]
    fn a_counter_that_drops_out_and_comes_back_rained_nothing_but_the_rest() {
        for (totals, mm) in [
            (&[38.4, 38.4, 0.0, 38.4, 38.4][..], 0.0),
            (&[38.4, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 38.4], 0.0),
            (&[38.4, 0.0, 38.6], 0.2),
            (&[38.4, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 38.6, 38.8], 0.4),
            (&[100.2, 0.0, 100.2], 0.0),
            (&[400.0, 0.0, 400.0], 0.0),
            (&[999.0, 0.0, 999.2], 0.2),
            (&[38.4, 12.0, 0.0, 38.4], 0.0),
            (&[38.4, 0.0, 38.4, 0.0, 38.4], 0.0),
            (&[120.0, 0.0, 135.0], 15.0),
            (&[2.0, 0.0, 2.0, 2.2], 0.2),
            (&[38.4, 0.0, 0.2, 0.4, 39.0], 0.6),
            (&[70.0, 38.0, 70.0], 0.0),
        ] {
            assert_eq!(sum(totals), (mm, mm), "{totals:?}");
        }
    }

    #[test]
    fn a_bit_that_flips_up_is_no_rain_and_is_not_counted_from() {
        assert_eq!(counted(&[35.0, 3_500.0, 35.2], 600)[2], Some((0.2, 0.2)));
        assert_eq!(counted(&[35.0, 3_500.0, 3_500.0, 35.4], 600)[3], Some((0.4, 0.4)));
        assert_eq!(counted(&[35.0, 3_500.0, 35.0], 600)[1], Some((0.0, 0.0)));
        // Somebody set it: after the leap it goes on.
        assert_eq!(counted(&[35.0, 3_500.0, 3_500.2, 3_500.6], 600)[3], Some((0.4, 0.4)));
    }

    #[test]
    fn a_reset_that_stays_is_good_and_what_falls_after_it_counts() {
        let all = counted(&[60.0, 80.0, 0.0, 20.0, 40.0, 60.0, 80.0, 85.0], 600);
        let all: Vec<_> = all.into_iter().flatten().collect();
        assert_eq!(all.iter().map(|a| a.0).sum::<f64>(), 105.0);
        assert!(all.iter().all(|(value, sure)| value == sure), "{all:?}");
        // At 19 h, with a burst since.
        assert_eq!(counted(&[50.0, 50.0, 35.0], 18 * 60 + 7)[2], Some((35.0, 35.0)));
        // To 60 of 100 at another hour: doubted until it stays.
        assert_eq!(counted(&[100.0, 38.0], 600)[1], Some((38.0, 0.0)));
        assert_eq!(counted(&[100.0, 38.0, 38.2], 600)[1], Some((38.0, 38.0)));
    }

    #[test]
    fn a_little_rain_each_day_is_counted_each_day() {
        let mut totals = vec![0.0];
        for day in 0..3 {
            totals.extend([0.2, 0.4, f64::from(day)].map(|mm| mm + 0.4 * f64::from(day % 2)));
            totals.extend([0.0; 140]);
        }
        let rained: f64 = totals.windows(2).map(|pair| (pair[1] - pair[0]).max(0.0)).sum();
        assert_eq!(sum(&totals), (tidy(rained), tidy(rained)));
    }

    #[test]
    fn what_may_be_a_burst_or_a_return_is_told_as_doubtful() {
        assert_eq!(counted(&[10.0, 0.0, 0.0, 30.0], 600)[3], Some((30.0, 20.0)));
    }

    #[test]
    fn flags_and_times_of_the_totals_are_those_of_the_amount() {
        let total = |minute, value, flag, own_time| Total { at: at(minute), value, flag, own_time };
        let mut counter = Counter::default();
        let mut see = |total| counter.see(total, None, |_, _| true).amount;
        see(total(0, 1.0, QcFlag::Good, true));
        let amount = see(total(10, 1.2, QcFlag::Suspect, false)).expect("an amount");
        assert_eq!((amount.flag, amount.own_time, amount.since), (QcFlag::Suspect, false, at(0)));
        let amount = see(total(20, 1.4, QcFlag::Good, true)).expect("an amount");
        assert_eq!((amount.flag, amount.own_time), (QcFlag::Suspect, false));
        let amount = see(total(30, 1.6, QcFlag::Good, true)).expect("an amount");
        assert_eq!((amount.flag, amount.own_time), (QcFlag::Good, true));
    }
}
