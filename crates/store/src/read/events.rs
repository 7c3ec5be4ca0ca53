//! What happened in a stretch of arrivals.

use domain::warning::LogLine;
use domain::{ArrivalBody, StationHealth, Time, Transition, Warning, WarningMessage};
use rusqlite::{Connection, Row};
use serde::de::DeserializeOwned;

use super::{Reader, all, bound};
use crate::{StoreError, journal, json};

/// Something that happened.
#[derive(Debug, Clone, PartialEq)]
pub struct Event {
    /// The arrival that brought it.
    pub seq: u64,
    /// When that was received.
    pub received_at: Time,
    /// What.
    pub what: Happening,
}

/// What happened.
#[derive(Debug, Clone, PartialEq)]
pub enum Happening {
    /// An alarm state changed.
    Alarm(Box<Transition>),
    /// Something was decided or drafted: the warning afterwards, and the new lines of its log.
    Warning(Box<Warning>, Vec<LogLine>),
    /// A message went out.
    Message(Box<WarningMessage>),
    /// A condition of a station changed, or it was heard of for the first time: before, afterwards.
    Station(Option<Box<StationHealth>>, Box<StationHealth>),
    /// A configuration came into force; who applied it.
    Config(String),
    /// The program started, another broker was lost or is back, the history cannot be fed or can again.
    Turn(Box<ArrivalBody>),
}

/// Tables that are told from, with the condition for their rows: (table, order inside of an arrival, condition).
const TABLES: [(&str, &str, &str); 6] = [
    ("config", "seq", ""),
    ("journal", "seq", "AND kind IN (6, 10, 11)"),
    ("health", "id", "AND turned = 1"),
    ("transition", "id", ""),
    ("warning_version", "id", ""),
    ("message", "id", ""),
];

impl Reader {
    /// What happened with the arrivals after `after` up to `to`, in order; about `limit`, the last arrival whole.
    /// With the last arrival looked at, when there may be more.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn events(
        &self,
        after: u64,
        to: u64,
        limit: usize,
    ) -> Result<(Vec<Event>, Option<u64>), StoreError> {
        self.with(|conn| {
            let snapshot = conn.transaction()?;
            let stretch = Stretch { conn: &snapshot, after, to: self::last(&snapshot, after, to, limit)? };
            let mut events = stretch.rows(TABLES[0], "by", |row| Ok(Happening::Config(row.get(2)?)))?;
            events.extend(stretch.rows(TABLES[1], "payload", |row| {
                let payload = row.get_ref(2)?.as_bytes().map_err(rusqlite::Error::from)?;
                let body = serde_json::from_slice(payload);
                Ok(Happening::Turn(body.map_err(|error| StoreError::damaged("arrival", error))?))
            })?);
            let health = "body, (SELECT b.body FROM health b WHERE b.station = x.station AND b.id < x.id
                ORDER BY b.id DESC LIMIT 1)";
            events.extend(stretch.rows(TABLES[2], health, |row| {
                let before = before("station health", row)?;
                Ok(Happening::Station(before, json::column("station health", row, 2)?))
            })?);
            events.extend(stretch.rows(TABLES[3], "body", |row| {
                Ok(Happening::Alarm(json::column("transition", row, 2)?))
            })?);
            let versions = "body, (SELECT b.body FROM warning_version b WHERE b.warning = x.warning AND b.id < x.id
                ORDER BY b.id DESC LIMIT 1)";
            events.extend(stretch.rows(TABLES[4], versions, warning)?);
            events.extend(stretch.rows(TABLES[5], "body", |row| {
                Ok(Happening::Message(json::column("message", row, 2)?))
            })?);
            events.retain(|one| !matches!(&one.what, Happening::Warning(_, lines) if lines.is_empty()));
            // Stable: of one arrival in the order of the tables.
            events.sort_by_key(|event| event.seq);
            Ok((events, (stretch.to < to).then_some(stretch.to)))
        })
    }
}

fn before<T: DeserializeOwned>(what: &'static str, row: &Row<'_>) -> Result<Option<T>, StoreError> {
    let there = row.get_ref(3)? != rusqlite::types::ValueRef::Null;
    there.then(|| json::column(what, row, 3)).transpose()
}

/// A version of a warning with what its log has more than the version before.
fn warning(row: &Row<'_>) -> Result<Happening, StoreError> {
    let after: Box<Warning> = json::column("warning", row, 2)?;
    let before: Option<Warning> = before("warning", row)?;
    let known = before.map_or(0, |before| before.log.len());
    let lines = after.log.iter().skip(known).cloned().collect();
    Ok(Happening::Warning(after, lines))
}

/// Up to which arrival about `limit` rows reach.
fn last(conn: &Connection, after: u64, to: u64, limit: usize) -> Result<u64, StoreError> {
    let mut reached = to;
    for (table, _, only) in TABLES {
        let sql = format!(
            "SELECT seq FROM {table} WHERE seq > ?1 AND seq <= ?2 {only} ORDER BY seq LIMIT 1 OFFSET ?3"
        );
        let params = (bound(after), bound(to), limit.saturating_sub(1));
        let full: Vec<u64> = all(conn, &sql, params, |row| Ok(row.get(0)?))?;
        reached = full.into_iter().fold(reached, u64::min);
    }
    Ok(reached)
}

/// Arrivals after `after` up to `to`.
struct Stretch<'a> {
    conn: &'a Connection,
    after: u64,
    to: u64,
}

impl Stretch<'_> {
    fn rows(
        &self,
        (table, order, only): (&str, &str, &str),
        columns: &str,
        mut what: impl FnMut(&Row<'_>) -> Result<Happening, StoreError>,
    ) -> Result<Vec<Event>, StoreError> {
        let sql = format!(
            "SELECT x.seq, (SELECT j.received_at FROM journal j WHERE j.seq = x.seq), {columns}
             FROM {table} x WHERE x.seq > ?1 AND x.seq <= ?2 {only} ORDER BY x.seq, x.{order}"
        );
        all(self.conn, &sql, (bound(self.after), bound(self.to)), |row| {
            Ok(Event { seq: row.get(0)?, received_at: journal::time(row, 1)?, what: what(row)? })
        })
    }
}
