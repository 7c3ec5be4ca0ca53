//! The other end: a station that publishes to a broker, for simulations, tests and benchmarks.
//!
//! A [`Publisher`] sends one message at a time at `QoS` 1 and waits for its PUBACK, as a field logger does. A
//! lost connection is a normal event: it connects again and sends what was not acknowledged once more.

mod address;
mod drive;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use domain::StationId;
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;

pub use address::{Address, AddressError};

/// How a station connects.
#[derive(Clone)]
pub struct PublisherOptions {
    /// The broker.
    pub broker: Address,
    /// The station: user name, client id and its place in the topic.
    pub station: StationId,
    /// Its secret. Never logged.
    pub secret: String,
    /// MQTT keep-alive, 1 s or more.
    pub keep_alive: Duration,
    /// Wait after the first failed attempt to connect; doubles up to 32 times this.
    pub first_wait: Duration,
}

/// What can go wrong for good. Everything else is tried again.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PublishError {
    /// The broker knows no such account, or its secret is another.
    #[error("the broker refused station '{station}' ({reason}): look at its secret")]
    Refused {
        /// Which station.
        station: StationId,
        /// The broker's answer.
        reason: String,
    },
    /// A message larger than the broker can be expected to take.
    #[error(
        "a message of station '{station}' has {bytes} bytes, more than {limit}: send less at once"
    )]
    TooLarge {
        /// Which station.
        station: StationId,
        /// Its size.
        bytes: usize,
        /// What is possible.
        limit: usize,
    },
    /// The connection was closed by us.
    #[error("the publisher of station '{0}' is closed")]
    Closed(StationId),
}

/// What a publisher did so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct PublisherCounts {
    /// Messages sent for the first time.
    pub published: u64,
    /// PUBACKs received.
    pub acked: u64,
    /// Messages sent once more, because the connection was lost before their PUBACK.
    pub resent: u64,
    /// Connections made.
    pub connections: u64,
}

#[derive(Default)]
struct Counters {
    published: AtomicU64,
    acked: AtomicU64,
    resent: AtomicU64,
    connections: AtomicU64,
}

/// One message on its way.
struct Job {
    topic: String,
    payload: Vec<u8>,
    done: oneshot::Sender<Result<(), PublishError>>,
}

/// Largest payload, bytes: the largest packet that a broker of ours can be set up for, less its header.
const LARGEST_PAYLOAD: usize = 16 * 1024 * 1024 - 1024;

/// A station's connection. Dropping it closes the connection without a farewell, so that the will is sent.
pub struct Publisher {
    station: StationId,
    jobs: mpsc::Sender<Job>,
    counters: Arc<Counters>,
    task: JoinHandle<()>,
}

impl Publisher {
    /// Starts connecting; [`Publisher::publish`] waits until that succeeds.
    #[must_use]
    pub fn connect(options: PublisherOptions) -> Self {
        let (jobs, queue) = mpsc::channel(1);
        let counters = Arc::new(Counters::default());
        let station = options.station.clone();
        let task = tokio::spawn(drive::drive(options, queue, Arc::clone(&counters)));
        Self { station, jobs, counters, task }
    }

    /// Sends readings to the station's telemetry topic; resolves with the PUBACK, however long that takes.
    ///
    /// # Errors
    /// The broker refuses the station, or the payload is too large.
    pub async fn publish(&self, payload: Vec<u8>) -> Result<(), PublishError> {
        let topic = format!("quantrac/v1/{}/telemetry", self.station);
        self.publish_to(topic, payload).await
    }

    /// Sends a message to any topic, such as one that is not allowed.
    ///
    /// # Errors
    /// As [`Publisher::publish`].
    pub async fn publish_to(&self, topic: String, payload: Vec<u8>) -> Result<(), PublishError> {
        let (station, bytes) = (self.station.clone(), payload.len());
        if bytes > LARGEST_PAYLOAD {
            return Err(PublishError::TooLarge { station, bytes, limit: LARGEST_PAYLOAD });
        }
        let (done, answer) = oneshot::channel();
        let closed = |_| PublishError::Closed(station.clone());
        self.jobs.send(Job { topic, payload, done }).await.map_err(|_| closed(()))?;
        answer.await.map_err(|_| closed(()))?
    }

    /// What happened so far.
    #[must_use]
    pub fn counts(&self) -> PublisherCounts {
        let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        PublisherCounts {
            published: read(&self.counters.published),
            acked: read(&self.counters.acked),
            resent: read(&self.counters.resent),
            connections: read(&self.counters.connections),
        }
    }

    /// Says farewell and closes the connection; the will is not sent.
    pub async fn close(mut self) -> PublisherCounts {
        let (nobody, _) = mpsc::channel(1);
        // The last sender goes: the task says farewell and ends.
        drop(std::mem::replace(&mut self.jobs, nobody));
        if let Err(error) = (&mut self.task).await {
            tracing::error!(station = %self.station, %error, "a publisher ended by a fault");
        }
        self.counts()
    }
}

impl Drop for Publisher {
    fn drop(&mut self) {
        self.task.abort();
    }
}
