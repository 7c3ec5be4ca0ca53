//! The newest reading of each series.

use axum::Json;

use super::series::SeriesQuery;
use crate::access::{Access, Reading};
use crate::input::Ask;
use crate::live::LatestItem;
use crate::paging::Page;
use crate::problem::Problem;

/// The newest reading of each series, whatever its flag: what is bad is said to be bad.
#[utoipa::path(get, path = "/api/v1/latest", tag = "readings", params(SeriesQuery),
    responses((status = 200, body = Page<LatestItem>)))]
pub(crate) async fn list(
    access: Access<Reading>,
    Ask(query): Ask<SeriesQuery>,
) -> Result<Json<Page<LatestItem>>, Problem> {
    let (from, limit) = query.window()?;
    let app = access.app();
    let pack = (app.parts.pack)();
    let rows = app.live.latest.rows(from, limit + 1, |key| query.takes(key));
    let page = Page::cut(rows, limit, |(id, _)| (id.0 + 1).to_string());
    let items = page.items.iter().filter_map(|(id, _)| app.live.latest.item(*id, &pack)).collect();
    Ok(Json(Page { items, next: page.next }))
}
