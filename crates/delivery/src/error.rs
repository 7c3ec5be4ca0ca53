//! What can go wrong.

use std::time::Duration;

/// Why delivery cannot start.
#[derive(Debug, thiserror::Error)]
pub enum DeliveryError {
    /// A fault of the configuration.
    #[error("delivery option '{key}': {fault}")]
    Config {
        /// Which option.
        key: String,
        /// What is wrong and what to do.
        fault: String,
    },
    /// The mail or HTTP client cannot be made.
    #[error("the {client} client cannot start: {reason}")]
    Client {
        /// Which.
        client: &'static str,
        /// What the library said.
        reason: String,
    },
}

/// What came of handing a message to its channel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Handed {
    /// On its way: a mail server took it.
    Sent(String),
    /// Where it was to go.
    Delivered(String),
    /// Not needed any more.
    LeftOut(String),
}

/// Why a message did not leave.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Failure {
    /// May go better later; the channel may say when.
    Later { reason: String, after: Option<Duration> },
    /// Will never go better.
    Never(String),
}

impl Failure {
    pub(crate) fn later(reason: impl Into<String>) -> Self {
        Self::Later { reason: reason.into(), after: None }
    }
}
