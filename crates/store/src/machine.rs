//! The ledger thread: take what waits, work it out, one commit, answer; look after the file between.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};

use domain::{Arrival, ArrivalBody, ClockState, Processor, Time};
use metrics::{counter, gauge};

use crate::batch::Batch;
use crate::ledger::Request;
use crate::ledgertime::LedgerTime;
use crate::past::Stored;
use crate::read::Reader;
use crate::status::Shared;
use crate::upkeep::Upkeep;
use crate::writer::{JournalEnd, Writer};
use crate::{Refusal, StoreError, measures};

/// Longest sleep, so that a clock that was set is noticed.
const LONGEST_WAIT: Duration = Duration::from_secs(1);

/// A deadline that a tick did not move is looked at again after this time.
const STUCK_DEADLINE: Duration = Duration::from_secs(1);

/// First pause after a failed commit; it doubles up to [`LAST_PAUSE`].
const FIRST_PAUSE: Duration = Duration::from_millis(250);
/// Longest pause between two attempts of a failing commit.
const LAST_PAUSE: Duration = Duration::from_secs(5);

/// Payload bytes after which a batch is closed, so that one transaction stays short.
const BATCH_BYTES: usize = 8 << 20;

/// All that the thread owns.
pub(crate) struct Machine {
    writer: Writer,
    processor: Box<dyn Processor>,
    time: LedgerTime,
    /// What the journal says of the clock.
    said: ClockState,
    reader: Reader,
    shared: Arc<Shared>,
    inbox: Receiver<Request>,
    batch: usize,
    /// The newest arrival, and when it was received.
    seq: u64,
    received_at: Time,
    /// When the process before was last seen alive.
    alive_at: Option<Time>,
    stuck: Option<(Time, Instant)>,
    stopping: bool,
    upkeep: Upkeep,
}

/// What the machine shares with others, and its limits.
pub(crate) struct Parts {
    pub(crate) time: LedgerTime,
    pub(crate) reader: Reader,
    pub(crate) shared: Arc<Shared>,
    pub(crate) inbox: Receiver<Request>,
    pub(crate) batch: usize,
    pub(crate) upkeep: Upkeep,
}

impl Machine {
    pub(crate) fn new(
        writer: Writer,
        processor: Box<dyn Processor>,
        parts: Parts,
        end: JournalEnd,
    ) -> Self {
        let Parts { time, reader, shared, inbox, batch, upkeep } = parts;
        Self {
            writer,
            said: processor.clock(),
            processor,
            time,
            reader,
            shared,
            inbox,
            batch: batch.max(1),
            seq: end.seq,
            received_at: end.received_at,
            alive_at: end.alive_at,
            stuck: None,
            stopping: false,
            upkeep,
        }
    }

    /// Journals that the process started, before anybody can submit.
    pub(crate) fn journal_start(&mut self) -> Result<(), StoreError> {
        let mut batch = Batch::default();
        let started = ArrivalBody::Started { alive_at: self.alive_at };
        self.take(&mut batch, started, None);
        self.look_at_clock(&mut batch, None);
        self.writer.commit(&batch.rows, &[], self.received_at)?;
        self.shared.committed(self.seq, self.received_at);
        self.shared.set_health(self.processor.health());
        Ok(())
    }

    /// Until told to stop, or until every handle is gone.
    pub(crate) fn run(mut self) -> Result<(), StoreError> {
        let _says_that_it_ended = Watch(self.shared.clone(), self.time.clone());
        while !self.stopping {
            let started = Instant::now();
            let mut batch = self.gather();
            self.hear_stations();
            self.look_at_clock(&mut batch, None);
            self.tick(&mut batch);
            if !batch.is_empty() {
                self.commit(batch, started)?;
            }
            self.look_after()?;
        }
        self.finish()
    }

    /// Waits for something to do, then takes what has come meanwhile. One alone is not kept waiting.
    fn gather(&mut self) -> Batch {
        let mut batch = Batch::default();
        let mut bytes = 0;
        let mut next = self.inbox.recv_timeout(self.patience());
        if matches!(next, Err(RecvTimeoutError::Disconnected)) {
            self.stopping = true;
        }
        while let Ok(request) = next {
            match request {
                Request::Arrival { body, reply } => {
                    bytes += size(&body);
                    self.apply(&mut batch, body, Some(reply));
                }
                Request::Note { note, reply } => batch.push_note(note, reply),
                Request::Clock { by, reason, reply } => {
                    let said = self.confirm_clock(&mut batch, by, reason);
                    batch.push_answer(said, reply);
                }
                Request::Stop => self.stopping = true,
                #[cfg(test)]
                Request::Pragma { sql, reply } => {
                    reply.send(self.writer.pragma(&sql)).expect("the test listens");
                }
            }
            let full = batch.rows.len() + batch.notes.len() >= self.batch || bytes >= BATCH_BYTES;
            if self.stopping || full {
                break;
            }
            next = self.inbox.try_recv().map_err(|_| RecvTimeoutError::Timeout);
        }
        batch
    }

    /// Works an arrival out, under what is known of the clock by now.
    fn apply(
        &mut self,
        batch: &mut Batch,
        body: ArrivalBody,
        reply: Option<tokio::sync::oneshot::Sender<Result<crate::Committed, Refusal>>>,
    ) {
        self.look_at_clock(batch, None);
        self.take(batch, body, reply);
    }

    fn take(
        &mut self,
        batch: &mut Batch,
        body: ArrivalBody,
        reply: Option<tokio::sync::oneshot::Sender<Result<crate::Committed, Refusal>>>,
    ) {
        self.seq += 1;
        self.received_at = self.received_at.max(self.time.now());
        let arrival = Arrival { seq: self.seq, received_at: self.received_at, body };
        let processor = &mut self.processor;
        let past = Stored { reader: &self.reader, pending: &batch.rows };
        let outcome = catch_unwind(AssertUnwindSafe(|| processor.apply_after(&arrival, &past)));
        let outcome = outcome.unwrap_or_else(|fault| {
            self.writer.keep_poison(&arrival);
            resume_unwind(fault)
        });
        batch.push(arrival, outcome, reply);
    }

    /// Journals what the clock is found to be, so that a replay judges as is judged now.
    fn look_at_clock(&mut self, batch: &mut Batch, by: Option<(String, String)>) {
        let Some(news) = self.time.news(self.said, by.is_some()) else { return };
        let (before, fault) = (self.said.fault, news.state.fault);
        match fault {
            Some(fault) if before != Some(fault) => {
                let (what, by_seconds) = (fault.kind.name(), fault.by.millis() / 1_000);
                tracing::error!(
                    what,
                    by_seconds,
                    "the system's clock is not where the ledger's time is: the ledger goes on by elapsed time, look at the clock"
                );
            }
            None if before.is_some() => tracing::info!("the system's clock is no more in doubt"),
            _ => {}
        }
        gauge!(measures::CLOCK_FAULT).set(if fault.is_some() { 1.0 } else { 0.0 });
        self.said = news.state;
        self.take(batch, ArrivalBody::Clock { state: news.state, from: news.from, by }, None);
    }

    /// While it is open which clock is right, the stations are asked.
    fn hear_stations(&mut self) {
        gauge!(measures::CLOCK_AHEAD).set(self.time.gap().millis() as f64 / 1_000.0);
        let processor = &self.processor;
        self.time.hear(|| (processor.stamps(), processor.health().len()));
    }

    fn confirm_clock(&mut self, batch: &mut Batch, by: String, reason: String) -> bool {
        let needed = self.time.confirm();
        if needed {
            self.look_at_clock(batch, Some((by, reason)));
        }
        needed
    }

    /// Journals that time passed, if something is due that no arrival of the batch took care of.
    fn tick(&mut self, batch: &mut Batch) {
        let Some(due) = self.due() else { return };
        if due > self.time.now() {
            return;
        }
        self.apply(batch, ArrivalBody::Tick, None);
        let stands_still = self.processor.next_deadline().is_some_and(|next| next <= due);
        self.stuck = stands_still.then(|| (due, Instant::now()));
    }

    /// The next deadline, unless a tick at it changed nothing a moment ago.
    fn due(&self) -> Option<Time> {
        let due = self.processor.next_deadline()?;
        let rests =
            self.stuck.is_some_and(|(at, since)| due <= at && since.elapsed() < STUCK_DEADLINE);
        (!rests).then_some(due)
    }

    fn patience(&self) -> Duration {
        if self.stopping || self.upkeep.is_folding(&self.writer, self.seq) {
            return Duration::ZERO;
        }
        let until_due = self.due().map_or(LONGEST_WAIT, |due| self.time.until(due));
        until_due.min(LONGEST_WAIT)
    }

    fn commit(&mut self, mut batch: Batch, started: Instant) -> Result<(), StoreError> {
        if let Err(error) = self.writer.commit(&batch.rows, &batch.notes, self.time.now()) {
            self.persist(&mut batch, &error)?;
        }
        self.shared.committed(self.seq, self.time.now());
        batch.acknowledge();
        let tail = self.writer.recent().read().readings;
        measures::committed(&batch.rows, started.elapsed().as_secs_f64(), tail);
        if self.shared.live.receiver_count() > 0 {
            for row in batch.rows {
                // Nobody listening any more is no fault.
                let _listeners = self.shared.live.send(row);
            }
        }
        Ok(())
    }

    /// Tries the same batch until it is on disk, refusing everything meanwhile.
    fn persist(&mut self, batch: &mut Batch, error: &StoreError) -> Result<(), StoreError> {
        let mut reason = self.fail(error);
        batch.refuse(&Refusal::Failing(reason.clone()));
        let mut pause = FIRST_PAUSE;
        loop {
            self.refuse_for(pause, &reason);
            match self.writer.commit(&batch.rows, &[], self.time.now()) {
                Ok(()) => break,
                Err(error) if self.stopping => {
                    return Err(StoreError::Unwritten(error.to_string()));
                }
                Err(error) => reason = self.fail(&error),
            }
            pause = (pause * 2).min(LAST_PAUSE);
        }
        tracing::info!(seq = self.seq, "the ledger can write again");
        Ok(())
    }

    fn fail(&self, error: &StoreError) -> String {
        let reason = error.to_string();
        let pending_seq = self.seq;
        tracing::error!(
            reason,
            pending_seq,
            "the ledger cannot write: nothing is acknowledged until it can"
        );
        counter!(measures::FAILED_COMMITS).increment(1);
        self.shared.failed(reason.clone(), self.time.now());
        reason
    }

    /// Refuses what waits and what comes, for that long or until told to stop.
    fn refuse_for(&mut self, pause: Duration, reason: &str) {
        let end = Instant::now() + pause;
        let refusal = Refusal::Failing(reason.to_owned());
        while !self.stopping {
            let rest = end.saturating_duration_since(Instant::now());
            match self.inbox.recv_timeout(rest) {
                Ok(request) => self.refuse(request, &refusal),
                Err(RecvTimeoutError::Timeout) => return,
                Err(RecvTimeoutError::Disconnected) => self.stopping = true,
            }
        }
    }

    fn refuse(&mut self, request: Request, refusal: &Refusal) {
        // Who does not listen any more is not missed.
        match request {
            Request::Arrival { reply, .. } => {
                counter!(measures::REFUSED).increment(1);
                let _listened = reply.send(Err(refusal.clone()));
            }
            Request::Note { reply, .. } => {
                counter!(measures::REFUSED).increment(1);
                let _listened = reply.send(Err(refusal.clone()));
            }
            Request::Clock { reply, .. } => {
                counter!(measures::REFUSED).increment(1);
                let _listened = reply.send(Err(refusal.clone()));
            }
            Request::Stop => self.stopping = true,
            #[cfg(test)]
            Request::Pragma { sql, reply } => {
                reply.send(self.writer.pragma(&sql)).expect("the test listens");
            }
        }
    }

    fn look_after(&mut self) -> Result<(), StoreError> {
        self.upkeep.publish_health(&*self.processor, &self.shared, self.seq);
        let now = self.time.now();
        let Err(error) = self.upkeep.look_after(&mut self.writer, &*self.processor, self.seq, now)
        else {
            return Ok(());
        };
        let mut probe = Batch::default();
        self.persist(&mut probe, &error)?;
        self.shared.committed(self.seq, self.time.now());
        Ok(())
    }

    /// The last words: what still waits is refused when the channel is dropped.
    fn finish(mut self) -> Result<(), StoreError> {
        self.writer.checkpoint(self.seq, &*self.processor)?;
        self.writer.empty_log()?;
        tracing::info!(seq = self.seq, "the ledger is closed");
        Ok(())
    }
}

fn size(body: &ArrivalBody) -> usize {
    match body {
        ArrivalBody::Telemetry { payload, .. } => payload.len(),
        _ => 0,
    }
}

/// Says that the thread is gone; in the status too, should it panic.
struct Watch(Arc<Shared>, LedgerTime);

impl Drop for Watch {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.0.failed(StoreError::Fault.to_string(), self.1.now());
        }
        self.0.gone.send_replace(true);
    }
}
