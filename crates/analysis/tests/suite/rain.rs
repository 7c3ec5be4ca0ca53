//! Rain maxima.

use analysis::report::rain;
use domain::{CheckedReading, QcFlag, Realm, Span, Time};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::common::{at, every_ten_minutes, pieces, rain as gauge, reading, rows};

fn maxima(
    series: &analysis::Series,
    readings: &[CheckedReading],
    from: Time,
    to: Time,
) -> Vec<Value> {
    let sheet = rain::sheet(series, (from, to), pieces(readings)).unwrap();
    rows(&rain::head(from, to, Realm::Actual), &sheet)
}

#[test]
fn the_wettest_hour_is_found_across_clock_hours_with_its_completeness() {
    let (from, to) = (at("2025-11-01 00:00"), at("2025-11-08 00:00"));
    let mut readings = every_ten_minutes(from + Span::minutes(10), to, |_| 0.0);
    for (n, mm) in (0..6).zip([5.0, 10.0, 20.0, 10.0, 5.0, 2.0]) {
        let time = at("2025-11-03 04:30") + Span::minutes(10).times(n);
        let place = readings.iter().position(|r| r.observed_at == time).unwrap();
        readings[place].value = Some(mm);
    }
    // One of the hour is bad: at least so much fell.
    let place = readings.iter().position(|r| r.observed_at == at("2025-11-03 05:00")).unwrap();
    readings[place] = reading(at("2025-11-03 05:00"), 20.0, QcFlag::Suspect);
    readings[place + 1] = reading(at("2025-11-03 05:10"), 400.0, QcFlag::Bad);
    let found = maxima(&gauge(), &readings, from, to);
    let told: Vec<_> =
        found.iter().map(|row| (row["duration"].as_str().unwrap(), row["max"].as_f64())).collect();
    let durations = ["10min", "1h", "3h", "6h", "12h", "1d", "3d"];
    assert_eq!(
        told,
        durations
            .into_iter()
            .zip([20.0, 57.0, 57.0, 57.0, 57.0, 57.0, 57.0].map(Some))
            .collect::<Vec<_>>()
    );
    assert_eq!(found[0]["ends"], "2025-11-03T04:50:00+07:00", "the first of equal ones");
    assert_eq!(found[1]["ends"], "2025-11-03T05:20:00+07:00");
    assert_eq!((&found[1]["completeness"], &found[1]["suspect"]), (&json!(83), &json!(1)));
}

#[test]
fn an_hourly_gauge_has_no_ten_minute_maximum() {
    let (from, to) = (at("2025-11-01 00:00"), at("2025-11-02 00:00"));
    let series = analysis::Series { interval: Some(Span::hours(1)), ..gauge() };
    let readings: Vec<_> =
        (1..=24).map(|n| reading(from + Span::hours(n), 1.0, QcFlag::Good)).collect();
    let found = maxima(&series, &readings, from, to);
    assert_eq!(found[0]["max"], Value::Null);
    assert_eq!((&found[2]["max"], &found[2]["completeness"]), (&json!(3.0), &json!(100)));
    assert_eq!((&found[6]["max"], &found[6]["completeness"]), (&json!(24.0), &json!(33)));
    assert_eq!(found[0]["covered"], 100);
}

#[test]
fn what_was_gathered_over_a_gap_counts_for_longer_durations_only() {
    let (from, to) = (at("2025-11-01 00:00"), at("2025-11-04 00:00"));
    let mut readings = every_ten_minutes(from, from + Span::hours(6), |_| 0.5);
    readings.push(reading(from + Span::minutes(710), 90.0, QcFlag::Good));
    readings.extend(every_ten_minutes(from + Span::minutes(720), to, |_| 0.0));
    let series = analysis::Series { counted: true, ..gauge() };
    let found = maxima(&series, &readings, from, to);
    let max: Vec<_> = found.iter().map(|row| row["max"].as_f64().unwrap()).collect();
    let last = 0.5
        * readings.iter().filter(|r| r.value == Some(0.5) && r.observed_at > from).count() as f64;
    assert_eq!(max[..3], [0.5, 3.0, 9.0], "{max:?}");
    assert!(max[3] >= 90.0 && max[4] == 90.0 + last, "{max:?}");
}

#[test]
fn a_clock_that_is_seconds_off_puts_no_seventh_report_into_an_hour() {
    let (from, to) = (at("2025-11-01 00:00"), at("2025-11-02 00:00"));
    let readings: Vec<_> = (1..140)
        .map(|n| {
            let off = Span::seconds(if n % 2 == 0 { 7 } else { -7 });
            reading(from + Span::minutes(10).times(n) + off, 1.0, QcFlag::Good)
        })
        .collect();
    let found = maxima(&gauge(), &readings, from, to);
    assert_eq!((&found[0]["max"], &found[1]["max"]), (&json!(1.0), &json!(6.0)));
}

proptest! {
    #[test]
    fn sliding_gives_what_adding_up_gives(
        amounts in proptest::collection::vec((0_i64..3_000, 0_u32..500), 0..60)
    ) {
        let from = at("2025-11-01 00:00");
        let mut times: Vec<_> = amounts;
        times.sort_by_key(|(minute, _)| *minute);
        times.dedup_by_key(|(minute, _)| *minute);
        let readings: Vec<_> = times
            .iter()
            .map(|(minute, mm)| {
                reading(from + Span::minutes(minute + 1), f64::from(*mm) / 10.0, QcFlag::Good)
            })
            .collect();
        let found = maxima(&gauge(), &readings, from, from + Span::days(3));
        let lengths = [10, 60, 180, 360, 720, 1_440, 4_320];
        for (row, length) in found.iter().zip(lengths) {
            let sum = |end: Time| -> f64 {
                let inside = readings.iter().filter(|r| {
                    r.observed_at <= end && end - r.observed_at < Span::minutes(length)
                });
                inside.filter_map(|r| r.value).sum()
            };
            let most = readings.iter().map(|r| sum(r.observed_at)).reduce(f64::max);
            let got = row["max"].as_f64();
            prop_assert_eq!(got.is_some(), most.is_some());
            prop_assert!((got.unwrap_or(0.0) - most.unwrap_or(0.0)).abs() < 0.006);
        }
    }
}
