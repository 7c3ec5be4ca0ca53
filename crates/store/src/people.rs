//! Who may do what: users, their sessions, the stations' secrets.

use std::path::Path;

use domain::{Realm, StationId, Time};
use rusqlite::{Connection, TransactionBehavior};
use serde::{Deserialize, Serialize};

use crate::{StoreError, audit, json, schema};

/// What a user may do; each role includes the ones before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Looks.
    Viewer,
    /// Confirms warnings.
    DutyOfficer,
    /// Also forecasts.
    Forecaster,
    /// Also users, stations, configuration.
    Admin,
}

/// A person who can sign in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct User {
    /// Name to sign in with.
    pub name: String,
    /// Name as printed under a warning.
    pub full_name: String,
    /// What they may do.
    pub role: Role,
    /// PHC string (argon2), made by the caller.
    pub password_hash: String,
    /// May not sign in any more; kept, because old warnings name them.
    pub disabled: bool,
}

/// A sign-in that lasts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// SHA-256 of the cookie's token, hexadecimal; the token itself is nowhere.
    pub token_hash: String,
    /// Name of the user.
    pub user: String,
    /// When it ends by itself.
    pub expires_at: Time,
}

/// Users and credentials of a ledger that no process, or another one, has open: for the command line.
///
/// ```no_run
/// # use store::{People, StoreError};
/// # fn main() -> Result<(), StoreError> {
/// let mut people = People::open("var/quantrac.db".as_ref(), domain::Realm::Actual)?;
/// let station = "van_canh".parse().expect("a name");
/// people.put_credential(&station, &store::secret_hash("a generated secret"))?;
/// # Ok(()) }
/// ```
pub struct People(Connection);

impl People {
    /// Opens or creates the ledger.
    ///
    /// # Errors
    /// The file cannot be opened, is not a ledger, or is one of another realm.
    pub fn open(path: &Path, realm: Realm) -> Result<Self, StoreError> {
        schema::open_to_write(path, realm).map(Self)
    }

    /// Adds or replaces a user.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn put_user(&mut self, user: &User) -> Result<(), StoreError> {
        self.write(|conn| put_user(conn, user))
    }

    /// Adds or replaces a station's secret; give [`secret_hash`](crate::secret_hash) of it.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn put_credential(
        &mut self,
        station: &StationId,
        secret_hash: &str,
    ) -> Result<(), StoreError> {
        self.write(|conn| put_credential(conn, station, secret_hash))
    }

    /// Adds a line to the audit trail.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn audit(
        &mut self,
        at: Time,
        who: &str,
        what: &str,
        detail: &str,
    ) -> Result<(), StoreError> {
        self.write(|conn| audit::append(conn, at, who, what, detail))
    }

    fn write(
        &mut self,
        work: impl FnOnce(&Connection) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        let tx = self.0.transaction_with_behavior(TransactionBehavior::Immediate)?;
        work(&tx)?;
        Ok(tx.commit()?)
    }
}

/// Adds or replaces a user. Disabling them or changing their password ends their sessions.
pub(crate) fn put_user(conn: &Connection, user: &User) -> Result<(), StoreError> {
    let body = json::text("user", user)?;
    conn.prepare_cached(
        "DELETE FROM session WHERE user = ?1 AND (?2 OR EXISTS (SELECT 1 FROM user
           WHERE name = ?1 AND json_extract(body, '$.password_hash') <> ?3))",
    )?
    .execute((&user.name, user.disabled, &user.password_hash))?;
    conn.prepare_cached("INSERT OR REPLACE INTO user(name, body) VALUES (?1, ?2)")?
        .execute((&user.name, body))?;
    Ok(())
}

pub(crate) fn put_credential(
    conn: &Connection,
    station: &StationId,
    secret_hash: &str,
) -> Result<(), StoreError> {
    conn.prepare_cached("INSERT OR REPLACE INTO credential(station, secret_hash) VALUES (?1, ?2)")?
        .execute((station.as_str(), secret_hash))?;
    Ok(())
}

/// Adds a session and drops those that are over.
pub(crate) fn put_session(
    conn: &Connection,
    session: &Session,
    now: Time,
) -> Result<(), StoreError> {
    conn.prepare_cached("DELETE FROM session WHERE expires_at <= ?1")?.execute([now.millis()])?;
    conn.prepare_cached(
        "INSERT OR REPLACE INTO session(token_hash, user, expires_at) VALUES (?1, ?2, ?3)",
    )?
    .execute((&session.token_hash, &session.user, session.expires_at.millis()))?;
    Ok(())
}

pub(crate) fn end_session(conn: &Connection, token_hash: &str) -> Result<(), StoreError> {
    conn.prepare_cached("DELETE FROM session WHERE token_hash = ?1")?.execute([token_hash])?;
    Ok(())
}
