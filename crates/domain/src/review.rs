//! A person judges readings: accepts or rejects them, or gives better values.

use serde::{Deserialize, Serialize};

use crate::{CheckSet, QcFlag, SeriesKey, Time, Verdict};

/// Most readings that one review judges.
pub const MOST_REVIEWED: usize = 5_000;

/// What the person says of the readings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Decision {
    /// They are right: good from now on.
    Accept,
    /// They are wrong: bad from now on.
    Reject,
    /// Other values are right: those are good from now on.
    Correct,
}

/// One reading as the person saw it.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct ReviewedPoint {
    /// When it was observed.
    pub observed_at: Time,
    /// The value on the screen; `None` = the station had none.
    pub seen: Option<f64>,
    /// What was said of it then.
    pub flag: QcFlag,
    /// The checks that had failed; they stay visible.
    pub failed: CheckSet,
    /// For a correction, the new value.
    pub value: Option<f64>,
}

/// A person's judgement of a stretch of one measured series.
///
/// What was seen travels along, so that the same journal gives the same readings even when the pipeline does not
/// remember values so old. There is no reading of the series between the first point and the last that is not among
/// the points.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Review {
    /// Whose readings.
    pub series: SeriesKey,
    /// What the person says of them.
    pub decision: Decision,
    /// Why.
    pub reason: String,
    /// The readings, ascending in time.
    pub points: Vec<ReviewedPoint>,
}

impl Decision {
    /// The flag that it gives.
    #[must_use]
    pub const fn flag(self) -> QcFlag {
        match self {
            Self::Accept | Self::Correct => QcFlag::Good,
            Self::Reject => QcFlag::Bad,
        }
    }

    /// The decision of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Accept, Self::Reject, Self::Correct].into_iter().find(|one| one.name() == name)
    }

    /// As written in the API.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Accept => "accept",
            Self::Reject => "reject",
            Self::Correct => "correct",
        }
    }
}

impl ReviewedPoint {
    /// The value that holds after the decision.
    #[must_use]
    pub const fn after(&self, decision: Decision) -> Option<f64> {
        match decision {
            Decision::Accept | Decision::Reject => self.seen,
            Decision::Correct => self.value,
        }
    }

    /// The verdict after the decision: the person's flag beside the checks that had failed.
    #[must_use]
    pub const fn verdict(&self, decision: Decision) -> Verdict {
        Verdict { flag: decision.flag(), failed: self.failed }
    }
}

impl Review {
    /// What is wrong with it by itself, in a sentence.
    #[must_use]
    pub fn fault(&self) -> Option<&'static str> {
        let ascending = self.points.windows(2).all(|two| two[0].observed_at < two[1].observed_at);
        let after = |point: &ReviewedPoint| point.after(self.decision);
        if self.points.is_empty() {
            Some("there is no reading in that range")
        } else if self.points.len() > MOST_REVIEWED {
            Some("at most 5000 readings can be judged at once: choose less time")
        } else if !ascending {
            Some("the readings are not in order of time")
        } else if self.points.iter().any(|point| after(point).is_none()) {
            Some("a reading without a value can only be corrected")
        } else if self.points.iter().filter_map(after).any(|value| !value.is_finite()) {
            Some("a value is not a number")
        } else {
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn review(decision: Decision, points: &[(i64, Option<f64>, Option<f64>)]) -> Review {
        let point = |&(minute, seen, value): &(i64, Option<f64>, Option<f64>)| ReviewedPoint {
            observed_at: Time::from_millis(minute * 60_000),
            seen,
            flag: QcFlag::Suspect,
            failed: CheckSet::NONE,
            value,
        };
        let series = SeriesKey {
            station: "tren".parse().expect("a name"),
            parameter: "water_level".parse().expect("a name"),
            sensor: crate::SensorId::main(),
        };
        let points = points.iter().map(point).collect();
        Review { series, decision, reason: "vì thế".to_owned(), points }
    }

    #[test]
    fn what_cannot_be_judged_is_said() {
        let check = |decision, points: &[_], expected: Option<&str>| {
            let fault = review(decision, points).fault();
            assert_eq!(fault.is_some(), expected.is_some(), "{fault:?}");
            assert!(fault.unwrap_or_default().contains(expected.unwrap_or_default()), "{fault:?}");
        };
        check(Decision::Accept, &[(0, Some(5.0), None), (1, Some(5.1), None)], None);
        check(Decision::Correct, &[(0, None, Some(5.0))], None);
        check(Decision::Accept, &[], Some("no reading"));
        check(Decision::Reject, &[(0, None, None)], Some("only be corrected"));
        check(Decision::Correct, &[(0, Some(5.0), None)], Some("only be corrected"));
        check(Decision::Correct, &[(0, Some(5.0), Some(f64::NAN))], Some("not a number"));
        check(Decision::Accept, &[(1, Some(5.0), None), (1, Some(5.0), None)], Some("order"));
    }
}
