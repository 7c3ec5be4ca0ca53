//! Alarm states and their changes.

use axum::Json;
use domain::{AlarmRecord, Transition};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::stations::ListQuery;
use crate::access::{Access, Reading};
use crate::input::Ask;
use crate::openapi::words;
use crate::paging::{Page, cursor, limit};
use crate::problem::Problem;

/// A change of an alarm state: the crossing.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct TransitionView {
    /// The arrival that brought it.
    seq: u64,
    #[serde(flatten)]
    #[schema(value_type = words::Transition)]
    transition: Transition,
}

/// Which changes.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct AfterQuery {
    /// Only what came with an arrival after this one.
    after: Option<u64>,
    /// About so many items on a page, 1 to 1000. Default 200.
    limit: Option<usize>,
    /// Where to go on, from `next` of the page before.
    cursor: Option<String>,
}

/// Alarm states as they are now, by rule and target.
#[utoipa::path(get, path = "/api/v1/alarms", tag = "warnings", params(ListQuery),
    responses((status = 200, body = Page<words::AlarmRecord>)))]
pub(crate) async fn list(
    access: Access<Reading>,
    Ask(query): Ask<ListQuery>,
) -> Result<Json<Page<AlarmRecord>>, Problem> {
    let limit = limit(query.limit, 500, 1_000)?;
    let after = query.cursor;
    let name = |alarm: &AlarmRecord| format!("{}~{}", alarm.rule, alarm.target);
    let mut alarms = access.read(|reader| reader.alarms()).await?;
    alarms.sort_by_key(name);
    alarms.retain(|alarm| after.as_ref().is_none_or(|after| name(alarm) > *after));
    Ok(Json(Page::cut(alarms, limit, name)))
}

/// Changes of alarm states in the order of their arrivals. Changes of one arrival stay together.
#[utoipa::path(get, path = "/api/v1/transitions", tag = "warnings", params(AfterQuery),
    responses((status = 200, body = Page<TransitionView>)))]
pub(crate) async fn transitions(
    access: Access<Reading>,
    Ask(query): Ask<AfterQuery>,
) -> Result<Json<Page<TransitionView>>, Problem> {
    let limit = limit(query.limit, 200, 1_000)?;
    let after = cursor(query.cursor.as_deref())?.or(query.after).unwrap_or(0);
    let found = access.read(move |reader| reader.transitions(after, limit)).await?;
    let full = found.len() >= limit;
    let next = found.last().filter(|_| full).map(|(seq, _)| seq.to_string());
    let view = |(seq, transition)| TransitionView { seq, transition };
    Ok(Json(Page { items: found.into_iter().map(view).collect(), next }))
}
