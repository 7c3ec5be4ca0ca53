//! What becomes of another broker's messages: committed, then acknowledged. What the ledger refuses waits.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use domain::{ArrivalBody, SetAsideReason, StationId};
use futures::future::join_all;
use rumqttc::{Publish, QoS};
use store::Refusal;
use tokio::sync::{OwnedSemaphorePermit, mpsc, oneshot};

use super::about::About;
use super::board::Board;
use super::filter::{Filter, find};
use crate::access::{self, Channel};
use crate::gate::Message;
use crate::ledger::{self, HEAD};

/// Messages handed to the ledger at once.
const AT_ONCE: usize = 256;
/// While the ledger has no room a message waits and asks again after this time.
const BUSY_RETRY: Duration = Duration::from_millis(20);
/// While the ledger cannot write a message waits and asks again after this time.
const FAILING_RETRY: Duration = Duration::from_secs(1);
/// Stations whose word is remembered, at most: names are the broker's, and it may have any number.
const MOST_SAID: usize = 10_000;
/// Longest piece of a topic that is repeated in a sentence, characters.
const SHOWN: usize = 80;

/// A message on its way to the ledger.
pub(super) struct Arrived {
    /// Without its payload.
    pub(super) publish: Publish,
    pub(super) content: Content,
    /// To the connection it came by, and is acknowledged on: on another its number means another message. What is sent
    /// here waits until it can leave, however many there are.
    pub(super) acknowledge: mpsc::UnboundedSender<u16>,
    pub(super) room: OwnedSemaphorePermit,
}

/// What is kept of a payload.
pub(super) enum Content {
    Whole(Vec<u8>),
    /// Its beginning, and its size.
    TooLarge(Vec<u8>, usize),
}

impl Content {
    /// Bytes kept.
    pub(super) fn kept(&self) -> usize {
        match self {
            Self::Whole(bytes) | Self::TooLarge(bytes, _) => bytes.len(),
        }
    }
}

/// Commits what arrives from one broker.
pub(super) struct Taker {
    about: Arc<About>,
    board: Arc<Board>,
    filters: Vec<Filter>,
    /// What each station last said of itself: with each connection the broker repeats what it retains.
    said: HashMap<StationId, bool>,
    /// Dropped at the end.
    _taken: oneshot::Sender<()>,
}

impl Taker {
    pub(super) fn new(about: Arc<About>, board: Arc<Board>, taken: oneshot::Sender<()>) -> Self {
        let filters = about.config.filters();
        Self { about, board, filters, said: HashMap::new(), _taken: taken }
    }

    /// Until nobody hands on any more, and all is done.
    pub(super) async fn run(mut self, mut queue: mpsc::Receiver<Arrived>) {
        let mut batch = Vec::with_capacity(AT_ONCE);
        while queue.recv_many(&mut batch, AT_ONCE).await > 0 {
            self.take(&mut batch).await;
        }
    }

    async fn take(&mut self, batch: &mut Vec<Arrived>) {
        let mut bodies = Vec::with_capacity(batch.len());
        for arrived in &*batch {
            bodies.push(self.body(arrived));
        }
        let commits = bodies.iter().zip(&*batch).map(|(body, arrived)| self.commit(body, arrived));
        let committed = join_all(commits).await;
        for (arrived, committed) in batch.drain(..).zip(committed) {
            if !committed {
                continue;
            }
            self.board.count(|counts| counts.settled += 1);
            if arrived.publish.qos != QoS::AtMostOnce {
                // Of a lost connection: then it comes again, and is recognised.
                let _sent = arrived.acknowledge.send(arrived.publish.pkid);
            }
            drop(arrived.room);
        }
    }

    /// What is to be journalled; `None` = nothing new.
    fn body(&mut self, arrived: &Arrived) -> Option<ArrivalBody> {
        let topic = arrived.publish.topic.as_str();
        let (channel, named) = find(&self.filters, topic).unwrap_or((Channel::Telemetry, ""));
        let Ok(station) = named.parse::<StationId>() else {
            let shown: String = named.chars().take(SHOWN).collect();
            let detail = format!(
                "'{shown}' in the topic is no station's name: use 1 to 64 of a-z, 0-9, '.', '_' and '-'"
            );
            return Some(self.unusable(arrived, SetAsideReason::UnknownStation, detail));
        };
        if access::reserved(named) {
            let detail = format!("'{named}' is reserved and no station's name: choose another");
            return Some(self.unusable(arrived, SetAsideReason::UnknownStation, detail));
        }
        let payload = match &arrived.content {
            Content::Whole(payload) => payload,
            Content::TooLarge(_, bytes) => {
                let most = self.about.config.max_packet_bytes;
                let detail = format!("{bytes} bytes are more than {most}: send less at once");
                let body = self.unusable(arrived, SetAsideReason::TooMuch, detail);
                return Some(named_after(body, station));
            }
        };
        if channel == Channel::Status
            && let Some(connected) = decode::status(payload)
        {
            if self.said.len() >= MOST_SAID {
                self.said.clear();
            }
            let news = self.said.insert(station.clone(), connected) != Some(connected);
            return news.then_some(ArrivalBody::Presence { station, connected });
        }
        let message = Message { topic, payload, dup: arrived.publish.dup };
        Some(ledger::telemetry(&station, message, arrived.publish.retain))
    }

    fn unusable(&self, arrived: &Arrived, reason: SetAsideReason, detail: String) -> ArrivalBody {
        let content = match &arrived.content {
            Content::Whole(payload) => (&payload[..payload.len().min(HEAD)], payload.len()),
            Content::TooLarge(head, bytes) => (&head[..], *bytes),
        };
        self.board.count(|counts| counts.put_aside += 1);
        let broker = self.about.config.name.parse().expect("a checked name");
        ledger::unusable(&broker, &arrived.publish.topic, content, reason, detail)
    }

    /// Until it is on disk; false when the process ends before that.
    async fn commit(&self, body: &Option<ArrivalBody>, arrived: &Arrived) -> bool {
        let Some(body) = body else { return true };
        let mut again = arrived.publish.dup;
        loop {
            match self.about.ledger.submit(marked(body, again)).await {
                Ok(_) => {
                    self.board.pause(None, self.about.ledger.now());
                    return true;
                }
                Err(Refusal::Busy) => tokio::time::sleep(BUSY_RETRY).await,
                Err(Refusal::Failing(reason)) => {
                    // What was refused so may be committed all the same.
                    again = true;
                    self.board.pause(Some(reason), self.about.ledger.now());
                    tokio::time::sleep(FAILING_RETRY).await;
                }
                Err(Refusal::Stopping) => return false,
            }
        }
    }
}

/// The same, sent again or not.
fn marked(body: &ArrivalBody, sent_again: bool) -> ArrivalBody {
    let mut body = body.clone();
    if let ArrivalBody::Telemetry { dup, .. } = &mut body {
        *dup = sent_again;
    }
    body
}

fn named_after(mut body: ArrivalBody, name: StationId) -> ArrivalBody {
    if let ArrivalBody::Unusable { station, .. } = &mut body {
        *station = name;
    }
    body
}
