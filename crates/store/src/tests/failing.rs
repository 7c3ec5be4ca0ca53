//! Disks that are full, read-only, and well again.

use std::os::unix::fs::PermissionsExt as _;

use super::*;
use crate::Refusal;

/// A message too big for the free room in the file's pages.
fn big(at: i64) -> ArrivalBody {
    let readings: Vec<(&str, i64, f64)> = (0..400).map(|n| ("level", at + n, 0.5)).collect();
    message(&readings)
}

async fn check_breaks_and_recovers(breaks: &str, heals: &str) {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("l.db");
    let (ledger, thread) = open_with(&path, Hand::at(1_000_000), LARGE);
    let before = ledger.submit(message(&[("level", 1, 1.0)])).await.expect("committed");

    ledger.pragma(breaks).await;
    let refused = ledger.submit(big(1_000)).await;
    assert!(matches!(refused, Err(Refusal::Failing(_))), "{breaks}: {refused:?}");
    let status = ledger.status();
    assert!(!status.writing && status.reason.is_some(), "{status:?}");
    assert_eq!(status.failing_since, Some(Time::from_millis(1_000_000)));
    assert_eq!(status.last_seq, before.seq, "nothing came after it");
    let note = ledger.audit("an".to_owned(), "looked".to_owned(), String::new()).await;
    assert!(matches!(note, Err(Refusal::Failing(_))), "{note:?}");
    let next = ledger.submit(message(&[("level", 2, 2.0)])).await;
    assert!(matches!(next, Err(Refusal::Failing(_))), "{next:?}");

    let mut live = ledger.live();
    ledger.pragma(heals).await;
    let recovered = live.recv().await.expect("the refused batch, by itself");
    assert_eq!(recovered.arrival.seq, before.seq + 1);
    assert_eq!(recovered.outcome.readings.len(), 800);
    let again = ledger.submit(big(1_000)).await.expect("sent again");
    assert_eq!(again.seq, before.seq + 2, "no number is skipped or given twice");
    assert_eq!(ledger.status().reason, None);
    assert!(ledger.status().writing);
    let arrivals = ledger.reader().arrivals(0, 10).expect("arrivals");
    assert_eq!(arrivals.iter().map(|a| a.seq).collect::<Vec<_>>(), [1, 2, 3, 4]);
    assert_eq!(all_readings(&ledger.reader(), 0).len(), 401, "the refused batch is on disk");

    let known = picture(&ledger.reader());
    drop(ledger);
    thread.stop().expect("stopped in order");
    let (ledger, _thread) = open(&path);
    assert_eq!(picture(&ledger.reader()), known, "what the processor knew is what the disk says");
}

#[tokio::test]
async fn a_full_disk_is_refused_said_and_survived() {
    check_breaks_and_recovers("max_page_count = 1", "max_page_count = 1000000").await;
}

#[tokio::test]
async fn a_read_only_file_is_refused_said_and_survived() {
    check_breaks_and_recovers("query_only = 1", "query_only = 0").await;
}

#[tokio::test]
async fn a_note_alone_that_fails_is_refused_and_not_written_later() {
    let folder = tempfile::tempdir().expect("a folder");
    let (ledger, thread) = open(&folder.path().join("l.db"));
    ledger.pragma("query_only = 1").await;
    let refused = ledger.audit("an".to_owned(), "failed".to_owned(), String::new()).await;
    assert!(matches!(refused, Err(Refusal::Failing(_))), "{refused:?}");
    ledger.pragma("query_only = 0").await;
    let mut last = Err(Refusal::Busy);
    while last.is_err() {
        tokio::task::yield_now().await;
        last = ledger.audit("an".to_owned(), "well again".to_owned(), String::new()).await;
    }
    let lines = ledger.reader().audit_lines(0, 10).expect("lines");
    assert_eq!(lines.iter().map(|line| line.what.as_str()).collect::<Vec<_>>(), ["well again"]);
    thread.stop().expect("stopped in order");
}

#[tokio::test]
async fn stopping_while_the_disk_is_full_says_that_something_is_unwritten() {
    let folder = tempfile::tempdir().expect("a folder");
    let (ledger, thread) = open(&folder.path().join("l.db"));
    ledger.pragma("query_only = 1").await;
    assert!(ledger.submit(message(&[("level", 1, 1.0)])).await.is_err());
    let stopped = tokio::task::spawn_blocking(|| thread.stop()).await.expect("joined");
    assert!(matches!(stopped, Err(crate::StoreError::Unwritten(_))), "{stopped:?}");
    assert_eq!(ledger.submit(message(&[])).await, Err(Refusal::Stopping));
}

#[tokio::test]
async fn more_arrivals_than_the_queue_holds_are_refused_as_busy() {
    let folder = tempfile::tempdir().expect("a folder");
    let options = Options { queue: 1, ..options(&folder.path().join("l.db")) };
    let clock = Hand::at(0);
    let (ledger, thread) =
        Ledger::open_tuned(options, Box::new(Gauge::default()), clock, SMALL).expect("a ledger");
    let submits = (0..500).map(|n| {
        let ledger = ledger.clone();
        async move { ledger.submit(message(&[("level", n, 1.0)])).await }
    });
    let mut answers = Vec::new();
    let mut set = tokio::task::JoinSet::new();
    submits.for_each(|submit| {
        set.spawn(submit);
    });
    while let Some(answer) = set.join_next().await {
        answers.push(answer.expect("joined"));
    }
    let stored = answers.iter().filter(|answer| answer.is_ok()).count();
    assert!(answers.iter().all(|answer| matches!(answer, Ok(_) | Err(Refusal::Busy))));
    assert!(stored < 500, "a queue of one cannot have taken 500 at once");
    assert_eq!(all_readings(&ledger.reader(), 0).len(), stored, "acknowledged means stored");
    thread.stop().expect("stopped in order");
}

#[tokio::test]
async fn a_fault_in_the_processor_is_said_and_acknowledges_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("l.db");
    let (ledger, thread) = open(&path);
    ledger.submit(message(&[("level", 1, 1.0)])).await.expect("committed");
    let fatal = message(&[("boom", 1, 1.0)]);
    assert_eq!(ledger.submit(fatal.clone()).await, Err(Refusal::Stopping));
    let kept = folder.path().join("poison-3.bin");
    let ArrivalBody::Telemetry { payload, .. } = fatal else { panic!("not telemetry") };
    assert_eq!(std::fs::read(&kept).expect("the bytes are kept"), payload);
    let mode = std::fs::metadata(&kept).expect("a file").permissions().mode();
    assert_eq!(mode & 0o777, 0o600, "for us alone");
    ledger.gone().await;
    let stopped = tokio::task::spawn_blocking(|| thread.stop()).await.expect("joined");
    assert!(matches!(stopped, Err(crate::StoreError::Fault)), "{stopped:?}");
    assert!(!ledger.status().writing && ledger.status().reason.is_some());
    let (ledger, _thread) = open(&path);
    assert_eq!(all_readings(&ledger.reader(), 0).len(), 1);
}

#[tokio::test]
async fn every_commit_is_synced_also_after_what_need_not_be() {
    let folder = tempfile::tempdir().expect("a folder");
    let (ledger, _thread) = open(&folder.path().join("l.db"));
    const FULL: i64 = 2;
    for n in 0..40 {
        ledger.submit(message(&[("level", n, 1.0)])).await.expect("committed");
        assert_eq!(ledger.pragma("synchronous").await, FULL, "after {n} messages");
    }
}
