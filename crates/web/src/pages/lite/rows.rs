//! Stations as lines, worst first: the same order and the same words as on the full page.

use std::cmp::Ordering;

use domain::{AlarmRecord, CheckedReading, Condition, QcFlag, SensorId, Span, StationId};
use pack::{StageLevel, Station};

use super::facts::Sight;
use crate::standing::{reached, to_next};

/// A river station.
pub(super) struct River<'a> {
    pub(super) station: &'a Station,
    pub(super) newest: Option<CheckedReading>,
    /// Which sensor that is of, when it is not the main one.
    pub(super) sensor: Option<&'a SensorId>,
    /// When it counts.
    pub(super) value: Option<f64>,
    pub(super) levels: Vec<&'a StageLevel>,
    /// 0 below BĐ1 … 4 above the historic maximum; `None` = there are no levels or nothing is known.
    pub(super) level: Option<u8>,
    /// cm/h
    pub(super) rate: Option<f64>,
    pub(super) age: Option<Span>,
    pub(super) stale: bool,
    pub(super) blind: bool,
    pub(super) provisional: bool,
}

/// A station that tells of rain or wind.
pub(super) struct Sky<'a> {
    pub(super) station: &'a Station,
    /// The sum of an hour, or the mean force.
    pub(super) first: Option<CheckedReading>,
    /// The sum of a day, or the force of gusts.
    pub(super) second: Option<CheckedReading>,
    pub(super) stale: bool,
    level: u8,
}

pub(super) fn measures(station: &Station, parameters: &[&str]) -> bool {
    station.parameters.iter().any(|one| parameters.contains(&one.as_str()))
}

/// Rivers, then rain, then wind, each worst first, of those stations that `wanted` takes.
pub(super) fn rivers(sight: &Sight, wanted: impl Fn(&Station) -> bool) -> Vec<River<'_>> {
    let stations = sight.pack.stations.values();
    let stations = stations.filter(|one| measures(one, &["water_level"]) && wanted(one));
    let mut rows: Vec<_> = stations.map(|station| river(sight, station)).collect();
    rows.sort_by(worst);
    rows
}

/// The line of a river station.
pub(super) fn river<'a>(sight: &'a Sight, station: &'a Station) -> River<'a> {
    let newest = sight.latest(&station.id, "water_level");
    let value = newest.as_ref().and_then(CheckedReading::usable);
    let at = newest.map_or(sight.now, |reading| reading.observed_at);
    let levels = sight.pack.levels_at(station.id.as_str(), "water_level", at);
    let alarm = highest(sight, &station.id, |parameter| parameter == "water_level");
    let raised = alarm.map(|alarm| alarm.level().0);
    let shown = value.and_then(|value| reached(value, &levels));
    let age = newest.map(|reading| sight.now - reading.observed_at);
    let stale = stale(sight, station, age);
    // A rate is of that reading, and of none that is too old to go by.
    let rate = sight.latest(&station.id, "water_level_rise").filter(|rate| {
        !stale && newest.is_some_and(|newest| newest.observed_at == rate.observed_at)
    });
    let suspect = newest.is_some_and(|reading| reading.verdict.flag == QcFlag::Suspect);
    River {
        station,
        newest,
        sensor: sight.sensor(&station.id, "water_level"),
        value,
        // Up fast, down slow: the alarm may stand above what the value alone says.
        level: raised.max(shown),
        levels,
        rate: rate.and_then(|one| one.usable()),
        stale,
        age,
        blind: alarm.is_some_and(|alarm| alarm.blind),
        provisional: alarm.map_or(suspect && shown > Some(0), |alarm| alarm.provisional),
    }
}

fn worst(a: &River<'_>, b: &River<'_>) -> Ordering {
    let next = |row: &River<'_>| to_next(row.value, &row.levels);
    b.level
        .cmp(&a.level)
        .then(next(a).total_cmp(&next(b)))
        .then(b.rate.unwrap_or(0.0).total_cmp(&a.rate.unwrap_or(0.0)))
        .then(b.age.cmp(&a.age))
        .then(a.station.name.cmp(&b.station.name))
}

pub(super) const RAIN: [&str; 2] = ["rain", "rain_counter"];

/// Stations that measure rain, the wettest first.
pub(super) fn rain(sight: &Sight, wanted: impl Fn(&Station) -> bool) -> Vec<Sky<'_>> {
    sky(sight, wanted, &RAIN, ("rain_1h", "rain_24h"), |one| (one.second, one.first))
}

/// Stations that measure wind, the strongest first.
pub(super) fn wind(sight: &Sight, wanted: impl Fn(&Station) -> bool) -> Vec<Sky<'_>> {
    sky(sight, wanted, &["wind_speed"], ("wind_force", "gust_force"), |one| (one.first, one.second))
}

type Pair = (Option<CheckedReading>, Option<CheckedReading>);

fn sky<'a>(
    sight: &'a Sight,
    wanted: impl Fn(&Station) -> bool,
    measured: &[&str],
    (first, second): (&str, &str),
    weight: impl Fn(&Sky<'_>) -> Pair,
) -> Vec<Sky<'a>> {
    let row = |station: &'a Station| {
        let [first, second] = [first, second].map(|name| sight.latest(&station.id, name));
        let newest = first.or(second);
        let age = newest.map(|reading| sight.now - reading.observed_at);
        let about = |parameter: &str| measured.iter().any(|one| parameter.starts_with(&one[..4]));
        let level = highest(sight, &station.id, about).map_or(0, |alarm| alarm.level().0);
        Sky { station, first, second, stale: stale(sight, station, age), level }
    };
    let stations = sight.pack.stations.values();
    let stations = stations.filter(|one| measures(one, measured) && wanted(one));
    let mut rows: Vec<_> = stations.map(row).collect();
    let value = |one: Option<CheckedReading>| one.and_then(|one| one.usable()).unwrap_or(-1.0);
    let heavy = |one: &Sky<'_>| {
        let (most, then) = weight(one);
        (value(most), value(then))
    };
    rows.sort_by(|a, b| {
        let ((a1, a2), (b1, b2)) = (heavy(a), heavy(b));
        b.level.cmp(&a.level).then(b1.total_cmp(&a1)).then(b2.total_cmp(&a2))
    });
    rows
}

fn stale(sight: &Sight, station: &Station, age: Option<Span>) -> bool {
    let health = sight.health.iter().find(|health| health.station == station.id);
    let silent = health
        .is_some_and(|health| health.conditions.iter().any(|(what, _)| *what == Condition::Silent));
    silent || age.is_some_and(|age| sight.too_old(station.silent_after, age))
}

/// The highest alarm that stands there on such parameters.
fn highest<'a>(
    sight: &'a Sight,
    station: &StationId,
    about: impl Fn(&str) -> bool,
) -> Option<&'a AlarmRecord> {
    let alarms = sight.stored.alarms.iter().filter(|alarm| alarm.target == *station);
    let fits = |alarm: &&AlarmRecord| {
        alarm.level().0 > 0
            && !alarm.evidence.is_empty()
            && alarm.evidence.iter().all(|one| about(one.parameter.as_str()))
    };
    alarms.filter(fits).max_by_key(|alarm| alarm.level())
}
