//! The way in: a connection to a broker, made again as often as needed, whose messages go to the taker.
//!
//! The session persists at the broker, so what is not acknowledged comes again. A broker may forget it, so
//! everything is subscribed to at each connection, and its answer is looked at.

use std::sync::Arc;
use std::time::Duration;

use rumqttc::{
    AsyncClient, ConnAck, Event, EventLoop, Packet, Publish, QoS, SubAck, SubscribeFilter,
    SubscribeReasonCode,
};
use tokio::sync::{Semaphore, mpsc, oneshot};
use tokio::time::Instant;

use super::about::{About, Trouble, trouble};
use super::board::{Board, LinkState};
use super::taker::{Arrived, Content};

/// Messages that wait for their commit, at most.
pub(super) const QUEUE: usize = 1_024;
/// Bytes that wait for their commit, at most, in KiB.
pub(super) const QUEUE_KIB: u32 = 32 * 1_024;
/// Acknowledgements that wait to be sent: more than a broker can have on the way, so there is always room.
const REQUESTS: usize = 2 * 65_536;
/// A refused subscription is tried again after this time.
const ASK_AGAIN: Duration = Duration::from_secs(30);
/// What was taken when everything stops may be acknowledged for so long.
const LAST_ACKS: Duration = Duration::from_secs(3);
/// So much of a message that is too large is kept, bytes.
const HEAD: usize = 1_024;

/// The way in from one broker.
pub(super) struct Subscriber {
    pub(super) about: Arc<About>,
    pub(super) board: Arc<Board>,
    pub(super) queue: mpsc::Sender<Arrived>,
    pub(super) room: Arc<Semaphore>,
    /// The taker has taken everything.
    pub(super) taken: oneshot::Receiver<()>,
    /// The broker has kept a session for us before.
    pub(super) known: bool,
}

/// How a connection went on.
enum Ended {
    Lost(Trouble),
    Stopping(AsyncClient, Box<EventLoop>),
}

impl Subscriber {
    /// Until everything stops.
    pub(super) async fn run(mut self) {
        let mut failures = 0;
        while !self.about.is_stopping() {
            let mut subscribed = false;
            let ended = match self.about.dial(true, REQUESTS) {
                Ok((client, events)) => self.connection(client, events, &mut subscribed).await,
                Err(trouble) => Ended::Lost(trouble),
            };
            match ended {
                Ended::Lost((state, reason)) => {
                    failures = if subscribed { 0 } else { failures + 1 };
                    self.board.set(state, Some(reason), self.about.ledger.now());
                    self.about.wait(failures, &self.board).await;
                }
                Ended::Stopping(client, events) => return self.leave(client, *events).await,
            }
        }
    }

    async fn connection(
        &mut self,
        client: AsyncClient,
        mut events: EventLoop,
        subscribed: &mut bool,
    ) -> Ended {
        let about = Arc::clone(&self.about);
        let mut ask_again = None;
        loop {
            // Dropping a poll loses nothing here: it happens only when everything stops.
            let polled = tokio::select! {
                polled = events.poll() => polled,
                () = about.stopped() => return Ended::Stopping(client, Box::new(events)),
            };
            match polled {
                Err(error) => return Ended::Lost(trouble(&error)),
                Ok(Event::Incoming(Packet::ConnAck(answer))) => {
                    self.session(answer);
                    self.subscribe(&client);
                }
                Ok(Event::Incoming(Packet::SubAck(answer))) => {
                    let refused = self.answered(&answer).await;
                    *subscribed |= !refused;
                    ask_again = refused.then(|| Instant::now() + ASK_AGAIN);
                }
                Ok(Event::Incoming(Packet::Publish(publish))) => {
                    tokio::select! {
                        () = self.pass_on(publish, &client) => {}
                        () = about.stopped() => return Ended::Stopping(client, Box::new(events)),
                    }
                }
                Ok(_) => {}
            }
            // The pings wake us often enough.
            if ask_again.is_some_and(|at| at <= Instant::now()) {
                ask_again = None;
                self.subscribe(&client);
            }
        }
    }

    /// Says so when the broker has forgotten a session that it had.
    fn session(&self, answer: ConnAck) {
        if answer.session_present || !self.known {
            return;
        }
        let now = self.about.ledger.now();
        self.board.count(|counts| {
            counts.forgotten += 1;
            counts.forgotten_at = Some(now);
        });
        let broker = self.about.config.name.as_str();
        tracing::warn!(broker, "the broker has forgotten our session: what waited there is lost");
    }

    fn subscribe(&self, client: &AsyncClient) {
        let share = self.about.config.share.as_deref();
        let filters = self.about.config.filters().into_iter().map(|filter| {
            let text = filter.text();
            let path = share.map_or(text.to_owned(), |group| format!("$share/{group}/{text}"));
            SubscribeFilter::new(path, QoS::AtLeastOnce)
        });
        if let Err(error) = client.try_subscribe_many(filters) {
            // Only filters that are no filters, and those were refused in the settings.
            tracing::error!(broker = self.about.config.name, %error, "cannot subscribe");
        }
    }

    /// Whether something was refused.
    async fn answered(&mut self, answer: &SubAck) -> bool {
        let now = self.about.ledger.now();
        let filters = self.about.config.filters();
        let codes = filters.iter().zip(&answer.return_codes);
        let refused = codes.filter(|(_, code)| **code == SubscribeReasonCode::Failure);
        let refused: Vec<_> = refused.map(|(filter, _)| format!("'{}'", filter.text())).collect();
        if refused.is_empty() {
            self.board.set(LinkState::Connected, None, now);
        } else {
            let reason = format!("the broker refused {}", refused.join(", "));
            self.board.set(LinkState::SubscriptionRefused, Some(reason), now);
        }
        if !self.known {
            // A ledger that refuses now is asked again at the next connection.
            self.known = self.about.ledger.put_mark(session_mark(&self.about), 1).await.is_ok();
        }
        !refused.is_empty()
    }

    /// Hands a message to the taker; waits while too many wait there, and lets the broker wait.
    async fn pass_on(&self, publish: Publish, client: &AsyncClient) {
        let bytes = publish.payload.len();
        let most = self.about.config.max_packet_bytes as usize;
        let content = if bytes > most {
            Content::TooLarge(publish.payload[..HEAD.min(bytes)].to_vec(), bytes)
        } else {
            Content::Whole(publish.payload.to_vec())
        };
        let kept = u32::try_from(content.kept() / 1_024 + 1).unwrap_or(QUEUE_KIB).min(QUEUE_KIB);
        let Ok(room) = Arc::clone(&self.room).acquire_many_owned(kept).await else { return };
        self.board.count(|counts| counts.messages += 1);
        let publish = Publish { payload: Default::default(), ..publish };
        // The taker ends after us.
        let _taken =
            self.queue.send(Arrived { publish, content, client: client.clone(), room }).await;
    }

    /// Takes nothing more, acknowledges what is being committed, says farewell.
    async fn leave(self, client: AsyncClient, mut events: EventLoop) {
        drop(self.queue);
        let last = async {
            let mut taken = self.taken;
            loop {
                tokio::select! {
                    polled = events.poll() => if polled.is_err() { return },
                    _ = &mut taken => break,
                }
            }
            if client.try_disconnect().is_ok() {
                while events.poll().await.is_ok() {}
            }
        };
        if tokio::time::timeout(LAST_ACKS, last).await.is_err() {
            let broker = self.about.config.name.as_str();
            tracing::info!(broker, "left without farewell: what is not acknowledged comes again");
        }
    }
}

/// Under this name the ledger remembers that the broker keeps a session for us.
pub(super) fn session_mark(about: &About) -> String {
    let config = &about.config;
    format!("session {} at {}:{}", about.client_id, config.address, config.port())
}
