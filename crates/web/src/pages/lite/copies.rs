//! Pages as they were rendered a moment ago: a crowd is answered from one copy, not by rendering for each.

use std::collections::HashMap;
use std::io::Write as _;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use axum::body::Bytes;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use flate2::Compression;
use flate2::write::GzEncoder;

use super::words::Language;
use crate::etag;
use crate::problem::Problem;

/// So long a copy is shown to others.
const FRESH: Duration = Duration::from_secs(3);
/// With more copies than this, those that are not fresh are dropped.
const MOST: usize = 256;

/// Which page.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Key {
    /// Its path with what counts of the query.
    pub(super) page: String,
    pub(super) language: Language,
    /// Signed-in people see how many drafts wait.
    pub(super) signed_in: bool,
}

/// A page as rendered.
#[derive(Debug, Clone)]
pub(super) struct Copy {
    at: Instant,
    status: StatusCode,
    html: Bytes,
    gzip: Bytes,
    tag: HeaderValue,
}

type Place = Arc<tokio::sync::Mutex<Option<Copy>>>;

/// The copies.
#[derive(Debug, Default)]
pub(crate) struct Copies(Mutex<HashMap<Key, Place>>);

impl Copies {
    /// The page, rendered now if its copy is not fresh. Who asks meanwhile waits for that one copy.
    ///
    /// # Errors
    /// It could not be rendered.
    pub(super) async fn get(
        &self,
        key: Key,
        render: impl Future<Output = Result<(StatusCode, String), Problem>>,
    ) -> Result<Copy, Problem> {
        let place = self.place(key);
        let mut held = place.lock().await;
        if let Some(copy) = held.as_ref().filter(|copy| copy.at.elapsed() < FRESH) {
            return Ok(copy.clone());
        }
        let (status, html) = render.await?;
        let copy = Copy::new(status, html);
        *held = Some(copy.clone());
        Ok(copy)
    }

    fn place(&self, key: Key) -> Place {
        let mut places = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if places.len() >= MOST {
            // One that is locked is being rendered.
            let fresh = |place: &Place| {
                place.try_lock().map_or(true, |held| {
                    held.as_ref().is_some_and(|copy| copy.at.elapsed() < FRESH)
                })
            };
            places.retain(|_, place| fresh(place));
        }
        Arc::clone(places.entry(key).or_default())
    }
}

impl Copy {
    fn new(status: StatusCode, html: String) -> Self {
        let html = Bytes::from(html);
        let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
        let written = encoder.write_all(&html).and_then(|()| encoder.finish());
        let gzip = Bytes::from(written.expect("a Vec takes every byte"));
        Self { at: Instant::now(), status, tag: etag::of(&html), html, gzip }
    }

    /// The answer to a request with these headers.
    pub(super) fn answer(self, asked: &HeaderMap) -> Response {
        let mut headers = HeaderMap::new();
        let set = |headers: &mut HeaderMap, name, value| {
            headers.insert(name, HeaderValue::from_static(value));
        };
        set(&mut headers, header::CONTENT_TYPE, "text/html; charset=utf-8");
        set(&mut headers, header::CACHE_CONTROL, "private, no-cache");
        set(&mut headers, header::VARY, "cookie, accept-encoding");
        headers.insert(header::ETAG, self.tag.clone());
        let known = asked.get(header::IF_NONE_MATCH);
        if known.is_some_and(|known| etag::matches(known, &self.tag)) {
            return etag::not_modified(headers);
        }
        let accepts = asked.get(header::ACCEPT_ENCODING).and_then(|value| value.to_str().ok());
        if accepts.is_some_and(|list| list.contains("gzip")) {
            set(&mut headers, header::CONTENT_ENCODING, "gzip");
            return (self.status, headers, self.gzip).into_response();
        }
        (self.status, headers, self.html).into_response()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    #[tokio::test]
    async fn a_crowd_is_answered_from_one_copy() {
        let (copies, rendered) = (Arc::new(Copies::default()), Arc::new(AtomicUsize::new(0)));
        let ask = |page: &str| {
            let (copies, rendered) = (Arc::clone(&copies), Arc::clone(&rendered));
            let (page, language) = (page.to_owned(), Language::Vietnamese);
            let key = Key { page, language, signed_in: false };
            tokio::spawn(async move {
                let render = async {
                    tokio::time::sleep(Duration::from_millis(20)).await;
                    let n = rendered.fetch_add(1, Ordering::Relaxed);
                    Ok((StatusCode::OK, format!("{n}")))
                };
                copies.get(key, render).await.expect("a page").html
            })
        };
        let crowd: Vec<_> = (0..500).map(|_| ask("/nhe")).collect();
        for one in crowd {
            assert_eq!(one.await.expect("answered"), "0");
        }
        assert_eq!(ask("/nhe/tram/a").await.expect("answered"), "1", "another page");
    }

    #[tokio::test]
    async fn made_up_pages_do_not_fill_the_memory() {
        let copies = Copies::default();
        for n in 0..MOST * 2 {
            let key =
                Key { page: format!("/nhe?tu={n}"), language: Language::English, signed_in: false };
            let stale =
                Copy { at: Instant::now() - FRESH, ..Copy::new(StatusCode::OK, "".to_owned()) };
            *copies.place(key).lock().await = Some(stale);
        }
        assert!(copies.0.lock().expect("no panic").len() <= MOST);
    }
}
