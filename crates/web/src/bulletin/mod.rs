//! What a bulletin says, as data: the page lays it out, a person adds the outlook and signs.
//!
//! * [`gather()`] reads it as it was known at an instant; `lines` turns readings into what is printed
//!
//! Numbers are computed and never typed: a bulletin that says "43,70 above 44,00" has been printed before.

mod gather;
mod lines;

pub(crate) use gather::{Question, gather};

use domain::{Level, Realm, SensorId, StationId, Time, WarningId};
use serde::Serialize;
use utoipa::ToSchema;

use crate::series::Incomplete;

/// The content of a bulletin.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Bulletin {
    /// As it was known at this instant.
    #[schema(value_type = String, format = DateTime)]
    pub(crate) at: Time,
    /// `actual` or `exercise`: a bulletin of an exercise says so on every sheet.
    #[schema(value_type = String)]
    pub(crate) realm: Realm,
    /// When the next bulletin goes out; null = the configuration does not say.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub(crate) next_at: Option<Time>,
    /// Who may issue it.
    pub(crate) offices: Vec<Office>,
    pub(crate) rivers: Vec<RiverView>,
    pub(crate) stages: Vec<Stage>,
    /// The rain day that is told: from 19:00 …
    #[schema(value_type = String, format = DateTime)]
    pub(crate) day_from: Time,
    /// … to 19:00, the last one that is over.
    #[schema(value_type = String, format = DateTime)]
    pub(crate) day_to: Time,
    /// Rain of stations, the wettest day first.
    pub(crate) rain: Vec<Rain>,
    /// Mean rain of basins.
    pub(crate) basins: Vec<Rain>,
    /// Warnings that were in force, most dangerous first.
    pub(crate) warnings: Vec<InForce>,
    /// Warnings that had run out without having been renewed or ended: nobody had said that the danger is over, and
    /// nothing was in force.
    pub(crate) overdue: Vec<InForce>,
    /// Drafts that waited for a decision; null = the question came from somebody who is not signed in.
    pub(crate) waiting: Option<usize>,
    /// What is missing although it was measured; null = nothing.
    pub(crate) incomplete: Option<Incomplete>,
}

/// An office as it stands at the head and at the foot of a bulletin.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Office {
    /// `sender` for the one that signs warnings.
    pub(crate) role: String,
    pub(crate) name_vi: String,
    pub(crate) name_en: String,
    /// The body it belongs to.
    pub(crate) above_vi: Option<String>,
    pub(crate) above_en: Option<String>,
    /// Where its bulletins are dated.
    pub(crate) place: Option<String>,
    /// What follows their number.
    pub(crate) code: Option<String>,
    /// What stands above the signature.
    pub(crate) signer_vi: Option<String>,
    pub(crate) signer_en: Option<String>,
    /// Keys of `agencies.toml` that this office lacks; a person fills in what they would say.
    pub(crate) missing: Vec<&'static str>,
}

/// A river with the areas along it.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RiverView {
    pub(crate) id: String,
    pub(crate) name: String,
    /// Areas that its flood warnings name, those that existed then.
    pub(crate) areas: Vec<String>,
}

/// The stage of a station.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Stage {
    #[schema(value_type = String)]
    pub(crate) station: StationId,
    pub(crate) name: String,
    /// Id of the river.
    pub(crate) river: Option<String>,
    pub(crate) river_name: Option<String>,
    /// When the newest usable reading was taken; null = there is none of the twelve hours before.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub(crate) observed_at: Option<Time>,
    /// m above the datum of the station.
    pub(crate) value: Option<f64>,
    /// Which sensor is shown, when it is not the main one.
    #[schema(value_type = Option<String>)]
    pub(crate) sensor: Option<SensorId>,
    /// QARTOD flag of that reading.
    pub(crate) flag: Option<u8>,
    /// 0 below BĐ1 … 4 above the historic maximum; null = no levels, or no value.
    pub(crate) level: Option<u8>,
    /// The alarm level nearest to it.
    pub(crate) nearest: Option<Against>,
    /// Every alarm level in force.
    pub(crate) levels: Vec<Against>,
    /// cm in an hour.
    pub(crate) rate: Option<f64>,
    /// `fast_rise`, `rise`, `steady`, `fall`, `fast_fall`; null = unknown.
    pub(crate) trend: Option<&'static str>,
    /// The highest of the twelve hours before.
    pub(crate) peak: Option<Peak>,
    /// Floods of the past, highest first; only those before that day.
    pub(crate) floods: Vec<PastFlood>,
}

/// A value against a level.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Against {
    pub(crate) name: String,
    #[schema(value_type = u8)]
    pub(crate) level: Level,
    /// m
    pub(crate) value: f64,
    /// How far above it the water stands, m; negative = below; null = no value.
    pub(crate) difference: Option<f64>,
}

/// A peak.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Peak {
    /// m
    pub(crate) value: f64,
    #[schema(value_type = String, format = DateTime)]
    pub(crate) observed_at: Time,
}

/// A flood of the past.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PastFlood {
    /// As far as known, such as `2013-11`.
    pub(crate) when: String,
    /// m
    pub(crate) value: f64,
    /// What other sources give, m. Where there are any, nobody knows which is right.
    pub(crate) others: Vec<f64>,
    /// How far above it the water stands, m; negative = below; null = no value.
    pub(crate) difference: Option<f64>,
}

/// Rain of a station or a basin.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Rain {
    /// Id of the station or basin.
    #[schema(value_type = String)]
    pub(crate) id: StationId,
    pub(crate) name: String,
    pub(crate) basin_name: Option<String>,
    /// Of the rain day that is over; null of basins.
    pub(crate) day: Option<Sum>,
    /// Since the last 19:00; null of basins.
    pub(crate) since_day: Option<Sum>,
    /// Of the last 24 hours.
    pub(crate) hours_24: Option<Sum>,
}

/// A sum with what it lacks.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct Sum {
    /// mm; at least so much when it is not complete.
    pub(crate) value: f64,
    /// Its end.
    #[schema(value_type = String, format = DateTime)]
    pub(crate) observed_at: Time,
    /// Share of its time that is covered, %.
    pub(crate) completeness: u8,
    /// QARTOD flag.
    pub(crate) flag: u8,
}

/// A warning that was in force.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct InForce {
    #[schema(value_type = String)]
    pub(crate) id: WarningId,
    /// Number of its newest message then.
    pub(crate) number: u32,
    pub(crate) hazard: String,
    #[schema(value_type = u8)]
    pub(crate) level: Level,
    pub(crate) provisional: bool,
    /// It says what was, not what is.
    pub(crate) late: bool,
    #[schema(value_type = String, format = DateTime)]
    pub(crate) sent_at: Time,
    #[schema(value_type = String, format = DateTime)]
    pub(crate) expires_at: Time,
    pub(crate) headline_vi: String,
    pub(crate) headline_en: String,
    pub(crate) instruction_vi: String,
    pub(crate) instruction_en: String,
    pub(crate) areas: Vec<String>,
}
