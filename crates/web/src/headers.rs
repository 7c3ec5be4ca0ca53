//! Headers of every answer.

use axum::http::{HeaderName, HeaderValue, header};
use axum::response::Response;

/// No inline script, no foreign anything; inline style attributes only, which the charts need.
const POLICY: &str = "default-src 'self'; img-src 'self' data:; style-src-elem 'self'; \
                      style-src-attr 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'; \
                      form-action 'self'";

/// The referrer is withheld because a receipt's token is in its URL.
const ALWAYS: [(HeaderName, &str); 4] = [
    (header::CONTENT_SECURITY_POLICY, POLICY),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::REFERRER_POLICY, "no-referrer"),
    (header::X_FRAME_OPTIONS, "DENY"),
];

/// Adds what every answer carries; an answer that says nothing about caching is not cached.
pub(crate) async fn secure(mut response: Response) -> Response {
    let headers = response.headers_mut();
    for (name, value) in ALWAYS {
        headers.insert(name, HeaderValue::from_static(value));
    }
    headers.entry(header::CACHE_CONTROL).or_insert_with(|| HeaderValue::from_static("no-store"));
    response
}
