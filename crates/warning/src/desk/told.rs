//! What the message in force says, so that what it does not say is news.

use domain::{Level, Span, Time};
use serde::{Deserialize, Serialize};

use super::situation::{Claim, Ground, Situation};

/// What went away and comes back within this long is not news.
const FORGOTTEN: Span = Span::hours(1);

/// One claim of the message in force.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Said {
    claim: Claim,
    /// Since when (processing time) it stands lower than that, and how low.
    lower: Option<(Time, Level)>,
}

/// All that the message in force says.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Told(Vec<Said>);

impl Told {
    pub(super) fn new(claims: Vec<Claim>) -> Self {
        Self(claims.into_iter().map(|claim| Said { claim, lower: None }).collect())
    }

    /// Takes note of what fell; what has been lower for long is no longer told.
    pub(super) fn fade(&mut self, now: Time, situation: &Situation) {
        let standing = situation.claims();
        for said in &mut self.0 {
            if let Some((_, level)) = said.lower.filter(|(since, _)| now - *since >= FORGOTTEN) {
                said.claim.urgency = level;
                said.lower = None;
            }
            let same = standing.iter().filter(|claim| claim.same_matter(&said.claim));
            let level = same.map(|claim| claim.urgency).max().unwrap_or_default();
            let since = said.lower.map_or(now, |(since, _)| since);
            said.lower = (level < said.claim.urgency).then_some((since, level));
        }
        self.0.retain(|said| said.claim.urgency > Level(0));
    }

    /// The level told of a claim's matter.
    fn level(&self, claim: &Claim) -> Level {
        let said = self.0.iter().filter(|said| said.claim.same_matter(claim));
        said.map(|said| said.claim.urgency).max().unwrap_or_default()
    }

    /// The level told of everything a ground rests on.
    pub(super) fn of(&self, ground: &Ground) -> Level {
        ground.claims().map(|claim| self.level(&claim)).min().unwrap_or_default()
    }

    /// Whether a ground says more than was told.
    pub(super) fn lacks(&self, ground: &Ground) -> bool {
        self.of(ground) < ground.urgency
    }
}
