//! What is measured and derived.

use axum::Json;
use domain::{Parameter, ParameterId};

use super::stations::ListQuery;
use crate::access::{Access, Reading};
use crate::input::Ask;
use crate::openapi::words;
use crate::paging::{Page, cursor, limit};
use crate::problem::Problem;

/// All parameters, with their canonical units.
#[utoipa::path(get, path = "/api/v1/parameters", tag = "stations", params(ListQuery),
    responses((status = 200, body = Page<words::Parameter>)))]
pub(crate) async fn list(
    access: Access<Reading>,
    Ask(query): Ask<ListQuery>,
) -> Result<Json<Page<Parameter>>, Problem> {
    let limit = limit(query.limit, 500, 1_000)?;
    let after: Option<ParameterId> = cursor(query.cursor.as_deref())?;
    let pack = (access.app().parts.pack)();
    let rest = pack.parameters.values().filter(|one| after.as_ref().is_none_or(|id| one.id > *id));
    let items = rest.take(limit + 1).cloned().collect();
    Ok(Json(Page::cut(items, limit, |parameter| parameter.id.to_string())))
}
