//! Warnings: drafted by rules, confirmed by people, issued, updated, ended or cancelled.

use serde::{Deserialize, Serialize};

use crate::{EpisodeId, Evidence, Level, Time, WarningId};

/// Whether a warning is real. A ledger has one realm for ever; a test warning may be made in either.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Realm {
    /// Real: reaches actual recipients.
    Actual,
    /// A drill on recorded or invented data: reaches exercise recipients.
    Exercise,
    /// A trial of the chain: reaches exercise recipients.
    Test,
}

/// Where a warning is in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WarningState {
    /// Never issued; a draft waits for a person or for its time.
    Draft,
    /// Issued and in force; a draft of an update may be waiting too.
    Issued,
    /// Over.
    Ended,
    /// Withdrawn as false.
    Cancelled,
    /// The draft was rejected; never issued.
    Rejected,
}

/// What a message does to its warning.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MessageKind {
    /// The first message.
    Issue,
    /// Replaces the message before.
    Update,
    /// It is over.
    End,
    /// It was false.
    Cancel,
}

impl MessageKind {
    /// Whether nothing is in force after it.
    #[must_use]
    pub const fn is_over(self) -> bool {
        matches!(self, Self::End | Self::Cancel)
    }
}

/// A text in one language.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Text {
    /// One line, at most 140 characters.
    pub headline: String,
    /// What was seen, where, how far above which level, since when, what is expected.
    pub description: String,
    /// What to do.
    pub instruction: String,
}

/// The same text in both languages.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LocalText {
    /// Vietnamese.
    pub vi: Text,
    /// English.
    pub en: Text,
}

/// A message that waits for confirmation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Draft {
    /// The number the message will have; a confirmation names it, so nobody confirms what they have not seen.
    pub number: u32,
    /// What it will do.
    pub kind: MessageKind,
    /// The level it will state.
    pub level: Level,
    /// Rests on suspect data only.
    pub provisional: bool,
    /// Says what was, not what is: found in data that came late.
    pub late: bool,
    /// When it was drafted (processing time).
    pub drafted_at: Time,
    /// When it goes out by itself, if nobody decides; `None` = waits for a person. Of a provisional draft only what
    /// is sure goes out.
    pub auto_at: Option<Time>,
    /// What it says.
    pub text: LocalText,
    /// What it rests on.
    pub evidence: Vec<Evidence>,
}

/// Who sent a message out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "by", content = "name")]
pub enum Author {
    /// A named person.
    Person(String),
    /// The policy of its level, because the time ran out.
    Policy(String),
}

/// A message that went out. Never changed afterwards.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct WarningMessage {
    /// Of which warning.
    pub warning: WarningId,
    /// 1, 2, 3 …
    pub number: u32,
    /// Issue, update, end or cancel.
    pub kind: MessageKind,
    /// Real, exercise or test.
    pub realm: Realm,
    /// Stated level.
    pub level: Level,
    /// Rests on suspect data only.
    pub provisional: bool,
    /// Says what was, not what is.
    pub late: bool,
    /// When it was sent (processing time).
    pub sent_at: Time,
    /// Until when it holds without an update.
    pub expires_at: Time,
    /// Since when the danger is there (event time).
    pub onset: Time,
    /// Who sent it.
    pub author: Author,
    /// The reason or remark given.
    pub remark: Option<String>,
    /// What it says.
    pub text: LocalText,
    /// What it rests on.
    pub evidence: Vec<Evidence>,
    /// What kind of danger, as the configuration names it (`flood`, `rain`, `storm`, `technical`).
    pub hazard: String,
    /// Names of the areas, Vietnamese and English, and their codes.
    pub areas: Vec<AreaName>,
    /// Message numbers of this warning that this one replaces.
    pub replaces: Vec<u32>,
}

impl WarningMessage {
    /// The level that programs go by after this message: none when the warning is over, whatever it was before.
    #[must_use]
    pub const fn level_after(&self) -> Level {
        if self.kind.is_over() { Level(0) } else { self.level }
    }
}

/// An area as printed in a warning.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AreaName {
    /// Name.
    pub name: String,
    /// Administrative code, when there is one.
    #[serde(default)]
    pub code: Option<String>,
    /// Outline as `lat,lon` pairs, closed, when a source gives it.
    #[serde(default)]
    pub polygon: Option<Vec<(f64, f64)>>,
}

/// A warning: one per episode, from its first draft to its end.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Warning {
    /// Its name.
    pub id: WarningId,
    /// What it is about.
    pub episode: EpisodeId,
    /// Name of the episode on screen, Vietnamese.
    pub episode_name: String,
    /// What kind of danger.
    pub hazard: String,
    /// Real, exercise or test.
    pub realm: Realm,
    /// Where it is in its life.
    pub state: WarningState,
    /// The level last issued; before that, the level of the draft.
    pub level: Level,
    /// Rests on suspect data only.
    pub provisional: bool,
    /// Event time of the first crossing.
    pub onset: Time,
    /// Processing time of the first draft.
    pub drafted_at: Time,
    /// Processing time of the last change.
    pub changed_at: Time,
    /// What waits for a person.
    pub draft: Option<Draft>,
    /// How many messages went out.
    pub messages: u32,
    /// The highest value so far at the place that was worst, as far as it is sure.
    pub peak: Option<Evidence>,
    /// Who did what when: draft, confirm, reject, edit, end, cancel, auto-issue.
    pub log: Vec<LogLine>,
}

/// One line of a warning's log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogLine {
    /// Processing time.
    pub at: Time,
    /// Who; `None` = the system.
    pub who: Option<String>,
    /// What: `drafted`, `escalated`, `confirmed`, `edited`, `auto_issued`, `rejected`, `ended`, `cancelled`.
    pub what: String,
    /// Level or reason.
    pub detail: String,
}
