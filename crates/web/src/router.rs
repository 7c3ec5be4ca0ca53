//! Every route, and the layers around them from the outside in: panics, headers, compression, tags,
//! admission.

use std::any::Any;

use axum::Router;
use axum::extract::{DefaultBodyLimit, Request};
use axum::http::{Extensions, HeaderMap, StatusCode, Version, header};
use axum::middleware::{from_fn, from_fn_with_state, map_response};
use axum::response::{IntoResponse, Response};
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use tower_http::compression::predicate::{DefaultPredicate, Predicate as _};

use crate::app::App;
use crate::problem::{Kind, Problem};
use crate::{admit, etag, headers, openapi, pages};

/// Largest body, bytes: a warning's text in two languages has a tenth of it.
const LARGEST_BODY: usize = 256 * 1_024;

/// The whole site.
pub(crate) fn router(app: App) -> Router {
    let (described, _) = openapi::routes().split_for_parts();
    described
        .merge(pages::plain_routes())
        .fallback(nothing_there)
        .method_not_allowed_fallback(not_that_way)
        .layer(DefaultBodyLimit::max(LARGEST_BODY))
        .layer(from_fn_with_state(app.clone(), admit::admit))
        .layer(from_fn(etag::tag))
        .layer(CompressionLayer::new().compress_when(DefaultPredicate::new().and(no_download)))
        .layer(map_response(headers::secure))
        .layer(CatchPanicLayer::custom(panicked))
        .with_state(app)
}

/// Compressing gigabytes would keep the pages of everybody else waiting; Parquet is small by itself.
fn no_download(_: StatusCode, _: Version, headers: &HeaderMap, _: &Extensions) -> bool {
    !headers.contains_key(header::CONTENT_DISPOSITION)
}

async fn nothing_there(request: Request) -> Problem {
    Problem::no_such("page", request.uri().path())
}

async fn not_that_way(request: Request) -> Problem {
    let (method, path) = (request.method(), request.uri().path());
    Problem::new(Kind::WrongMethod, format!("{path} cannot be asked with {method}"))
}

fn panicked(panic: Box<dyn Any + Send>) -> Response {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    let text = text.or_else(|| panic.downcast_ref::<String>().cloned());
    let problem = Problem::internal(text.unwrap_or_else(|| "a panic without words".to_owned()));
    let mut response = problem.into_response();
    // Outside of the header layer, because that one may be what panicked.
    response
        .headers_mut()
        .insert("x-content-type-options", axum::http::HeaderValue::from_static("nosniff"));
    response
}
