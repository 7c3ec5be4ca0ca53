//! Warnings, their messages, alarms, station health.

use domain::{
    AlarmRecord, StationHealth, StationId, Transition, Warning, WarningId, WarningMessage,
};

use super::{Reader, bound};
use crate::{StoreError, json};

/// Of which a message went out.
const ISSUED: &str = "AND json_extract(v.body, '$.messages') > 0";
/// The newest version of a warning, or the one that was it after arrival ?3.
const VERSION: &str = "CASE WHEN ?3 IS NULL THEN w.version ELSE (SELECT id FROM warning_version
  WHERE warning = w.id AND seq <= ?3 ORDER BY id DESC LIMIT 1) END";

impl Reader {
    /// Warnings as they are now, newest first, after (older than) the one with id `after`. Open ones have
    /// a draft that waits or are in force.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn warnings(
        &self,
        open_only: bool,
        after: Option<&WarningId>,
        limit: usize,
    ) -> Result<Vec<Warning>, StoreError> {
        self.list(open_only, "", None, after, limit)
    }

    /// The same of warnings of which a message went out: what the public may see.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn issued_warnings(
        &self,
        open_only: bool,
        after: Option<&WarningId>,
        limit: usize,
    ) -> Result<Vec<Warning>, StoreError> {
        self.list(open_only, ISSUED, None, after, limit)
    }

    /// Either of them as it was known after arrival `known`.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn warnings_known(
        &self,
        known: u64,
        open_only: bool,
        issued_only: bool,
        after: Option<&WarningId>,
        limit: usize,
    ) -> Result<Vec<Warning>, StoreError> {
        self.list(open_only, if issued_only { ISSUED } else { "" }, Some(known), after, limit)
    }

    fn list(
        &self,
        open_only: bool,
        also: &str,
        known: Option<u64>,
        after: Option<&WarningId>,
        limit: usize,
    ) -> Result<Vec<Warning>, StoreError> {
        let is_open = match known {
            None => "w.open = 1",
            Some(_) => "json_extract(v.body, '$.state') IN ('draft', 'issued')",
        };
        let open = if open_only { format!("AND {is_open}") } else { String::new() };
        let sql = format!(
            "SELECT v.body FROM warning w JOIN warning_version v ON v.id = {VERSION}
             WHERE (?1 IS NULL OR w.n < (SELECT n FROM warning WHERE id = ?1)) {open} {also}
             ORDER BY w.n DESC LIMIT ?2"
        );
        let params = (after.map(WarningId::as_str), limit, known.map(bound));
        self.all(&sql, params, |row| json::column("warning", row, 0))
    }

    /// A warning as it is now.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn warning(&self, id: &WarningId) -> Result<Option<Warning>, StoreError> {
        self.warning_known(id, u64::MAX)
    }

    /// A warning as it was known after arrival `known`.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn warning_known(&self, id: &WarningId, known: u64) -> Result<Option<Warning>, StoreError> {
        let sql = "SELECT body FROM warning_version WHERE warning = ?1 AND seq <= ?2
             ORDER BY id DESC LIMIT 1";
        self.first(sql, (id.as_str(), bound(known)), |row| json::column("warning", row, 0))
    }

    /// A warning's messages that went out, in order.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn messages(&self, id: &WarningId) -> Result<Vec<WarningMessage>, StoreError> {
        self.messages_known(id, u64::MAX)
    }

    /// Those that had gone out with arrival `known` or before.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn messages_known(
        &self,
        id: &WarningId,
        known: u64,
    ) -> Result<Vec<WarningMessage>, StoreError> {
        let sql = "SELECT body FROM message WHERE warning = ?1 AND seq <= ?2 ORDER BY number, id";
        self.all(sql, (id.as_str(), bound(known)), |row| json::column("message", row, 0))
    }

    /// Messages that went out with the arrivals after `after` up to `to`, in order.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn messages_between(&self, after: u64, to: u64) -> Result<Vec<WarningMessage>, StoreError> {
        // Rows are in order of arrival, so only the newest are looked at.
        let sql =
            "SELECT body FROM message WHERE id > coalesce((SELECT id FROM message WHERE seq <= ?1
             ORDER BY id DESC LIMIT 1), 0) AND seq <= ?2 ORDER BY id";
        self.all(sql, (bound(after), bound(to)), |row| json::column("message", row, 0))
    }

    /// Changes of alarm states with their arrivals, after arrival `after_seq`, in order. The last arrival
    /// is whole, so there may be a few more than `limit`.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn transitions(
        &self,
        after_seq: u64,
        limit: usize,
    ) -> Result<Vec<(u64, Transition)>, StoreError> {
        let sql = "SELECT seq, body FROM transition WHERE seq > ?1 AND seq <= (SELECT max(seq) FROM
             (SELECT seq FROM transition WHERE seq > ?1 ORDER BY seq LIMIT ?2)) ORDER BY id";
        self.all(sql, (bound(after_seq), limit), |row| {
            Ok((row.get(0)?, json::column("transition", row, 1)?))
        })
    }

    /// Alarm states as they are now, by rule and target.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn alarms(&self) -> Result<Vec<AlarmRecord>, StoreError> {
        let sql = "SELECT body FROM alarm ORDER BY rule, target";
        self.all(sql, (), |row| json::column("alarm", row, 0))
    }

    /// A station's health whenever a condition or its connection changed, with the arrival that changed
    /// it; newest first.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn health_log(
        &self,
        station: &StationId,
        limit: usize,
    ) -> Result<Vec<(u64, StationHealth)>, StoreError> {
        let sql = "SELECT seq, body FROM health WHERE station = ?1 ORDER BY id DESC LIMIT ?2";
        self.all(sql, (station.as_str(), limit), |row| {
            Ok((row.get(0)?, json::column("station health", row, 1)?))
        })
    }
}
