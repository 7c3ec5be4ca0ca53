//! The journal with all that followed from it, some arrivals at a time: what is carried over to a history server.

use std::collections::HashMap;

use domain::{
    CheckedReading, SeriesId, SeriesKey, StationHealth, Time, Transition, WarningMessage,
};
use rusqlite::{Connection, Row};

use super::Reader;
use crate::{StoreError, codec, journal, json};

/// Some arrivals in a row, and what they led to.
#[derive(Debug, Default)]
pub struct Stretch {
    /// The arrivals.
    pub arrivals: Vec<Arrived>,
    /// Changes of alarms, each with its arrival.
    pub transitions: Vec<(u64, Transition)>,
    /// Messages of warnings, each with its arrival and its episode.
    pub messages: Vec<(u64, WarningMessage, String)>,
    /// Health of stations, each with its arrival and when that was received.
    pub health: Vec<(u64, StationHealth, Time)>,
    /// What the numbers of series mean that were not known.
    pub series: Vec<(SeriesId, SeriesKey)>,
}

/// A row of the journal.
#[derive(Debug)]
pub struct Arrived {
    /// Its number.
    pub seq: u64,
    /// When it was received.
    pub received_at: Time,
    /// The station that sent it; `None` = it is no message of a station.
    pub station: Option<String>,
    /// Whether an earlier message was processed again.
    pub again: bool,
    /// The readings that it led to, measured and derived.
    pub readings: Vec<CheckedReading>,
    /// Readings that were known already.
    pub duplicates: u32,
    /// Messages and readings put aside.
    pub set_aside: u32,
}

const TRANSITIONS: &str =
    "SELECT seq, body FROM transition WHERE seq > ?1 AND seq <= ?2 ORDER BY seq, id";
const MESSAGES: &str = "SELECT m.seq, m.body, json_extract(v.body, '$.episode') FROM message m
  JOIN warning w ON w.id = m.warning JOIN warning_version v ON v.id = w.version
  WHERE m.seq > ?1 AND m.seq <= ?2 ORDER BY m.seq, m.id";
const HEALTH: &str = "SELECT h.seq, h.body, j.received_at FROM health h JOIN journal j USING (seq)
  WHERE h.seq > ?1 AND h.seq <= ?2 ORDER BY h.seq, h.id";
const SET_ASIDE: &str =
    "SELECT seq, count(*) FROM set_aside WHERE seq > ?1 AND seq <= ?2 GROUP BY seq";

impl Reader {
    /// The arrivals after `after` and what they led to: about `most` rows and readings, and at least one arrival, if there
    /// is one. Of series that are not `known` it says which they are.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn stretch(
        &self,
        after: u64,
        most: usize,
        known: impl Fn(SeriesId) -> bool,
    ) -> Result<Stretch, StoreError> {
        self.with(|conn| {
            let snapshot = conn.transaction()?;
            let mut found =
                Stretch { arrivals: arrivals(&snapshot, after, most)?, ..Stretch::default() };
            let between = (after, found.arrivals.last().map_or(after, |row| row.seq));
            let mut aside = HashMap::new();
            each(&snapshot, SET_ASIDE, between, |row, seq| {
                aside.insert(seq, row.get(1)?);
                Ok(())
            })?;
            for row in &mut found.arrivals {
                row.set_aside = aside.get(&row.seq).copied().unwrap_or(0);
            }
            each(&snapshot, TRANSITIONS, between, |row, seq| {
                found.transitions.push((seq, json::column("transition", row, 1)?));
                Ok(())
            })?;
            each(&snapshot, MESSAGES, between, |row, seq| {
                found.messages.push((seq, json::column("message", row, 1)?, row.get(2)?));
                Ok(())
            })?;
            each(&snapshot, HEALTH, between, |row, seq| {
                let health = json::column("station health", row, 1)?;
                found.health.push((seq, health, journal::time(row, 2)?));
                Ok(())
            })?;
            found.series = series(&snapshot, &found.arrivals, known)?;
            Ok(found)
        })
    }

    /// Hands out the readings of the arrivals of `(after, upto]` in order, an arrival at a time, until `each` has enough; gives
    /// the last arrival that was read, `upto` when all were.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn each_outcome(
        &self,
        after: u64,
        upto: u64,
        mut each: impl FnMut(&[CheckedReading]) -> bool,
    ) -> Result<u64, StoreError> {
        let sql = "SELECT seq, received_at, outcome FROM journal WHERE seq > ?1 AND seq <= ?2 \
                   AND outcome IS NOT NULL ORDER BY seq";
        self.with(|conn| {
            let mut statement = conn.prepare_cached(sql)?;
            let mut rows = statement.query((after, upto))?;
            let mut readings = Vec::new();
            while let Some(row) = rows.next()? {
                let outcome = row.get_ref(2)?.as_blob().map_err(rusqlite::Error::from)?;
                readings.clear();
                codec::message::decode(outcome, journal::time(row, 1)?, |one| readings.push(one))?;
                if !each(&readings) {
                    return Ok(row.get(0)?);
                }
            }
            Ok(upto)
        })
    }
}

fn arrivals(conn: &Connection, after: u64, most: usize) -> Result<Vec<Arrived>, StoreError> {
    let mut statement = conn.prepare_cached(
        "SELECT seq, received_at, station, again_seq, outcome FROM journal WHERE seq > ?1 ORDER BY seq LIMIT ?2",
    )?;
    let mut rows = statement.query((after, most))?;
    let (mut found, mut points) = (Vec::new(), 0);
    while let Some(row) = rows.next()? {
        let row = one(row)?;
        points += 1 + row.readings.len();
        found.push(row);
        if points >= most {
            break;
        }
    }
    Ok(found)
}

fn one(row: &Row<'_>) -> Result<Arrived, StoreError> {
    let received_at = journal::time(row, 1)?;
    let mut arrived = Arrived {
        seq: row.get(0)?,
        received_at,
        station: row.get(2)?,
        again: row.get::<_, Option<u64>>(3)?.is_some(),
        readings: Vec::new(),
        duplicates: 0,
        set_aside: 0,
    };
    if let Some(outcome) = row.get_ref(4)?.as_blob_or_null().map_err(rusqlite::Error::from)? {
        arrived.duplicates = codec::message::duplicates(outcome)?;
        codec::message::decode(outcome, received_at, |reading| arrived.readings.push(reading))?;
    }
    Ok(arrived)
}

fn series(
    conn: &Connection,
    arrivals: &[Arrived],
    known: impl Fn(SeriesId) -> bool,
) -> Result<Vec<(SeriesId, SeriesKey)>, StoreError> {
    let ids = arrivals.iter().flat_map(|row| &row.readings).map(|reading| reading.series);
    let mut new: Vec<SeriesId> = ids.filter(|id| !known(*id)).collect();
    new.sort();
    new.dedup();
    let mut statement =
        conn.prepare_cached("SELECT station, parameter, sensor FROM series WHERE id = ?1")?;
    let key = |id: SeriesId| {
        let texts = statement.query_row([id.0], |row| {
            let text = |column| row.get::<_, String>(column);
            Ok((text(0)?, text(1)?, text(2)?))
        })?;
        let damaged = |error| StoreError::damaged("series", error);
        let key = SeriesKey {
            station: texts.0.parse().map_err(damaged)?,
            parameter: texts.1.parse().map_err(damaged)?,
            sensor: texts.2.parse().map_err(damaged)?,
        };
        Ok((id, key))
    };
    new.into_iter().map(key).collect()
}

fn each(
    conn: &Connection,
    sql: &str,
    between: (u64, u64),
    mut take: impl FnMut(&Row<'_>, u64) -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    let mut statement = conn.prepare_cached(sql)?;
    let mut rows = statement.query(between)?;
    while let Some(row) = rows.next()? {
        take(row, row.get(0)?)?;
    }
    Ok(())
}
