//! What a newer program makes of an older journal, and copies of what is not remembered any more.
#![expect(clippy::unwrap_used, reason = "a test may fail")]

mod common;

use std::cell::RefCell;

use common::{World, pack, stage, t, telemetry};
use domain::{
    Arrival, ArrivalBody, CheckedReading, Outcome, PackFiles, Past, Processor, Realm, SeriesId,
    SeriesKey, Span, Time,
};
use pack::Pack;
use pipeline::Pipeline;

/// What was stored, as a ledger keeps it.
#[derive(Default)]
struct Book(RefCell<Vec<(u64, CheckedReading)>>);

impl Past for Book {
    fn stored(&self, series: SeriesId, at: Time, seq: u64) -> Vec<CheckedReading> {
        let all = self.0.borrow();
        let there = all
            .iter()
            .filter(|(by, one)| *by < seq && one.series == series && one.observed_at == at);
        there.map(|(_, one)| *one).collect()
    }
}

fn journal(bodies: Vec<(Time, ArrivalBody)>) -> Vec<Arrival> {
    let numbered = (1..).zip(bodies);
    numbered.map(|(seq, (received_at, body))| Arrival { seq, received_at, body }).collect()
}

fn config() -> (Time, ArrivalBody) {
    (t(-1), ArrivalBody::Config { by: "test".to_owned(), files: pack(), reason: None })
}

fn message(at: Time, payload: &str) -> (Time, ArrivalBody) {
    (at, telemetry("tren", payload, false, false))
}

/// Takes a journal with a ledger beside it, with a restart from a checkpoint after every `restart_every` arrivals.
fn run(arrivals: &[Arrival], restart_every: usize) -> (Vec<Outcome>, Book) {
    let (mut pipeline, book) = (Pipeline::new(Realm::Actual), Book::default());
    let mut outcomes = Vec::new();
    for (n, arrival) in arrivals.iter().enumerate() {
        if n > 0 && n % restart_every == 0 {
            let checkpoint = pipeline.checkpoint();
            pipeline = Pipeline::new(Realm::Actual);
            pipeline.restore(&checkpoint).unwrap();
        }
        let outcome = pipeline.apply_after(arrival, &book);
        let stored = outcome.readings.iter().map(|one| (arrival.seq, *one));
        book.0.borrow_mut().extend(stored);
        outcomes.push(outcome);
    }
    (outcomes, book)
}

/// A spike at 00:10, found at 00:20, then three days; then the ring memory of the logger again.
fn ring_memory() -> Vec<Arrival> {
    let mut all = vec![config()];
    let value = |minute: i64| match minute {
        10 => 7.9,
        minute => 5.4 + (minute % 70) as f64 / 1_000.0,
    };
    for step in 0..432 {
        let minute = step * 10;
        all.push(message(t(minute) + Span::seconds(2), &stage(minute, value(minute))));
    }
    for step in 0..432 {
        let minute = step * 10;
        all.push(message(t(4_320) + Span::seconds(step), &stage(minute, value(minute))));
    }
    journal(all)
}

#[test]
fn a_copy_of_any_age_is_a_copy_and_the_verdict_of_then_stays() {
    let arrivals = ring_memory();
    let (outcomes, book) = run(&arrivals, usize::MAX);
    let again = &outcomes[433..];
    assert_eq!(again.iter().map(|one| one.duplicates).sum::<u32>(), 432);
    assert!(again.iter().all(|one| one.readings.is_empty() && one.transitions.is_empty()));
    let spike = book.stored(SeriesId(0), t(10), u64::MAX);
    assert_ne!(spike.last().unwrap().verdict.flag, domain::QcFlag::Good);
    for restart_every in [1, 7, 100, 440] {
        assert!(run(&arrivals, restart_every).0 == outcomes, "restarts after {restart_every}");
    }
    // A replay finds later readings in the ledger too, and must not look at them.
    let mut pipeline = Pipeline::new(Realm::Actual);
    let replayed: Vec<_> = arrivals.iter().map(|one| pipeline.apply_after(one, &book)).collect();
    assert!(replayed == outcomes, "a replay beside the whole ledger");
}

#[test]
fn another_value_for_an_old_instant_is_no_copy() {
    let mut arrivals = ring_memory();
    arrivals.truncate(433);
    let (at, body) = message(t(4_330), &stage(20, 5.9));
    arrivals.push(Arrival { seq: 434, received_at: at, body });
    let (outcomes, _) = run(&arrivals, usize::MAX);
    assert_eq!((outcomes[433].duplicates, outcomes[433].readings[0].value), (0, Some(5.9)));
}

#[test]
fn numbers_are_the_ledgers_whatever_comes_first() {
    let mut first = World::actual();
    first.stage(0, 5.0);
    first.send(t(1), "tren", r#"{"time":"2025-11-17T01:00:00+07:00","readings":{"rain":0.2}}"#);
    let known = first.pipeline.series();
    assert!(known.len() > 2, "{known:?}");
    // As if an older program had met the series the other way round.
    let ids = known.iter().map(|(id, _)| *id);
    let older: Vec<(SeriesId, SeriesKey)> =
        ids.zip(known.iter().rev().map(|(_, key)| key.clone())).collect();
    let mut pipeline = Pipeline::new(Realm::Actual);
    pipeline.know_series(&older);
    let (at, body) = config();
    pipeline.apply(&Arrival { seq: 1, received_at: at, body });
    let (at, body) = message(t(0), &stage(0, 5.0));
    let out = pipeline.apply(&Arrival { seq: 2, received_at: at, body });
    let stage_of = |table: &[(SeriesId, SeriesKey)]| {
        table.iter().find(|(_, key)| key.parameter.as_str() == "water_level").unwrap().0
    };
    assert_eq!(out.readings[0].series, stage_of(&older));
    assert_eq!(pipeline.series(), older);
    // What is new comes after the largest known one, through a checkpoint too.
    let checkpoint = pipeline.checkpoint();
    let mut again = Pipeline::new(Realm::Actual);
    again.know_series(&older);
    again.restore(&checkpoint).unwrap();
    let (at, body) = message(
        t(10),
        r#"{"time":"2025-11-17T01:10:00+07:00","readings":{"water_level":{"value":5,"sensor":"radar"}}}"#,
    );
    let out = again.apply(&Arrival { seq: 3, received_at: at, body });
    assert_eq!(out.new_series[0].0, SeriesId(u32::try_from(older.len()).unwrap()));
}

fn parsed(files: &PackFiles) -> (bool, bool) {
    (Pack::parse(files).is_ok(), Pack::read(files).is_ok())
}

#[test]
fn a_pack_of_then_is_read_though_todays_checks_refuse_it() {
    assert_eq!(parsed(&pack()), (true, true));
    let mut unknown = pack();
    let texts = unknown.get_mut("texts.vi.toml").unwrap();
    *texts = texts.replace("intake = \"mọi trạm\"\n", "");
    assert_eq!(parsed(&unknown), (false, true), "a text that came later is missing");
    let mut lost = pack();
    lost.get_mut("stations.toml").unwrap().push_str("\n[[station]]\nid = \"x\"\nwhat = 1\n");
    assert_eq!(parsed(&lost), (false, false), "a station would be left out");
}

#[test]
fn a_configuration_that_cannot_be_read_is_told_and_a_broken_checkpoint_changes_nothing() {
    let mut world = World::actual();
    world.stage(0, 5.0);
    assert_eq!(world.pipeline.complete(), Ok(()));
    let mut files = pack();
    files.get_mut("stations.toml").unwrap().push_str("\n[[station]]\nid = \"x\"\nwhat = 1\n");
    world.take(t(1), ArrivalBody::Config { by: "an".to_owned(), files, reason: None });
    let told = world.pipeline.complete().unwrap_err();
    assert!(told.contains("arrival 3") && told.contains("stations.toml"), "{told}");

    let mut world = World::actual();
    world.stage(0, 5.0);
    let before = world.pipeline.checkpoint();
    let mut broken = before.clone();
    broken.truncate(before.len() / 2);
    assert!(world.pipeline.restore(&broken).is_err());
    assert_eq!(world.pipeline.checkpoint(), before);
}
