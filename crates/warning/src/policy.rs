//! What happens with warnings of a hazard at a level.

use domain::{Level, Span};
use serde::{Deserialize, Serialize};

/// `policy.toml`, `[[policy]]`: what happens with warnings of a hazard at a level.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Policy {
    /// Which hazard.
    pub hazard: String,
    /// From this level up to the next policy of the hazard.
    pub level: Level,
    /// A confirmed draft goes out by itself after this long (processing time); absent = waits for a person.
    #[serde(default)]
    pub auto_issue_after: Option<Span>,
    /// An end draft goes out by itself after this long; absent = waits for a person.
    #[serde(default)]
    pub auto_end_after: Option<Span>,
    /// A message holds this long without an update; it is renewed before, while the danger lasts.
    pub expires_after: Span,
    /// A receipt is asked for within this long; absent = none.
    #[serde(default)]
    pub receipt_within: Option<Span>,
    /// Technical news is gathered for this long (processing time) into one message. Default 0: each at once.
    #[serde(default)]
    pub gather: Span,
    /// A technical fault that is over must stay over for this long before its end is told: one that comes again and again is
    /// one fault. Default 0.
    #[serde(default)]
    pub settle: Span,
    /// The same in an exercise: drafts always wait for a person unless this is set.
    #[serde(default)]
    pub auto_issue_in_exercise: bool,
}

/// How long before its end a message is renewed when a person must decide.
const ASKED_BEFORE: Span = Span::hours(1);

impl Policy {
    /// How long before its end a message must be renewed, so that the next one is out in time.
    #[must_use]
    pub fn renew_before(&self) -> Span {
        let half = Span::from_millis(self.expires_after.millis() / 2);
        self.auto_issue_after.unwrap_or(ASKED_BEFORE).min(half)
    }
}

/// The policy of a hazard at a level: the one with the highest level not above it.
#[must_use]
pub fn policy<'a>(policies: &'a [Policy], hazard: &str, level: Level) -> Option<&'a Policy> {
    let fits = |p: &&Policy| p.hazard == hazard && p.level <= level;
    policies.iter().filter(fits).max_by_key(|p| p.level)
}
