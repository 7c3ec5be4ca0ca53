//! How brokers that somebody else runs are, as the server tells it.

use domain::Time;
use serde::Serialize;
use utoipa::ToSchema;

/// A broker that somebody else runs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct ExternalBroker {
    /// Its name in the settings.
    pub name: String,
    /// Where it is, for signed-in people.
    pub address: Option<String>,
    /// The way in, if readings are taken from it.
    pub intake: Option<ExternalIntake>,
    /// The way out, if readings and warnings are published to it.
    pub bridge: Option<ExternalBridge>,
}

/// Readings from another broker.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct ExternalIntake {
    /// The connection.
    pub link: ExternalLink,
    /// Messages that came since the start.
    pub messages: u64,
    /// Those that are on disk, and acknowledged to the broker.
    pub committed: u64,
    /// Those that were too large or of no station.
    pub put_aside: u64,
    /// How often the broker had forgotten the session in which it keeps messages for us.
    pub sessions_forgotten: u64,
    /// When it last had: what waited in it is lost.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub forgotten_at: Option<Time>,
}

/// Results to another broker.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct ExternalBridge {
    /// The connection.
    pub link: ExternalLink,
    /// Messages that the broker took since the start.
    pub published: u64,
    /// Arrivals of the journal whose results are not published yet.
    pub behind: u64,
}

/// A connection to another broker.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct ExternalLink {
    /// How it is.
    pub state: ExternalState,
    /// Since when.
    #[schema(value_type = String, format = DateTime)]
    pub since: Time,
    /// What was said, for signed-in people.
    pub reason: Option<String>,
    /// When it is tried again.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub next_try_at: Option<Time>,
}

/// How a connection to another broker is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ExternalState {
    /// Being made.
    Connecting,
    /// Made; what is read is subscribed to.
    Connected,
    /// Made, but the broker refused a subscription.
    SubscriptionRefused,
    /// The broker does not answer.
    Unreachable,
    /// A certificate is not accepted.
    BadCertificate,
    /// User, password or client id are not accepted.
    NotAuthorised,
    /// Made, but the ledger refuses.
    Paused,
}

impl ExternalBroker {
    /// What may be shown; names of machines and what they say only to people who are signed in.
    pub(crate) fn shown(mut self, signed_in: bool) -> Self {
        if signed_in {
            return self;
        }
        self.address = None;
        let intake = self.intake.iter_mut().map(|way| &mut way.link);
        for link in intake.chain(self.bridge.iter_mut().map(|way| &mut way.link)) {
            link.reason = None;
        }
        self
    }
}
