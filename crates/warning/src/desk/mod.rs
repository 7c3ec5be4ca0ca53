//! From alarm states to drafts, messages and their end: one open warning per episode.
//!
//! The desk is told how an episode stands ([`Desk::review`]), what people decide ([`Desk::command`]) and
//! how late it is ([`Desk::due`]). It answers with the warnings, messages and notices that follow.

mod case;
mod command;

use std::collections::{BTreeMap, BTreeSet};

use domain::warning::{AreaName, LocalText};
use domain::{
    EpisodeId, Evidence, Level, MessageKind, Notice, Realm, Time, Warning, WarningId,
    WarningMessage,
};
use serde::{Deserialize, Serialize};

pub use case::Case;

use crate::{Directory, Policy};

/// How an episode stands now.
#[derive(Debug, Clone, PartialEq)]
pub struct Situation {
    /// Which episode.
    pub episode: EpisodeId,
    /// Its name, Vietnamese.
    pub name: String,
    /// Its danger.
    pub hazard: String,
    /// Highest level of its alarms; 0 = none.
    pub level: Level,
    /// That level rests on suspect values only.
    pub provisional: bool,
    /// Nothing is alarmed now, but late data say it was.
    pub late: bool,
    /// Event time of the first crossing that still holds.
    pub onset: Time,
    /// What the level rests on, the worst first.
    pub evidence: Vec<Evidence>,
    /// Areas concerned.
    pub areas: Vec<AreaName>,
}

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

/// All open cases.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Desk {
    realm: Realm,
    cases: BTreeMap<EpisodeId, Case>,
    /// Episodes whose draft was rejected, or whose warning was ended or cancelled by a person, with the level
    /// at that time: quiet until the alarms change.
    muted: BTreeMap<EpisodeId, Level>,
    /// Ids given, so that none is given twice.
    used: BTreeSet<WarningId>,
}

impl Desk {
    /// An empty desk.
    #[must_use]
    pub const fn new(realm: Realm) -> Self {
        Self { realm, cases: BTreeMap::new(), muted: BTreeMap::new(), used: BTreeSet::new() }
    }

    /// The open case of an episode.
    #[must_use]
    pub fn case(&self, episode: &EpisodeId) -> Option<&Case> {
        self.cases.get(episode)
    }

    /// When the next draft goes out by itself, or a message runs out.
    #[must_use]
    pub fn next_deadline(&self) -> Option<Time> {
        self.cases.values().filter_map(Case::deadline).min()
    }

    /// The episodes of which something is due at `now`.
    #[must_use]
    pub fn due(&self, now: Time) -> Vec<EpisodeId> {
        let due = |case: &Case| case.deadline().is_some_and(|at| at <= now);
        self.cases.iter().filter(|(_, case)| due(case)).map(|(id, _)| id.clone()).collect()
    }

    /// Takes note of how an episode stands.
    pub fn review(&mut self, now: Time, situation: &Situation, writer: &dyn Writer) -> Actions {
        let mut actions = Actions::default();
        if self.quiet(situation) {
            return actions;
        }
        if !self.cases.contains_key(&situation.episode) {
            if situation.level == Level(0) && !situation.late {
                return actions;
            }
            let id = self.new_id(&situation.episode, situation.onset);
            let case = Case::open(id, self.realm, now, situation);
            self.cases.insert(situation.episode.clone(), case);
        }
        if let Some(case) = self.cases.get_mut(&situation.episode) {
            case.review(now, situation, writer, &mut actions);
            self.settle(&situation.episode, &mut actions);
        }
        actions
    }

    /// Sends out what is due by itself.
    pub fn expire(&mut self, now: Time, situation: &Situation, writer: &dyn Writer) -> Actions {
        let mut actions = Actions::default();
        if let Some(case) = self.cases.get_mut(&situation.episode) {
            case.expire(now, situation, writer, &mut actions);
            self.settle(&situation.episode, &mut actions);
        }
        actions
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

    /// Whether a person decided about this level already.
    fn quiet(&mut self, situation: &Situation) -> bool {
        let Some(level) = self.muted.get(&situation.episode).copied() else { return false };
        if situation.level == Level(0) || situation.level > level {
            self.muted.remove(&situation.episode);
        }
        situation.level <= level && !self.cases.contains_key(&situation.episode)
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
