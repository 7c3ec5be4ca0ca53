//! The clock: receive times, ticks, live feed, health.

use super::*;

fn waits_until(due: i64) -> Box<Gauge> {
    Box::new(Gauge::waits_until(due))
}

#[tokio::test]
async fn received_times_never_go_back() {
    let folder = tempfile::tempdir().expect("a folder");
    let clock = Hand::at(5_000);
    let (ledger, _thread) = open_with(&folder.path().join("l.db"), clock.clone(), SMALL);
    for now in [6_000, 3_000, 7_000] {
        clock.set(now);
        ledger.submit(message(&[])).await.expect("committed");
    }
    let arrivals = ledger.reader().arrivals(1, 10).expect("arrivals");
    let times: Vec<i64> = arrivals.iter().map(|arrival| arrival.received_at.millis()).collect();
    assert_eq!(times, [6_000, 6_000, 7_000]);
}

#[tokio::test]
async fn a_deadline_that_passes_is_journalled_as_one_tick() {
    let folder = tempfile::tempdir().expect("a folder");
    let clock = Hand::at(1_000);
    let options = options(&folder.path().join("l.db"));
    let (ledger, thread) =
        Ledger::open_tuned(options, waits_until(2_000), clock.clone(), SMALL).expect("a ledger");
    let mut live = ledger.live();
    clock.set(2_000);
    let tick = live.recv().await.expect("a tick");
    assert_eq!(tick.arrival.body, ArrivalBody::Tick);
    assert_eq!(tick.arrival.received_at, Time::from_millis(2_000));
    ledger.submit(message(&[("level", 1, 1.0)])).await.expect("committed");
    let next = live.recv().await.expect("a message");
    assert_eq!(
        (next.arrival.seq, next.outcome.readings.len()),
        (3, 2),
        "no second tick came between"
    );
    let log = ledger.reader().health_log(&"s1".parse().expect("a name"), 10).expect("a log");
    assert_eq!(log.iter().map(|(seq, _)| *seq).collect::<Vec<_>>(), [2]);
    thread.stop().expect("stopped in order");
}

#[tokio::test]
async fn a_configuration_and_a_command_come_back_as_given() {
    let folder = tempfile::tempdir().expect("a folder");
    let clock = Hand::at(1_000);
    let (ledger, _thread) = open_with(&folder.path().join("l.db"), clock.clone(), SMALL);
    let config = |text: &str| ArrivalBody::Config {
        by: "an".to_owned(),
        files: [("stations.toml".to_owned(), text.to_owned())].into(),
        reason: Some("mực nước đổi".to_owned()),
    };
    ledger.submit(config("a = 1")).await.expect("committed");
    clock.set(2_000);
    ledger.submit(config("a = 2")).await.expect("committed");
    let reader = ledger.reader();
    assert_eq!(reader.configs().expect("read").len(), 2);
    let newest = reader.config_before(u64::MAX).expect("read").expect("there");
    assert_eq!(newest.reason.as_deref(), Some("mực nước đổi"));
    let before = reader.config_before(newest.seq).expect("read").expect("there");
    assert_eq!(before.files["stations.toml"], "a = 1");
    assert_eq!(reader.config_before(before.seq).expect("read"), None);
    let at = |millis| {
        let record = reader.config_at(Time::from_millis(millis)).expect("read");
        record.map(|record| record.files["stations.toml"].clone())
    };
    assert_eq!([at(999), at(1_999), at(2_000)], [None, Some("a = 1".into()), Some("a = 2".into())]);

    let command = domain::Command::Test { remark: "thử".to_owned() };
    let body = ArrivalBody::Command { user: "an".to_owned(), command };
    let committed = ledger.submit(body.clone()).await.expect("committed");
    assert_eq!(committed.command, Some(Ok(())));
    assert_eq!(reader.arrival(committed.seq).expect("read").expect("there").body, body);
}

#[tokio::test]
async fn readers_see_what_was_acknowledged_at_once() {
    let folder = tempfile::tempdir().expect("a folder");
    let (ledger, _thread) = open(&folder.path().join("l.db"));
    for n in 1..200_i64 {
        ledger.submit(message(&[("level", n, 1.0)])).await.expect("committed");
        assert_eq!(all_readings(&ledger.reader(), 0).len() as i64, n);
    }
    assert_eq!(ledger.health().len(), 1);
}
