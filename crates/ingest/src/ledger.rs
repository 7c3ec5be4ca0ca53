//! The gate of the real system: the ledger behind it.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use domain::{ArrivalBody, SetAsideReason, StationId};
use store::{Ledger, Refusal};

use crate::doorkeeper::Doorkeeper;
use crate::gate::{Client, Denied, Gate, Identity, Message};

/// So much of a message that nobody looks into is kept, bytes.
pub(crate) const HEAD: usize = 1_024;

/// Lets in whom the ledger knows, and hands it what they send.
pub(crate) struct LedgerGate {
    ledger: Ledger,
    doorkeeper: Doorkeeper,
}

impl LedgerGate {
    pub(crate) fn new(ledger: Ledger, refusal_delay: Duration) -> Self {
        let doorkeeper = Doorkeeper::new(Arc::new(ledger.reader()), refusal_delay);
        Self { ledger, doorkeeper }
    }
}

#[async_trait]
impl Gate for LedgerGate {
    async fn authorize(&self, client: Client) -> Result<Identity, Denied> {
        self.doorkeeper.admit(client).await
    }

    async fn withdrawn(&self, who: &[Identity]) -> Vec<bool> {
        self.doorkeeper.withdrawn(who).await
    }

    async fn commit(&self, station: &StationId, message: Message<'_>) -> Result<(), Refusal> {
        // what a station publishes with the retain flag is live; our broker does not retain it
        self.ledger.submit(telemetry(station, message, false)).await.map(drop)
    }

    async fn too_large(
        &self,
        station: &StationId,
        message: Message<'_>,
        most: u32,
    ) -> Result<(), Refusal> {
        let bytes = message.payload.len();
        let detail = format!("{bytes} bytes are more than {most}: send less at once");
        let content = (&message.payload[..bytes.min(HEAD)], bytes);
        let body = unusable(station, message.topic, content, SetAsideReason::TooMuch, detail);
        self.ledger.submit(body).await.map(drop)
    }

    async fn presence(&self, station: &StationId, connected: bool) -> Result<(), Refusal> {
        let body = ArrivalBody::Presence { station: station.clone(), connected };
        self.ledger.submit(body).await.map(drop)
    }
}

/// A message that nobody looks into: its beginning, and how large it was.
pub(crate) fn unusable(
    station: &StationId,
    topic: &str,
    (head, bytes): (&[u8], usize),
    reason: SetAsideReason,
    detail: String,
) -> ArrivalBody {
    ArrivalBody::Unusable {
        station: station.clone(),
        topic: topic.to_owned(),
        head: String::from_utf8_lossy(head).into_owned(),
        bytes: bytes as u64,
        reason,
        detail,
    }
}

/// A station's message as the journal keeps it; `retained` = a copy that a broker kept.
pub(crate) fn telemetry(station: &StationId, message: Message<'_>, retained: bool) -> ArrivalBody {
    ArrivalBody::Telemetry {
        station: station.clone(),
        topic: message.topic.to_owned(),
        payload: message.payload.to_vec(),
        retained,
        dup: message.dup,
        again: None,
    }
}
