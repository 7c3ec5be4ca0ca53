//! What a configuration pack says, file by file. Every table has its source; unknown keys are errors.

use domain::{EpisodeId, Level, ParameterId, SensorId, Span, StationId, Time};
use serde::{Deserialize, Serialize};
pub use warning::{Policy, RecipientEntry, RecipientRole, Rule};

pub use super::bulletin::TimeOfDay;

/// `pack.toml`: what holds for the whole pack.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct About {
    /// Short name, such as `binh-dinh`.
    pub name: String,
    /// Title of the pages, Vietnamese.
    pub title_vi: String,
    /// Title of the pages, English.
    pub title_en: String,
    /// Readings before this are a clock after a power loss.
    pub oldest: Time,
    /// Readings further in the future than this are put aside.
    pub future_tolerance: Span,
    /// A value that comes after a hole waits so long for what is missing before it (processing time).
    pub reorder_hold: Span,
    /// A station is `clock_wrong` when its newest reading is this much older than its arrival while it sends in order.
    pub clock_tolerance: Span,
    /// Out of the last 20 messages of a station, so many put aside make it `sends_nonsense`.
    pub nonsense_messages: u8,
    /// Values that loggers send for "no value".
    pub sentinels: Vec<f64>,
    /// Rate of rise: looks back at least this long …
    pub rise_min: Span,
    /// … ideally this long …
    pub rise_window: Span,
    /// … and at most this long.
    pub rise_max: Span,
    /// Values this much older than their arrival are told as late.
    #[serde(default = "half_an_hour")]
    pub late_after: Span,
    /// A stage near its alarm levels that stands still this long while the next gauge down the river moves is contradicted;
    /// three times as long where it is the gauge above, for water takes its time.
    #[serde(default = "an_hour")]
    pub neighbour_still: Span,
    /// … when that gauge moved by this much, m.
    #[serde(default = "thirty_centimetres")]
    pub neighbour_moves: f64,
    /// A gauge that reports no rain for 3 h while the others of its basin have at least this much, mm, is contradicted.
    #[serde(default = "fifteen_millimetres")]
    pub neighbour_wet: f64,
    /// A basin mean waits so long after a time step for stations that are late (processing time).
    pub basin_grace: Span,
    /// A forecast may reach this far behind its issue.
    #[serde(default = "ten_days")]
    pub forecast_horizon: Span,
    /// A forecast issued longer ago than this is said to be old.
    #[serde(default = "one_day")]
    pub forecast_stale_after: Span,
    /// When bulletins go out, such as `03:30`, Viet Nam's time; empty = a bulletin does not say when the next comes.
    #[serde(default)]
    pub bulletin_times: Vec<TimeOfDay>,
}

const fn ten_days() -> Span {
    Span::days(10)
}

const fn one_day() -> Span {
    Span::days(1)
}

const fn an_hour() -> Span {
    Span::hours(1)
}

const fn thirty_centimetres() -> f64 {
    0.3
}

const fn fifteen_millimetres() -> f64 {
    15.0
}

const fn half_an_hour() -> Span {
    Span::minutes(30)
}

/// `stations.toml`, `[[station]]`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Station {
    /// Its name in topics.
    pub id: StationId,
    /// Name as printed.
    pub name: String,
    /// River, as an id of `[[river]]`; absent for rain and wind stations.
    #[serde(default)]
    pub river: Option<String>,
    /// Basin, as an id of `basins.toml`.
    #[serde(default)]
    pub basin: Option<StationId>,
    /// What it measures.
    pub parameters: Vec<ParameterId>,
    /// Redundant sensors beside `main`. Others are taken too, up to eight of a parameter, so that a word made up on
    /// the way does not become a series for ever.
    #[serde(default)]
    pub sensors: Vec<SensorId>,
    /// Sensors that were taken away. What they still send is kept; nothing is compared with it, waited for or averaged.
    #[serde(default)]
    pub retired: Vec<SensorId>,
    /// How often it reports.
    pub interval: Span,
    /// It is silent when nothing was received for this long.
    pub silent_after: Span,
    /// Battery is low below this, V.
    #[serde(default)]
    pub battery_low: Option<f64>,
    /// Latitude, degrees north, WGS 84. Absent without a source.
    #[serde(default)]
    pub lat: Option<f64>,
    /// Longitude, degrees east, WGS 84. Absent without a source.
    #[serde(default)]
    pub lon: Option<f64>,
    /// Where the position comes from and how sure it is.
    #[serde(default)]
    pub position_source: Option<String>,
    /// The next station down the river.
    #[serde(default)]
    pub downstream: Option<StationId>,
    /// Areas it speaks for, ids of `areas.toml`.
    #[serde(default)]
    pub areas: Vec<String>,
    /// In operation from.
    #[serde(default)]
    pub valid_from: Option<Time>,
    /// In operation until, exclusive.
    #[serde(default)]
    pub valid_to: Option<Time>,
    /// Where what is said here comes from.
    pub source: String,
}

impl Station {
    /// Whether a sensor is to be there: the main one or one that is named, and not retired.
    #[must_use]
    pub fn expects(&self, sensor: &SensorId) -> bool {
        let named = *sensor == SensorId::main() || self.sensors.contains(sensor);
        named && !self.retired.contains(sensor)
    }

    /// When it, or a sensor of it, is missed that was heard at that time and not since. One that begins to work later is
    /// missed from then on; one that works no more by then is never.
    #[must_use]
    pub fn missed_at(&self, heard: Time) -> Option<Time> {
        let at = self.valid_from.map_or(heard, |begins| begins.max(heard)) + self.silent_after;
        self.valid_to.is_none_or(|ends| at < ends).then_some(at)
    }
}

/// `stations.toml`, `[[river]]`: in the order of the schematic.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct River {
    /// Its name in the configuration.
    pub id: String,
    /// Name as printed, such as `sông Kôn`.
    pub name: String,
    /// The river or sea it flows into.
    #[serde(default)]
    pub flows_into: Option<String>,
}

/// `basins.toml`, `[[basin]]`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Basin {
    /// Its name; its mean rain is a series of a "station" of this name.
    pub id: StationId,
    /// Name as printed.
    pub name: String,
    /// Area, km².
    pub area_km2: f64,
    /// A mean is only stated when at least this share of its rain stations counts (0–1).
    pub quorum: f64,
    /// Step of the mean in event time.
    pub step: Span,
    /// Source.
    pub source: String,
}

/// `levels.toml`, `[[level]]`: an alarm level with its legal source and validity.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StageLevel {
    /// Where.
    pub station: StationId,
    /// Of what; `water_level`.
    pub parameter: ParameterId,
    /// 1–3 báo động, 4 historic maximum.
    pub level: Level,
    /// Name as printed: `BĐ1`, `BĐ2`, `BĐ3`, `lũ lịch sử 2013`.
    pub name: String,
    /// Value in the parameter's canonical unit (m, station datum).
    pub value: f64,
    /// Legal source, Vietnamese.
    pub source: String,
    /// The same in English; absent = as the Vietnamese one.
    #[serde(default)]
    pub source_en: Option<String>,
    /// `H`, `M` or `L` as in the research notes: how sure the number is.
    pub confidence: String,
    /// What happens on the ground when the water stands there.
    #[serde(default)]
    pub impacts: Vec<Impact>,
    /// In force from (event time); absent = always.
    #[serde(default)]
    pub valid_from: Option<Time>,
    /// In force until, exclusive (event time); absent = still.
    #[serde(default)]
    pub valid_to: Option<Time>,
}

/// `levels.toml`, `[[level.impacts]]`: what happens on the ground at a level. A fact, so it has a source.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Impact {
    /// What happens where, Vietnamese.
    pub text_vi: String,
    /// The same, English.
    pub text_en: String,
    /// Who saw or worked it out, and when.
    pub source: String,
}

/// `levels.toml`, `[[record]]`: a peak of the past, for comparison; never alarms by itself.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Record {
    /// Where.
    pub station: StationId,
    /// Value, m.
    pub value: f64,
    /// When, as far as known, such as `2013-11`.
    pub when: String,
    /// Source, Vietnamese.
    pub source: String,
    /// The same in English; absent = as the Vietnamese one.
    #[serde(default)]
    pub source_en: Option<String>,
    /// How sure.
    pub confidence: String,
}

/// `quality.toml`, `[[limits]]`: quality limits of a parameter, for all or some stations.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LimitsEntry {
    /// Of which parameter.
    pub parameter: ParameterId,
    /// For these stations; empty = for all that have no entry of their own.
    #[serde(default)]
    pub stations: Vec<StationId>,
    /// The limits.
    pub limits: quality::Limits,
    /// Source.
    pub source: String,
}

/// `episodes.toml`, `[[episode]]`: what belongs together.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Episode {
    /// Its name.
    pub id: EpisodeId,
    /// Name as printed, such as `sông Kôn`.
    pub name_vi: String,
    /// Name as printed, English.
    pub name_en: String,
    /// Which rules it gathers, by their hazard.
    pub hazard: String,
    /// Rivers whose stations belong to it.
    #[serde(default)]
    pub rivers: Vec<String>,
    /// Basins that belong to it, with their stations.
    #[serde(default)]
    pub basins: Vec<StationId>,
    /// Everything of this hazard that no other episode takes.
    #[serde(default)]
    pub all: bool,
    /// Areas named in its warnings, ids of `areas.toml`.
    #[serde(default)]
    pub areas: Vec<String>,
}

/// `areas.toml`, `[[area]]`: an administrative area with its validity.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Area {
    /// Its name in the configuration.
    pub id: String,
    /// As printed.
    pub name: String,
    /// Administrative code, when there is one.
    #[serde(default)]
    pub code: Option<String>,
    /// Outline as `[lat, lon]` pairs, closed, when a source gives it.
    #[serde(default)]
    pub polygon: Option<Vec<(f64, f64)>>,
    /// What it was before, for search by old names.
    #[serde(default)]
    pub formerly: Vec<String>,
    /// Exists from.
    #[serde(default)]
    pub valid_from: Option<Time>,
    /// Exists until, exclusive.
    #[serde(default)]
    pub valid_to: Option<Time>,
    /// Source.
    pub source: String,
}

/// `agencies.toml`, `[[agency]]`: who signs, with validity.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Agency {
    /// `sender` signs warnings; others are for display.
    pub role: String,
    /// Name.
    pub name_vi: String,
    /// Name, English.
    pub name_en: String,
    /// The body it belongs to, printed above its name in a bulletin.
    #[serde(default)]
    pub above_vi: Option<String>,
    /// The same, English.
    #[serde(default)]
    pub above_en: Option<String>,
    /// Where its bulletins are dated, such as `Gia Lai`.
    #[serde(default)]
    pub place: Option<String>,
    /// What follows the number of its bulletins.
    #[serde(default)]
    pub code: Option<String>,
    /// What stands above the signature under its bulletins.
    #[serde(default)]
    pub signer_vi: Option<String>,
    /// The same, English.
    #[serde(default)]
    pub signer_en: Option<String>,
    /// From.
    #[serde(default)]
    pub valid_from: Option<Time>,
    /// Until, exclusive.
    #[serde(default)]
    pub valid_to: Option<Time>,
    /// Source.
    pub source: String,
}

/// `beaufort.toml`, `[[force]]`: the least wind speed of each force.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Force {
    /// 0–17.
    pub force: u8,
    /// From this speed, m/s.
    pub from_mps: f64,
    /// Source and confidence.
    pub source: String,
}
