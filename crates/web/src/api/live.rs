//! The live stream.

use axum::http::{HeaderMap, header};
use axum::response::Response;
use serde::Deserialize;
use utoipa::IntoParams;

use crate::access::{Access, Reading};
use crate::input::Ask;
use crate::limit::network;
use crate::live::{self, stream};
use crate::measures;
use crate::problem::{Kind, Problem, ProblemBody};

/// Where to go on.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct LiveQuery {
    /// Like the header `Last-Event-ID`, for clients that cannot set it.
    after: Option<u64>,
}

/// Server-sent events as things are committed: `readings`, `alarms`, `warnings`, `health`, `set_aside`, `forecasts` (arrivals that changed
/// some: ask again),
/// `duty` (for signed-in people), `status`, `ping` every 15 s, and `reset` when everything must be read anew. Ids are places in the
/// journal; `Last-Event-ID` resumes. Who is not signed in hears of warnings as `/api/v1/warnings` shows them;
/// the stream of somebody who signs out ends.
#[utoipa::path(get, path = "/api/v1/live", tag = "readings",
    params(LiveQuery, ("Last-Event-ID" = Option<String>, Header)),
    responses(
        (status = 200, body = String, content_type = "text/event-stream"),
        (status = 503, description = "too many listen", body = ProblemBody, content_type = "application/problem+json"),
    ))]
pub(crate) async fn live(
    access: Access<Reading>,
    Ask(query): Ask<LiveQuery>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let (app, caller) = (access.app(), access.caller());
    let room = if access.signed_in() { &app.live_staff } else { &app.live_crowd };
    let place = room.enter(network(caller.address)).ok_or_else(|| {
        metrics::counter!(measures::REFUSED, "reason" => "crowd").increment(1);
        Problem::new(Kind::Crowded, "too many listen already: ask again now and then")
            .retry_after(30)
    })?;
    let header = headers.get("last-event-id").and_then(|value| value.to_str().ok());
    // An id that is no number is not from here: u64::MAX cannot be resumed, so it gets a reset.
    let resume = header.map(|text| text.trim().parse().unwrap_or(u64::MAX)).or(query.after);
    let accepts = headers.get(header::ACCEPT_ENCODING).and_then(|value| value.to_str().ok());
    let packed = accepts.is_some_and(|list| list.contains("gzip"));
    let session = caller.session.clone();
    Ok(stream(access.shared(), live::Ask { session, resume, packed }, place))
}
