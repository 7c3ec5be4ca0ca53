//! What people decide.

use domain::warning::{Author, LocalText};
use domain::{Command, CommandError, Draft, EpisodeId, Level, MessageKind, Time, WarningId};

use super::case::Case;
use super::decided::{self, Decided};
use super::sending::Release;
use super::{Actions, Desk, Ground, Situation, Writer};

impl Desk {
    /// The episode of an open warning.
    #[must_use]
    pub fn episode_of(&self, id: &WarningId) -> Option<&EpisodeId> {
        self.cases.iter().find(|(_, case)| case.warning.id == *id).map(|(episode, _)| episode)
    }

    /// Carries out what a person decided about an open warning, or about none: `situation` is that of
    /// the warning's episode.
    ///
    /// # Errors
    /// The warning is unknown or closed, the draft is not the one the person saw, or a reason is missing.
    pub fn command(
        &mut self,
        now: Time,
        user: &str,
        command: &Command,
        situation: &Situation,
        writer: &dyn Writer,
    ) -> Result<Actions, CommandError> {
        let mut actions = Actions::default();
        let open = self.open_part(situation);
        let episode = situation.subject.episode.clone();
        let Some(case) = self.cases.get_mut(&episode) else { return Ok(actions) };
        let author = Author::Person(user.to_owned());
        let of_all = || situation.grounds.iter().map(|g| Decided::new(g, Level(0))).collect();
        let mut decided: Vec<Decided> = Vec::new();
        match command {
            Command::Confirm { draft, text, remark, .. } => {
                case.take_up(*draft, text.as_ref())?;
                let (text, remark) = (text.clone(), remark.clone());
                let release = Release { now, author, remark, text, situation: &open };
                case.release(&release, writer, &mut actions);
                if case.closed() {
                    // What was told as late is quiet as long as it is late.
                    decided = open.grounds.iter().map(|g| Decided::new(g, Level(0))).collect();
                    decided.retain(Decided::late);
                }
            }
            Command::Reject { draft, reason, .. } => {
                let reason = given(reason)?;
                case.take_up(*draft, None)?;
                case.log(now, Some(user), "rejected", reason);
                let read = open.only(|ground| case.speaks_of(ground).then(|| ground.clone()));
                let read = Situation { level: open.level, ..read };
                decided = case.dismiss(now, &read, writer);
            }
            Command::End { reason, .. } => {
                let reason = given(reason)?;
                case.close(now, MessageKind::End, user, reason, &open, writer, &mut actions)?;
                decided = of_all();
            }
            Command::Cancel { reason, .. } => {
                let reason = given(reason)?;
                case.close(now, MessageKind::Cancel, user, reason, &open, writer, &mut actions)?;
                decided = of_all();
            }
            Command::Test { .. } | Command::Maintain { .. } | Command::Operate { .. } => {}
        }
        self.settle(&episode, &mut actions);
        decided::note(self.decided.entry(episode).or_default(), decided);
        // What was not decided about is asked now.
        actions.extend(self.review(now, situation, writer));
        Ok(actions)
    }
}

fn given(reason: &str) -> Result<String, CommandError> {
    let reason = reason.trim();
    if reason.is_empty() { Err(CommandError::ReasonMissing) } else { Ok(reason.to_owned()) }
}

impl Case {
    /// Makes the draft what it said when that person read it. Its kind, level and sureness are still those, so what they
    /// decide holds for it; what it says more by now is asked afterwards.
    fn take_up(&mut self, seen: u32, text: Option<&LocalText>) -> Result<(), CommandError> {
        let changed = || CommandError::DraftChanged { warning: self.warning.id.clone(), seen };
        let Some(draft) = self.warning.draft.as_ref() else { return Err(changed()) };
        let newest = draft.number == seen && text.is_none_or(|text| *text == draft.text);
        if newest {
            return Ok(());
        }
        let Some(read) = self.revisions.of(seen, text) else {
            return if draft.number == seen { Ok(()) } else { Err(changed()) };
        };
        let said = text.is_some_and(|text| *text == read.text);
        if draft.number == seen && !said {
            return Ok(());
        }
        let draft = Draft {
            number: seen,
            text: read.text.clone(),
            evidence: read.evidence.clone(),
            ..draft.clone()
        };
        self.resting.clone_from(&read.claims);
        self.warning.draft = Some(draft);
        Ok(())
    }

    /// Whether the waiting draft says all of this.
    fn speaks_of(&self, ground: &Ground) -> bool {
        ground.claims().all(|claim| self.resting.contains(&claim))
    }

    #[expect(clippy::too_many_arguments, reason = "one person's act with all it needs")]
    fn close(
        &mut self,
        now: Time,
        kind: MessageKind,
        user: &str,
        reason: String,
        situation: &Situation,
        writer: &dyn Writer,
        actions: &mut Actions,
    ) -> Result<(), CommandError> {
        let Some(level) = self.issued() else {
            return Err(CommandError::WrongState {
                warning: self.warning.id.clone(),
                state: "not issued yet".to_owned(),
                what: "ending or cancelling (reject the draft instead)".to_owned(),
            });
        };
        let draft = Draft {
            number: 0,
            kind,
            level,
            provisional: false,
            late: false,
            drafted_at: now,
            auto_at: None,
            text: writer.text(situation, kind, level, Some(&reason)),
            evidence: situation.evidence.clone(),
        };
        self.warning.draft = None;
        let author = Author::Person(user.to_owned());
        let release = Release { now, author, remark: Some(reason.clone()), text: None, situation };
        let message = self.compose(&release, draft, writer);
        let what = if kind == MessageKind::End { "ended" } else { "cancelled" };
        self.log(now, Some(user), what, reason);
        self.send(message, writer, actions);
        Ok(())
    }
}
