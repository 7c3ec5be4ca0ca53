//! What is written beside the journal: it changes no reading, alarm or warning.

use domain::{Notice, StationId, Time, WarningId};
use rusqlite::Connection;
use serde::{Deserialize, Serialize};

use crate::carried::{self, RefusedPoint};
use crate::notices::NoticeEvent;
use crate::people::{Session, User};
use crate::{StoreError, audit, json, notices, people, schema};

/// A CAP 1.2 document as published; never changed afterwards.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CapDocument {
    /// `<identifier>` of the alert.
    pub identifier: String,
    /// Of which warning.
    pub warning: WarningId,
    /// `<sent>`.
    pub sent_at: Time,
    /// `<expires>`.
    pub expires_at: Time,
    /// Headline, for the feed.
    pub title: String,
    /// The document.
    pub xml: String,
}

/// Something to write beside the journal.
#[derive(Debug)]
pub(crate) enum Note {
    Event {
        notice: String,
        event: NoticeEvent,
    },
    Notices(Vec<Notice>),
    Cap(CapDocument),
    User(User),
    Credential {
        station: StationId,
        secret_hash: String,
    },
    Session(Session),
    EndSession {
        token_hash: String,
    },
    /// How far something has come, by its name.
    Mark {
        name: String,
        value: u64,
    },
    Audit {
        who: String,
        what: String,
        detail: String,
    },
    History {
        cursor: u64,
        ledger: String,
        refused: Vec<RefusedPoint>,
    },
    Summed {
        seq: u64,
    },
    Prune {
        before: Time,
        chunks: Vec<i64>,
    },
}

impl Note {
    /// Writes it inside the caller's transaction.
    pub(crate) fn write(&self, conn: &Connection, now: Time, run: i64) -> Result<(), StoreError> {
        match self {
            Self::Event { notice, event } => notices::add_event(conn, notice, event, run),
            Self::Notices(all) => {
                all.iter().try_for_each(|notice| notices::insert(conn, None, notice, run))
            }
            Self::Cap(document) => put_cap(conn, document),
            Self::User(user) => people::put_user(conn, user),
            Self::Credential { station, secret_hash } => {
                people::put_credential(conn, station, secret_hash)
            }
            Self::Session(session) => people::put_session(conn, session, now),
            Self::EndSession { token_hash } => people::end_session(conn, token_hash),
            Self::Mark { name, value } => {
                schema::set_meta(conn, &mark(name), i64::try_from(*value).unwrap_or(i64::MAX))
            }
            Self::Audit { who, what, detail } => audit::append(conn, now, who, what, detail),
            Self::History { cursor, ledger, refused } => {
                carried::note(conn, *cursor, ledger, refused)
            }
            Self::Summed { seq } => carried::note_summed(conn, *seq),
            Self::Prune { before, chunks } => carried::prune(conn, *before, chunks),
        }
    }
}

/// Where a mark stands among the remembered facts.
pub(crate) fn mark(name: &str) -> String {
    format!("mark {name}")
}

fn put_cap(conn: &Connection, document: &CapDocument) -> Result<(), StoreError> {
    conn.prepare_cached("INSERT OR IGNORE INTO cap(identifier, body) VALUES (?1, ?2)")?
        .execute((&document.identifier, json::text("CAP document", document)?))?;
    Ok(())
}
