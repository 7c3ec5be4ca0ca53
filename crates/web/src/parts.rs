//! What the server hands in.

use std::fmt;
use std::sync::Arc;

use domain::{Realm, Time};
use metrics_exporter_prometheus::PrometheusHandle;
use pack::Pack;
use serde::Serialize;
use utoipa::ToSchema;

use crate::configuration::Configuration;
use crate::external::ExternalBroker;

/// Everything the web door shows or passes on.
#[derive(Clone)]
pub struct Parts {
    /// What is remembered, and the way in for people's acts.
    pub ledger: store::Ledger,
    /// Real or exercise, as the ledger was opened.
    pub realm: Realm,
    /// The pack in force.
    pub pack: Arc<dyn Fn() -> Arc<Pack> + Send + Sync>,
    /// Key of the receipt links, the same that delivery signs with.
    pub receipt_key: Arc<[u8]>,
    /// Set when the clock is a drill's.
    pub drill: Option<Drill>,
    /// How the intake is.
    pub broker_status: Arc<dyn Fn() -> BrokerStatus + Send + Sync>,
    /// How brokers are that somebody else runs.
    pub external_status: Arc<dyn Fn() -> Vec<ExternalBroker> + Send + Sync>,
    /// Why the last changed configuration was refused; `None` = the files on disk are in force.
    pub config_problem: Arc<dyn Fn() -> Option<String> + Send + Sync>,
    /// The configuration as people change it from the pages.
    pub configuration: Arc<dyn Configuration>,
    /// The long memory.
    pub history: History,
    /// Renders `/metrics`.
    pub metrics: PrometheusHandle,
    /// Version of the program.
    pub version: String,
}

/// The long memory: how it stands, and what only it has.
#[derive(Clone)]
pub struct History {
    /// How it stands.
    pub watch: history::HistoryWatch,
    /// Reads it; `None` = no server is configured.
    pub archive: Option<history::Archive>,
}

/// A drill's clock.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, ToSchema)]
pub struct Drill {
    /// The instant it began at.
    #[schema(value_type = String, format = DateTime)]
    pub from: Time,
    /// Seconds of the drill in one real second.
    pub speed: f64,
}

/// How the intake is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct BrokerStatus {
    /// Accepts stations.
    pub listening: bool,
    /// Stations connected now.
    pub connections: u64,
    /// Where it listens, such as `127.0.0.1:1883`.
    pub address: String,
    /// Since when it does not listen.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub failing_since: Option<Time>,
}

impl fmt::Debug for Parts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Parts").field("realm", &self.realm).finish_non_exhaustive()
    }
}
