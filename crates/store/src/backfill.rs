//! What a ledger of before version 3 lacks for the past as it was known, worked out from what it has.

use std::collections::HashMap;

use domain::{AlarmRecord, Transition};
use rusqlite::Connection;

use crate::codec::chunk;
use crate::{StoreError, journal, json, schema};

/// Up to which arrival alarm states are known from their changes only.
pub(crate) const ALARMS_FROM_CHANGES: &str = "alarms_from_changes";
/// Chunks looked at at once.
const AT_ONCE: i64 = 1_000;
/// The layout and the longest number.
const HEAD: i64 = 11;

/// Works it out, inside the caller's transaction.
pub(crate) fn past(conn: &Connection) -> Result<(), StoreError> {
    alarms(conn)?;
    conn.execute_batch(
        "UPDATE health SET turned = json_extract(body, '$.conditions') IS NOT
           (SELECT json_extract(b.body, '$.conditions') FROM health b
            WHERE b.station = health.station AND b.id < health.id ORDER BY b.id DESC LIMIT 1)",
    )?;
    chunks(conn)
}

/// Of an alarm state its changes are there; what did not change it, such as that its data stopped, is not.
fn alarms(conn: &Connection) -> Result<(), StoreError> {
    let mut statement = conn.prepare("SELECT seq, body FROM transition ORDER BY id")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let (seq, change): (u64, Transition) = (row.get(0)?, json::column("transition", row, 1)?);
        let alarm = AlarmRecord {
            rule: change.rule,
            target: change.target,
            episode: change.episode,
            state: change.to,
            provisional: change.provisional,
            since: change.at,
            blind: false,
            late: change.late,
            beneath: None,
            evidence: change.evidence,
            latest: None,
            highest: None,
        };
        let body = json::text("alarm", &alarm)?;
        conn.prepare_cached(
            "INSERT INTO alarm_version(rule, target, seq, body) VALUES (?1, ?2, ?3, ?4)",
        )?
        .execute((alarm.rule.as_str(), alarm.target.as_str(), seq, body))?;
    }
    schema::set_meta(conn, ALARMS_FROM_CHANGES, journal::last_seq(conn)?)
}

/// The chunks of a series are in order of arrival.
fn chunks(conn: &Connection) -> Result<(), StoreError> {
    let mut reaches: HashMap<i64, i64> = HashMap::new();
    let mut last = 0_i64;
    loop {
        let mut statement = conn.prepare_cached(
            "SELECT id, series, t1, substr(readings, 1, ?2) FROM chunk WHERE id > ?1 ORDER BY id LIMIT ?3",
        )?;
        let found = statement.query_map((last, HEAD, AT_ONCE), |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?))
        })?;
        let found: Vec<(i64, i64, i64, Vec<u8>)> = found.collect::<Result<_, _>>()?;
        let Some(newest) = found.last() else { return Ok(()) };
        last = newest.0;
        for (id, series, t1, head) in found {
            let reach = reaches.entry(series).or_insert(t1);
            *reach = t1.max(*reach);
            conn.prepare_cached("UPDATE chunk SET first_seq = ?2, reach = ?3 WHERE id = ?1")?
                .execute((id, chunk::first_seq(&head)?, *reach))?;
        }
    }
}
