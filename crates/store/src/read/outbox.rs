//! Notices and CAP documents.

use domain::{Notice, Time, WarningId};
use rusqlite::{Connection, Params};

use super::{Reader, all};
use crate::note::CapDocument;
use crate::notices::{NoticeEvent, NoticeRecord, NoticeState};
use crate::{StoreError, json};

const COLUMNS: &str = "SELECT body, state, attempts, next_try_at FROM notice";

/// Kinds of channels, as they are stored.
const CHANNELS: [&str; 4] = ["email", "webhook", "mqtt", "cap"];

/// States of a notice that left.
const HANDED_OVER: &str = "state IN ('sent', 'delivered', 'read', 'confirmed', 'escalated')";

impl Reader {
    /// Notices in order of planning, all or of one warning or in one state, after the one with id `after`.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn notices(
        &self,
        warning: Option<&WarningId>,
        state: Option<NoticeState>,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<NoticeRecord>, StoreError> {
        let mut sql =
            format!("{COLUMNS} WHERE n > coalesce((SELECT n FROM notice WHERE id = ?3), 0)");
        sql.push_str(if warning.is_some() { " AND warning = ?1" } else { " AND ?1 IS NULL" });
        sql.push_str(if state.is_some() { " AND state = ?2" } else { " AND ?2 IS NULL" });
        sql.push_str(" ORDER BY n LIMIT ?4");
        let warning = warning.map(WarningId::as_str);
        self.records(&sql, (warning, state.map(NoticeState::name), after, limit))
    }

    /// The notices of a warning as they were at `at`: planned by then, with the lines of then. At most `limit`.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn notices_at(
        &self,
        warning: &WarningId,
        at: Time,
        limit: usize,
    ) -> Result<Vec<NoticeRecord>, StoreError> {
        let mut records = self.notices(Some(warning), None, None, limit)?;
        records.retain(|record| record.notice.planned_at <= at);
        records.iter_mut().for_each(|record| record.turn_back(at));
        Ok(records)
    }

    /// How many notices are in one state.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn count_notices(&self, state: NoticeState) -> Result<u64, StoreError> {
        self.with(|conn| {
            let sql = "SELECT count(*) FROM notice WHERE state = ?1";
            let mut statement = conn.prepare_cached(sql)?;
            Ok(statement.query_row([state.name()], |row| row.get(0))?)
        })
    }

    /// One notice.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn notice(&self, id: &str) -> Result<Option<NoticeRecord>, StoreError> {
        Ok(self.records(&format!("{COLUMNS} WHERE id = ?1"), [id])?.into_iter().next())
    }

    /// Waiting and due at `now`, or in flight when the process before ended; oldest first. When there are more than
    /// `limit`, every channel gets its share, and within it first attempts before repetitions: whatever cannot be
    /// delivered must not stand before what is new.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn due_notices(&self, now: Time, limit: usize) -> Result<Vec<NoticeRecord>, StoreError> {
        // The words of the index `notice_lane`.
        let sql = "SELECT n FROM notice WHERE state IN ('waiting', 'sending')
             AND ((state = 'waiting' AND next_try_at <= ?1) OR (state = 'sending' AND run < ?2))
             AND json_extract(body, '$.channel.kind') = ?3 AND (attempts > 0) = ?4 ORDER BY n LIMIT ?5";
        let mut channels = Vec::with_capacity(CHANNELS.len());
        for channel in CHANNELS {
            let mut due: Vec<i64> = Vec::new();
            for repeated in [false, true] {
                let params = (now.millis(), self.0.run, channel, repeated, limit - due.len());
                due.extend(self.all(sql, params, |row| Ok(row.get::<_, i64>(0)?))?);
            }
            channels.push(due);
        }
        let chosen: Vec<String> = share(&channels, limit).iter().map(i64::to_string).collect();
        self.records(&format!("{COLUMNS} WHERE n IN ({}) ORDER BY n", chosen.join(",")), ())
    }

    /// Number of the newest later message of the same warning that was handed over already: by the same
    /// channel, and where each recipient has a mailbox of their own, to the same recipient.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn overtaken_by(&self, notice: &Notice) -> Result<Option<u32>, StoreError> {
        let sql = format!(
            "SELECT max(json_extract(body, '$.number')) FROM notice WHERE warning = ?1 AND {HANDED_OVER}
               AND json_extract(body, '$.body.kind') = 'message' AND json_extract(body, '$.number') > ?2
               AND json_extract(body, '$.channel') = ?3
               AND (?4 IS NULL OR json_extract(body, '$.recipient') = ?4)"
        );
        let channel = json::text("channel", &notice.channel)?;
        let own = notice.channel.asks_receipt().then_some(notice.recipient.as_str());
        let params = (notice.warning.as_str(), notice.number, channel, own);
        Ok(self.first(&sql, params, |row| Ok(row.get(0)?))?.flatten())
    }

    /// The newest message on each topic that warnings in force were published to, oldest first.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn on_topics(&self) -> Result<Vec<Notice>, StoreError> {
        let sql = format!(
            "SELECT body FROM notice JOIN (SELECT id AS open_id FROM warning WHERE open = 1) ON warning = open_id
             WHERE {HANDED_OVER} AND json_extract(body, '$.channel.kind') = 'mqtt'
               AND json_extract(body, '$.body.kind') = 'message' ORDER BY n"
        );
        let all: Vec<Notice> = self.all(&sql, (), |row| json::column("notice", row, 0))?;
        let mut newest: Vec<Notice> = Vec::new();
        for notice in all {
            let before = newest.iter().position(|other| other.channel == notice.channel);
            match before {
                Some(n)
                    if newest[n].number > notice.number && newest[n].warning == notice.warning => {}
                Some(n) => newest[n] = notice,
                None => newest.push(notice),
            }
        }
        Ok(newest)
    }

    /// Without the receipt that was due before `now`, and not yet escalated: sent ones, those given up,
    /// and those that still could not be sent.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn overdue_receipts(
        &self,
        now: Time,
        limit: usize,
    ) -> Result<Vec<NoticeRecord>, StoreError> {
        let sql = format!(
            "{COLUMNS} WHERE receipt_by < ?1 AND escalated = 0 AND state <> 'confirmed' AND state <> 'settled'
             ORDER BY n LIMIT ?2"
        );
        self.records(&sql, (now.millis(), limit))
    }

    /// A CAP document.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn cap(&self, identifier: &str) -> Result<Option<CapDocument>, StoreError> {
        self.first("SELECT body FROM cap WHERE identifier = ?1", [identifier], |row| {
            json::column("CAP document", row, 0)
        })
    }

    /// CAP documents, newest first.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn caps(&self, limit: usize) -> Result<Vec<CapDocument>, StoreError> {
        self.all("SELECT body FROM cap ORDER BY n DESC LIMIT ?1", [limit], |row| {
            json::column("CAP document", row, 0)
        })
    }

    fn records(&self, sql: &str, params: impl Params) -> Result<Vec<NoticeRecord>, StoreError> {
        self.with(|conn| {
            let snapshot = conn.transaction()?;
            let mut records = all(&snapshot, sql, params, |row| {
                let notice: Notice = json::column("notice", row, 0)?;
                let state: String = row.get(1)?;
                let next_try_at = row.get::<_, Option<i64>>(3)?.map(Time::from_millis);
                let state = NoticeState::from_name(&state)?;
                let attempts = row.get(2)?;
                Ok(NoticeRecord { notice, state, attempts, next_try_at, history: Vec::new() })
            })?;
            for record in &mut records {
                record.history = history(&snapshot, &record.notice.id)?;
            }
            Ok(records)
        })
    }
}

/// In turn from each list, at most `limit`.
fn share(lists: &[Vec<i64>], limit: usize) -> Vec<i64> {
    let longest = lists.iter().map(Vec::len).max().unwrap_or_default();
    let turns = (0..longest).flat_map(|turn| lists.iter().filter_map(move |list| list.get(turn)));
    turns.take(limit).copied().collect()
}

fn history(conn: &Connection, id: &str) -> Result<Vec<NoticeEvent>, StoreError> {
    all(conn, "SELECT body FROM notice_event WHERE notice = ?1 ORDER BY id", [id], |row| {
        json::column("notice event", row, 0)
    })
}
