//! The way in: a connection to a broker, made again as often as needed, whose messages go to the taker.
//!
//! The session persists at the broker, so what is not acknowledged comes again. A broker may forget it, so
//! everything is subscribed to at each connection, and its answer is looked at.

use std::sync::Arc;
use std::time::Duration;

use rumqttc::{
    AsyncClient, ConnAck, ConnectionError, Event, EventLoop, Packet, PubAck, Publish, QoS, SubAck,
    Subscribe, SubscribeFilter, SubscribeReasonCode,
};
use tokio::sync::{Semaphore, mpsc, oneshot};
use tokio::time::Instant;

use super::about::{About, Trouble, trouble};
use super::board::{Board, LinkState};
use super::taker::{Arrived, Content};
use crate::ledger::HEAD;

/// Messages that wait for their commit, at most.
pub(super) const QUEUE: usize = 1_024;
/// Bytes that wait for their commit, at most, in KiB.
pub(super) const QUEUE_KIB: u32 = 32 * 1_024;
/// Only the farewell goes through rumqttc's queue of requests.
const REQUESTS: usize = 4;
/// Number of a subscription: nothing else of ours on this way has one.
const SUBSCRIPTION: u16 = 1;
/// What is written must leave within this time: a broker that does not read is not connected.
const LEAVES_WITHIN: Duration = Duration::from_secs(10);
/// A refused subscription is tried again after this time.
const ASK_AGAIN: Duration = Duration::from_secs(30);
/// What was taken when everything stops may be acknowledged for so long.
const LAST_ACKS: Duration = Duration::from_secs(3);

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

/// Numbers of messages of one connection that may be acknowledged, in the order in which they came.
type Acknowledgements = mpsc::UnboundedReceiver<u16>;

/// How a connection went on.
enum Ended {
    Lost(Trouble),
    Stopping(AsyncClient, Box<EventLoop>, Acknowledgements),
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
                Ended::Stopping(client, events, due) => {
                    return self.leave(client, *events, due).await;
                }
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
        let (acknowledge, mut due) = mpsc::unbounded_channel();
        let mut ask_again = None;
        loop {
            // Acknowledgements first, and many at once: rumqttc would send one between some messages that it reads, and
            // a broker with a large backlog would be ever further ahead of them. Nothing is lost by dropping a poll:
            // what was read stays in the loop, and all we send but pings is sent here.
            let polled = tokio::select! {
                biased;
                () = about.stopped() => return Ended::Stopping(client, Box::new(events), due),
                Some(first) = due.recv() => match acknowledge_all(&mut events, first, &mut due).await {
                    Ok(()) => continue,
                    Err(error) => return Ended::Lost(trouble(&error)),
                },
                polled = events.poll() => polled,
            };
            match polled {
                Err(error) => return Ended::Lost(trouble(&error)),
                Ok(Event::Incoming(Packet::ConnAck(answer))) => {
                    self.session(answer);
                    if let Err(error) = self.subscribe(&mut events).await {
                        return Ended::Lost(trouble(&error));
                    }
                }
                Ok(Event::Incoming(Packet::SubAck(answer))) => {
                    let refused = self.answered(&answer).await;
                    *subscribed |= !refused;
                    ask_again = refused.then(|| Instant::now() + ASK_AGAIN);
                }
                Ok(Event::Incoming(Packet::Publish(publish))) => {
                    // Whoever sends is there: its answers to a ping and to a subscription may stand behind a backlog.
                    events.state.await_pingresp = false;
                    self.board.hears(self.about.ledger.now());
                    let acknowledge = acknowledge.clone();
                    tokio::select! {
                        () = self.pass_on(publish, acknowledge) => {}
                        () = about.stopped() => {
                            return Ended::Stopping(client, Box::new(events), due);
                        }
                    }
                }
                Ok(_) => {}
            }
            // The pings wake us often enough.
            if ask_again.is_some_and(|at| at <= Instant::now()) {
                ask_again = None;
                if let Err(error) = self.subscribe(&mut events).await {
                    return Ended::Lost(trouble(&error));
                }
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

    async fn subscribe(&self, events: &mut EventLoop) -> Result<(), ConnectionError> {
        let share = self.about.config.share.as_deref();
        let filters = self.about.config.filters().into_iter().map(|filter| {
            let text = filter.text();
            let path = share.map_or(text.to_owned(), |group| format!("$share/{group}/{text}"));
            SubscribeFilter::new(path, QoS::AtLeastOnce)
        });
        let mut subscribe = Subscribe::new_many(filters);
        subscribe.pkid = SUBSCRIPTION;
        write(events, [Packet::Subscribe(subscribe)]).await
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
    async fn pass_on(&self, publish: Publish, acknowledge: mpsc::UnboundedSender<u16>) {
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
        let _taken = self.queue.send(Arrived { publish, content, acknowledge, room }).await;
    }

    /// Takes nothing more, acknowledges what is being committed, says farewell.
    async fn leave(self, client: AsyncClient, mut events: EventLoop, mut due: Acknowledgements) {
        drop(self.queue);
        let last = async {
            let mut taken = self.taken;
            loop {
                tokio::select! {
                    biased;
                    Some(first) = due.recv() => {
                        if acknowledge_all(&mut events, first, &mut due).await.is_err() {
                            return;
                        }
                    }
                    _ = &mut taken => break,
                    polled = events.poll() => if polled.is_err() { return },
                }
            }
            // What the taker did last was to send the last of them.
            if let Ok(first) = due.try_recv()
                && acknowledge_all(&mut events, first, &mut due).await.is_err()
            {
                return;
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

/// Sends the acknowledgements that are due by now.
async fn acknowledge_all(
    events: &mut EventLoop,
    first: u16,
    due: &mut Acknowledgements,
) -> Result<(), ConnectionError> {
    let others = std::iter::from_fn(|| due.try_recv().ok());
    let all = std::iter::once(first).chain(others);
    write(events, all.map(|number| Packet::PubAck(PubAck::new(number)))).await
}

/// Writes packets to the connection. Without one there is nobody to write to, and what they answer comes again.
async fn write(
    events: &mut EventLoop,
    packets: impl IntoIterator<Item = Packet>,
) -> Result<(), ConnectionError> {
    let Some(network) = events.network.as_mut() else { return Ok(()) };
    let written = async {
        for packet in packets {
            network.write(packet).await?;
        }
        network.flush().await
    };
    let done = tokio::time::timeout(LEAVES_WITHIN, written).await;
    done.map_err(|_| ConnectionError::FlushTimeout)?.map_err(ConnectionError::MqttState)
}

/// Under this name the ledger remembers that the broker keeps a session for us.
pub(super) fn session_mark(about: &About) -> String {
    let config = &about.config;
    format!("session {} at {}:{}", about.client_id, config.address, config.port())
}
