//! Stations with their levels, health and alarms.

use std::sync::Arc;

use axum::Json;
use domain::{AlarmRecord, ParameterId, Span, StationHealth, StationId, Time};
use pack::{Pack, Record, StageLevel, Station};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::access::{Access, Reading};
use crate::input::{Ask, Named, time};
use crate::openapi::words;
use crate::paging::{Page, cursor, limit};
use crate::problem::Problem;
use crate::public;

/// A station.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct StationView {
    #[schema(value_type = String)]
    id: StationId,
    name: String,
    /// Id of the river; null for rain and wind stations.
    river: Option<String>,
    river_name: Option<String>,
    #[schema(value_type = Option<String>)]
    basin: Option<StationId>,
    basin_name: Option<String>,
    /// Degrees north, WGS 84; null without a source.
    lat: Option<f64>,
    /// Degrees east, WGS 84; null without a source.
    lon: Option<f64>,
    position_source: Option<String>,
    /// The next station down the river.
    #[schema(value_type = Option<String>)]
    downstream: Option<StationId>,
    #[schema(value_type = Vec<String>)]
    parameters: Vec<ParameterId>,
    /// How often it reports, such as `10min`.
    #[schema(value_type = String)]
    interval: Span,
    /// Silent when nothing was received for this long.
    #[schema(value_type = String)]
    silent_after: Span,
    /// Areas it speaks for, as printed.
    areas: Vec<String>,
    /// Alarm levels, past ones too; see their validity.
    #[schema(value_type = Vec<words::StageLevel>)]
    levels: Vec<StageLevel>,
    /// Peaks of the past.
    #[schema(value_type = Vec<words::Record>)]
    records: Vec<Record>,
    #[schema(value_type = Option<words::StationHealth>)]
    health: Option<StationHealth>,
    /// Alarm states of this station.
    #[schema(value_type = Vec<words::AlarmRecord>)]
    alarms: Vec<AlarmRecord>,
}

/// Query of a list that has nothing to select.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ListQuery {
    /// Items on a page, 1 to 1000. Default 500.
    pub(super) limit: Option<usize>,
    /// Where to go on, from `next` of the page before.
    pub(super) cursor: Option<String>,
}

/// Query of a list out of the configuration.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct AtQuery {
    /// As it was in force at this instant: what was configured then, not what has been learnt since.
    /// Default now.
    #[serde(default, deserialize_with = "time")]
    #[param(value_type = Option<String>, format = DateTime)]
    pub(super) at: Option<Time>,
    /// Items on a page, 1 to 1000. Default 500.
    pub(super) limit: Option<usize>,
    /// Where to go on, from `next` of the page before.
    pub(super) cursor: Option<String>,
}

/// When.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct OneQuery {
    /// As it was in force at this instant. Default now.
    #[serde(default, deserialize_with = "time")]
    #[param(value_type = Option<String>, format = DateTime)]
    at: Option<Time>,
}

/// How stations are now; of another instant that is not said.
struct Now {
    health: Arc<Vec<StationHealth>>,
    alarms: Vec<AlarmRecord>,
}

impl Now {
    async fn look(access: &Access<Reading>, at: Option<Time>) -> Result<Self, Problem> {
        if at.is_some() {
            return Ok(Self { health: Arc::default(), alarms: Vec::new() });
        }
        let alarms = access.read(|reader| reader.alarms()).await?;
        let health = access.app().parts.ledger.health();
        let health = health.iter().map(|one| as_of_now(access, one)).collect();
        Ok(Self { health: Arc::new(health), alarms })
    }
}

/// All stations: river by river in the order of the configuration, then those without a river.
/// With `at`, health and alarms are not said.
#[utoipa::path(get, path = "/api/v1/stations", tag = "stations", params(AtQuery),
    responses((status = 200, body = Page<StationView>), (status = 404)))]
pub(crate) async fn list(
    access: Access<Reading>,
    Ask(query): Ask<AtQuery>,
) -> Result<Json<Page<StationView>>, Problem> {
    let limit = limit(query.limit, 500, 1_000)?;
    let after: Option<StationId> = cursor(query.cursor.as_deref())?;
    let (pack, now) = (access.pack(query.at).await?, Now::look(&access, query.at).await?);
    let stations = in_order(&pack);
    let seen = after.and_then(|after| stations.iter().position(|station| station.id == after));
    let rest = stations.iter().skip(seen.map_or(0, |seen| seen + 1)).take(limit + 1);
    let views = rest.map(|station| view(station, &pack, &now));
    Ok(Json(Page::cut(views.collect(), limit, |station| station.id.to_string())))
}

fn in_order(pack: &Pack) -> Vec<&Station> {
    let river = |station: &Station| {
        let place = pack.rivers.iter().position(|river| Some(&river.id) == station.river.as_ref());
        place.unwrap_or(usize::MAX)
    };
    let mut stations: Vec<_> = pack.stations.values().collect();
    stations.sort_by_key(|station| river(station));
    stations
}

/// One station.
#[utoipa::path(get, path = "/api/v1/stations/{id}", tag = "stations",
    params(("id" = String, Path), OneQuery),
    responses((status = 200, body = StationView), (status = 404)))]
pub(crate) async fn one(
    access: Access<Reading>,
    Named(id): Named<StationId>,
    Ask(query): Ask<OneQuery>,
) -> Result<Json<StationView>, Problem> {
    let pack = access.pack(query.at).await?;
    let station = pack.stations.get(&id).ok_or_else(|| Problem::no_such("station", &id))?;
    let now = Now::look(&access, query.at).await?;
    Ok(Json(view(station, &pack, &now)))
}

/// How a station is, apart from what it measures. Null = nothing was ever heard of it.
#[utoipa::path(get, path = "/api/v1/stations/{id}/health", tag = "stations",
    params(("id" = String, Path)),
    responses((status = 200, body = Option<words::StationHealth>), (status = 404)))]
pub(crate) async fn health(
    access: Access<Reading>,
    Named(id): Named<StationId>,
) -> Result<Json<Option<StationHealth>>, Problem> {
    let pack = (access.app().parts.pack)();
    let all = access.app().parts.ledger.health();
    let found = all.iter().find(|health| health.station == id);
    let found = found.map(|health| as_of_now(&access, health));
    if found.is_none() && !pack.stations.contains_key(&id) {
        return Err(Problem::no_such("station", &id));
    }
    Ok(Json(found))
}

/// The same with when something was measured last, which changes more often than what is told of a station.
fn as_of_now(access: &Access<Reading>, health: &StationHealth) -> StationHealth {
    let newest = access.app().live.latest.observed(&health.station);
    let shown = public::health(health.clone(), access.signed_in());
    StationHealth { last_observed: health.last_observed.max(newest), ..shown }
}

fn view(station: &Station, pack: &Pack, now: &Now) -> StationView {
    let river = pack.rivers.iter().find(|river| Some(&river.id) == station.river.as_ref());
    let basin = station.basin.as_ref().and_then(|id| pack.basins.get(id));
    let area = |id: &String| {
        let found = pack.areas.iter().find(|area| area.id == *id);
        found.map_or_else(|| id.clone(), |area| area.name.clone())
    };
    let here = |other: &StationId| *other == station.id;
    StationView {
        id: station.id.clone(),
        name: station.name.clone(),
        river: station.river.clone(),
        river_name: river.map(|river| river.name.clone()),
        basin: station.basin.clone(),
        basin_name: basin.map(|basin| basin.name.clone()),
        lat: station.lat,
        lon: station.lon,
        position_source: station.position_source.clone(),
        downstream: station.downstream.clone(),
        parameters: station.parameters.clone(),
        interval: station.interval,
        silent_after: station.silent_after,
        areas: station.areas.iter().map(area).collect(),
        levels: pack.levels.iter().filter(|level| here(&level.station)).cloned().collect(),
        records: pack.records.iter().filter(|record| here(&record.station)).cloned().collect(),
        health: now.health.iter().find(|health| here(&health.station)).cloned(),
        alarms: now.alarms.iter().filter(|alarm| here(&alarm.target)).cloned().collect(),
    }
}
