//! What enters the journal. Everything that can change a reading, an alarm or a warning is an arrival.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::clock::ClockState;
use crate::duty::{DutyEntry, DutyError, Officer};
use crate::warning::LocalText;
use crate::{ForecastAct, Review, SeriesKey, SetAsideReason, StationId, Time, WarningId};

/// The files of a configuration pack: name → text.
pub type PackFiles = BTreeMap<String, String>;

/// Where the targets of alarms about other brokers begin; the name of the broker follows.
pub const LINK_TARGETS: &str = "link.";

/// One line of the journal.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Arrival {
    /// Position in the journal, from 1, without holes.
    pub seq: u64,
    /// When it was received; never before the arrival in front of it.
    pub received_at: Time,
    /// What it is.
    pub body: ArrivalBody,
}

/// What arrived.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum ArrivalBody {
    /// A station's message.
    Telemetry {
        /// The station, as authenticated by the broker.
        station: StationId,
        /// Topic it was published to.
        topic: String,
        /// The bytes.
        payload: Vec<u8>,
        /// A retained copy: its receive time says nothing.
        retained: bool,
        /// Sent again because its acknowledgement did not come: the same may be here already.
        #[serde(default)]
        dup: bool,
        /// Processed again after a configuration change: the original arrival and its receive time.
        again: Option<(u64, Time)>,
    },
    /// A station's connection, as the broker sees it, or its own word (`status` topic, will).
    Presence {
        /// The station.
        station: StationId,
        /// There or gone.
        connected: bool,
    },
    /// A message of another broker that can be no station's telemetry: larger than what is taken, or under a
    /// topic without a station in it. Put aside.
    Unusable {
        /// Whose, as far as its topic says.
        station: StationId,
        /// Topic it was published to.
        topic: String,
        /// How it begins, with what is no text replaced.
        head: String,
        /// Its whole size, bytes.
        bytes: u64,
        /// Why it cannot be used.
        reason: SetAsideReason,
        /// The same in a sentence, with what to do.
        detail: String,
    },
    /// Nothing arrives from another broker any more, or again.
    Link {
        /// Name of the broker in the settings.
        broker: StationId,
        /// Since when nothing arrives; `None` = it is back.
        down_since: Option<Time>,
    },
    /// Nothing but the time.
    Tick,
    /// A configuration that passed validation comes into force.
    Config {
        /// Who applied it.
        by: String,
        /// The files.
        files: PackFiles,
        /// Why, as the person said who applied it on the pages; `None` = the folder was changed by hand.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<String>,
    },
    /// A person's act.
    Command {
        /// User name of the signed-in person.
        user: String,
        /// What they did.
        command: Command,
    },
    /// A person judged readings.
    Review {
        /// User name of the signed-in person.
        user: String,
        /// What they said of which readings.
        review: Review,
    },
    /// What an officer does at the desk, apart from deciding about warnings.
    Duty {
        /// Who.
        user: Officer,
        /// What.
        entry: DutyEntry,
    },
    /// The long memory could not be fed for longer than is borne, or can be again.
    History {
        /// Since when it cannot be fed; `None` = it can again.
        failing_since: Option<Time>,
    },
    /// What the ledger thinks of its clock from now on: it was found wrong or right, or a person said which is right.
    Clock {
        /// What it thinks.
        state: ClockState,
        /// When the ledger's time went forward to a clock that is believed now: where it stood. Nobody could be heard in
        /// between, as in a stop.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        from: Option<Time>,
        /// Who confirmed the clock, and why.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        by: Option<(String, String)>,
    },
    /// A forecast, or the withdrawal of one.
    Forecast {
        /// User name of the signed-in person.
        user: String,
        /// What they did.
        act: ForecastAct,
    },
    /// The process started.
    Started {
        /// When the process before was last seen alive.
        alive_at: Option<Time>,
    },
}

/// What a person can do to a warning.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Command {
    /// Send the draft out, as it is or edited.
    Confirm {
        /// Which warning.
        warning: WarningId,
        /// Number of the draft that was on the screen.
        draft: u32,
        /// The text as edited; `None` = as drafted.
        text: Option<LocalText>,
        /// Remark.
        remark: Option<String>,
    },
    /// Throw the draft away.
    Reject {
        /// Which warning.
        warning: WarningId,
        /// Number of the draft that was on the screen.
        draft: u32,
        /// Why.
        reason: String,
    },
    /// The danger is over.
    End {
        /// Which warning.
        warning: WarningId,
        /// Why.
        reason: String,
    },
    /// The warning was false.
    Cancel {
        /// Which warning.
        warning: WarningId,
        /// Why.
        reason: String,
    },
    /// Somebody works on a station: its technical alarms are muted and its values lower nothing.
    Maintain {
        /// Which station.
        station: StationId,
        /// Until when; `None` = until somebody says that it is over.
        until: Option<Time>,
        /// What is done there.
        reason: String,
    },
    /// The work on a station is over.
    Operate {
        /// Which station.
        station: StationId,
        /// How it stands.
        reason: String,
    },
    /// Try the whole chain: a test warning to exercise recipients.
    Test {
        /// What to say.
        remark: String,
    },
}

/// Why a command was not carried out.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
pub enum CommandError {
    /// There is no such warning.
    #[error("there is no warning '{0}'")]
    NoSuchWarning(WarningId),
    /// The draft on the screen is not the one that waits now.
    #[error("draft {seen} of '{warning}' is not waiting any more: look again, then decide")]
    DraftChanged {
        /// Which warning.
        warning: WarningId,
        /// Number of the draft that was on the screen.
        seen: u32,
    },
    /// The warning is in a state in which this cannot be done.
    #[error("'{warning}' is {state}: {what} is not possible")]
    WrongState {
        /// Which warning.
        warning: WarningId,
        /// Its state.
        state: String,
        /// What was asked.
        what: String,
    },
    /// Readings of this kind cannot be judged, or not in this way.
    #[error("the readings of {} {} cannot be judged: {why}", series.station, series.parameter)]
    NotReviewable {
        /// Whose readings.
        series: SeriesKey,
        /// Why.
        why: String,
    },
    /// A reading is not the one that was on the screen.
    #[error("the reading of {at} is not the one that was on the screen: look again, then decide")]
    ReadingChanged {
        /// When it was observed.
        at: Time,
    },
    /// There is no such station.
    #[error("there is no station '{0}' in stations.toml")]
    NoSuchStation(StationId),
    /// A time that must lie ahead does not.
    #[error("{0} is not in the future: say until when the work lasts, or leave it out")]
    NotAhead(Time),
    /// A reason is needed.
    #[error("say why: the reason is empty")]
    ReasonMissing,
    /// The shift is not as it would have to be.
    #[error(transparent)]
    Duty(#[from] DutyError),
    /// A forecast that cannot be; the sentence names what is wrong with it.
    #[error("{0}")]
    Forecast(String),
}
