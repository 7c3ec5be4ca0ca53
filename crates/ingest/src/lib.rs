//! The door for stations: the embedded MQTT broker, and the ways to brokers that somebody else runs.
//!
//! A message is acknowledged only after it was committed ([`Gate::commit`]). [`gate`] is what a broker asks
//! of us; `broker`, `handle`, `hooks`, `registry`, `retained`, `manners`, `watch` are rmqtt behind it and can be
//! replaced together. `access` says who may publish and read what, `doorkeeper` checks passwords, `intake`
//! is the way of a message, `presence` says which stations are there. [`external`] reads from other brokers and
//! publishes to them. [`client`] is the other end of the line: a station that publishes, for simulations.
//!
//! Not here: what a message means (`decode`, `pipeline`), and any state that must survive a restart.

mod access;
mod attempts;
mod broker;
pub mod client;
mod config;
mod doorkeeper;
mod error;
pub mod external;
pub mod gate;
mod handle;
mod hooks;
mod intake;
mod ledger;
mod manners;
pub mod metric;
mod presence;
mod rate;
mod registry;
mod retained;
mod seldom;
mod watch;

pub use access::reserved;
pub use broker::{Broker, start, start_with};
pub use config::{BrokerConfig, TlsConfig};
pub use doorkeeper::{Credentials, Doorkeeper};
pub use error::IngestError;
pub use external::config::{ExternalConfig, ExternalTls};
pub use gate::{Gate, Message};
pub use handle::{BrokerStatus, Handle};
