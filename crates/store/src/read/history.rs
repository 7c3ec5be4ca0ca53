//! Readings of a series: chunks on disk and the tail in memory, joined without seam or duplicate.
//!
//! The tail is copied first, then the disk is read in one snapshot. Between the two, runs may have been
//! folded: the snapshot says up to which arrival this series is in chunks (`folded`), and the copied runs
//! up to there are left out. A run is folded whole, so it is wholly on one side.

use domain::{CheckedReading, SeriesId, Time};
use rusqlite::{Connection, OptionalExtension};

use super::Reader;
use crate::codec::chunk::{self, Chunk};
use crate::{StoreError, journal};

/// Readings with the arrival that brought each.
type Versions = Vec<(u64, CheckedReading)>;

/// How much of a series is wanted.
struct Bounds {
    /// Only what came with this arrival or before.
    known: u64,
    /// Enough are so many.
    limit: usize,
    /// Most versions looked at.
    most: usize,
}

impl Bounds {
    const NONE: Self = Self { known: u64::MAX, limit: usize::MAX, most: usize::MAX };
}

impl Reader {
    /// Best version of each instant in `[from, to]`, in event time order, at most `limit`. Equal copies
    /// are one; the newest verdict and value win.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn readings(
        &self,
        series: SeriesId,
        from: Time,
        to: Time,
        limit: usize,
    ) -> Result<Vec<CheckedReading>, StoreError> {
        let best = self.collect(series, from, to, &Bounds { limit, ..Bounds::NONE })?;
        Ok(readings(best.unwrap_or_default(), limit))
    }

    /// The same, each with the arrival that brought it.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn numbered_readings(
        &self,
        series: SeriesId,
        from: Time,
        to: Time,
        limit: usize,
    ) -> Result<Vec<(u64, CheckedReading)>, StoreError> {
        let best = self.collect(series, from, to, &Bounds { limit, ..Bounds::NONE })?;
        let mut best = best.unwrap_or_default();
        best.truncate(limit);
        Ok(best)
    }

    /// The same as it was known at `known_at`. At most about `most` versions are looked at, for those that
    /// came later are many when the instant lies far back; `None` = that was not enough.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn readings_known_at(
        &self,
        series: SeriesId,
        (from, to): (Time, Time),
        known_at: Time,
        limit: usize,
        most: usize,
    ) -> Result<Option<Vec<CheckedReading>>, StoreError> {
        let known = self.last_arrival_at(known_at)?;
        let best = self.collect(series, from, to, &Bounds { known, limit, most })?;
        Ok(best.map(|best| readings(best, limit)))
    }

    /// The newest arrival that was received at `at` or before; 0 = none.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn last_arrival_at(&self, at: Time) -> Result<u64, StoreError> {
        self.with(|conn| journal::last_seq_at(conn, at))
    }

    /// All versions in `[from, to]` with the seq of the arrival that brought each, in order of arrival;
    /// `known_at` = as it was known then.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn versions(
        &self,
        series: SeriesId,
        from: Time,
        to: Time,
        known_at: Option<Time>,
    ) -> Result<Vec<(u64, CheckedReading)>, StoreError> {
        let known = known_at.map(|at| self.last_arrival_at(at)).transpose()?;
        let known = known.unwrap_or(u64::MAX);
        let (mut all, _) = self.walk(series, from, to, known, |_, _, _| false)?;
        all.sort_by_key(|(seq, _)| *seq);
        Ok(all)
    }

    fn collect(
        &self,
        series: SeriesId,
        from: Time,
        to: Time,
        bounds: &Bounds,
    ) -> Result<Option<Versions>, StoreError> {
        let Bounds { known, limit, most } = *bounds;
        // Chunks come in order of their first time: what lies before the next one is complete.
        let enough = |found: &mut Versions, looked_at: usize, next: Time| {
            if looked_at > most {
                return true;
            }
            if found.len() < limit {
                return false;
            }
            keep_best(found);
            found.partition_point(|(_, reading)| reading.observed_at < next) >= limit
        };
        let (mut found, looked_at) = self.walk(series, from, to, known, enough)?;
        keep_best(&mut found);
        Ok((looked_at <= most).then_some(found))
    }

    /// Gathers every version in the range that came with arrival `known` or before, until `enough` says so
    /// of what was found before a time; with how many were looked at for it.
    fn walk(
        &self,
        series: SeriesId,
        from: Time,
        to: Time,
        known: u64,
        mut enough: impl FnMut(&mut Versions, usize, Time) -> bool,
    ) -> Result<(Versions, usize), StoreError> {
        let (first, last) = (from.millis(), to.millis());
        let tail = self.tail(series, first, last);
        let (mut found, mut looked_at) = (Vec::new(), 0);
        let mut take = |bytes: &[u8], found: &mut Versions| {
            chunk::decode(bytes, series, |seq, reading| {
                looked_at += 1;
                if seq <= known && (from..=to).contains(&reading.observed_at) {
                    found.push((seq, reading));
                }
            })?;
            Ok::<_, StoreError>(looked_at)
        };
        self.with(|conn| {
            let snapshot = conn.transaction()?;
            let folded = folded(&snapshot, series)?;
            let mut seen = 0;
            for chunk in tail.iter().filter(|chunk| chunk.seqs.0 > folded && chunk.seqs.0 <= known) {
                seen = take(&chunk.bytes, &mut found)?;
            }
            let mut statement = snapshot.prepare_cached(
                "SELECT t0, readings FROM chunk WHERE series = ?1 AND t1 >= ?2 AND t0 <= ?3 ORDER BY t0",
            )?;
            let mut rows = statement.query((series.0, first, last))?;
            while let Some(row) = rows.next()? {
                if enough(&mut found, seen, journal::time(row, 0)?) {
                    break;
                }
                seen = take(row.get_ref(1)?.as_blob().map_err(rusqlite::Error::from)?, &mut found)?;
            }
            Ok((found, seen))
        })
    }

    fn tail(&self, series: SeriesId, from: i64, to: i64) -> Vec<Chunk> {
        let recent = self.0.recent.read();
        let chunks = recent.tail(series).into_iter().flat_map(|tail| &tail.chunks);
        chunks.filter(|chunk| chunk.overlaps(from, to)).cloned().collect()
    }
}

/// Up to which arrival the series is in chunks.
fn folded(conn: &Connection, series: SeriesId) -> Result<u64, StoreError> {
    let mut statement = conn.prepare_cached("SELECT folded FROM series WHERE id = ?1")?;
    Ok(statement.query_row([series.0], |row| row.get(0)).optional()?.unwrap_or(0))
}

fn readings(versions: Versions, limit: usize) -> Vec<CheckedReading> {
    versions.into_iter().take(limit).map(|(_, reading)| reading).collect()
}

/// In order of time, of each instant only what arrived last.
fn keep_best(found: &mut Versions) {
    // Stable: two versions in one message stay in their order.
    found.sort_by_key(|(seq, reading)| (reading.observed_at, *seq));
    let mut kept: Versions = Vec::with_capacity(found.len());
    for version in found.drain(..) {
        match kept.last_mut() {
            Some(last) if last.1.observed_at == version.1.observed_at => *last = version,
            _ => kept.push(version),
        }
    }
    *found = kept;
}
