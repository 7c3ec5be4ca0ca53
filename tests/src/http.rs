//! A webhook collector, and a reader of our API.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::routing::post;
use serde_json::Value;

/// What was delivered: by notice id, how often and the last body.
pub type Delivered = Arc<Mutex<BTreeMap<String, (u32, Value)>>>;

/// A server that takes every webhook and counts it by its id.
pub struct Collector {
    /// Where it listens.
    pub address: SocketAddr,
    /// What came.
    pub delivered: Delivered,
}

impl Collector {
    /// Starts on a free port; lives as long as the runtime.
    ///
    /// # Panics
    /// When loopback has no free port.
    pub async fn start() -> Self {
        let delivered = Delivered::default();
        let router = Router::new().route("/{realm}", post(take)).with_state(Arc::clone(&delivered));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("it is bound");
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { address, delivered }
    }

    /// The distinct notices delivered so far.
    ///
    /// # Panics
    /// Never: nobody panics while holding the lock.
    #[must_use]
    pub fn ids(&self) -> Vec<String> {
        self.delivered.lock().expect("not poisoned").keys().cloned().collect()
    }
}

async fn take(State(delivered): State<Delivered>, headers: HeaderMap, body: Bytes) {
    let id = headers.get("quantrac-id").and_then(|id| id.to_str().ok()).unwrap_or("").to_owned();
    let body = serde_json::from_slice(&body).unwrap_or(Value::Null);
    let mut all = delivered.lock().expect("not poisoned");
    let entry = all.entry(id).or_insert((0, Value::Null));
    *entry = (entry.0 + 1, body);
}

/// All items of a list of our API, page by page.
///
/// # Errors
/// The server cannot be reached, or answers with an error.
pub async fn items(base: &str, path: &str) -> anyhow::Result<Vec<Value>> {
    let client = reqwest::Client::new();
    let mut all = Vec::new();
    let mut cursor: Option<String> = None;
    loop {
        let mut request = client.get(format!("{base}{path}"));
        if let Some(cursor) = &cursor {
            request = request.query(&[("cursor", cursor)]);
        }
        let page: Value = request.send().await?.error_for_status()?.json().await?;
        all.extend(page["items"].as_array().cloned().unwrap_or_default());
        match page["next"].as_str() {
            Some(next) => cursor = Some(next.to_owned()),
            None => return Ok(all),
        }
    }
}

/// Waits until the API says so at that path.
///
/// # Panics
/// When it never does within 20 s, or cannot be asked.
pub async fn until(base: &str, path: &str, said: impl Fn(&Value) -> bool) {
    let url = format!("{base}{path}");
    // One for all: a client that knows TLS takes longer to make than an answer.
    let client = reqwest::Client::new();
    let mut told = Value::Null;
    for _ in 0..320 {
        let answer = client.get(&url).send().await.expect("the server can be asked");
        let good = answer.status().is_success();
        told = answer.json().await.expect("an answer in JSON");
        if good && said(&told) {
            return;
        }
        // Below the 20 a second that everybody may ask.
        tokio::time::sleep(std::time::Duration::from_millis(60)).await;
    }
    panic!("{path} never said so: {told}");
}

/// Whether the status tells a problem of that layer.
#[must_use]
pub fn problem(status: &Value, layer: &str) -> bool {
    status["problems"].as_array().is_some_and(|all| all.iter().any(|one| one["layer"] == layer))
}
