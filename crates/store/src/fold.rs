//! Folding: the tail of every series becomes chunks on disk, in small slices between commits.
//!
//! Commits only append to the journal, which is cheap; histories are then read from chunks, not from the
//! journal. A slice needs no fsync of its own: lost in a power cut, it is done again from the journal.

use std::time::{Duration, Instant};

use domain::{Outcome, SeriesId, Time};
use rusqlite::{Connection, OptionalExtension};

use crate::clock::Tuning;
use crate::recent::{SharedRecent, Tail};
use crate::{StoreError, codec, schema};

/// How far folding has come.
pub(crate) struct Fold {
    /// The round that is under way: arrivals up to this one, and the next series.
    round: Option<(u64, usize)>,
    /// Every reading of arrivals up to this one is in chunks.
    folded: u64,
    tuning: Tuning,
}

impl Fold {
    pub(crate) fn load(conn: &Connection, tuning: Tuning) -> Result<Self, StoreError> {
        let folded = schema::meta(conn, "folded")?.unwrap_or(0);
        Ok(Self { round: None, folded, tuning })
    }

    /// Whether there is something to do now.
    pub(crate) fn is_due(&self, recent: &SharedRecent, last_seq: u64) -> bool {
        self.round.is_some()
            || last_seq - self.folded >= self.tuning.fold_rows
            || recent.read().readings >= self.tuning.fold_readings
    }

    /// Folds series until `budget` is used up, in one transaction.
    pub(crate) fn slice(
        &mut self,
        conn: &mut Connection,
        recent: &SharedRecent,
        last_seq: u64,
        budget: Duration,
    ) -> Result<(), StoreError> {
        let (upto, first) = self.round.unwrap_or((last_seq, 0));
        let started = Instant::now();
        let tx = conn.transaction()?;
        let held = recent.read();
        let mut next = first;
        for (series, tail) in held.tails().skip(first) {
            write_tail(&tx, series, tail)?;
            next += 1;
            if started.elapsed() >= budget {
                break;
            }
        }
        let done = next == held.tails().len();
        drop(held);
        if done {
            schema::set_meta(&tx, "folded", upto)?;
        }
        tx.commit()?;
        recent.write().forget(first..next);
        self.round = if done { None } else { Some((upto, next)) };
        self.folded = if done { upto } else { self.folded };
        Ok(())
    }
}

fn write_tail(conn: &Connection, series: SeriesId, tail: &Tail) -> Result<(), StoreError> {
    let Some(newest) = tail.chunks.last() else { return Ok(()) };
    let mut reach = reach(conn, series)?;
    for chunk in &tail.chunks {
        let (t0, t1) = chunk.times;
        reach = reach.max(Some(t1));
        conn.prepare_cached(
            "INSERT INTO chunk(series, t0, t1, count, readings, first_seq, reach)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        )?
        .execute((series.0, t0, t1, chunk.count, &chunk.bytes, chunk.seqs.0, reach))?;
    }
    let mut last = Vec::new();
    let newest_reading =
        Outcome { readings: tail.last.into_iter().collect(), ..Outcome::default() };
    codec::message::encode(&mut last, &newest_reading, Time::from_millis(0));
    conn.prepare_cached("UPDATE series SET folded = ?2, last = ?3 WHERE id = ?1")?.execute((
        series.0,
        newest.seqs.1,
        last,
    ))?;
    Ok(())
}

/// The latest event time in the chunks of a series so far, ms.
fn reach(conn: &Connection, series: SeriesId) -> Result<Option<i64>, StoreError> {
    let sql = "SELECT reach FROM chunk WHERE series = ?1 ORDER BY first_seq DESC LIMIT 1";
    let mut statement = conn.prepare_cached(sql)?;
    Ok(statement.query_row([series.0], |row| row.get(0)).optional()?.flatten())
}
