//! How a draft goes out: as a message, by itself or by a person.

use domain::warning::Author;
use domain::{Draft, MessageKind, Time, WarningMessage, WarningState};

use super::case::Case;
use super::told::Told;
use super::{Actions, Situation, Writer};
use crate::{News, Purpose};

/// Who lets a draft out, and how.
pub(super) struct Release<'a> {
    pub(super) now: Time,
    pub(super) author: Author,
    pub(super) remark: Option<String>,
    pub(super) text: Option<domain::warning::LocalText>,
    pub(super) situation: &'a Situation,
}

impl Case {
    /// Nobody decided: what is sure goes out with the values of now, and what is not still waits.
    pub(super) fn release_by_itself(
        &mut self,
        now: Time,
        situation: &Situation,
        writer: &dyn Writer,
        actions: &mut Actions,
    ) {
        let Some(draft) = self.warning.draft.take() else { return };
        let sure = situation.sure_part();
        let level = if draft.kind == MessageKind::End { draft.level } else { sure.level };
        self.resting = sure.claims();
        self.warning.draft = Some(Draft {
            level,
            provisional: false,
            text: writer.text(&sure, draft.kind, level, None),
            evidence: sure.evidence.clone(),
            ..draft
        });
        let author = Author::Policy(situation.subject.hazard.clone());
        let release = Release { now, author, remark: None, text: None, situation: &sure };
        self.note_peak(now, situation);
        self.release(&release, writer, actions);
        if !self.closed() {
            self.reconsider(now, situation, writer, actions);
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
        let Some(Draft { text: drafted, .. }) = self.warning.draft.take() else { return };
        self.revisions.clear();
        let (who, what) = match &release.author {
            Author::Person(name) => {
                let edited = release.text.as_ref().is_some_and(|text| *text != drafted);
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
        self.unsure = message.provisional;
        self.told = Told::new(std::mem::take(&mut self.resting));
        self.waiting.clear();
        self.declined = None;
        self.warning.state = match message.kind {
            MessageKind::Issue | MessageKind::Update => WarningState::Issued,
            MessageKind::End => WarningState::Ended,
            MessageKind::Cancel => WarningState::Cancelled,
        };
        self.issued = Some(message.level);
        let policy = writer.policy(&message.hazard, message.level);
        self.renewing = false;
        self.renew_at = (!self.closed()).then(|| message.expires_at - policy.renew_before());
        if message.late && message.kind == MessageKind::Issue {
            // What is over when it is told needs no end.
            self.warning.state = WarningState::Ended;
        }
        let news = News {
            episode: &self.warning.episode,
            message: &message,
            purpose: Purpose::Tell,
            at: message.sent_at,
            receipt_within: policy.receipt_within,
        };
        actions.notices.extend(writer.directory().plan(&news));
        actions.messages.push(message);
    }

    /// The waiting draft as a message, as it would go out.
    pub(super) fn message(
        &self,
        release: &Release<'_>,
        writer: &dyn Writer,
    ) -> Option<WarningMessage> {
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
            areas: release.situation.subject.areas.clone(),
            replaces: (number > 1).then(|| number - 1).into_iter().collect(),
        }
    }
}
