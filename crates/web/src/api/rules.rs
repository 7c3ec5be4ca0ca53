//! The rules in force, and who is told.

use std::sync::Arc;

use axum::Json;
use domain::{Channel, Level, RecipientId};
use pack::{Pack, RecipientEntry, RecipientRole};
use serde::Serialize;
use utoipa::ToSchema;

use super::stations::{AtQuery, ListQuery};
use crate::access::{Access, Admin, Reading};
use crate::input::Ask;
use crate::openapi::words;
use crate::paging::{Page, cursor, limit};
use crate::problem::Problem;

/// Somebody who is told.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RecipientView {
    /// `actual` = of what really happens; `exercise` = in exercises and tests.
    list: &'static str,
    #[schema(value_type = String)]
    id: RecipientId,
    name: String,
    /// `duty_officer`, `committee`, `technical` or `public`.
    #[schema(value_type = String)]
    role: RecipientRole,
    language: String,
    /// `{kind: email, address}`, `{kind: webhook, url, secret}`, `{kind: mqtt, topic}` or `{kind: cap}`; the secret is the
    /// name of a file on the server.
    #[schema(value_type = Vec<Object>)]
    channels: Vec<Channel>,
    /// Empty = all.
    hazards: Vec<String>,
    /// 0 = from every level.
    #[schema(value_type = u8)]
    min_level: Level,
    #[schema(value_type = Option<String>)]
    escalate_to: Option<RecipientId>,
    /// Telephone for the call list.
    phone: Option<String>,
    /// What to know before calling.
    phone_note: Option<String>,
    /// From this level on they are called whatever else reaches them.
    #[schema(value_type = Option<u8>)]
    call_from_level: Option<Level>,
}

/// Rules in the order of the configuration, with thresholds, durations and sources.
#[utoipa::path(get, path = "/api/v1/rules", tag = "stations", params(AtQuery),
    responses((status = 200, body = Page<words::Rule>), (status = 404)))]
pub(crate) async fn rules(
    access: Access<Reading>,
    Ask(query): Ask<AtQuery>,
) -> Result<Json<Page<pack::Rule>>, Problem> {
    let limit = limit(query.limit, 500, 1_000)?;
    let after: Option<usize> = cursor(query.cursor.as_deref())?;
    let pack = access.pack(query.at).await?;
    let rest = pack.rules.iter().enumerate().skip(after.map_or(0, |after| after.saturating_add(1)));
    let page = Page::cut(rest.take(limit + 1).collect(), limit, |(n, _)| n.to_string());
    Ok(Json(page.map(|(_, rule)| rule.clone())))
}

/// Everybody who is told, and how.
#[utoipa::path(get, path = "/api/v1/recipients", tag = "administration", params(ListQuery),
    responses((status = 200, body = Page<RecipientView>)))]
pub(crate) async fn recipients(
    access: Access<Admin>,
    Ask(query): Ask<ListQuery>,
) -> Result<Json<Page<RecipientView>>, Problem> {
    let limit = limit(query.limit, 500, 1_000)?;
    let after: Option<usize> = cursor(query.cursor.as_deref())?;
    let pack: Arc<Pack> = access.pack(None).await?;
    let actual = pack.directory.actual().into_iter().map(|entry| view("actual", entry));
    let exercise = pack.directory.exercise().into_iter().map(|entry| view("exercise", entry));
    let all =
        actual.chain(exercise).enumerate().skip(after.map_or(0, |after| after.saturating_add(1)));
    let page = Page::cut(all.take(limit + 1).collect(), limit, |(n, _)| n.to_string());
    Ok(Json(page.map(|(_, view)| view)))
}

fn view(list: &'static str, entry: &RecipientEntry) -> RecipientView {
    let entry = entry.clone();
    RecipientView {
        list,
        id: entry.id,
        name: entry.name,
        role: entry.role,
        language: entry.language,
        channels: entry.channels,
        hazards: entry.hazards,
        min_level: entry.min_level,
        escalate_to: entry.escalate_to,
        phone: entry.phone,
        phone_note: entry.phone_note,
        call_from_level: entry.call_from_level,
    }
}
