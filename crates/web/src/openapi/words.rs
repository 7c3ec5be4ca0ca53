//! How the words of the trade look in JSON, for the description only; a test compares them with the
//! real ones, field by field.
#![expect(dead_code, reason = "only their descriptions are used")]

use utoipa::ToSchema;

pub(crate) use super::health::StationHealth;

/// A parameter: what it is called, its canonical unit, how it is printed.
#[derive(ToSchema)]
pub(crate) struct Parameter {
    id: String,
    name_vi: String,
    name_en: String,
    /// Symbol of the canonical unit.
    unit: String,
    decimals: u8,
    /// `instant`, `amount` or `counter`.
    kind: String,
    /// For a derived sum: how long it reaches back, such as `24h`.
    window: Option<String>,
    /// For a counter: the parameter that its increments feed.
    feeds: Option<String>,
    rolls_over_at: Option<f64>,
}

/// An alarm level with its legal source and validity.
#[derive(ToSchema)]
pub(crate) struct StageLevel {
    station: String,
    parameter: String,
    /// 1–3 báo động, 4 historic maximum.
    level: u8,
    name: String,
    /// In the parameter's canonical unit.
    value: f64,
    source: String,
    /// The source in English; null = there is only the other.
    source_en: Option<String>,
    /// `H`, `M` or `L`: how sure the number is.
    confidence: String,
    /// What happens on the ground when the water stands there.
    impacts: Vec<Impact>,
    #[schema(format = DateTime)]
    valid_from: Option<String>,
    #[schema(format = DateTime)]
    valid_to: Option<String>,
}

/// What happens on the ground at a level.
#[derive(ToSchema)]
pub(crate) struct Impact {
    text_vi: String,
    text_en: String,
    source: String,
}

/// A peak of the past.
#[derive(ToSchema)]
pub(crate) struct Record {
    station: String,
    /// m.
    value: f64,
    /// As far as known, such as `2013-11`.
    when: String,
    source: String,
    source_en: Option<String>,
    confidence: String,
}

/// What a rule says: `unknown`, `normal` or `level` with its number.
#[derive(ToSchema)]
pub(crate) struct AlarmState {
    state: String,
    level: Option<u8>,
}

/// What an alarm rests on.
#[derive(ToSchema)]
pub(crate) struct Evidence {
    station: String,
    parameter: String,
    sensor: String,
    #[schema(format = DateTime)]
    observed_at: String,
    value: f64,
    /// `good`, `not_evaluated`, `suspect`, `bad` or `missing`.
    flag: String,
    completeness: u8,
    threshold: Option<f64>,
    threshold_name: Option<String>,
    source: Option<String>,
}

/// The present state of a rule for a target.
#[derive(ToSchema)]
pub(crate) struct AlarmRecord {
    rule: String,
    target: String,
    episode: String,
    state: AlarmState,
    provisional: bool,
    #[schema(format = DateTime)]
    since: String,
    /// Its data have stopped: the level stands, but nobody knows whether it is still true.
    blind: bool,
    /// Found in old data, and nothing fresh bears it out: it says what was.
    late: bool,
    /// The sure level under a provisional one.
    beneath: Option<Beneath>,
    evidence: Vec<Evidence>,
    /// The newest value as of the last change of the alarm.
    latest: Option<Evidence>,
    /// The highest value since it was raised, as of the last change of the alarm.
    highest: Option<Evidence>,
}

/// The sure level of an alarm whose suspect values say more.
#[derive(ToSchema)]
pub(crate) struct Beneath {
    level: u8,
    #[schema(format = DateTime)]
    since: String,
    evidence: Evidence,
}

/// A change of an alarm state.
#[derive(ToSchema)]
pub(crate) struct Transition {
    rule: String,
    target: String,
    episode: String,
    from: AlarmState,
    to: AlarmState,
    #[schema(format = DateTime)]
    at: String,
    provisional: bool,
    late: bool,
    evidence: Vec<Evidence>,
}

/// A text in one language.
#[derive(ToSchema)]
pub(crate) struct Text {
    headline: String,
    description: String,
    instruction: String,
}

/// The same text in both languages.
#[derive(ToSchema)]
pub(crate) struct LocalText {
    vi: Text,
    en: Text,
}

/// A message that waits for confirmation.
#[derive(ToSchema)]
pub(crate) struct Draft {
    /// A confirmation names it.
    number: u32,
    kind: String,
    level: u8,
    provisional: bool,
    late: bool,
    #[schema(format = DateTime)]
    drafted_at: String,
    /// When it goes out by itself.
    #[schema(format = DateTime)]
    auto_at: Option<String>,
    text: LocalText,
    evidence: Vec<Evidence>,
}

/// One line of a warning's log.
#[derive(ToSchema)]
pub(crate) struct LogLine {
    #[schema(format = DateTime)]
    at: String,
    /// Null = the system.
    who: Option<String>,
    what: String,
    detail: String,
}

/// A warning: one per episode, from its first draft to its end.
#[derive(ToSchema)]
pub(crate) struct Warning {
    id: String,
    episode: String,
    episode_name: String,
    hazard: String,
    /// `actual`, `exercise` or `test`.
    realm: String,
    /// `draft`, `issued`, `ended`, `cancelled` or `rejected`.
    state: String,
    level: u8,
    provisional: bool,
    #[schema(format = DateTime)]
    onset: String,
    #[schema(format = DateTime)]
    drafted_at: String,
    #[schema(format = DateTime)]
    changed_at: String,
    /// Until when the message in force holds: it has run out when that is past. Null = nothing is in force.
    #[schema(format = DateTime)]
    expires_at: Option<String>,
    draft: Option<Draft>,
    messages: u32,
    peak: Option<Evidence>,
    log: Vec<LogLine>,
}

/// Who sent a message out.
#[derive(ToSchema)]
pub(crate) struct Author {
    /// `person` or `policy`.
    by: String,
    name: String,
}

/// An area as printed in a warning.
#[derive(ToSchema)]
pub(crate) struct AreaName {
    name: String,
    code: Option<String>,
    /// `[lat, lon]` pairs, closed.
    polygon: Option<Vec<(f64, f64)>>,
}

/// A message that went out.
#[derive(ToSchema)]
pub(crate) struct WarningMessage {
    warning: String,
    number: u32,
    /// `issue`, `update`, `end` or `cancel`.
    kind: String,
    realm: String,
    level: u8,
    provisional: bool,
    late: bool,
    #[schema(format = DateTime)]
    sent_at: String,
    #[schema(format = DateTime)]
    expires_at: String,
    #[schema(format = DateTime)]
    onset: String,
    author: Author,
    remark: Option<String>,
    text: LocalText,
    evidence: Vec<Evidence>,
    hazard: String,
    areas: Vec<AreaName>,
    replaces: Vec<u32>,
}

/// Somebody at the desk.
#[derive(ToSchema)]
pub(crate) struct Officer {
    /// Name to sign in with.
    user: String,
    /// Name as printed.
    name: String,
}

/// The duty desk as it is.
#[derive(ToSchema)]
pub(crate) struct DutyDesk {
    /// Null = nobody has begun a shift yet.
    shift: Option<Shift>,
    /// Offered and not accepted yet.
    handover: Option<Handover>,
    claims: Vec<Claim>,
}

/// A shift that goes on.
#[derive(ToSchema)]
pub(crate) struct Shift {
    seq: u64,
    officer: Officer,
    #[schema(format = DateTime)]
    since: String,
    /// Nobody had handed over.
    unannounced: bool,
}

/// A shift that is offered.
#[derive(ToSchema)]
pub(crate) struct Handover {
    seq: u64,
    #[schema(format = DateTime)]
    at: String,
    from: Officer,
    /// Null = whoever comes.
    to: Option<Officer>,
    remark: Option<String>,
}

/// A draft that somebody looks after.
#[derive(ToSchema)]
pub(crate) struct Claim {
    warning: String,
    officer: Officer,
    #[schema(format = DateTime)]
    at: String,
}

/// A line of the shift log.
#[derive(ToSchema)]
pub(crate) struct DutyRecord {
    #[schema(format = DateTime)]
    at: String,
    who: Officer,
    /// `kind` and what belongs to it; a `hand_over` has a `picture`.
    entry: DutyEntry,
    /// Who had the shift or the warning before.
    before: Option<Officer>,
    unannounced: bool,
}

/// What an officer did, by `kind`; fields that do not belong to it are absent.
#[derive(ToSchema)]
pub(crate) struct DutyEntry {
    /// `take_over`, `hand_over`, `note`, `take` or `call`.
    kind: String,
    handover: Option<u64>,
    to: Option<Officer>,
    remark: Option<String>,
    picture: Option<DeskPicture>,
    text: Option<String>,
    warning: Option<String>,
    recipient: Option<String>,
    reached: Option<String>,
}

/// How things stand at a handover.
#[derive(ToSchema)]
pub(crate) struct DeskPicture {
    warnings: Vec<OpenWarning>,
    /// Worst first.
    highest: Vec<HighLevel>,
    stations: Vec<StationTrouble>,
    /// Notices that were given up.
    given_up: u64,
    /// Notices of open warnings whose receipt is overdue.
    unconfirmed: u64,
}

/// An open warning at a handover.
#[derive(ToSchema)]
pub(crate) struct OpenWarning {
    id: String,
    name: String,
    state: String,
    level: u8,
    /// The level of the draft that waits.
    waits: Option<u8>,
}

/// A place in alarm at a handover.
#[derive(ToSchema)]
pub(crate) struct HighLevel {
    target: String,
    parameter: String,
    /// By which sensor, when it is not the main one.
    sensor: Option<String>,
    level: u8,
    value: f64,
    #[schema(format = DateTime)]
    observed_at: String,
}

/// A station that is not as it should be.
#[derive(ToSchema)]
pub(crate) struct StationTrouble {
    station: String,
    conditions: Vec<(String, String)>,
}

/// What will be, as somebody says.
#[derive(ToSchema)]
pub(crate) struct Forecast {
    station: String,
    /// What is forecast, in its canonical unit; one that the station has.
    parameter: String,
    /// Who made it, such as `Đài KTTV`. The newest of each source is current.
    source: String,
    /// Not in the future.
    #[schema(format = DateTime)]
    issued_at: String,
    /// 1 to 400, ascending, after `issued_at` and within `forecast_horizon` of the configuration.
    points: Vec<ForecastPoint>,
    remark: Option<String>,
    /// A forecaster stands behind it. Default false.
    refined: Option<bool>,
}

/// A forecast value with the band in which it will be in eight of ten cases. `low` and `high` come together.
#[derive(ToSchema)]
pub(crate) struct ForecastPoint {
    #[schema(format = DateTime)]
    at: String,
    value: f64,
    low: Option<f64>,
    high: Option<f64>,
}

/// What a forecast amounts to.
#[derive(ToSchema)]
pub(crate) struct ForecastFacts {
    /// How it goes on from what was measured last: `crest`, `rising`, `falling` or `steady`.
    shape: Option<String>,
    /// The highest point that is still ahead.
    peak: Option<ForecastPoint>,
    /// Levels that will be reached from below, ascending.
    crossings: Vec<ForecastCrossing>,
    /// `past`: its last point is over; `old`: issued longer ago than `forecast_stale_after`.
    stale: Option<String>,
    /// At 01, 07, 13 and 19 o'clock in Viet Nam, as bulletins print it.
    steps: Vec<ForecastStep>,
}

/// A level that will be reached.
#[derive(ToSchema)]
pub(crate) struct ForecastCrossing {
    level: u8,
    name: String,
    value: f64,
    /// On the straight line between two points.
    #[schema(format = DateTime)]
    at: String,
}

/// A forecast at an hour that bulletins print.
#[derive(ToSchema)]
pub(crate) struct ForecastStep {
    #[schema(format = DateTime)]
    at: String,
    value: f64,
    low: Option<f64>,
    high: Option<f64>,
    /// Against the highest level reached, else the lowest.
    against: Option<ForecastAgainst>,
}

/// A value beside an alarm level.
#[derive(ToSchema)]
pub(crate) struct ForecastAgainst {
    level: u8,
    name: String,
    /// Value less level.
    difference: f64,
    /// As bulletins print it: `>BĐ3: 0,20`.
    text: String,
}

/// A rule of the configuration.
#[derive(ToSchema)]
pub(crate) struct Rule {
    id: String,
    name_vi: String,
    name_en: String,
    /// `flood`, `rain`, `storm` or `technical`.
    hazard: String,
    /// `kind` and what belongs to it: `threshold`, `combined`, `station`, `blindness`, `intake` or `history`.
    #[schema(value_type = Object)]
    watch: String,
    #[schema(format = DateTime)]
    valid_from: Option<String>,
    #[schema(format = DateTime)]
    valid_to: Option<String>,
    source: String,
}
