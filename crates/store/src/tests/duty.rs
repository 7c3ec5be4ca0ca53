//! The shift log, and a call that is a receipt.

use domain::duty::{DutyEntry, Officer, Reached};

use super::*;
use crate::{DutyFilter, NoticeEvent, NoticeState};

fn body(entry: DutyEntry) -> ArrivalBody {
    let user = Officer { user: "lan".to_owned(), name: "Lan (lan)".to_owned() };
    ArrivalBody::Duty { user, entry }
}

fn call(recipient: &str, reached: Reached) -> ArrivalBody {
    body(DutyEntry::Call {
        warning: "kon-1".parse().expect("a name"),
        recipient: recipient.parse().expect("a name"),
        reached,
        remark: None,
    })
}

fn note(warning: Option<&str>) -> ArrivalBody {
    let warning = warning.map(|id| id.parse().expect("a name"));
    body(DutyEntry::Note { text: "ghi".to_owned(), warning })
}

fn begin() -> ArrivalBody {
    body(DutyEntry::TakeOver { handover: None, remark: None })
}

/// A warning to An by mail, which was sent, and to Bình, which waits.
async fn told(path: &Path) -> (Ledger, LedgerThread) {
    let (ledger, thread) = open(path);
    ledger.submit(message(&[("level", 1, 101.0)])).await.expect("committed");
    let record = ledger.reader().notices(None, None, None, 9).expect("read").remove(0);
    let next = gauge::notice(record.notice.body.message(), "binh", Time::from_millis(5));
    ledger.add_notices(vec![next]).await.expect("noted");
    let sent = NoticeEvent {
        at: Time::from_millis(1),
        state: NoticeState::Sent,
        detail: String::new(),
        next_try_at: None,
    };
    ledger.note_notice(record.notice.id, sent).await.expect("noted");
    (ledger, thread)
}

fn states(reader: &Reader) -> Vec<NoticeState> {
    let all = reader.notices(None, None, None, 9).expect("read");
    all.into_iter().map(|record| record.state).collect()
}

#[tokio::test]
async fn only_who_says_that_they_know_has_given_a_receipt() {
    use NoticeState::{Confirmed, Sent, Waiting};
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("l.db");
    let (ledger, thread) = told(&path).await;
    let reader = ledger.reader();
    for reached in [Reached::Told, Reached::NoAnswer, Reached::WrongNumber] {
        ledger.submit(call("an", reached)).await.expect("committed");
        assert_eq!(states(&reader), [Sent, Waiting], "{reached:?}");
    }
    let overdue = || reader.overdue_receipts(Time::from_millis(i64::MAX), 9).expect("read").len();
    assert_eq!(overdue(), 2);
    ledger.submit(call("an", Reached::Confirmed)).await.expect("committed");
    assert_eq!((states(&reader), overdue()), (vec![Confirmed, Waiting], 1));
    let history = reader.notices(None, None, None, 1).expect("read").remove(0).history;
    assert_eq!(history.last().expect("a line").detail, "confirmed by telephone to Lan (lan)");
    drop(ledger);
    thread.stop().expect("stopped in order");
    let (ledger, _thread) = open(&path);
    assert_eq!(states(&ledger.reader()), [Confirmed, Waiting], "after a restart too");
}

#[tokio::test]
async fn the_log_is_read_by_time_and_by_warning_and_shifts_by_what_overlaps() {
    let folder = tempfile::tempdir().expect("a folder");
    let clock = Hand::at(1_000);
    let (ledger, _thread) = open_with(&folder.path().join("l.db"), clock.clone(), SMALL);
    ledger.submit(message(&[("level", 1, 101.0)])).await.expect("committed");
    let acts = [
        (2_000, begin()),
        (3_000, note(None)),
        (4_000, call("an", Reached::NoAnswer)),
        (5_000, begin()),
        (6_000, note(Some("kon-1"))),
    ];
    for (at, body) in acts {
        clock.set(at);
        ledger.submit(body).await.expect("committed");
    }
    let reader = ledger.reader();
    let times = |filter: &DutyFilter| -> Vec<i64> {
        let found = reader.duty_log(filter, 9).expect("read");
        found.into_iter().map(|(_, record)| record.at.millis()).collect()
    };
    let at = |millis| Some(Time::from_millis(millis));
    let all = DutyFilter::default();
    assert_eq!(times(&all), [6_000, 5_000, 4_000, 3_000, 2_000]);
    assert_eq!(
        times(&DutyFilter { from: at(3_000), to: at(5_000), ..all.clone() }),
        [4_000, 3_000]
    );
    let warning = Some("kon-1".parse().expect("a name"));
    assert_eq!(times(&DutyFilter { warning, ..all }), [6_000, 4_000]);
    let shifts = |from: i64, to: i64| -> Vec<i64> {
        let (from, to) = (Time::from_millis(from), Time::from_millis(to));
        let found = reader.shifts(from, to).expect("read");
        found.into_iter().map(|(_, record)| record.at.millis()).collect()
    };
    assert_eq!(shifts(0, 9_000), [2_000, 5_000]);
    assert_eq!(shifts(3_000, 4_000), [2_000], "the shift that went on then");
    assert_eq!(shifts(5_000, 9_000), [5_000]);
    assert_eq!(shifts(0, 2_000), [0; 0]);
    let changed = reader.warnings_changed(Time::from_millis(0), Time::from_millis(1_001));
    assert_eq!(changed.expect("read").len(), 1);
    let later = reader.warnings_changed(Time::from_millis(2_000), Time::from_millis(9_000));
    assert_eq!(later.expect("read"), []);
    let desk = reader.duty_desk().expect("read");
    assert_eq!(desk.shift.expect("a shift").since, Time::from_millis(6_000));
}

#[tokio::test]
async fn a_replay_compares_the_shift_log() {
    let folder = tempfile::tempdir().expect("a folder");
    let (from, to) = (folder.path().join("from.db"), folder.path().join("to.db"));
    let (ledger, thread) = told(&from).await;
    ledger.submit(call("an", Reached::Confirmed)).await.expect("committed");
    drop(ledger);
    thread.stop().expect("stopped in order");
    let report = crate::replay(&from, &to, Box::new(Gauge::default())).expect("replayed");
    assert!(report.is_same(), "{report:?}");
    assert!(report.compared.contains(&("shift log".to_owned(), 1)), "{report:?}");
    let conn = rusqlite::Connection::open(&from).expect("opened");
    conn.execute_batch("UPDATE duty SET body = replace(body, 'lan', 'ann')").expect("changed");
    let other = folder.path().join("other.db");
    let report = crate::replay(&from, &other, Box::new(Gauge::default())).expect("replayed");
    assert_eq!(report.differences, 1);
    assert!(report.first_difference.expect("one").starts_with("shift log"));
}

#[tokio::test]
async fn an_older_ledger_gets_a_shift_log_when_it_is_opened() {
    let folder = tempfile::tempdir().expect("a folder");
    for version in [1, 2] {
        let path = folder.path().join(format!("{version}.db"));
        let (ledger, thread) = open(&path);
        ledger.submit(message(&[("level", 1, 1.0)])).await.expect("committed");
        drop(ledger);
        thread.stop().expect("stopped in order");
        age(&path, version);
        let (ledger, _thread) = open(&path);
        ledger.submit(note(None)).await.expect("committed");
        assert_eq!(ledger.reader().duty_log(&DutyFilter::default(), 9).expect("read").len(), 1);
    }
}
