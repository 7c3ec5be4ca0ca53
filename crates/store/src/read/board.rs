//! What was known at an instant: the newest reading of each series, alarm states, station health.
//!
//! Chunks of a series are in order of arrival, each knows the latest event time in it and before it (`reach`). From the
//! last one that had begun backwards, the search ends as soon as nothing before it can be newer: mostly at the first.

use std::collections::BTreeMap;

use domain::{AlarmRecord, CheckedReading, SeriesId, SeriesKey, StationHealth, StationId, Time};
use rusqlite::Connection;

use super::{Reader, all, bound};
use crate::carried::KEPT_FROM;
use crate::codec::chunk;
use crate::{StoreError, backfill, journal, json, schema};

/// The newest reading of a series, as it was known.
#[derive(Debug, Clone, PartialEq)]
pub struct NewestReading {
    /// Its number.
    pub series: SeriesId,
    /// What it is.
    pub key: SeriesKey,
    /// The newest reading by event time, in its newest version.
    pub reading: CheckedReading,
}

/// How everything stood after an arrival.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Board {
    /// The last arrival that was known.
    pub seq: u64,
    /// The arrival of the configuration that was in force; `None` = there was none.
    pub config: Option<u64>,
    /// Of each series that was asked for and had one, in order of number.
    pub newest: Vec<NewestReading>,
    /// Series that had begun, of which the ledger has nothing of then any more.
    pub dropped: usize,
    /// From when on it has every reading; `None` = it never dropped any.
    pub kept_from: Option<Time>,
    /// Alarm states, by rule and target.
    pub alarms: Vec<AlarmRecord>,
    /// Whether they are worked out of their changes, because the ledger did not keep more then.
    pub alarms_from_changes: bool,
    /// Station health. When it was last heard of is as far as readings tell; counts are those of its last change.
    pub health: Vec<StationHealth>,
}

/// A candidate: (its arrival, the reading).
type Best = Option<(u64, CheckedReading)>;

/// Runs of a series that are not on disk yet.
type Tails = Vec<(SeriesId, SeriesKey, Vec<Vec<u8>>)>;

impl Reader {
    /// How everything stood after arrival `known`, with the newest readings of the series that are `wanted`.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn board(
        &self,
        known: u64,
        wanted: impl Fn(&SeriesKey) -> bool,
    ) -> Result<Board, StoreError> {
        // First what is in memory: what is folded meanwhile is seen twice, which does no harm.
        let tails = self.tails(known, wanted);
        self.with(|conn| {
            let snapshot = conn.transaction()?;
            let from_changes = schema::meta(&snapshot, backfill::ALARMS_FROM_CHANGES)?;
            let mut board = Board {
                seq: known,
                config: last_config(&snapshot, known)?,
                alarms: alarms(&snapshot, known)?,
                alarms_from_changes: from_changes.is_some_and(|upto: u64| known < upto),
                health: health(&snapshot, known)?,
                ..Board::default()
            };
            let kept_from: Option<i64> = schema::meta(&snapshot, KEPT_FROM)?;
            board.kept_from = kept_from.map(Time::from_millis);
            let mut heard = BTreeMap::new();
            for (series, key, runs) in tails {
                match newest(&snapshot, series, &runs, known)? {
                    Some((seq, reading)) => {
                        let last = heard.entry(key.station.clone()).or_insert(seq);
                        *last = seq.max(*last);
                        board.newest.push(NewestReading { series, key, reading });
                    }
                    None if kept_from.is_none() => {}
                    None => board.dropped += usize::from(had_begun(&snapshot, series, known)?),
                }
            }
            hear(&snapshot, &mut board.health, &heard)?;
            Ok(board)
        })
    }

    /// Station health when a condition changed, with the arrivals after `after` up to `to`, in order; at most `limit`.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn health_between(
        &self,
        (after, to): (u64, u64),
        station: Option<&StationId>,
        limit: usize,
    ) -> Result<Vec<(Time, StationHealth)>, StoreError> {
        let sql = "SELECT j.received_at, h.body FROM health h JOIN journal j USING (seq)
             WHERE h.turned = 1 AND h.seq > ?1 AND h.seq <= ?2 AND (?3 IS NULL OR h.station = ?3) ORDER BY h.seq, h.id LIMIT ?4";
        let params = (bound(after), bound(to), station.map(StationId::as_str), limit);
        self.all(sql, params, |row| {
            Ok((journal::time(row, 0)?, json::column("station health", row, 1)?))
        })
    }

    /// Station health after arrival `known`, as of its last change.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn health_known(&self, known: u64) -> Result<Vec<StationHealth>, StoreError> {
        self.with(|conn| health(conn, known))
    }

    fn tails(&self, known: u64, wanted: impl Fn(&SeriesKey) -> bool) -> Tails {
        let recent = self.0.recent.read();
        let wanted = recent.tails().filter(|(_, tail)| wanted(&tail.key));
        wanted
            .map(|(series, tail)| {
                let begun = tail.chunks.iter().filter(|chunk| chunk.seqs.0 <= known);
                (series, tail.key.clone(), begun.map(|chunk| chunk.bytes.clone()).collect())
            })
            .collect()
    }
}

/// Takes what is newer; of two versions of an instant the one that arrived last.
fn take(best: &mut Best, seq: u64, reading: CheckedReading) {
    let place = |seq: u64, reading: &CheckedReading| (reading.observed_at, seq);
    if best.as_ref().is_none_or(|(at, old)| place(*at, old) <= place(seq, &reading)) {
        *best = Some((seq, reading));
    }
}

fn newest(
    conn: &Connection,
    series: SeriesId,
    runs: &[Vec<u8>],
    known: u64,
) -> Result<Best, StoreError> {
    let mut best = None;
    for run in runs {
        chunk::decode_known(run, series, known, |seq, one| take(&mut best, seq, one))?;
    }
    let mut places = conn.prepare_cached(
        "SELECT id, reach, t1 FROM chunk WHERE series = ?1 AND first_seq <= ?2
         ORDER BY first_seq DESC",
    )?;
    let mut bytes = conn.prepare_cached("SELECT readings FROM chunk WHERE id = ?1")?;
    let mut rows = places.query((series.0, bound(known)))?;
    while let Some(row) = rows.next()? {
        let (id, reach, last): (i64, i64, i64) = (row.get(0)?, row.get(1)?, row.get(2)?);
        let found = best.as_ref().map(|(_, one)| one.observed_at.millis());
        if found.is_some_and(|found| found > reach) {
            break;
        }
        if found.is_none_or(|found| found <= last) {
            let mut rows = bytes.query([id])?;
            if let Some(row) = rows.next()? {
                let run = row.get_ref(0)?.as_blob().map_err(rusqlite::Error::from)?;
                chunk::decode_known(run, series, known, |seq, one| take(&mut best, seq, one))?;
            }
        }
    }
    Ok(best)
}

/// Whether the series had readings by then.
fn had_begun(conn: &Connection, series: SeriesId, known: u64) -> Result<bool, StoreError> {
    let mut statement = conn.prepare_cached("SELECT seq <= ?2 FROM series WHERE id = ?1")?;
    let mut rows = statement.query((series.0, bound(known)))?;
    Ok(rows.next()?.is_some_and(|row| row.get(0).unwrap_or(false)))
}

fn last_config(conn: &Connection, known: u64) -> Result<Option<u64>, StoreError> {
    let sql = "SELECT max(seq) FROM config WHERE seq <= ?1";
    Ok(conn.prepare_cached(sql)?.query_row([bound(known)], |row| row.get(0))?)
}

fn alarms(conn: &Connection, known: u64) -> Result<Vec<AlarmRecord>, StoreError> {
    let sql = "SELECT (SELECT v.body FROM alarm_version v WHERE v.rule = a.rule AND v.target = a.target
           AND v.id <= (SELECT id FROM alarm_version WHERE seq <= ?1 ORDER BY seq DESC, id DESC LIMIT 1)
         ORDER BY v.id DESC LIMIT 1) FROM alarm a ORDER BY a.rule, a.target";
    some(conn, sql, known, "alarm")
}

fn health(conn: &Connection, known: u64) -> Result<Vec<StationHealth>, StoreError> {
    // Hops from station to station along the index.
    let sql = "WITH RECURSIVE one(name) AS (SELECT min(station) FROM health UNION ALL
           SELECT (SELECT min(station) FROM health WHERE station > name) FROM one WHERE name IS NOT NULL)
         SELECT (SELECT h.body FROM health h WHERE h.station = one.name
           AND h.id <= (SELECT id FROM health WHERE seq <= ?1 ORDER BY seq DESC, id DESC LIMIT 1)
         ORDER BY h.id DESC LIMIT 1) FROM one WHERE name IS NOT NULL";
    some(conn, sql, known, "station health")
}

/// The rows that are there.
fn some<T: serde::de::DeserializeOwned>(
    conn: &Connection,
    sql: &str,
    known: u64,
    what: &'static str,
) -> Result<Vec<T>, StoreError> {
    let found = all(conn, sql, [bound(known)], |row| {
        let there = row.get_ref(0)? != rusqlite::types::ValueRef::Null;
        there.then(|| json::column(what, row, 0)).transpose()
    })?;
    Ok(found.into_iter().flatten().collect())
}

/// When stations were last heard of, as far as their newest readings tell.
fn hear(
    conn: &Connection,
    health: &mut [StationHealth],
    heard: &BTreeMap<StationId, u64>,
) -> Result<(), StoreError> {
    let mut statement = conn.prepare_cached("SELECT received_at FROM journal WHERE seq = ?1")?;
    for one in health {
        let Some(seq) = heard.get(&one.station) else { continue };
        let at = statement.query_row([bound(*seq)], |row| journal::time(row, 0))?;
        one.last_received = one.last_received.max(Some(at));
    }
    Ok(())
}
