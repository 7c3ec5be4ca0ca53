//! Arrivals, what was put aside, configurations, the audit trail.

use domain::{Arrival, ArrivalBody, CheckedReading, PackFiles, SetAside, SetAsideReason, Time};
use rusqlite::{OptionalExtension, Row};
use serde::Serialize;

use super::{Reader, bound};
use crate::audit::{self, AuditLine};
use crate::{StoreError, codec, journal, json, note, schema};

/// Something that was stored but could not be used.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SetAsideRecord {
    /// Position in the list, for the next page.
    pub id: u64,
    /// Its arrival.
    pub seq: u64,
    /// When it was received.
    pub received_at: Time,
    /// Topic it was published to.
    pub topic: String,
    /// What could not be used, and why.
    pub item: SetAside,
    /// Processed again since, after a configuration change.
    pub settled: bool,
    /// The whole payload.
    pub raw: Vec<u8>,
}

/// A configuration that came into force.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ConfigRecord {
    /// Its arrival.
    pub seq: u64,
    /// When it came into force.
    pub applied_at: Time,
    /// Who applied it.
    pub by: String,
    /// The files.
    pub files: PackFiles,
    /// Why, as the person said who applied it on the pages.
    pub reason: Option<String>,
}

impl Reader {
    /// What was put aside, in order of arrival, after record `after`.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn set_aside(
        &self,
        after: u64,
        limit: usize,
        include_settled: bool,
    ) -> Result<Vec<SetAsideRecord>, StoreError> {
        self.put_aside("s.id > ?1", "s.id", after, limit, include_settled)
    }

    /// The same, newest first, before record `before`; [`u64::MAX`] = from the newest.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn newest_set_aside(
        &self,
        before: u64,
        limit: usize,
        include_settled: bool,
    ) -> Result<Vec<SetAsideRecord>, StoreError> {
        self.put_aside("s.id < ?1", "s.id DESC", before, limit, include_settled)
    }

    fn put_aside(
        &self,
        place: &str,
        order: &str,
        id: u64,
        limit: usize,
        include_settled: bool,
    ) -> Result<Vec<SetAsideRecord>, StoreError> {
        let open = if include_settled { "" } else { "AND s.settled = 0" };
        let sql = format!(
            "SELECT s.id, s.seq, j.received_at, coalesce(j.topic, ''), s.body, s.settled, j.payload
             FROM set_aside s JOIN journal j USING (seq) WHERE {place} {open} ORDER BY {order} LIMIT ?2"
        );
        self.all(&sql, (bound(id), limit), |row| {
            Ok(SetAsideRecord {
                id: row.get(0)?,
                seq: row.get(1)?,
                received_at: journal::time(row, 2)?,
                topic: row.get(3)?,
                item: json::column("set-aside", row, 4)?,
                settled: row.get(5)?,
                raw: row.get(6)?,
            })
        })
    }

    /// Counts by reason since the beginning, settled ones included.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn set_aside_counts(&self) -> Result<Vec<(SetAsideReason, u64)>, StoreError> {
        self.all("SELECT reason, count FROM set_aside_count ORDER BY reason", (), |row| {
            Ok((json::column("reason", row, 0)?, row.get(1)?))
        })
    }

    /// Arrivals after `after_seq`, in order.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn arrivals(&self, after_seq: u64, limit: usize) -> Result<Vec<Arrival>, StoreError> {
        let columns = journal::COLUMNS;
        let sql = format!("SELECT {columns} FROM journal WHERE seq > ?1 ORDER BY seq LIMIT ?2");
        self.all(&sql, (bound(after_seq), limit), journal::arrival)
    }

    /// The newest arrival, 0 when there is none.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn last_seq(&self) -> Result<u64, StoreError> {
        self.with(|conn| journal::last_seq(conn))
    }

    /// One arrival.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn arrival(&self, seq: u64) -> Result<Option<Arrival>, StoreError> {
        let sql = format!("SELECT {} FROM journal WHERE seq = ?1", journal::COLUMNS);
        self.first(&sql, [bound(seq)], journal::arrival)
    }

    /// The readings that an arrival led to, measured and derived, in order.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn outcome_readings(&self, seq: u64) -> Result<Vec<CheckedReading>, StoreError> {
        self.with(|conn| {
            let mut statement =
                conn.prepare_cached("SELECT received_at, outcome FROM journal WHERE seq = ?1")?;
            let found = statement
                .query_row([bound(seq)], |row| {
                    Ok((journal::time(row, 0)?, row.get::<_, Option<Vec<u8>>>(1)?))
                })
                .optional()?;
            let mut readings = Vec::new();
            if let Some((received_at, Some(outcome))) = found {
                codec::message::decode(&outcome, received_at, |reading| readings.push(reading))?;
            }
            Ok(readings)
        })
    }

    /// The readings of the arrivals after `after`, of at most `limit` arrivals, each with its arrival; and the
    /// last arrival looked at.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn readings_after(
        &self,
        after: u64,
        limit: usize,
    ) -> Result<(Vec<(u64, CheckedReading)>, u64), StoreError> {
        let sql =
            "SELECT seq, received_at, outcome FROM journal WHERE seq > ?1 ORDER BY seq LIMIT ?2";
        let (mut readings, mut last) = (Vec::new(), after);
        self.all(sql, (bound(after), limit), |row| {
            let (seq, received_at) = (row.get(0)?, journal::time(row, 1)?);
            last = seq;
            if let Some(outcome) = row.get::<_, Option<Vec<u8>>>(2)? {
                codec::message::decode(&outcome, received_at, |one| readings.push((seq, one)))?;
            }
            Ok(())
        })?;
        Ok((readings, last))
    }

    /// How far something of that name has come, as last noted with [`Ledger::put_mark`](crate::Ledger::put_mark).
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn mark(&self, name: &str) -> Result<Option<u64>, StoreError> {
        self.with(|conn| schema::meta(conn, &note::mark(name)))
    }

    /// Every configuration that came into force, oldest first.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn configs(&self) -> Result<Vec<ConfigRecord>, StoreError> {
        self.all(
            "SELECT c.seq, c.applied_at, c.by, j.payload FROM config c JOIN journal j USING (seq) ORDER BY seq",
            (),
            config,
        )
    }

    /// The configuration in force at `at`.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn config_at(&self, at: Time) -> Result<Option<ConfigRecord>, StoreError> {
        self.first(
            "SELECT c.seq, c.applied_at, c.by, j.payload FROM config c JOIN journal j USING (seq)
             WHERE c.applied_at <= ?1 ORDER BY c.seq DESC LIMIT 1",
            [at.millis()],
            config,
        )
    }

    /// The configuration that came into force last before arrival `seq`; [`u64::MAX`] = the newest.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn config_before(&self, seq: u64) -> Result<Option<ConfigRecord>, StoreError> {
        self.first(
            "SELECT c.seq, c.applied_at, c.by, j.payload FROM config c JOIN journal j USING (seq)
             WHERE c.seq < ?1 ORDER BY c.seq DESC LIMIT 1",
            [bound(seq)],
            config,
        )
    }

    /// Lines of the audit trail before line `before`, newest first; [`u64::MAX`] = from the newest.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn newest_audit_lines(
        &self,
        before: u64,
        limit: usize,
    ) -> Result<Vec<AuditLine>, StoreError> {
        self.with(|conn| audit::newest(conn, before, limit))
    }

    /// Lines of the audit trail after line `after`, oldest first.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn audit_lines(&self, after: u64, limit: usize) -> Result<Vec<AuditLine>, StoreError> {
        self.with(|conn| audit::lines(conn, after, limit))
    }

    /// The first line of the audit trail that was changed, or stands behind one that was taken out.
    /// Lines cut off at the end do not show: compare the last hash with one kept elsewhere.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn first_broken_audit_line(&self) -> Result<Option<u64>, StoreError> {
        self.with(|conn| audit::first_broken(conn))
    }
}

fn config(row: &Row<'_>) -> Result<ConfigRecord, StoreError> {
    let payload = row.get_ref(3)?.as_bytes().map_err(rusqlite::Error::from)?;
    let body =
        serde_json::from_slice(payload).map_err(|e| StoreError::damaged("configuration", e))?;
    let ArrivalBody::Config { files, reason, .. } = body else {
        return Err(StoreError::damaged("configuration", "its arrival is something else"));
    };
    Ok(ConfigRecord {
        seq: row.get(0)?,
        applied_at: journal::time(row, 1)?,
        by: row.get(2)?,
        files,
        reason,
    })
}
