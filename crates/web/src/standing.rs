//! Where a stage stands against the alarm levels of its station and the floods of its past.

use domain::{Time, stage};
use pack::{Pack, Record, StageLevel};

/// Two stages closer than this are printed as equal, m.
pub(crate) const EQUAL: f64 = 0.005;
/// Below this a river is steady, cm/h.
const STEADY: f64 = 1.0;
/// From here on it rises or falls fast, cm/h: the first step of the rule on the rate of rise.
const FAST: f64 = 30.0;

/// The highest level that is reached; 0 = below all, `None` = there are no levels.
pub(crate) fn reached(value: f64, levels: &[&StageLevel]) -> Option<u8> {
    let held = levels.iter().filter(|level| value >= level.value).map(|level| level.level.0);
    (!levels.is_empty()).then(|| held.max().unwrap_or(0))
}

/// The báo động nearest to the value and how far above it the value is, m.
pub(crate) fn nearest<'a>(value: f64, levels: &[&'a StageLevel]) -> Option<(&'a StageLevel, f64)> {
    let found = stage::nearest(value, levels, |level| (level.level, level.value))?;
    Some((found, value - found.value))
}

/// How far it is to the next level, m; above all of them it is negative. Infinite without levels or value.
pub(crate) fn to_next(value: Option<f64>, levels: &[&StageLevel]) -> f64 {
    let (Some(value), Some(top)) = (value, levels.last()) else { return f64::INFINITY };
    let next = levels.iter().find(|level| level.value > value).unwrap_or(top);
    next.value - value
}

/// Which way a river goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Trend {
    FastRise,
    Rise,
    Steady,
    Fall,
    FastFall,
}

impl Trend {
    /// Of a rate in cm/h.
    pub(crate) fn of(rate: f64) -> Self {
        match rate {
            rate if rate >= FAST => Self::FastRise,
            rate if rate >= STEADY => Self::Rise,
            rate if rate <= -FAST => Self::FastFall,
            rate if rate <= -STEADY => Self::Fall,
            _ => Self::Steady,
        }
    }

    /// Its name in the API.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::FastRise => "fast_rise",
            Self::Rise => "rise",
            Self::Steady => "steady",
            Self::Fall => "fall",
            Self::FastFall => "fast_fall",
        }
    }
}

/// A flood of the past.
#[derive(Debug, Clone)]
pub(crate) struct Flood<'a> {
    /// The source that gives the highest value.
    pub(crate) record: &'a Record,
    /// What other sources give for the same flood, m.
    pub(crate) others: Vec<f64>,
}

/// Floods of that station before that day, highest first: a night that is looked at later does not know what came
/// with it or after it.
pub(crate) fn floods_before<'a>(pack: &'a Pack, station: &str, at: Time) -> Vec<Flood<'a>> {
    let today = at.to_string();
    let before = |record: &&Record| {
        let same_length = today.get(..record.when.len());
        record.station.as_str() == station
            && same_length.is_some_and(|today| record.when.as_str() < today)
    };
    let mut known: Vec<_> = pack.records.iter().filter(before).collect();
    known.sort_by(|a, b| b.value.total_cmp(&a.value));
    let mut floods: Vec<Flood<'_>> = Vec::new();
    for record in known {
        match floods.iter_mut().find(|flood| flood.record.when == record.when) {
            Some(flood) => flood.others.push(record.value),
            None => floods.push(Flood { record, others: Vec::new() }),
        }
    }
    floods
}

#[cfg(test)]
mod tests {
    use domain::Level;

    use super::*;

    fn level(level: u8, value: f64) -> StageLevel {
        StageLevel {
            station: "thanh-hoa".parse().expect("a name"),
            parameter: "water_level".parse().expect("a name"),
            level: Level(level),
            name: format!("BĐ{level}"),
            value,
            source: String::new(),
            source_en: None,
            confidence: "H".to_owned(),
            impacts: Vec::new(),
            valid_from: None,
            valid_to: None,
        }
    }

    #[test]
    fn a_stage_is_held_against_the_nearest_alarm_level_and_never_the_record() {
        let all = [level(1, 6.0), level(2, 7.0), level(3, 8.0), level(4, 9.68)];
        let levels: Vec<_> = all.iter().collect();
        let check = |value: f64, expected: (u8, &str)| {
            let (near, _) = nearest(value, &levels).expect("there are levels");
            assert_eq!(
                (reached(value, &levels), near.name.as_str()),
                (Some(expected.0), expected.1)
            );
        };
        check(5.2, (0, "BĐ1"));
        check(6.5, (1, "BĐ2"));
        check(7.62, (2, "BĐ3"));
        check(9.7, (4, "BĐ3"));
        assert_eq!((reached(5.0, &[]), to_next(Some(5.0), &[])), (None, f64::INFINITY));
        assert!(to_next(Some(9.7), &levels) < 0.0);
    }

    #[test]
    fn a_rate_has_a_word() {
        let names = [30.0, 12.0, 0.9, -1.0, -31.0].map(|rate| Trend::of(rate).name());
        assert_eq!(names, ["fast_rise", "rise", "steady", "fall", "fast_fall"]);
    }
}
