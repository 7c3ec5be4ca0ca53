//! The configuration pack: raw text → pure validation that reports every fault → a checked value.
pub mod model;

use std::collections::BTreeMap;
use domain::{PackFiles, Parameter, ParameterId, StationId};
pub use model::*;
use warning::Rule;

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
}

impl Pack {
    /// Reads and checks a pack.
    ///
    /// # Errors
    /// Every fault found, not only the first.
    pub fn parse(_files: &PackFiles) -> Result<Self, Vec<Fault>> {
        Err(Vec::new())
    }
}
