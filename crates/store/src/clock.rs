//! Time and options, as the server gives them.

use std::path::PathBuf;
use std::time::Duration;

use domain::{Realm, Span, Time};

/// Where time comes from; the server decides (system clock, or a drill's scaled clock). It may be set: the ledger keeps a
/// time of its own by it, see [`Ledger::now`](crate::Ledger::now).
pub trait Clock: Send + Sync + 'static {
    /// The instant it is.
    fn now(&self) -> Time;
    /// How long to wait in real time until that instant; zero when it is past.
    fn until(&self, at: Time) -> Duration;
    /// How much time has gone by since some instant of this process, whatever the clock was set to meanwhile. `None` for a
    /// clock that nobody can set: it is believed.
    fn elapsed(&self) -> Option<Span> {
        None
    }
    /// Whether the system says that it is set by a network (NTP); `None` where it does not say.
    fn ntp(&self) -> Option<bool> {
        None
    }
}

/// How to open a ledger.
#[derive(Debug, Clone)]
pub struct Options {
    /// The file; created if there is none. Beside it: `-wal`, `-shm` and `.lock`.
    pub path: PathBuf,
    /// Real or exercise, for ever.
    pub realm: Realm,
    /// Most arrivals in one transaction, 1 or more.
    pub batch: usize,
    /// Arrivals and notes that may wait before new ones are refused, 1 or more.
    pub queue: usize,
    /// Readings kept in memory before they are folded into chunks, 1 or more; [`FOLD_READINGS`] where memory is ample.
    pub fold_readings: usize,
}

/// Readings kept in memory on a common machine: some tens of megabytes.
pub const FOLD_READINGS: usize = 500_000;

/// Limits that only tests change.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Tuning {
    /// Readings in memory at which they are folded into chunks.
    pub(crate) fold_readings: usize,
    /// Journal rows after the last fold at which readings are folded, however few: bounds the restart.
    pub(crate) fold_rows: u64,
    /// Work of one slice of folding, so that an arrival is not kept waiting.
    pub(crate) fold_slice: Duration,
    /// Most readings in one chunk.
    pub(crate) chunk_readings: u32,
    /// Arrivals between two checkpoints of the processor.
    pub(crate) checkpoint_arrivals: u64,
}

impl Default for Tuning {
    fn default() -> Self {
        Self {
            fold_readings: FOLD_READINGS,
            fold_rows: 250_000,
            fold_slice: Duration::from_millis(2),
            chunk_readings: 2_048,
            checkpoint_arrivals: 50_000,
        }
    }
}
