//! The audit trail: each line carries the SHA-256 of itself and the line before, so that a line that was
//! changed or taken out later shows.

use domain::Time;
use rusqlite::{Connection, OptionalExtension, Row};
use serde::Serialize;
use sha2::{Digest, Sha256};

use crate::{StoreError, journal};

/// One line: who did what.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AuditLine {
    /// Position, from 1.
    pub n: u64,
    /// When.
    pub at: Time,
    /// User name, or a program's.
    pub who: String,
    /// What was done.
    pub what: String,
    /// To what, with which result.
    pub detail: String,
    /// SHA-256 over the hash before and this line, hexadecimal.
    pub hash: String,
}

pub(crate) fn append(
    conn: &Connection,
    at: Time,
    who: &str,
    what: &str,
    detail: &str,
) -> Result<(), StoreError> {
    let before: Option<Vec<u8>> = conn
        .prepare_cached("SELECT hash FROM audit ORDER BY n DESC LIMIT 1")?
        .query_row([], |row| row.get(0))
        .optional()?;
    let hash = chain(&before.unwrap_or_default(), at, [who, what, detail]);
    conn.prepare_cached(
        "INSERT INTO audit(at, who, what, detail, hash) VALUES (?1, ?2, ?3, ?4, ?5)",
    )?
    .execute((at.millis(), who, what, detail, hash))?;
    Ok(())
}

/// Lines after `after`, oldest first.
pub(crate) fn lines(
    conn: &Connection,
    after: u64,
    limit: usize,
) -> Result<Vec<AuditLine>, StoreError> {
    let mut statement = conn.prepare_cached(
        "SELECT n, at, who, what, detail, hash FROM audit WHERE n > ?1 ORDER BY n LIMIT ?2",
    )?;
    let rows = statement.query_map((after, limit), line)?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Lines before `before`, newest first.
pub(crate) fn newest(
    conn: &Connection,
    before: u64,
    limit: usize,
) -> Result<Vec<AuditLine>, StoreError> {
    let mut statement = conn.prepare_cached(
        "SELECT n, at, who, what, detail, hash FROM audit WHERE n < ?1 ORDER BY n DESC LIMIT ?2",
    )?;
    let before = i64::try_from(before).unwrap_or(i64::MAX);
    let rows = statement.query_map((before, limit), line)?;
    Ok(rows.collect::<Result<_, _>>()?)
}

fn line(row: &Row<'_>) -> rusqlite::Result<AuditLine> {
    Ok(AuditLine {
        n: row.get(0)?,
        at: journal::time(row, 1)?,
        who: row.get(2)?,
        what: row.get(3)?,
        detail: row.get(4)?,
        hash: crate::secret::hex(&row.get::<_, Vec<u8>>(5)?),
    })
}

/// The first line whose hash is not what it should be, or that follows a hole.
pub(crate) fn first_broken(conn: &Connection) -> Result<Option<u64>, StoreError> {
    let mut statement =
        conn.prepare("SELECT n, at, who, what, detail, hash FROM audit ORDER BY n")?;
    let mut rows = statement.query([])?;
    let (mut before, mut expected) = (Vec::new(), 1);
    while let Some(row) = rows.next()? {
        let n: u64 = row.get(0)?;
        let words: [String; 3] = [row.get(2)?, row.get(3)?, row.get(4)?];
        let [who, what, detail] = &words;
        let hash: Vec<u8> = row.get(5)?;
        if n != expected || hash != chain(&before, journal::time(row, 1)?, [who, what, detail]) {
            return Ok(Some(n));
        }
        (before, expected) = (hash, n + 1);
    }
    Ok(None)
}

fn chain(before: &[u8], at: Time, words: [&str; 3]) -> Vec<u8> {
    let mut hash = Sha256::new().chain_update(before).chain_update(at.millis().to_le_bytes());
    for word in words {
        // With its length, so that no two lines read the same.
        hash.update((word.len() as u64).to_le_bytes());
        hash.update(word);
    }
    hash.finalize().to_vec()
}
