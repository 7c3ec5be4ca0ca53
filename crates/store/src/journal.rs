//! Arrivals as rows of the journal.

use domain::{Arrival, ArrivalBody, StationId, Time};
use rusqlite::{Connection, Row};

use crate::StoreError;

/// Columns in the order that [`arrival`] expects.
pub(crate) const COLUMNS: &str =
    "seq, received_at, kind, station, again_seq, again_at, topic, payload";

const TELEMETRY: u8 = 0;
const RETAINED: u8 = 1;
const TELEMETRY_AGAIN: u8 = 7;
const RETAINED_AGAIN: u8 = 8;

/// Appends an arrival with its encoded readings.
pub(crate) fn insert(
    conn: &Connection,
    arrival: &Arrival,
    outcome: &[u8],
) -> Result<(), StoreError> {
    let mut statement = conn.prepare_cached(
        "INSERT INTO journal(seq, received_at, kind, station, again_seq, again_at, topic, outcome, payload)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
    )?;
    let outcome = (!outcome.is_empty()).then_some(outcome);
    let (seq, at, kind) = (arrival.seq, arrival.received_at.millis(), kind(&arrival.body));
    match &arrival.body {
        ArrivalBody::Telemetry { station, topic, payload, again, .. } => {
            let (again_seq, again_at) = again.map(|(seq, at)| (seq, at.millis())).unzip();
            let station = station.as_str();
            statement
                .execute((seq, at, kind, station, again_seq, again_at, topic, outcome, payload))?;
        }
        body => {
            let none = None::<i64>;
            let topic = match body {
                ArrivalBody::Unusable { topic, .. } => Some(topic),
                _ => None,
            };
            let json = crate::json::text("arrival", body)?;
            statement.execute((
                seq,
                at,
                kind,
                none,
                none,
                none,
                topic,
                outcome,
                json.as_bytes(),
            ))?;
        }
    }
    Ok(())
}

/// Reads an arrival from [`COLUMNS`].
pub(crate) fn arrival(row: &Row<'_>) -> Result<Arrival, StoreError> {
    let payload = row.get_ref(7)?.as_bytes().map_err(rusqlite::Error::from)?;
    let body = match row.get(2)? {
        TELEMETRY => telemetry(row, payload, false, false)?,
        RETAINED => telemetry(row, payload, true, false)?,
        TELEMETRY_AGAIN => telemetry(row, payload, false, true)?,
        RETAINED_AGAIN => telemetry(row, payload, true, true)?,
        _ => serde_json::from_slice(payload).map_err(|e| StoreError::damaged("arrival", e))?,
    };
    Ok(Arrival { seq: row.get(0)?, received_at: time(row, 1)?, body })
}

/// A time in milliseconds from a column.
pub(crate) fn time(row: &Row<'_>, column: usize) -> rusqlite::Result<Time> {
    row.get(column).map(Time::from_millis)
}

/// The last arrival that had been received at `at`; received times never go back, so halving finds it.
pub(crate) fn last_seq_at(conn: &Connection, at: Time) -> Result<u64, StoreError> {
    let mut statement = conn.prepare_cached("SELECT received_at FROM journal WHERE seq = ?1")?;
    let (mut known, mut unknown) = (0_u64, last_seq(conn)? + 1);
    while unknown - known > 1 {
        let middle = known + (unknown - known) / 2;
        let received = statement.query_row([middle], |row| time(row, 0))?;
        if received <= at { known = middle } else { unknown = middle }
    }
    Ok(known)
}

/// The newest arrival, 0 when there is none.
pub(crate) fn last_seq(conn: &Connection) -> Result<u64, StoreError> {
    let mut statement = conn.prepare_cached("SELECT coalesce(max(seq), 0) FROM journal")?;
    Ok(statement.query_row([], |row| row.get(0))?)
}

fn telemetry(
    row: &Row<'_>,
    payload: &[u8],
    retained: bool,
    dup: bool,
) -> Result<ArrivalBody, StoreError> {
    let station: String = row.get(3)?;
    let station: StationId = station.parse().map_err(|e| StoreError::damaged("station", e))?;
    let again = match row.get(4)? {
        Some(seq) => Some((seq, time(row, 5)?)),
        None => None,
    };
    Ok(ArrivalBody::Telemetry {
        station,
        topic: row.get(6)?,
        payload: payload.to_vec(),
        retained,
        dup,
        again,
    })
}

/// Stored numbers; never given anew.
const fn kind(body: &ArrivalBody) -> u8 {
    match body {
        ArrivalBody::Telemetry { retained: false, dup: false, .. } => TELEMETRY,
        ArrivalBody::Telemetry { retained: true, dup: false, .. } => RETAINED,
        ArrivalBody::Telemetry { retained: false, dup: true, .. } => TELEMETRY_AGAIN,
        ArrivalBody::Telemetry { retained: true, dup: true, .. } => RETAINED_AGAIN,
        ArrivalBody::Presence { .. } => 2,
        ArrivalBody::Tick => 3,
        ArrivalBody::Config { .. } => 4,
        ArrivalBody::Command { .. } => 5,
        ArrivalBody::Started { .. } => 6,
        ArrivalBody::Unusable { .. } => 9,
        ArrivalBody::Link { .. } => 10,
        ArrivalBody::History { .. } => 11,
        ArrivalBody::Clock { .. } => 12,
        ArrivalBody::Review { .. } => 20,
        ArrivalBody::Duty { .. } => 21,
        ArrivalBody::Forecast { .. } => 22,
    }
}
