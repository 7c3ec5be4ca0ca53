//! Work on a station, announced by a duty officer: its technical alarms are muted until it ends, its flood alarms are not.

use axum::Json;
use domain::{ArrivalBody, Command, StationHealth, StationId, Time};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::commands::prose;
use crate::access::{Access, DutyOfficer};
use crate::input::{Body, Named};
use crate::openapi::words;
use crate::problem::Problem;

/// Announces work on a station.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Maintain {
    /// Until when; absent = until somebody says that it is over. When the time has passed, that is told.
    #[schema(value_type = Option<String>, format = DateTime)]
    until: Option<Time>,
    /// What is done there.
    reason: String,
}

/// Says that the work is over.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Operate {
    /// How the station stands.
    reason: String,
}

/// An act on a station that is on disk.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Announced {
    /// Its place in the journal.
    seq: u64,
    /// The station as it is after it.
    #[schema(value_type = Option<words::StationHealth>)]
    health: Option<StationHealth>,
}

/// Announces work on a station: nobody is told of its faults, its values lower no level, and its flood alarms go on.
#[utoipa::path(post, path = "/api/v1/stations/{id}/maintenance", tag = "stations",
    params(("id" = String, Path)), request_body = Maintain, responses((status = 200, body = Announced)))]
pub(crate) async fn begin(
    access: Access<DutyOfficer>,
    Named(station): Named<StationId>,
    Body(Maintain { until, reason }): Body<Maintain>,
) -> Result<Json<Announced>, Problem> {
    prose("reason", &reason)?;
    act(&access, Command::Maintain { station: station.clone(), until, reason }, station).await
}

/// Says that the work on a station is over: it is watched again.
#[utoipa::path(post, path = "/api/v1/stations/{id}/maintenance/end", tag = "stations",
    params(("id" = String, Path)), request_body = Operate, responses((status = 200, body = Announced)))]
pub(crate) async fn end(
    access: Access<DutyOfficer>,
    Named(station): Named<StationId>,
    Body(Operate { reason }): Body<Operate>,
) -> Result<Json<Announced>, Problem> {
    prose("reason", &reason)?;
    act(&access, Command::Operate { station: station.clone(), reason }, station).await
}

async fn act(
    access: &Access<DutyOfficer>,
    command: Command,
    station: StationId,
) -> Result<Json<Announced>, Problem> {
    let body = ArrivalBody::Command { user: access.signature()?, command };
    let committed = access.app().parts.ledger.submit(body).await?;
    if let Some(done) = committed.command {
        done?;
    }
    // What the ledger tells at a glance may be a second old: before the act.
    let seq = committed.seq;
    let known = access.read(move |reader| reader.health_known(seq)).await?;
    let health = known.into_iter().find(|health| health.station == station);
    Ok(Json(Announced { seq, health }))
}
