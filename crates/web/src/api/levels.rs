//! Alarm levels with their legal source and validity.

use axum::Json;
use pack::StageLevel;

use super::stations::AtQuery;
use crate::access::{Access, Reading};
use crate::input::Ask;
use crate::openapi::words;
use crate::paging::{Page, cursor, limit};
use crate::problem::Problem;

/// Every alarm level, past ones too.
#[utoipa::path(get, path = "/api/v1/levels", tag = "stations", params(AtQuery),
    responses((status = 200, body = Page<words::StageLevel>), (status = 404)))]
pub(crate) async fn list(
    access: Access<Reading>,
    Ask(query): Ask<AtQuery>,
) -> Result<Json<Page<StageLevel>>, Problem> {
    let limit = limit(query.limit, 500, 1_000)?;
    let skip: usize = cursor(query.cursor.as_deref())?.unwrap_or(0);
    let pack = access.pack(query.at).await?;
    let rest: Vec<_> = pack.levels.iter().skip(skip).take(limit + 1).cloned().collect();
    let next = (rest.len() > limit).then(|| (skip + limit).to_string());
    let items = rest.into_iter().take(limit).collect();
    Ok(Json(Page { items, next }))
}
