//! Reading the ledger, while it is written.

mod board;
mod carry;
mod duty;
mod events;
mod forecasts;
mod history;
mod journal;
mod outbox;
mod people;
mod pieces;
mod reviews;
mod series;
mod warnings;

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use rusqlite::{Connection, Params, Row};

pub use board::{Board, NewestReading};
pub use carry::{Arrived, Stretch};
pub use duty::DutyFilter;
pub use events::{Event, Happening};
pub use forecasts::{ForecastRecord, WhichForecasts, Withdrawal};
pub use journal::{ConfigRecord, SetAsideRecord};
pub use pieces::{AT_ONCE, Pieces, Steps, complete_to};
pub use reviews::{ReviewFilter, ReviewRecord};
pub use series::SeriesInfo;

use crate::clock::Tuning;
use crate::recent::{Recent, SharedRecent};
use crate::{StoreError, schema};

/// Connections kept for the next reader; more are opened when more read at once.
const KEPT: usize = 8;

/// Blocking reads; call from `spawn_blocking`. Cheap to clone. Never waits for the writer.
#[derive(Clone)]
pub struct Reader(Arc<Inner>);

struct Inner {
    path: PathBuf,
    recent: SharedRecent,
    /// Notices in flight in a run before this one are due again.
    run: i64,
    pool: Mutex<Vec<Connection>>,
}

impl Reader {
    pub(crate) fn new(path: PathBuf, recent: SharedRecent, run: i64) -> Self {
        Self(Arc::new(Inner { path, recent, run, pool: Mutex::default() }))
    }

    /// Reads a ledger that another process, or none, has open; for the command line. Readings and series
    /// are as they were when it was opened.
    ///
    /// # Errors
    /// The file cannot be opened or is not a ledger.
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        let mut conn = schema::open_to_read(path)?;
        let tx = conn.transaction()?;
        let recent = Recent::load(&tx, Tuning::default().chunk_readings)?;
        let run = schema::meta(&tx, "run")?.unwrap_or(0);
        drop(tx);
        Ok(Self::new(path.to_owned(), SharedRecent::new(recent), run))
    }

    /// Whether the ledger is real or an exercise.
    ///
    /// # Errors
    /// The ledger cannot be read.
    pub fn realm(&self) -> Result<domain::Realm, StoreError> {
        self.with(|conn| schema::realm(conn))
    }

    /// Lends a connection from the pool.
    pub(crate) fn with<T>(
        &self,
        work: impl FnOnce(&mut Connection) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let pooled = self.0.pool.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let mut conn = match pooled {
            Some(conn) => conn,
            None => schema::open_to_read(&self.0.path)?,
        };
        let answer = work(&mut conn);
        let mut pool = self.0.pool.lock().unwrap_or_else(PoisonError::into_inner);
        if pool.len() < KEPT {
            pool.push(conn);
        }
        answer
    }

    /// Every row of a query.
    pub(crate) fn all<T>(
        &self,
        sql: &str,
        params: impl Params,
        each: impl FnMut(&Row<'_>) -> Result<T, StoreError>,
    ) -> Result<Vec<T>, StoreError> {
        self.with(|conn| all(conn, sql, params, each))
    }

    /// The first row of a query.
    pub(crate) fn first<T>(
        &self,
        sql: &str,
        params: impl Params,
        each: impl FnMut(&Row<'_>) -> Result<T, StoreError>,
    ) -> Result<Option<T>, StoreError> {
        Ok(self.all(sql, params, each)?.into_iter().next())
    }
}

/// A number as SQLite can hold it: beyond the largest there is nothing, so nothing is missed.
fn bound(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

fn all<T>(
    conn: &Connection,
    sql: &str,
    params: impl Params,
    mut each: impl FnMut(&Row<'_>) -> Result<T, StoreError>,
) -> Result<Vec<T>, StoreError> {
    let mut statement = conn.prepare_cached(sql)?;
    let mut rows = statement.query(params)?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        found.push(each(row)?);
    }
    Ok(found)
}
