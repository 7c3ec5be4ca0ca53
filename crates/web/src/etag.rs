//! Entity tags: a list that did not change is answered with 304 and no body.

use axum::body::{Body, Bytes, to_bytes};
use axum::extract::Request;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use sha2::{Digest, Sha256};

use crate::problem::Problem;

/// Adds an entity tag to every whole answer of a GET, and answers 304 when the client has it.
pub(crate) async fn tag(request: Request, next: Next) -> Response {
    // The answer to a HEAD has lost its body by now, so it has nothing to tag.
    let reads = request.method() == Method::GET;
    let known = request.headers().get(header::IF_NONE_MATCH).cloned();
    let response = next.run(request).await;
    let tagged = response.headers().contains_key(header::ETAG);
    // A download goes out while it is worked out; it may be longer than memory.
    let streamed = response.headers().contains_key(header::CONTENT_DISPOSITION);
    let whole = !streamed && response.headers().get(header::CONTENT_TYPE).is_some_and(hashable);
    if !reads || tagged || !whole || response.status() != StatusCode::OK {
        return response;
    }
    let (mut head, body) = response.into_parts();
    let Ok(bytes) = to_bytes(body, usize::MAX).await else {
        return Problem::internal("a body ended early").into_response();
    };
    let tag = of(&bytes);
    let same = known.is_some_and(|known| matches(&known, &tag));
    head.headers.insert(header::ETAG, tag);
    // Kept by the browser and asked after each time. What is shown depends on who asks.
    if let header::Entry::Vacant(silent) = head.headers.entry(header::CACHE_CONTROL) {
        silent.insert(HeaderValue::from_static("private, no-cache"));
        head.headers.append(header::VARY, HeaderValue::from_static("cookie"));
    }
    if same {
        return not_modified(head.headers);
    }
    Response::from_parts(head, Body::from(bytes))
}

/// The 304 for an answer with these headers.
pub(crate) fn not_modified(mut headers: HeaderMap) -> Response {
    headers.remove(header::CONTENT_LENGTH);
    headers.remove(header::CONTENT_TYPE);
    (StatusCode::NOT_MODIFIED, headers).into_response()
}

/// The tag of a body. Weak, because the same body may go out compressed or not.
pub(crate) fn of(body: &Bytes) -> HeaderValue {
    let digest = Sha256::digest(body);
    let short: String = digest.iter().take(16).map(|byte| format!("{byte:02x}")).collect();
    HeaderValue::from_str(&format!("W/\"{short}\"")).expect("hexadecimal digits are a header value")
}

/// Whether `If-None-Match` names the tag (weak comparison, RFC 9110 §8.8.3.2).
pub(crate) fn matches(known: &HeaderValue, tag: &HeaderValue) -> bool {
    let bare = |text: &str| text.trim().trim_start_matches("W/").to_owned();
    let (Ok(known), Ok(tag)) = (known.to_str(), tag.to_str()) else { return false };
    known.trim() == "*" || known.split(',').any(|one| bare(one) == bare(tag))
}

/// JSON, Atom and CAP are short and whole; a stream of events has no end.
fn hashable(kind: &HeaderValue) -> bool {
    let kind = kind.as_bytes();
    kind.starts_with(b"application/json") || kind.ends_with(b"+xml")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_is_found_in_any_list_strong_or_weak() {
        let tag = of(&Bytes::from_static(b"x"));
        let text = tag.to_str().expect("ascii").to_owned();
        let check = |known: &str, expected: bool| {
            let known = HeaderValue::from_str(known).expect("a header");
            assert_eq!(matches(&known, &tag), expected, "{known:?}");
        };
        check(&text, true);
        check(&format!("\"a\", {text}"), true);
        check(text.trim_start_matches("W/"), true);
        check("*", true);
        check("\"a\"", false);
        check("", false);
    }
}
