//! The door to people: takes notices out of the outbox and brings them to mailboxes, programs, topics and
//! the CAP feed, at least once, and tells the next in line when no receipt comes.
//!
//! * [`config`] options with their defaults; [`people`] who may be reached, kept apart by realm in types
//! * [`mark`] lifts a notice's realm into its type: nothing leaves without the mark of its realm
//! * `compose` and `words` what a message looks like; `mail`, `webhook`, `topic`, [`cap`] how it leaves
//! * [`outbox`] what delivery needs of the store; `worker` the loop; `attempt` one notice once; `escalate`
//!   and `restore` what else it does

mod attempt;
pub mod cap;
mod compose;
pub mod config;
mod error;
mod escalate;
mod mail;
pub mod mark;
mod metric;
pub mod outbox;
pub mod people;
mod restore;
mod retry;
mod topic;
mod webhook;
mod words;
mod worker;

use std::sync::Arc;

use async_trait::async_trait;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

pub use cap::{CapConfig, HazardEntry, LevelEntry};
pub use config::{DeliveryConfig, MailConfig, RetryConfig, Security};
pub use error::DeliveryError;
pub use outbox::{LedgerOutbox, Outbox};
pub use people::{Contact, Directory, People};

/// Looks up a secret by its name.
pub type GetSecret = dyn Fn(&str) -> Option<Vec<u8>> + Send + Sync;

/// What must not be read by others.
#[derive(Clone)]
pub struct Secrets {
    /// Key of the receipt links, at least 16 bytes.
    pub receipt_key: Vec<u8>,
    /// A secret by its name; `None` when there is none.
    pub get: Arc<GetSecret>,
}

/// Where messages for machines are published: our own broker.
#[async_trait]
pub trait Outlet: Send + Sync + 'static {
    /// Publishes; resolves when the broker has taken it.
    ///
    /// # Errors
    /// What the broker said.
    async fn publish(&self, topic: &str, payload: Vec<u8>, retain: bool) -> Result<(), String>;
}

/// Delivers what is in the ledger's outbox until `stop`.
///
/// # Errors
/// The configuration has faults ([`DeliveryConfig::faults`]), or the TLS library does not start.
pub async fn run(
    config: DeliveryConfig,
    secrets: Secrets,
    ledger: store::Ledger,
    outlet: Arc<dyn Outlet>,
    people: People,
    stop: CancellationToken,
) -> Result<(), DeliveryError> {
    let wake = Arc::new(Notify::new());
    let listener = tokio::spawn(outbox::wake_on_notices(ledger.live(), Arc::clone(&wake)));
    let outbox = Arc::new(LedgerOutbox::new(ledger));
    let ended = run_on(config, secrets, outbox, outlet, people, wake, stop).await;
    listener.abort();
    ended
}

/// As [`run`], on any outbox; `wake` says that there may be something new.
///
/// # Errors
/// As [`run`].
pub async fn run_on(
    config: DeliveryConfig,
    secrets: Secrets,
    outbox: Arc<dyn Outbox>,
    outlet: Arc<dyn Outlet>,
    people: People,
    wake: Arc<Notify>,
    stop: CancellationToken,
) -> Result<(), DeliveryError> {
    metric::start_at_zero();
    let office = attempt::Office::open(config, secrets, outbox, outlet, people)?;
    worker::Worker::new(Arc::new(office), wake, stop).run().await;
    Ok(())
}
