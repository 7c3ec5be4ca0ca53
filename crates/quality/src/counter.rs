//! What a running counter has counted, across resets and roll-overs.

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
}
