//! The gate of the real system: the ledger behind it.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use domain::{ArrivalBody, StationId};
use store::{Ledger, Refusal};

use crate::doorkeeper::Doorkeeper;
use crate::gate::{Client, Denied, Gate, Identity, Message};

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

    async fn presence(&self, station: &StationId, connected: bool) -> Result<(), Refusal> {
        let body = ArrivalBody::Presence { station: station.clone(), connected };
        self.ledger.submit(body).await.map(drop)
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
