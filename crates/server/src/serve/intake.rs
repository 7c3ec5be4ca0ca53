//! The broker as the other parts see it: a place to publish, and a state with its beginning.

use std::sync::{Arc, Mutex, PoisonError};

use domain::Time;
use ingest::Handle;

/// A handle on the broker that remembers since when nothing arrives. Cheap to clone.
#[derive(Clone)]
pub(super) struct Intake {
    broker: Handle,
    failing_since: Arc<Mutex<Option<Time>>>,
}

impl Intake {
    pub(super) fn new(broker: Handle) -> Self {
        Self { broker, failing_since: Arc::default() }
    }

    pub(super) const fn broker(&self) -> &Handle {
        &self.broker
    }

    /// How it is, for the pages.
    pub(super) fn status(&self, now: Time) -> web::BrokerStatus {
        let status = self.broker.status();
        let mut failing = self.failing_since.lock().unwrap_or_else(PoisonError::into_inner);
        *failing = if status.listening { None } else { Some(failing.unwrap_or(now)) };
        web::BrokerStatus {
            listening: status.listening,
            connections: status.connections as u64,
            address: status.address.to_string(),
            failing_since: *failing,
        }
    }
}
