//! The writing connection: batches, checkpoints, folding. No thread, no channel, no clock.

use std::path::Path;
use std::time::{Duration, Instant};

use domain::{Processor, Realm, SeriesId, SeriesKey, Time};
use metrics::histogram;
use rusqlite::{Connection, TransactionBehavior};

use crate::clock::Tuning;
use crate::fold::Fold;
use crate::ledger::Applied;
use crate::note::Note;
use crate::past::{self, Stored};
use crate::read::Reader;
use crate::recent::{Recent, SharedRecent};
use crate::{StoreError, codec, commit, journal, measures, schema};

/// Each commit waits for the disk.
const SYNCED: &str = "PRAGMA synchronous = FULL";

/// The only one who writes the file.
pub(crate) struct Writer {
    conn: Connection,
    recent: SharedRecent,
    fold: Fold,
    /// How often the ledger was opened; tells what was in flight in an earlier run.
    run: i64,
    /// `synchronous` may not be FULL.
    unsynced: bool,
    scratch: Vec<u8>,
}

/// Where the journal ends.
#[derive(Debug, Clone, Copy)]
pub(crate) struct JournalEnd {
    /// The newest arrival, 0 when there is none.
    pub(crate) seq: u64,
    /// When it was received.
    pub(crate) received_at: Time,
    /// When a process last wrote that it was alive.
    pub(crate) alive_at: Option<Time>,
}

impl Writer {
    pub(crate) fn open(path: &Path, realm: Realm, tuning: Tuning) -> Result<Self, StoreError> {
        let conn = schema::open_to_write(path, realm)?;
        let run = schema::meta(&conn, "run")?.unwrap_or(0) + 1;
        schema::set_meta(&conn, "run", run)?;
        let recent = SharedRecent::new(Recent::load(&conn, tuning.chunk_readings)?);
        let fold = Fold::load(&conn, tuning)?;
        Ok(Self { conn, recent, fold, run, unsynced: false, scratch: Vec::new() })
    }

    /// Series that a newer program has numbered while it took the journal of an older one.
    fn add_series(&self, new: &[(SeriesId, SeriesKey)]) -> Result<(), StoreError> {
        let seq = journal::last_seq(&self.conn)?;
        for (id, key) in new {
            commit::write_number(&self.conn, seq, *id, key)?;
            self.recent.write().add_series(*id, key.clone());
        }
        Ok(())
    }

    /// Gives the series of another ledger their numbers, before anything refers to them.
    pub(crate) fn take_series(&mut self, of: &Connection) -> Result<(), StoreError> {
        let mut statement =
            of.prepare("SELECT id, seq, station, parameter, sensor FROM series ORDER BY id")?;
        let mut rows = statement.query([])?;
        let tx = self.conn.transaction()?;
        while let Some(row) = rows.next()? {
            let (id, seq): (u32, u64) = (row.get(0)?, row.get(1)?);
            let (station, parameter, sensor): (String, String, String) =
                (row.get(2)?, row.get(3)?, row.get(4)?);
            tx.prepare_cached(
                "INSERT INTO series(id, seq, station, parameter, sensor) VALUES (?1, ?2, ?3, ?4, ?5)",
            )?
            .execute((id, seq, station, parameter, sensor))?;
        }
        tx.commit()?;
        *self.recent.write() = Recent::load(&self.conn, Tuning::default().chunk_readings)?;
        Ok(())
    }

    pub(crate) const fn run(&self) -> i64 {
        self.run
    }

    pub(crate) fn recent(&self) -> SharedRecent {
        self.recent.clone()
    }

    pub(crate) fn journal_end(&self) -> Result<JournalEnd, StoreError> {
        let seq = journal::last_seq(&self.conn)?;
        let mut statement = self
            .conn
            .prepare("SELECT coalesce(max(received_at), 0) FROM journal WHERE seq = ?1")?;
        let received_at = statement.query_row([seq], |row| journal::time(row, 0))?;
        let alive_at = schema::meta(&self.conn, "alive_at")?.map(Time::from_millis);
        let alive_at = if seq == 0 { alive_at } else { alive_at.max(Some(received_at)) };
        Ok(JournalEnd { seq, received_at, alive_at })
    }

    /// Makes sure that the next commit is synced. When the setting could not be restored after work that
    /// need not be, nothing may be acknowledged before it is.
    fn sync(&mut self) -> Result<(), StoreError> {
        if self.unsynced {
            self.conn.execute_batch(SYNCED)?;
            self.unsynced = false;
        }
        Ok(())
    }

    /// Writes arrivals with their outcomes, notes, and that we live: all on disk afterwards, or nothing.
    pub(crate) fn commit(
        &mut self,
        rows: &[Applied],
        notes: &[Note],
        now: Time,
    ) -> Result<(), StoreError> {
        self.sync()?;
        let tx = self.conn.transaction_with_behavior(TransactionBehavior::Immediate)?;
        for row in rows {
            commit::write(&tx, row, self.run, &mut self.scratch)?;
        }
        for note in notes {
            note.write(&tx, now, self.run)?;
        }
        if rows.is_empty() {
            schema::set_meta(&tx, "alive_at", now.millis())?;
        }
        tx.commit()?;
        self.recent.write().extend(rows);
        Ok(())
    }

    /// Writes when we were last alive; may be lost in a power cut.
    pub(crate) fn keep_alive(&mut self, now: Time) -> Result<(), StoreError> {
        unsynced(&mut self.conn, &mut self.unsynced, |conn| {
            schema::set_meta(conn, "alive_at", now.millis())
        })
    }

    /// Whether folding has something to do.
    pub(crate) fn fold_is_due(&self, last_seq: u64) -> bool {
        self.fold.is_due(&self.recent, last_seq)
    }

    /// Folds for about `budget`.
    pub(crate) fn fold(&mut self, last_seq: u64, budget: Duration) -> Result<(), StoreError> {
        let started = Instant::now();
        unsynced(&mut self.conn, &mut self.unsynced, |conn| {
            self.fold.slice(conn, &self.recent, last_seq, budget)
        })?;
        histogram!(measures::FOLD_SECONDS).record(started.elapsed());
        Ok(())
    }

    /// Keeps the processor's state after arrival `seq`, and the one kept before.
    pub(crate) fn checkpoint(
        &mut self,
        seq: u64,
        processor: &dyn Processor,
    ) -> Result<(), StoreError> {
        let started = Instant::now();
        let state = processor.checkpoint();
        unsynced(&mut self.conn, &mut self.unsynced, |conn| {
            let tx = conn.transaction()?;
            tx.execute(
                "INSERT OR REPLACE INTO checkpoint(seq, state) VALUES (?1, ?2)",
                (seq, &state),
            )?;
            tx.execute(
                "DELETE FROM checkpoint WHERE seq NOT IN (SELECT seq FROM checkpoint ORDER BY seq DESC LIMIT 2)",
                [],
            )?;
            Ok(tx.commit()?)
        })?;
        histogram!(measures::CHECKPOINT_SECONDS).record(started.elapsed());
        tracing::debug!(seq, state_bytes = state.len(), "the processor's state is kept");
        Ok(())
    }

    /// Keeps what made the processor panic.
    pub(crate) fn keep_poison(&self, arrival: &domain::Arrival) {
        crate::poison::keep(Path::new(self.conn.path().unwrap_or_default()), arrival);
    }

    /// Brings a fresh processor to the end of the journal; gives the checkpoint it started from.
    ///
    /// # Errors
    /// The journal cannot be read, or the processor cannot go on with what the ledger holds.
    pub(crate) fn restore(
        &self,
        processor: &mut dyn Processor,
        reader: &Reader,
    ) -> Result<u64, StoreError> {
        let known = past::numbers(&self.recent.read());
        processor.know_series(&known);
        let past = Stored { reader, pending: &[] };
        let from = self.restore_checkpoint(processor)?;
        let sql = format!(
            "SELECT {}, outcome FROM journal WHERE seq > ?1 ORDER BY seq",
            journal::COLUMNS
        );
        let mut statement = self.conn.prepare(&sql)?;
        let mut rows = statement.query([from])?;
        let (mut applied, mut differ, mut encoded) = (0_u64, 0_u64, Vec::new());
        while let Some(row) = rows.next()? {
            let arrival = journal::arrival(row)?;
            let outcome = processor.apply_after(&arrival, &past);
            codec::message::encode(&mut encoded, &outcome, arrival.received_at);
            let stored = row.get_ref(8)?.as_blob_or_null().map_err(rusqlite::Error::from)?;
            differ += u64::from(stored.unwrap_or_default() != encoded);
            applied += 1;
        }
        tracing::info!(
            checkpoint_seq = from,
            applied,
            "the processor continues where the journal ends"
        );
        self.add_series(&past::compare(processor, &known)?)?;
        if differ > 0 {
            tracing::error!(
                differ,
                "arrivals led to other readings than before: was the program changed?"
            );
        }
        Ok(from)
    }

    /// The newest checkpoint that the processor takes; 0 when there is none.
    fn restore_checkpoint(&self, processor: &mut dyn Processor) -> Result<u64, StoreError> {
        let mut statement =
            self.conn.prepare("SELECT seq, state FROM checkpoint ORDER BY seq DESC")?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let (seq, state): (u64, Vec<u8>) = (row.get(0)?, row.get(1)?);
            match processor.restore(&state) {
                Ok(()) => return Ok(seq),
                Err(reason) => {
                    tracing::warn!(
                        seq,
                        reason,
                        "a checkpoint cannot be used, an older one or the journal can"
                    );
                }
            }
        }
        Ok(0)
    }

    /// Writes the log back into the file as far as readers allow, so that at rest the file is all there is.
    pub(crate) fn empty_log(&self) -> Result<(), StoreError> {
        Ok(self.conn.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))?)
    }

    /// Lets a test break the file: a limit on its pages is a full disk, `query_only` a read-only one.
    #[cfg(test)]
    pub(crate) fn pragma(&self, sql: &str) -> i64 {
        let mut statement = self.conn.prepare(&format!("PRAGMA {sql}")).expect("a pragma");
        let mut rows = statement.query([]).expect("done");
        rows.next().expect("an answer").map_or(0, |row| row.get(0).expect("a number"))
    }
}

/// Does work that may be lost in a power cut without an fsync of its own. What was committed before is
/// on disk already, and what is committed after takes this along: the log is one file, read in order.
fn unsynced<T>(
    conn: &mut Connection,
    unsynced: &mut bool,
    work: impl FnOnce(&mut Connection) -> Result<T, StoreError>,
) -> Result<T, StoreError> {
    *unsynced = true;
    conn.execute_batch("PRAGMA synchronous = NORMAL")?;
    let done = work(conn);
    conn.execute_batch(SYNCED)?;
    *unsynced = false;
    done
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_commit_is_synced_though_the_setting_was_not_restored_before() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("l.db");
        let tuning = Tuning::default();
        let mut writer = Writer::open(&path, Realm::Exercise, tuning).expect("a writer");
        const FULL: i64 = 2;
        writer.conn.execute_batch("PRAGMA synchronous = NORMAL").expect("as after a failure");
        writer.unsynced = true;
        writer.commit(&[], &[], Time::from_millis(1)).expect("committed");
        assert_eq!(writer.pragma("synchronous"), FULL);
        let panics = |_: &mut Connection| -> Result<(), StoreError> { panic!("on purpose") };
        let work = || unsynced(&mut writer.conn, &mut writer.unsynced, panics);
        let caught = std::panic::catch_unwind(std::panic::AssertUnwindSafe(work));
        assert!(caught.is_err() && writer.unsynced, "it is known that it was not restored");
    }
}
