//! Replay: a journal through a fresh processor into a fresh ledger, and whether the same came out.

use std::path::Path;
use std::sync::Arc;

use domain::Processor;
use rusqlite::Connection;
use rusqlite::types::Value;
use serde::Serialize;

use crate::clock::Tuning;
use crate::ledger::Applied;
use crate::past::{self, Stored};
use crate::read::Reader;
use crate::writer::Writer;
use crate::{StoreError, journal, schema};

/// Arrivals in one transaction of a replay.
const BATCH: usize = 1_000;

/// What is compared, byte for byte: a name, and how to list it in order. Notices that delivery planned
/// itself (escalations) carry no arrival and are not asked for.
const COMPARED: [(&str, &str); 10] = [
    ("readings", "SELECT seq, outcome FROM journal ORDER BY seq"),
    ("transitions", "SELECT seq, body FROM transition ORDER BY id"),
    ("warnings", "SELECT seq, body FROM warning_version ORDER BY id"),
    ("messages", "SELECT seq, body FROM message ORDER BY id"),
    ("notices", "SELECT seq, body FROM notice WHERE seq IS NOT NULL ORDER BY seq, n"),
    ("shift log", "SELECT seq, body FROM duty ORDER BY seq"),
    ("duty desk", "SELECT seq, body FROM duty_desk ORDER BY seq"),
    (
        "forecasts",
        "SELECT seq, received_at || by || body FROM forecast UNION ALL
         SELECT seq, at || by || forecast || reason FROM forecast_withdrawal ORDER BY seq",
    ),
    ("set aside", "SELECT seq, body FROM set_aside ORDER BY id"),
    ("reviews", "SELECT seq, who || decision || t0 || t1 FROM review ORDER BY seq"),
];

/// How much was replayed, and where it differs.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct ReplayReport {
    /// Arrivals processed.
    pub arrivals: u64,
    /// Readings they led to, measured and derived.
    pub readings: u64,
    /// Of each kind of thing, how many were compared.
    pub compared: Vec<(String, u64)>,
    /// Things that differ, or that only one of the ledgers has.
    pub differences: u64,
    /// Which kind differs first, and at which arrival.
    pub first_difference: Option<String>,
}

impl ReplayReport {
    /// Whether everything came out the same.
    #[must_use]
    pub const fn is_same(&self) -> bool {
        self.differences == 0
    }
}

/// Applies the journal of `from` to a fresh processor, writes what comes out to the fresh ledger `to`
/// with the same numbers and times, and compares the two.
///
/// # Errors
/// `from` cannot be read, or `to` exists or cannot be written.
pub fn replay(
    from: &Path,
    to: &Path,
    mut processor: Box<dyn Processor>,
) -> Result<ReplayReport, StoreError> {
    if to.exists() {
        return Err(StoreError::Exists(to.to_owned()));
    }
    let source = schema::open_to_read(from)?;
    let mut writer = Writer::open(to, schema::realm(&source)?, Tuning::default())?;
    let mut report = ReplayReport::default();
    writer.take_series(&source)?;
    let known = past::numbers(&writer.recent().read());
    processor.know_series(&known);
    let reader = Reader::new(to.to_owned(), writer.recent(), writer.run());
    copy(&source, &mut writer, processor.as_mut(), &reader, &mut report)?;
    processor.complete().map_err(StoreError::Discontinued)?;
    writer.checkpoint(report.arrivals, &*processor)?;
    drop(writer);
    let copy = schema::open_to_read(to)?;
    for (what, sql) in COMPARED {
        // A ledger that this program never opened for writing may be without the newer tables.
        if source.prepare(sql).is_err() && schema::version(&source)? < schema::VERSION {
            continue;
        }
        compare(&source, &copy, what, sql, report.arrivals, &mut report)?;
    }
    Ok(report)
}

fn copy(
    source: &Connection,
    writer: &mut Writer,
    processor: &mut dyn Processor,
    reader: &Reader,
    report: &mut ReplayReport,
) -> Result<(), StoreError> {
    let sql = format!("SELECT {} FROM journal ORDER BY seq", journal::COLUMNS);
    let mut statement = source.prepare(&sql)?;
    let mut rows = statement.query([])?;
    let mut batch: Vec<Applied> = Vec::new();
    let mut more = true;
    while more {
        match rows.next()? {
            Some(row) => {
                let arrival = journal::arrival(row)?;
                let past = Stored { reader, pending: &batch };
                let outcome = processor.apply_after(&arrival, &past);
                report.arrivals = arrival.seq;
                report.readings += outcome.readings.len() as u64;
                batch.push(Applied { arrival: Arc::new(arrival), outcome: Arc::new(outcome) });
            }
            None => more = false,
        }
        if let (true, Some(last)) = (batch.len() >= BATCH || !more, batch.last()) {
            let (seq, at) = (last.arrival.seq, last.arrival.received_at);
            writer.commit(&batch, &[], at)?;
            batch.clear();
            while writer.fold_is_due(seq) {
                writer.fold(seq, std::time::Duration::MAX)?;
            }
        }
    }
    Ok(())
}

fn compare(
    source: &Connection,
    copy: &Connection,
    what: &str,
    sql: &str,
    last_seq: u64,
    report: &mut ReplayReport,
) -> Result<(), StoreError> {
    let (mut left, mut right) = (source.prepare(sql)?, copy.prepare(sql)?);
    let (mut left, mut right) = (left.query([])?, right.query([])?);
    let mut count = 0;
    let line = |row: &rusqlite::Row<'_>| Ok::<_, StoreError>((row.get::<_, u64>(0)?, row.get(1)?));
    loop {
        let stored: Option<(u64, Value)> = left.next()?.map(line).transpose()?;
        let again: Option<(u64, Value)> = right.next()?.map(line).transpose()?;
        // The ledger may have grown since the copy was made.
        let stored = stored.filter(|(seq, _)| *seq <= last_seq);
        let Some(seq) = stored.as_ref().or(again.as_ref()).map(|(seq, _)| *seq) else { break };
        count += 1;
        if stored != again {
            report.differences += 1;
            report.first_difference.get_or_insert_with(|| format!("{what} of arrival {seq}"));
        }
    }
    report.compared.push((what.to_owned(), count));
    Ok(())
}
