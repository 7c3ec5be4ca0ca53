//! What delivery needs of the store.

use std::sync::Arc;

use async_trait::async_trait;
use domain::{Notice, Time, Warning, WarningId};
use store::{CapDocument, Ledger, NoticeEvent, NoticeRecord, Reader, StoreError};
use tokio::sync::{Notify, broadcast};

/// What delivery needs of the store. Errors are sentences for the log: each is answered by trying again.
#[async_trait]
pub trait Outbox: Send + Sync + 'static {
    /// The time that notices are planned in.
    fn now(&self) -> Time;
    /// Notices to send now, oldest first, with those whose sending a crash interrupted.
    async fn due(&self, limit: usize) -> Result<Vec<NoticeRecord>, String>;
    /// Notices whose receipt should have come and that are not escalated yet.
    async fn overdue(&self, limit: usize) -> Result<Vec<NoticeRecord>, String>;
    /// Every notice of a warning.
    async fn of_warning(&self, warning: &WarningId) -> Result<Vec<NoticeRecord>, String>;
    /// Number of the newest later message that was handed over already by the same channel, and where each
    /// recipient has a mailbox of their own, to the same recipient.
    async fn overtaken_by(&self, notice: &Notice) -> Result<Option<u32>, String>;
    /// The newest message on each topic that warnings in force were published to.
    async fn on_topics(&self) -> Result<Vec<Notice>, String>;
    /// A warning as it is now.
    async fn warning(&self, warning: &WarningId) -> Result<Option<Warning>, String>;
    /// CAP documents, newest first.
    async fn caps(&self, limit: usize) -> Result<Vec<CapDocument>, String>;
    /// Adds a line to a notice's history.
    async fn note(&self, id: &str, event: NoticeEvent) -> Result<(), String>;
    /// Plans notices; those known by their id stay as they are.
    async fn add(&self, notices: Vec<Notice>) -> Result<(), String>;
    /// Puts a document into the CAP feed; one with the same identifier is replaced.
    async fn put_cap(&self, document: CapDocument) -> Result<(), String>;
}

/// The ledger as an outbox.
pub struct LedgerOutbox {
    ledger: Ledger,
}

impl LedgerOutbox {
    /// That ledger's outbox.
    #[must_use]
    pub const fn new(ledger: Ledger) -> Self {
        Self { ledger }
    }

    /// Reading blocks, so it is done where blocking is allowed.
    async fn read<T: Send + 'static>(
        &self,
        read: impl FnOnce(Reader) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, String> {
        let reader = self.ledger.reader();
        let joined = tokio::task::spawn_blocking(move || read(reader)).await;
        joined.map_err(|e| e.to_string())?.map_err(|e| e.to_string())
    }
}

/// More notices than one warning ever has.
const ALL_OF_ONE_WARNING: usize = 100_000;

#[async_trait]
impl Outbox for LedgerOutbox {
    fn now(&self) -> Time {
        self.ledger.now()
    }

    async fn due(&self, limit: usize) -> Result<Vec<NoticeRecord>, String> {
        let now = self.now();
        self.read(move |reader| reader.due_notices(now, limit)).await
    }

    async fn overdue(&self, limit: usize) -> Result<Vec<NoticeRecord>, String> {
        let now = self.now();
        self.read(move |reader| reader.overdue_receipts(now, limit)).await
    }

    async fn of_warning(&self, warning: &WarningId) -> Result<Vec<NoticeRecord>, String> {
        let warning = warning.clone();
        self.read(move |reader| reader.notices(Some(&warning), None, None, ALL_OF_ONE_WARNING))
            .await
    }

    async fn overtaken_by(&self, notice: &Notice) -> Result<Option<u32>, String> {
        let notice = notice.clone();
        self.read(move |reader| reader.overtaken_by(&notice)).await
    }

    async fn on_topics(&self) -> Result<Vec<Notice>, String> {
        self.read(|reader| reader.on_topics()).await
    }

    async fn warning(&self, warning: &WarningId) -> Result<Option<Warning>, String> {
        let warning = warning.clone();
        self.read(move |reader| reader.warning(&warning)).await
    }

    async fn caps(&self, limit: usize) -> Result<Vec<CapDocument>, String> {
        self.read(move |reader| reader.caps(limit)).await
    }

    async fn note(&self, id: &str, event: NoticeEvent) -> Result<(), String> {
        self.ledger.note_notice(id.to_owned(), event).await.map_err(|e| e.to_string())
    }

    async fn add(&self, notices: Vec<Notice>) -> Result<(), String> {
        self.ledger.add_notices(notices).await.map_err(|e| e.to_string())
    }

    async fn put_cap(&self, document: CapDocument) -> Result<(), String> {
        self.ledger.put_cap(document).await.map_err(|e| e.to_string())
    }
}

/// Wakes the worker when a commit brought notices, or when it may have missed one.
pub(crate) async fn wake_on_notices(
    mut live: broadcast::Receiver<store::Applied>,
    wake: Arc<Notify>,
) {
    loop {
        match live.recv().await {
            Ok(applied) if applied.outcome.notices.is_empty() => {}
            Ok(_) | Err(broadcast::error::RecvError::Lagged(_)) => wake.notify_one(),
            Err(broadcast::error::RecvError::Closed) => return,
        }
    }
}
