//! Looks at the status every few seconds, for everybody at once, and tells the live stream of changes.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::time::{MissedTickBehavior, interval};

use super::gather::gather;
use super::{HistoryView, LedgerView, Status};
use crate::app::{App, Inner};
use crate::live::{LiveFrame, status_frame};
use crate::problem::Problem;

/// How often it looks.
const EVERY: Duration = Duration::from_secs(2);

/// The status as last seen.
#[derive(Debug, Default)]
pub(crate) struct Watched(Mutex<Option<Arc<Status>>>);

impl Watched {
    /// The status: as last seen, with the ledger, the history and other brokers as they are now.
    ///
    /// # Errors
    /// Nothing was seen yet and the store cannot be read.
    pub(crate) async fn now(&self, app: &Inner, signed_in: bool) -> Result<Status, Problem> {
        let seen = self.seen();
        let status = match seen {
            Some(status) => Status::clone(&status),
            None => gather(app).await?,
        };
        let ledger = LedgerView::of(app.parts.ledger.status(), signed_in);
        let history = HistoryView::of(app.parts.history.watch.now(), signed_in);
        let external = (app.parts.external_status)().into_iter();
        let external = external.map(|broker| broker.shown(signed_in)).collect();
        Ok(Status { ledger, history, external, ..status })
    }

    /// The status as last seen, as an event of the live stream.
    pub(crate) fn frame(&self) -> LiveFrame {
        self.seen().map(|status| status_frame(&status)).unwrap_or_default()
    }

    /// Takes a new status; true when something changed that a person would want to know.
    fn take(&self, status: Arc<Status>) -> bool {
        let mut seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // What is wrong with other brokers stands among the problems; their counts change all the time.
        let quiet = |status: &Status| Status {
            ledger: LedgerView::default(),
            history: HistoryView::default(),
            external: Vec::new(),
            ..status.clone()
        };
        let changed = seen.as_ref().is_none_or(|old| quiet(old) != quiet(&status));
        *seen = Some(status);
        changed
    }

    fn seen(&self) -> Option<Arc<Status>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// Watches until the stop signal.
pub(crate) async fn run(app: App) {
    let mut ticks = interval(EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            () = app.0.stop.cancelled() => return,
            _ = ticks.tick() => {}
        }
        match gather(&app.0).await {
            Ok(status) => {
                let status = Arc::new(status);
                if app.0.status.take(Arc::clone(&status)) {
                    app.0.live.tell_once(|_| status_frame(&status));
                }
            }
            Err(problem) => tracing::warn!(?problem, "The status cannot be put together."),
        }
    }
}
