//! What a waiting draft said before its words were brought up to date.
//!
//! Numbers change every few minutes in a flood. Who read one of them may still send out, or reject, what they read, as
//! long as the draft asks the same: the same kind, level and sureness. What came in meanwhile was not decided about.

use domain::warning::LocalText;
use domain::{Draft, Evidence};
use serde::{Deserialize, Serialize};

use super::situation::Claim;

/// Most that are kept of one draft; who read an older one looks again.
const KEPT: usize = 100;

/// One wording of a draft.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Revision {
    number: u32,
    pub(super) text: LocalText,
    pub(super) evidence: Vec<Evidence>,
    pub(super) claims: Vec<Claim>,
}

/// Earlier wordings of the waiting draft, oldest first.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub(super) struct Revisions(Vec<Revision>);

impl Revisions {
    /// Keeps what the draft said until now.
    pub(super) fn keep(&mut self, draft: &Draft, claims: &[Claim]) {
        self.0.push(Revision {
            number: draft.number,
            text: draft.text.clone(),
            evidence: draft.evidence.clone(),
            claims: claims.to_vec(),
        });
        let over = self.0.len().saturating_sub(KEPT);
        self.0.drain(..over);
    }

    /// The draft asks something else.
    pub(super) fn clear(&mut self) {
        self.0.clear();
    }

    /// What the draft of that number said: in these words, else as it said last.
    pub(super) fn of(&self, number: u32, text: Option<&LocalText>) -> Option<&Revision> {
        let mut named = self.0.iter().rev().filter(|one| one.number == number);
        let said = text.and_then(|text| named.clone().find(|one| one.text == *text));
        said.or_else(|| named.next())
    }
}
