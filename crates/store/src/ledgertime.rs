//! The timekeeper with the clock that it looks at, shared by the thread and the handles.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use domain::{ClockState, Span, Stamp, Time};

use crate::clock::Clock;
use crate::status::ClockReport;
use crate::timekeeper::{Timekeeper, real};

/// The ledger's time.
#[derive(Clone)]
pub(crate) struct LedgerTime {
    clock: Arc<dyn Clock>,
    keeper: Arc<Mutex<Timekeeper>>,
}

/// What the journal is to be told of the clock.
pub(crate) struct News {
    pub(crate) state: ClockState,
    pub(crate) from: Option<Time>,
}

impl LedgerTime {
    pub(crate) fn start(clock: Arc<dyn Clock>, alive_at: Option<Time>, before: ClockState) -> Self {
        let keeper = Timekeeper::start(alive_at, clock.now(), clock.elapsed(), before);
        Self { clock, keeper: Arc::new(Mutex::new(keeper)) }
    }

    pub(crate) fn now(&self) -> Time {
        self.look().1
    }

    /// How long to wait for that time.
    pub(crate) fn until(&self, at: Time) -> Duration {
        match self.clock.elapsed() {
            Some(_) => real(at - self.now()),
            None => self.clock.until(at),
        }
    }

    /// How far the wall clock is ahead.
    pub(crate) fn gap(&self) -> Span {
        self.look().0.gap()
    }

    pub(crate) fn report(&self) -> ClockReport {
        let (keeper, now) = self.look();
        ClockReport {
            now,
            wall: now + keeper.gap(),
            ahead: keeper.gap(),
            fault: keeper.fault(),
            open: keeper.is_open(),
            ntp: self.clock.ntp(),
        }
    }

    /// What the journal does not say yet, or everything.
    pub(crate) fn news(&self, said: ClockState, everything: bool) -> Option<News> {
        let (mut keeper, _) = self.look();
        let news = everything || keeper.is_news(said);
        news.then(|| News { state: keeper.state(), from: keeper.went_from() })
    }

    /// Hears what stations say, if it is open which clock is right.
    pub(crate) fn hear(&self, stamps: impl FnOnce() -> (Vec<Stamp>, usize)) {
        let (mut keeper, _) = self.look();
        if keeper.is_open() {
            let (stamps, stations) = stamps();
            keeper.vote(&stamps, stations);
        }
    }

    pub(crate) fn confirm(&self) -> bool {
        self.look().0.confirm()
    }

    fn look(&self) -> (MutexGuard<'_, Timekeeper>, Time) {
        let mut keeper = self.keeper.lock().unwrap_or_else(PoisonError::into_inner);
        // Looked at under the lock: two that look at once must not see the clock in another order.
        let now = keeper.look(self.clock.now(), self.clock.elapsed());
        (keeper, now)
    }
}
