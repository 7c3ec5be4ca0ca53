//! Users, sessions, stations' secrets.

use domain::{StationId, Time};

use super::Reader;
use crate::people::{Session, User};
use crate::{StoreError, json};

impl Reader {
    /// One user.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn user(&self, name: &str) -> Result<Option<User>, StoreError> {
        self.first("SELECT body FROM user WHERE name = ?1", [name], |row| {
            json::column("user", row, 0)
        })
    }

    /// Every user, by name.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn users(&self) -> Result<Vec<User>, StoreError> {
        self.all("SELECT body FROM user ORDER BY name", (), |row| json::column("user", row, 0))
    }

    /// A session; the caller looks whether it is over and whether its user may still sign in.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn session(&self, token_hash: &str) -> Result<Option<Session>, StoreError> {
        let sql = "SELECT token_hash, user, expires_at FROM session WHERE token_hash = ?1";
        self.first(sql, [token_hash], |row| {
            let expires_at = Time::from_millis(row.get(2)?);
            Ok(Session { token_hash: row.get(0)?, user: row.get(1)?, expires_at })
        })
    }

    /// The hash of a station's secret.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn credential(&self, station: &StationId) -> Result<Option<String>, StoreError> {
        let sql = "SELECT secret_hash FROM credential WHERE station = ?1";
        self.first(sql, [station.as_str()], |row| Ok(row.get(0)?))
    }

    /// Every station's secret hash, by station.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn credentials(&self) -> Result<Vec<(StationId, String)>, StoreError> {
        self.all("SELECT station, secret_hash FROM credential ORDER BY station", (), |row| {
            let station: String = row.get(0)?;
            let station = station.parse().map_err(|error| StoreError::damaged("station", error))?;
            Ok((station, row.get(1)?))
        })
    }
}
