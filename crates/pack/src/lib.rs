//! The configuration pack: raw text → pure validation that reports every fault → a checked value.
//!
//! [`model`] says what may be written, [`read`] reads the files, [`check`] compares them with each other,
//! [`recipients`] makes sure that whoever is to be told can be.
//!
//! For people who change it: [`place`] finds the line of a fault, [`compare`] says what a change means, [`edit`] changes
//! one entry and leaves comments and order alone.

mod bulletin;
mod check;
pub mod compare;
pub mod edit;
pub mod model;
pub mod place;
mod read;
mod recipients;
mod texts;

use std::collections::BTreeMap;

use domain::warning::AreaName;
use domain::{EpisodeId, PackFiles, Parameter, ParameterId, RuleId, Span, StationId, Time};
pub use model::*;
pub use texts::Texts;
use warning::{Directory, Threshold, Watch};

/// One fault of a pack.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{file}: {key} = {value}: {problem}")]
pub struct Fault {
    /// In which file.
    pub file: String,
    /// At which key, such as `station[3].interval`.
    pub key: String,
    /// The value found.
    pub value: String,
    /// What is wrong and what to do.
    pub problem: String,
}

/// A checked pack.
#[derive(Debug, Clone)]
pub struct Pack {
    /// `pack.toml`.
    pub about: About,
    /// Parameters by id.
    pub parameters: BTreeMap<ParameterId, Parameter>,
    /// Stations by id.
    pub stations: BTreeMap<StationId, Station>,
    /// Rivers in order.
    pub rivers: Vec<River>,
    /// Basins by id.
    pub basins: BTreeMap<StationId, Basin>,
    /// Alarm levels.
    pub levels: Vec<StageLevel>,
    /// Peaks of the past.
    pub records: Vec<Record>,
    /// Quality limits.
    pub limits: Vec<LimitsEntry>,
    /// Rules.
    pub rules: Vec<Rule>,
    /// Episodes.
    pub episodes: Vec<Episode>,
    /// Areas.
    pub areas: Vec<Area>,
    /// Agencies.
    pub agencies: Vec<Agency>,
    /// Policies.
    pub policies: Vec<Policy>,
    /// Beaufort forces, ascending.
    pub forces: Vec<Force>,
    /// Words, Vietnamese.
    pub texts_vi: Texts,
    /// Words, English.
    pub texts_en: Texts,
    /// Who is told.
    pub directory: Directory,
}

impl Pack {
    /// Reads and checks a pack.
    ///
    /// # Errors
    /// Every fault found, not only the first.
    pub fn parse(files: &PackFiles) -> Result<Self, Vec<Fault>> {
        let read::Read { pack, mut faults, .. } = read::pack(files);
        if let Some(pack) = &pack {
            faults.extend(check::faults(pack));
            faults.extend(recipients::faults(&pack.directory));
        }
        match pack {
            Some(pack) if faults.is_empty() => Ok(pack),
            _ => Err(faults),
        }
    }

    /// Reads a pack that was in force, for a replay: what is written must be understood, but today's checks may find fault
    /// with it, and an older pack may lack what came later.
    ///
    /// # Errors
    /// Every entry that cannot be read.
    pub fn read(files: &PackFiles) -> Result<Self, Vec<Fault>> {
        let read::Read { pack, faults, lost } = read::pack(files);
        match pack {
            Some(pack) if lost.is_empty() => Ok(pack),
            _ if lost.is_empty() => Err(faults),
            _ => Err(lost),
        }
    }

    /// What it holds, in one line.
    #[must_use]
    pub fn summary(&self) -> String {
        format!(
            "{}: {} stations, {} parameters, {} alarm levels, {} basins, {} rules, {} episodes",
            self.about.name,
            self.stations.len(),
            self.parameters.len(),
            self.levels.len(),
            self.basins.len(),
            self.rules.len(),
            self.episodes.len()
        )
    }

    /// The alarm levels of a station in force at that event time, ascending.
    #[must_use]
    pub fn levels_at(&self, station: &str, parameter: &str, at: Time) -> Vec<&StageLevel> {
        let fits = |level: &&StageLevel| {
            level.station.as_str() == station
                && level.parameter.as_str() == parameter
                && level.valid_from.is_none_or(|from| from <= at)
                && level.valid_to.is_none_or(|to| at < to)
        };
        let mut levels: Vec<_> = self.levels.iter().filter(fits).collect();
        levels.sort_by_key(|level| level.level);
        levels
    }

    /// How often values come of a station or a basin.
    #[must_use]
    pub fn spacing(&self, place: &StationId) -> Span {
        let basin = || self.basins.get(place).map(|basin| basin.step);
        let station = self.stations.get(place).map(|station| station.interval);
        station.or_else(basin).unwrap_or(Span::ZERO)
    }

    /// How far apart values of a place may be and still make a continuous time for a rule. A gap that is hardly longer than
    /// the interval would be found at each report whose clock is some seconds off: then it is two and a half intervals,
    /// one lost report included.
    #[must_use]
    pub fn max_gap_at(&self, threshold: &Threshold, place: &StationId) -> Span {
        let spacing = self.spacing(place).millis();
        let fits = threshold.max_gap.millis() * 2 >= spacing * 3;
        if fits { threshold.max_gap } else { Span::from_millis(spacing * 5 / 2) }
    }

    /// A rule as it can hold at a place, whose reports come at their own interval; see [`Pack::max_gap_at`].
    #[must_use]
    pub fn fitted(&self, threshold: &Threshold, place: &StationId) -> Threshold {
        // Readings that shall confirm each other are so far apart that they are not one.
        let apart = Span::from_millis(self.spacing(place).millis() / 2);
        Threshold { apart, max_gap: self.max_gap_at(threshold, place), ..threshold.clone() }
    }

    /// Whether a place has a parameter, measured or derived.
    #[must_use]
    pub fn gives(&self, place: &StationId, parameter: &ParameterId) -> bool {
        let name = parameter.as_str();
        let Some(station) = self.stations.get(place) else {
            return name.starts_with("basin_rain_");
        };
        let has = |wanted: &str| station.parameters.iter().any(|p| p.as_str() == wanted);
        has(name)
            || name.starts_with("rain_") && station.parameters.iter().any(is_rain)
            || name == "rain" && has("rain_counter")
            || name.starts_with("water_level_") && has("water_level")
            || name == "wind_force" && has("wind_speed")
            || name == "gust_force" && has("wind_gust")
    }

    /// Whether a rule on thresholds watches that place: it names it or all, there are levels, and it has the parameter.
    #[must_use]
    pub fn watches(&self, threshold: &Threshold, place: &StationId) -> bool {
        let levels =
            |level: &StageLevel| level.station == *place && level.parameter == threshold.parameter;
        let named = threshold.stations.is_empty() || threshold.stations.contains(place);
        let levelled = !threshold.levels.is_empty() || self.levels.iter().any(levels);
        named && levelled && self.gives(place, &threshold.parameter)
    }

    /// What is no fault but worth knowing: gaps of rules that are no longer than the interval of a place they watch, and
    /// are taken longer there.
    #[must_use]
    pub fn remarks(&self) -> Vec<Fault> {
        check::remarks(self)
    }

    /// The quality limits of a parameter at a station: its own entry, else the general one.
    #[must_use]
    pub fn limits_of(&self, station: &StationId, parameter: &str) -> Option<&quality::Limits> {
        let of = |entry: &&LimitsEntry| entry.parameter.as_str() == parameter;
        let own = self.limits.iter().filter(of).find(|entry| entry.stations.contains(station));
        let general = || self.limits.iter().filter(of).find(|entry| entry.stations.is_empty());
        own.or_else(general).map(|entry| &entry.limits)
    }

    /// The episode into which an alarm of that hazard at that station or basin belongs.
    #[must_use]
    pub fn episode_of(&self, hazard: &str, target: &str) -> Option<&Episode> {
        let station = self.stations.get(target);
        let river = station.and_then(|station| station.river.as_ref());
        let basin = station.and_then(|station| station.basin.as_ref());
        let basin = basin.map_or(target, StationId::as_str);
        let holds = |episode: &&Episode| {
            river.is_some_and(|river| episode.rivers.contains(river))
                || episode.basins.iter().any(|id| id.as_str() == basin)
        };
        let mine = || self.episodes.iter().filter(|episode| episode.hazard == hazard);
        mine().find(holds).or_else(|| mine().find(|episode| episode.all))
    }

    /// An episode by name.
    #[must_use]
    pub fn episode(&self, id: &EpisodeId) -> Option<&Episode> {
        self.episodes.iter().find(|episode| episode.id == *id)
    }

    /// A rule by name.
    #[must_use]
    pub fn rule(&self, id: &RuleId) -> Option<&Rule> {
        self.rules.iter().find(|rule| rule.id == *id)
    }

    /// The rule that compares a station's values with its alarm levels: its margin, hold and gap say when a flood
    /// is over.
    #[must_use]
    pub fn hold_of_levels(
        &self,
        station: &StationId,
        parameter: &ParameterId,
    ) -> Option<&Threshold> {
        let mut thresholds = self.rules.iter().filter_map(|rule| match &rule.watch {
            Watch::Threshold(threshold) => Some(threshold),
            _ => None,
        });
        let mine = |threshold: &&Threshold| {
            threshold.levels.is_empty()
                && threshold.parameter == *parameter
                && (threshold.stations.is_empty() || threshold.stations.contains(station))
        };
        thresholds.rfind(mine)
    }

    /// Whether a rule compares the stage of a river with its levels.
    #[must_use]
    pub fn reads_stage(&self, id: &RuleId) -> bool {
        self.rule(id).is_some_and(|rule| match &rule.watch {
            Watch::Threshold(threshold) => threshold.parameter.as_str() == "water_level",
            _ => false,
        })
    }

    /// Areas of an episode as they are called at that time.
    #[must_use]
    pub fn areas_of(&self, episode: &Episode, at: Time) -> Vec<AreaName> {
        let valid = |area: &&Area| {
            episode.areas.contains(&area.id)
                && area.valid_from.is_none_or(|from| from <= at)
                && area.valid_to.is_none_or(|to| at < to)
        };
        let name = |area: &Area| AreaName {
            name: area.name.clone(),
            code: area.code.clone(),
            polygon: area.polygon.clone(),
        };
        self.areas.iter().filter(valid).map(name).collect()
    }

    /// The agency of a role at that time.
    #[must_use]
    pub fn agency(&self, role: &str, at: Time) -> Option<&Agency> {
        self.agencies.iter().find(|agency| {
            agency.role == role
                && agency.valid_from.is_none_or(|from| from <= at)
                && agency.valid_to.is_none_or(|to| at < to)
        })
    }

    /// Wind force of a speed in m/s.
    #[must_use]
    pub fn force(&self, speed_mps: f64) -> Option<u8> {
        let reached = self.forces.iter().rev().find(|force| speed_mps >= force.from_mps);
        reached.map(|force| force.force)
    }
}

/// Whether a parameter is rain as a station measures it.
#[must_use]
pub fn is_rain(parameter: &ParameterId) -> bool {
    matches!(parameter.as_str(), "rain" | "rain_counter")
}
