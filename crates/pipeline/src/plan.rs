//! The pack, arranged so that a message finds what it needs without searching.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use domain::{Parameter, SensorId, Span, StationId, Time};
use warning::{Rule, Step, Threshold, Watch};

use derive::DERIVED;
use domain::parameter::Kind;
use pack::{Pack, StageLevel, Station};

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
    /// The next gauges up and down the river of each, where the pack says which they are.
    pub(crate) neighbours: BTreeMap<StationId, Vec<StationId>>,
    /// Derived parameters by slot of [`DERIVED`]; `None` where the pack does not want them.
    pub(crate) derived: Vec<Option<Parameter>>,
}

/// A station or basin with its parameters and the threshold rules that watch it.
pub(crate) struct Place {
    pub(crate) station: Option<Station>,
    pub(crate) measured: Vec<Measured>,
    /// Threshold rules at this place; watchers in the state stand in the same order.
    pub(crate) watches: Vec<Watched>,
    /// Places in `watches` of the rules on each derived parameter, by slot of [`DERIVED`].
    pub(crate) derived_watches: Vec<Vec<usize>>,
    /// Its alarm levels of the stage.
    pub(crate) stage: Periods,
}

/// A threshold rule at a place.
pub(crate) struct Watched {
    pub(crate) rule: Arc<Rule>,
    /// What it watches there, with times that fit the place; see [`Pack::fitted`].
    pub(crate) threshold: Threshold,
    /// Its thresholds there.
    pub(crate) steps: Periods,
}

/// Thresholds by the time from which they are in force, ascending.
pub(crate) struct Periods(Vec<(Time, Vec<Step>)>);

/// A parameter that a station measures.
pub(crate) struct Measured {
    pub(crate) parameter: Parameter,
    pub(crate) limits: quality::Limits,
    pub(crate) role: Role,
    /// Places in `watches` of the rules on it.
    pub(crate) watches: Vec<usize>,
}

/// What is derived from a measured parameter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    Rain,
    Counter,
    Stage,
    WindMean,
    WindGust,
    Battery,
    Other,
}

impl Role {
    pub(crate) fn of(parameter: &Parameter) -> Self {
        match parameter.id.as_str() {
            _ if parameter.kind == Kind::Counter => Self::Counter,
            "rain" => Self::Rain,
            "water_level" => Self::Stage,
            "wind_speed" => Self::WindMean,
            "wind_gust" => Self::WindGust,
            "battery" => Self::Battery,
            _ => Self::Other,
        }
    }
}

impl Plan {
    pub(crate) fn new(pack: Arc<Pack>) -> Self {
        let rules: Vec<Arc<Rule>> = pack.rules.iter().cloned().map(Arc::new).collect();
        let place = |id: &StationId, station: Option<&Station>| {
            let watches: Vec<_> =
                rules.iter().filter_map(|rule| watched(&pack, rule, id)).collect();
            Place {
                station: station.cloned(),
                measured: station.map_or_else(Vec::new, |s| measured(&pack, s, &watches)),
                derived_watches: DERIVED.iter().map(|name| watching(&watches, name)).collect(),
                watches,
                stage: Periods::new(&pack, id, "water_level", 0.0),
            }
        };
        let stations = pack.stations.iter().map(|(id, s)| (id.clone(), place(id, Some(s))));
        let basins = pack.basins.keys().map(|id| (id.clone(), place(id, None)));
        let (stations, basins) = (stations.collect(), basins.collect());
        let of_basin = |basin: &StationId, rain: bool| {
            let fits = |s: &&Station| {
                s.basin.as_ref() == Some(basin) && (!rain || s.parameters.iter().any(pack::is_rain))
            };
            let ids = pack.stations.values().filter(fits).map(|s| s.id.clone());
            (basin.clone(), ids.collect::<Vec<_>>())
        };
        let rain_members = pack.basins.keys().map(|basin| of_basin(basin, true)).collect();
        let members = pack.basins.keys().map(|basin| of_basin(basin, false)).collect();
        let derived = DERIVED.map(|name| pack.parameters.get(name).cloned()).into();
        let neighbours = neighbours(&pack);
        Self { stations, basins, rain_members, members, neighbours, derived, pack }
    }
}

fn neighbours(pack: &Pack) -> BTreeMap<StationId, Vec<StationId>> {
    let mut all: BTreeMap<StationId, Vec<StationId>> = BTreeMap::new();
    for station in pack.stations.values() {
        let Some(below) = &station.downstream else { continue };
        all.entry(station.id.clone()).or_default().push(below.clone());
        all.entry(below.clone()).or_default().push(station.id.clone());
    }
    all
}

impl Plan {
    /// Whether a rule is in force at that time and watches that target.
    pub(crate) fn watches(&self, rule: &domain::RuleId, target: &StationId, now: Time) -> bool {
        let Some(rule) = self.pack.rules.iter().find(|known| known.id == *rule) else {
            return false;
        };
        let place = self.stations.get(target).or_else(|| self.basins.get(target));
        rule.in_force(now)
            && match &rule.watch {
                Watch::Threshold(_) => {
                    let here = |w: &Watched| w.rule.id == rule.id && !w.steps.at(now).is_empty();
                    place.is_some_and(|place| place.watches.iter().any(here))
                }
                Watch::Station => self.stations.contains_key(target),
                Watch::Combined { .. } | Watch::Blindness { .. } => {
                    self.basins.contains_key(target)
                }
                Watch::Intake { .. } | Watch::History | Watch::Clock => true,
            }
    }
}

impl Plan {
    /// When a rule is looked at again at that target: at once where it is not in force, as for a reading that is some minutes
    /// ahead of us.
    pub(crate) fn ends_at(
        &self,
        rule: &domain::RuleId,
        target: &StationId,
        now: Time,
    ) -> Option<Time> {
        match self.watches(rule, target, now) {
            true => self.changes_after(rule, target, now),
            false => Some(now),
        }
    }

    /// When a rule, or its thresholds at that target, change next.
    fn changes_after(&self, rule: &domain::RuleId, target: &StationId, now: Time) -> Option<Time> {
        let ends = self.pack.rules.iter().find(|known| known.id == *rule)?.valid_to;
        let place = self.stations.get(target).or_else(|| self.basins.get(target));
        let watched = place.and_then(|place| place.watches.iter().find(|w| w.rule.id == *rule));
        let cut = watched.and_then(|watched| watched.steps.next_cut(now));
        ends.into_iter().chain(cut).filter(|at| *at > now).min()
    }
}

impl Place {
    pub(crate) fn measured(&self, parameter: &str) -> Option<&Measured> {
        self.measured.iter().find(|m| m.parameter.id.as_str() == parameter)
    }

    /// How often it reports.
    pub(crate) fn interval(&self) -> Span {
        self.station.as_ref().map_or(Span::minutes(10), |station| station.interval)
    }

    /// After how long without a word it is silent.
    pub(crate) fn silent_after(&self) -> Span {
        self.station.as_ref().map_or(Span::ZERO, |station| station.silent_after)
    }

    /// Whether a sensor is to be there: the main one or one that the configuration names, and not retired.
    pub(crate) fn is_expected(&self, sensor: &SensorId) -> bool {
        self.station.as_ref().is_some_and(|station| station.expects(sensor))
    }

    /// Whether a sensor was taken away: its readings are kept, and nothing rests on them.
    pub(crate) fn is_retired(&self, sensor: &SensorId) -> bool {
        self.station.as_ref().is_some_and(|station| station.retired.contains(sensor))
    }
}

fn measured(pack: &Pack, station: &Station, watches: &[Watched]) -> Vec<Measured> {
    let known = station.parameters.iter().filter_map(|id| pack.parameters.get(id));
    let mut all: Vec<Parameter> = known.cloned().collect();
    let fed = all.iter().filter_map(|p| p.feeds.as_ref()).cloned().collect::<Vec<_>>();
    for id in fed {
        let there = all.iter().any(|p| p.id == id);
        all.extend(pack.parameters.get(&id).filter(|_| !there).cloned());
    }
    let describe = |parameter: Parameter| Measured {
        limits: limits(pack, station, &parameter),
        role: Role::of(&parameter),
        watches: watching(watches, parameter.id.as_str()),
        parameter,
    };
    all.into_iter().map(describe).collect()
}

/// The quality limits of a parameter at a station. Of a stage falls are limited too, whatever the pack says.
fn limits(pack: &Pack, station: &Station, parameter: &Parameter) -> quality::Limits {
    let limits = pack.limits_of(&station.id, parameter.id.as_str()).cloned().unwrap_or_default();
    let recession = limits.rate.filter(|_| Role::of(parameter) == Role::Stage);
    let recession = recession.and_then(|rate| rate.recession(station.interval));
    quality::Limits { recession: limits.recession.or(recession), ..limits }
}

/// Places of the rules on a parameter.
fn watching(watches: &[Watched], parameter: &str) -> Vec<usize> {
    let on = |watched: &Watched| match &watched.rule.watch {
        Watch::Threshold(threshold) => threshold.parameter.as_str() == parameter,
        _ => false,
    };
    (0..watches.len()).filter(|index| on(&watches[*index])).collect()
}

/// The rule at that place, if it watches it.
fn watched(pack: &Pack, rule: &Arc<Rule>, id: &StationId) -> Option<Watched> {
    let Watch::Threshold(threshold) = &rule.watch else { return None };
    let named = threshold.stations.is_empty() || threshold.stations.contains(id);
    let parameter = &threshold.parameter;
    let steps = match threshold.levels.is_empty() {
        true => Periods::new(pack, id, parameter.as_str(), threshold.clear_margin),
        false => Periods(vec![(Time::from_millis(i64::MIN), threshold.levels.clone())]),
    };
    let levelled = steps.0.iter().any(|(_, steps)| !steps.is_empty());
    let here = named && levelled && pack.gives(id, parameter);
    let threshold = pack.fitted(threshold, id);
    here.then(|| Watched { rule: Arc::clone(rule), threshold, steps })
}

impl Periods {
    /// The levels of a station, cut where their validity changes.
    fn new(pack: &Pack, id: &StationId, parameter: &str, margin: f64) -> Self {
        let mine =
            pack.levels.iter().filter(|l| l.station == *id && l.parameter.as_str() == parameter);
        let cuts = mine.flat_map(|level| [level.valid_from, level.valid_to]).flatten();
        let cuts: BTreeSet<Time> = cuts.chain([Time::from_millis(i64::MIN)]).collect();
        let period = |from: Time| {
            let levels = pack.levels_at(id.as_str(), parameter, from);
            (from, levels.into_iter().map(|level| step_of(level, margin)).collect())
        };
        Self(cuts.into_iter().map(period).collect())
    }

    /// The next time after `now` at which other thresholds are in force.
    pub(crate) fn next_cut(&self, now: Time) -> Option<Time> {
        self.0.iter().map(|(from, _)| *from).find(|from| *from > now)
    }

    /// The thresholds in force at that event time, ascending.
    pub(crate) fn at(&self, time: Time) -> &[Step] {
        let period = self.0.iter().rev().find(|(from, _)| *from <= time);
        period.map_or(&[], |(_, steps)| steps)
    }
}

fn step_of(level: &StageLevel, margin: f64) -> Step {
    Step {
        level: level.level,
        name: level.name.clone(),
        raise: level.value,
        clear: level.value - margin,
        source: Some(level.source.clone()),
    }
}
