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
        let best = self.collect(series, from, to, limit)?;
        Ok(best.into_iter().take(limit).map(|(_, reading)| reading).collect())
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
        let known =
            known_at.map(|at| self.with(|conn| journal::last_seq_at(conn, at))).transpose()?;
        let mut all = self.walk(series, from, to, |_, _| false)?;
        all.retain(|(seq, _)| known.is_none_or(|known| *seq <= known));
        all.sort_by_key(|(seq, _)| *seq);
        Ok(all)
    }

    fn collect(
        &self,
        series: SeriesId,
        from: Time,
        to: Time,
        limit: usize,
    ) -> Result<Versions, StoreError> {
        // Chunks come in order of their first time: what lies before the next one is complete.
        let enough = |found: &mut Versions, next: Time| {
            if found.len() < limit {
                return false;
            }
            keep_best(found);
            found.partition_point(|(_, reading)| reading.observed_at < next) >= limit
        };
        let mut found = self.walk(series, from, to, enough)?;
        keep_best(&mut found);
        Ok(found)
    }

    /// Gathers every version in the range, until `enough` says so of what was found before a time.
    fn walk(
        &self,
        series: SeriesId,
        from: Time,
        to: Time,
        mut enough: impl FnMut(&mut Versions, Time) -> bool,
    ) -> Result<Versions, StoreError> {
        let (first, last) = (from.millis(), to.millis());
        let tail = self.tail(series, first, last);
        let mut found = Vec::new();
        let take = |bytes: &[u8], found: &mut Versions| {
            chunk::decode(bytes, series, |seq, reading| {
                if (from..=to).contains(&reading.observed_at) {
                    found.push((seq, reading));
                }
            })
        };
        self.with(|conn| {
            let snapshot = conn.transaction()?;
            let folded = folded(&snapshot, series)?;
            for chunk in tail.iter().filter(|chunk| chunk.seqs.0 > folded) {
                take(&chunk.bytes, &mut found)?;
            }
            let mut statement = snapshot.prepare_cached(
                "SELECT t0, readings FROM chunk WHERE series = ?1 AND t1 >= ?2 AND t0 <= ?3 ORDER BY t0",
            )?;
            let mut rows = statement.query((series.0, first, last))?;
            while let Some(row) = rows.next()? {
                if enough(&mut found, journal::time(row, 0)?) {
                    break;
                }
                take(row.get_ref(1)?.as_blob().map_err(rusqlite::Error::from)?, &mut found)?;
            }
            Ok(found)
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
