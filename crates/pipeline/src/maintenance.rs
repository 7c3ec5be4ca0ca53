//! Work on a station that somebody announced: its technical alarms are muted, its flood alarms are not, and what it
//! sends lowers nothing. When it ends by itself, that is told.

use domain::{CommandError, Condition, Maintenance, Span, StationId, Time};

use crate::agenda::Due;
use crate::processor::{Pipeline, Work};

/// How long it is told that a maintenance has ended by itself.
const TOLD: Span = Span::hours(1);

impl Pipeline {
    pub(crate) fn maintain(
        &mut self,
        work: &mut Work,
        user: &str,
        id: &StationId,
        until: Option<Time>,
        reason: &str,
    ) -> Result<(), CommandError> {
        let now = self.state.now;
        let reason = given(reason)?;
        if let Some(until) = until.filter(|until| *until <= now) {
            return Err(CommandError::NotAhead(until));
        }
        if !work.plan.stations.contains_key(id) {
            return Err(CommandError::NoSuchStation(id.clone()));
        }
        let station = self.state.stations.get_or_add(id);
        let since = station.health.maintenance.as_ref().map_or(now, |known| known.since);
        station.health.maintenance =
            Some(Maintenance { by: user.to_owned(), reason, since, until });
        // That the last one ended is news of yesterday.
        self.condition(work, id, Condition::MaintenanceOver, Some(false));
        self.maintenance_changed(work, id);
        Ok(())
    }

    pub(crate) fn operate(
        &mut self,
        work: &mut Work,
        id: &StationId,
        reason: &str,
    ) -> Result<(), CommandError> {
        given(reason)?;
        let known = self.state.stations.get_mut(id).filter(|_| work.plan.stations.contains_key(id));
        let station = known.ok_or_else(|| CommandError::NoSuchStation(id.clone()))?;
        station.health.maintenance = None;
        self.maintenance_changed(work, id);
        Ok(())
    }

    /// When a maintenance ends by itself, or has been told to have ended for long enough.
    pub(crate) fn maintenance_ends(&self, id: &StationId) -> Option<Time> {
        let health = &self.state.stations.get(id)?.health;
        let until = health.maintenance.as_ref().and_then(|known| known.until);
        let over = health.conditions.iter().find(|(what, _)| *what == Condition::MaintenanceOver);
        until.into_iter().chain(over.map(|(_, since)| *since + TOLD)).min()
    }

    pub(crate) fn maintenance_ended(&mut self, work: &mut Work, id: &StationId) {
        let now = self.state.now;
        let Some(station) = self.state.stations.get_mut(id) else { return };
        let until = station.health.maintenance.as_ref().and_then(|known| known.until);
        if until.is_some_and(|until| until <= now) {
            station.health.maintenance = None;
            self.condition(work, id, Condition::MaintenanceOver, Some(true));
            self.maintenance_changed(work, id);
        } else {
            self.condition(work, id, Condition::MaintenanceOver, Some(false));
        }
        if let Some(at) = self.maintenance_ends(id) {
            self.agenda.add(at, Due::Maintenance(id.clone()));
        }
    }

    fn maintenance_changed(&mut self, work: &mut Work, id: &StationId) {
        if let Some(station) = self.state.stations.get(id) {
            work.out.health.push(station.report(id));
        }
        self.station_rules(work, id);
        if let Some(at) = self.maintenance_ends(id) {
            self.agenda.add(at, Due::Maintenance(id.clone()));
        }
    }
}

fn given(reason: &str) -> Result<String, CommandError> {
    let reason = reason.trim();
    if reason.is_empty() { Err(CommandError::ReasonMissing) } else { Ok(reason.to_owned()) }
}
