//! A restart at any point changes nothing.

use super::*;

fn messages() -> Vec<Vec<(&'static str, i64, f64)>> {
    (0..30_i64)
        .map(|n| {
            let level = if n % 11 == 10 { 150.0 } else { n as f64 * 0.7 };
            vec![("level", n / 3 * 600, level), ("rain", n * 600 % 7_000, 0.2), ("rain", 1, -1.0)]
        })
        .collect()
}

async fn run(restart_before: Option<usize>) -> String {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("l.db");
    let (mut ledger, mut thread) = open(&path);
    for (n, readings) in messages().iter().enumerate() {
        if restart_before == Some(n) {
            thread.stop().expect("stopped in order");
            (ledger, thread) = open(&path);
        }
        ledger.submit(message(readings)).await.expect("committed");
    }
    thread.stop().expect("stopped in order");
    picture(&ledger.reader())
}

#[tokio::test]
async fn a_restart_at_any_point_leads_to_the_same_as_none() {
    let undisturbed = run(None).await;
    assert!(undisturbed.contains("kon-2"), "the messages raise something");
    for point in 0..messages().len() {
        assert_eq!(run(Some(point)).await, undisturbed, "restart before message {point}");
    }
}

#[tokio::test]
async fn without_a_usable_checkpoint_the_journal_is_enough() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("l.db");
    let (ledger, thread) = open(&path);
    for readings in &messages()[..20] {
        ledger.submit(message(readings)).await.expect("committed");
    }
    thread.stop().expect("stopped in order");
    let other = rusqlite::Connection::open(&path).expect("a connection");
    let kept: u32 =
        other.query_row("SELECT count(*) FROM checkpoint", [], |row| row.get(0)).expect("a count");
    assert_eq!(kept, 2);
    other.execute("UPDATE checkpoint SET state = x'00'", []).expect("broken");
    let (ledger, thread) = open(&path);
    for readings in &messages()[20..] {
        ledger.submit(message(readings)).await.expect("committed");
    }
    thread.stop().expect("stopped in order");
    assert_eq!(picture(&ledger.reader()), run(None).await);
}

#[tokio::test]
async fn a_start_is_journalled_with_when_the_process_before_was_last_alive() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("l.db");
    let clock = Hand::at(5_000);
    let (ledger, thread) = open_with(&path, clock.clone(), LARGE);
    for now in [6_000, 7_000] {
        clock.set(now);
        ledger.submit(message(&[])).await.expect("committed");
    }
    thread.stop().expect("stopped in order");
    clock.set(90_000);
    let (ledger, _thread) = open_with(&path, clock, LARGE);
    let arrivals = ledger.reader().arrivals(0, 10).expect("arrivals");
    let starts: Vec<_> = arrivals
        .iter()
        .filter_map(|arrival| match arrival.body {
            ArrivalBody::Started { alive_at } => Some((arrival.received_at.millis(), alive_at)),
            _ => None,
        })
        .collect();
    assert_eq!(starts, [(5_000, None), (90_000, Some(Time::from_millis(7_000)))]);
}

#[tokio::test]
async fn a_handle_that_outlives_the_thread_is_told_so() {
    let folder = tempfile::tempdir().expect("a folder");
    let (ledger, thread) = open(&folder.path().join("l.db"));
    thread.stop().expect("stopped in order");
    assert_eq!(ledger.submit(message(&[])).await, Err(crate::Refusal::Stopping));
    assert_eq!(all_readings(&ledger.reader(), 0), [], "it can still read");
}
