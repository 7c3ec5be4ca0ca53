//! One open warning, from its first draft to its end.

use domain::warning::{AreaName, Author, LogLine};
use domain::{Draft, Evidence, Level, MessageKind, Realm, Time, Warning, WarningId, WarningState};
use serde::{Deserialize, Serialize};

use super::decided::{Decided, asked};
use super::revision::Revisions;
use super::sending::Release;
use super::situation::{Claim, Situation, Subject};
use super::timing::TECHNICAL;
use super::told::Told;
use super::{Actions, Judged, Writer};
use crate::{News, Purpose};

/// One open warning.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Case {
    /// The warning as it stands.
    pub warning: Warning,
    /// Serial of the newest draft.
    serial: u32,
    /// Level of the message in force; `None` before the first.
    pub(super) issued: Option<Level>,
    /// What the message in force says.
    pub(super) told: Told,
    /// What the waiting draft says.
    pub(super) resting: Vec<Claim>,
    /// What it said before, while it asked the same.
    #[serde(default)]
    pub(super) revisions: Revisions,
    /// Since when (processing time) each level that is new waits to be told.
    pub(super) waiting: Vec<(Level, Time)>,
    /// When the message in force must be renewed, so that it does not run out.
    pub(super) renew_at: Option<Time>,
    /// That time has come.
    pub(super) renewing: bool,
    /// A rejected fall to this level: not drafted again until the level is another.
    pub(super) declined: Option<Level>,
    /// What its late draft speaks of is over.
    over: bool,
    /// Until when (processing time) a technical fault that is over before it was told may come back and be the same.
    #[serde(default)]
    quiet_until: Option<Time>,
    /// Level of the peak.
    pub(super) peak_level: Level,
    /// When the waiting draft was written, or its values last brought up to date.
    pub(super) written_at: Option<Time>,
    /// Areas concerned, as last known.
    #[serde(default)]
    areas: Vec<AreaName>,
    /// The message in force rests on doubted values only, and nothing sure has stood since: that they are gone is no sign
    /// that the danger went.
    #[serde(default)]
    pub(super) unsure: bool,
    /// Set when the warning changed since it was last handed out.
    changed: bool,
}

impl Case {
    pub(super) fn open(id: WarningId, realm: Realm, now: Time, situation: &Situation) -> Self {
        let subject = &situation.subject;
        let warning = Warning {
            id,
            episode: subject.episode.clone(),
            episode_name: subject.name.clone(),
            hazard: subject.hazard.clone(),
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
        Self {
            warning,
            serial: 0,
            issued: None,
            told: Told::default(),
            resting: Vec::new(),
            revisions: Revisions::default(),
            waiting: Vec::new(),
            renew_at: None,
            renewing: false,
            declined: None,
            over: false,
            quiet_until: None,
            peak_level: Level(0),
            written_at: None,
            areas: subject.areas.clone(),
            unsure: false,
            changed: false,
        }
    }

    /// What it is about, for an episode that the configuration does not name any more.
    #[must_use]
    pub fn subject(&self) -> Subject {
        Subject {
            episode: self.warning.episode.clone(),
            name: self.warning.episode_name.clone(),
            hazard: self.warning.hazard.clone(),
            areas: self.areas.clone(),
        }
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
        let renewal = self.renew_at.filter(|_| !self.renewing);
        draft.into_iter().chain(renewal).chain(self.stale_at()).chain(self.quiet_until).min()
    }

    pub(super) fn log(&mut self, at: Time, who: Option<&str>, what: &str, detail: String) {
        let who = who.map(str::to_owned);
        self.warning.log.push(LogLine { at, who, what: what.to_owned(), detail });
        self.touch(at);
    }

    pub(super) fn touch(&mut self, at: Time) {
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
        self.areas.clone_from(&situation.subject.areas);
        self.told.fade(now, situation);
        self.reconsider(now, situation, writer, actions);
    }

    /// Takes note that a person judged values it speaks of.
    pub(super) fn judged(&mut self, now: Time, judged: &Judged, about: impl Fn(&Evidence) -> bool) {
        self.changed = false;
        let mine = self.warning.draft.iter().flat_map(|draft| &draft.evidence);
        if !judged.touched && !mine.chain(&self.warning.peak).any(&about) {
            return;
        }
        self.log(now, Some(&judged.who), judged.what, judged.detail.clone());
        // What the draft says must be written anew, though it is the same matter.
        self.resting.clear();
        // Nobody sends out any more what rests on them.
        self.revisions.clear();
        if judged.wrong && self.warning.peak.as_ref().is_some_and(about) {
            self.warning.peak = None;
            self.peak_level = Level(0);
        }
    }

    pub(super) fn reconsider(
        &mut self,
        now: Time,
        situation: &Situation,
        writer: &dyn Writer,
        actions: &mut Actions,
    ) {
        self.note_peak(now, situation);
        self.unsure &= self.issued.is_some_and(|issued| situation.sure < issued);
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
        if situation.level == Level(0) {
            if self.warning.draft.as_ref().is_some_and(|draft| draft.late) {
                self.over = true;
                return;
            }
            if self.keeps_quiet(now, situation, writer) {
                return;
            }
            self.warning.state = WarningState::Ended;
            self.warning.draft = None;
            self.log(now, None, "over_before_decision", String::new());
            return;
        }
        self.over = situation.grounds.is_empty();
        self.quiet_until = None;
        self.warning.level = situation.level;
        self.warning.provisional = situation.provisional;
        self.warning.onset = self.warning.onset.min(situation.onset);
        self.draft(now, MessageKind::Issue, situation, writer, actions);
    }

    /// A technical fault is over before anybody was told. When it comes back soon it is the same, and the time for which it
    /// was gathered goes on: one that comes and goes is told once, not never.
    fn keeps_quiet(&mut self, now: Time, situation: &Situation, writer: &dyn Writer) -> bool {
        let policy = writer.policy(&situation.subject.hazard, self.warning.level);
        if policy.hazard != TECHNICAL {
            return false;
        }
        let until = *self.quiet_until.get_or_insert(now + policy.settle);
        if let Some(draft) = self.warning.draft.as_mut().filter(|draft| draft.auto_at.is_some()) {
            draft.auto_at = None;
            self.touch(now);
        }
        now < until
    }

    /// Whether it waits with what is over while something else begins, which must have its own warning.
    pub(super) fn overtaken_by(&self, situation: &Situation) -> bool {
        self.over && self.issued.is_none() && situation.level > Level(0) && !situation.late
    }

    pub(super) fn overtake(&mut self, now: Time) {
        self.changed = false;
        self.warning.state = WarningState::Ended;
        self.warning.draft = None;
        self.log(now, None, "over_before_decision", String::new());
    }

    fn review_issued(
        &mut self,
        now: Time,
        issued: Level,
        situation: &Situation,
        writer: &dyn Writer,
        actions: &mut Actions,
    ) {
        if self.declined.is_some_and(|level| level != situation.level) {
            self.declined = None;
        }
        let news = situation.grounds.iter().any(|ground| self.told.lacks(ground));
        if situation.level == issued && !news && !self.renewing {
            self.waiting.clear();
            if self.warning.draft.take().is_some() {
                self.log(now, None, "draft_withdrawn", String::new());
            }
            return;
        }
        if self.declined.is_some() {
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
        let auto_at = self.auto_at(now, kind, situation, writer, old.as_ref());
        let claims = situation.claims();
        if let Some(old) = old.as_ref().filter(|_| known && self.resting == claims) {
            // Nobody can confirm a draft that is rewritten under their eyes for nothing.
            if old.auto_at != auto_at {
                self.touch(now);
            }
            self.warning.draft = Some(Draft { auto_at, ..old.clone() });
            return;
        }
        match old.as_ref().filter(|_| known && !self.resting.is_empty()) {
            Some(old) => self.revisions.keep(old, &self.resting),
            None => self.revisions.clear(),
        }
        self.serial += 1;
        self.resting = claims;
        self.written_at = Some(now);
        let draft = Draft {
            number: self.serial,
            kind,
            level: stated,
            provisional,
            late,
            drafted_at: old.as_ref().filter(|_| known).map_or(now, |d| d.drafted_at),
            auto_at,
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
        let technical = situation.subject.hazard == "technical";
        if let (Some(message), false) = (message, technical) {
            let purpose = Purpose::Confirm(self.serial);
            let episode = &self.warning.episode;
            let news = News { episode, message: &message, purpose, at: now, receipt_within: None };
            actions.notices.extend(writer.directory().plan(&news));
        }
    }

    /// Sends out what is due by itself, or renews a message before it runs out.
    pub(super) fn expire(
        &mut self,
        now: Time,
        situation: &Situation,
        writer: &dyn Writer,
        actions: &mut Actions,
    ) {
        self.changed = false;
        let due = |draft: &Draft| draft.auto_at.is_some_and(|at| at <= now);
        if self.warning.draft.as_ref().is_some_and(due) {
            self.release_by_itself(now, situation, writer, actions);
        } else if self.renew_at.is_some_and(|at| at <= now) && !self.renewing {
            self.renewing = true;
            self.declined = None;
            self.reconsider(now, situation, writer, actions);
        } else if self.quiet_until.is_some_and(|until| until <= now) {
            self.reconsider(now, situation, writer, actions);
        } else {
            self.refresh(now, situation, writer);
        }
    }

    /// A person said no to the waiting draft; what they need not be asked again. Who keeps a message as it is will be
    /// asked once more when one of now would run out.
    pub(super) fn dismiss(
        &mut self,
        now: Time,
        situation: &Situation,
        writer: &dyn Writer,
    ) -> Vec<Decided> {
        self.warning.draft = None;
        self.revisions.clear();
        let new = asked(situation, |ground| self.told.lacks(ground));
        let decided = new.iter().map(|ground| Decided::new(ground, self.told.of(ground))).collect();
        let Some(issued) = self.issued else {
            self.warning.state = WarningState::Rejected;
            return decided;
        };
        let falls = situation.level < issued;
        if falls || new.is_empty() {
            let policy = writer.policy(&self.warning.hazard, issued);
            self.renewing = false;
            self.renew_at = Some(now + policy.expires_after - policy.renew_before());
        }
        if falls {
            self.declined = Some(situation.level);
            return Vec::new();
        }
        decided
    }
}
