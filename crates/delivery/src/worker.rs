//! The loop: takes what is due, keeps a bounded number of messages on their way, looks for overdue receipts.

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use domain::Channel;
use store::NoticeRecord;
use tokio::sync::Notify;
use tokio::task::{Id, JoinError, JoinSet};
use tokio_util::sync::CancellationToken;

use crate::attempt::Office;
use crate::{escalate, restore, retry};

/// Notices read at a time.
const AT_ONCE: usize = 1_000;
/// Overdue receipts looked at between two looks at what is due: escalation must not hold up sending.
const OVERDUE_AT_ONCE: usize = 50;
/// The channel that shows what is in force.
const TOPIC: &str = "mqtt";
/// How long messages on their way may take to end when delivery stops. What is later is sent again after
/// the next start, under the same id.
const STOP_WITHIN: Duration = Duration::from_secs(8);

pub(crate) struct Worker {
    office: Arc<Office>,
    wake: Arc<Notify>,
    stop: CancellationToken,
    /// Due, not begun.
    due: VecDeque<NoticeRecord>,
    /// There may be more due than was read.
    more: bool,
    running: JoinSet<()>,
    on_their_way: HashMap<Id, OnItsWay>,
    /// What is in force is on its topics again.
    restored: bool,
}

/// A notice on its way.
struct OnItsWay {
    record: NoticeRecord,
    lane: Lane,
    room: Room,
}

/// One address of one kind. At most one message to it is on its way: who hangs holds up only themselves.
#[derive(Clone, PartialEq, Eq, Hash)]
struct Lane(&'static str, String);

/// Channels do not take each other's places, nor repetitions those of first attempts: however many
/// receivers are dead, what is new goes out.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Room {
    channel: &'static str,
    repeated: bool,
}

impl Worker {
    pub(crate) fn new(office: Arc<Office>, wake: Arc<Notify>, stop: CancellationToken) -> Self {
        Self {
            office,
            wake,
            stop,
            due: VecDeque::new(),
            more: false,
            running: JoinSet::new(),
            on_their_way: HashMap::new(),
            restored: false,
        }
    }

    pub(crate) async fn run(mut self) {
        let mut clock = tokio::time::interval(retry::real(self.office.config.look_every));
        clock.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        self.restore().await;
        loop {
            tokio::select! {
                () = self.stop.cancelled() => break,
                _ = clock.tick() => {
                    self.restore().await;
                    self.look_for_due().await;
                    self.begin();
                    self.look_for_overdue().await;
                }
                () = self.wake.notified() => self.look_for_due().await,
                Some(ended) = self.running.join_next_with_id() => {
                    self.ended(ended).await;
                    if self.due.is_empty() && self.more {
                        self.look_for_due().await;
                    }
                }
            }
            self.begin();
        }
        self.finish().await;
    }

    /// A notice on its way may be read as waiting still: it must not begin twice.
    async fn look_for_due(&mut self) {
        match self.office.outbox.due(AT_ONCE).await {
            Ok(records) => {
                let begun: HashSet<&str> =
                    self.on_their_way.values().map(|way| way.record.notice.id.as_str()).collect();
                self.more = records.len() == AT_ONCE;
                let fresh = |record: &NoticeRecord| !begun.contains(record.notice.id.as_str());
                self.due = records.into_iter().filter(fresh).collect();
            }
            Err(reason) => tracing::error!(reason, "the outbox cannot be read"),
        }
    }

    async fn look_for_overdue(&mut self) {
        match self.office.outbox.overdue(OVERDUE_AT_ONCE).await {
            Ok(records) if records.is_empty() => {}
            Ok(records) => {
                escalate::overdue(&self.office, &records).await;
                self.look_for_due().await;
            }
            Err(reason) => {
                tracing::error!(reason, "the outbox cannot be read for overdue receipts")
            }
        }
    }

    /// Not while something is on its way to a topic: the old must not come after the new.
    async fn restore(&mut self) {
        let busy = self.on_their_way.values().any(|way| way.room.channel == TOPIC);
        if self.restored || busy {
            return;
        }
        match restore::topics(&self.office).await {
            Ok(()) => self.restored = true,
            Err(reason) => tracing::warn!(reason, "warnings in force are not on their topics yet"),
        }
    }

    /// Begins whatever is due and has room; the rest stays in its order.
    fn begin(&mut self) {
        let mut busy: HashSet<Lane> =
            self.on_their_way.values().map(|way| way.lane.clone()).collect();
        for record in std::mem::take(&mut self.due) {
            let (lane, room) = (Lane::of(&record), Room::of(&record));
            if busy.contains(&lane) || !self.has_place(room) {
                // Its lane stays closed for what comes behind it, so that order is kept.
                busy.insert(lane);
                self.due.push_back(record);
                continue;
            }
            busy.insert(lane.clone());
            let (office, own) = (Arc::clone(&self.office), record.clone());
            let task = self.running.spawn(async move { office.attempt(own).await });
            self.on_their_way.insert(task.id(), OnItsWay { record, lane, room });
        }
    }

    fn has_place(&self, room: Room) -> bool {
        let parallel = self.office.config.parallel;
        let places = if room.repeated { parallel.div_ceil(4) } else { parallel };
        self.on_their_way.values().filter(|way| way.room == room).count() < places
    }

    async fn ended(&mut self, ended: Result<(Id, ()), JoinError>) {
        let (id, broke) = match ended {
            Ok((id, ())) => (id, None),
            Err(error) => (error.id(), Some(error)),
        };
        let way = self.on_their_way.remove(&id);
        if let (Some(way), Some(error)) = (way, broke) {
            tracing::error!(notice = way.record.notice.id, %error, "an attempt broke off");
            self.office.broke_off(&way.record).await;
        }
    }

    async fn finish(mut self) {
        let all = async { while self.running.join_next().await.is_some() {} };
        if tokio::time::timeout(STOP_WITHIN, all).await.is_err() {
            let late: Vec<&str> =
                self.on_their_way.values().map(|way| way.record.notice.id.as_str()).collect();
            tracing::warn!(?late, "stopped with messages on their way: they will be sent again");
        }
    }
}

impl Lane {
    fn of(record: &NoticeRecord) -> Self {
        let channel = &record.notice.channel;
        let address = match channel {
            Channel::Email { address } => address.clone(),
            Channel::Webhook { url, .. } => url.clone(),
            Channel::Mqtt { topic } => topic.clone(),
            Channel::Cap => String::new(),
        };
        Self(channel.name(), address)
    }
}

impl Room {
    const fn of(record: &NoticeRecord) -> Self {
        Self { channel: record.notice.channel.name(), repeated: record.attempts > 0 }
    }
}
