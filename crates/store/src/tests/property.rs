//! Reads equal a naive model, whatever was folded and whenever the process was started again.

use proptest::prelude::*;

use super::*;

#[derive(Debug, Clone)]
enum Step {
    Message(Vec<(u8, i64, u16)>),
    Restart,
    /// What kill -9 leaves: the files as they are.
    Crash,
}

fn step() -> impl Strategy<Value = Step> {
    let reading = (0..3_u8, prop_oneof![0..40_i64, -1_000_000..1_000_000_i64], 0..300_u16);
    prop_oneof![
        12 => proptest::collection::vec(reading, 0..6).prop_map(Step::Message),
        1 => Just(Step::Restart),
        1 => Just(Step::Crash),
    ]
}

/// Versions of a series in order of arrival, from what the journal says its arrivals led to.
fn model(reader: &Reader, series: SeriesId) -> Vec<(u64, CheckedReading)> {
    let arrivals = reader.arrivals(0, 100_000).expect("arrivals");
    let readings = arrivals.iter().flat_map(|arrival| {
        let readings = reader.outcome_readings(arrival.seq).expect("readings");
        readings.into_iter().map(|reading| (arrival.seq, reading))
    });
    readings.filter(|(_, reading)| reading.series == series).collect()
}

fn check(reader: &Reader, from: Time, to: Time, limit: usize) {
    for series in reader.series().expect("series") {
        let versions = model(reader, series.id);
        let last = versions.iter().max_by_key(|(seq, reading)| (reading.observed_at, *seq));
        assert_eq!(series.last.map(|r| r.observed_at), last.map(|(_, r)| r.observed_at));
        let inside = |reading: &CheckedReading| (from..=to).contains(&reading.observed_at);
        let expected: Vec<_> = versions.into_iter().filter(|(_, r)| inside(r)).collect();
        assert_eq!(reader.versions(series.id, from, to, None).expect("versions"), expected);
        let mut best = std::collections::BTreeMap::new();
        for (_, reading) in expected {
            best.insert(reading.observed_at, reading);
        }
        let best: Vec<_> = best.into_values().take(limit).collect();
        assert_eq!(reader.readings(series.id, from, to, limit).expect("readings"), best);
    }
}

/// The file first, then its log: so short a run is never written back from the log in between.
fn copy_files(from: &Path, to: &Path) {
    for end in ["", "-wal"] {
        let name = |path: &Path| format!("{}{end}", path.display());
        std::fs::copy(name(from), name(to)).expect("copied");
    }
}

async fn run(steps: Vec<Step>, from: i64, to: i64, limit: usize) {
    let folder = tempfile::tempdir().expect("a folder");
    let mut path = folder.path().join("0.db");
    let (mut ledger, mut thread) = open(&path);
    for (n, step) in steps.into_iter().enumerate() {
        match step {
            Step::Message(readings) => {
                let names = ["level", "rain", "wind"];
                let readings: Vec<_> = readings
                    .into_iter()
                    .map(|(series, at, value)| {
                        (names[usize::from(series)], at, f64::from(value) / 10.0)
                    })
                    .collect();
                ledger.submit(message(&readings)).await.expect("committed");
            }
            Step::Restart => {
                thread.stop().expect("stopped in order");
                (ledger, thread) = open(&path);
            }
            Step::Crash => {
                let next = folder.path().join(format!("{}.db", n + 1));
                copy_files(&path, &next);
                thread.stop().expect("stopped in order");
                path = next;
                (ledger, thread) = open(&path);
            }
        }
    }
    check(&ledger.reader(), FROM, TO, usize::MAX >> 1);
    check(&ledger.reader(), Time::from_millis(from), Time::from_millis(to), limit);
    thread.stop().expect("stopped in order");
    check(
        &Reader::open(&path).expect("a reader"),
        Time::from_millis(from),
        Time::from_millis(to),
        limit,
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]
    #[test]
    fn reads_equal_the_model_across_folds_restarts_and_crashes(
        steps in proptest::collection::vec(step(), 1..60),
        from in -60..60_i64,
        length in 0..80_i64,
        limit in 0..20_usize,
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
        runtime.block_on(run(steps, from, from + length, limit));
    }

    #[test]
    fn readings_come_back_from_their_bytes_as_they_were(
        readings in proptest::collection::vec(reading(), 0..40),
        received_at in -4_000_000_000_000..4_000_000_000_000_i64,
    ) {
        let received_at = Time::from_millis(received_at);
        let outcome = domain::Outcome { readings, duplicates: 3, ..Default::default() };
        let (mut bytes, mut back) = (Vec::new(), Vec::new());
        crate::codec::message::encode(&mut bytes, &outcome, received_at);
        crate::codec::message::decode(&bytes, received_at, |r| back.push(r)).expect("decoded");
        prop_assert_eq!(&back, &outcome.readings);

        let series = SeriesId(7);
        let mut chunk = crate::codec::chunk::Chunk::new(series);
        let readings = outcome.readings.into_iter().map(|r| CheckedReading { series, ..r });
        let versions: Vec<_> = (0..).map(|n: u64| n / 3 * 5 + 9).zip(readings).collect();
        versions.iter().for_each(|(seq, reading)| chunk.push(*seq, reading));
        let mut back = Vec::new();
        crate::codec::chunk::decode(&chunk.bytes, series, |seq, r| back.push((seq, r))).expect("decoded");
        prop_assert_eq!(back, versions);
    }

    #[test]
    fn damaged_bytes_are_an_error_not_a_panic(bytes in proptest::collection::vec(any::<u8>(), 0..64)) {
        let mut count = 0;
        let _any = crate::codec::message::decode(&bytes, Time::from_millis(0), |_| count += 1);
        let _any = crate::codec::chunk::decode(&bytes, SeriesId(0), |_, _| count += 1);
        prop_assert!(count <= 2 * bytes.len());
    }
}

fn reading() -> impl Strategy<Value = CheckedReading> {
    use domain::{CheckSet, Origin, QcFlag, Verdict};
    let value = prop_oneof![
        2 => (0..5_000_i64).prop_map(|n| Some(n as f64 / 100.0)),
        2 => (-1e9..1e9_f64).prop_map(Some),
        1 => any::<f64>().prop_filter("NaN equals nothing", |v| !v.is_nan()).prop_map(Some),
        1 => Just(None),
    ];
    let at = prop_oneof![
        (0..200_i64).prop_map(|n| n * 600_000),
        -4_000_000_000_000..4_000_000_000_000_i64
    ];
    let flag = proptest::sample::select(vec![1_u8, 2, 3, 4, 9]);
    let origin = proptest::sample::select(vec![
        Origin::Station,
        Origin::ReceiveTime,
        Origin::Derived,
        Origin::Reviewed,
        Origin::Corrected,
    ]);
    let completeness = prop_oneof![Just(100_u8), 0..=100_u8];
    (any::<u32>(), at, value, flag, 0..512_u16, origin, completeness, any::<bool>()).prop_map(
        |(series, at, value, flag, failed, origin, completeness, late)| CheckedReading {
            series: SeriesId(series),
            observed_at: Time::from_millis(at),
            value,
            verdict: Verdict {
                flag: QcFlag::from_number(flag).expect("a flag"),
                failed: CheckSet(failed),
            },
            origin,
            completeness,
            late,
        },
    )
}
