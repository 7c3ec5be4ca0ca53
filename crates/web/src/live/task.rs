//! Follows the ledger and makes frames.

use std::time::Duration;

use domain::Time;
use serde_json::json;
use store::Applied;
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::{RecvError, TryRecvError};
use tokio::time::{Instant, MissedTickBehavior, interval, sleep_until};

use super::frame::{Frame, Sent};
use super::pending::Pending;
use crate::app::App;
use crate::in_force::Expiries;
use crate::measures;
use crate::reads::Lane;

/// At most four frames a second …
const BETWEEN: Duration = Duration::from_millis(250);
/// … but the first after a rest waits only for what belongs to it.
const GATHER: Duration = Duration::from_millis(15);
/// A sign of life.
const PING: Duration = Duration::from_secs(15);
/// Frames are made for so long after the last client left: it may come back and resume.
const LINGER: Duration = Duration::from_secs(60);
/// Arrivals taken at a time before others get a turn.
const AT_ONCE: usize = 1_024;

struct Task {
    app: App,
    receiver: Receiver<Applied>,
    pending: Pending,
    last_frame: Instant,
    last_heard: Option<Instant>,
    due: Option<Instant>,
}

/// Follows the ledger until the stop signal, or until the ledger ends.
pub(crate) async fn run(app: App) {
    // Followed first, read afterwards: nothing falls in between, and what is seen twice does no harm.
    let receiver = app.0.parts.ledger.live();
    load(&app).await;
    let mut task = Task {
        receiver,
        pending: Pending::new(app.0.parts.ledger.status().last_seq),
        last_frame: Instant::now() - BETWEEN,
        last_heard: None,
        due: None,
        app,
    };
    let stop = task.app.0.stop.clone();
    let mut ping = interval(PING);
    ping.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        let due = task.due.unwrap_or_else(|| Instant::now() + PING);
        tokio::select! {
            () = stop.cancelled() => return,
            received = task.receiver.recv() => if !task.take(received).await { return },
            () = sleep_until(due), if task.due.is_some() => task.tell(),
            _ = ping.tick() => task.ping(),
        }
    }
}

impl Task {
    /// Takes what was committed; false when nothing will come any more.
    async fn take(&mut self, received: Result<Applied, RecvError>) -> bool {
        match received {
            Ok(applied) => self.add(&applied),
            Err(RecvError::Lagged(missed)) => self.start_anew(missed).await,
            Err(RecvError::Closed) => return false,
        }
        for _ in 0..AT_ONCE {
            match self.receiver.try_recv() {
                Ok(applied) => self.add(&applied),
                Err(TryRecvError::Lagged(missed)) => self.start_anew(missed).await,
                Err(TryRecvError::Empty | TryRecvError::Closed) => break,
            }
        }
        if self.due.is_none() && !self.pending.is_empty() {
            self.due = Some((self.last_frame + BETWEEN).max(Instant::now() + GATHER));
        }
        true
    }

    fn add(&mut self, applied: &Applied) {
        let live = &self.app.0.live;
        live.expiries.take(&applied.outcome.messages);
        self.pending.add(applied, &live.latest);
    }

    fn tell(&mut self) {
        let live = &self.app.0.live;
        self.due = None;
        self.last_frame = Instant::now();
        if live.heard() {
            self.last_heard = Some(self.last_frame);
        }
        if self.last_heard.is_none_or(|heard| heard.elapsed() > LINGER) {
            self.pending.clear();
            return live.forget(self.pending.seq());
        }
        let pack = (self.app.0.parts.pack)();
        let (seq, frame) = self.pending.frame(live, &pack);
        metrics::counter!(measures::LIVE_FRAMES).increment(1);
        live.tell(seq, frame);
    }

    fn ping(&self) {
        let now = self.app.0.parts.ledger.now();
        self.app.0.live.tell_once(|seq| ping_frame(now, seq));
    }

    /// The ledger was faster than this task: what was missed is read from the store, and every client
    /// must do the same.
    async fn start_anew(&mut self, missed: u64) {
        tracing::warn!(missed_arrivals = missed, "The live stream fell behind and starts anew.");
        load(&self.app).await;
        self.pending.clear();
        let live = &self.app.0.live;
        // The arrival after the last one seen is among the missed, so no frame will have its seq.
        live.forget(self.pending.seq() + 1);
        live.tell_once(|seq| reset_frame(Some(seq)));
    }
}

async fn load(app: &App) {
    let reader = app.0.parts.ledger.reader();
    match app.0.reads.read(Lane::Staff, reader, store::Reader::series).await {
        Ok(series) => app.0.live.latest.load(series),
        Err(problem) => tracing::error!(?problem, "The latest readings cannot be read."),
    }
    match app.0.reads.read(Lane::Staff, app.0.parts.ledger.reader(), Expiries::read).await {
        Ok(expiries) => app.0.live.expiries.load(expiries),
        Err(problem) => tracing::error!(?problem, "The open warnings cannot be read."),
    }
}

/// A sign of life, with the seq to resume from.
pub(super) fn ping_frame(now: Time, seq: u64) -> Sent {
    let mut frame = Frame::default();
    frame.event("ping", &json!({ "now": now }));
    frame.finish(Some(seq))
}

/// Everything must be read anew.
pub(super) fn reset_frame(seq: Option<u64>) -> Sent {
    let mut frame = Frame::default();
    frame.event("reset", &json!({}));
    frame.finish(seq)
}

/// How the system is.
pub(crate) fn status_frame(status: &impl serde::Serialize) -> Sent {
    let mut frame = Frame::default();
    frame.event("status", status);
    frame.finish(None)
}
