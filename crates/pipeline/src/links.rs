//! Other brokers through which readings come: one that brings nothing for as long as the rule on the intake
//! allows is an alarm of its own, for the other intakes keep the rule on the whole quiet.

use std::sync::Arc;

use domain::{AlarmState, Level, StationId, Time};
use warning::Watch;

use crate::agenda::Due;
use crate::plan::Plan;
use crate::processor::{Pipeline, Work};
use crate::stations::technical_evidence;

impl Pipeline {
    /// A broker brings nothing since then, or is back.
    pub(crate) fn link(&mut self, work: &mut Work, broker: &StationId, down_since: Option<Time>) {
        let Some(since) = down_since else {
            self.state.links.remove(broker);
            return self.link_rules(work, broker, AlarmState::Normal, None);
        };
        self.state.links.entry(broker.clone()).or_insert(since);
        if let Some(at) = self.link_dead_at(&work.plan, broker) {
            self.agenda.add(at, Due::Link(broker.clone()));
        }
    }

    /// When it has been gone for too long.
    pub(crate) fn link_dead_at(&self, plan: &Plan, broker: &StationId) -> Option<Time> {
        let since = *self.state.links.get(broker)?;
        let target = target(broker);
        let after = plan.pack.rules.iter().filter_map(|rule| match rule.watch {
            Watch::Intake { after } if !self.alarmed(rule, &target) => Some(after),
            _ => None,
        });
        after.min().map(|after| since + after)
    }

    pub(crate) fn link_dead(&mut self, work: &mut Work, broker: &StationId) {
        let since = self.state.links.get(broker).copied();
        self.link_rules(work, broker, AlarmState::Level(Level(2)), since);
    }

    fn link_rules(
        &mut self,
        work: &mut Work,
        broker: &StationId,
        to: AlarmState,
        since: Option<Time>,
    ) {
        let (plan, target, now) = (Arc::clone(&work.plan), target(broker), self.state.now);
        for rule in &plan.pack.rules {
            let Watch::Intake { after } = rule.watch else { continue };
            if since.is_some_and(|since| now - since < after) {
                continue;
            }
            let evidence = since.map(|since| technical_evidence(broker, "link", since, 1.0));
            self.technical(work, rule, &target, to, evidence.into_iter().collect(), now);
        }
    }
}

/// The target of the rule for one broker.
fn target(broker: &StationId) -> StationId {
    format!("{}{broker}", domain::arrival::LINK_TARGETS).parse().unwrap_or_else(|_| broker.clone())
}
