//! By what stations are let in. A secret is made here, told once in the answer, and stored as a hash; the intake reads
//! that hash at each connection, so the old secret is worth nothing from then on.

use std::collections::BTreeMap;

use axum::Json;
use domain::notice::{EXERCISE_TOPICS, WARNING_TOPICS};
use domain::{StationId, Time};
use serde::Serialize;
use store::{REVOKED, SHUT, STATION_LETTERS};
use utoipa::ToSchema;

use super::stations::ListQuery;
use crate::access::{Access, Admin};
use crate::input::{Ask, Named};
use crate::paging::{Page, cursor, limit};
use crate::problem::{Kind, Problem};

/// Accounts whose name begins so receive warnings.
const RECEIVER: &str = "receiver-";

/// By what a station is let in, and whether it comes.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct StationAccess {
    /// User name at the intake.
    #[schema(value_type = String)]
    id: StationId,
    /// As printed; null = it is no station of the configuration.
    name: Option<String>,
    /// Receives warnings instead of sending readings.
    receiver: bool,
    /// `none` = it cannot come in; `secret` = by its secret, or by a certificate of its name; `revoked` = by a
    /// certificate only; `shut` = not any more.
    state: &'static str,
    connected: Option<bool>,
    #[schema(value_type = Option<String>, format = DateTime)]
    last_received: Option<Time>,
}

/// A secret that was made, told this once.
#[derive(Serialize, ToSchema)]
pub(crate) struct MadeSecret {
    /// User name at the intake.
    #[schema(value_type = String)]
    user: StationId,
    /// Stored nowhere: enter it into the logger now.
    secret: String,
    /// Where the intake listens, as the server sees itself.
    address: String,
    /// Topic of readings; null for a receiver.
    telemetry: Option<String>,
    /// Topic of its own word whether it is there; null for a receiver.
    status: Option<String>,
}

/// An account that lets nobody in any more.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ShutAccount {
    #[schema(value_type = String)]
    id: StationId,
    state: &'static str,
}

/// Stations of the configuration and every other account, by name.
#[utoipa::path(get, path = "/api/v1/station-access", tag = "administration", params(ListQuery),
    responses((status = 200, body = Page<StationAccess>)))]
pub(crate) async fn list(
    access: Access<Admin>,
    Ask(query): Ask<ListQuery>,
) -> Result<Json<Page<StationAccess>>, Problem> {
    let limit = limit(query.limit, 500, 1_000)?;
    let after: Option<StationId> = cursor(query.cursor.as_deref())?;
    let credentials = access.read(|reader| reader.credentials()).await?;
    let pack = access.pack(None).await?;
    let mut all: BTreeMap<&StationId, Option<&str>> =
        pack.stations.keys().map(|id| (id, None)).collect();
    all.extend(credentials.iter().map(|(id, hash)| (id, Some(hash.as_str()))));
    let health = access.app().parts.ledger.health();
    let view = |(id, hash): (&StationId, Option<&str>)| {
        let health = health.iter().find(|health| health.station == *id);
        StationAccess {
            id: id.clone(),
            name: pack.stations.get(id).map(|station| station.name.clone()),
            receiver: id.as_str().starts_with(RECEIVER),
            state: state(hash),
            connected: health.and_then(|health| health.connected),
            last_received: health.and_then(|health| health.last_received),
        }
    };
    let rest = all.into_iter().filter(|(id, _)| after.as_ref().is_none_or(|after| *id > after));
    let views = rest.take(limit + 1).map(view).collect();
    Ok(Json(Page::cut(views, limit, |one: &StationAccess| one.id.to_string())))
}

fn state(hash: Option<&str>) -> &'static str {
    match hash {
        None => "none",
        Some(SHUT) => "shut",
        Some(REVOKED) => "revoked",
        Some(_) => "secret",
    }
}

/// Makes a new secret and tells it once. One from before is worth nothing from now on.
#[utoipa::path(post, path = "/api/v1/stations/{id}/secret", tag = "administration",
    params(("id" = String, Path)),
    responses((status = 200, body = MadeSecret), (status = 404)))]
pub(crate) async fn make(
    access: Access<Admin>,
    Named(id): Named<StationId>,
) -> Result<Json<MadeSecret>, Problem> {
    let receiver = id.as_str().starts_with(RECEIVER);
    if !receiver && !access.pack(None).await?.stations.contains_key(&id) {
        return Err(Problem::no_such("station in the configuration", &id));
    }
    let topics = format!("quantrac/v1/{id}/");
    if [WARNING_TOPICS, EXERCISE_TOPICS].contains(&topics.as_str()) {
        let detail = format!(
            "'{id}' is reserved: nobody is let in by this name; name the station otherwise"
        );
        return Err(Problem::new(Kind::NotUsable, detail));
    }
    let secret = store::generate(STATION_LETTERS);
    let ledger = &access.app().parts.ledger;
    ledger.put_credential(id.clone(), store::secret_hash(&secret)).await?;
    access.audit("secret made", id.to_string()).await?;
    let topic = |name: &str| (!receiver).then(|| format!("{topics}{name}"));
    let address = (access.app().parts.broker_status)().address;
    let (telemetry, status) = (topic("telemetry"), topic("status"));
    Ok(Json(MadeSecret { user: id, secret, address, telemetry, status }))
}

/// Shuts an account: neither its secret nor a certificate lets anybody in from now on.
#[utoipa::path(delete, path = "/api/v1/stations/{id}/secret", tag = "administration",
    params(("id" = String, Path)),
    responses((status = 200, body = ShutAccount), (status = 404)))]
pub(crate) async fn shut(
    access: Access<Admin>,
    Named(id): Named<StationId>,
) -> Result<Json<ShutAccount>, Problem> {
    let asked = id.clone();
    if access.read(move |reader| reader.credential(&asked)).await?.is_none() {
        return Err(Problem::no_such("account", &id));
    }
    access.app().parts.ledger.put_credential(id.clone(), SHUT.to_owned()).await?;
    access.audit("account shut", id.to_string()).await?;
    Ok(Json(ShutAccount { id, state: "shut" }))
}
