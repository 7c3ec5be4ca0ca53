//! Readings as the lines of a bulletin.

use derive::day_of;
use domain::{CheckedReading, SensorId, Span, StationId, Time};
use pack::{Agency, Pack, Station};

use super::gather::Read;
use super::{Against, Office, PastFlood, Peak, Rain, RiverView, Stage, Sum};
use crate::standing::{Trend, floods_before, nearest, reached};

fn valid(from: Option<Time>, to: Option<Time>, at: Time) -> bool {
    from.is_none_or(|from| from <= at) && to.is_none_or(|to| at < to)
}

/// Offices that existed then.
pub(super) fn offices(pack: &Pack, at: Time) -> Vec<Office> {
    let then = pack.agencies.iter().filter(|one| valid(one.valid_from, one.valid_to, at));
    then.map(office).collect()
}

fn office(agency: &Agency) -> Office {
    let keys = [
        ("above_vi", &agency.above_vi),
        ("place", &agency.place),
        ("code", &agency.code),
        ("signer_vi", &agency.signer_vi),
    ];
    Office {
        role: agency.role.clone(),
        name_vi: agency.name_vi.clone(),
        name_en: agency.name_en.clone(),
        above_vi: agency.above_vi.clone(),
        above_en: agency.above_en.clone(),
        place: agency.place.clone(),
        code: agency.code.clone(),
        signer_vi: agency.signer_vi.clone(),
        signer_en: agency.signer_en.clone(),
        missing: keys.iter().filter(|(_, value)| value.is_none()).map(|(key, _)| *key).collect(),
    }
}

/// Rivers in the order of the configuration, with the areas of their flood warnings.
pub(super) fn rivers(pack: &Pack, at: Time, wanted: impl Fn(&str) -> bool) -> Vec<RiverView> {
    let areas = |river: &String| {
        let mut episodes = pack.episodes.iter().filter(|one| one.hazard == "flood");
        let episode = episodes.find(|one| one.rivers.contains(river));
        let ids = episode.map_or(&[][..], |one| &one.areas);
        let then = pack
            .areas
            .iter()
            .filter(|area| ids.contains(&area.id) && valid(area.valid_from, area.valid_to, at));
        then.map(|area| area.name.clone()).collect()
    };
    let rivers = pack.rivers.iter().filter(|river| wanted(&river.id));
    rivers
        .map(|river| RiverView {
            id: river.id.clone(),
            name: river.name.clone(),
            areas: areas(&river.id),
        })
        .collect()
}

/// Stages river by river, each down the river.
pub(super) fn stages<'a>(
    pack: &Pack,
    stations: impl Iterator<Item = &'a Station>,
    read: &Read,
    at: Time,
) -> Vec<Stage> {
    let river = |station: &Station| {
        pack.rivers.iter().position(|river| Some(&river.id) == station.river.as_ref())
    };
    let mut stations: Vec<_> = stations.collect();
    stations.sort_by_key(|one| (river(one).unwrap_or(usize::MAX), below(pack, &one.id)));
    stations.into_iter().map(|station| stage(pack, station, read, at)).collect()
}

/// The more stations stand below it, the further up it is; so the smaller, the further up.
fn below(pack: &Pack, station: &StationId) -> isize {
    let (mut here, mut count) = (pack.stations.get(station), 0);
    while let Some(next) = here.and_then(|one| one.downstream.as_ref()) {
        count -= 1;
        // A ring of stations, which nobody checks for, ends too.
        here = pack.stations.get(next).filter(|_| count > -1_000);
    }
    count
}

fn stage(pack: &Pack, station: &Station, read: &Read, at: Time) -> Stage {
    let shown = read.shown(pack, &station.id, "water_level");
    let readings = shown.map_or(&[][..], |(_, readings)| readings);
    let newest = readings.iter().rfind(|reading| reading.usable().is_some());
    let value = newest.and_then(CheckedReading::usable);
    let observed_at = newest.map(|reading| reading.observed_at);
    let levels = pack.levels_at(station.id.as_str(), "water_level", observed_at.unwrap_or(at));
    let against = |level: &&pack::StageLevel| Against {
        name: level.name.clone(),
        level: level.level,
        value: level.value,
        difference: value.map(|value| value - level.value),
    };
    let river = station.river.as_ref();
    let river_name = river.and_then(|id| pack.rivers.iter().find(|river| river.id == *id));
    // The rate must be of that reading, not of an older one or another sensor; of a silent one there is none.
    let fresh = observed_at.filter(|observed| at - *observed <= station.silent_after);
    let rises = shown.map(|(sensor, _)| read.of_sensor(&station.id, "water_level_rise", sensor));
    let rate = rises.unwrap_or_default().iter().rev();
    let rate = rate.filter(|one| Some(one.observed_at) == fresh);
    let rate = rate.filter_map(CheckedReading::usable).next();
    let floods = floods_before(pack, station.id.as_str(), at).into_iter().map(|flood| PastFlood {
        when: flood.record.when.clone(),
        value: flood.record.value,
        others: flood.others,
        difference: value.map(|value| value - flood.record.value),
    });
    Stage {
        station: station.id.clone(),
        name: station.name.clone(),
        river: station.river.clone(),
        river_name: river_name.map(|river| river.name.clone()),
        observed_at,
        value,
        sensor: shown.map(|(sensor, _)| sensor.clone()).filter(|one| *one != SensorId::main()),
        flag: newest.map(|reading| reading.verdict.flag.number()),
        level: value.and_then(|value| reached(value, &levels)),
        nearest: value.and_then(|value| Some(against(&nearest(value, &levels)?.0))),
        levels: levels.iter().map(against).collect(),
        rate,
        trend: rate.map(|rate| Trend::of(rate).name()),
        peak: peak(readings),
        floods: floods.collect(),
    }
}

/// The highest, the first of equals.
fn peak(readings: &[CheckedReading]) -> Option<Peak> {
    let usable = readings.iter().filter_map(|one| Some((one.usable()?, one.observed_at)));
    let found = usable.rev().max_by(|a, b| a.0.total_cmp(&b.0));
    found.map(|(value, observed_at)| Peak { value, observed_at })
}

/// Rain of a station.
pub(super) fn rain(pack: &Pack, station: &Station, read: &Read, day_to: Time) -> Rain {
    let days = read.of(pack, &station.id, "rain_day");
    // A report belongs to the day in which most of its time lies, whatever the seconds of its clock.
    let day_from = day_to - Span::days(1);
    let of_day = |one: &&CheckedReading| day_of(one.observed_at, station.interval) == day_from;
    let over = days.iter().rfind(|one| of_day(one) && one.usable().is_some());
    let later = |one: &&CheckedReading| day_of(one.observed_at, station.interval) > day_from;
    let since = days.iter().rfind(|one| later(one) && one.usable().is_some());
    let basin = station.basin.as_ref().and_then(|id| pack.basins.get(id));
    Rain {
        id: station.id.clone(),
        name: station.name.clone(),
        basin_name: basin.map(|basin| basin.name.clone()),
        day: over.and_then(sum).map(|sum| of_whole_day(sum, day_from, station.interval)),
        since_day: since.and_then(sum),
        hours_24: newest(read.of(pack, &station.id, "rain_24h")),
    }
}

/// A sum up to the last report of a day, as that of the day: what did not come since is not covered.
fn of_whole_day(sum: Sum, day_from: Time, interval: Span) -> Sum {
    let (told, day) = ((sum.observed_at - day_from).millis(), Span::days(1).millis());
    if told + interval.millis() / 2 >= day {
        return sum;
    }
    let completeness = i64::from(sum.completeness) * told / day;
    Sum { completeness: u8::try_from(completeness.clamp(0, 100)).unwrap_or(100), ..sum }
}

/// Mean rain of basins.
pub(super) fn basins(pack: &Pack, read: &Read, wanted: impl Fn(&StationId) -> bool) -> Vec<Rain> {
    let basins = pack.basins.values().filter(|basin| wanted(&basin.id));
    let line = |basin: &pack::Basin| Rain {
        id: basin.id.clone(),
        name: basin.name.clone(),
        basin_name: None,
        day: None,
        since_day: None,
        hours_24: newest(read.of(pack, &basin.id, "basin_rain_24h")),
    };
    basins.map(line).collect()
}

pub(super) fn wettest_first(rain: &mut [Rain]) {
    let of = |sum: &Option<Sum>| sum.as_ref().map_or(-1.0, |sum| sum.value);
    rain.sort_by(|a, b| {
        let by = |one: &Rain| (of(&one.hours_24), of(&one.day));
        let ((a24, a_day), (b24, b_day)) = (by(a), by(b));
        b24.total_cmp(&a24).then(b_day.total_cmp(&a_day)).then(a.name.cmp(&b.name))
    });
}

fn newest(readings: &[CheckedReading]) -> Option<Sum> {
    readings.iter().rev().find_map(sum)
}

fn sum(reading: &CheckedReading) -> Option<Sum> {
    Some(Sum {
        value: reading.usable()?,
        observed_at: reading.observed_at,
        completeness: reading.completeness,
        flag: reading.verdict.flag.number(),
    })
}
