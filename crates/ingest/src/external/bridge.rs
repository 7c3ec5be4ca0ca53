//! The way out: what is committed goes to another broker, in order, at least once.
//!
//! A cursor over the journal is kept in the ledger and moves when the broker has acknowledged. Nothing waits
//! for this way: it reads the ledger page by page, and is behind when the broker is slow or away.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use domain::{Realm, SeriesId, SeriesKey, WarningMessage, WarningState};
use rumqttc::{AsyncClient, Event, EventLoop, Packet, QoS};
use store::{Reader, StoreError};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio::time::{Instant, timeout};

use super::Units;
use super::about::{About, Trouble, trouble};
use super::board::{Board, LinkState};
use super::publication::{Publication, reading, warning};

/// Arrivals read at once.
const PAGE: usize = 100;
/// Messages on their way to the connection.
const REQUESTS: usize = 256;
/// An acknowledgement that does not come within this time ends the connection.
const PATIENCE: Duration = Duration::from_secs(30);
/// How often the cursor is written, and how far it may be behind until then, arrivals.
const KEEP_EVERY: Duration = Duration::from_secs(5);
const KEEP_AFTER: u64 = 5_000;
/// Without news the ledger is looked at after this time.
const LOOK: Duration = Duration::from_secs(1);
/// Warnings in force that are published again with each connection, at most.
const MOST_STANDING: usize = 1_000;

/// The way out to one broker.
pub(super) struct Bridge {
    about: Arc<About>,
    board: Arc<Board>,
    units: Units,
    prefix: String,
    series: HashMap<SeriesId, SeriesKey>,
    /// Up to this arrival everything is published and acknowledged.
    cursor: u64,
    /// The cursor as the ledger has it, and when it was written.
    kept: (u64, Instant),
}

/// What the connection tells.
enum Told {
    Connected,
    Acknowledged,
    Lost(Trouble),
}

/// A connection, whose packets are looked at by a task of its own.
struct Line {
    client: AsyncClient,
    told: mpsc::UnboundedReceiver<Told>,
    task: JoinHandle<()>,
}

impl Drop for Line {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Bridge {
    pub(super) fn new(about: Arc<About>, board: Arc<Board>, units: Units, prefix: String) -> Self {
        let (series, kept) = (HashMap::new(), (0, Instant::now()));
        Self { about, board, units, prefix, series, cursor: 0, kept }
    }

    /// Until everything stops.
    pub(super) async fn run(mut self) {
        let mut failures = 0;
        let about = Arc::clone(&self.about);
        while !about.is_stopping() {
            let mut connected = false;
            let lost = tokio::select! {
                lost = self.connection(&mut connected) => lost,
                () = about.stopped() => break,
            };
            let Err((state, reason)) = lost;
            failures = if connected { 0 } else { failures + 1 };
            self.board.set(state, Some(reason), about.ledger.now());
            about.wait(failures, &self.board).await;
        }
        self.keep_cursor().await;
    }

    async fn connection(
        &mut self,
        connected: &mut bool,
    ) -> Result<std::convert::Infallible, Trouble> {
        if self.cursor == 0 {
            self.begin().await?;
        }
        let (client, events) = self.about.dial(false, REQUESTS)?;
        let mut line = line(client, events);
        match line.told.recv().await {
            Some(Told::Connected) => {}
            Some(Told::Lost(trouble)) => return Err(trouble),
            _ => return Err((LinkState::Unreachable, "no answer".to_owned())),
        }
        *connected = true;
        self.board.set(LinkState::Connected, None, self.about.ledger.now());
        let mut live = self.about.ledger.live();
        self.catch_up(&mut line).await?;
        self.stand(&mut line).await?;
        loop {
            tokio::select! {
                told = line.told.recv() => match told {
                    Some(Told::Lost(trouble)) => return Err(trouble),
                    Some(_) => {}
                    None => return Err((LinkState::Unreachable, "the connection ended".to_owned())),
                },
                // Missed or not: what is new stands in the journal.
                _ = live.recv() => while live.try_recv().is_ok() {},
                () = tokio::time::sleep(LOOK) => {}
            }
            self.catch_up(&mut line).await?;
        }
    }

    /// Where to begin: at the cursor, or for the first time at what is the newest now.
    async fn begin(&mut self) -> Result<(), Trouble> {
        let name = self.mark();
        let known = self.read(move |reader| reader.mark(&name)).await?;
        let newest = self.about.ledger.status().last_seq;
        let cursor = known.unwrap_or(newest).clamp(1, newest.max(1));
        if known.is_none() {
            // At once: without it a restart would begin at what is the newest then, and leave out what was between.
            let kept = self.about.ledger.put_mark(self.mark(), cursor).await;
            kept.map_err(|refusal| (LinkState::Paused, refusal.to_string()))?;
        }
        self.cursor = cursor;
        self.kept = (cursor, Instant::now());
        Ok(())
    }

    /// Publishes everything that is committed and not published yet.
    async fn catch_up(&mut self, line: &mut Line) -> Result<(), Trouble> {
        loop {
            let newest = self.about.ledger.status().last_seq;
            self.board.count(|counts| counts.settled = newest.saturating_sub(self.cursor));
            if newest <= self.cursor {
                return self.keep_when_due().await;
            }
            let after = self.cursor;
            let page = move |reader: &Reader| {
                let (readings, last) = reader.readings_after(after, PAGE)?;
                Ok((readings, reader.messages_between(after, last)?, last))
            };
            let (readings, messages, last) = self.read(page).await?;
            let mut all = Vec::new();
            for (seq, one) in &readings {
                if let Some(key) = self.key(one.series).await? {
                    let unit = (self.units)(&key.parameter);
                    all.push(reading(&self.prefix, &key, unit, (*seq, one)));
                }
            }
            all.extend(messages.iter().flat_map(|message| warning(&self.prefix, message)));
            self.publish(line, all).await?;
            self.cursor = last.max(after);
            self.keep_when_due().await?;
            if last == after {
                return Ok(());
            }
        }
    }

    /// The warnings in force, once more: the broker may have forgotten what it retained.
    async fn stand(&self, line: &mut Line) -> Result<(), Trouble> {
        let in_force = self.read(standing).await?;
        let all = in_force.iter().flat_map(|message| warning(&self.prefix, message)).collect();
        self.publish(line, all).await
    }

    /// Returns when the broker has acknowledged all.
    async fn publish(&self, line: &mut Line, all: Vec<Publication>) -> Result<(), Trouble> {
        let count = all.len();
        let client = line.client.clone();
        let sending = async {
            for one in all {
                let sent = client.publish(one.topic, QoS::AtLeastOnce, one.retain, one.payload);
                if sent.await.is_err() {
                    return;
                }
            }
        };
        let acknowledged = async {
            for _ in 0..count {
                match timeout(PATIENCE, line.told.recv()).await {
                    Ok(Some(Told::Acknowledged | Told::Connected)) => {
                        self.board.count(|counts| counts.messages += 1);
                    }
                    Ok(Some(Told::Lost(trouble))) => return Err(trouble),
                    Ok(None) => return Err((LinkState::Unreachable, "it ended".to_owned())),
                    Err(_) => {
                        let reason = "the broker acknowledges nothing".to_owned();
                        return Err((LinkState::Unreachable, reason));
                    }
                }
            }
            Ok(())
        };
        tokio::pin!(sending);
        tokio::select! {
            done = acknowledged => done,
            () = async { sending.await; std::future::pending::<()>().await } => Ok(()),
        }
    }

    async fn key(&mut self, series: SeriesId) -> Result<Option<SeriesKey>, Trouble> {
        if !self.series.contains_key(&series) {
            let all = self.read(Reader::series).await?;
            self.series = all.into_iter().map(|info| (info.id, info.key)).collect();
        }
        Ok(self.series.get(&series).cloned())
    }

    async fn keep_when_due(&mut self) -> Result<(), Trouble> {
        let (kept, at) = self.kept;
        let moved = self.cursor - kept.min(self.cursor);
        if moved > 0 && (moved >= KEEP_AFTER || at.elapsed() >= KEEP_EVERY) {
            self.keep_cursor().await;
        }
        Ok(())
    }

    /// A ledger that refuses is asked again later; until then more would be published twice.
    async fn keep_cursor(&mut self) {
        let (kept, _) = self.kept;
        let done = self.cursor == kept
            || self.about.ledger.put_mark(self.mark(), self.cursor).await.is_ok();
        self.kept = (if done { self.cursor } else { kept }, Instant::now());
    }

    fn mark(&self) -> String {
        format!("published to {}", self.about.config.name)
    }

    async fn read<T: Send + 'static>(
        &self,
        question: impl FnOnce(&Reader) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, Trouble> {
        let reader = self.about.ledger.reader();
        let answer = tokio::task::spawn_blocking(move || question(&reader)).await;
        let failed = |error: String| (LinkState::Paused, error);
        answer.map_err(|error| failed(error.to_string()))?.map_err(|e| failed(e.to_string()))
    }
}

/// The newest message of each real warning in force.
fn standing(reader: &Reader) -> Result<Vec<WarningMessage>, StoreError> {
    let mut messages = Vec::new();
    for one in reader.issued_warnings(true, None, MOST_STANDING)? {
        if one.state == WarningState::Issued && one.realm == Realm::Actual {
            messages.extend(reader.messages(&one.id)?.pop());
        }
    }
    Ok(messages)
}

fn line(client: AsyncClient, mut events: EventLoop) -> Line {
    let (tell, told) = mpsc::unbounded_channel();
    let task = tokio::spawn(async move {
        loop {
            let news = match events.poll().await {
                Ok(Event::Incoming(Packet::ConnAck(_))) => Told::Connected,
                Ok(Event::Incoming(Packet::PubAck(_))) => Told::Acknowledged,
                Ok(_) => continue,
                Err(error) => {
                    let _gone = tell.send(Told::Lost(trouble(&error)));
                    return;
                }
            };
            if tell.send(news).is_err() {
                return;
            }
        }
    });
    Line { client, told, task }
}
