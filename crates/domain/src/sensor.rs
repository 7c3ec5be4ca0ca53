//! Which of several sensors speaks for its place.
//!
//! A station may measure the same thing twice. What is shown of it, on every page and paper alike, is one of them:
//! `main` as long as it lives, else the one that does.

use std::cmp::Reverse;

use crate::{CheckedReading, QcFlag, SensorId, Span, Time};

/// The newest reading of a sensor, as far as it matters for the choice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Newest<'a> {
    /// Which sensor.
    pub sensor: &'a SensorId,
    /// When it was observed.
    pub observed_at: Time,
    /// Its flag; bad and missing values cannot be shown.
    pub flag: QcFlag,
}

impl<'a> Newest<'a> {
    /// Of a reading of that sensor.
    #[must_use]
    pub fn of(sensor: &'a SensorId, reading: &CheckedReading) -> Self {
        let flag = if reading.usable().is_some() { reading.verdict.flag } else { QcFlag::Missing };
        Self { sensor, observed_at: reading.observed_at, flag }
    }

    fn is_main(&self) -> bool {
        *self.sensor == SensorId::main()
    }

    const fn usable(&self) -> bool {
        !matches!(self.flag, QcFlag::Bad | QcFlag::Missing)
    }
}

/// The sensor that is shown: `main` when its newest value is usable and no more than `silent_after` older than what
/// another says, else the freshest usable one. One in doubt yields to one that is not and says as new a thing.
/// `None` = there is no sensor.
#[must_use]
pub fn shown<'a>(sensors: &[Newest<'a>], silent_after: Span) -> Option<&'a SensorId> {
    let order = |one: &&Newest<'a>| (one.observed_at, one.is_main(), Reverse(one.sensor));
    let usable = || sensors.iter().filter(|one| one.usable());
    let Some(newest) = usable().map(|one| one.observed_at).max() else {
        let main = sensors.iter().find(|one| one.is_main());
        return main.or_else(|| sensors.iter().max_by_key(order)).map(|one| one.sensor);
    };
    let fresh = || usable().filter(|one| newest - one.observed_at <= silent_after);
    let first = fresh().find(|one| one.is_main()).or_else(|| fresh().max_by_key(order))?;
    let sure = |one: &&Newest<'a>| {
        first.flag == QcFlag::Suspect
            && one.flag == QcFlag::Good
            && one.observed_at >= first.observed_at
    };
    Some(fresh().filter(sure).max_by_key(order).unwrap_or(first).sensor)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Sensors with minutes since midnight and flag.
    fn check(sensors: &[(&str, i64, QcFlag)], expected: Option<&str>) {
        let names: Vec<SensorId> =
            sensors.iter().map(|(name, ..)| name.parse().expect("a name")).collect();
        let newest: Vec<_> = names
            .iter()
            .zip(sensors)
            .map(|(sensor, (_, minute, flag))| Newest {
                sensor,
                observed_at: Time::from_millis(minute * 60_000),
                flag: *flag,
            })
            .collect();
        let found = shown(&newest, Span::minutes(30)).map(SensorId::as_str);
        assert_eq!(found, expected, "{sensors:?}");
        let backwards: Vec<_> = newest.into_iter().rev().collect();
        let found = shown(&backwards, Span::minutes(30)).map(SensorId::as_str);
        assert_eq!(found, expected, "{sensors:?}, in another order");
    }

    #[test]
    fn main_speaks_as_long_as_it_lives_and_then_the_one_that_does() {
        use QcFlag::{Bad, Good, Missing, NotEvaluated, Suspect};
        check(&[], None);
        check(&[("radar", 0, Good)], Some("radar"));
        check(&[("main", 400, Good), ("radar", 400, Good)], Some("main"));
        check(&[("main", 370, Good), ("radar", 400, Good)], Some("main"));
        check(&[("main", 369, Good), ("radar", 400, Good)], Some("radar"));
        check(&[("main", 0, NotEvaluated), ("radar", 400, Suspect)], Some("radar"));
        check(&[("main", 0, Good), ("radar", 100, Good), ("bubbler", 400, Good)], Some("bubbler"));
        check(&[("radar", 400, Good), ("bubbler", 400, Good)], Some("bubbler"));
        check(&[("main", 400, Bad), ("radar", 390, Good)], Some("radar"));
        check(&[("main", 400, Missing), ("radar", 100, Good)], Some("radar"));
        check(&[("main", 100, Good), ("radar", 400, Bad)], Some("main"));
        check(&[("main", 100, Bad), ("radar", 400, Missing)], Some("main"));
        check(&[("radar", 100, Bad), ("bubbler", 400, Bad)], Some("bubbler"));
    }

    #[test]
    fn what_is_in_doubt_yields_to_what_is_not_and_is_as_new() {
        use QcFlag::{Good, NotEvaluated, Suspect};
        check(&[("main", 400, Suspect), ("radar", 400, Good)], Some("radar"));
        check(&[("main", 400, Suspect), ("radar", 390, Good)], Some("main"));
        check(&[("main", 400, Suspect), ("radar", 400, Suspect)], Some("main"));
        check(&[("main", 400, NotEvaluated), ("radar", 400, Good)], Some("main"));
        check(
            &[("main", 0, Good), ("radar", 400, Suspect), ("bubbler", 400, Good)],
            Some("bubbler"),
        );
    }
}
