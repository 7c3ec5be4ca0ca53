//! What a broker asks of us. Whatever speaks MQTT stands behind this trait and can be replaced.

use std::net::IpAddr;
use std::sync::Arc;

use async_trait::async_trait;
use domain::StationId;
use store::Refusal;

/// Whoever asks to be let in.
#[derive(Debug, Clone)]
pub struct Client {
    /// The user name it gives; for a station this is its id.
    pub user: String,
    /// The password it gives. Never logged.
    pub secret: Option<Secret>,
    /// The common name of its certificate, verified against our certificate authority.
    pub certificate: Option<String>,
    /// Where it connects from.
    pub address: IpAddr,
}

/// A password that does not show when it is printed.
#[derive(Clone)]
pub struct Secret(pub String);

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("(secret)")
    }
}

/// What an account is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Sends its own telemetry and status.
    Station,
    /// Reads warnings, sends nothing.
    Receiver,
}

/// Somebody who was let in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// Name of the account; for a station its id.
    pub name: StationId,
    /// What it is for.
    pub role: Role,
    /// The stored credential it was let in with; when another is stored, it has to go.
    pub credential: Arc<str>,
}

/// Why somebody was not let in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Denied {
    /// No such account, or the wrong password: from outside they look alike.
    Credential,
    /// Too many wrong passwords lately.
    Throttled,
    /// The credentials cannot be read just now.
    Unavailable,
}

/// What a station published.
#[derive(Debug, Clone, Copy)]
pub struct Message<'a> {
    /// Where to.
    pub topic: &'a str,
    /// What.
    pub payload: &'a [u8],
    /// The station sends it again because no acknowledgement came.
    pub dup: bool,
}

/// What the broker asks of us.
#[async_trait]
pub trait Gate: Send + Sync + 'static {
    /// Whether a client may come in, and as whom.
    async fn authorize(&self, client: Client) -> Result<Identity, Denied>;

    /// Which of them may not stay, in the same order, because their credential was changed or withdrawn.
    async fn withdrawn(&self, who: &[Identity]) -> Vec<bool>;

    /// Takes a station's message. The broker acknowledges it only after this returned `Ok`.
    async fn commit(&self, station: &StationId, message: Message<'_>) -> Result<(), Refusal>;

    /// Takes a station's message that is larger than `most`: it is put aside, and acknowledged all the same, because a
    /// station that gets no acknowledgement sends it again for ever. By default it is taken like any other.
    async fn too_large(
        &self,
        station: &StationId,
        message: Message<'_>,
        _most: u32,
    ) -> Result<(), Refusal> {
        self.commit(station, message).await
    }

    /// Takes note that a station is connected or not.
    async fn presence(&self, station: &StationId, connected: bool) -> Result<(), Refusal>;
}
