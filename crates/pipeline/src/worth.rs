//! What a judged value is worth to rules: what is sure of it, and whether it may lower a level.

use domain::{Check, CheckSet, QcFlag, Span, Time, Verdict};
use warning::{Observation, Standing};

use crate::plan::Role;
use crate::state::SeriesState;

/// How long a river stands still at most while it falls through its levels, or the wind while a storm goes: a value that has
/// stood longer lowers nothing. A sensor that lost its cups, its power or its water does.
const STILL: Span = Span::hours(2);

/// A measured value, as rules see it. `still_since`: since when the sensor has shown it.
pub(crate) fn measured(
    at: Time,
    value: f64,
    verdict: Verdict,
    role: Role,
    still_since: Option<Time>,
) -> Observation {
    let plain = Observation::new(at, value, verdict.flag);
    let unknown_word = verdict.failed.contains(Check::StationMark) && plain.lowers;
    let still = moves(role) && still_since.is_some_and(|since| at - since > STILL);
    let standing = standing(verdict);
    // Which of two that contradict each other may lower is seen where both are known.
    let failed = |check| verdict.failed.contains(check);
    let only_disputed = standing == Standing::Disputed
        && verdict.flag == QcFlag::Suspect
        && !failed(Check::StationMark)
        && !failed(Check::GrossRange);
    let trusted = plain.lowers || only_disputed;
    Observation {
        standing,
        lowers: trusted && !unknown_word && !still,
        withdraws: plain.withdraws && !still,
        ..plain
    }
}

/// Whether what it measures moves all the time while it is dangerous.
const fn moves(role: Role) -> bool {
    matches!(role, Role::Stage | Role::WindMean | Role::WindGust)
}

/// Whether a wind gauge stands still, for longer than wind does.
pub(crate) fn is_becalmed(role: Role, at: Time, still_since: Option<Time>) -> bool {
    let wind = matches!(role, Role::WindMean | Role::WindGust);
    wind && still_since.is_some_and(|since| at - since > STILL)
}

/// What a value is worth that is not sure by itself.
fn standing(verdict: Verdict) -> Standing {
    let failed = |check| verdict.failed.contains(check);
    let unknown_word = failed(Check::StationMark) && verdict.flag == QcFlag::NotEvaluated;
    if failed(Check::Rate) || failed(Check::FlatLine) || failed(Check::Spike) || unknown_word {
        Standing::Doubted
    } else if failed(Check::CrossCheck) {
        Standing::Disputed
    } else {
        Standing::Counts
    }
}

/// A value worked out from a measured one alone, or from it and older ones: sure only when that is.
pub(crate) fn derived(from: &Observation, value: f64, flag: QcFlag) -> Observation {
    let sure = flag == QcFlag::Good && from.flag == QcFlag::Good;
    // An older value that is doubted makes any rate: it says nothing, however often it is looked at.
    let doubted = flag == QcFlag::Suspect && from.flag < QcFlag::Suspect;
    let trusted = matches!(flag, QcFlag::Good | QcFlag::NotEvaluated) || flag == from.flag;
    Observation {
        value,
        sure: if sure { value } else { f64::NEG_INFINITY },
        flag,
        standing: if doubted { Standing::Doubted } else { from.standing },
        lowers: from.lowers && trusted,
        withdraws: from.withdraws && flag == QcFlag::Good,
        ..*from
    }
}

/// What a value is worth of which only the flag is remembered.
pub(crate) fn remembered(at: Time, value: f64, flag: QcFlag) -> Observation {
    Observation::new(at, value, flag)
}

/// The verdict of a person about a value.
pub(crate) const fn by_person(flag: QcFlag) -> Verdict {
    Verdict { flag, failed: CheckSet::NONE }
}

impl SeriesState {
    /// Takes note of what a judged value is worth, for when it is looked at again.
    pub(crate) fn note_worth(&mut self, at: Time, verdict: Verdict) {
        if verdict.flag == QcFlag::Suspect && standing(verdict) != Standing::Counts
            || verdict.flag == QcFlag::NotEvaluated && standing(verdict) == Standing::Doubted
        {
            self.doubted.insert(at);
        } else {
            self.doubted.remove(&at);
        }
    }

    /// A remembered value, as rules see it.
    pub(crate) fn remembered(&self, at: Time, value: f64, flag: QcFlag) -> Observation {
        let doubted = flag != QcFlag::Good && self.doubted.contains(&at);
        let seen = remembered(at, value, flag);
        if doubted {
            return Observation {
                standing: Standing::Doubted,
                lowers: false,
                withdraws: false,
                ..seen
            };
        }
        seen
    }

    /// Takes note whether the value moved.
    pub(crate) fn moves(&mut self, at: Time, value: Option<f64>) {
        let last = self.recent.iter().rev().find(|point| point.flag != QcFlag::Missing);
        let same = last
            .is_some_and(|last| value.is_none_or(|value| value.to_bits() == last.value.to_bits()));
        if !same {
            self.still_since = Some(at);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_still_lowers_nothing_where_danger_moves() {
        let at = Time::from_millis(0) + Span::hours(10);
        let lowers = |role, hours| {
            measured(at, 0.0, Verdict::GOOD, role, Some(at - Span::hours(hours))).lowers
        };
        assert_eq!([1, 3].map(|hours| lowers(Role::Stage, hours)), [true, false]);
        assert_eq!([1, 3].map(|hours| lowers(Role::WindMean, hours)), [true, false]);
        assert_eq!([1, 3].map(|hours| lowers(Role::Rain, hours)), [true, true]);
        assert!(is_becalmed(Role::WindGust, at, Some(at - Span::hours(3))));
    }
}
