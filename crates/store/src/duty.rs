//! Writing the shift log and the desk as it is; a receipt by telephone with its call.

use domain::duty::Reached;
use domain::{Arrival, DutyEntry, DutyRecord, Notice, Outcome, RecipientId, WarningId};
use rusqlite::Connection;

use crate::notices::{self, NoticeEvent, NoticeState};
use crate::{StoreError, json};

/// How the line of a notice begins that a call confirmed; who called follows.
pub const BY_TELEPHONE: &str = "confirmed by telephone to ";

/// Writes what an arrival changed at the desk, inside the caller's transaction: a call and the receipts it
/// gives are on disk together or not at all.
pub(crate) fn write(
    conn: &Connection,
    arrival: &Arrival,
    outcome: &Outcome,
    run: i64,
) -> Result<(), StoreError> {
    if let Some(record) = &outcome.duty {
        conn.prepare_cached(
            "INSERT INTO duty(seq, at, user, kind, warning, body) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        )?
        .execute((
            arrival.seq,
            record.at.millis(),
            &record.who.user,
            record.name(),
            record.entry.warning().map(WarningId::as_str),
            json::text("shift log", record)?,
        ))?;
        confirm(conn, record, run)?;
    }
    if let Some(desk) = &outcome.duty_desk {
        conn.prepare_cached("INSERT INTO duty_desk(seq, body) VALUES (?1, ?2)")?
            .execute((arrival.seq, json::text("duty desk", desk)?))?;
    }
    Ok(())
}

/// Who says on the telephone that they know has given a receipt of everything planned for them so far; what still waits
/// to be sent is not sent any more.
fn confirm(conn: &Connection, record: &DutyRecord, run: i64) -> Result<(), StoreError> {
    let DutyEntry::Call { warning, recipient, reached: Reached::Confirmed, .. } = &record.entry
    else {
        return Ok(());
    };
    let detail = format!("{BY_TELEPHONE}{}", record.who.name);
    for id in asked(conn, warning, recipient)? {
        let (state, detail) = (NoticeState::Confirmed, detail.clone());
        let event = NoticeEvent { at: record.at, state, detail, next_try_at: None };
        notices::add_event(conn, &id, &event, run)?;
    }
    Ok(())
}

/// Notices of a person by which a receipt is given and was not yet.
fn asked(
    conn: &Connection,
    warning: &WarningId,
    recipient: &RecipientId,
) -> Result<Vec<String>, StoreError> {
    let mut statement = conn.prepare_cached(
        "SELECT body FROM notice WHERE warning = ?1 AND state <> 'confirmed'
           AND json_extract(body, '$.recipient') = ?2 ORDER BY n",
    )?;
    let mut rows = statement.query((warning.as_str(), recipient.as_str()))?;
    let mut ids = Vec::new();
    while let Some(row) = rows.next()? {
        let notice: Notice = json::column("notice", row, 0)?;
        if notice.channel.asks_receipt() {
            ids.push(notice.id);
        }
    }
    Ok(ids)
}
