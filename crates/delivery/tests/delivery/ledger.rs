//! The real ledger as outbox: from a commit to a receiver, over a crash, to a dead letter.

use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use delivery::{Outlet, Secrets};
use domain::duty::{DutyEntry, DutyRecord, Officer, Reached};
use domain::{
    Arrival, ArrivalBody, Channel, Command, Notice, Outcome, Processor, Realm, Span, StationHealth,
    Time,
};
use store::{Clock, Ledger, LedgerThread, NoticeState, Options};
use tokio_util::sync::CancellationToken;

use crate::capture::Receiver;
use crate::memory::{Board, config, people};
use crate::samples::{contact, message, notice, webhook};

struct System;
impl Clock for System {
    fn now(&self) -> Time {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
        Time::from_millis(since.as_millis() as i64)
    }
    fn until(&self, at: Time) -> Duration {
        Duration::from_millis((at - self.now()).millis().max(0).unsigned_abs())
    }
}

/// Each test command plans a message by webhook and in the feed; its remark is the address.
#[derive(Default)]
struct Planner {
    planned: u32,
    receipt_within: Option<Span>,
}

impl Processor for Planner {
    fn apply(&mut self, arrival: &Arrival) -> Outcome {
        if let ArrivalBody::Duty { user, entry } = &arrival.body {
            let (at, who, entry) = (arrival.received_at, user.clone(), entry.clone());
            let duty = Some(DutyRecord { at, who, entry, before: None, unannounced: false });
            return Outcome { duty, command: Some(Ok(())), ..Outcome::default() };
        }
        let ArrivalBody::Command { command: Command::Test { remark }, .. } = &arrival.body else {
            return Outcome::default();
        };
        self.planned += 1;
        let due = self.receipt_within.map(|within| arrival.received_at + within);
        let planned = |channel: Channel| Notice {
            planned_at: arrival.received_at,
            receipt_by: due.filter(|_| channel.asks_receipt()),
            escalate_to: due.map(|_| "deputy".parse().expect("a name")),
            ..notice(message(self.planned), "rescue", channel)
        };
        let notices = vec![planned(webhook(remark)), planned(Channel::Cap)];
        Outcome { notices, command: Some(Ok(())), ..Outcome::default() }
    }
    fn next_deadline(&self) -> Option<Time> {
        None
    }
    fn checkpoint(&self) -> Vec<u8> {
        self.planned.to_be_bytes().to_vec()
    }
    fn restore(&mut self, checkpoint: &[u8]) -> Result<(), String> {
        self.planned = u32::from_be_bytes(checkpoint.try_into().map_err(|_| "not four bytes")?);
        Ok(())
    }
    fn health(&self) -> Vec<StationHealth> {
        Vec::new()
    }
}

fn open(folder: &tempfile::TempDir) -> (Ledger, LedgerThread) {
    open_with(folder, Planner::default())
}

fn open_with(folder: &tempfile::TempDir, planner: Planner) -> (Ledger, LedgerThread) {
    let path = folder.path().join("ledger.db");
    let options = Options {
        path,
        realm: Realm::Actual,
        batch: 10,
        queue: 100,
        fold_readings: store::FOLD_READINGS,
    };
    Ledger::open(options, Box::new(planner), Arc::new(System)).expect("a ledger")
}

fn start(ledger: &Ledger, stop: &CancellationToken) -> tokio::task::JoinHandle<()> {
    let secrets = Secrets { receipt_key: vec![7; 32], get: Arc::new(|_| Some(b"s".to_vec())) };
    let outlet: Arc<dyn Outlet> = Arc::new(Board::default());
    let deputy = contact(&[Channel::Email { address: "deputy@example.org".to_owned() }]);
    let people = people(&[("rescue", contact(&[])), ("deputy", deputy)], &[]);
    let (ledger, stop) = (ledger.clone(), stop.clone());
    tokio::spawn(async move {
        let ended = delivery::run(config(), secrets, ledger, outlet, people, stop).await;
        ended.expect("a configuration without faults");
    })
}

async fn plan(ledger: &Ledger, url: &str) {
    let command = Command::Test { remark: url.to_owned() };
    let body = ArrivalBody::Command { user: "duty".to_owned(), command };
    ledger.submit(body).await.expect("committed");
}

async fn states(ledger: &Ledger, wanted: &[NoticeState]) {
    let reading = async {
        loop {
            let all = ledger.reader().notices(None, None, None, 100).expect("readable");
            if all.iter().map(|record| record.state).collect::<Vec<_>>() == wanted {
                return;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    let reached = tokio::time::timeout(Duration::from_secs(60), reading).await;
    assert!(reached.is_ok(), "{:#?}", ledger.reader().notices(None, None, None, 100));
}

#[tokio::test]
async fn what_is_committed_is_delivered_and_what_a_crash_interrupts_comes_again() {
    use NoticeState::{Dead, Delivered, Sending};
    let (receiver, address) = Receiver::start().await;
    receiver.answer("a", &[(500, None)]);
    receiver.answer("gone", &[(410, None)]);
    receiver.answer("hangs", &[(0, None)]);
    let folder = tempfile::tempdir().expect("a folder");
    let (ledger, thread) = open(&folder);
    let task = start(&ledger, &CancellationToken::new());
    plan(&ledger, &format!("{address}/a")).await;
    plan(&ledger, &format!("{address}/gone")).await;
    states(&ledger, &[Delivered, Delivered, Dead, Delivered]).await;
    plan(&ledger, &format!("{address}/hangs")).await;
    states(&ledger, &[Delivered, Delivered, Dead, Delivered, Sending, Delivered]).await;
    task.abort();
    thread.stop().expect("an orderly end");
    drop(ledger);

    let (ledger, thread) = open(&folder);
    let stop = CancellationToken::new();
    let task = start(&ledger, &stop);
    states(&ledger, &[Delivered, Delivered, Dead, Delivered, Delivered, Delivered]).await;
    stop.cancel();
    task.await.expect("an orderly end");
    let ids: Vec<String> =
        receiver.calls("hangs").iter().map(|call| call.header("quantrac-id")).collect();
    assert_eq!(ids.len(), 2);
    assert_eq!(ids[0], ids[1]);
    assert_eq!(receiver.calls("gone").len(), 1);
    let caps = ledger.reader().caps(10).expect("readable");
    assert_eq!(caps.len(), 3);
    assert!(caps[0].xml.contains(&caps[1].identifier), "the third replaces the second");
    thread.stop().expect("an orderly end");
}

/// Two messages of one warning: of the first the person says on the telephone that they know, of the second they are
/// not asked. When the next in line is told of the second, the first was long overdue.
#[tokio::test]
async fn who_confirmed_by_telephone_is_not_escalated() {
    let (_receiver, address) = Receiver::start().await;
    let folder = tempfile::tempdir().expect("a folder");
    let planner = Planner { receipt_within: Some(Span::from_millis(700)), ..Planner::default() };
    let (ledger, thread) = open_with(&folder, planner);
    let stop = CancellationToken::new();
    plan(&ledger, &format!("{address}/chair")).await;
    let user = Officer { user: "lan".to_owned(), name: "Lan (lan)".to_owned() };
    for reached in [Reached::NoAnswer, Reached::Confirmed] {
        let entry = DutyEntry::Call {
            warning: message(1).warning,
            recipient: "rescue".parse().expect("a name"),
            reached,
            remark: None,
        };
        ledger.submit(ArrivalBody::Duty { user: user.clone(), entry }).await.expect("committed");
    }
    plan(&ledger, &format!("{address}/chair")).await;
    let task = start(&ledger, &stop);
    let told = async || loop {
        let all = ledger.reader().notices(None, None, None, 100).expect("readable");
        let deputies: Vec<_> =
            all.into_iter().filter(|r| r.notice.recipient.as_str() == "deputy").collect();
        if !deputies.is_empty() {
            return deputies;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    };
    let deputies = tokio::time::timeout(Duration::from_secs(60), told()).await.expect("told");
    assert!(deputies.iter().all(|r| r.notice.number == 2), "{deputies:#?}");
    let first = ledger.reader().notices(None, None, None, 1).expect("readable").remove(0);
    assert_eq!(first.state, NoticeState::Confirmed);
    assert!(first.notice.receipt_by < Some(ledger.now()), "it was due");
    stop.cancel();
    task.await.expect("an orderly end");
    drop(ledger);
    thread.stop().expect("an orderly end");
}
