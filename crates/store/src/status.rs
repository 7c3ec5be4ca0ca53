//! What the thread tells the handles: whether it writes, how the stations are, what was committed.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};

use domain::{ClockFault, Span, StationHealth, Time};
use serde::Serialize;
use tokio::sync::{broadcast, watch};

use crate::Refusal;
use crate::ledger::Applied;

/// Commits that a slow live receiver may be behind.
const LIVE: usize = 4_096;

/// Whether the ledger can write.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct LedgerStatus {
    /// The last commit succeeded.
    pub writing: bool,
    /// Since when commits fail.
    pub failing_since: Option<Time>,
    /// Why they fail.
    pub reason: Option<String>,
    /// The newest arrival on disk.
    pub last_seq: u64,
    /// When something was last committed.
    pub last_commit_at: Option<Time>,
}

/// How the wall clock stands against the ledger's time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClockReport {
    /// The ledger's time.
    pub now: Time,
    /// What the wall clock shows.
    pub wall: Time,
    /// How far the wall clock is ahead; below zero when it is behind.
    pub ahead: Span,
    /// What is wrong, until both are one again or a person confirmed the wall clock.
    pub fault: Option<ClockFault>,
    /// It is not known yet which of the two is the time of the world.
    pub open: bool,
    /// Whether the system says that the wall clock is set by a network; `None` where it does not say.
    pub ntp: Option<bool>,
}

/// Shared by the thread and the handles.
pub(crate) struct Shared {
    status: Mutex<LedgerStatus>,
    failing: AtomicBool,
    stopping: AtomicBool,
    health: RwLock<Arc<Vec<StationHealth>>>,
    pub(crate) live: broadcast::Sender<Applied>,
    /// The newest arrival on disk.
    pub(crate) last_seq: watch::Sender<u64>,
    /// True once the thread has ended, however.
    pub(crate) gone: watch::Sender<bool>,
}

impl Shared {
    pub(crate) fn new() -> Self {
        let status = LedgerStatus {
            writing: true,
            failing_since: None,
            reason: None,
            last_seq: 0,
            last_commit_at: None,
        };
        Self {
            status: Mutex::new(status),
            failing: AtomicBool::new(false),
            stopping: AtomicBool::new(false),
            health: RwLock::default(),
            live: broadcast::channel(LIVE).0,
            last_seq: watch::Sender::new(0),
            gone: watch::Sender::new(false),
        }
    }

    pub(crate) fn status(&self) -> LedgerStatus {
        self.lock().clone()
    }

    /// Why nothing new is taken now, if so.
    pub(crate) fn refusal(&self) -> Option<Refusal> {
        if self.stopping.load(Ordering::Acquire) {
            return Some(Refusal::Stopping);
        }
        if !self.failing.load(Ordering::Acquire) {
            return None;
        }
        Some(Refusal::Failing(self.lock().reason.clone().unwrap_or_default()))
    }

    pub(crate) fn refuse_from_now_on(&self) {
        self.stopping.store(true, Ordering::Release);
    }

    pub(crate) fn committed(&self, last_seq: u64, at: Time) {
        let mut status = self.lock();
        status.writing = true;
        status.failing_since = None;
        status.reason = None;
        status.last_seq = last_seq;
        status.last_commit_at = Some(at);
        self.failing.store(false, Ordering::Release);
        drop(status);
        self.last_seq.send_if_modified(|known| std::mem::replace(known, last_seq) != last_seq);
    }

    pub(crate) fn failed(&self, reason: String, at: Time) {
        let mut status = self.lock();
        status.writing = false;
        status.failing_since.get_or_insert(at);
        status.reason = Some(reason);
        self.failing.store(true, Ordering::Release);
    }

    pub(crate) fn health(&self) -> Arc<Vec<StationHealth>> {
        self.health.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(crate) fn set_health(&self, health: Vec<StationHealth>) {
        *self.health.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(health);
    }

    fn lock(&self) -> MutexGuard<'_, LedgerStatus> {
        self.status.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
