//! What the hooks share, and the way of a message from the broker to its commit.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use domain::StationId;
use store::Refusal;
use tokio::sync::mpsc;
use tokio::time::Instant;

use crate::access::{self, Channel};
use crate::config::BrokerConfig;
use crate::gate::{Gate, Message, Role};
use crate::metric::{Metrics, Refused};
use crate::presence::Event;
use crate::registry::{Member, Registry};
use crate::seldom::Seldom;

/// While the store has no room a message waits and asks again after this time.
const BUSY_RETRY: Duration = Duration::from_millis(20);
/// How often a will is offered to a store that refuses: nobody sends it again.
const WILL_TRIES: u32 = 30;

/// What the hooks share.
pub(crate) struct Intake {
    pub(crate) gate: Arc<dyn Gate>,
    pub(crate) registry: Registry,
    pub(crate) metrics: Metrics,
    pub(crate) most_per_account: usize,
    presence: mpsc::UnboundedSender<Event>,
    commit_timeout: Duration,
    most_bytes: u32,
    stopping: AtomicBool,
    not_committed: Seldom,
}

/// Why a message was not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NotTaken {
    /// It is not for this account to publish there.
    Denied,
    /// It could not be committed; the station has to send it again.
    NotCommitted,
}

impl Intake {
    pub(crate) fn new(
        gate: Arc<dyn Gate>,
        config: &BrokerConfig,
        presence: mpsc::UnboundedSender<Event>,
    ) -> Self {
        Self {
            gate,
            registry: Registry::new(config.messages_per_second, config.burst_messages),
            metrics: Metrics::new(),
            most_per_account: config.max_connections_per_station as usize,
            presence,
            commit_timeout: config.commit_timeout(),
            most_bytes: config.max_packet_bytes,
            stopping: AtomicBool::new(false),
            not_committed: Seldom::default(),
        }
    }

    /// From now on nobody comes in, and who leaves leaves because of us.
    pub(crate) fn stop(&self) {
        self.stopping.store(true, Ordering::SeqCst);
    }

    pub(crate) fn is_stopping(&self) -> bool {
        self.stopping.load(Ordering::SeqCst)
    }

    /// Somebody is in.
    pub(crate) fn entered(&self, member: &Member) {
        self.metrics.connections.set(self.registry.len() as f64);
        self.tell(member, Event::Connected);
    }

    /// Somebody has left.
    pub(crate) fn left(&self, member: &Member) {
        self.metrics.connections.set(self.registry.len() as f64);
        if !self.is_stopping() {
            self.tell(member, Event::Disconnected);
        }
    }

    /// The way of a message: may they, not too fast, commit. `Ok` = it is on disk.
    pub(crate) async fn take(&self, member: &Member, message: Message<'_>) -> Result<(), NotTaken> {
        self.metrics.message();
        let topic = message.topic;
        let Some(channel) = access::publish(&member.identity, topic) else {
            self.metrics.refuse(Refused::Topic);
            if member.first_complaint() {
                tracing::warn!(account = %member.identity.name, topic, "a message to a topic of somebody else was refused");
            }
            return Err(NotTaken::Denied);
        };
        let asked_at = Instant::now();
        let wait = member.bucket.take(asked_at);
        if !wait.is_zero() {
            self.metrics.held_back(wait);
            tokio::time::sleep(wait).await;
        }
        let station = &member.identity.name;
        let commit = self.commit(station, channel, message);
        let outcome = tokio::time::timeout_at(asked_at + self.commit_timeout, commit).await;
        self.metrics.waited(asked_at.elapsed() - wait);
        match outcome {
            Ok(Ok(())) => Ok(()),
            Ok(Err(refusal)) => {
                self.complain(Refused::Store, station, &refusal.to_string());
                Err(NotTaken::NotCommitted)
            }
            Err(_) => {
                self.complain(Refused::Timeout, station, "the commit took too long");
                Err(NotTaken::NotCommitted)
            }
        }
    }

    /// A will goes out after its station is gone. Its word that it is offline adds nothing to the lost
    /// connection itself; anything else is committed like a message, and nobody waits for it.
    pub(crate) fn will(self: &Arc<Self>, member: &Arc<Member>, topic: &str, payload: &[u8]) {
        let Some(channel) = access::publish(&member.identity, topic) else { return };
        let farewell = channel == Channel::Status && decode::status(payload) == Some(false);
        if farewell || self.is_stopping() {
            return;
        }
        let (this, member) = (self.clone(), member.clone());
        let (topic, payload) = (topic.to_owned(), payload.to_vec());
        tokio::spawn(async move {
            for _ in 0..WILL_TRIES {
                let message = Message { topic: &topic, payload: &payload, dup: false };
                if this.take(&member, message).await.is_ok() {
                    return;
                }
                tokio::time::sleep(Duration::from_secs(1)).await;
            }
            tracing::warn!(station = %member.identity.name, topic, "the will of a station could not be committed and is lost");
        });
    }

    async fn commit(
        &self,
        station: &StationId,
        channel: Channel,
        message: Message<'_>,
    ) -> Result<(), Refusal> {
        let too_large = message.payload.len() > self.most_bytes as usize;
        let status = channel == Channel::Status && !too_large;
        let word = if status { decode::status(message.payload) } else { None };
        loop {
            let outcome = match word {
                Some(connected) => self.gate.presence(station, connected).await,
                None if too_large => self.gate.too_large(station, message, self.most_bytes).await,
                // also a status that says something else: put aside by the pipeline, not lost here
                None => self.gate.commit(station, message).await,
            };
            match outcome {
                Err(Refusal::Busy) => tokio::time::sleep(BUSY_RETRY).await,
                Err(refusal) => return Err(refusal),
                Ok(()) => break,
            }
        }
        if too_large {
            self.metrics.put_aside.increment(1);
        }
        if let Some(connected) = word {
            self.send(Event::Said(station.clone(), connected));
        }
        Ok(())
    }

    fn tell(&self, member: &Member, event: fn(StationId) -> Event) {
        if member.identity.role == Role::Station {
            self.send(event(member.identity.name.clone()));
        }
    }

    fn send(&self, event: Event) {
        // fails only when the broker is stopping
        drop(self.presence.send(event));
    }

    fn complain(&self, why: Refused, station: &StationId, reason: &str) {
        self.metrics.refuse(why);
        if let Some(messages) = self.not_committed.due(Instant::now()) {
            tracing::error!(%station, messages, reason, "messages cannot be committed: not acknowledged, stations send again");
        }
    }
}
