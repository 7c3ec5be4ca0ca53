//! Checks user names and passwords.
//!
//! The stored hash is read at each connection: a new credential works at once, an old one no longer. Secrets
//! are long and random, so their hash is fast and nothing needs to be remembered (see `store::secret_hash`).

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use domain::StationId;
use store::{Reader, StoreError};
use tokio::time::Instant;

use crate::access;
use crate::attempts::Attempts;
use crate::gate::{Client, Denied, Identity, Role};

/// Accounts whose name begins so receive warnings.
const RECEIVER: &str = "receiver-";

/// Where the hashes of the secrets are.
pub trait Credentials: Send + Sync + 'static {
    /// The hash of one account; `None` = no such account. Blocks.
    fn one(&self, name: &StationId) -> Result<Option<String>, StoreError>;
    /// All accounts with their hashes. Blocks.
    fn all(&self) -> Result<Vec<(StationId, String)>, StoreError>;
}

impl Credentials for Reader {
    fn one(&self, name: &StationId) -> Result<Option<String>, StoreError> {
        self.credential(name)
    }

    fn all(&self) -> Result<Vec<(StationId, String)>, StoreError> {
        self.credentials()
    }
}

/// Checks user names and passwords.
pub struct Doorkeeper {
    credentials: Arc<dyn Credentials>,
    refusal_delay: Duration,
    attempts: Mutex<Attempts>,
}

impl Doorkeeper {
    /// Checks against these credentials and holds back the answer to a wrong password for that long.
    #[must_use]
    pub fn new(credentials: Arc<dyn Credentials>, refusal_delay: Duration) -> Self {
        Self { credentials, refusal_delay, attempts: Mutex::default() }
    }

    /// Whether a client may come in, and as whom.
    pub async fn admit(&self, client: Client) -> Result<Identity, Denied> {
        let asked_at = Instant::now();
        let verdict = self.judge(client).await;
        if matches!(verdict, Err(Denied::Credential | Denied::Throttled)) {
            // always the same time, so that it does not tell whether the account exists
            tokio::time::sleep_until(asked_at + self.refusal_delay).await;
        }
        verdict
    }

    async fn judge(&self, client: Client) -> Result<Identity, Denied> {
        let from = client.address;
        let name = match client.user.parse::<StationId>() {
            Ok(name) if !access::reserved(name.as_str()) => name,
            _ => return Err(self.wrong(from, &client.user, "")),
        };
        let Some(hash) = self.stored(&name).await? else {
            return Err(self.wrong(from, name.as_str(), ""));
        };
        let now = Instant::now();
        if self.with_attempts(|attempts| attempts.too_many(from, name.as_str(), &hash, now)) {
            return Err(Denied::Throttled);
        }
        let right = match (client.certificate, client.secret) {
            // an empty hash is an account that was shut
            (Some(certified), _) => certified == name.as_str() && !hash.is_empty(),
            (None, Some(secret)) => store::verify_secret(&secret.0, &hash),
            (None, None) => false,
        };
        if right { Ok(identity(name, hash)) } else { Err(self.wrong(from, name.as_str(), &hash)) }
    }

    /// Which of them were let in with a credential that is no longer the stored one. When the credentials
    /// cannot be read everybody stays: a full disk must not cut off the stations.
    pub async fn withdrawn(&self, who: &[Identity]) -> Vec<bool> {
        let credentials = self.credentials.clone();
        let stored = match tokio::task::spawn_blocking(move || credentials.all()).await {
            Ok(Ok(stored)) => stored.into_iter().collect::<HashMap<_, _>>(),
            Ok(Err(error)) => {
                tracing::warn!(%error, "the credentials of the stations cannot be read, all stay connected");
                return vec![false; who.len()];
            }
            Err(_) => return vec![false; who.len()],
        };
        let current = |id: &Identity| stored.get(&id.name).map(String::as_str);
        who.iter().map(|id| current(id) != Some(&*id.credential)).collect()
    }

    async fn stored(&self, name: &StationId) -> Result<Option<Arc<str>>, Denied> {
        let (credentials, name) = (self.credentials.clone(), name.clone());
        match tokio::task::spawn_blocking(move || credentials.one(&name)).await {
            Ok(Ok(hash)) => Ok(hash.map(Arc::from)),
            Ok(Err(error)) => {
                tracing::warn!(%error, "the credential of a station cannot be read, it is sent away");
                Err(Denied::Unavailable)
            }
            Err(_) => Err(Denied::Unavailable),
        }
    }

    fn wrong(&self, from: IpAddr, name: &str, hash: &str) -> Denied {
        let now = Instant::now();
        let guessing = self.with_attempts(|attempts| attempts.failed(from, name, hash, now));
        if guessing { Denied::Throttled } else { Denied::Credential }
    }

    fn with_attempts<T>(&self, use_them: impl FnOnce(&mut Attempts) -> T) -> T {
        use_them(&mut self.attempts.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

fn identity(name: StationId, credential: Arc<str>) -> Identity {
    let receives = name.as_str().starts_with(RECEIVER);
    let role = if receives { Role::Receiver } else { Role::Station };
    Identity { name, role, credential }
}
