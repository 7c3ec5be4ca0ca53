//! The intake as a whole: dead when nobody is heard, excused while the process was stopped.

use std::sync::Arc;

use domain::{AlarmState, Level, Span, StationId, Time};
use warning::{Rule, Watch};

use crate::agenda::Due;
use crate::plan::Plan;
use crate::processor::{Pipeline, Work};
use crate::stations::technical_evidence;

/// A pause of the process longer than this is a stop: stations get their time anew.
const PAUSE: Span = Span::minutes(1);

impl Pipeline {
    pub(crate) fn intake_dead_at(&self, plan: &Plan) -> Option<Time> {
        let heard = self.state.heard?;
        let waiting = |rule: &&Rule| !self.alarmed(rule, &intake());
        let after = |rule: &Rule| match rule.watch {
            Watch::Intake { after } => Some(heard + after),
            _ => None,
        };
        plan.pack.rules.iter().filter(waiting).filter_map(after).min()
    }

    pub(crate) fn alarmed(&self, rule: &Rule, target: &StationId) -> bool {
        let alarm = self.state.alarms.get(&(rule.id.clone(), target.clone()));
        alarm.is_some_and(|alarm| matches!(alarm.state, AlarmState::Level(_)))
    }

    pub(crate) fn intake_dead(&mut self, work: &mut Work) {
        let Some(heard) = self.state.heard else { return };
        self.intake_rules(work, |after, now| now - heard >= after, heard);
    }

    pub(crate) fn intake_heard(&mut self, work: &mut Work, received: Time) {
        let was_dead = self.state.heard.is_some() && self.intake_dead_at(&work.plan).is_none();
        let first = self.state.heard.is_none();
        self.state.heard = self.state.heard.max(Some(received));
        if was_dead {
            self.intake_rules(work, |_, _| false, received);
        }
        if (first || was_dead)
            && let Some(at) = self.intake_dead_at(&work.plan)
        {
            self.agenda.add(at, Due::Intake);
        }
    }

    fn intake_rules(&mut self, work: &mut Work, dead: impl Fn(Span, Time) -> bool, since: Time) {
        let plan = Arc::clone(&work.plan);
        for rule in &plan.pack.rules {
            let Watch::Intake { after } = rule.watch else { continue };
            let (to, evidence) = match dead(after, self.state.now) {
                true => (AlarmState::Level(Level(3)), vec![of_intake(since)]),
                false => (AlarmState::Normal, Vec::new()),
            };
            self.technical(work, rule, &intake(), to, evidence, self.state.now);
        }
    }

    /// After a stop nobody is blamed for the time in which nobody listened; the stop itself is told.
    pub(crate) fn started(&mut self, work: &mut Work, alive_at: Option<Time>) {
        for station in self.state.stations.values_mut() {
            // The connections of the process before are gone.
            station.health.connected = None;
        }
        self.resumed(work, alive_at);
    }

    /// Nobody listened since then.
    pub(crate) fn resumed(&mut self, work: &mut Work, alive_at: Option<Time>) {
        let now = self.state.now;
        let Some(stopped) = alive_at.filter(|alive| now - *alive >= PAUSE) else { return };
        for station in self.state.stations.values_mut() {
            station.health.listening_from = station.health.listening_from.max(Some(now));
            station.excuse_sensors(now);
        }
        self.intake_rules(work, |after, now| now - stopped >= after, stopped);
        self.state.heard = Some(now);
    }
}

/// The target of the rule on the whole intake.
fn intake() -> StationId {
    "intake".parse().expect("a plain word is a name")
}

fn of_intake(since: Time) -> domain::Evidence {
    technical_evidence(&intake(), "intake", since, 1.0)
}
