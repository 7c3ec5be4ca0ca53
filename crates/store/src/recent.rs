//! What is kept in memory: which series there are, the newest reading of each, and the readings that
//! are in the journal but not yet in chunks (the tail).

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use domain::{CheckedReading, SeriesId, SeriesKey, StationId, Time};
use rusqlite::Connection;

use crate::codec::chunk::Chunk;
use crate::ledger::Applied;
use crate::{StoreError, codec, journal, schema};

/// One series in memory.
pub(crate) struct Tail {
    pub(crate) key: SeriesKey,
    /// The newest reading by event time, in its newest version.
    pub(crate) last: Option<CheckedReading>,
    /// Runs that are not on disk as chunks yet.
    pub(crate) chunks: Vec<Chunk>,
    /// Readings of arrivals up to this one are in chunks on disk.
    folded: u64,
}

/// All series.
#[derive(Default)]
pub(crate) struct Recent {
    tails: Vec<Tail>,
    by_station: BTreeMap<StationId, Vec<SeriesId>>,
    /// Readings in all tails.
    pub(crate) readings: usize,
    chunk_readings: u32,
}

/// [`Recent`] as shared by the writer and its readers.
#[derive(Clone)]
pub(crate) struct SharedRecent(Arc<RwLock<Recent>>);

impl SharedRecent {
    pub(crate) fn new(recent: Recent) -> Self {
        Self(Arc::new(RwLock::new(recent)))
    }
    pub(crate) fn read(&self) -> RwLockReadGuard<'_, Recent> {
        self.0.read().unwrap_or_else(PoisonError::into_inner)
    }
    pub(crate) fn write(&self) -> RwLockWriteGuard<'_, Recent> {
        self.0.write().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Recent {
    /// Reads the series, and the readings of the journal that are not in chunks.
    pub(crate) fn load(conn: &Connection, chunk_readings: u32) -> Result<Self, StoreError> {
        let mut recent = Self { chunk_readings, ..Self::default() };
        recent.load_series(conn)?;
        recent.load_tails(conn)?;
        Ok(recent)
    }

    /// Takes in what was committed.
    pub(crate) fn extend(&mut self, rows: &[Applied]) {
        for row in rows {
            for (id, key) in &row.outcome.new_series {
                self.add_series(*id, key.clone());
            }
            for reading in &row.outcome.readings {
                self.push(row.arrival.seq, reading);
            }
        }
    }

    /// Drops the runs of some series, which are on disk now.
    pub(crate) fn forget(&mut self, series: std::ops::Range<usize>) {
        for tail in self.tails.get_mut(series).into_iter().flatten() {
            for chunk in tail.chunks.drain(..) {
                self.readings -= chunk.count as usize;
                tail.folded = chunk.seqs.1;
            }
        }
    }

    /// Every series, in order of number.
    pub(crate) fn tails(&self) -> impl ExactSizeIterator<Item = (SeriesId, &Tail)> {
        self.tails.iter().enumerate().map(|(n, tail)| (SeriesId(n as u32), tail))
    }

    pub(crate) fn tail(&self, series: SeriesId) -> Option<&Tail> {
        self.tails.get(series.0 as usize)
    }

    /// The series of a station, in order of number.
    pub(crate) fn of_station(
        &self,
        station: &StationId,
    ) -> impl Iterator<Item = (SeriesId, &Tail)> {
        let numbers = self.by_station.get(station).into_iter().flatten();
        numbers.filter_map(|id| Some((*id, self.tail(*id)?)))
    }

    pub(crate) fn add_series(&mut self, id: SeriesId, key: SeriesKey) {
        if id.0 as usize != self.tails.len() {
            // Numbers are dense; one that is known already is a processor that starts anew.
            return;
        }
        self.by_station.entry(key.station.clone()).or_default().push(id);
        self.tails.push(Tail { key, last: None, chunks: Vec::new(), folded: 0 });
    }

    fn push(&mut self, seq: u64, reading: &CheckedReading) {
        let Some(tail) = self.tails.get_mut(reading.series.0 as usize) else {
            tracing::error!(seq, series = reading.series.0, "a reading belongs to no known series");
            return;
        };
        if seq <= tail.folded {
            return;
        }
        if tail.last.is_none_or(|last| last.observed_at <= reading.observed_at) {
            tail.last = Some(*reading);
        }
        // Never split one arrival's readings: a chunk is all there is of its arrivals.
        let full = |chunk: &Chunk| chunk.count >= self.chunk_readings && chunk.seqs.1 != seq;
        if tail.chunks.last().is_none_or(full) {
            tail.chunks.push(Chunk::new(reading.series));
        }
        if let Some(chunk) = tail.chunks.last_mut() {
            chunk.push(seq, reading);
        }
        self.readings += 1;
    }

    fn load_series(&mut self, conn: &Connection) -> Result<(), StoreError> {
        let mut statement = conn.prepare(
            "SELECT id, station, parameter, sensor, folded, last FROM series ORDER BY id",
        )?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let (station, parameter, sensor): (String, String, String) =
                (row.get(1)?, row.get(2)?, row.get(3)?);
            let damaged = |error| StoreError::damaged("series", error);
            let key = SeriesKey {
                station: station.parse().map_err(damaged)?,
                parameter: parameter.parse().map_err(damaged)?,
                sensor: sensor.parse().map_err(damaged)?,
            };
            let id = SeriesId(row.get(0)?);
            self.add_series(id, key);
            let tail = self.tails.get_mut(id.0 as usize);
            let tail =
                tail.ok_or_else(|| StoreError::damaged("series", "its number leaves a hole"))?;
            tail.folded = row.get(4)?;
            if let Some(last) = row.get::<_, Option<Vec<u8>>>(5)? {
                codec::message::decode(&last, Time::from_millis(0), |last| tail.last = Some(last))?;
            }
        }
        Ok(())
    }

    fn load_tails(&mut self, conn: &Connection) -> Result<(), StoreError> {
        let folded: u64 = schema::meta(conn, "folded")?.unwrap_or(0);
        let mut statement = conn.prepare(
            "SELECT seq, received_at, outcome FROM journal WHERE seq > ?1 AND outcome IS NOT NULL",
        )?;
        let mut rows = statement.query([folded])?;
        while let Some(row) = rows.next()? {
            let seq = row.get(0)?;
            let outcome = row.get_ref(2)?.as_blob().map_err(rusqlite::Error::from)?;
            codec::message::decode(outcome, journal::time(row, 1)?, |reading| {
                self.push(seq, &reading);
            })?;
        }
        Ok(())
    }
}
