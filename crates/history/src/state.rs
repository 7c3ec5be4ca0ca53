//! How the long memory stands, for pages, measurements and alarms.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use domain::Time;
use serde::Serialize;

use crate::influx::InfluxError;

/// Where the relay stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum HistoryState {
    /// No server is configured.
    Off,
    /// It started and has not heard from the server yet.
    Starting,
    /// Everything that is in the ledger is there.
    Current,
    /// It works, and there is more to carry over.
    CatchingUp,
    /// The server was found empty, or with less than it had: what is missing is written again.
    Emptied,
    /// Nobody answers.
    Unreachable,
    /// Connections are taken and not answered.
    Hung,
    /// The token is missing, wrong, or may not do this.
    Unauthorized,
    /// A bucket or the organisation is missing and cannot be made.
    NoBucket,
    /// The server wants fewer requests.
    TooMany,
    /// The server takes nothing of what is sent.
    Refusing,
    /// The server's disk is full or read-only.
    Full,
    /// The server answers that it is broken.
    ServerError,
    /// The ledger cannot be read.
    Unreadable,
}

impl HistoryState {
    /// Every state.
    pub const ALL: [Self; 14] = [
        Self::Off,
        Self::Starting,
        Self::Current,
        Self::CatchingUp,
        Self::Emptied,
        Self::Unreachable,
        Self::Hung,
        Self::Unauthorized,
        Self::NoBucket,
        Self::TooMany,
        Self::Refusing,
        Self::Full,
        Self::ServerError,
        Self::Unreadable,
    ];

    /// Nothing can be carried over.
    #[must_use]
    pub const fn is_fault(self) -> bool {
        !matches!(
            self,
            Self::Off | Self::Starting | Self::Current | Self::CatchingUp | Self::Emptied
        )
    }

    /// Its name, as in the API and in measurements.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Off => "off",
            Self::Starting => "starting",
            Self::Current => "current",
            Self::CatchingUp => "catching_up",
            Self::Emptied => "emptied",
            Self::Unreachable => "unreachable",
            Self::Hung => "hung",
            Self::Unauthorized => "unauthorized",
            Self::NoBucket => "no_bucket",
            Self::TooMany => "too_many",
            Self::Refusing => "refusing",
            Self::Full => "full",
            Self::ServerError => "server_error",
            Self::Unreadable => "unreadable",
        }
    }
}

impl From<&InfluxError> for HistoryState {
    fn from(error: &InfluxError) -> Self {
        match error {
            InfluxError::Unreachable(_) => Self::Unreachable,
            InfluxError::Hung(_) => Self::Hung,
            InfluxError::Unauthorized(_) => Self::Unauthorized,
            InfluxError::NoBucket(_) => Self::NoBucket,
            InfluxError::Refused(_) => Self::Refusing,
            InfluxError::TooMany { .. } => Self::TooMany,
            InfluxError::Full(_) => Self::Full,
            InfluxError::ServerError(_) => Self::ServerError,
        }
    }
}

/// How the long memory stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct HistoryStatus {
    /// Where the relay stands.
    pub state: HistoryState,
    /// Since when nothing can be carried over; `None` = it works.
    pub failing_since: Option<Time>,
    /// Why, in the server's words.
    pub reason: Option<String>,
    /// Everything up to this arrival is there.
    pub cursor: u64,
    /// Hours and days are worked out up to this arrival.
    pub summed: u64,
    /// The ledger itself keeps readings observed from then on; `None` = all of them.
    pub kept_from: Option<Time>,
    /// Arrivals that are not there yet.
    pub behind: u64,
    /// Points written since the process started.
    pub points: u64,
    /// Points older than the bucket keeps, left out since the process started.
    pub expired: u64,
    /// Points that the server refused, put aside since the beginning.
    pub refused: u64,
    /// The bucket of raw points.
    pub bucket: Option<String>,
}

impl HistoryStatus {
    /// No server is configured.
    #[must_use]
    pub const fn off() -> Self {
        Self {
            state: HistoryState::Off,
            failing_since: None,
            reason: None,
            cursor: 0,
            summed: 0,
            kept_from: None,
            behind: 0,
            points: 0,
            expired: 0,
            refused: 0,
            bucket: None,
        }
    }
}

/// The status as the relay last set it. Cheap to clone.
#[derive(Debug, Clone)]
pub struct HistoryWatch(Arc<Mutex<Shared>>);

#[derive(Debug)]
struct Shared {
    status: HistoryStatus,
    /// What comes after this arrival was lost by the server, and nobody has worked its hours out again.
    lost_after: Option<u64>,
}

impl HistoryWatch {
    /// Of an installation without a server.
    #[must_use]
    pub fn off() -> Self {
        Self::new(HistoryStatus::off())
    }

    /// How it stands.
    #[must_use]
    pub fn now(&self) -> HistoryStatus {
        self.shared().status.clone()
    }

    pub(crate) fn new(status: HistoryStatus) -> Self {
        Self(Arc::new(Mutex::new(Shared { status, lost_after: None })))
    }

    pub(crate) fn change(&self, change: impl FnOnce(&mut HistoryStatus)) {
        change(&mut self.shared().status);
    }

    /// The server was found without what comes after that arrival. It may be filled again before anybody looks, so
    /// this is remembered until it is taken.
    pub(crate) fn lose_after(&self, seq: u64) {
        let mut shared = self.shared();
        shared.lost_after = Some(shared.lost_after.map_or(seq, |before| before.min(seq)));
    }

    /// After which arrival everything was lost since this was asked last.
    pub(crate) fn take_lost(&self) -> Option<u64> {
        self.shared().lost_after.take()
    }

    fn shared(&self) -> MutexGuard<'_, Shared> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
