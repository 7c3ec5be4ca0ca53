//! Each check by itself, as a function of what it looks at.

use domain::{Point, QcFlag, Span, Time};

use crate::limits::{CrossCheck, FlatLine, Gross, Rate, Spike};
use crate::score::Answer;

/// Differences of decimal numbers are not exact (8.3 − 7.8 is more than 0.5): a size counts as over its limit only
/// beyond this share of it.
const SLACK: f64 = 1e-9;

/// Gross range; limits are inclusive, an infinite value fails whatever the limits.
#[must_use]
pub fn gross(limits: &Gross, value: f64) -> Answer {
    let outside = |min: Option<f64>, max: Option<f64>| {
        min.is_some_and(|min| value < min) || max.is_some_and(|max| value > max)
    };
    if value.is_infinite() || outside(limits.fail_min, limits.fail_max) {
        Answer::Fail
    } else if outside(limits.suspect_min, limits.suspect_max) {
        Answer::Suspect
    } else {
        Answer::Pass
    }
}

/// Rate of change between two values: |Δv| · per ÷ |Δt|, strictly more than the limit. Undecided without elapsed time.
///
/// ```
/// use domain::{Span, Time};
/// use quality::{Rate, check, score::Answer};
/// let limits = Rate { suspect: Some(0.5), fail: None, per: Span::minutes(10), tolerance: 0.0 };
/// let rate = |minutes: i64, from, to| {
///     check::rate(&limits, (Time::from_millis(0), from), (Time::from_millis(minutes * 60_000), to))
/// };
/// assert_eq!(rate(10, 7.8, 8.3), Answer::Pass);
/// assert_eq!(rate(10, 7.8, 8.31), Answer::Suspect);
/// assert_eq!(rate(60, 7.8, 8.31), Answer::Pass);
/// assert_eq!(rate(0, 7.8, 8.31), Answer::Undecided);
/// ```
#[must_use]
pub fn rate(limits: &Rate, from: (Time, f64), to: (Time, f64)) -> Answer {
    let elapsed = (to.0 - from.0).abs();
    if elapsed == Span::ZERO {
        return Answer::Undecided;
    }
    let change = (to.1 - from.1).abs();
    if at_most(change, limits.tolerance) {
        return Answer::Pass;
    }
    let change = change * limits.per.millis() as f64 / elapsed.millis() as f64;
    over(change, limits.suspect, limits.fail)
}

/// Spike: the smaller step of the middle value to its neighbours, when it lies above both or below both.
#[must_use]
pub fn spike(limits: &Spike, left: f64, middle: f64, right: f64) -> Answer {
    let (up, down) = (middle - left, middle - right);
    if up * down <= 0.0 {
        return Answer::Pass;
    }
    over(up.abs().min(down.abs()), limits.suspect, limits.fail)
}

/// Flat line: unchanged for that long.
#[must_use]
pub fn flat_line(limits: &FlatLine, unchanged: Span) -> Answer {
    let reached = |limit: Option<Span>| limit.is_some_and(|limit| unchanged >= limit);
    if reached(limits.fail) {
        Answer::Fail
    } else if reached(limits.suspect) {
        Answer::Suspect
    } else {
        Answer::Pass
    }
}

/// Whether a value may stay as long as it likes.
#[must_use]
pub fn may_stay(limits: &FlatLine, value: f64) -> bool {
    limits.ignore_at_or_below.is_some_and(|limit| value <= limit)
        || limits.ignore_at_or_above.is_some_and(|limit| value >= limit)
}

/// Cross-check: agreement with one usable sibling is enough, so that one broken sensor of three accuses only itself.
/// `None` when no sibling is expected; undecided when none of them has a usable value near in time.
#[must_use]
pub fn cross(limits: &CrossCheck, at: Time, value: f64, siblings: &[Point]) -> Option<Answer> {
    let usable =
        |other: &&Point| other.flag < QcFlag::Bad && (other.at - at).abs() <= limits.within;
    let agrees = |other: &Point| agree(limits, other.value, value);
    if siblings.is_empty() {
        None
    } else if siblings.iter().filter(usable).any(agrees) {
        Some(Answer::Pass)
    } else if siblings.iter().any(|other| usable(&other)) {
        Some(Answer::Suspect)
    } else {
        Some(Answer::Undecided)
    }
}

/// Whether a good sibling near in time shows the same: that bears a doubted value out.
#[must_use]
pub fn bears_out(limits: &CrossCheck, at: Time, value: f64, siblings: &[Point]) -> bool {
    let shows = |other: &Point| {
        other.flag == QcFlag::Good
            && (other.at - at).abs() <= limits.within
            && agree(limits, other.value, value)
    };
    siblings.iter().any(shows)
}

/// Whether two sensors show the same.
#[must_use]
pub fn agree(limits: &CrossCheck, one: f64, other: f64) -> bool {
    at_most((one - other).abs(), limits.tolerance)
}

/// Whether the size does not exceed the limit, rounding errors forgiven.
pub(crate) fn at_most(size: f64, limit: f64) -> bool {
    size <= limit * (1.0 + SLACK)
}

fn over(size: f64, suspect: Option<f64>, fail: Option<f64>) -> Answer {
    if fail.is_some_and(|fail| !at_most(size, fail)) {
        Answer::Fail
    } else if suspect.is_some_and(|suspect| !at_most(size, suspect)) {
        Answer::Suspect
    } else {
        Answer::Pass
    }
}
