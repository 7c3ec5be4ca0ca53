//! What was received and stored but could not be used.

use axum::Json;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use domain::{SetAsideReason, StationId, Time};
use serde::{Deserialize, Serialize};
use store::{Reader, SetAsideRecord};
use utoipa::{IntoParams, ToSchema};

use crate::access::{Access, Reading};
use crate::input::Ask;
use crate::paging::{Page, cursor, limit};
use crate::problem::Problem;

/// Raw bytes shown of one message.
const SHOWN: usize = 16_384;

/// A message, or a part of one, that could not be used.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SetAsideView {
    id: u64,
    /// Its arrival.
    seq: u64,
    #[schema(value_type = String, format = DateTime)]
    received_at: Time,
    #[schema(value_type = String)]
    station: StationId,
    topic: String,
    #[schema(value_type = String)]
    reason: SetAsideReason,
    /// The input and what to do.
    detail: String,
    /// JSON Pointer into the payload; empty = the whole message.
    pointer: String,
    /// Processed again since.
    settled: bool,
    /// The payload when it is text; only for signed-in people, at most 16 KiB.
    #[serde(skip_serializing_if = "Option::is_none")]
    raw_text: Option<String>,
    /// The payload when it is not text; only for signed-in people, at most 16 KiB.
    #[serde(skip_serializing_if = "Option::is_none")]
    raw_base64: Option<String>,
}

/// Which ones.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct SetAsideQuery {
    /// Only those after this id.
    after: Option<u64>,
    /// Also those that were processed again since.
    #[serde(default)]
    all: bool,
    /// The newest first; `after` does not count then.
    #[serde(default)]
    newest: bool,
    /// Items on a page, 1 to 500. Default 100.
    limit: Option<usize>,
    /// Where to go on, from `next` of the page before.
    cursor: Option<String>,
}

/// What was put aside, in order of arrival, or the newest first.
#[utoipa::path(get, path = "/api/v1/set-aside", tag = "intake", params(SetAsideQuery),
    responses((status = 200, body = Page<SetAsideView>)))]
pub(crate) async fn list(
    access: Access<Reading>,
    Ask(query): Ask<SetAsideQuery>,
) -> Result<Json<Page<SetAsideView>>, Problem> {
    let limit = limit(query.limit, 100, 500)?;
    let place: Option<u64> = cursor(query.cursor.as_deref())?;
    let read = move |reader: &Reader| match query.newest {
        true => reader.newest_set_aside(place.unwrap_or(u64::MAX), limit + 1, query.all),
        false => reader.set_aside(place.or(query.after).unwrap_or(0), limit + 1, query.all),
    };
    let found = access.read(read).await?;
    let page = Page::cut(found, limit, |record| record.id.to_string());
    Ok(Json(page.map(|record| view(record, access.signed_in()))))
}

fn view(record: SetAsideRecord, signed_in: bool) -> SetAsideView {
    let raw = &record.raw[..record.raw.len().min(SHOWN)];
    let (raw_text, raw_base64) = match shown_text(raw) {
        _ if !signed_in => (None, None),
        Some(text) => (Some(text), None),
        None => (None, Some(STANDARD.encode(raw))),
    };
    SetAsideView {
        id: record.id,
        seq: record.seq,
        received_at: record.received_at,
        station: record.item.station,
        topic: record.topic,
        reason: record.item.reason,
        detail: record.item.detail,
        pointer: record.item.pointer,
        settled: record.settled,
        raw_text,
        raw_base64,
    }
}

/// The bytes as text. A character that was cut by the limit is left out.
fn shown_text(raw: &[u8]) -> Option<String> {
    match std::str::from_utf8(raw) {
        Ok(text) => Some(text.to_owned()),
        Err(error) if error.error_len().is_none() && raw.len() == SHOWN => {
            std::str::from_utf8(&raw[..error.valid_up_to()]).ok().map(str::to_owned)
        }
        Err(_) => None,
    }
}
