//! Receivers of webhooks: good, bad, and dead.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use hmac::{Hmac, Mac};
use sha2::Sha256;
use tokio::io::AsyncReadExt;
use tokio::net::TcpListener;

/// A status, and a header where it has one.
type Answer = (u16, Option<String>);

/// A call that arrived.
#[derive(Clone)]
pub(crate) struct Call {
    pub(crate) path: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

#[derive(Default)]
pub(crate) struct Receiver {
    calls: Mutex<Vec<Call>>,
    /// Answers for a path, in turn; afterwards, and for other paths, 204.
    answers: Mutex<HashMap<String, Vec<Answer>>>,
}

impl Receiver {
    /// Starts on a free port; gives the address in front of the path.
    pub(crate) async fn start() -> (Arc<Self>, String) {
        let receiver = Arc::new(Self::default());
        let app = Router::new()
            .route("/{path}", axum::routing::any(take))
            .with_state(Arc::clone(&receiver));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, app).await });
        (receiver, address)
    }

    /// What that path answers first; `header` is a `Retry-After` or a `Location`.
    pub(crate) fn answer(&self, path: &str, answers: &[(u16, Option<&str>)]) {
        let owned = |(status, header): &(u16, Option<&str>)| (*status, header.map(str::to_owned));
        let answers = answers.iter().rev().map(owned).collect();
        self.answers.lock().unwrap().insert(path.to_owned(), answers);
    }

    pub(crate) fn calls(&self, path: &str) -> Vec<Call> {
        self.calls.lock().unwrap().iter().filter(|call| call.path == path).cloned().collect()
    }
}

async fn take(
    State(receiver): State<Arc<Receiver>>,
    Path(path): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    receiver.calls.lock().unwrap().push(Call { path: path.clone(), headers, body });
    let answer = receiver.answers.lock().unwrap().get_mut(&path).and_then(Vec::pop);
    let (status, header) = answer.unwrap_or((204, None));
    if status == 0 {
        std::future::pending::<()>().await;
    }
    let status = StatusCode::from_u16(status).unwrap();
    let name = if status.is_redirection() { "location" } else { "retry-after" };
    header.map_or_else(|| status.into_response(), |value| (status, [(name, value)]).into_response())
}

impl Call {
    pub(crate) fn header(&self, name: &str) -> String {
        self.headers.get(name).expect("the header").to_str().unwrap().to_owned()
    }

    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).expect("JSON")
    }

    /// As a receiver would check it.
    pub(crate) fn is_signed_with(&self, secret: &str) -> bool {
        let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
        mac.update(format!("{}.", self.header("quantrac-timestamp")).as_bytes());
        mac.update(&self.body);
        let hex: String =
            mac.finalize().into_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
        self.header("quantrac-signature") == format!("v1={hex}")
    }
}

/// A server that reads the beginning of each call and cuts the connection, so many times; then it listens
/// no more.
pub(crate) async fn cutter() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}/cut", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((mut connection, _)) = listener.accept().await {
            let _ = connection.read(&mut [0; 20]).await;
        }
    });
    address
}
