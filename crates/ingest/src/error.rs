//! What can go wrong when the broker is started or used.

use std::net::SocketAddr;
use std::path::PathBuf;

/// What can go wrong when the broker is started or used. A running broker has no errors of its own: what a
/// station does wrong ends with that station's connection.
#[derive(Debug, thiserror::Error)]
pub enum IngestError {
    /// An option is outside what is possible.
    #[error("{key}: {fault}")]
    Config {
        /// The option.
        key: &'static str,
        /// What is wrong with it.
        fault: String,
    },
    /// The address cannot be listened on.
    #[error(
        "cannot listen for mqtt on {address}: {reason}; stop what listens there, or choose another address"
    )]
    Bind {
        /// The address.
        address: SocketAddr,
        /// What the system said.
        reason: String,
    },
    /// Certificate, key or certificate authority cannot be used.
    #[error("cannot offer mqtt over tls with certificate '{}': {reason}", certificate.display())]
    Tls {
        /// The certificate file.
        certificate: PathBuf,
        /// What is wrong.
        reason: String,
    },
    /// A task that is to run until the end has ended.
    #[error("a way to another broker ended by a fault, its message is in the log")]
    WayEnded,
    /// A message of ours cannot be published.
    #[error("cannot publish to '{topic}': {reason}")]
    Publish {
        /// The topic.
        topic: String,
        /// What is wrong.
        reason: String,
    },
}
