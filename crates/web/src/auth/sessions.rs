//! Sessions: a random token in the cookie, its hash in the ledger, and a short memory in between.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use domain::Time;
use sha2::{Digest, Sha256};
use store::{Session, User};
use tokio::sync::watch;

use super::{Person, real_now};

/// Characters of a token: 256 bits in base64url.
pub(super) const TOKEN_LENGTH: usize = 43;
/// A session is looked up again after this long; so long may a disabled user go on.
const REMEMBERED: Duration = Duration::from_secs(10);
/// Most sessions remembered.
const MOST: usize = 10_000;

/// A new token: 256 random bits.
pub(crate) fn new_token() -> String {
    URL_SAFE_NO_PAD.encode(rand::random::<[u8; 32]>())
}

/// What is stored of a token: its SHA-256, hexadecimal. Who reads the ledger cannot sign in.
pub(crate) fn token_hash(token: &str) -> String {
    Sha256::digest(token).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Sessions looked up lately.
#[derive(Debug, Default)]
pub(crate) struct Sessions {
    table: Mutex<HashMap<String, Remembered>>,
    signed_out: watch::Sender<()>,
}

#[derive(Debug, Clone)]
struct Remembered {
    person: Person,
    expires_at: Time,
    until: Instant,
}

impl Sessions {
    /// The person of that session, if it was looked up lately.
    pub(crate) fn remembered(&self, hash: &str, now: Instant) -> Option<Person> {
        let table = self.table.lock().unwrap_or_else(PoisonError::into_inner);
        let found = table.get(hash).filter(|entry| entry.until > now)?;
        (found.expires_at > real_now()).then(|| found.person.clone())
    }

    /// The person of a session as the ledger has it, remembered from now on.
    pub(crate) fn accept(&self, session: Option<Session>, user: Option<User>) -> Option<Person> {
        let session = session.filter(|session| session.expires_at > real_now())?;
        let person = Person::from(user.filter(|user| !user.disabled)?);
        let mut table = self.table.lock().unwrap_or_else(PoisonError::into_inner);
        if table.len() >= MOST {
            table.clear();
        }
        let until = Instant::now() + REMEMBERED;
        let expires_at = session.expires_at;
        let entry = Remembered { person: person.clone(), expires_at, until };
        table.insert(session.token_hash, entry);
        Some(person)
    }

    /// The session was ended.
    pub(crate) fn forget(&self, hash: &str) {
        self.table.lock().unwrap_or_else(PoisonError::into_inner).remove(hash);
        self.signed_out.send_replace(());
    }

    /// Something about that person changed: their sessions are looked up again at once.
    pub(crate) fn forget_person(&self, name: &str) {
        let mut table = self.table.lock().unwrap_or_else(PoisonError::into_inner);
        table.retain(|_, entry| entry.person.name != name);
        drop(table);
        self.signed_out.send_replace(());
    }

    /// Tells of each session that was ended here.
    pub(crate) fn signed_out(&self) -> watch::Receiver<()> {
        self.signed_out.subscribe()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_are_of_their_length_and_all_different() {
        let tokens: std::collections::HashSet<_> = (0..100).map(|_| new_token()).collect();
        assert_eq!(tokens.len(), 100);
        assert!(tokens.iter().all(|token| token.len() == TOKEN_LENGTH));
        assert_eq!(
            token_hash(""),
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
        );
    }
}
