//! Which series are meant, and what the pack says of them.

use std::collections::BTreeSet;

use analysis::{AlarmLevel, Place, Series};
use domain::parameter::Kind;
use domain::{ParameterId, SensorId, SeriesId, SeriesKey, Span, StationId, Time};
use pack::Pack;
use store::{Reader, SeriesInfo, StoreError};

/// Series that are meant. What is not named is not restricted.
#[derive(Debug, Clone, Default)]
pub struct Choice {
    /// By number.
    pub series: Vec<u32>,
    /// Of these stations or basins.
    pub stations: Vec<StationId>,
    /// Of these parameters.
    pub parameters: Vec<ParameterId>,
    /// Of these sensors.
    pub sensors: Vec<SensorId>,
}

/// What cannot be asked for.
#[derive(Debug, thiserror::Error)]
pub enum Unfit {
    /// A series that is not there.
    #[error("there is no series {0}: see /api/v1/series")]
    NoSeries(u32),
    /// A station that neither the configuration nor the ledger knows.
    #[error("there is no station or basin '{0}'")]
    NoStation(StationId),
    /// A parameter that neither the configuration nor the ledger knows.
    #[error("there is no parameter '{0}'")]
    NoParameter(ParameterId),
    /// Nothing is left of the choice.
    #[error("no series fits all that was asked for: name less")]
    Nothing,
    /// An empty range.
    #[error("from {from} to {to} is no time: the first must be before the second")]
    Range {
        /// As given.
        from: Time,
        /// As given.
        to: Time,
    },
    /// Buckets of an impossible length.
    #[error("every = {0}: use 1s to 366d")]
    Every(Span),
    /// A book without its month or year.
    #[error("name the month or year of the book as period, such as 2025-11 or 2025")]
    NoPeriod,
    /// A report that is not there.
    #[error("there is no report '{0}': use book, floods, rain or availability")]
    NoReport(String),
    /// The configuration does not say when a flood is over.
    #[error(
        "no rule of the configuration compares '{0}' with alarm levels, so nothing says when a flood is over"
    )]
    NoRule(ParameterId),
    /// The ledger cannot be read.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// A series with what is known of it.
#[derive(Debug, Clone)]
pub(super) struct Chosen {
    /// `None` = configured, but nothing ever came.
    pub(super) id: Option<SeriesId>,
    pub(super) series: Series,
}

impl Choice {
    fn takes(&self, key: &SeriesKey) -> bool {
        let any = |none: bool, named: bool| none || named;
        any(self.stations.is_empty(), self.stations.contains(&key.station))
            && any(self.parameters.is_empty(), self.parameters.contains(&key.parameter))
            && any(self.sensors.is_empty(), self.sensors.contains(&key.sensor))
    }

    fn check(&self, all: &[SeriesInfo], pack: &Pack) -> Result<(), Unfit> {
        let unknown = |id: &&u32| !all.iter().any(|info| info.id.0 == **id);
        if let Some(id) = self.series.iter().find(unknown) {
            return Err(Unfit::NoSeries(*id));
        }
        let known = |id: &StationId| {
            pack.stations.contains_key(id)
                || pack.basins.contains_key(id)
                || all.iter().any(|info| info.key.station == *id)
        };
        if let Some(id) = self.stations.iter().find(|id| !known(id)) {
            return Err(Unfit::NoStation(id.clone()));
        }
        let known = |id: &ParameterId| {
            pack.parameters.contains_key(id) || all.iter().any(|info| info.key.parameter == *id)
        };
        match self.parameters.iter().find(|id| !known(id)) {
            Some(id) => Err(Unfit::NoParameter(id.clone())),
            None => Ok(()),
        }
    }
}

/// Every series of the ledger that is meant, measured and derived, by station, parameter and sensor.
pub(super) fn existing(
    choice: &Choice,
    reader: &Reader,
    pack: &Pack,
) -> Result<Vec<Chosen>, Unfit> {
    let all = reader.series()?;
    choice.check(&all, pack)?;
    let wanted = |info: &&SeriesInfo| {
        (choice.series.is_empty() || choice.series.contains(&info.id.0)) && choice.takes(&info.key)
    };
    let mut chosen: Vec<Chosen> = all
        .iter()
        .filter(wanted)
        .map(|info| Chosen { id: Some(info.id), series: describe(&info.key, pack) })
        .collect();
    chosen.sort_by(|a, b| a.series.key.cmp(&b.series.key));
    if chosen.is_empty() { Err(Unfit::Nothing) } else { Ok(chosen) }
}

/// Every series that is meant and should be there: what stations are configured to measure, of which perhaps
/// nothing ever came, and derived ones where they are named.
pub(super) fn expected(
    choice: &Choice,
    reader: &Reader,
    pack: &Pack,
    fits: impl Fn(&Series) -> bool,
) -> Result<Vec<Chosen>, Unfit> {
    let all = reader.series()?;
    choice.check(&all, pack)?;
    let measured = measured(pack);
    let there = |key: &SeriesKey| {
        all.iter().any(|i| i.key.station == key.station && i.key.parameter == key.parameter)
    };
    let silent = measured.iter().map(|(station, parameter)| SeriesKey {
        station: station.clone(),
        parameter: parameter.clone(),
        sensor: SensorId::main(),
    });
    let silent = silent.filter(|key| !there(key)).map(|key| (None, key));
    let known = all.iter().filter(|info| {
        let pair = (info.key.station.clone(), info.key.parameter.clone());
        let named = choice.parameters.contains(&info.key.parameter);
        named || choice.series.contains(&info.id.0) || measured.contains(&pair)
    });
    let known = known.map(|info| (Some(info.id), info.key.clone()));
    let wanted = |(id, key): &(Option<SeriesId>, SeriesKey)| {
        let numbered = id.is_some_and(|id| choice.series.contains(&id.0));
        (choice.series.is_empty() || numbered) && choice.takes(key)
    };
    let mut chosen: Vec<Chosen> = known
        .chain(silent)
        .filter(wanted)
        .map(|(id, key)| Chosen { id, series: describe(&key, pack) })
        .filter(|one| fits(&one.series))
        .collect();
    chosen.sort_by(|a, b| a.series.key.cmp(&b.series.key));
    if chosen.is_empty() { Err(Unfit::Nothing) } else { Ok(chosen) }
}

/// What stations measure; an amount that a counter feeds is as good as measured.
fn measured(pack: &Pack) -> BTreeSet<(StationId, ParameterId)> {
    let of = |station: &pack::Station| {
        let id = station.id.clone();
        let feeds = |parameter: &ParameterId| pack.parameters.get(parameter)?.feeds.clone();
        let fed: Vec<ParameterId> = station.parameters.iter().filter_map(feeds).collect();
        let all: Vec<ParameterId> = station.parameters.iter().cloned().chain(fed).collect();
        all.into_iter().map(move |parameter| (id.clone(), parameter))
    };
    pack.stations.values().flat_map(of).collect()
}

/// The stations and basins of the series, once each.
pub(super) fn places(chosen: &[Chosen], pack: &Pack) -> Vec<Place> {
    let ids: BTreeSet<&StationId> = chosen.iter().map(|one| &one.series.key.station).collect();
    ids.into_iter().filter_map(|id| place(id, pack)).collect()
}

/// A station or a basin as the pack describes it.
pub(super) fn place(id: &StationId, pack: &Pack) -> Option<Place> {
    if let Some(basin) = pack.basins.get(id) {
        return Some(Place {
            id: id.to_string(),
            name: basin.name.clone(),
            river: None,
            basin: None,
            lat: None,
            lon: None,
            position_source: None,
            interval: basin.step,
            valid_from: None,
            valid_to: None,
            levels: Vec::new(),
            source: basin.source.clone(),
        });
    }
    let station = pack.stations.get(id)?;
    let river = pack.rivers.iter().find(|river| Some(&river.id) == station.river.as_ref());
    let basin = station.basin.as_ref().and_then(|basin| pack.basins.get(basin));
    Some(Place {
        id: id.to_string(),
        name: station.name.clone(),
        river: river.map(|river| river.name.clone()),
        basin: basin.map(|basin| basin.name.clone()),
        lat: station.lat,
        lon: station.lon,
        position_source: station.position_source.clone(),
        interval: station.interval,
        valid_from: station.valid_from,
        valid_to: station.valid_to,
        levels: levels(id, pack),
        source: station.source.clone(),
    })
}

fn levels(id: &StationId, pack: &Pack) -> Vec<AlarmLevel> {
    let mine = pack.levels.iter().filter(|level| level.station == *id);
    let level = |level: &pack::StageLevel| AlarmLevel {
        parameter: level.parameter.to_string(),
        level: level.level,
        name: level.name.clone(),
        value: level.value,
        source: level.source.clone(),
        valid_from: level.valid_from,
        valid_to: level.valid_to,
    };
    mine.map(level).collect()
}

/// A series in the words of the pack; one that the pack forgot keeps its name, and no unit is made up.
fn describe(key: &SeriesKey, pack: &Pack) -> Series {
    let parameter = pack.parameters.get(&key.parameter);
    let station = pack.stations.get(&key.station);
    let basin = pack.basins.get(&key.station);
    let name = station.map(|station| &station.name).or(basin.map(|basin| &basin.name));
    let named = |of: fn(&domain::Parameter) -> &String| {
        parameter.map_or_else(|| key.parameter.to_string(), |parameter| of(parameter).clone())
    };
    let feeds = |of: &ParameterId| {
        pack.parameters.get(of).is_some_and(|of| of.feeds.as_ref() == Some(&key.parameter))
    };
    Series {
        station_name: name.cloned().unwrap_or_else(|| key.station.to_string()),
        name_vi: named(|parameter| &parameter.name_vi),
        name_en: named(|parameter| &parameter.name_en),
        unit: parameter.map(|parameter| parameter.unit),
        decimals: parameter.map_or(2, |parameter| parameter.decimals),
        kind: parameter.map_or(Kind::Instant, |parameter| parameter.kind),
        window: parameter.and_then(|parameter| parameter.window),
        interval: station.map(|station| station.interval).or(basin.map(|basin| basin.step)),
        valid_from: station.and_then(|station| station.valid_from),
        valid_to: station.and_then(|station| station.valid_to),
        counted: station.is_some_and(|station| station.parameters.iter().any(feeds)),
        key: key.clone(),
    }
}
