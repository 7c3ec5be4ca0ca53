//! The journal in pieces, as points. Never more than a piece is in memory.

use std::collections::HashMap;

use domain::{
    CheckedReading, Origin, SeriesId, SeriesKey, StationHealth, Time, Transition, WarningMessage,
};
use rusqlite::{Connection, Row};

use super::line::{self, Counts};
use crate::read::Reader;
use crate::{StoreError, codec, journal, json};

/// A point and the arrival that led to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Point {
    pub(super) seq: u64,
    pub(super) line: String,
}

/// What is done to the server, in order.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// Write these.
    Write(Vec<Point>),
    /// A value was withdrawn: take its point away, the one without a value follows.
    Delete { at: Time, predicate: String },
}

/// Some arrivals in a row, as points.
#[derive(Debug, Default)]
pub(super) struct Piece {
    /// Up to which arrival.
    pub(super) through: u64,
    /// Points left out, because neither the format nor the bucket keeps their time.
    pub(super) expired: u64,
    pub(super) steps: Vec<Step>,
}

impl Piece {
    /// Points to write.
    pub(super) fn points(&self) -> u64 {
        let of = |step: &Step| match step {
            Step::Write(points) => points.len() as u64,
            Step::Delete { .. } => 0,
        };
        self.steps.iter().map(of).sum()
    }

    /// Takes out what is older than the bucket keeps: the server would refuse it.
    fn expire(&mut self, oldest: Time) {
        let nanos = oldest.millis().saturating_mul(1_000_000);
        let at = |point: &Point| point.line.rsplit(' ').next().and_then(|text| text.parse().ok());
        let before = self.points();
        for step in &mut self.steps {
            if let Step::Write(points) = step {
                points.retain(|point| at(point).is_none_or(|at: i64| at >= nanos));
            }
        }
        self.steps.retain(|step| !matches!(step, Step::Delete { at, .. } if *at < oldest));
        self.expired += before - self.points();
    }
}

/// How a series is written.
struct Series {
    key: SeriesKey,
    head: String,
}

/// Reads the journal in pieces. Blocking.
pub(super) struct Feed {
    reader: Reader,
    series: HashMap<u32, Series>,
}

/// A row of the journal.
struct Arrived {
    seq: u64,
    received_at: Time,
    station: Option<String>,
    again: bool,
    readings: Vec<CheckedReading>,
    duplicates: u32,
}

impl Feed {
    pub(super) fn new(reader: Reader) -> Self {
        Self { reader, series: HashMap::new() }
    }

    /// The arrivals after `after`, of about `most` points and at least one arrival, if there is one. Points older
    /// than `oldest` are left out.
    pub(super) fn read(
        &mut self,
        after: u64,
        most: usize,
        oldest: Option<Time>,
    ) -> Result<Piece, StoreError> {
        let reader = self.reader.clone();
        let (arrived, rare) = reader.with(|conn| {
            let snapshot = conn.transaction()?;
            let arrived = arrived(&snapshot, after, most)?;
            self.learn(&snapshot, &arrived)?;
            let last = arrived.last().map_or(after, |row| row.seq);
            let rare = rare(&snapshot, after, last, &arrived)?;
            Ok((arrived, rare))
        })?;
        let mut piece = Piece { through: after, ..Piece::default() };
        let mut points = rare;
        for row in &arrived {
            piece.through = row.seq;
            for reading in &row.readings {
                let Some(series) = self.series.get(&reading.series.0) else { continue };
                if reading.value.is_none() && self.had_value(reading, row.seq)? {
                    piece.steps.push(Step::Write(std::mem::take(&mut points)));
                    let predicate = line::predicate(line::READING, &series.key);
                    piece.steps.push(Step::Delete { at: reading.observed_at, predicate });
                }
                match line::reading(&series.head, reading, row.seq) {
                    Some(line) => points.push(Point { seq: row.seq, line }),
                    None => piece.expired += 1,
                }
            }
        }
        piece.steps.push(Step::Write(points));
        if let Some(oldest) = oldest {
            piece.expire(oldest);
        }
        piece.steps.retain(|step| !matches!(step, Step::Write(points) if points.is_empty()));
        Ok(piece)
    }

    /// Whether a version before this one had a value.
    fn had_value(&self, reading: &CheckedReading, seq: u64) -> Result<bool, StoreError> {
        let at = reading.observed_at;
        let versions = self.reader.versions(reading.series, at, at, None)?;
        Ok(versions.iter().any(|(version, old)| *version <= seq && old.value.is_some()))
    }

    fn learn(&mut self, conn: &Connection, arrived: &[Arrived]) -> Result<(), StoreError> {
        let mut statement =
            conn.prepare_cached("SELECT station, parameter, sensor FROM series WHERE id = ?1")?;
        for reading in arrived.iter().flat_map(|row| &row.readings) {
            let SeriesId(id) = reading.series;
            if self.series.contains_key(&id) {
                continue;
            }
            let key = statement.query_row([id], |row| {
                let text = |column| row.get::<_, String>(column);
                Ok((text(0)?, text(1)?, text(2)?))
            })?;
            let damaged = |error| StoreError::damaged("series", error);
            let key = SeriesKey {
                station: key.0.parse().map_err(damaged)?,
                parameter: key.1.parse().map_err(damaged)?,
                sensor: key.2.parse().map_err(damaged)?,
            };
            self.series.insert(id, Series { head: line::head(line::READING, &key), key });
        }
        Ok(())
    }
}

fn arrived(conn: &Connection, after: u64, most: usize) -> Result<Vec<Arrived>, StoreError> {
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
    };
    if let Some(outcome) = row.get_ref(4)?.as_blob_or_null().map_err(rusqlite::Error::from)? {
        arrived.duplicates = codec::message::duplicates(outcome)?;
        codec::message::decode(outcome, received_at, |reading| arrived.readings.push(reading))?;
    }
    Ok(arrived)
}

/// Everything that is not a reading: arrivals, alarms, messages, health.
fn rare(
    conn: &Connection,
    after: u64,
    last: u64,
    arrived: &[Arrived],
) -> Result<Vec<Point>, StoreError> {
    let mut points = Vec::new();
    let aside = set_aside(conn, after, last)?;
    for row in arrived {
        let Some(station) = &row.station else { continue };
        let own = row.readings.iter().filter(|reading| reading.origin != Origin::Derived);
        let newest = own.clone().map(|reading| reading.observed_at).max();
        let counts = Counts {
            readings: u32::try_from(own.count()).unwrap_or(u32::MAX),
            set_aside: aside.get(&row.seq).copied().unwrap_or(0),
            duplicates: row.duplicates,
            newest: newest.filter(|_| !row.again),
        };
        let line = line::arrival(station, row.received_at, row.seq, &counts);
        points.extend(line.map(|line| Point { seq: row.seq, line }));
    }
    let mut add = |seq, line: Option<String>| points.extend(line.map(|line| Point { seq, line }));
    each(conn, TRANSITIONS, (after, last), |row, seq| {
        let transition: Transition = json::column("transition", row, 1)?;
        add(seq, line::alarm(&transition, seq));
        Ok(())
    })?;
    each(conn, MESSAGES, (after, last), |row, seq| {
        let message: WarningMessage = json::column("message", row, 1)?;
        let episode: String = row.get(2)?;
        add(seq, line::warning(&message, &episode, seq));
        Ok(())
    })?;
    each(conn, HEALTH, (after, last), |row, seq| {
        let health: StationHealth = json::column("station health", row, 1)?;
        add(seq, line::health(&health, journal::time(row, 2)?, seq));
        Ok(())
    })?;
    Ok(points)
}

const TRANSITIONS: &str =
    "SELECT seq, body FROM transition WHERE seq > ?1 AND seq <= ?2 ORDER BY seq, id";
const MESSAGES: &str = "SELECT m.seq, m.body, json_extract(v.body, '$.episode') FROM message m
  JOIN warning w ON w.id = m.warning JOIN warning_version v ON v.id = w.version
  WHERE m.seq > ?1 AND m.seq <= ?2 ORDER BY m.seq, m.id";
const HEALTH: &str = "SELECT h.seq, h.body, j.received_at FROM health h JOIN journal j USING (seq)
  WHERE h.seq > ?1 AND h.seq <= ?2 ORDER BY h.seq, h.id";

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

fn set_aside(conn: &Connection, after: u64, last: u64) -> Result<HashMap<u64, u32>, StoreError> {
    let mut counts = HashMap::new();
    let sql = "SELECT seq, count(*) FROM set_aside WHERE seq > ?1 AND seq <= ?2 GROUP BY seq";
    each(conn, sql, (after, last), |row, seq| {
        counts.insert(seq, row.get(1)?);
        Ok(())
    })?;
    Ok(counts)
}
