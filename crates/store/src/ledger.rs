//! The handle on the ledger thread: submit, note, ask.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::{SyncSender, TrySendError, sync_channel};
use std::thread::JoinHandle;

use domain::{
    Arrival, ArrivalBody, CommandError, Notice, Outcome, Processor, StationHealth, StationId, Time,
};
use metrics::counter;
use tokio::sync::{broadcast, oneshot, watch};

use crate::carried::RefusedPoint;
use crate::clock::{Clock, Options, Tuning};
use crate::ledgertime::LedgerTime;
use crate::machine::{Machine, Parts};
use crate::note::{CapDocument, Note};
use crate::notices::NoticeEvent;
use crate::people::{Session, User};
use crate::read::Reader;
use crate::status::{ClockReport, LedgerStatus, Shared};
use crate::upkeep::Upkeep;
use crate::writer::Writer;
use crate::{Refusal, StoreError, measures};

/// Committed to disk.
#[derive(Debug, Clone, PartialEq)]
pub struct Committed {
    /// Its place in the journal.
    pub seq: u64,
    /// For a command: whether it was carried out.
    pub command: Option<Result<(), CommandError>>,
}

/// One arrival and what it led to, after the commit: feed for live pages and counters.
#[derive(Debug, Clone)]
pub struct Applied {
    /// What arrived.
    pub arrival: Arc<Arrival>,
    /// What it led to.
    pub outcome: Arc<Outcome>,
}

/// What is asked of the thread.
pub(crate) enum Request {
    Arrival {
        body: ArrivalBody,
        reply: oneshot::Sender<Result<Committed, Refusal>>,
    },
    Note {
        note: Note,
        reply: oneshot::Sender<Result<(), Refusal>>,
    },
    Clock {
        by: String,
        reason: String,
        reply: oneshot::Sender<Result<bool, Refusal>>,
    },
    Stop,
    #[cfg(test)]
    Pragma {
        sql: String,
        reply: oneshot::Sender<i64>,
    },
}

/// A handle on the ledger thread. Cheap to clone; the thread ends when all handles are gone.
#[derive(Clone)]
pub struct Ledger {
    requests: SyncSender<Request>,
    shared: Arc<Shared>,
    time: LedgerTime,
    reader: Reader,
}

/// The running thread; stop it in order.
pub struct LedgerThread {
    requests: SyncSender<Request>,
    shared: Arc<Shared>,
    handle: JoinHandle<Result<(), StoreError>>,
}

impl LedgerThread {
    /// Takes no more arrivals, commits what waits, writes a checkpoint, ends. Blocks until then.
    ///
    /// # Errors
    /// What waited could not be written (nothing of it was acknowledged), or the thread panicked.
    pub fn stop(self) -> Result<(), StoreError> {
        self.shared.refuse_from_now_on();
        // A thread that is gone already needs no word.
        let _gone = self.requests.send(Request::Stop);
        self.handle.join().unwrap_or(Err(StoreError::Fault))
    }
}

impl Ledger {
    /// Opens or creates the file (refuses a file of another realm), restores the processor from the last
    /// checkpoint and the journal after it, journals `Started`, starts the thread. Blocks meanwhile.
    ///
    /// # Errors
    /// The file cannot be opened or written, is in use, is not a ledger, is newer, or of another realm.
    pub fn open(
        options: Options,
        processor: Box<dyn Processor>,
        clock: Arc<dyn Clock>,
    ) -> Result<(Self, LedgerThread), StoreError> {
        let tuning = Tuning { fold_readings: options.fold_readings, ..Tuning::default() };
        Self::open_tuned(options, processor, clock, tuning)
    }

    pub(crate) fn open_tuned(
        options: Options,
        mut processor: Box<dyn Processor>,
        clock: Arc<dyn Clock>,
        tuning: Tuning,
    ) -> Result<(Self, LedgerThread), StoreError> {
        let lock = lock(&options.path)?;
        let writer = Writer::open(&options.path, options.realm, tuning)?;
        let reader = Reader::new(options.path.clone(), writer.recent(), writer.run());
        let upkeep = Upkeep::new(tuning, writer.restore(processor.as_mut(), &reader)?);
        let end = writer.journal_end()?;
        let time = LedgerTime::start(clock, end.alive_at, processor.clock());
        let (requests, inbox) = sync_channel(options.queue.max(1));
        let shared = Arc::new(Shared::new());
        let mut machine = Machine::new(
            writer,
            processor,
            Parts {
                time: time.clone(),
                reader: reader.clone(),
                shared: shared.clone(),
                inbox,
                batch: options.batch,
                upkeep,
            },
            end,
        );
        machine.journal_start()?;
        let run = move || {
            let _held_until_the_end = lock;
            machine.run()
        };
        let handle = std::thread::Builder::new().name("ledger".to_owned()).spawn(run);
        let handle = handle.map_err(|error| open_error(&options.path, error))?;
        let thread = LedgerThread { requests: requests.clone(), shared: shared.clone(), handle };
        Ok((Self { requests, shared, time, reader }, thread))
    }

    /// Resolves when the arrival and its outcome are on disk.
    ///
    /// # Errors
    /// It is not on disk, and must not be acknowledged. After [`Refusal::Failing`] it may still be
    /// committed later: who sends it again sends an equal copy.
    pub async fn submit(&self, body: ArrivalBody) -> Result<Committed, Refusal> {
        self.ask(|reply| Request::Arrival { body, reply }).await
    }

    /// Whether the ledger can write.
    #[must_use]
    pub fn status(&self) -> LedgerStatus {
        self.shared.status()
    }

    /// What is committed from now on. A slow receiver loses the oldest and is told how many.
    #[must_use]
    pub fn live(&self) -> broadcast::Receiver<Applied> {
        self.shared.live.subscribe()
    }

    /// The newest arrival on disk, as it changes.
    #[must_use]
    pub fn last_seq(&self) -> watch::Receiver<u64> {
        self.shared.last_seq.subscribe()
    }

    /// Returns when the thread has ended: in order, by an error, or by a panic. Nothing is taken any more.
    pub async fn gone(&self) {
        let mut gone = self.shared.gone.subscribe();
        // The sender lives as long as this handle does.
        let _seen = gone.wait_for(|gone| *gone).await;
    }

    /// Blocking reads.
    #[must_use]
    pub fn reader(&self) -> Reader {
        self.reader.clone()
    }

    /// The ledger's own time: that of the clock given to [`Ledger::open`], except that it goes on with elapsed time and
    /// never back, whatever the clock is set to. Whatever is due is due by this time.
    #[must_use]
    pub fn now(&self) -> Time {
        self.time.now()
    }

    /// How the clock stands against the ledger's time.
    #[must_use]
    pub fn clock(&self) -> ClockReport {
        self.time.report()
    }

    /// A person says that the wall clock is right now: the ledger's time goes to it when it is ahead, as after a stop, and goes
    /// on when it is behind, with stations' stamps compared with the wall clock. Gives whether there was anything to say.
    ///
    /// # Errors
    /// It is not on disk.
    pub async fn confirm_clock(&self, by: String, reason: String) -> Result<bool, Refusal> {
        self.ask(|reply| Request::Clock { by, reason, reply }).await
    }

    /// Station health as the processor sees it; refreshed by the thread at most once a second.
    #[must_use]
    pub fn health(&self) -> Arc<Vec<StationHealth>> {
        self.shared.health()
    }

    /// Adds a line to a notice's history and moves it as [`NoticeState::after`](crate::NoticeState::after)
    /// says: a line that goes backwards (delivered after confirmed) is kept but moves nothing.
    ///
    /// # Errors
    /// It is not on disk.
    pub async fn note_notice(&self, id: String, event: NoticeEvent) -> Result<(), Refusal> {
        self.note(Note::Event { notice: id, event }).await
    }

    /// Plans further notices (escalation to the next in line); idempotent by id.
    ///
    /// # Errors
    /// They are not on disk.
    pub async fn add_notices(&self, notices: Vec<Notice>) -> Result<(), Refusal> {
        self.note(Note::Notices(notices)).await
    }

    /// Keeps a CAP document as published; idempotent by identifier.
    ///
    /// # Errors
    /// It is not on disk.
    pub async fn put_cap(&self, document: CapDocument) -> Result<(), Refusal> {
        self.note(Note::Cap(document)).await
    }

    /// Adds or replaces a user; disabling them or changing their password ends their sessions.
    ///
    /// # Errors
    /// It is not on disk.
    pub async fn put_user(&self, user: User) -> Result<(), Refusal> {
        self.note(Note::User(user)).await
    }

    /// Adds or replaces a station's secret; give [`secret_hash`](crate::secret_hash) of it.
    ///
    /// # Errors
    /// It is not on disk.
    pub async fn put_credential(
        &self,
        station: StationId,
        secret_hash: String,
    ) -> Result<(), Refusal> {
        self.note(Note::Credential { station, secret_hash }).await
    }

    /// Adds a session.
    ///
    /// # Errors
    /// It is not on disk.
    pub async fn put_session(&self, session: Session) -> Result<(), Refusal> {
        self.note(Note::Session(session)).await
    }

    /// Ends a session.
    ///
    /// # Errors
    /// It is not on disk.
    pub async fn end_session(&self, token_hash: String) -> Result<(), Refusal> {
        self.note(Note::EndSession { token_hash }).await
    }

    /// Remembers how far something has come; see [`Reader::mark`].
    ///
    /// # Errors
    /// It is not on disk.
    pub async fn put_mark(&self, name: String, value: u64) -> Result<(), Refusal> {
        self.note(Note::Mark { name, value }).await
    }

    /// Adds a line to the tamper-evident audit trail: each carries the SHA-256 of the line before.
    ///
    /// # Errors
    /// It is not on disk.
    pub async fn audit(&self, who: String, what: String, detail: String) -> Result<(), Refusal> {
        self.note(Note::Audit { who, what, detail }).await
    }

    /// Remembers up to which arrival the history has the journal, and what it refused on the way.
    ///
    /// # Errors
    /// See [`Refusal`].
    pub async fn note_history(
        &self,
        cursor: u64,
        ledger: String,
        refused: Vec<RefusedPoint>,
    ) -> Result<(), Refusal> {
        self.note(Note::History { cursor, ledger, refused }).await
    }

    /// Remembers up to which arrival the history has hours and days.
    ///
    /// # Errors
    /// See [`Refusal`].
    pub async fn note_history_summed(&self, seq: u64) -> Result<(), Refusal> {
        self.note(Note::Summed { seq }).await
    }

    /// Drops chunks that end before that instant, if the history has everything.
    ///
    /// # Errors
    /// See [`Refusal`].
    pub async fn note_prune(&self, before: Time, chunks: Vec<i64>) -> Result<(), Refusal> {
        self.note(Note::Prune { before, chunks }).await
    }

    async fn note(&self, note: Note) -> Result<(), Refusal> {
        self.ask(|reply| Request::Note { note, reply }).await
    }

    async fn ask<T>(
        &self,
        request: impl FnOnce(oneshot::Sender<Result<T, Refusal>>) -> Request,
    ) -> Result<T, Refusal> {
        let (reply, answer) = oneshot::channel();
        let sent = self.shared.refusal().map_or_else(|| self.send(request(reply)), Err);
        if let Err(refusal) = sent {
            counter!(measures::REFUSED).increment(1);
            return Err(refusal);
        }
        answer.await.unwrap_or(Err(Refusal::Stopping))
    }

    fn send(&self, request: Request) -> Result<(), Refusal> {
        self.requests.try_send(request).map_err(|error| match error {
            TrySendError::Full(_) => Refusal::Busy,
            TrySendError::Disconnected(_) => Refusal::Stopping,
        })
    }

    /// Lets a test break the file.
    #[cfg(test)]
    pub(crate) async fn pragma(&self, sql: &str) -> i64 {
        let (reply, answer) = oneshot::channel();
        let request = Request::Pragma { sql: sql.to_owned(), reply };
        assert!(self.requests.try_send(request).is_ok(), "the thread takes a pragma");
        answer.await.expect("an answer")
    }
}

/// Two processes that write the same ledger would give the same numbers twice.
pub(crate) fn lock(ledger: &Path) -> Result<File, StoreError> {
    let mut name = ledger.to_owned().into_os_string();
    name.push(".lock");
    let path = PathBuf::from(name);
    let file = File::options().create(true).truncate(false).write(true).open(&path);
    let file = file.map_err(|error| open_error(ledger, error))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(std::fs::TryLockError::WouldBlock) => Err(StoreError::InUse(ledger.to_owned())),
        Err(std::fs::TryLockError::Error(error)) => Err(open_error(ledger, error)),
    }
}

fn open_error(path: &Path, error: std::io::Error) -> StoreError {
    StoreError::Open { path: path.to_owned(), reason: error.to_string() }
}
