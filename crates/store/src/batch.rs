//! What is committed together, and who waits for it.

use std::sync::Arc;

use domain::{Arrival, Outcome};
use metrics::counter;
use tokio::sync::oneshot;

use crate::ledger::{Applied, Committed};
use crate::note::Note;
use crate::{Refusal, measures};

/// One transaction in the making. Its arrivals are worked out already, so it is written as it is,
/// however often that takes: what the processor knows never differs from what the journal says.
#[derive(Default)]
pub(crate) struct Batch {
    pub(crate) rows: Vec<Applied>,
    /// Who waits for the row of the same position; nobody waits for a tick.
    waiting: Vec<Option<oneshot::Sender<Result<Committed, Refusal>>>>,
    pub(crate) notes: Vec<Note>,
    noting: Vec<oneshot::Sender<Result<(), Refusal>>>,
    /// Who waits for what was said of the clock.
    asking: Vec<(bool, oneshot::Sender<Result<bool, Refusal>>)>,
}

impl Batch {
    pub(crate) fn is_empty(&self) -> bool {
        self.rows.is_empty() && self.notes.is_empty() && self.asking.is_empty()
    }

    pub(crate) fn push(
        &mut self,
        arrival: Arrival,
        outcome: Outcome,
        reply: Option<oneshot::Sender<Result<Committed, Refusal>>>,
    ) {
        self.rows.push(Applied { arrival: Arc::new(arrival), outcome: Arc::new(outcome) });
        self.waiting.push(reply);
    }

    pub(crate) fn push_note(&mut self, note: Note, reply: oneshot::Sender<Result<(), Refusal>>) {
        self.notes.push(note);
        self.noting.push(reply);
    }

    pub(crate) fn push_answer(
        &mut self,
        answer: bool,
        reply: oneshot::Sender<Result<bool, Refusal>>,
    ) {
        self.asking.push((answer, reply));
    }

    /// Tells everybody that it is on disk. Who does not listen any more is not missed.
    pub(crate) fn acknowledge(&mut self) {
        for (row, reply) in self.rows.iter().zip(self.waiting.drain(..)) {
            let committed =
                Committed { seq: row.arrival.seq, command: row.outcome.command.clone() };
            let _listened = reply.map(|reply| reply.send(Ok(committed)));
        }
        for reply in self.noting.drain(..) {
            let _listened = reply.send(Ok(()));
        }
        for (answer, reply) in self.asking.drain(..) {
            let _listened = reply.send(Ok(answer));
        }
    }

    /// Tells everybody that it is not on disk. The arrivals stay to be written; notes are dropped, for
    /// whoever made them makes them again.
    pub(crate) fn refuse(&mut self, refusal: &Refusal) {
        counter!(measures::REFUSED).increment((self.waiting.len() + self.noting.len()) as u64);
        for reply in self.waiting.drain(..) {
            let _listened = reply.map(|reply| reply.send(Err(refusal.clone())));
        }
        for reply in self.noting.drain(..) {
            let _listened = reply.send(Err(refusal.clone()));
        }
        for (_, reply) in self.asking.drain(..) {
            let _listened = reply.send(Err(refusal.clone()));
        }
        self.notes.clear();
    }
}
