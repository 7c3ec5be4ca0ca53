//! A door before an HTTP server that misbehaves as told: it passes on, answers by itself, lies, or hangs up.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, Request, State};
use axum::http::header::{CONNECTION, CONTENT_LENGTH, HOST, RETRY_AFTER, TRANSFER_ENCODING};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};

/// How the door behaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Manner {
    /// Passes everything on.
    Open,
    /// Answers that by itself.
    Says(u16, &'static str),
    /// 429, and when to come back, seconds.
    Later(u64),
    /// Takes everything, passes nothing on, and says that all went well.
    Lies,
    /// Passes on, then hangs up without the answer: nobody knows whether it was done.
    Cuts,
}

/// A door that listens.
#[derive(Clone)]
pub struct Door {
    /// Where it listens.
    pub address: SocketAddr,
    inner: Arc<Inner>,
}

struct Inner {
    to: String,
    client: reqwest::Client,
    manner: Mutex<Manner>,
    asked: Mutex<Vec<Instant>>,
}

impl Door {
    /// Before the server at `to` (`http://…`); lives as long as the runtime.
    ///
    /// # Panics
    /// When loopback has no free port.
    pub async fn before(to: String) -> Self {
        let client = reqwest::Client::new();
        let (manner, asked) = (Mutex::new(Manner::Open), Mutex::default());
        let inner = Arc::new(Inner { to, client, manner, asked });
        let router = Router::new().fallback(answer).layer(DefaultBodyLimit::disable());
        let router = router.with_state(Arc::clone(&inner));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("it is bound");
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { address, inner }
    }

    /// `http://127.0.0.1:…`.
    #[must_use]
    pub fn base(&self) -> String {
        format!("http://{}", self.address)
    }

    /// From now on like that; forgets who asked before.
    pub fn be(&self, manner: Manner) {
        *self.inner.manner.lock().unwrap_or_else(PoisonError::into_inner) = manner;
        self.inner.asked.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    /// How long it was quiet between one request and the next, since it behaves like that.
    #[must_use]
    pub fn pauses(&self) -> Vec<Duration> {
        let asked = self.inner.asked.lock().unwrap_or_else(PoisonError::into_inner);
        asked.windows(2).map(|two| two[1] - two[0]).collect()
    }
}

async fn answer(State(door): State<Arc<Inner>>, request: Request) -> Response {
    let manner = *door.manner.lock().unwrap_or_else(PoisonError::into_inner);
    door.asked.lock().unwrap_or_else(PoisonError::into_inner).push(Instant::now());
    match manner {
        Manner::Says(status, text) => (code(status), text).into_response(),
        Manner::Later(seconds) => {
            let headers = [(RETRY_AFTER, seconds.to_string())];
            (StatusCode::TOO_MANY_REQUESTS, headers, "slow down").into_response()
        }
        Manner::Lies if request.uri().path().ends_with("/write") => {
            StatusCode::NO_CONTENT.into_response()
        }
        Manner::Open | Manner::Lies => match pass(&door, request).await {
            Ok((status, headers, body)) => (status, headers, body).into_response(),
            Err(_) => hang_up(),
        },
        Manner::Cuts => {
            let _passed = pass(&door, request).await;
            hang_up()
        }
    }
}

/// Ends the connection without an answer, as a server does that is gone.
fn hang_up() -> Response {
    std::panic::resume_unwind(Box::new("hung up"))
}

async fn pass(door: &Inner, request: Request) -> anyhow::Result<(StatusCode, HeaderMap, Bytes)> {
    let (head, body) = request.into_parts();
    let path = head.uri.path_and_query().map_or("/", |path| path.as_str());
    let body = axum::body::to_bytes(body, usize::MAX).await?;
    let mut headers = head.headers;
    for name in [HOST, CONNECTION, CONTENT_LENGTH, TRANSFER_ENCODING] {
        headers.remove(name);
    }
    let url = format!("{}{path}", door.to);
    let asked = door.client.request(head.method, url).headers(headers).body(body);
    let answer = asked.send().await?;
    let (status, mut headers) = (answer.status(), answer.headers().clone());
    for name in [CONNECTION, CONTENT_LENGTH, TRANSFER_ENCODING] {
        headers.remove(name);
    }
    Ok((status, headers, answer.bytes().await?))
}

fn code(status: u16) -> StatusCode {
    StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
}
