//! The journal in pieces, as points. Never more than a piece is in memory.

use std::collections::HashMap;

use domain::{CheckedReading, Origin, SeriesId, SeriesKey, Time};
use store::{Reader, StoreError, Stretch};

use crate::line::{self, Counts};

/// A point and the arrival that led to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Point {
    pub(crate) seq: u64,
    pub(crate) line: String,
}

/// What is done to the server, in order.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// Write these.
    Write(Vec<Point>),
    /// A value was withdrawn: take its point away, the one without a value follows.
    Delete { at: Time, predicate: String },
}

/// Some arrivals in a row, as points.
#[derive(Debug, Default)]
pub(crate) struct Piece {
    /// Up to which arrival.
    pub(crate) through: u64,
    /// Points left out, because neither the format nor the bucket keeps their time.
    pub(crate) expired: u64,
    pub(crate) steps: Vec<Step>,
}

impl Piece {
    /// Points to write.
    pub(crate) fn points(&self) -> u64 {
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
pub(crate) struct Feed {
    reader: Reader,
    series: HashMap<SeriesId, Series>,
}

impl Feed {
    pub(crate) fn new(reader: Reader) -> Self {
        Self { reader, series: HashMap::new() }
    }

    /// The arrivals after `after`, of about `most` points and at least one arrival, if there is one. Points older
    /// than `oldest` are left out.
    pub(crate) fn read(
        &mut self,
        after: u64,
        most: usize,
        oldest: Option<Time>,
    ) -> Result<Piece, StoreError> {
        let stretch = self.reader.stretch(after, most, |id| self.series.contains_key(&id))?;
        let named = |key: SeriesKey| Series { head: line::head(line::READING, &key), key };
        let new = stretch.series.iter().map(|(id, key)| (*id, named(key.clone())));
        self.series.extend(new);
        let mut piece = Piece { through: after, ..Piece::default() };
        let mut points = rare(&stretch);
        for row in &stretch.arrivals {
            piece.through = row.seq;
            for reading in &row.readings {
                let Some(series) = self.series.get(&reading.series) else { continue };
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
}

/// Everything that is not a reading: arrivals, alarms, messages, health.
fn rare(stretch: &Stretch) -> Vec<Point> {
    let mut points = Vec::new();
    let mut add = |seq, line: Option<String>| points.extend(line.map(|line| Point { seq, line }));
    for row in &stretch.arrivals {
        let Some(station) = &row.station else { continue };
        let own = row.readings.iter().filter(|reading| reading.origin != Origin::Derived);
        let newest = own.clone().map(|reading| reading.observed_at).max();
        let counts = Counts {
            readings: u32::try_from(own.count()).unwrap_or(u32::MAX),
            set_aside: row.set_aside,
            duplicates: row.duplicates,
            newest: newest.filter(|_| !row.again),
        };
        add(row.seq, line::arrival(station, row.received_at, row.seq, &counts));
    }
    for (seq, transition) in &stretch.transitions {
        add(*seq, line::alarm(transition, *seq));
    }
    for (seq, message, episode) in &stretch.messages {
        add(*seq, line::warning(message, episode, *seq));
    }
    for (seq, health, received_at) in &stretch.health {
        add(*seq, line::health(health, *received_at, *seq));
    }
    points
}
