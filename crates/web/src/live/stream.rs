//! One client of the live stream.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use futures::StreamExt as _;
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::watch;
use tokio::time::{Instant, Interval, interval_at};

use super::frame::{GZIP_HEAD, Sent, Told};
use super::task::{ping_frame, reset_frame};
use crate::app::App;
use crate::limit::Place;
use crate::measures;
use crate::reads::Lane;

/// A session is looked at again this often, for it may have been ended elsewhere.
const LOOK_AGAIN: Duration = Duration::from_secs(15);

/// A client that listens.
struct Client {
    app: App,
    first: VecDeque<Sent>,
    /// It takes gzip.
    packed: bool,
    receiver: Option<Receiver<Told>>,
    /// Hash of the session's token, of somebody who is signed in.
    session: Option<String>,
    /// Tells that somebody signed out.
    signed_out: watch::Receiver<()>,
    look_again: Interval,
    _place: Place,
}

/// Who asks for the stream, and how it wants it.
pub(crate) struct Ask {
    /// Hash of the session's token, of somebody who is signed in.
    pub(crate) session: Option<String>,
    /// The newest arrival it was told of.
    pub(crate) resume: Option<u64>,
    /// It takes gzip.
    pub(crate) packed: bool,
}

/// The answer to a client: what it missed after `resume`, then everything as it comes.
pub(crate) fn stream(shared: &App, ask: Ask, place: Place) -> Response {
    let Ask { session, resume, packed } = ask;
    let app = &shared.0;
    let (entry, signed_in) = (app.live.enter(resume), session.is_some());
    let mut first = VecDeque::from([Sent::from("retry: 2000\n\n".to_owned())]);
    match entry.missed {
        Some(missed) => first.extend(missed.iter().map(|told| told.to(signed_in))),
        None => first.push_back(reset_frame(Some(entry.seq))),
    }
    first.push_back(app.status.frame());
    first.push_back(ping_frame(app.parts.ledger.now(), entry.seq));
    metrics::gauge!(measures::LIVE_CLIENTS).increment(1.0);
    let client = Client {
        app: shared.clone(),
        first,
        packed,
        receiver: Some(entry.receiver),
        session,
        signed_out: app.sessions.signed_out(),
        look_again: interval_at(Instant::now() + LOOK_AGAIN, LOOK_AGAIN),
        _place: place,
    };
    let frames = futures::stream::unfold(client, |mut client| async move {
        let frame = client.next().await?.bytes(client.packed);
        Some((Ok::<_, Infallible>(frame), client))
    });
    let kind = (header::CONTENT_TYPE, HeaderValue::from_static("text/event-stream"));
    let unbuffered =
        (header::HeaderName::from_static("x-accel-buffering"), HeaderValue::from_static("no"));
    let mut headers = HeaderMap::from_iter([kind, unbuffered]);
    headers.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    if !packed {
        return (headers, Body::from_stream(frames)).into_response();
    }
    headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    let head = futures::stream::iter([Ok(Bytes::from_static(&GZIP_HEAD))]);
    (headers, Body::from_stream(head.chain(frames))).into_response()
}

impl Client {
    /// The next frame that tells something; `None` ends the stream.
    async fn next(&mut self) -> Option<Sent> {
        loop {
            let frame = match self.first.pop_front() {
                Some(frame) => frame,
                None => self.wait().await?,
            };
            if !frame.is_empty() {
                return Some(frame);
            }
        }
    }

    async fn wait(&mut self) -> Option<Sent> {
        let signed_in = self.session.is_some();
        let received = loop {
            tokio::select! {
                () = self.app.0.stop.cancelled() => return None,
                received = self.receiver.as_mut()?.recv() => break received,
                Ok(()) = self.signed_out.changed(), if signed_in => {}
                _ = self.look_again.tick(), if signed_in => {}
            }
            if !self.still_signed_in().await {
                return None;
            }
        };
        match received {
            Ok(told) => Some(told.to(signed_in)),
            Err(RecvError::Closed) => None,
            Err(RecvError::Lagged(_)) => {
                metrics::counter!(measures::LIVE_DROPPED).increment(1);
                self.receiver = None;
                Some(reset_frame(None))
            }
        }
    }
}

impl Client {
    /// Whether the session goes on. While the store cannot say, it does.
    async fn still_signed_in(&self) -> bool {
        let Some(session) = &self.session else { return true };
        self.app.0.person(session, Lane::Staff).await.map_or(true, |person| person.is_some())
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        metrics::gauge!(measures::LIVE_CLIENTS).decrement(1.0);
    }
}
