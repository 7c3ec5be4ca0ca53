//! The pack, arranged so that a message finds what it needs without searching.

use std::collections::BTreeMap;
use std::sync::Arc;

use domain::{Parameter, ParameterId, StationId};
use warning::{Rule, Watch};

use crate::derive::Role;
use crate::pack::{Pack, Station};

/// A pack in force.
pub(crate) struct Plan {
    pub(crate) pack: Arc<Pack>,
    pub(crate) stations: BTreeMap<StationId, Place>,
    /// Basins have rules too.
    pub(crate) basins: BTreeMap<StationId, Place>,
    /// Stations of each basin that measure rain.
    pub(crate) rain_members: BTreeMap<StationId, Vec<StationId>>,
    /// All stations of each basin.
    pub(crate) members: BTreeMap<StationId, Vec<StationId>>,
}

/// A station or basin with its parameters and the threshold rules that watch it.
pub(crate) struct Place {
    pub(crate) station: Option<Station>,
    pub(crate) measured: Vec<Measured>,
    /// Threshold rules at this place; watchers in the state stand in the same order.
    pub(crate) watches: Vec<Arc<Rule>>,
}

/// A parameter that a station measures.
pub(crate) struct Measured {
    pub(crate) parameter: Parameter,
    pub(crate) limits: quality::Limits,
    pub(crate) role: Role,
}

impl Plan {
    pub(crate) fn new(pack: Arc<Pack>) -> Self {
        let rules: Vec<Arc<Rule>> = pack.rules.iter().cloned().map(Arc::new).collect();
        let place = |id: &StationId, station: Option<&Station>| Place {
            station: station.cloned(),
            measured: station.map_or_else(Vec::new, |station| measured(&pack, station)),
            watches: rules.iter().filter(|rule| watches(&pack, rule, id)).cloned().collect(),
        };
        let stations = pack.stations.iter().map(|(id, s)| (id.clone(), place(id, Some(s))));
        let basins = pack.basins.keys().map(|id| (id.clone(), place(id, None)));
        let (stations, basins) = (stations.collect(), basins.collect());
        let of_basin = |basin: &StationId, rain: bool| {
            let fits = |s: &&Station| {
                s.basin.as_ref() == Some(basin) && (!rain || s.parameters.iter().any(is_rain))
            };
            let ids = pack.stations.values().filter(fits).map(|s| s.id.clone());
            (basin.clone(), ids.collect::<Vec<_>>())
        };
        let rain_members = pack.basins.keys().map(|basin| of_basin(basin, true)).collect();
        let members = pack.basins.keys().map(|basin| of_basin(basin, false)).collect();
        Self { stations, basins, rain_members, members, pack }
    }
}

impl Place {
    pub(crate) fn measured(&self, parameter: &str) -> Option<&Measured> {
        self.measured.iter().find(|m| m.parameter.id.as_str() == parameter)
    }
}

fn is_rain(parameter: &ParameterId) -> bool {
    matches!(parameter.as_str(), "rain" | "rain_counter")
}

fn measured(pack: &Pack, station: &Station) -> Vec<Measured> {
    let known = station.parameters.iter().filter_map(|id| pack.parameters.get(id));
    let mut all: Vec<Parameter> = known.cloned().collect();
    let fed = all.iter().filter_map(|p| p.feeds.as_ref()).cloned().collect::<Vec<_>>();
    for id in fed {
        let there = all.iter().any(|p| p.id == id);
        all.extend(pack.parameters.get(&id).filter(|_| !there).cloned());
    }
    let describe = |parameter: Parameter| Measured {
        limits: pack.limits_of(&station.id, parameter.id.as_str()).cloned().unwrap_or_default(),
        role: Role::of(&parameter),
        parameter,
    };
    all.into_iter().map(describe).collect()
}

/// Whether a threshold rule watches that place.
fn watches(pack: &Pack, rule: &Rule, id: &StationId) -> bool {
    let Watch::Threshold(threshold) = &rule.watch else { return false };
    let named = threshold.stations.is_empty() || threshold.stations.contains(id);
    let parameter = &threshold.parameter;
    let levelled = !threshold.levels.is_empty()
        || pack.levels.iter().any(|l| l.station == *id && l.parameter == *parameter);
    named && levelled && gives(pack, id, parameter)
}

/// Whether a place has a parameter, measured or derived.
fn gives(pack: &Pack, id: &StationId, parameter: &ParameterId) -> bool {
    let name = parameter.as_str();
    let Some(station) = pack.stations.get(id) else { return name.starts_with("basin_rain_") };
    let has = |wanted: &str| station.parameters.iter().any(|p| p.as_str() == wanted);
    has(name)
        || name.starts_with("rain_") && station.parameters.iter().any(is_rain)
        || name == "rain" && has("rain_counter")
        || name.starts_with("water_level_") && has("water_level")
        || name == "wind_force" && has("wind_speed")
        || name == "gust_force" && has("wind_gust")
}
