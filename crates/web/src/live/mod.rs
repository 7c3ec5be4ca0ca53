//! The live stream: what was committed, told to everybody at once.
//!
//! One task ([`run`]) follows the ledger, keeps the latest value of each series, and a few times a
//! second makes one frame of text that all clients share, or two when it tells of warnings: the public
//! hears only of what went out. A client that is gone for a while resumes
//! from the ring of the last frames; one that reads too slowly is cut and starts anew.

mod frame;
mod latest;
mod pending;
mod ring;
mod stream;
mod task;

pub(crate) use frame::Sent as LiveFrame;
pub(crate) use latest::{Latest, LatestItem, Row, silent_after};
pub(crate) use stream::{Ask, stream};
pub(crate) use task::{run, status_frame};

use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::broadcast;

use crate::in_force::Expiries;
use crate::parts::Parts;
use frame::{Sent, Told};
use ring::Ring;

/// Frames a client may be behind before it is cut.
const BEHIND: usize = 64;

/// What the task and the clients share.
pub(crate) struct Live {
    /// The newest reading of each series.
    pub(crate) latest: Latest,
    /// Until when each open warning holds.
    expiries: Expiries,
    channel: Mutex<Channel>,
}

struct Channel {
    ring: Ring,
    sender: broadcast::Sender<Told>,
}

/// What a client gets when it comes in.
pub(crate) struct Entry {
    /// Frames it missed; `None` = nobody knows any more, it must read everything anew.
    pub(crate) missed: Option<Vec<Told>>,
    /// The newest frame's seq.
    pub(crate) seq: u64,
    /// Frames from now on.
    pub(crate) receiver: broadcast::Receiver<Told>,
}

impl Live {
    pub(crate) fn new(parts: &Parts) -> Self {
        let ring = Ring::new(parts.ledger.status().last_seq);
        let channel = Mutex::new(Channel { ring, sender: broadcast::channel(BEHIND).0 });
        Self { latest: Latest::default(), expiries: Expiries::default(), channel }
    }

    /// Comes in, after frame `resume` if given. Nothing is missed and nothing is told twice.
    pub(crate) fn enter(&self, resume: Option<u64>) -> Entry {
        let channel = self.channel();
        let missed = resume.map_or_else(|| Some(Vec::new()), |seq| channel.ring.after(seq));
        Entry { missed, seq: channel.ring.newest(), receiver: channel.sender.subscribe() }
    }

    /// Tells everybody, and remembers it as the frame up to `seq`.
    pub(crate) fn tell(&self, seq: u64, frame: Told) {
        let mut channel = self.channel();
        channel.ring.push(seq, frame.clone());
        let _ = channel.sender.send(frame);
    }

    /// Tells everybody something that need not be told again.
    pub(crate) fn tell_once(&self, frame: impl FnOnce(u64) -> Sent) {
        let channel = self.channel();
        let frame = frame(channel.ring.newest());
        let _ = channel.sender.send(frame.into());
    }

    /// Something was missed: what came before `seq` cannot be resumed.
    pub(crate) fn forget(&self, seq: u64) {
        self.channel().ring = Ring::new(seq);
    }

    /// Whether anybody listens.
    pub(crate) fn heard(&self) -> bool {
        self.channel().sender.receiver_count() > 0
    }

    fn channel(&self) -> MutexGuard<'_, Channel> {
        self.channel.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
