//! How the long memory (InfluxDB) is fed, and the points that it refused.

use axum::Json;
use domain::Time;
use serde::{Deserialize, Serialize};
use store::{Reader, RefusedPoint};
use utoipa::{IntoParams, ToSchema};

use crate::access::{Access, Reading};
use crate::input::Ask;
use crate::paging::{Page, cursor, limit};
use crate::problem::Problem;
use crate::status::HistoryView;

/// A point that the history server does not take. What it says is in the ledger all the same.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RefusedView {
    id: u64,
    /// The arrival that led to it.
    seq: u64,
    /// When it was refused last.
    #[schema(value_type = String, format = DateTime)]
    at: Time,
    /// The point in line protocol.
    line: String,
    /// What the server said; only for signed-in people.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
}

/// Which ones.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct RefusedQuery {
    /// Items on a page, 1 to 500. Default 100.
    limit: Option<usize>,
    /// Where to go on, from `next` of the page before.
    cursor: Option<String>,
}

/// How the history server is fed: the state by name, how far, and what was left out.
#[utoipa::path(get, path = "/api/v1/history", tag = "server", responses((status = 200, body = HistoryView)))]
pub(crate) async fn state(access: Access<Reading>) -> Json<HistoryView> {
    let status = access.app().parts.history.watch.now();
    Json(HistoryView::of(status, access.signed_in()))
}

/// Points that the history server refused and that were put aside, newest first. `quantrac history rebuild` tries them
/// again.
#[utoipa::path(get, path = "/api/v1/history/refused", tag = "server", params(RefusedQuery),
    responses((status = 200, body = Page<RefusedView>)))]
pub(crate) async fn refused(
    access: Access<Reading>,
    Ask(query): Ask<RefusedQuery>,
) -> Result<Json<Page<RefusedView>>, Problem> {
    let limit = limit(query.limit, 100, 500)?;
    let place: Option<u64> = cursor(query.cursor.as_deref())?;
    let read = move |reader: &Reader| reader.refused_points(place.unwrap_or(u64::MAX), limit + 1);
    let found = access.read(read).await?;
    let page = Page::cut(found, limit, |point| point.id.to_string());
    Ok(Json(page.map(|point| view(point, access.signed_in()))))
}

fn view(point: RefusedPoint, signed_in: bool) -> RefusedView {
    let RefusedPoint { id, seq, at, line, reason } = point;
    RefusedView { id, seq, at, line, reason: Some(reason).filter(|_| signed_in) }
}
