//! When drafts go out by themselves.

use domain::{Draft, Level, MessageKind, Realm, Span, Time};

use super::case::Case;
use super::{Situation, Writer};
use crate::Policy;

/// How old the values of a waiting draft may be: an officer who confirms after an hour must not publish what the water
/// was an hour ago.
const FRESH: Span = Span::minutes(10);

/// The danger of which news is gathered and ends are let settle.
pub(super) const TECHNICAL: &str = "technical";

impl Case {
    /// When the values of the waiting draft are to be brought up to date.
    pub(super) fn stale_at(&self) -> Option<Time> {
        let draft = self.warning.draft.as_ref()?;
        let lasting = draft.late || draft.kind == MessageKind::End;
        let lasting = lasting || self.warning.hazard == TECHNICAL;
        self.written_at.filter(|_| !lasting).map(|at| at + FRESH)
    }

    /// Writes the values of now into the waiting draft. It stays the same draft, for it asks about the same.
    pub(super) fn refresh(&mut self, now: Time, situation: &Situation, writer: &dyn Writer) {
        if self.stale_at().is_none_or(|at| at > now) {
            return;
        }
        self.written_at = Some(now);
        let Some(draft) = &mut self.warning.draft else { return };
        if situation.level != draft.level {
            return;
        }
        let text = writer.text(situation, draft.kind, draft.level, None);
        if text != draft.text {
            self.revisions.keep(draft, &self.resting);
            draft.text = text;
            draft.evidence.clone_from(&situation.evidence);
            self.touch(now);
        }
    }

    /// When the draft goes out by itself, as far as it is sure.
    pub(super) fn auto_at(
        &mut self,
        now: Time,
        kind: MessageKind,
        situation: &Situation,
        writer: &dyn Writer,
        old: Option<&Draft>,
    ) -> Option<Time> {
        if situation.late {
            return None;
        }
        let falling = self.issued.is_some_and(|issued| situation.level < issued);
        let end = falling.then(|| self.auto_end(now, kind, situation, writer, old)).flatten();
        let sure = situation.grounds.iter().filter(|ground| !ground.provisional);
        let new = sure.filter(|ground| self.told.lacks(ground)).map(|ground| ground.urgency).max();
        // What is told already and still holds must be told again before it runs out.
        let renewed =
            self.issued.filter(|_| self.renewing).map(|issued| issued.min(situation.sure));
        let highest = new.into_iter().chain(renewed).max().unwrap_or_default();
        self.waiting.retain(|(level, _)| *level <= highest);
        for level in (1..=highest.0).map(Level) {
            if self.waiting.iter().all(|(known, _)| *known != level) {
                self.waiting.push((level, now));
            }
        }
        let due = |(level, since): &(Level, Time)| {
            let policy = self.policy(situation, writer, *level)?;
            let technical = policy.hazard == TECHNICAL;
            let least = if technical { policy.gather } else { Span::ZERO };
            policy.auto_issue_after.map(|after| *since + after.max(least))
        };
        self.waiting.iter().filter_map(due).chain(end).min()
    }

    /// The same for a draft that lowers the level or ends the warning.
    fn auto_end(
        &self,
        now: Time,
        kind: MessageKind,
        situation: &Situation,
        writer: &dyn Writer,
        old: Option<&Draft>,
    ) -> Option<Time> {
        let level = if kind == MessageKind::End { self.warning.level } else { situation.level };
        // What nobody observes any more is no evidence that the danger went, nor is a doubted value that did not come back.
        if situation.provisional || situation.unobserved || self.unsure {
            return None;
        }
        let policy = self.policy(situation, writer, level)?;
        let least = if policy.hazard == TECHNICAL { policy.settle } else { Span::ZERO };
        let due = now + policy.auto_end_after?.max(least);
        // A draft that is rewritten does not start to wait anew.
        let waiting = old.filter(|d| d.kind == kind && d.level <= level).and_then(|d| d.auto_at);
        Some(waiting.map_or(due, |at| at.min(due)))
    }

    /// The policy that lets drafts out by themselves, unless this is a drill in which people decide.
    fn policy(&self, situation: &Situation, writer: &dyn Writer, level: Level) -> Option<Policy> {
        let policy = writer.policy(&situation.subject.hazard, level);
        let by_itself = self.warning.realm == Realm::Actual || policy.auto_issue_in_exercise;
        by_itself.then_some(policy)
    }
}
