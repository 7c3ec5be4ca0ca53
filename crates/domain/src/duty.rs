//! The people at the desk: whose shift it is, what is handed over, who looks after a waiting warning, who was
//! called by telephone. Every act is an arrival; what it led to is a line of the shift log.

use serde::{Deserialize, Serialize};

use crate::{Level, RecipientId, SensorId, StationId, Time, WarningId, WarningState};

/// Somebody who is signed in, as known and as printed at that time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Officer {
    /// Name to sign in with.
    pub user: String,
    /// Name as printed under a warning: `Nguyễn Thị Lan (lan)`.
    pub name: String,
}

/// What an officer does at the desk.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum DutyEntry {
    /// Begins their shift (nhận ca).
    TakeOver {
        /// The handover that was read and is accepted, by its arrival; `None` = there is none.
        handover: Option<u64>,
        /// Remark.
        remark: Option<String>,
    },
    /// Offers their shift (giao ca). They stay on duty until somebody takes over.
    HandOver {
        /// To whom; `None` = whoever comes.
        to: Option<Officer>,
        /// What the next one must know.
        remark: Option<String>,
        /// How things stand, as it was on the screen.
        picture: Box<DeskPicture>,
    },
    /// Writes something down.
    Note {
        /// What.
        text: String,
        /// About which warning.
        warning: Option<WarningId>,
    },
    /// Looks after a draft that waits, so that others see that somebody does.
    Take {
        /// Which warning.
        warning: WarningId,
    },
    /// Called somebody by telephone.
    Call {
        /// About which warning.
        warning: WarningId,
        /// Whom.
        recipient: RecipientId,
        /// What came of it.
        reached: Reached,
        /// Remark.
        remark: Option<String>,
    },
}

impl DutyEntry {
    /// Short name, as in the API and in the table.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::TakeOver { .. } => "take_over",
            Self::HandOver { .. } => "hand_over",
            Self::Note { .. } => "note",
            Self::Take { .. } => "take",
            Self::Call { .. } => "call",
        }
    }

    /// The warning it is about.
    #[must_use]
    pub const fn warning(&self) -> Option<&WarningId> {
        match self {
            Self::Note { warning, .. } => warning.as_ref(),
            Self::Take { warning } | Self::Call { warning, .. } => Some(warning),
            Self::TakeOver { .. } | Self::HandOver { .. } => None,
        }
    }
}

/// What came of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reached {
    /// The person themselves said that they know: counts as their receipt.
    Confirmed,
    /// Somebody else will tell them: no receipt.
    Told,
    /// Nobody answered.
    NoAnswer,
    /// Somebody else has that number.
    WrongNumber,
}

/// How things stand at a handover.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct DeskPicture {
    /// Warnings in force or with a draft that waits, newest first.
    pub warnings: Vec<OpenWarning>,
    /// Places with the highest alarm levels, worst first.
    pub highest: Vec<HighLevel>,
    /// Stations that are not as they should be.
    pub stations: Vec<StationTrouble>,
    /// Notices that were given up and that nobody has dealt with.
    pub given_up: u64,
    /// Notices of open warnings whose receipt was due and did not come.
    pub unconfirmed: u64,
}

/// An open warning at a handover.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpenWarning {
    /// Which.
    pub id: WarningId,
    /// Name of its episode, Vietnamese.
    pub name: String,
    /// `draft` or `issued`.
    pub state: WarningState,
    /// The level last issued, or that of the draft.
    pub level: Level,
    /// The level of the draft that waits.
    pub waits: Option<Level>,
}

/// A place in alarm at a handover.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct HighLevel {
    /// Station or basin.
    pub target: StationId,
    /// What is measured.
    pub parameter: String,
    /// By which sensor, when it is not the main one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sensor: Option<SensorId>,
    /// Its level.
    pub level: Level,
    /// The newest value in canonical units.
    pub value: f64,
    /// When it was observed.
    pub observed_at: Time,
}

/// A station that is not as it should be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StationTrouble {
    /// Which.
    pub station: StationId,
    /// What is wrong, and since when.
    pub conditions: Vec<(crate::Condition, Time)>,
}

/// The desk as it is: whose shift, what waits to be accepted, who looks after what.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct DutyDesk {
    /// Whose shift it is; `None` = nobody has begun one yet.
    pub shift: Option<Shift>,
    /// Offered and not accepted yet.
    pub handover: Option<Handover>,
    /// Drafts that somebody looks after, by warning.
    pub claims: Vec<Claim>,
}

/// A shift that goes on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shift {
    /// The arrival that began it.
    pub seq: u64,
    /// Whose.
    pub officer: Officer,
    /// Since when.
    pub since: Time,
    /// Nobody had handed over.
    pub unannounced: bool,
}

/// A shift that is offered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Handover {
    /// Its arrival; who accepts it names it.
    pub seq: u64,
    /// When.
    pub at: Time,
    /// By whom.
    pub from: Officer,
    /// To whom; `None` = whoever comes.
    pub to: Option<Officer>,
    /// What the next one must know.
    pub remark: Option<String>,
}

/// A draft that somebody looks after.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claim {
    /// Of which warning.
    pub warning: WarningId,
    /// Who.
    pub officer: Officer,
    /// Since when.
    pub at: Time,
}

/// A line of the shift log. Never changed afterwards.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DutyRecord {
    /// Processing time.
    pub at: Time,
    /// Who.
    pub who: Officer,
    /// What.
    pub entry: DutyEntry,
    /// Who had the shift or the warning before.
    pub before: Option<Officer>,
    /// A shift taken over though nobody had handed it over.
    pub unannounced: bool,
}

impl DutyRecord {
    /// Short name: that of its entry, or `take_back` when somebody took their own offer back.
    #[must_use]
    pub fn name(&self) -> &'static str {
        let own = self.before.as_ref().is_some_and(|before| before.user == self.who.user);
        match &self.entry {
            DutyEntry::TakeOver { .. } if own => "take_back",
            entry => entry.name(),
        }
    }
}

/// Why an act at the desk was not carried out.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
pub enum DutyError {
    /// Somebody else is on duty.
    #[error("{0} is on duty: only they can hand over; take over first")]
    NotYourShift(String),
    /// They are on duty already.
    #[error("you are on duty already, and nothing waits to be taken back")]
    OnDutyAlready,
    /// The handover on the screen is not the one that waits.
    #[error("another handover waits now, or none: look again, then take over")]
    HandoverChanged,
    /// Nothing waits there to be looked after.
    #[error("'{0}' has no draft that waits: there is nothing to look after")]
    NothingWaits(WarningId),
    /// Nobody of that name is told of that warning.
    #[error("'{0}' is no recipient: see recipients.toml")]
    NoSuchRecipient(RecipientId),
    /// A note without words.
    #[error("write something: the note is empty")]
    Empty,
}
