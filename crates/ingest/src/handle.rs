//! What others may do with the running broker: publish, and see how it is.

use std::net::SocketAddr;
use std::sync::Arc;

use rmqtt::codec::types::Publish as Packet;
use rmqtt::context::ServerContext;
use rmqtt::session::SessionState;
use rmqtt::types::{From, Id, Publish, QoS};
use serde::Serialize;
use tokio::task::AbortHandle;

use crate::error::IngestError;
use crate::intake::Intake;

/// A handle on the broker. Cheap to clone; does not keep it running.
#[derive(Clone)]
pub struct Handle {
    pub(crate) context: ServerContext,
    pub(crate) intake: Arc<Intake>,
    pub(crate) address: SocketAddr,
    pub(crate) tls_address: Option<SocketAddr>,
    pub(crate) running: AbortHandle,
}

/// How the broker is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct BrokerStatus {
    /// Whether it takes connections. If not, nothing arrives.
    pub listening: bool,
    /// Where it listens.
    pub address: SocketAddr,
    /// Where it listens with TLS.
    pub tls_address: Option<SocketAddr>,
    /// Connections now.
    pub connections: usize,
    /// Different stations connected now.
    pub stations: usize,
    /// Messages taken since the start, committed or refused.
    pub messages: u64,
    /// Refusals since the start: connections, subscriptions, messages.
    pub refused: u64,
}

impl Handle {
    /// Where it listens; with the real port if port 0 was asked for.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Where it listens with TLS.
    #[must_use]
    pub fn tls_address(&self) -> Option<SocketAddr> {
        self.tls_address
    }

    /// Publishes a message of ours at QoS 1 to whoever subscribed. A retained one is also given to those who
    /// subscribe later, until the broker stops or an empty one takes its place.
    pub async fn publish(
        &self,
        topic: &str,
        payload: Vec<u8>,
        retain: bool,
    ) -> Result<(), IngestError> {
        let refuse = |reason: String| IngestError::Publish { topic: topic.to_owned(), reason };
        // A brace is a name that nobody filled in: everything would go to one topic.
        if topic.is_empty() || topic.contains(['+', '#', '\0', '{', '}']) {
            return Err(refuse("a topic is not empty and has no '+', '#' or braces".to_owned()));
        }
        if !self.status().listening {
            return Err(refuse("the broker has stopped".to_owned()));
        }
        let packet = Packet {
            dup: false,
            retain,
            qos: QoS::AtLeastOnce,
            topic: topic.into(),
            packet_id: None,
            payload: payload.into(),
            properties: None,
        };
        let ours = From::from_system(Id::from(self.context.node.id(), "quantrac".into()));
        SessionState::forwards(&self.context, ours, Publish::from(packet), false, None)
            .await
            .map_err(|error| refuse(error.to_string()))
    }

    /// How it is.
    #[must_use]
    pub fn status(&self) -> BrokerStatus {
        let (messages, refused) = self.intake.metrics.totals();
        BrokerStatus {
            listening: !self.running.is_finished() && !self.intake.is_stopping(),
            address: self.address,
            tls_address: self.tls_address,
            connections: self.intake.registry.len(),
            stations: self.intake.registry.stations(),
            messages,
            refused,
        }
    }
}
