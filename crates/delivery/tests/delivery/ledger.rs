//! The real ledger as outbox: from a commit to a receiver, over a crash, to a dead letter.

use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use delivery::{Outlet, Secrets};
use domain::{
    Arrival, ArrivalBody, Channel, Command, Notice, Outcome, Processor, Realm, StationHealth, Time,
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
struct Planner(u32);

impl Processor for Planner {
    fn apply(&mut self, arrival: &Arrival) -> Outcome {
        let ArrivalBody::Command { command: Command::Test { remark }, .. } = &arrival.body else {
            return Outcome::default();
        };
        self.0 += 1;
        let planned = |channel: Channel| Notice {
            planned_at: arrival.received_at,
            ..notice(message(self.0), "rescue", channel)
        };
        let notices = vec![planned(webhook(remark)), planned(Channel::Cap)];
        Outcome { notices, command: Some(Ok(())), ..Outcome::default() }
    }
    fn next_deadline(&self) -> Option<Time> {
        None
    }
    fn checkpoint(&self) -> Vec<u8> {
        self.0.to_be_bytes().to_vec()
    }
    fn restore(&mut self, checkpoint: &[u8]) -> Result<(), String> {
        self.0 = u32::from_be_bytes(checkpoint.try_into().map_err(|_| "not four bytes")?);
        Ok(())
    }
    fn health(&self) -> Vec<StationHealth> {
        Vec::new()
    }
}

fn open(folder: &tempfile::TempDir) -> (Ledger, LedgerThread) {
    let path = folder.path().join("ledger.db");
    let options = Options {
        path,
        realm: Realm::Actual,
        batch: 10,
        queue: 100,
        fold_readings: store::FOLD_READINGS,
    };
    Ledger::open(options, Box::new(Planner::default()), Arc::new(System)).expect("a ledger")
}

fn start(ledger: &Ledger, stop: &CancellationToken) -> tokio::task::JoinHandle<()> {
    let secrets = Secrets { receipt_key: vec![7; 32], get: Arc::new(|_| Some(b"s".to_vec())) };
    let outlet: Arc<dyn Outlet> = Arc::new(Board::default());
    let people = people(&[("rescue", contact(&[]))], &[]);
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
