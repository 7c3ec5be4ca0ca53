//! The proof that a journal leads to the same bytes again.

use super::*;
use crate::replay;

async fn filled(path: &Path) {
    let (ledger, thread) = open(path);
    for n in 0..40_i64 {
        let value = if n % 9 == 8 { 120.0 } else { n as f64 / 7.0 };
        ledger.submit(message(&[("level", n * 10, value)])).await.expect("committed");
    }
    let garbage = ArrivalBody::Telemetry {
        station: "s1".parse().expect("a name"),
        topic: "t".to_owned(),
        payload: vec![0],
        retained: false,
        dup: false,
        again: None,
    };
    ledger.submit(garbage).await.expect("committed");
    thread.stop().expect("stopped in order");
}

#[tokio::test]
async fn a_replay_gives_the_same_bytes_and_a_ledger_that_can_go_on() {
    let folder = tempfile::tempdir().expect("a folder");
    let (from, to) = (folder.path().join("from.db"), folder.path().join("to.db"));
    filled(&from).await;
    let report = replay(&from, &to, Box::new(Gauge::default())).expect("replayed");
    assert!(report.is_same(), "{report:?}");
    assert_eq!((report.arrivals, report.readings), (42, 80));
    let compared =
        |what: &str| report.compared.iter().find(|(name, _)| name == what).expect("compared").1;
    assert_eq!([compared("warnings"), compared("messages"), compared("notices")], [4, 4, 4]);
    let known = picture(&Reader::open(&from).expect("a reader"));
    let (ledger, thread) = open(&to);
    assert_eq!(picture(&ledger.reader()), known);
    thread.stop().expect("stopped in order");
    let again = replay(&from, &to, Box::new(Gauge::default())).expect_err("refused");
    assert!(again.to_string().contains("exists already"), "{again}");
}

#[tokio::test]
async fn a_replay_says_what_differs_first() {
    for (tamper, differs) in [
        (
            "UPDATE warning_version SET body = replace(body, 'kon-2', 'kon-9') WHERE id = 2",
            "warnings of arrival 19",
        ),
        ("DELETE FROM message WHERE id = 4", "messages of arrival 37"),
        ("UPDATE journal SET outcome = NULL WHERE seq = 5", "readings of arrival 5"),
    ] {
        let folder = tempfile::tempdir().expect("a folder");
        let (from, to) = (folder.path().join("from.db"), folder.path().join("to.db"));
        filled(&from).await;
        let other = rusqlite::Connection::open(&from).expect("a connection");
        other.execute(tamper, []).expect("tampered");
        let report = replay(&from, &to, Box::new(Gauge::default())).expect("replayed");
        assert_eq!((report.differences, report.first_difference.as_deref()), (1, Some(differs)));
    }
}
