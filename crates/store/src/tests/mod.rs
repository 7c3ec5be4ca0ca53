//! A ledger with a small processor: what it promises, on good days and bad ones.

mod board;
mod duty;
mod failing;
mod forecasts;
mod gauge;
mod history;
mod jumps;
mod opening;
mod outbox;
mod people;
mod property;
mod replaying;
mod restart;
mod reviews;
mod time;

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use domain::{ArrivalBody, CheckedReading, Realm, SeriesId, Time};

use crate::clock::{Clock, Options, Tuning};
use crate::{Ledger, LedgerThread, Reader};
use gauge::Gauge;

/// A clock that stands until a test moves it.
pub(super) struct Hand(AtomicI64);

impl Hand {
    fn at(millis: i64) -> Arc<Self> {
        Arc::new(Self(AtomicI64::new(millis)))
    }
    fn set(&self, millis: i64) {
        self.0.store(millis, Ordering::SeqCst);
    }
}

impl Clock for Hand {
    fn now(&self) -> Time {
        Time::from_millis(self.0.load(Ordering::SeqCst))
    }
    fn until(&self, at: Time) -> Duration {
        if at <= self.now() { Duration::ZERO } else { Duration::from_millis(1) }
    }
}

/// Small limits, so that a few messages reach them; folds one series in a slice.
const SMALL: Tuning = Tuning {
    fold_readings: 24,
    fold_rows: 1_000,
    fold_slice: Duration::ZERO,
    chunk_readings: 5,
    checkpoint_arrivals: 7,
};

/// Nothing is folded and no checkpoint made but at the end.
const LARGE: Tuning = Tuning {
    fold_readings: usize::MAX,
    fold_rows: u64::MAX,
    fold_slice: Duration::ZERO,
    chunk_readings: 2_048,
    checkpoint_arrivals: u64::MAX,
};

fn options(path: &Path) -> Options {
    Options {
        path: path.to_owned(),
        realm: Realm::Exercise,
        batch: 100,
        queue: 100,
        fold_readings: crate::clock::FOLD_READINGS,
    }
}

fn open_with(path: &Path, clock: Arc<Hand>, tuning: Tuning) -> (Ledger, LedgerThread) {
    Ledger::open_tuned(options(path), Box::new(Gauge::default()), clock, tuning).expect("a ledger")
}

fn open(path: &Path) -> (Ledger, LedgerThread) {
    open_with(path, Hand::at(1_000_000), SMALL)
}

/// Takes away what later versions than `version` added, as a ledger of an older program is; nobody has it open.
fn age(path: &Path, version: i64) {
    let conn = rusqlite::Connection::open(path).expect("a database");
    let third = "DROP TABLE review; DROP TABLE duty; DROP TABLE duty_desk;
        DROP TABLE forecast; DROP TABLE forecast_withdrawal;
        DROP TABLE alarm_version; DROP INDEX warning_version_of; DROP INDEX warning_version_seq;
        DROP INDEX journal_turns; DROP INDEX health_turned; DROP INDEX chunk_arrival;
        ALTER TABLE health DROP COLUMN turned; ALTER TABLE chunk DROP COLUMN first_seq;
        ALTER TABLE chunk DROP COLUMN reach;";
    let second = "DROP INDEX health_seq; DROP INDEX message_seq; DROP TABLE history_refused;";
    let second = if version < 2 { second } else { "" };
    conn.execute_batch(&format!("{third} {second} PRAGMA user_version = {version}"))
        .expect("as it was before");
}

/// A message of the test station: `(parameter, observed_at ms, value)` each.
fn message(readings: &[(&str, i64, f64)]) -> ArrivalBody {
    ArrivalBody::Telemetry {
        station: "s1".parse().expect("a name"),
        topic: "quantrac/v1/s1/telemetry".to_owned(),
        payload: serde_json::to_vec(readings).expect("JSON"),
        retained: false,
        dup: false,
        again: None,
    }
}

const FROM: Time = Time::from_millis(i64::MIN);
const TO: Time = Time::from_millis(i64::MAX);

fn all_readings(reader: &Reader, series: u32) -> Vec<CheckedReading> {
    reader.readings(SeriesId(series), FROM, TO, usize::MAX >> 1).expect("readings")
}

/// Everything that a journal leads to, without the journal's own numbers: starts shift those.
fn picture(reader: &Reader) -> String {
    let mut text = String::new();
    for series in reader.series().expect("series") {
        let versions = reader.versions(series.id, FROM, TO, None).expect("versions");
        let versions: Vec<_> = versions.into_iter().map(|(_, reading)| reading).collect();
        text += &format!("{series:?}\n{:?}\n{versions:?}\n", all_readings(reader, series.id.0));
    }
    let warnings = reader.warnings(false, None, 1_000).expect("warnings");
    for warning in &warnings {
        text += &format!("{warning:?}\n{:?}\n", reader.messages(&warning.id).expect("messages"));
    }
    let transitions = reader.transitions(0, 10_000).expect("transitions");
    let transitions: Vec<_> = transitions.into_iter().map(|(_, transition)| transition).collect();
    let notices = reader.notices(None, None, None, 10_000).expect("notices");
    let counts = reader.set_aside_counts().expect("counts");
    let alarms = reader.alarms().expect("alarms");
    text + &format!("{transitions:?}\n{notices:?}\n{counts:?}\n{alarms:?}\n")
}
