//! Long histories of a ledger that has dropped some of them.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use domain::{
    Arrival, ArrivalBody, CheckedReading, Origin, Outcome, Processor, Realm, SensorId, SeriesId,
    SeriesKey, Span, StationHealth, Time, Verdict,
};
use history::{HistoryState, Lack, Whole, WholeError};
use store::{Clock, Ledger, LedgerThread, Options};

const DAY: i64 = 86_400_000;
const DAYS: usize = 60;
/// A value every ten minutes.
const A_DAY: usize = 144;
const FROM: Time = Time::from_millis(i64::MIN);
const TO: Time = Time::from_millis(i64::MAX);

fn key() -> SeriesKey {
    let name = "s1".parse().expect("a name");
    SeriesKey {
        station: name,
        parameter: "level".parse().expect("a name"),
        sensor: SensorId::main(),
    }
}

/// One series that has, after the message of a day, all values of that day.
#[derive(Default)]
struct Gauge {
    known: bool,
}

impl Processor for Gauge {
    fn apply(&mut self, arrival: &Arrival) -> Outcome {
        let mut out = Outcome::default();
        let ArrivalBody::Telemetry { payload, .. } = &arrival.body else { return out };
        if !self.known {
            out.new_series.push((SeriesId(0), key()));
            self.known = true;
        }
        let day: i64 = serde_json::from_slice(payload).expect("a day");
        out.readings.extend((0..A_DAY as i64).map(|n| CheckedReading {
            series: SeriesId(0),
            observed_at: Time::from_millis(day * DAY + n * DAY / A_DAY as i64),
            value: Some(n as f64),
            verdict: Verdict::GOOD,
            origin: Origin::Station,
            completeness: 100,
            late: false,
        }));
        out
    }
    fn next_deadline(&self) -> Option<Time> {
        None
    }
    fn checkpoint(&self) -> Vec<u8> {
        vec![u8::from(self.known)]
    }
    fn restore(&mut self, checkpoint: &[u8]) -> Result<(), String> {
        self.known = checkpoint == [1];
        Ok(())
    }
    fn health(&self) -> Vec<StationHealth> {
        Vec::new()
    }
}

struct Still;

impl Clock for Still {
    fn now(&self) -> Time {
        Time::from_millis(DAYS as i64 * DAY)
    }
    fn until(&self, at: Time) -> Duration {
        if at <= self.now() { Duration::ZERO } else { Duration::from_secs(1) }
    }
}

fn open(path: &Path) -> (Ledger, LedgerThread) {
    let options = Options {
        path: path.to_owned(),
        realm: Realm::Exercise,
        batch: 100,
        queue: 100,
        fold_readings: A_DAY,
    };
    Ledger::open(options, Box::new(Gauge::default()), Arc::new(Still)).expect("a ledger")
}

/// A ledger of sixty days, all in chunks, that the history server is said to have too.
async fn ledger(folder: &Path) -> (Ledger, LedgerThread) {
    let path = folder.join("l.db");
    let (ledger, thread) = open(&path);
    for day in 0..DAYS {
        let body = ArrivalBody::Telemetry {
            station: key().station,
            topic: "quantrac/v1/s1/telemetry".to_owned(),
            payload: day.to_string().into_bytes(),
            retained: false,
            dup: false,
            again: None,
        };
        ledger.submit(body).await.expect("stored");
    }
    drop(ledger);
    thread.stop().expect("stopped");
    let (ledger, thread) = open(&path);
    let (last, name) = (*ledger.last_seq().borrow(), "l".to_owned());
    ledger.note_history(last, name, Vec::new()).await.expect("noted");
    ledger.note_history_summed(last).await.expect("noted");
    (ledger, thread)
}

fn all_readings(ledger: &Ledger) -> Vec<CheckedReading> {
    ledger.reader().readings(SeriesId(0), FROM, TO, usize::MAX >> 1).expect("readings")
}

async fn drop_before(ledger: &Ledger, day: i64) -> Time {
    let before = Time::from_millis(day * DAY);
    ledger.note_prune(before, (1..1_000).collect()).await.expect("noted");
    assert_eq!(ledger.reader().kept_from().expect("read"), Some(before));
    before
}

fn read(whole: &Whole) -> Result<Vec<CheckedReading>, WholeError> {
    let all: Result<Vec<_>, _> = whole.pieces(SeriesId(0), &key(), FROM, TO).collect();
    Ok(all?.concat().into_iter().map(|(_, reading)| reading).collect())
}

#[tokio::test]
async fn a_ledger_that_keeps_everything_lacks_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    let (ledger, _thread) = ledger(folder.path()).await;
    let whole = Whole::of_ledger(ledger.reader()).expect("read");
    let (whole, lack) = whole.joined(None, FROM, None).await;
    assert_eq!(lack, None);
    assert_eq!(read(&whole).expect("read"), all_readings(&ledger));
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
    let days = left.len() / A_DAY;
    assert!((20..DAYS).contains(&days), "{days}");
    assert_eq!(left, all_readings(&ledger));
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
