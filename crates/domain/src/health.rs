//! How a station is, apart from what it measures.

use serde::{Deserialize, Serialize};

use crate::{StationId, Time};

/// Something that is wrong with a station. Separate states: one does not hide another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Condition {
    /// Nothing was received for longer than its reporting interval allows.
    Silent,
    /// Its times are in the future, or far from when they are received.
    ClockWrong,
    /// Its battery is below the limit.
    BatteryLow,
    /// Its messages are mostly put aside.
    SendsNonsense,
    /// It is heard, but a sensor that is watched gives no usable value any more.
    SensorSilent,
    /// A sensor gave a value that cannot be, or that something contradicts.
    Implausible,
    /// Its maintenance has ended by itself: it is watched again.
    MaintenanceOver,
}

/// How a station is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StationHealth {
    /// Which station.
    pub station: StationId,
    /// Connected to the broker, as the broker last said; battery stations disconnect on purpose.
    pub connected: Option<bool>,
    /// When the last message of any kind was received.
    pub last_received: Option<Time>,
    /// The newest observation time among accepted readings.
    pub last_observed: Option<Time>,
    /// What is wrong, with since when.
    pub conditions: Vec<(Condition, Time)>,
    /// Last battery voltage, V.
    pub battery_volts: Option<f64>,
    /// Messages received since the beginning of the journal.
    pub messages: u64,
    /// Readings put aside since the beginning of the journal.
    pub set_aside: u64,
    /// Readings that repeated a known value at a known time.
    pub duplicates: u64,
    /// Somebody works on it: its technical alarms are muted, its flood alarms are not.
    #[serde(default)]
    pub maintenance: Option<Maintenance>,
}

/// Work on a station that somebody announced.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Maintenance {
    /// Who announced it.
    pub by: String,
    /// Why.
    pub reason: String,
    /// Since when.
    pub since: Time,
    /// Until when; absent = until somebody says that it is over.
    pub until: Option<Time>,
}
