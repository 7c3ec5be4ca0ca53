//! The page as it was built into the program.

use std::borrow::Cow;
use std::collections::HashMap;
use std::io::Write as _;
use std::sync::{Mutex, OnceLock, PoisonError};

use axum::body::Bytes;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{Html, IntoResponse, Response};
use flate2::Compression;
use flate2::write::GzEncoder;
use rust_embed::{EmbeddedFile, RustEmbed};

use crate::etag;

#[derive(RustEmbed)]
#[folder = "../../dashboards/web/dist"]
#[allow_missing = true]
struct Files;

/// Shown when the program was built without the page.
const NOT_BUILT: &str = "<!doctype html><html lang=\"vi\"><meta charset=\"utf-8\">\
<title>quantrac</title><h1>Chưa có trang web</h1>\
<p>Chương trình này được biên dịch khi chưa dựng trang. Hãy chạy <code>make page</code> rồi biên dịch lại.</p>\
<p lang=\"en\">This program was built without its page: run <code>make page</code>, then build again. \
The API works: <a href=\"/api/openapi.json\">/api/openapi.json</a></p></html>";

/// The page; asked for anew each time, because it names the assets of this version.
pub(super) fn index(headers: &HeaderMap) -> Response {
    match Files::get("index.html") {
        Some(file) => answer("index.html", file, headers),
        None => ([no_cache()], Html(NOT_BUILT)).into_response(),
    }
}

/// A file of the page.
pub(super) fn asset(path: &str, headers: &HeaderMap) -> Option<Response> {
    Files::get(path).map(|file| answer(path, file, headers))
}

fn answer(path: &str, file: EmbeddedFile, headers: &HeaderMap) -> Response {
    let hash: String = file.metadata.sha256_hash().iter().map(|b| format!("{b:02x}")).collect();
    let tag = HeaderValue::from_str(&format!("W/\"{}\"", &hash[..32]))
        .expect("hexadecimal digits are a header value");
    let mut out = HeaderMap::new();
    out.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind(path)));
    out.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    out.insert(header::ETAG, tag.clone());
    let cache = if hashed(path) { immutable() } else { no_cache() };
    out.insert(cache.0, cache.1);
    if headers.get(header::IF_NONE_MATCH).is_some_and(|known| etag::matches(known, &tag)) {
        return etag::not_modified(out);
    }
    let accepts = headers.get(header::ACCEPT_ENCODING).and_then(|value| value.to_str().ok());
    let data = file.data;
    if compressible(path) && accepts.is_some_and(|list| list.contains("gzip")) {
        out.insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
        return (out, compressed(path, &hash, &data)).into_response();
    }
    (out, bytes(data)).into_response()
}

fn bytes(data: Cow<'static, [u8]>) -> Bytes {
    match data {
        Cow::Borrowed(data) => Bytes::from_static(data),
        Cow::Owned(data) => Bytes::from(data),
    }
}

/// The file compressed, once for all who ask: a crowd must not cost a crowd of compressions.
fn compressed(path: &str, hash: &str, data: &[u8]) -> Bytes {
    static DONE: OnceLock<Mutex<HashMap<String, (String, Bytes)>>> = OnceLock::new();
    let mut done = DONE.get_or_init(Mutex::default).lock().unwrap_or_else(PoisonError::into_inner);
    if let Some((_, bytes)) = done.get(path).filter(|(of, _)| of == hash) {
        return bytes.clone();
    }
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    let written = encoder.write_all(data).and_then(|()| encoder.finish());
    let bytes = Bytes::from(written.expect("a Vec takes every byte"));
    done.insert(path.to_owned(), (hash.to_owned(), bytes.clone()));
    bytes
}

/// Whether the name has a hash in it, so that its content never changes.
fn hashed(path: &str) -> bool {
    path.starts_with("assets/")
}

fn compressible(path: &str) -> bool {
    !matches!(extension(path), "woff2" | "png" | "jpg")
}

fn extension(path: &str) -> &str {
    path.rsplit_once('.').map_or("", |(_, extension)| extension)
}

fn kind(path: &str) -> &'static str {
    match extension(path) {
        "html" => "text/html; charset=utf-8",
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "ico" => "image/x-icon",
        "jpg" => "image/jpeg",
        "woff2" => "font/woff2",
        "json" => "application/json",
        "webmanifest" => "application/manifest+json",
        "txt" => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}

fn no_cache() -> (header::HeaderName, HeaderValue) {
    (header::CACHE_CONTROL, HeaderValue::from_static("no-cache"))
}

fn immutable() -> (header::HeaderName, HeaderValue) {
    (header::CACHE_CONTROL, HeaderValue::from_static("public, max-age=31536000, immutable"))
}
