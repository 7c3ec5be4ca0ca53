//! One client of the live stream.

use std::collections::VecDeque;
use std::convert::Infallible;

use axum::body::{Body, Bytes};
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;
use tokio_util::sync::CancellationToken;

use super::task::{ping_frame, reset_frame};
use crate::app::Inner;
use crate::limit::Place;
use crate::measures;

/// A client that listens.
struct Client {
    first: VecDeque<Bytes>,
    receiver: Option<Receiver<Bytes>>,
    stop: CancellationToken,
    _place: Place,
}

/// The answer to a client: what it missed after `resume`, then everything as it comes.
pub(crate) fn stream(app: &Inner, resume: Option<u64>, place: Place) -> Response {
    let entry = app.live.enter(resume);
    let mut first = VecDeque::from([Bytes::from_static(b"retry: 2000\n\n")]);
    match entry.missed {
        Some(missed) => first.extend(missed),
        None => first.push_back(reset_frame(Some(entry.seq))),
    }
    first.push_back(app.status.frame());
    first.push_back(ping_frame(app.parts.ledger.now(), entry.seq));
    metrics::gauge!(measures::LIVE_CLIENTS).increment(1.0);
    let stop = app.stop.clone();
    let client = Client { first, receiver: Some(entry.receiver), stop, _place: place };
    let frames = futures::stream::unfold(client, |mut client| async move {
        let frame = client.next().await?;
        Some((Ok::<_, Infallible>(frame), client))
    });
    let kind = (header::CONTENT_TYPE, HeaderValue::from_static("text/event-stream"));
    let unbuffered =
        (header::HeaderName::from_static("x-accel-buffering"), HeaderValue::from_static("no"));
    ([kind, unbuffered], Body::from_stream(frames)).into_response()
}

impl Client {
    async fn next(&mut self) -> Option<Bytes> {
        if let Some(frame) = self.first.pop_front() {
            return Some(frame);
        }
        let received = tokio::select! {
            () = self.stop.cancelled() => return None,
            received = self.receiver.as_mut()?.recv() => received,
        };
        match received {
            Ok(frame) => Some(frame),
            Err(RecvError::Closed) => None,
            Err(RecvError::Lagged(_)) => {
                metrics::counter!(measures::LIVE_DROPPED).increment(1);
                self.receiver = None;
                Some(reset_frame(None))
            }
        }
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        metrics::gauge!(measures::LIVE_CLIENTS).decrement(1.0);
    }
}
