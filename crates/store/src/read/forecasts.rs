//! Forecasts, as they are known now or were known once.

use domain::{Forecast, ParameterId, StationId, Time};
use rusqlite::Row;

use super::{Reader, bound};
use crate::{StoreError, journal, json};

/// A forecast as it was issued.
#[derive(Debug, Clone, PartialEq)]
pub struct ForecastRecord {
    /// Its place in the journal.
    pub seq: u64,
    /// When it was received.
    pub received_at: Time,
    /// Who handed it in.
    pub by: String,
    /// What it says.
    pub forecast: Forecast,
    /// The newest of its source that was not withdrawn.
    pub current: bool,
    /// Not to be used any more.
    pub withdrawn: Option<Withdrawal>,
}

/// That a forecast was withdrawn.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Withdrawal {
    /// Its place in the journal.
    pub seq: u64,
    /// When.
    pub at: Time,
    /// Who.
    pub by: String,
    /// Why.
    pub reason: String,
}

/// Which forecasts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WhichForecasts {
    /// Of that station.
    pub station: Option<StationId>,
    /// Of that parameter.
    pub parameter: Option<ParameterId>,
    /// As it was known then.
    pub known_at: Option<Time>,
    /// That say something of this instant or later.
    pub from: Time,
    /// Issued at this instant or earlier.
    pub to: Time,
    /// Also those that a later one replaced, and withdrawn ones.
    pub all: bool,
    /// Only what everybody may see: what a forecaster stands behind and nobody withdrew.
    pub public: bool,
    /// Handed in before this arrival; [`u64::MAX`] = from the newest.
    pub before: u64,
}

impl Default for WhichForecasts {
    fn default() -> Self {
        Self {
            station: None,
            parameter: None,
            known_at: None,
            from: Time::from_millis(i64::MIN),
            to: Time::from_millis(i64::MAX),
            all: false,
            public: false,
            before: u64::MAX,
        }
    }
}

/// Columns that [`record`] expects; `?1` is the last arrival that is known.
const FOUND: &str = "
WITH known AS (SELECT f.*, w.seq w_seq, w.at w_at, w.by w_by, w.reason w_reason FROM forecast f
  LEFT JOIN forecast_withdrawal w ON w.forecast = f.seq AND w.seq <= ?1 WHERE f.seq <= ?1),
found AS (SELECT k.*, k.w_seq IS NULL AND NOT EXISTS (SELECT 1 FROM forecast n WHERE n.station = k.station
  AND n.parameter = k.parameter AND n.source = k.source AND n.seq <= ?1
  AND (n.issued_at, n.seq) > (k.issued_at, k.seq)
  AND NOT EXISTS (SELECT 1 FROM forecast_withdrawal w WHERE w.forecast = n.seq AND w.seq <= ?1)) current
  FROM known k)
SELECT seq, received_at, by, body, current, w_seq, w_at, w_by, w_reason,
  coalesce(json_extract(body, '$.refined'), 0) refined FROM found";

impl Reader {
    /// Forecasts, the last handed in first.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn forecasts(
        &self,
        which: &WhichForecasts,
        limit: usize,
    ) -> Result<Vec<ForecastRecord>, StoreError> {
        let known = match which.known_at {
            Some(at) => self.with(|conn| journal::last_seq_at(conn, at))?,
            None => u64::MAX,
        };
        let sql = format!(
            "{FOUND} WHERE (?2 IS NULL OR station = ?2) AND (?3 IS NULL OR parameter = ?3) AND until >= ?4
             AND issued_at <= ?5 AND (?6 OR current) AND seq < ?7 AND (NOT ?8 OR w_seq IS NULL AND refined)
             ORDER BY seq DESC LIMIT ?9"
        );
        let params = (
            bound(known),
            which.station.as_ref().map(StationId::as_str),
            which.parameter.as_ref().map(ParameterId::as_str),
            which.from.millis(),
            which.to.millis(),
            which.all,
            bound(which.before),
            which.public,
            limit,
        );
        self.all(&sql, params, record)
    }

    /// One forecast as it is known now.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn forecast(&self, seq: u64) -> Result<Option<ForecastRecord>, StoreError> {
        let sql = format!("{FOUND} WHERE seq = ?2");
        self.first(&sql, (i64::MAX, bound(seq)), record)
    }
}

fn record(row: &Row<'_>) -> Result<ForecastRecord, StoreError> {
    let withdrawn = match row.get(5)? {
        Some(seq) => {
            let (at, by, reason) = (journal::time(row, 6)?, row.get(7)?, row.get(8)?);
            Some(Withdrawal { seq, at, by, reason })
        }
        None => None,
    };
    Ok(ForecastRecord {
        seq: row.get(0)?,
        received_at: journal::time(row, 1)?,
        by: row.get(2)?,
        forecast: json::column("forecast", row, 3)?,
        current: row.get(4)?,
        withdrawn,
    })
}
