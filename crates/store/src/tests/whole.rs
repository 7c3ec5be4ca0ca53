//! Long histories of a ledger that has dropped some of them.

use domain::{CheckedReading, Span};

use super::*;
use crate::HistoryState;
use crate::history::{Lack, Whole, WholeError};

const DAY: i64 = 86_400_000;

/// A ledger of sixty days, all in chunks, that the history server is said to have too.
async fn ledger(folder: &Path) -> (Ledger, LedgerThread) {
    let path = folder.join("l.db");
    let (ledger, thread) = open(&path);
    for day in 0..60 {
        ledger.submit(message(&[("level", day * DAY, day as f64)])).await.expect("stored");
    }
    drop(ledger);
    thread.stop().expect("stopped");
    let (ledger, thread) = open(&path);
    let (last, name) = (*ledger.last_seq().borrow(), "l".to_owned());
    ledger.note_history(last, name, Vec::new()).await.expect("noted");
    ledger.note_history_summed(last).await.expect("noted");
    (ledger, thread)
}

async fn drop_before(ledger: &Ledger, day: i64) -> Time {
    let before = Time::from_millis(day * DAY);
    ledger.note_prune(before, (1..1_000).collect()).await.expect("noted");
    assert_eq!(ledger.reader().kept_from().expect("read"), Some(before));
    before
}

fn read(whole: &Whole) -> Result<Vec<CheckedReading>, WholeError> {
    let key = "s1".parse().expect("a name");
    let (parameter, sensor) = ("level".parse().expect("a name"), domain::SensorId::main());
    let key = domain::SeriesKey { station: key, parameter, sensor };
    let pieces = whole.pieces(SeriesId(0), &key, FROM, TO);
    let all: Result<Vec<_>, _> = pieces.collect();
    Ok(all?.concat().into_iter().map(|(_, reading)| reading).collect())
}

#[tokio::test]
async fn a_ledger_that_keeps_everything_lacks_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    let (ledger, _thread) = ledger(folder.path()).await;
    let whole = Whole::of_ledger(ledger.reader()).expect("read");
    let (whole, lack) = whole.joined(None, FROM, None).await;
    assert_eq!(lack, None);
    assert_eq!(read(&whole).expect("read"), all_readings(&ledger.reader(), 0));
}

#[tokio::test]
async fn what_was_dropped_is_lacking_without_a_history_server_and_only_there() {
    let folder = tempfile::tempdir().expect("a folder");
    let (ledger, _thread) = ledger(folder.path()).await;
    let before = drop_before(&ledger, 40).await;
    let whole = Whole::of_ledger(ledger.reader()).expect("read");
    let (_, none) = whole.clone().joined(None, before, None).await;
    assert_eq!(none, None, "from there on it has everything");
    let (whole, lack) = whole.joined(None, before - Span::days(1), None).await;
    assert_eq!(lack, Some(Lack { before, state: HistoryState::Off }));
    let left = read(&whole).expect("read");
    assert!(left.len() >= 20 && left.len() < 60, "{}", left.len());
    assert_eq!(left, all_readings(&ledger.reader(), 0));
}

#[tokio::test]
async fn what_is_dropped_while_it_is_read_is_never_passed_over_in_silence() {
    let folder = tempfile::tempdir().expect("a folder");
    let (ledger, _thread) = ledger(folder.path()).await;
    let (whole, lack) =
        Whole::of_ledger(ledger.reader()).expect("read").joined(None, FROM, None).await;
    assert_eq!(lack, None);
    let before = drop_before(&ledger, 40).await;
    let told = read(&whole).expect_err("some are gone");
    assert!(matches!(told, WholeError::Dropped(at) if at == before), "{told}");
}
