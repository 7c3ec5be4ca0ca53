//! The board as it was known equals the board that was live then.

use std::time::Instant;

use domain::{
    AlarmRecord, Arrival, Origin, Outcome, SensorId, SeriesKey, StationHealth, Verdict, Warning,
};
use proptest::prelude::*;

use super::*;
use crate::ledger::Applied;
use crate::read::Happening;
use crate::recent::SharedRecent;
use crate::writer::Writer;

/// What was live after an arrival.
#[derive(Debug, PartialEq)]
struct Seen {
    newest: Vec<(SeriesId, CheckedReading)>,
    alarms: Vec<AlarmRecord>,
    warnings: Vec<Warning>,
    health: Vec<StationHealth>,
}

fn live(ledger: &Ledger) -> (u64, Seen) {
    let reader = ledger.reader();
    let newest = reader.series().expect("series").into_iter();
    let seen = Seen {
        newest: newest.filter_map(|one| Some((one.id, one.last?))).collect(),
        alarms: reader.alarms().expect("alarms"),
        warnings: reader.warnings(true, None, 1_000).expect("warnings"),
        health: reader
            .health_log(&"s1".parse().expect("a name"), 1)
            .expect("health")
            .into_iter()
            .map(|(_, health)| health)
            .collect(),
    };
    (reader.last_seq().expect("a number"), seen)
}

fn known(reader: &Reader, seq: u64) -> Seen {
    let board = reader.board(seq, |_| true).expect("a board");
    assert_eq!((board.seq, board.dropped), (seq, 0));
    Seen {
        newest: board.newest.into_iter().map(|one| (one.series, one.reading)).collect(),
        alarms: board.alarms,
        warnings: reader.warnings_known(seq, true, false, None, 1_000).expect("warnings"),
        health: reader.health_known(seq).expect("health"),
    }
}

#[derive(Debug, Clone)]
enum Step {
    Message(Vec<(u8, i64, u16)>),
    Tick,
    Restart,
}

fn step() -> impl Strategy<Value = Step> {
    let reading = (0..3_u8, prop_oneof![0..40_i64, -1_000..1_000_i64], 0..140_u16);
    prop_oneof![
        14 => proptest::collection::vec(reading, 0..6).prop_map(Step::Message),
        1 => Just(Step::Tick),
        1 => Just(Step::Restart),
    ]
}

async fn run(steps: Vec<Step>) {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("l.db");
    let (mut ledger, mut thread) = open(&path);
    let mut seen = vec![live(&ledger)];
    for step in steps {
        match step {
            Step::Message(readings) => {
                let name = |n: u8| ["level", "rain", "wind"][usize::from(n)];
                let readings: Vec<_> = readings
                    .into_iter()
                    .map(|(n, at, value)| (name(n), at, f64::from(value)))
                    .collect();
                ledger.submit(message(&readings)).await.expect("committed");
            }
            Step::Tick => {
                ledger.submit(ArrivalBody::Tick).await.expect("committed");
            }
            Step::Restart => {
                thread.stop().expect("stopped in order");
                (ledger, thread) = open(&path);
            }
        }
        seen.push(live(&ledger));
    }
    let same = |reader: &Reader| {
        seen.iter().for_each(|(seq, then)| assert_eq!(known(reader, *seq), *then, "{seq}"))
    };
    same(&ledger.reader());
    thread.stop().expect("stopped in order");
    same(&Reader::open(&path).expect("a reader"));
    // Of the gauge every alarm state is a change.
    age(&path, 2);
    let (ledger, thread) = open(&path);
    same(&ledger.reader());
    thread.stop().expect("stopped in order");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]
    #[test]
    fn the_board_of_an_instant_is_the_one_that_was_live(
        steps in proptest::collection::vec(step(), 1..50),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
        runtime.block_on(run(steps));
    }
}

#[tokio::test]
async fn what_happened_is_told_in_order_and_in_pages_that_keep_an_arrival_whole() {
    let folder = tempfile::tempdir().expect("a folder");
    let (ledger, thread) = open(&folder.path().join("l.db"));
    for n in 0..6 {
        ledger.submit(message(&[("level", n, 101.0 + n as f64)])).await.expect("committed");
    }
    ledger.submit(ArrivalBody::Tick).await.expect("committed");
    ledger.submit(ArrivalBody::Tick).await.expect("committed");
    let reader = ledger.reader();
    let last = reader.last_seq().expect("a number");
    let (whole, next) = reader.events(0, last, 1_000).expect("events");
    assert_eq!(next, None);
    let turns = whole.iter().filter(|one| matches!(one.what, Happening::Turn(_))).count();
    let alarms = whole.iter().filter(|one| matches!(one.what, Happening::Alarm(_))).count();
    let stations = whole.iter().filter(|one| matches!(one.what, Happening::Station(..))).count();
    assert_eq!(
        (turns, alarms, stations),
        (1, 6, 2),
        "of each tick the gauge has another condition"
    );
    let (mut paged, mut after) = (Vec::new(), Some(0));
    while let Some(from) = after {
        let (some, next) = reader.events(from, last, 2).expect("events");
        assert!(some.len() <= 12, "{}", some.len());
        paged.extend(some);
        after = next;
    }
    assert_eq!(paged, whole);
    thread.stop().expect("stopped in order");
}

#[tokio::test]
async fn what_was_dropped_is_counted_not_taken_for_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("l.db");
    let (ledger, thread) = open(&path);
    for n in 0..40 {
        ledger.submit(message(&[("level", n, 1.0)])).await.expect("committed");
    }
    thread.stop().expect("stopped in order");
    rusqlite::Connection::open(&path)
        .expect("a database")
        .execute_batch("DELETE FROM chunk; INSERT INTO meta VALUES ('kept_from', 1000)")
        .expect("dropped");
    let reader = Reader::open(&path).expect("a reader");
    let board = reader.board(10, |_| true).expect("a board");
    assert_eq!((board.newest.len(), board.dropped), (0, 2));
    assert_eq!(reader.board(0, |_| true).expect("a board").dropped, 0, "there was nothing to drop");
}

/// Two days of every ten minutes, four values a message. `QUANTRAC_STATIONS=500` measures a province.
#[test]
fn a_board_of_two_days_ago_is_found_at_once() {
    let stations = std::env::var("QUANTRAC_STATIONS").ok().and_then(|n| n.parse().ok());
    let stations: u32 = stations.unwrap_or(45);
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("l.db");
    let mut writer = Writer::open(&path, Realm::Exercise, Tuning::default()).expect("a writer");
    let mut seq = 0;
    for step in 0..288_i64 {
        let rows: Vec<_> = (0..stations)
            .map(|station| {
                seq += 1;
                said(seq, station, Time::from_millis(step * 600_000))
            })
            .collect();
        writer.commit(&rows, &[], Time::from_millis(step * 600_000)).expect("committed");
    }
    let measure = |recent: &SharedRecent, what: &str| {
        let reader = Reader::new(path.clone(), recent.clone(), 1);
        for known in [seq / 10, seq / 2, seq] {
            let started = Instant::now();
            let board = reader.board(known, |_| true).expect("a board");
            let took = started.elapsed();
            println!("{stations} stations, {what}, arrival {known} of {seq}: {took:?}");
            assert_eq!(board.newest.len(), 4 * stations as usize);
            assert!(took < Duration::from_secs(2), "{took:?}");
        }
    };
    measure(&writer.recent(), "in memory");
    writer.fold(seq, Duration::MAX).expect("folded");
    measure(&writer.recent(), "on disk");
}

fn said(seq: u64, station: u32, at: Time) -> Applied {
    let name = format!("s{station}").parse().expect("a name");
    let series = (0..4_u32).map(|n| SeriesId(station * 4 + n));
    let reading = |series: SeriesId| CheckedReading {
        series,
        observed_at: at,
        value: Some(f64::from(series.0) + at.millis() as f64 / 1e9),
        verdict: Verdict::GOOD,
        origin: Origin::Station,
        completeness: 100,
        late: false,
    };
    let key = |n: SeriesId| SeriesKey {
        station: format!("s{station}").parse().expect("a name"),
        parameter: format!("p{}", n.0 % 4).parse().expect("a name"),
        sensor: SensorId::main(),
    };
    let first = at.millis() == 0;
    let outcome = Outcome {
        readings: series.clone().map(reading).collect(),
        new_series: series.filter(|_| first).map(|n| (n, key(n))).collect(),
        ..Outcome::default()
    };
    let body = ArrivalBody::Telemetry {
        station: name,
        topic: String::new(),
        payload: Vec::new(),
        retained: false,
        dup: false,
        again: None,
    };
    Applied {
        arrival: Arc::new(Arrival { seq, received_at: at, body }),
        outcome: Arc::new(outcome),
    }
}
