//! The ledger's clock as the journal tells of it: what stamps are compared with, and its rule.
//!
//! Deadlines count the ledger's time, which goes on whatever the wall clock does. Only what a station says of the time of the
//! world is compared with the world's.

use std::collections::BTreeMap;
use std::sync::Arc;

use domain::{AlarmState, ClockState, Level, Span, Stamp, StationId, Time};
use serde::{Deserialize, Serialize};
use warning::Watch;

use crate::processor::{Pipeline, Work};
use crate::stations::technical_evidence;

/// Target of the rule.
const CLOCK: &str = "clock";
/// Changes remembered for messages that are processed again.
const CHANGES: usize = 64;

/// What the journal says of the clock.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct Clock {
    pub(crate) state: ClockState,
    /// From when on the ledger's time was how far ahead of the world, oldest first.
    changes: Vec<(Time, Span)>,
}

/// The newest own time of each station's last message. Witnesses for the ledger, which are heard anew after each start.
#[derive(Debug, Default)]
pub(crate) struct Witnesses(BTreeMap<StationId, Stamp>);

impl Clock {
    /// How old that is now; below zero when it lies ahead.
    pub(crate) fn age(&self, now: Time, stamp: Time) -> Span {
        self.state.age(now, stamp)
    }

    /// The time of the world when the ledger's was `received`, for a message with that newest stamp.
    pub(crate) fn world(&self, received: Time, stamp: Option<Time>) -> Time {
        received - stamp.map_or(self.state.ahead, |stamp| self.state.ahead_by(received, stamp))
    }

    /// The same for a message of the past.
    pub(crate) fn world_then(&self, received: Time) -> Time {
        let since = self.changes.iter().rev().find(|(from, _)| *from <= received);
        received - since.map_or(Span::ZERO, |(_, ahead)| *ahead)
    }

    fn change(&mut self, at: Time, state: ClockState) {
        if self.state.ahead != state.ahead {
            self.changes.push((at, state.ahead));
            let many = self.changes.len().saturating_sub(CHANGES);
            self.changes.drain(..many);
        }
        self.state = state;
    }
}

impl Witnesses {
    pub(crate) fn heard(&mut self, station: &StationId, received_at: Time, stamp: Time) {
        let told = Stamp { station: station.clone(), received_at, stamp };
        self.0.insert(station.clone(), told);
    }

    pub(crate) fn all(&self) -> Vec<Stamp> {
        self.0.values().cloned().collect()
    }
}

impl Pipeline {
    /// How old a stamp of the world is.
    pub(crate) fn age(&self, stamp: Time) -> Span {
        self.state.clock.age(self.state.now, stamp)
    }

    /// The clock was found wrong or right, or a person said which is right.
    pub(crate) fn clock_told(&mut self, work: &mut Work, state: ClockState, from: Option<Time>) {
        if from.is_some() {
            self.resumed(work, from);
        }
        self.state.clock.change(self.state.now, state);
        let (plan, target) = (Arc::clone(&work.plan), clock());
        for rule in plan.pack.rules.iter().filter(|rule| matches!(rule.watch, Watch::Clock)) {
            let (to, evidence) = match state.fault {
                Some(fault) => {
                    let minutes = fault.by.millis() as f64 / 60_000.0;
                    let name = fault.kind.name();
                    let evidence = technical_evidence(&target, name, fault.since, minutes.round());
                    (AlarmState::Level(Level(3)), vec![evidence])
                }
                None => (AlarmState::Normal, Vec::new()),
            };
            self.technical(work, rule, &target, to, evidence, self.state.now);
        }
    }
}

fn clock() -> StationId {
    CLOCK.parse().expect("a plain word is a name")
}
