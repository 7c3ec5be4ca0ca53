//! What is not the API: the page, receipts, CAP, health, metrics.

mod cap;
mod embedded;
mod health;
mod html;
mod lite;
mod metrics;
mod receipt;
mod receipt_page;

pub(crate) use lite::Light;

use axum::Router;
use axum::extract::Path;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::access::{Access, Everyone};
use crate::app::App;
use crate::problem::Problem;

/// Routes that programs and people outside use, with their description.
pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::default()
        .routes(routes!(health::alive))
        .routes(routes!(health::ready))
        .routes(routes!(metrics::metrics))
        .routes(routes!(receipt::show, receipt::confirm))
        .routes(routes!(cap::feed))
        .routes(routes!(cap::document))
}

/// First parts of the page's own addresses: the page itself decides what to show there.
const PLACES: [&str; 13] = [
    "tram",
    "mua",
    "gio",
    "canh-bao",
    "suc-khoe",
    "man-hinh",
    "so-do",
    "de-rieng",
    "kiem-dinh",
    "so-truc",
    "lich-su",
    "quan-tri",
    "bao-cao",
];

/// Routes of the page itself.
pub(crate) fn plain_routes() -> Router<App> {
    Router::new()
        .route("/", get(index))
        .route("/api/openapi.json", get(openapi))
        .route("/receipt.css", get(receipt::style))
        .route("/nhe", get(lite::list))
        .route("/nhe/tram/{id}", get(lite::station))
        .route("/nhe/canh-bao/{id}", get(lite::warning))
        .route("/nhe.css", get(lite::style))
        .route("/{*path}", get(asset))
}

async fn index(_: Access<Everyone>, headers: HeaderMap) -> Response {
    embedded::index(&headers)
}

async fn asset(
    _: Access<Everyone>,
    Path(path): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    if path.split('/').next().is_some_and(|first| PLACES.contains(&first)) {
        return Ok(embedded::index(&headers));
    }
    embedded::asset(&path, &headers).ok_or_else(|| Problem::no_such("page", format!("/{path}")))
}

async fn openapi(access: Access<Everyone>) -> Response {
    let kind = (header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    let cache = (header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    ([kind, cache], access.app().openapi.clone()).into_response()
}
