//! What the ledger need not keep any more because the history server has it: chunks of readings. The journal stays,
//! so the server can always be filled again.

use domain::{Span, Time};
use rusqlite::Connection;

use super::aside::CURSOR;
use super::carrier::{Fault, blocking};
use crate::read::Reader;
use crate::{Ledger, Refusal, StoreError, schema};

/// Up to which arrival hours and days are worked out.
const SUMMED: &str = "history_summed";
/// Readings before this instant may be missing in the ledger.
pub(crate) const KEPT_FROM: &str = "kept_from";
/// Chunks dropped in one transaction, so that no station waits for it.
const AT_ONCE: usize = 200;
/// Chunks looked for at once.
const LOOKED_FOR: usize = 20_000;

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

    fn chunks_before(&self, before: Time) -> Result<Vec<i64>, StoreError> {
        let sql = "SELECT id FROM chunk WHERE t1 < ?1 LIMIT ?2";
        self.all(sql, (before.millis(), LOOKED_FOR), |row| Ok(row.get(0)?))
    }
}

/// Drops what is older than `keep` in small transactions; gives how many chunks were dropped and how many are left,
/// which the server does not have yet.
pub(super) async fn drop_older(ledger: &Ledger, keep: Span) -> Result<(usize, usize), Fault> {
    let before = (ledger.now() - keep).floor(Span::days(1), Span::ZERO);
    let reader = ledger.reader();
    let chunks = blocking(&reader, move |reader| reader.chunks_before(before)).await?;
    for some in chunks.chunks(AT_ONCE) {
        let refused = |refusal: Refusal| Fault::Ledger(refusal.to_string());
        ledger.note_prune(before, some.to_vec()).await.map_err(refused)?;
    }
    let left = blocking(&reader, move |reader| reader.chunks_before(before)).await?.len();
    Ok((chunks.len().saturating_sub(left), left))
}
