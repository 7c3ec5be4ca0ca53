//! What one arrival leads to, and who works it out.

use serde::{Deserialize, Serialize};

use crate::{
    AlarmRecord, Arrival, CheckedReading, ClockState, CommandError, DutyDesk, DutyRecord, Notice,
    SeriesId, SeriesKey, Stamp, StationHealth, StationId, Time, Transition, Warning,
    WarningMessage,
};

/// Why a message or a reading was put aside.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SetAsideReason {
    /// No bytes.
    Empty,
    /// Not UTF-8.
    NotUtf8,
    /// Not JSON, or cut off.
    NotJson,
    /// Nested deeper or longer than any station's message.
    TooMuch,
    /// JSON, but not of the described form.
    WrongForm,
    /// The station is not in the configuration.
    UnknownStation,
    /// The parameter is not in the configuration.
    UnknownParameter,
    /// The unit is unknown, or does not measure this.
    UnknownUnit,
    /// NaN, infinite, or not a number at all.
    NotANumber,
    /// One of the values that loggers send for "no value" (−999, 9999, 6999 …).
    Sentinel,
    /// The time is more than the tolerance in the future.
    FutureTime,
    /// The time is before stations existed (1970, 2000 …): a clock after a power loss.
    AncientTime,
    /// The time cannot be read.
    WrongTime,
    /// A retained copy without a time of its own.
    RetainedWithoutTime,
    /// The same name twice in one object.
    DuplicateName,
}

/// Something that was received and stored but could not be used.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SetAside {
    /// Whose.
    pub station: StationId,
    /// Why.
    pub reason: SetAsideReason,
    /// The input and what to do, in one sentence.
    pub detail: String,
    /// JSON Pointer into the payload; empty = the whole message.
    pub pointer: String,
}

/// What one arrival leads to. Stored whole with its arrival, or not at all.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Outcome {
    /// Readings with verdicts, measured and derived, in order.
    pub readings: Vec<CheckedReading>,
    /// Series seen for the first time.
    pub new_series: Vec<(SeriesId, SeriesKey)>,
    /// What could not be used.
    pub set_aside: Vec<SetAside>,
    /// Readings that repeated a known value at a known time.
    pub duplicates: u32,
    /// Changes of alarm states.
    pub transitions: Vec<Transition>,
    /// Alarm states as they are now, where they changed.
    pub alarms: Vec<AlarmRecord>,
    /// Station health, where a condition, the connection or the first message changed it.
    pub health: Vec<StationHealth>,
    /// Warnings as they are now, where they changed.
    pub warnings: Vec<Warning>,
    /// Messages that go out.
    pub messages: Vec<WarningMessage>,
    /// The outbox.
    pub notices: Vec<Notice>,
    /// For a command: whether it was carried out.
    pub command: Option<Result<(), CommandError>>,
    /// For an act at the duty desk: its line in the shift log.
    #[serde(default)]
    pub duty: Option<DutyRecord>,
    /// The duty desk as it is now, where it changed.
    #[serde(default)]
    pub duty_desk: Option<DutyDesk>,
    /// For a reprocessed arrival: set-asides of that arrival are settled.
    pub settles: Option<u64>,
}

/// What was stored before, for a processor that remembers only the last of it.
pub trait Past {
    /// The readings that arrivals before `seq` left at that instant of a series, oldest first.
    fn stored(&self, series: SeriesId, at: Time, seq: u64) -> Vec<CheckedReading>;
}

/// Nothing was stored before.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoPast;

impl Past for NoPast {
    fn stored(&self, _: SeriesId, _: Time, _: u64) -> Vec<CheckedReading> {
        Vec::new()
    }
}

/// Works out what an arrival leads to: a deterministic function of the journal so far.
pub trait Processor: Send {
    /// Takes the next arrival. Arrivals come in journal order.
    fn apply(&mut self, arrival: &Arrival) -> Outcome;

    /// Takes the next arrival, and may look up what earlier ones left. A processor that needs no past ignores it.
    fn apply_after(&mut self, arrival: &Arrival, past: &dyn Past) -> Outcome {
        let _unused = past;
        self.apply(arrival)
    }

    /// Hears which series have which number already, before anything is restored or replayed: numbers are for ever,
    /// whatever order a newer program would give them in.
    fn know_series(&mut self, known: &[(SeriesId, SeriesKey)]) {
        let _unused = known;
    }

    /// The number of every series it uses, so that the caller can compare them with what is stored. Empty = it keeps none.
    fn series(&self) -> Vec<(SeriesId, SeriesKey)> {
        Vec::new()
    }

    /// Why it cannot continue, with what to do, although every arrival was taken: a configuration of the journal that it
    /// could not read.
    ///
    /// # Errors
    /// The sentence.
    fn complete(&self) -> Result<(), String> {
        Ok(())
    }

    /// What the journal last said of the clock.
    fn clock(&self) -> ClockState {
        ClockState::default()
    }

    /// The newest time of each station's last live message since the process started: witnesses for the clock. Not part of
    /// what is restored or compared.
    fn stamps(&self) -> Vec<Stamp> {
        Vec::new()
    }

    /// When something becomes due although nothing arrives. A tick at or after it is then journalled.
    fn next_deadline(&self) -> Option<Time>;

    /// The whole state, to continue from.
    fn checkpoint(&self) -> Vec<u8>;

    /// Continues from a checkpoint.
    ///
    /// # Errors
    /// The bytes are not a checkpoint of this version; the caller replays the journal from its beginning.
    fn restore(&mut self, checkpoint: &[u8]) -> Result<(), String>;

    /// Health of every station as it is now, for the pages; not part of the journal's outcome.
    fn health(&self) -> Vec<StationHealth>;
}
