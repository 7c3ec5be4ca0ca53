//! One open warning, from its first draft to its end.

use std::collections::BTreeSet;

use domain::warning::{Author, LogLine};
use domain::{
    Draft, Evidence, Level, MessageKind, Realm, Time, Warning, WarningId, WarningMessage,
    WarningState,
};
use serde::{Deserialize, Serialize};

use super::{Actions, Situation, Writer};
use crate::{News, Purpose};

/// One open warning.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Case {
    /// The warning as it stands.
    pub warning: Warning,
    /// Serial of the newest draft.
    serial: u32,
    /// Level of the message in force; `None` before the first.
    issued: Option<Level>,
    /// When the message in force runs out.
    expires_at: Option<Time>,
    /// A rejected update: not drafted again until the level changes.
    dismissed: Option<Level>,
    /// Set when the warning changed since it was last handed out.
    changed: bool,
}

/// Who lets a draft out, and how.
pub(super) struct Release<'a> {
    pub(super) now: Time,
    pub(super) author: Author,
    pub(super) remark: Option<String>,
    pub(super) text: Option<domain::warning::LocalText>,
    pub(super) situation: &'a Situation,
}

impl Case {
    pub(super) fn open(id: WarningId, realm: Realm, now: Time, situation: &Situation) -> Self {
        let warning = Warning {
            id,
            episode: situation.episode.clone(),
            episode_name: situation.name.clone(),
            hazard: situation.hazard.clone(),
            realm,
            state: WarningState::Draft,
            level: situation.level,
            provisional: situation.provisional,
            onset: situation.onset,
            drafted_at: now,
            changed_at: now,
            draft: None,
            messages: 0,
            peak: None,
            log: Vec::new(),
        };
        Self { warning, serial: 0, issued: None, expires_at: None, dismissed: None, changed: false }
    }

    pub(super) const fn closed(&self) -> bool {
        !matches!(self.warning.state, WarningState::Draft | WarningState::Issued)
    }

    /// Whether something that is not late was issued or waits.
    #[must_use]
    pub fn in_force(&self) -> bool {
        self.issued.is_some() || self.warning.draft.as_ref().is_some_and(|draft| !draft.late)
    }

    pub(super) const fn issued(&self) -> Option<Level> {
        self.issued
    }

    /// Whether the warning must be handed out once more with these actions.
    pub(super) fn changed_in(&self, actions: &Actions) -> bool {
        let there = actions.warnings.iter().any(|w| w.id == self.warning.id);
        self.changed && !there
    }

    pub(super) fn deadline(&self) -> Option<Time> {
        let draft = self.warning.draft.as_ref().and_then(|draft| draft.auto_at);
        let renewal = self.expires_at.filter(|_| self.warning.draft.is_none());
        draft.into_iter().chain(renewal).min()
    }

    pub(super) fn log(&mut self, at: Time, who: Option<&str>, what: &str, detail: String) {
        let who = who.map(str::to_owned);
        self.warning.log.push(LogLine { at, who, what: what.to_owned(), detail });
        self.touch(at);
    }

    fn touch(&mut self, at: Time) {
        self.warning.changed_at = at;
        self.changed = true;
    }

    /// Takes note of how the episode stands.
    pub(super) fn review(
        &mut self,
        now: Time,
        situation: &Situation,
        writer: &dyn Writer,
        actions: &mut Actions,
    ) {
        self.changed = false;
        self.note_peak(now, situation);
        match self.issued {
            None => self.review_unissued(now, situation, writer, actions),
            Some(level) => self.review_issued(now, level, situation, writer, actions),
        }
    }

    fn review_unissued(
        &mut self,
        now: Time,
        situation: &Situation,
        writer: &dyn Writer,
        actions: &mut Actions,
    ) {
        if situation.level == Level(0) && !situation.late {
            if self.warning.draft.as_ref().is_some_and(|draft| draft.late) {
                return;
            }
            self.warning.state = WarningState::Ended;
            self.warning.draft = None;
            self.log(now, None, "over_before_decision", String::new());
            return;
        }
        self.warning.level = situation.level;
        self.warning.provisional = situation.provisional;
        self.warning.onset = self.warning.onset.min(situation.onset);
        self.draft(now, MessageKind::Issue, situation, writer, actions);
    }

    fn review_issued(
        &mut self,
        now: Time,
        issued: Level,
        situation: &Situation,
        writer: &dyn Writer,
        actions: &mut Actions,
    ) {
        if situation.late {
            return;
        }
        if situation.level == issued {
            self.dismissed = None;
            if self.warning.draft.take().is_some() {
                self.log(now, None, "draft_withdrawn", String::new());
            }
            return;
        }
        if self.dismissed == Some(situation.level) {
            return;
        }
        let kind = match situation.level {
            Level(0) => MessageKind::End,
            _ => MessageKind::Update,
        };
        self.draft(now, kind, situation, writer, actions);
    }

    /// Writes or rewrites the waiting draft; people are told again only when it became another matter.
    fn draft(
        &mut self,
        now: Time,
        kind: MessageKind,
        situation: &Situation,
        writer: &dyn Writer,
        actions: &mut Actions,
    ) {
        let old = self.warning.draft.take();
        let stated = if kind == MessageKind::End { self.warning.level } else { situation.level };
        let (late, provisional) = (situation.late, situation.provisional);
        let same = |d: &Draft| {
            d.kind == kind && d.level == stated && d.provisional == provisional && d.late == late
        };
        let known = old.as_ref().is_some_and(same);
        if known && old.as_ref().is_some_and(|d| rests_on(d, situation)) {
            // Nobody can confirm a draft that is rewritten under their eyes for nothing.
            self.warning.draft = old;
            return;
        }
        self.serial += 1;
        let draft = Draft {
            number: self.serial,
            kind,
            level: stated,
            provisional,
            late,
            drafted_at: old.as_ref().filter(|_| known).map_or(now, |d| d.drafted_at),
            auto_at: self.auto_at(now, kind, stated, situation, writer, old.as_ref()),
            text: writer.text(situation, kind, stated, None),
            evidence: situation.evidence.clone(),
        };
        self.warning.draft = Some(draft);
        if known {
            self.touch(now);
            return;
        }
        let what = if old.is_some() { "draft_changed" } else { "drafted" };
        self.log(now, None, what, format!("{kind:?} {}", stated.0).to_lowercase());
        let message = self.message(
            &Release {
                now,
                author: Author::Policy(String::new()),
                remark: None,
                text: None,
                situation,
            },
            writer,
        );
        let technical = situation.hazard == "technical";
        if let (Some(message), false) = (message, technical) {
            let purpose = Purpose::Confirm(self.serial);
            let episode = &self.warning.episode;
            let news = News { episode, message: &message, purpose, at: now, receipt_within: None };
            actions.notices.extend(writer.directory().plan(&news));
        }
    }

    fn auto_at(
        &self,
        now: Time,
        kind: MessageKind,
        level: Level,
        situation: &Situation,
        writer: &dyn Writer,
        old: Option<&Draft>,
    ) -> Option<Time> {
        let policy = writer.policy(&situation.hazard, level);
        let drill = self.warning.realm != Realm::Actual && !policy.auto_issue_in_exercise;
        if situation.provisional || situation.late || drill {
            return None;
        }
        let falling = self.issued.is_some_and(|issued| situation.level < issued);
        let ending = kind == MessageKind::End || falling;
        let after = if ending { policy.auto_end_after } else { policy.auto_issue_after }?;
        // A draft that is rewritten does not start to wait anew.
        let waiting = old.filter(|d| d.kind == kind && d.level <= level).and_then(|d| d.auto_at);
        Some(waiting.map_or(now + after, |at| at.min(now + after)))
    }

    fn note_peak(&mut self, now: Time, situation: &Situation) {
        let Some(first) = situation.evidence.first() else { return };
        let higher = self.warning.peak.as_ref().is_none_or(|peak| {
            let same = (&peak.station, &peak.parameter) == (&first.station, &first.parameter);
            !same || first.value > peak.value
        });
        if higher && situation.level > Level(0) {
            self.warning.peak = Some(first.clone());
            self.touch(now);
        }
    }

    /// Sends out what is due by itself, or asks for a renewal of a message that runs out.
    pub(super) fn expire(
        &mut self,
        now: Time,
        situation: &Situation,
        writer: &dyn Writer,
        actions: &mut Actions,
    ) {
        self.changed = false;
        match self.warning.draft.as_ref() {
            Some(draft) if draft.auto_at.is_some_and(|at| at <= now) => {
                let author = Author::Policy(situation.hazard.clone());
                let remark = None;
                let release = Release { now, author, remark, text: None, situation };
                self.release(&release, writer, actions);
            }
            None if self.expires_at.is_some_and(|at| at <= now) => {
                self.expires_at = None;
                self.draft(now, MessageKind::Update, situation, writer, actions);
            }
            _ => {}
        }
    }

    /// Lets the waiting draft out.
    pub(super) fn release(
        &mut self,
        release: &Release<'_>,
        writer: &dyn Writer,
        actions: &mut Actions,
    ) {
        let Some(message) = self.message(release, writer) else { return };
        self.warning.draft = None;
        let (who, what) = match &release.author {
            Author::Person(name) => {
                let edited = release.text.is_some();
                (Some(name.as_str()), if edited { "edited_and_confirmed" } else { "confirmed" })
            }
            Author::Policy(_) => (None, "auto_issued"),
        };
        let detail = format!("{:?} {}", message.kind, message.level.0).to_lowercase();
        self.log(release.now, who, what, detail);
        self.send(message, writer, actions);
    }

    /// A message is out: the warning is what it says, and everybody concerned is told.
    pub(super) fn send(
        &mut self,
        message: WarningMessage,
        writer: &dyn Writer,
        actions: &mut Actions,
    ) {
        self.warning.messages = message.number;
        self.warning.level = message.level;
        self.warning.provisional = message.provisional;
        self.dismissed = None;
        self.warning.state = match message.kind {
            MessageKind::Issue | MessageKind::Update => WarningState::Issued,
            MessageKind::End => WarningState::Ended,
            MessageKind::Cancel => WarningState::Cancelled,
        };
        self.issued = Some(message.level);
        self.expires_at = (!self.closed()).then_some(message.expires_at);
        if message.late && message.kind == MessageKind::Issue {
            // What is over when it is told needs no end.
            self.warning.state = WarningState::Ended;
        }
        let news = News {
            episode: &self.warning.episode,
            message: &message,
            purpose: Purpose::Tell,
            at: message.sent_at,
            receipt_within: writer.policy(&message.hazard, message.level).receipt_within,
        };
        actions.notices.extend(writer.directory().plan(&news));
        actions.messages.push(message);
    }

    pub(super) fn dismiss(&mut self, level: Level) {
        self.warning.draft = None;
        if self.issued.is_none() {
            self.warning.state = WarningState::Rejected;
        } else {
            self.dismissed = Some(level);
        }
    }

    /// The waiting draft as a message, as it would go out.
    fn message(&self, release: &Release<'_>, writer: &dyn Writer) -> Option<WarningMessage> {
        let draft = self.warning.draft.as_ref()?;
        Some(self.compose(release, draft.clone(), writer))
    }

    pub(super) fn compose(
        &self,
        release: &Release<'_>,
        draft: Draft,
        writer: &dyn Writer,
    ) -> WarningMessage {
        let policy = writer.policy(&self.warning.hazard, draft.level);
        let number = self.warning.messages + 1;
        WarningMessage {
            warning: self.warning.id.clone(),
            number,
            kind: draft.kind,
            realm: self.warning.realm,
            level: draft.level,
            provisional: draft.provisional,
            late: draft.late,
            sent_at: release.now,
            expires_at: release.now + policy.expires_after,
            onset: self.warning.onset,
            author: release.author.clone(),
            remark: release.remark.clone(),
            text: release.text.clone().unwrap_or(draft.text),
            evidence: draft.evidence,
            hazard: self.warning.hazard.clone(),
            areas: release.situation.areas.clone(),
            replaces: (number > 1).then(|| number - 1).into_iter().collect(),
        }
    }
}

/// Whether a draft names the same places and thresholds.
fn rests_on(draft: &Draft, situation: &Situation) -> bool {
    let key = |e: &Evidence| (e.station.clone(), e.parameter.clone(), e.threshold_name.clone());
    let keys = |all: &[Evidence]| all.iter().map(key).collect::<BTreeSet<_>>();
    keys(&draft.evidence) == keys(&situation.evidence)
}
