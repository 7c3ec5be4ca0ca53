//! An outbox in memory that tests can look at and make fail, and a post office on top of it.

use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use async_trait::async_trait;
use delivery::{Contact, DeliveryConfig, Directory, Outbox, Outlet, People, RetryConfig, Secrets};
use domain::{Notice, RecipientId, Span, Time, Warning, WarningId};
use store::{CapDocument, NoticeEvent, NoticeRecord, NoticeState};
use tokio::sync::Notify;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

/// Longer than any of these tests takes on the slowest machine.
const PATIENCE: Duration = Duration::from_secs(60);

#[derive(Default)]
pub(crate) struct Memory {
    records: Mutex<Vec<NoticeRecord>>,
    escalated: Mutex<Vec<String>>,
    documents: Mutex<Vec<CapDocument>>,
    pub(crate) warning: Mutex<Option<Warning>>,
    /// What stood on topics when the process before ended.
    pub(crate) standing: Mutex<Vec<Notice>>,
    /// Lines with this state are refused, as by a full disk.
    pub(crate) refused: Mutex<Option<NoticeState>>,
    pub(crate) refusals: Mutex<u32>,
    changed: Notify,
}

impl Memory {
    pub(crate) fn with(notices: impl IntoIterator<Item = Notice>) -> Arc<Self> {
        let memory = Self::default();
        memory.plan(notices);
        Arc::new(memory)
    }

    pub(crate) fn plan(&self, notices: impl IntoIterator<Item = Notice>) {
        let mut records = self.records.lock().unwrap();
        for notice in notices {
            if records.iter().all(|record| record.notice.id != notice.id) {
                let next_try_at = Some(notice.planned_at);
                let (state, attempts, history) = (NoticeState::Waiting, 0, Vec::new());
                records.push(NoticeRecord { notice, state, attempts, next_try_at, history });
            }
        }
    }

    /// Waits until the notices are as `wanted` says.
    pub(crate) async fn until(&self, wanted: impl Fn(&[NoticeRecord]) -> bool) {
        let waiting = async {
            loop {
                let changed = self.changed.notified();
                if wanted(&self.records.lock().unwrap()) {
                    return;
                }
                changed.await;
            }
        };
        let in_time = tokio::time::timeout(PATIENCE, waiting).await;
        assert!(in_time.is_ok(), "not reached: {:#?}", self.lines());
    }

    pub(crate) async fn until_state(&self, id: &str, state: NoticeState) {
        self.until(|all| all.iter().any(|r| r.notice.id == id && r.state == state)).await;
    }

    /// Waits until the notice's history says so, whatever it became since.
    pub(crate) async fn until_line(&self, id: &str, state: NoticeState) -> NoticeEvent {
        let line = |all: &[NoticeRecord]| {
            let record = all.iter().find(|r| r.notice.id == id)?;
            record.history.iter().find(|event| event.state == state).cloned()
        };
        self.until(|all| line(all).is_some()).await;
        line(&self.records.lock().unwrap()).expect("it is there")
    }

    pub(crate) fn record(&self, id: &str) -> NoticeRecord {
        let records = self.records.lock().unwrap();
        records.iter().find(|record| record.notice.id == id).expect("a planned notice").clone()
    }

    pub(crate) fn all(&self) -> Vec<NoticeRecord> {
        self.records.lock().unwrap().clone()
    }

    pub(crate) fn documents(&self) -> Vec<CapDocument> {
        self.documents.lock().unwrap().clone()
    }

    /// All that was noted about it lies so much longer back.
    pub(crate) fn age(&self, id: &str, by: Span) {
        let mut records = self.records.lock().unwrap();
        let record = records.iter_mut().find(|r| r.notice.id == id).expect("a planned notice");
        record.history.iter_mut().for_each(|event| event.at = event.at - by);
    }

    /// As a start after a crash sees it: what was being sent is due.
    pub(crate) fn after_a_crash(&self) {
        for record in self.records.lock().unwrap().iter_mut() {
            if record.state == NoticeState::Sending {
                record.state = NoticeState::Waiting;
                record.next_try_at = Some(record.notice.planned_at);
            }
        }
    }

    fn lines(&self) -> Vec<(String, NoticeState, Vec<String>)> {
        let line = |r: &NoticeRecord| {
            let history =
                r.history.iter().map(|e| format!("{:?}: {}", e.state, e.detail)).collect();
            (r.notice.id.clone(), r.state, history)
        };
        self.records.lock().unwrap().iter().map(line).collect()
    }
}

#[async_trait]
impl Outbox for Memory {
    fn now(&self) -> Time {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
        Time::from_millis(since.as_millis() as i64)
    }

    async fn due(&self, limit: usize) -> Result<Vec<NoticeRecord>, String> {
        let now = Some(self.now());
        let due = |r: &NoticeRecord| r.state == NoticeState::Waiting && r.next_try_at <= now;
        Ok(self.all().into_iter().filter(due).take(limit).collect())
    }

    async fn overdue(&self, limit: usize) -> Result<Vec<NoticeRecord>, String> {
        let now = self.now();
        let escalated = self.escalated.lock().unwrap().clone();
        let overdue = |r: &NoticeRecord| {
            r.notice.receipt_by.is_some_and(|by| by < now)
                && r.state != NoticeState::Confirmed
                && !escalated.contains(&r.notice.id)
        };
        Ok(self.all().into_iter().filter(overdue).take(limit).collect())
    }

    async fn of_warning(&self, warning: &WarningId) -> Result<Vec<NoticeRecord>, String> {
        Ok(self.all().into_iter().filter(|r| r.notice.warning == *warning).collect())
    }

    async fn overtaken_by(&self, notice: &Notice) -> Result<Option<u32>, String> {
        let newer = |other: &NoticeRecord| {
            let own = !notice.channel.asks_receipt() || other.notice.recipient == notice.recipient;
            matches!(other.state, NoticeState::Sent | NoticeState::Delivered)
                && (own && other.notice.channel == notice.channel)
                && (other.notice.warning == notice.warning && other.notice.number > notice.number)
        };
        Ok(self.all().into_iter().filter(newer).map(|r| r.notice.number).max())
    }

    async fn on_topics(&self) -> Result<Vec<Notice>, String> {
        Ok(self.standing.lock().unwrap().clone())
    }

    async fn warning(&self, warning: &WarningId) -> Result<Option<Warning>, String> {
        Ok(self.warning.lock().unwrap().clone().filter(|w| w.id == *warning))
    }

    async fn caps(&self, limit: usize) -> Result<Vec<CapDocument>, String> {
        Ok(self.documents().into_iter().rev().take(limit).collect())
    }

    async fn note(&self, id: &str, event: NoticeEvent) -> Result<(), String> {
        let refused = *self.refused.lock().unwrap() == Some(event.state);
        if refused {
            *self.refusals.lock().unwrap() += 1;
        } else {
            let mut records = self.records.lock().unwrap();
            let record = records.iter_mut().find(|r| r.notice.id == id).ok_or("no such notice")?;
            record.state = record.state.after(event.state);
            record.attempts += u32::from(event.state == NoticeState::Sending);
            record.next_try_at = event.next_try_at;
            if event.state == NoticeState::Escalated {
                self.escalated.lock().unwrap().push(id.to_owned());
            }
            record.history.push(event);
        }
        self.changed.notify_waiters();
        if refused { Err("no space left on device".to_owned()) } else { Ok(()) }
    }

    async fn add(&self, notices: Vec<Notice>) -> Result<(), String> {
        self.plan(notices);
        Ok(())
    }

    async fn put_cap(&self, document: CapDocument) -> Result<(), String> {
        let mut documents = self.documents.lock().unwrap();
        documents.retain(|known| known.identifier != document.identifier);
        documents.push(document);
        Ok(())
    }
}

/// A broker that remembers what was published.
#[derive(Default)]
pub(crate) struct Board(pub(crate) Mutex<Vec<(String, serde_json::Value, bool)>>);

#[async_trait]
impl Outlet for Board {
    async fn publish(&self, topic: &str, payload: Vec<u8>, retain: bool) -> Result<(), String> {
        let payload = serde_json::from_slice(&payload).map_err(|e| e.to_string())?;
        self.0.lock().unwrap().push((topic.to_owned(), payload, retain));
        Ok(())
    }
}

pub(crate) const RECEIPT_KEY: &[u8] = b"0123456789abcdef0123456789abcdef";

/// Delivery at work; dropped, it is gone as after `kill -9`.
pub(crate) struct PostOffice {
    task: JoinHandle<()>,
    wake: Arc<Notify>,
    stop: CancellationToken,
    pub(crate) board: Arc<Board>,
}

impl PostOffice {
    pub(crate) fn open(memory: &Arc<Memory>, config: DeliveryConfig) -> Self {
        Self::with_people(memory, config, people(&[], &[]))
    }

    pub(crate) fn with_people(
        memory: &Arc<Memory>,
        config: DeliveryConfig,
        people: People,
    ) -> Self {
        let secrets = Secrets {
            receipt_key: RECEIPT_KEY.to_vec(),
            get: Arc::new(|name| Some(format!("secret of {name}").into_bytes())),
        };
        let (board, wake) = (Arc::new(Board::default()), Arc::new(Notify::new()));
        let stop = CancellationToken::new();
        let outbox: Arc<dyn Outbox> = Arc::<Memory>::clone(memory);
        let outlet: Arc<dyn Outlet> = Arc::<Board>::clone(&board);
        let (waking, stopping) = (Arc::clone(&wake), stop.clone());
        let task = tokio::spawn(async move {
            let ended =
                delivery::run_on(config, secrets, outbox, outlet, people, waking, stopping).await;
            ended.expect("a configuration without faults");
        });
        Self { task, wake, stop, board }
    }

    pub(crate) fn wake(&self) {
        self.wake.notify_one();
    }

    pub(crate) async fn stop(mut self) {
        self.stop.cancel();
        (&mut self.task).await.expect("delivery ends in order");
    }
}

impl Drop for PostOffice {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Impatient, so that tests are quick.
pub(crate) fn config() -> DeliveryConfig {
    DeliveryConfig {
        public_url: "https://canh-bao.example/".to_owned(),
        look_every: Span::from_millis(10),
        webhook_timeout: Span::from_millis(500),
        retry: RetryConfig {
            first: Span::from_millis(20),
            longest: Span::from_millis(100),
            ..RetryConfig::default()
        },
        ..DeliveryConfig::default()
    }
}

/// Directories of (name, contact).
pub(crate) fn people(actual: &[(&str, Contact)], players: &[(&str, Contact)]) -> People {
    fn directory<A>(list: &[(&str, Contact)]) -> Directory<A> {
        let list: Vec<(String, Contact)> =
            list.iter().map(|(name, contact)| ((*name).to_owned(), contact.clone())).collect();
        Directory::new(move |id: &RecipientId| {
            list.iter().find(|(name, _)| name == id.as_str()).map(|(_, contact)| contact.clone())
        })
    }
    People::new(directory(actual), directory(players))
}
