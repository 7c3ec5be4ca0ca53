//! The outbox: notices, their states, and a history that only grows.

use domain::{Notice, Time};
use rusqlite::{Connection, OptionalExtension};
use serde::{Deserialize, Serialize};

use crate::{StoreError, json};

/// Where a notice is on its way to a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NoticeState {
    /// To be sent when its time has come.
    Waiting,
    /// Handed to the channel, no answer yet; after a crash it is due again.
    Sending,
    /// The channel took it.
    Sent,
    /// It reached the recipient's device or mailbox.
    Delivered,
    /// It was opened.
    Read,
    /// The person confirmed.
    Confirmed,
    /// Given up.
    Dead,
    /// No receipt came, the next in line was told.
    Escalated,
    /// Nothing more is to be done, and nobody answered: overtaken by a newer message, decided otherwise,
    /// or dismissed by a person. The line says which.
    Settled,
}

impl NoticeState {
    /// Every state.
    pub const ALL: [Self; 9] = [
        Self::Waiting,
        Self::Sending,
        Self::Sent,
        Self::Delivered,
        Self::Read,
        Self::Confirmed,
        Self::Dead,
        Self::Escalated,
        Self::Settled,
    ];

    /// The name as stored and as in JSON.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Sending => "sending",
            Self::Sent => "sent",
            Self::Delivered => "delivered",
            Self::Read => "read",
            Self::Confirmed => "confirmed",
            Self::Dead => "dead",
            Self::Escalated => "escalated",
            Self::Settled => "settled",
        }
    }

    pub(crate) fn from_name(name: &str) -> Result<Self, StoreError> {
        let found = Self::ALL.into_iter().find(|state| state.name() == name);
        found.ok_or_else(|| StoreError::damaged("notice state", format!("'{name}' is none")))
    }

    /// The state after a line of the history says `next`. A line that goes backwards moves nothing;
    /// escalation neither stops a notice that is still to be sent nor hides that one was given up; a person
    /// may confirm whatever was settled without them; a confirmation is final.
    #[must_use]
    pub fn after(self, next: Self) -> Self {
        use NoticeState::{
            Confirmed, Dead, Delivered, Escalated, Read, Sending, Sent, Settled, Waiting,
        };
        let moves = match self {
            // Given up wrongly: tried again by hand, or a late receipt.
            Waiting | Sending | Dead => next != Escalated,
            Sent => matches!(next, Delivered | Read | Confirmed | Dead | Escalated | Settled),
            Delivered => matches!(next, Read | Confirmed | Escalated | Settled),
            Read => matches!(next, Confirmed | Escalated | Settled),
            Confirmed => false,
            Escalated | Settled => next == Confirmed,
        };
        if moves { next } else { self }
    }
}

/// One line of a notice's history.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct NoticeEvent {
    /// When.
    pub at: Time,
    /// What the notice became, or would have become.
    pub state: NoticeState,
    /// What the channel or the person said.
    pub detail: String,
    /// For `Waiting` after a failure: when to try next; `None` = at once.
    pub next_try_at: Option<Time>,
}

/// A notice with where it is and how it got there.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct NoticeRecord {
    /// The notice as planned.
    pub notice: Notice,
    /// Where it is.
    pub state: NoticeState,
    /// How often sending began (lines with `Sending`).
    pub attempts: u32,
    /// When it is due, while it waits.
    pub next_try_at: Option<Time>,
    /// Every line, oldest first.
    pub history: Vec<NoticeEvent>,
}

impl NoticeRecord {
    /// Makes it what it was at `at`, out of the lines of then.
    pub(crate) fn turn_back(&mut self, at: Time) {
        self.history.retain(|line| line.at <= at);
        let (mut state, mut next) = (NoticeState::Waiting, Some(self.notice.planned_at));
        for line in &self.history {
            state = state.after(line.state);
            if line.state == NoticeState::Waiting {
                next = Some(line.next_try_at.unwrap_or(line.at));
            }
        }
        let sends = self.history.iter().filter(|line| line.state == NoticeState::Sending);
        self.attempts = u32::try_from(sends.count()).unwrap_or(u32::MAX);
        self.next_try_at = next.filter(|_| state == NoticeState::Waiting);
        self.state = state;
    }
}

/// Adds a notice that waits; one that is known already stays as it is.
pub(crate) fn insert(
    conn: &Connection,
    seq: Option<u64>,
    notice: &Notice,
    run: i64,
) -> Result<(), StoreError> {
    let mut statement = conn.prepare_cached(
        "INSERT OR IGNORE INTO notice(id, seq, warning, state, next_try_at, run, receipt_by, body)
         VALUES (?1, ?2, ?3, 'waiting', ?4, ?5, ?6, ?7)",
    )?;
    let receipt_by = notice.receipt_by.map(Time::millis);
    let body = json::text("notice", notice)?;
    let planned_at = notice.planned_at.millis();
    statement.execute((
        &notice.id,
        seq,
        notice.warning.as_str(),
        planned_at,
        run,
        receipt_by,
        body,
    ))?;
    Ok(())
}

/// Adds a line to a notice's history and moves the notice, if the line does.
pub(crate) fn add_event(
    conn: &Connection,
    id: &str,
    event: &NoticeEvent,
    run: i64,
) -> Result<(), StoreError> {
    conn.prepare_cached("INSERT INTO notice_event(notice, body) VALUES (?1, ?2)")?
        .execute((id, json::text("notice event", event)?))?;
    let state: Option<String> = conn
        .prepare_cached("SELECT state FROM notice WHERE id = ?1")?
        .query_row([id], |row| row.get(0))
        .optional()?;
    let Some(state) = state else {
        tracing::warn!(notice = id, "a line was noted for a notice that does not exist");
        return Ok(());
    };
    let state = NoticeState::from_name(&state)?.after(event.state);
    // Only a line that moves the notice says which process has it in hand: one that was being sent when the
    // process before ended stays due, whatever is noted about it meanwhile.
    let moved = state == event.state;
    let says_when = event.state == NoticeState::Waiting;
    let next_try_at = says_when.then(|| event.next_try_at.unwrap_or(event.at).millis());
    conn.prepare_cached(
        "UPDATE notice SET state = ?2, attempts = attempts + ?3, escalated = escalated OR ?4,
           run = CASE WHEN ?7 THEN ?5 ELSE run END,
           next_try_at = CASE WHEN ?2 = 'waiting' THEN coalesce(?6, next_try_at) END WHERE id = ?1",
    )?
    .execute((
        id,
        state.name(),
        event.state == NoticeState::Sending,
        event.state == NoticeState::Escalated,
        run,
        next_try_at,
        moved,
    ))?;
    Ok(())
}
