//! The long memory: told when it has not been fed for too long, and when it is again.

use std::sync::Arc;

use domain::{AlarmState, Level, StationId, Time};
use warning::Watch;

use crate::processor::{Pipeline, Work};
use crate::stations::technical_evidence;

/// Target of the rule, and what its evidence is called.
const HISTORY: &str = "history";

impl Pipeline {
    pub(crate) fn history(&mut self, work: &mut Work, failing_since: Option<Time>) {
        let plan = Arc::clone(&work.plan);
        let target: StationId = HISTORY.parse().expect("a plain word is a name");
        for rule in plan.pack.rules.iter().filter(|rule| matches!(rule.watch, Watch::History)) {
            let (to, evidence) = match failing_since {
                Some(since) => {
                    let evidence = technical_evidence(&target, HISTORY, since, 1.0);
                    (AlarmState::Level(Level(1)), vec![evidence])
                }
                None => (AlarmState::Normal, Vec::new()),
            };
            self.technical(work, rule, &target, to, evidence, self.state.now);
        }
    }
}
