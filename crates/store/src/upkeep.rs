//! What the thread does between commits: folding, checkpoints, the sign of life, health for the pages.

use std::time::{Duration, Instant};

use domain::{Processor, Span, Time};

use crate::StoreError;
use crate::clock::Tuning;
use crate::status::Shared;
use crate::writer::Writer;

/// How often the sign of life is written, by the ledger's clock and in real time.
const ALIVE_EVERY: Span = Span::seconds(10);
const ALIVE_AT_MOST_EVERY: Duration = Duration::from_secs(1);

/// A checkpoint is also made after this time, if [`WORTH_A_CHECKPOINT`] arrivals came since.
const CHECKPOINT_EVERY: Duration = Duration::from_secs(300);
const WORTH_A_CHECKPOINT: u64 = 1_000;

/// Health is worked out for the pages at most this often.
const HEALTH_EVERY: Duration = Duration::from_secs(1);

/// After a failure, folding and checkpoints rest.
const REST: Duration = Duration::from_secs(10);

/// When what was done last.
pub(crate) struct Upkeep {
    tuning: Tuning,
    checkpoint: (u64, Instant),
    alive: Option<(Time, Instant)>,
    health: (u64, Instant),
    rests_until: Option<Instant>,
}

impl Upkeep {
    /// `checkpoint` is the arrival after which the processor's state is kept.
    pub(crate) fn new(tuning: Tuning, checkpoint: u64) -> Self {
        let now = Instant::now();
        Self {
            tuning,
            checkpoint: (checkpoint, now),
            alive: None,
            health: (0, now),
            rests_until: None,
        }
    }

    /// Whether the thread should not sleep, because folding has more to do.
    pub(crate) fn is_folding(&self, writer: &Writer, seq: u64) -> bool {
        !self.is_resting() && writer.fold_is_due(seq)
    }

    pub(crate) fn look_after(
        &mut self,
        writer: &mut Writer,
        processor: &dyn Processor,
        seq: u64,
        now: Time,
    ) -> Result<(), StoreError> {
        if self.is_resting() {
            return Ok(());
        }
        let done = self.work(writer, processor, seq, now);
        self.rests_until = done.is_err().then(|| Instant::now() + REST);
        done
    }

    /// Puts the stations' health where the pages find it.
    pub(crate) fn publish_health(&mut self, processor: &dyn Processor, shared: &Shared, seq: u64) {
        let (last_seq, last) = self.health;
        if seq != last_seq && (last_seq == 0 || last.elapsed() >= HEALTH_EVERY) {
            shared.set_health(processor.health());
            self.health = (seq, Instant::now());
        }
    }

    fn work(
        &mut self,
        writer: &mut Writer,
        processor: &dyn Processor,
        seq: u64,
        now: Time,
    ) -> Result<(), StoreError> {
        if writer.fold_is_due(seq) {
            writer.fold(seq, self.tuning.fold_slice)?;
        }
        if self.checkpoint_is_due(seq) {
            writer.checkpoint(seq, processor)?;
            self.checkpoint = (seq, Instant::now());
        }
        let alive = self.alive.is_none_or(|(at, wall)| {
            now - at >= ALIVE_EVERY && wall.elapsed() >= ALIVE_AT_MOST_EVERY
        });
        if alive {
            writer.keep_alive(now)?;
            self.alive = Some((now, Instant::now()));
        }
        Ok(())
    }

    fn checkpoint_is_due(&self, seq: u64) -> bool {
        let (last_seq, last) = self.checkpoint;
        let since = seq - last_seq;
        since >= self.tuning.checkpoint_arrivals
            || since > WORTH_A_CHECKPOINT && last.elapsed() >= CHECKPOINT_EVERY
    }

    fn is_resting(&self) -> bool {
        self.rests_until.is_some_and(|until| Instant::now() < until)
    }
}
