//! Points that the server refuses: kept with its reason, so that the rest can go on.

use domain::Time;
use rusqlite::Connection;
use serde::Serialize;

use crate::read::Reader;
use crate::{StoreError, journal, schema};

/// A point that the server does not take.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RefusedPoint {
    /// Position in the list, for the next page.
    pub id: u64,
    /// The arrival that led to it.
    pub seq: u64,
    /// When it was refused.
    pub at: Time,
    /// The point in line protocol.
    pub line: String,
    /// What the server said.
    pub reason: String,
}

/// Where the relay stands in the ledger.
pub(super) const CURSOR: &str = "history_cursor";
/// Name of this ledger in the server, made at random.
pub(super) const LEDGER: &str = "history_ledger";

/// Remembers how far the journal is carried over, whose journal it is, and what was refused on the way. A point
/// that is refused again after the server was filled anew is one.
pub(crate) fn note(
    conn: &Connection,
    cursor: u64,
    ledger: &str,
    refused: &[RefusedPoint],
) -> Result<(), StoreError> {
    schema::set_meta(conn, CURSOR, cursor)?;
    schema::set_meta(conn, LEDGER, ledger)?;
    for point in refused {
        conn.prepare_cached(
            "INSERT INTO history_refused(seq, at, line, reason) VALUES (?1, ?2, ?3, ?4)
             ON CONFLICT(line) DO UPDATE SET at = excluded.at, reason = excluded.reason",
        )?
        .execute((point.seq, point.at.millis(), &point.line, &point.reason))?;
    }
    Ok(())
}

/// Nothing was refused: everything is tried again.
pub(super) fn forget(conn: &Connection) -> Result<(), StoreError> {
    conn.execute("DELETE FROM history_refused", ())?;
    Ok(())
}

impl Reader {
    /// Points that the server refused, newest first, before record `before`; [`u64::MAX`] = from the newest.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn refused_points(
        &self,
        before: u64,
        limit: usize,
    ) -> Result<Vec<RefusedPoint>, StoreError> {
        let before = i64::try_from(before).unwrap_or(i64::MAX);
        self.all(
            "SELECT id, seq, at, line, reason FROM history_refused WHERE id < ?1 ORDER BY id DESC LIMIT ?2",
            (before, limit),
            |row| {
                Ok(RefusedPoint {
                    id: row.get(0)?,
                    seq: row.get(1)?,
                    at: journal::time(row, 2)?,
                    line: row.get(3)?,
                    reason: row.get(4)?,
                })
            },
        )
    }

    /// How many points were refused since the beginning.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn count_refused_points(&self) -> Result<u64, StoreError> {
        let count =
            self.first("SELECT count(*) FROM history_refused", (), |row| Ok(row.get(0)?))?;
        Ok(count.unwrap_or(0))
    }

    /// Up to which arrival the journal is carried over to the history server; `None` = nothing ever was.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn history_cursor(&self) -> Result<Option<u64>, StoreError> {
        self.with(|conn| schema::meta(conn, CURSOR))
    }

    pub(super) fn history_ledger(&self) -> Result<Option<String>, StoreError> {
        self.with(|conn| schema::meta(conn, LEDGER))
    }
}
