//! Writing one arrival and everything it led to, inside the caller's transaction.

use domain::{Arrival, ArrivalBody, Outcome, Review, SeriesId, SeriesKey, Warning, WarningState};
use rusqlite::Connection;

use crate::ledger::Applied;
use crate::{StoreError, codec, duty, forecasts, journal, json, notices};

/// Appends the arrival and its outcome. `scratch` is reused from row to row.
pub(crate) fn write(
    conn: &Connection,
    row: &Applied,
    run: i64,
    scratch: &mut Vec<u8>,
) -> Result<(), StoreError> {
    let (arrival, outcome) = (&*row.arrival, &*row.outcome);
    codec::message::encode(scratch, outcome, arrival.received_at);
    journal::insert(conn, arrival, scratch)?;
    if let ArrivalBody::Config { by, .. } = &arrival.body {
        conn.prepare_cached("INSERT INTO config(seq, applied_at, by) VALUES (?1, ?2, ?3)")?
            .execute((arrival.seq, arrival.received_at.millis(), by))?;
    }
    if let (ArrivalBody::Review { user, review }, Some(Ok(()))) = (&arrival.body, &outcome.command)
    {
        write_review(conn, arrival, user, review)?;
    }
    forecasts::write(conn, arrival, outcome)?;
    write_series(conn, arrival.seq, outcome)?;
    write_set_aside(conn, arrival.seq, outcome)?;
    write_alarms(conn, arrival.seq, outcome)?;
    write_warnings(conn, arrival.seq, outcome)?;
    for notice in &outcome.notices {
        notices::insert(conn, Some(arrival.seq), notice, run)?;
    }
    duty::write(conn, arrival, outcome, run)
}

fn write_review(
    conn: &Connection,
    arrival: &Arrival,
    user: &str,
    review: &Review,
) -> Result<(), StoreError> {
    let times = review.points.iter().map(|point| point.observed_at.millis());
    conn.prepare_cached(
        "INSERT INTO review(seq, at, who, station, parameter, sensor, t0, t1, decision, reason, points)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
    )?
    .execute((
        arrival.seq,
        arrival.received_at.millis(),
        user,
        review.series.station.as_str(),
        review.series.parameter.as_str(),
        review.series.sensor.as_str(),
        times.clone().min().unwrap_or_default(),
        times.max().unwrap_or_default(),
        review.decision.name(),
        review.reason.trim(),
        review.points.len(),
    ))?;
    Ok(())
}

fn write_series(conn: &Connection, seq: u64, outcome: &Outcome) -> Result<(), StoreError> {
    outcome.new_series.iter().try_for_each(|(id, key)| write_number(conn, seq, *id, key))
}

/// The number of a series.
pub(crate) fn write_number(
    conn: &Connection,
    seq: u64,
    id: SeriesId,
    key: &SeriesKey,
) -> Result<(), StoreError> {
    conn.prepare_cached(
        "INSERT OR IGNORE INTO series(id, seq, station, parameter, sensor) VALUES (?1, ?2, ?3, ?4, ?5)",
    )?
    .execute((id.0, seq, key.station.as_str(), key.parameter.as_str(), key.sensor.as_str()))?;
    Ok(())
}

fn write_set_aside(conn: &Connection, seq: u64, outcome: &Outcome) -> Result<(), StoreError> {
    for item in &outcome.set_aside {
        conn.prepare_cached("INSERT INTO set_aside(seq, body) VALUES (?1, ?2)")?
            .execute((seq, json::text("set-aside", item)?))?;
        conn.prepare_cached(
            "INSERT INTO set_aside_count(reason, count) VALUES (?1, 1)
             ON CONFLICT(reason) DO UPDATE SET count = count + 1",
        )?
        .execute([json::text("reason", &item.reason)?])?;
    }
    if let Some(settled) = outcome.settles {
        conn.prepare_cached("UPDATE set_aside SET settled = 1 WHERE seq = ?1")?
            .execute([settled])?;
    }
    Ok(())
}

fn write_alarms(conn: &Connection, seq: u64, outcome: &Outcome) -> Result<(), StoreError> {
    for transition in &outcome.transitions {
        conn.prepare_cached("INSERT INTO transition(seq, body) VALUES (?1, ?2)")?
            .execute((seq, json::text("transition", transition)?))?;
    }
    for alarm in &outcome.alarms {
        let body = json::text("alarm", alarm)?;
        let row = (alarm.rule.as_str(), alarm.target.as_str(), seq, body.as_str());
        conn.prepare_cached(
            "INSERT OR REPLACE INTO alarm(rule, target, seq, body) VALUES (?1, ?2, ?3, ?4)",
        )?
        .execute(row)?;
        conn.prepare_cached(
            "INSERT INTO alarm_version(rule, target, seq, body) VALUES (?1, ?2, ?3, ?4)",
        )?
        .execute(row)?;
    }
    for health in &outcome.health {
        conn.prepare_cached(
            "INSERT INTO health(seq, station, body, turned) VALUES (?1, ?2, ?3,
               json_extract(?3, '$.conditions') IS NOT (SELECT json_extract(body, '$.conditions')
                 FROM health WHERE station = ?2 ORDER BY id DESC LIMIT 1))",
        )?
        .execute((seq, health.station.as_str(), json::text("station health", health)?))?;
    }
    Ok(())
}

fn write_warnings(conn: &Connection, seq: u64, outcome: &Outcome) -> Result<(), StoreError> {
    for warning in &outcome.warnings {
        conn.prepare_cached("INSERT INTO warning_version(seq, warning, body) VALUES (?1, ?2, ?3)")?
            .execute((seq, warning.id.as_str(), json::text("warning", warning)?))?;
        conn.prepare_cached(
            "INSERT INTO warning(id, open, version) VALUES (?1, ?2, ?3)
             ON CONFLICT(id) DO UPDATE SET open = excluded.open, version = excluded.version",
        )?
        .execute((warning.id.as_str(), is_open(warning), conn.last_insert_rowid()))?;
    }
    for message in &outcome.messages {
        conn.prepare_cached(
            "INSERT INTO message(seq, warning, number, body) VALUES (?1, ?2, ?3, ?4)",
        )?
        .execute((
            seq,
            message.warning.as_str(),
            message.number,
            json::text("message", message)?,
        ))?;
    }
    Ok(())
}

const fn is_open(warning: &Warning) -> bool {
    matches!(warning.state, WarningState::Draft | WarningState::Issued)
}
