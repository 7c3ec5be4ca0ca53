//! What people said of readings.

use std::collections::BTreeMap;

use domain::{Decision, ParameterId, SensorId, SeriesKey, StationId, Time};
use rusqlite::{OptionalExtension, Row};
use serde::Serialize;

use super::{Reader, bound};
use crate::{StoreError, journal};

/// A review that was carried out.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ReviewRecord {
    /// Its arrival.
    pub seq: u64,
    /// When it was decided.
    pub at: Time,
    /// By whom, as printed.
    pub who: String,
    /// Whose readings.
    pub series: SeriesKey,
    /// The first reading that was judged.
    pub from: Time,
    /// The last.
    pub to: Time,
    /// What was said.
    pub decision: Decision,
    /// Why.
    pub reason: String,
    /// How many readings.
    pub points: u64,
}

/// Which reviews; what is `None` does not matter.
#[derive(Debug, Clone, Default)]
pub struct ReviewFilter {
    /// Only of this station.
    pub station: Option<StationId>,
    /// Only of this parameter.
    pub parameter: Option<ParameterId>,
    /// Only of this sensor.
    pub sensor: Option<SensorId>,
    /// Only of readings at this instant or later.
    pub from: Option<Time>,
    /// Only of readings at this instant or before.
    pub to: Option<Time>,
}

const COLUMNS: &str = "seq, at, who, station, parameter, sensor, t0, t1, decision, reason, points";

impl Reader {
    /// Reviews, the newest first, before arrival `before`; [`u64::MAX`] = from the newest.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn reviews(
        &self,
        filter: &ReviewFilter,
        before: u64,
        limit: usize,
    ) -> Result<Vec<ReviewRecord>, StoreError> {
        let sql = format!(
            "SELECT {COLUMNS} FROM review WHERE seq < ?1 AND (?2 IS NULL OR station = ?2)
             AND (?3 IS NULL OR parameter = ?3) AND (?4 IS NULL OR sensor = ?4)
             AND (?5 IS NULL OR t1 >= ?5) AND (?6 IS NULL OR t0 <= ?6) ORDER BY seq DESC LIMIT ?7"
        );
        let params = (
            bound(before),
            filter.station.as_ref().map(StationId::as_str),
            filter.parameter.as_ref().map(ParameterId::as_str),
            filter.sensor.as_ref().map(SensorId::as_str),
            filter.from.map(Time::millis),
            filter.to.map(Time::millis),
            limit,
        );
        self.all(&sql, params, record)
    }

    /// When some arrivals were received.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn received(
        &self,
        seqs: impl IntoIterator<Item = u64>,
    ) -> Result<BTreeMap<u64, Time>, StoreError> {
        self.with(|conn| {
            let mut statement =
                conn.prepare_cached("SELECT received_at FROM journal WHERE seq = ?1")?;
            let mut found = BTreeMap::new();
            for seq in seqs {
                let at = statement.query_row([bound(seq)], |row| journal::time(row, 0));
                if let Some(at) = at.optional()? {
                    found.insert(seq, at);
                }
            }
            Ok(found)
        })
    }
}

fn record(row: &Row<'_>) -> Result<ReviewRecord, StoreError> {
    let text = |column| row.get::<_, String>(column);
    let damaged = |error| StoreError::damaged("review", error);
    let decision: String = text(8)?;
    let decision = Decision::from_name(&decision)
        .ok_or_else(|| StoreError::damaged("review", format!("'{decision}' is no decision")))?;
    Ok(ReviewRecord {
        seq: row.get(0)?,
        at: journal::time(row, 1)?,
        who: text(2)?,
        series: SeriesKey {
            station: text(3)?.parse().map_err(damaged)?,
            parameter: text(4)?.parse().map_err(damaged)?,
            sensor: text(5)?.parse().map_err(damaged)?,
        },
        from: journal::time(row, 6)?,
        to: journal::time(row, 7)?,
        decision,
        reason: text(9)?,
        points: row.get(10)?,
    })
}
