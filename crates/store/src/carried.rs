//! What the ledger remembers of its copy on a history server: how far that reaches, what it refused, and what need not be
//! kept twice.

use std::fs::File;
use std::path::{Path, PathBuf};

use domain::{Realm, Time};
use rusqlite::{Connection, TransactionBehavior};
use serde::Serialize;

use crate::read::Reader;
use crate::{StoreError, journal, ledger, schema};

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

/// Up to which arrival the server has the journal.
const CURSOR: &str = "history_cursor";
/// Name of this ledger in the server, made at random.
const LEDGER: &str = "history_ledger";
/// Up to which arrival hours and days are worked out.
const SUMMED: &str = "history_summed";
/// Readings before this instant may be missing in the ledger.
pub(crate) const KEPT_FROM: &str = "kept_from";
/// Chunks looked for at once.
const LOOKED_FOR: usize = 20_000;

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

/// Remembers up to which arrival hours and days are worked out.
pub(crate) fn note_summed(conn: &Connection, seq: u64) -> Result<(), StoreError> {
    schema::set_meta(conn, SUMMED, seq)
}

/// Drops those of the chunks that end before `before`, if the server has everything that is in chunks.
pub(crate) fn prune(conn: &Connection, before: Time, chunks: &[i64]) -> Result<(), StoreError> {
    let cursor: u64 = schema::meta(conn, CURSOR)?.unwrap_or(0);
    let summed: u64 = schema::meta(conn, SUMMED)?.unwrap_or(0);
    let folded: u64 =
        conn.query_row("SELECT coalesce(max(folded), 0) FROM series", [], |row| row.get(0))?;
    if folded > cursor.min(summed) {
        return Ok(());
    }
    let known: Option<i64> = schema::meta(conn, KEPT_FROM)?;
    if known.is_none_or(|known| known < before.millis()) {
        schema::set_meta(conn, KEPT_FROM, before.millis())?;
    }
    let mut statement = conn.prepare_cached("DELETE FROM chunk WHERE id = ?1 AND t1 < ?2")?;
    for chunk in chunks {
        statement.execute((chunk, before.millis()))?;
    }
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

    /// The name of this ledger in the history server; `None` = it has none yet.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn history_ledger(&self) -> Result<Option<String>, StoreError> {
        self.with(|conn| schema::meta(conn, LEDGER))
    }

    /// From when on the ledger has every reading; what is older may be in the history only. `None` = it has all.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn kept_from(&self) -> Result<Option<Time>, StoreError> {
        self.with(|conn| Ok(schema::meta(conn, KEPT_FROM)?.map(Time::from_millis)))
    }

    /// Up to which arrival hours and days are worked out; `None` = none ever were.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn history_summed(&self) -> Result<Option<u64>, StoreError> {
        self.with(|conn| schema::meta(conn, SUMMED))
    }

    /// Chunks of readings that end before that instant, some of them: what [`crate::Ledger::note_prune`] may drop.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn chunks_before(&self, before: Time) -> Result<Vec<i64>, StoreError> {
        let sql = "SELECT id FROM chunk WHERE t1 < ?1 LIMIT ?2";
        self.all(sql, (before.millis(), LOOKED_FOR), |row| Ok(row.get(0)?))
    }
}

/// A ledger that nobody else writes, while it is carried over from the beginning. Locked until it is dropped.
pub struct AtRest {
    conn: Connection,
    reader: Reader,
    realm: Realm,
    _lock: File,
}

impl AtRest {
    /// Opens and locks a ledger.
    ///
    /// # Errors
    /// There is none, it is in use, or it cannot be read.
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        if !path.is_file() {
            let reason = "there is no such file".to_owned();
            return Err(StoreError::Open { path: PathBuf::from(path), reason });
        }
        let lock = ledger::lock(path)?;
        let reader = Reader::open(path)?;
        let realm = reader.realm()?;
        let conn = schema::open_to_write(path, realm)?;
        Ok(Self { conn, reader, realm, _lock: lock })
    }

    /// To read it.
    #[must_use]
    pub fn reader(&self) -> Reader {
        self.reader.clone()
    }

    /// Whether it is real or an exercise.
    #[must_use]
    pub const fn realm(&self) -> Realm {
        self.realm
    }

    /// What was refused is tried again, and hours and days are worked out again by whoever writes the ledger next.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn begin(&mut self) -> Result<(), StoreError> {
        let tx = self.conn.transaction_with_behavior(TransactionBehavior::Immediate)?;
        tx.execute("DELETE FROM history_refused", ())?;
        note_summed(&tx, 0)?;
        Ok(tx.commit()?)
    }

    /// Remembers how far the journal is carried over, under which name, and what was refused.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn note(
        &mut self,
        cursor: u64,
        ledger: &str,
        refused: &[RefusedPoint],
    ) -> Result<(), StoreError> {
        let tx = self.conn.transaction_with_behavior(TransactionBehavior::Immediate)?;
        note(&tx, cursor, ledger, refused)?;
        Ok(tx.commit()?)
    }
}
