//! A processor that does what the message says: the payload is the outcome.

use std::collections::BTreeMap;

use domain::duty::DutyDesk;
use domain::warning::LogLine;
use domain::{
    Arrival, ArrivalBody, CheckedReading, Command, CommandError, Decision, Maintenance, Origin,
    Outcome, Processor, Review, ReviewedPoint, SeriesId, SeriesKey, StationHealth, Time, Warning,
    WarningId, WarningState,
};
use pipeline::duty::Act;

use crate::samples::health;

/// Knows the warnings it was told of, and confirms them.
#[derive(Default)]
pub(crate) struct Fake {
    warnings: BTreeMap<WarningId, Warning>,
    health: Vec<StationHealth>,
    series: Vec<(SeriesId, SeriesKey)>,
    duty: DutyDesk,
}

impl Fake {
    fn command(
        &mut self,
        user: &str,
        command: &Command,
        at: Time,
    ) -> Result<Vec<Warning>, CommandError> {
        let (id, seen) = match command {
            Command::Test { .. } => return Ok(Vec::new()),
            Command::Maintain { .. } | Command::Operate { .. } => {
                return self.works(user, command, at).map(|()| Vec::new());
            }
            Command::Confirm { warning, draft, .. } | Command::Reject { warning, draft, .. } => {
                (warning, Some(*draft))
            }
            Command::End { warning, reason } | Command::Cancel { warning, reason } => {
                if reason.is_empty() {
                    return Err(CommandError::ReasonMissing);
                }
                (warning, None)
            }
        };
        let known = self.warnings.get_mut(id);
        let warning = known.ok_or_else(|| CommandError::NoSuchWarning(id.clone()))?;
        let waiting = warning.draft.as_ref().map(|draft| draft.number);
        if let Some(seen) = seen.filter(|seen| Some(*seen) != waiting) {
            return Err(CommandError::DraftChanged { warning: id.clone(), seen });
        }
        warning.draft = None;
        warning.state = WarningState::Issued;
        let (who, detail) = (Some(user.to_owned()), String::new());
        warning.log.push(LogLine { at, who, what: "confirmed".to_owned(), detail });
        Ok(vec![warning.clone()])
    }
}

impl Fake {
    /// Knows one station.
    fn works(&mut self, user: &str, command: &Command, at: Time) -> Result<(), CommandError> {
        let (station, maintenance) = match command {
            Command::Maintain { station, until, reason } => {
                if let Some(until) = until.filter(|until| *until <= at) {
                    return Err(CommandError::NotAhead(until));
                }
                let (by, reason) = (user.to_owned(), reason.clone());
                (station, Some(Maintenance { by, reason, since: at, until: *until }))
            }
            Command::Operate { station, .. } => (station, None),
            other => panic!("{other:?} is no work on a station"),
        };
        let (Command::Maintain { reason, .. } | Command::Operate { reason, .. }) = command else {
            return Ok(());
        };
        if reason.trim().is_empty() {
            return Err(CommandError::ReasonMissing);
        }
        if station.as_str() != "thanh-hoa" {
            return Err(CommandError::NoSuchStation(station.clone()));
        }
        self.health.retain(|health| health.station != *station);
        self.health.push(StationHealth { maintenance, ..health(None) });
        Ok(())
    }

    /// Believes the person, but nothing of 999: somebody else was faster.
    fn review(&self, review: &Review) -> Outcome {
        let Some((series, _)) = self.series.iter().find(|(_, key)| *key == review.series) else {
            return Outcome::default();
        };
        if let Some(point) = review.points.iter().find(|point| point.seen == Some(999.0)) {
            let changed = CommandError::ReadingChanged { at: point.observed_at };
            return Outcome { command: Some(Err(changed)), ..Outcome::default() };
        }
        let given = review.decision == Decision::Correct;
        let reading = |point: &ReviewedPoint| CheckedReading {
            series: *series,
            observed_at: point.observed_at,
            value: point.after(review.decision),
            verdict: point.verdict(review.decision),
            origin: if given { Origin::Corrected } else { Origin::Reviewed },
            completeness: 100,
            late: true,
        };
        let readings = review.points.iter().map(reading).collect();
        Outcome { readings, command: Some(Ok(())), ..Outcome::default() }
    }
}

impl Processor for Fake {
    fn apply(&mut self, arrival: &Arrival) -> Outcome {
        match &arrival.body {
            ArrivalBody::Telemetry { payload, .. } => {
                let outcome: Outcome = serde_json::from_slice(payload).unwrap_or_default();
                for warning in &outcome.warnings {
                    self.warnings.insert(warning.id.clone(), warning.clone());
                }
                self.health.extend(outcome.health.iter().cloned());
                self.series.extend(outcome.new_series.iter().cloned());
                outcome
            }
            ArrivalBody::Command { user, command } => {
                let done = self.command(user, command, arrival.received_at);
                let works = matches!(command, Command::Maintain { .. } | Command::Operate { .. });
                let health = self.health.iter().filter(|_| works).cloned().collect();
                let warnings = done.clone().unwrap_or_default();
                let command = Some(done.map(|_| ()));
                Outcome { warnings, health, command, ..Outcome::default() }
            }
            ArrivalBody::Review { review, .. } => self.review(review),
            ArrivalBody::Duty { user, entry } => {
                let act = Act { seq: arrival.seq, at: arrival.received_at, who: user, entry };
                match pipeline::duty::act(&mut self.duty, act) {
                    Ok(duty) => {
                        let duty_desk = Some(self.duty.clone());
                        Outcome { duty, duty_desk, command: Some(Ok(())), ..Outcome::default() }
                    }
                    Err(error) => {
                        Outcome { command: Some(Err(error.into())), ..Outcome::default() }
                    }
                }
            }
            ArrivalBody::Forecast { .. } => Outcome { command: Some(Ok(())), ..Outcome::default() },
            _ => Outcome::default(),
        }
    }

    fn next_deadline(&self) -> Option<Time> {
        None
    }

    fn checkpoint(&self) -> Vec<u8> {
        Vec::new()
    }

    fn restore(&mut self, _checkpoint: &[u8]) -> Result<(), String> {
        Err("keeps nothing".to_owned())
    }

    fn health(&self) -> Vec<StationHealth> {
        self.health.clone()
    }
}
