//! The duty desk, its log, and what happened by itself meanwhile.

use domain::{DutyDesk, DutyRecord, Time, Transition, Warning, WarningId};

use super::{Reader, bound};
use crate::{StoreError, journal, json};

/// Which lines of the shift log.
#[derive(Debug, Clone, Default)]
pub struct DutyFilter {
    /// Not before.
    pub from: Option<Time>,
    /// Before.
    pub to: Option<Time>,
    /// Only about this warning.
    pub warning: Option<WarningId>,
}

impl Reader {
    /// The duty desk as it is.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn duty_desk(&self) -> Result<DutyDesk, StoreError> {
        let sql = "SELECT body FROM duty_desk ORDER BY seq DESC LIMIT 1";
        Ok(self.first(sql, (), |row| json::column("duty desk", row, 0))?.unwrap_or_default())
    }

    /// Lines of the shift log with their arrivals, newest first.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn duty_log(
        &self,
        filter: &DutyFilter,
        limit: usize,
    ) -> Result<Vec<(u64, DutyRecord)>, StoreError> {
        let warning = filter.warning.as_ref().map(WarningId::as_str);
        let of = if warning.is_some() { "warning = ?1" } else { "?1 IS NULL" };
        let sql = format!(
            "SELECT seq, body FROM duty WHERE {of} AND at >= ?2 AND at < ?3
             ORDER BY seq DESC LIMIT ?4"
        );
        let from = filter.from.map_or(i64::MIN, Time::millis);
        let to = filter.to.map_or(i64::MAX, Time::millis);
        self.all(&sql, (warning, from, to, limit), |row| {
            Ok((row.get(0)?, json::column("shift log", row, 1)?))
        })
    }

    /// When shifts began from `from` on and before `to`, with the one that went on at `from`; oldest first.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn shifts(&self, from: Time, to: Time) -> Result<Vec<(u64, DutyRecord)>, StoreError> {
        let sql =
            "SELECT seq, body FROM duty WHERE kind = 'take_over' AND at < ?2 AND at >= coalesce(
               (SELECT max(at) FROM duty WHERE kind = 'take_over' AND at <= ?1), ?1) ORDER BY seq";
        self.all(sql, (from.millis(), to.millis()), |row| {
            Ok((row.get(0)?, json::column("shift log", row, 1)?))
        })
    }

    /// Warnings that changed in that time, each as the last of these changes left it.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn warnings_changed(&self, from: Time, to: Time) -> Result<Vec<Warning>, StoreError> {
        let (after, upto) = self.arrivals_in(from, to)?;
        let sql =
            "SELECT body FROM warning_version WHERE id IN (SELECT max(id) FROM warning_version
             WHERE seq > ?1 AND seq <= ?2 GROUP BY warning) ORDER BY id";
        self.all(sql, (after, upto), |row| json::column("warning", row, 0))
    }

    /// Changes of alarm states in that time, of rules that `wanted` takes, in order.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn transitions_in(
        &self,
        from: Time,
        to: Time,
        wanted: impl Fn(&Transition) -> bool,
    ) -> Result<Vec<(u64, Transition)>, StoreError> {
        let (after, upto) = self.arrivals_in(from, to)?;
        let sql = "SELECT seq, body FROM transition WHERE seq > ?1 AND seq <= ?2 ORDER BY id";
        let mut found = self.all(sql, (after, upto), |row| {
            Ok((row.get(0)?, json::column::<Transition>("transition", row, 1)?))
        })?;
        found.retain(|(_, transition)| wanted(transition));
        Ok(found)
    }

    /// Configurations that came into force in that time: when, and who applied them.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn configs_in(&self, from: Time, to: Time) -> Result<Vec<(u64, Time, String)>, StoreError> {
        let sql =
            "SELECT seq, applied_at, by FROM config WHERE applied_at >= ?1 AND applied_at < ?2
             ORDER BY seq";
        self.all(sql, (from.millis(), to.millis()), |row| {
            Ok((row.get(0)?, journal::time(row, 1)?, row.get(2)?))
        })
    }

    /// How many notices wait for a receipt that was due before `now`, of open warnings.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn count_unconfirmed(&self, now: Time) -> Result<u64, StoreError> {
        let sql =
            "SELECT count(*) FROM notice JOIN (SELECT id AS open_id FROM warning WHERE open = 1)
               ON warning = open_id
             WHERE receipt_by < ?1 AND state NOT IN ('confirmed', 'settled', 'dead')";
        Ok(self.first(sql, [now.millis()], |row| Ok(row.get(0)?))?.unwrap_or_default())
    }

    /// Arrivals received in that time: after the first number, up to the second.
    fn arrivals_in(&self, from: Time, to: Time) -> Result<(i64, i64), StoreError> {
        let before = |at: Time| Time::from_millis(at.millis().saturating_sub(1));
        self.with(|conn| {
            let after = journal::last_seq_at(conn, before(from))?;
            let upto = journal::last_seq_at(conn, before(to))?;
            Ok((bound(after), bound(upto)))
        })
    }
}
