//! From alarm states to drafts, messages and their end: one open warning per episode.
//!
//! The desk is told how an episode stands ([`Desk::review`]), what people decide ([`Desk::command`]) and
//! how late it is ([`Desk::due`]). It answers with the warnings, messages and notices that follow.

mod case;
mod command;
mod decided;
mod peak;
mod revision;
mod sending;
mod situation;
mod timing;
mod told;

use std::collections::{BTreeMap, BTreeSet};

use domain::warning::LocalText;
use domain::{
    EpisodeId, Evidence, Level, MessageKind, Notice, Realm, RuleId, StationId, Time, Warning,
    WarningId, WarningMessage,
};
use serde::{Deserialize, Serialize};

pub use case::Case;
use decided::Decided;
pub use situation::{Ground, Past, Situation, Subject};

use crate::{Directory, Policy};

/// What the desk needs to know to write: policies, people and words.
pub trait Writer {
    /// The policy of a hazard at a level.
    fn policy(&self, hazard: &str, level: Level) -> Policy;
    /// The words of a message.
    fn text(
        &self,
        situation: &Situation,
        kind: MessageKind,
        level: Level,
        reason: Option<&str>,
    ) -> LocalText;
    /// Who is told.
    fn directory(&self) -> &Directory;
}

/// What follows.
#[derive(Debug, Default)]
pub struct Actions {
    /// Warnings that changed.
    pub warnings: Vec<Warning>,
    /// Messages that go out.
    pub messages: Vec<WarningMessage>,
    /// The outbox.
    pub notices: Vec<Notice>,
}

/// That a person judged values.
#[derive(Debug, Clone)]
pub struct Judged {
    /// Who.
    pub who: String,
    /// What they said, as written in the log of a warning.
    pub what: &'static str,
    /// Where, and why.
    pub detail: String,
    /// The values were not as they should be.
    pub wrong: bool,
    /// An alarm of the episode rests on other values now.
    pub touched: bool,
}

impl Actions {
    fn extend(&mut self, more: Self) {
        self.warnings.extend(more.warnings);
        self.messages.extend(more.messages);
        self.notices.extend(more.notices);
    }
}

/// All open cases.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Desk {
    realm: Realm,
    cases: BTreeMap<EpisodeId, Case>,
    /// What people decided about the alarms that stand.
    decided: BTreeMap<EpisodeId, Vec<Decided>>,
    /// Ids given, so that none is given twice.
    used: BTreeSet<WarningId>,
}

impl Desk {
    /// An empty desk.
    #[must_use]
    pub const fn new(realm: Realm) -> Self {
        Self { realm, cases: BTreeMap::new(), decided: BTreeMap::new(), used: BTreeSet::new() }
    }

    /// The open case of an episode.
    #[must_use]
    pub fn case(&self, episode: &EpisodeId) -> Option<&Case> {
        self.cases.get(episode)
    }

    /// Whether a warning of that name was ever opened.
    #[must_use]
    pub fn knows(&self, id: &WarningId) -> bool {
        self.used.contains(id)
    }

    /// When the draft of an episode goes out by itself, or its message runs out.
    #[must_use]
    pub fn deadline(&self, episode: &EpisodeId) -> Option<Time> {
        self.cases.get(episode)?.deadline()
    }

    /// The episodes that have an open warning.
    pub fn episodes(&self) -> impl Iterator<Item = &EpisodeId> {
        self.cases.keys()
    }

    /// What a person left standing of an alarm when they denied the rest of it; `None` = nobody denied it.
    #[must_use]
    pub fn denied(&self, episode: &EpisodeId, rule: &RuleId, target: &StationId) -> Option<Level> {
        let decided = self.decided.get(episode)?.iter();
        decided.filter_map(|decided| decided.denies(rule, target)).max()
    }

    /// Takes note of how an episode stands.
    pub fn review(&mut self, now: Time, situation: &Situation, writer: &dyn Writer) -> Actions {
        let mut actions = Actions::default();
        let episode = &situation.subject.episode;
        if let Some(decided) = self.decided.get_mut(episode) {
            decided::fall(decided, situation);
        }
        self.decided.retain(|_, decided| !decided.is_empty());
        let open = self.open_part(situation);
        if let Some(case) = self.cases.get_mut(episode)
            && case.overtaken_by(&open)
        {
            case.overtake(now);
            self.settle(episode, &mut actions);
        }
        if !self.cases.contains_key(episode) {
            if open.level == Level(0) {
                return actions;
            }
            let id = self.new_id(episode, open.onset);
            let case = Case::open(id, self.realm, now, &open);
            self.cases.insert(episode.clone(), case);
        }
        if let Some(case) = self.cases.get_mut(episode) {
            case.review(now, &open, writer, &mut actions);
            self.settle(episode, &mut actions);
        }
        actions
    }

    /// A person judged values that the open warning of an episode speaks of: its log says so, a waiting draft is
    /// written anew, and a peak that was wrong is none. `about` says which evidence is of those values.
    pub fn judged(
        &mut self,
        now: Time,
        episode: &EpisodeId,
        judged: &Judged,
        about: impl Fn(&Evidence) -> bool,
    ) -> Actions {
        let mut actions = Actions::default();
        if let Some(case) = self.cases.get_mut(episode) {
            case.judged(now, judged, about);
            self.settle(episode, &mut actions);
        }
        actions
    }

    /// Sends out what is due by itself.
    pub fn expire(&mut self, now: Time, situation: &Situation, writer: &dyn Writer) -> Actions {
        let mut actions = Actions::default();
        let open = self.open_part(situation);
        let episode = &situation.subject.episode;
        if let Some(case) = self.cases.get_mut(episode) {
            case.expire(now, &open, writer, &mut actions);
            self.settle(episode, &mut actions);
        }
        actions
    }

    /// What of a situation nobody decided about, as the open warning sees it.
    fn open_part(&self, situation: &Situation) -> Situation {
        let episode = &situation.subject.episode;
        let decided = self.decided.get(episode).map_or(&[][..], Vec::as_slice);
        let Some(case) = self.cases.get(episode) else {
            return decided::open_part(situation, decided);
        };
        // What late data say of the past neither ends nor changes what was issued.
        let past = situation.past.clone().filter(|_| case.issued().is_none());
        let told = Situation::new(situation.subject.clone(), situation.grounds.clone(), past);
        let (crests, unobserved) = (situation.crests.clone(), situation.unobserved);
        let told = Situation { crests, unobserved, ..told };
        let mut open = decided::open_part(&told, decided);
        open.late &= !case.in_force() || open.grounds.is_empty();
        if !case.overtaken_by(&open) && open.level > Level(0) {
            open.onset = open.onset.min(case.warning.onset);
        }
        open
    }

    /// A closed case leaves the desk; its episode may open another.
    fn settle(&mut self, episode: &EpisodeId, actions: &mut Actions) {
        let Some(case) = self.cases.get(episode) else { return };
        if case.changed_in(actions) {
            actions.warnings.push(case.warning.clone());
        }
        if case.closed() {
            self.cases.remove(episode);
        }
    }

    /// A name for a new warning, never given before.
    ///
    /// # Panics
    /// Never: episode ids are at most 40 characters, so the name is one.
    pub fn new_id(&mut self, episode: &EpisodeId, onset: Time) -> WarningId {
        let local = onset.in_vietnam();
        let stem = format!(
            "{episode}-{:04}{:02}{:02}t{:02}{:02}",
            local.year(),
            local.month(),
            local.day(),
            local.hour(),
            local.minute()
        );
        let names =
            std::iter::once(stem.clone()).chain((2..).map(|number| format!("{stem}-{number}")));
        let mut ids = names.map(|name| name.parse().expect("an episode id is shorter than 40"));
        let id: WarningId =
            ids.find(|id| !self.used.contains(id)).expect("the names never run out");
        self.used.insert(id.clone());
        id
    }
}
