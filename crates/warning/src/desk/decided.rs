//! What people decided about, so that they are not asked the same again, and are asked what is not the same.

use std::collections::BTreeSet;

use domain::{Level, RuleId, StationId};
use serde::{Deserialize, Serialize};

use super::situation::{Claim, Ground, Situation};

/// An alarm a person said no to. It is quiet as long as it stands no higher, rests on nothing better and
/// speaks of nothing else; it falls with the water, and is forgotten when the alarm ends.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Decided {
    rule: RuleId,
    target: StationId,
    matters: Vec<Claim>,
    urgency: Level,
    provisional: bool,
    late: bool,
    /// What the message in force says of it, which was not decided about.
    stands: Level,
}

impl Decided {
    pub(super) fn new(ground: &Ground, stands: Level) -> Self {
        Self {
            rule: ground.rule.clone(),
            target: ground.target.clone(),
            matters: ground.claims().collect(),
            urgency: ground.urgency,
            provisional: ground.provisional,
            late: ground.late,
            stands,
        }
    }

    pub(super) const fn late(&self) -> bool {
        self.late
    }

    /// The level left standing where this denies an alarm.
    pub(super) fn denies(&self, rule: &RuleId, target: &StationId) -> Option<Level> {
        let about = self.rule == *rule && self.target == *target;
        (about && !self.late).then_some(self.stands)
    }

    fn about(&self, ground: &Ground) -> bool {
        self.rule == ground.rule && self.target == ground.target
    }

    fn covers(&self, ground: &Ground) -> bool {
        let known = |claim: Claim| self.matters.iter().any(|known| known.same_matter(&claim));
        self.about(ground)
            && ground.urgency <= self.urgency
            && (ground.provisional || !self.provisional)
            && (ground.late || !self.late)
            && ground.claims().all(known)
    }

    /// Lowers the decision to where its alarm stands now; false = the alarm has ended.
    fn fall(&mut self, situation: &Situation) -> bool {
        let now = situation.grounds.iter().find(|ground| self.about(ground));
        if let Some(ground) = now {
            self.urgency = self.urgency.min(ground.urgency);
            self.stands = self.stands.min(ground.urgency);
        }
        now.is_some()
    }
}

/// Lets decisions fall with the water.
pub(super) fn fall(all: &mut Vec<Decided>, situation: &Situation) {
    all.retain_mut(|decided| decided.fall(situation));
}

/// Adds decisions; newer ones replace older ones about the same alarm.
pub(super) fn note(all: &mut Vec<Decided>, new: Vec<Decided>) {
    let renewed =
        |old: &Decided| new.iter().any(|new| (&new.rule, &new.target) == (&old.rule, &old.target));
    all.retain(|old| !renewed(old));
    all.extend(new);
}

/// What of a situation nobody decided about.
pub(super) fn open_part(situation: &Situation, all: &[Decided]) -> Situation {
    situation.only(|ground| match all.iter().find(|decided| decided.covers(ground)) {
        None => Some(ground.clone()),
        Some(decided) => {
            let level = decided.stands.min(ground.level);
            let stands =
                Ground { level, urgency: decided.stands, provisional: false, ..ground.clone() };
            (level > Level(0)).then_some(stands)
        }
    })
}

/// The alarms a rejected draft asked about: the worst of what is new, and whatever else the same stations say; what
/// they are sure of is not meant when the worst is not.
pub(super) fn asked(situation: &Situation, news: impl Fn(&Ground) -> bool) -> Vec<&Ground> {
    let new: Vec<_> = situation.grounds.iter().filter(|ground| news(ground)).collect();
    let top = new.iter().map(|ground| ground.level).max();
    let worst = new.iter().filter(|ground| Some(ground.level) == top);
    let stations: BTreeSet<_> = worst.clone().flat_map(|ground| ground.stations()).collect();
    let unsure = worst.clone().all(|ground| ground.provisional);
    let meant = |ground: &&Ground| {
        (ground.provisional || !unsure) && ground.stations().any(|s| stations.contains(s))
    };
    new.iter().copied().filter(meant).collect()
}
