//! Month and year books.

use analysis::report::book::{self, Period};
use domain::parameter::Kind;
use domain::{CheckedReading, QcFlag, Realm, Span, Time, Unit};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::common::{at, every_ten_minutes, pieces, rain, reading, rows, series, stage};

fn book(series: &analysis::Series, period: &str, readings: &[CheckedReading]) -> Vec<Value> {
    known_until(series, period, readings, at("2030-01-01 00:00"))
}

fn known_until(
    series: &analysis::Series,
    period: &str,
    readings: &[CheckedReading],
    known: Time,
) -> Vec<Value> {
    let period: Period = period.parse().unwrap();
    let (from, to) = period.reads();
    let read: Vec<CheckedReading> =
        readings.iter().filter(|r| (from..=to).contains(&r.observed_at)).copied().collect();
    let sheet = book::sheet(series, period, known, pieces(&read)).unwrap();
    rows(&book::head(period, Realm::Actual), &sheet)
}

fn row<'a>(rows: &'a [Value], span: &str, begins: &str) -> &'a Value {
    rows.iter().find(|row| row["span"] == span && row["begins"] == begins).unwrap()
}

#[test]
fn a_month_with_a_gap_a_suspect_and_a_bad_value_states_what_it_rests_on() {
    let hour = |at: Time| f64::from(at.in_vietnam().hour());
    let mut readings = every_ten_minutes(at("2025-11-01 00:00"), at("2025-12-01 00:00"), hour);
    // The third has a hole from 06:00 to 12:00, a bad value, a suspect peak and one that is missing.
    readings.retain(|r| !(at("2025-11-03 06:00")..at("2025-11-03 12:00")).contains(&r.observed_at));
    let mut set = |clock: &str, value: f64, flag: QcFlag| {
        let place =
            readings.iter().position(|r| r.observed_at == at(&format!("2025-11-03 {clock}")));
        readings[place.unwrap()] = reading(at(&format!("2025-11-03 {clock}")), value, flag);
    };
    set("01:00", 999.0, QcFlag::Bad);
    set("02:00", 30.0, QcFlag::Suspect);
    set("03:00", 0.0, QcFlag::Missing);
    let rows = book(&stage(), "2025-11", &readings);
    assert_eq!(rows.len(), 31, "30 days and the month");
    let whole = row(&rows, "day", "2025-11-02");
    assert_eq!((&whole["mean"], &whole["completeness"]), (&json!(11.5), &json!(100)));
    assert_eq!(whole["min_at"], "2025-11-02T00:00:00+07:00", "the first of equal ones");
    assert_eq!((&whole["sum"], &whole["counted"]), (&Value::Null, &json!(144)));
    let day = row(&rows, "day", "2025-11-03");
    assert_eq!((&day["max"], &day["max_at"]), (&json!(30.0), &json!("2025-11-03T02:00:00+07:00")));
    let counts =
        ["counted", "suspect", "bad", "missing", "completeness"].map(|key| day[key].clone());
    // 144 − 36 in the hole − 2 that do not count = 106, of 144 = 73.6 %.
    assert_eq!(counts, [json!(106), json!(1), json!(1), json!(1), json!(73)]);
    let expected: f64 = (0..24)
        .filter(|hour| !(6..12).contains(hour))
        .flat_map(|hour| (0..6).map(move |ten| (hour, ten)))
        .map(|place| match place {
            (1, 0) | (3, 0) => 0.0,
            (2, 0) => 30.0,
            (hour, _) => f64::from(hour),
        })
        .sum();
    assert!((day["mean"].as_f64().unwrap() - expected / 106.0).abs() < 0.005);
    let month = row(&rows, "month", "2025-11");
    assert_eq!((&month["counted"], &month["completeness"]), (&json!(4_282), &json!(99)));
}

#[test]
fn a_day_without_readings_is_there_and_says_nothing() {
    let readings = every_ten_minutes(at("2025-11-01 00:00"), at("2025-11-02 00:00"), |_| 5.0);
    let rows = book(&stage(), "2025-11", &readings);
    let empty = row(&rows, "day", "2025-11-02");
    for key in ["mean", "min", "min_at", "max", "max_at", "sum"] {
        assert_eq!(empty[key], Value::Null, "{key}");
    }
    assert_eq!((&empty["counted"], &empty["completeness"]), (&json!(0), &json!(0)));
    let nothing = book(&rain(), "2025-11", &[]);
    assert!(nothing.iter().all(|row| row["sum"].is_null() && row["completeness"] == 0));
}

#[test]
fn rain_belongs_to_the_day_that_ends_with_it_and_the_rain_day_ends_at_nineteen() {
    let amount = |clock: &str, mm: f64| reading(at(clock), mm, QcFlag::Good);
    let readings = [
        amount("2025-10-31 19:00", 100.0),
        amount("2025-10-31 19:10", 1.0),
        amount("2025-11-01 00:00", 2.0),
        amount("2025-11-01 00:10", 4.0),
        amount("2025-11-01 19:00", 8.0),
        amount("2025-11-01 19:10", 16.0),
        amount("2025-12-01 00:00", 32.0),
        amount("2025-12-01 00:10", 200.0),
    ];
    let rows = book(&rain(), "2025-11", &readings);
    assert_eq!(row(&rows, "day", "2025-11-01")["sum"], 28.0, "4 + 8 + 16");
    assert_eq!(row(&rows, "rain_day", "2025-11-01")["sum"], 15.0, "1 + 2 + 4 + 8");
    assert_eq!(row(&rows, "rain_day", "2025-11-02")["sum"], 16.0);
    assert_eq!(row(&rows, "day", "2025-11-30")["sum"], 32.0);
    assert_eq!(row(&rows, "month", "2025-11")["sum"], 60.0);
    assert_eq!(row(&rows, "month", "2025-11")["mean"], Value::Null);
    assert_eq!(rows.len(), 61, "30 days, 30 rain days, the month");
}

#[test]
fn a_leap_year_has_its_day_and_the_year_changes_at_midnight_in_viet_nam() {
    let value = |at: Time| f64::from(at.in_vietnam().date().year());
    let readings = every_ten_minutes(at("2023-12-31 00:00"), at("2025-01-02 00:00"), value);
    let rows = book(&stage(), "2024", &readings);
    assert_eq!(rows.len(), 366 + 12 + 1);
    assert_eq!(row(&rows, "day", "2024-02-29")["completeness"], 100);
    let year = row(&rows, "year", "2024");
    assert_eq!((&year["min"], &year["max"]), (&json!(2_024.0), &json!(2_024.0)));
    assert_eq!((&year["counted"], &year["completeness"]), (&json!(366 * 144), &json!(100)));
    let mut amounts = every_ten_minutes(at("2024-12-31 00:00"), at("2025-01-02 00:00"), |_| 1.0);
    amounts.retain(|r| r.observed_at != at("2024-12-31 00:00"));
    let rows = book(&rain(), "2024", &amounts);
    assert_eq!(row(&rows, "day", "2024-12-31")["sum"], 144.0, "to 00:00 of the new year inclusive");
    assert_eq!(row(&rows, "year", "2024")["sum"], 144.0);
}

#[test]
fn two_values_for_one_interval_do_not_hide_that_another_is_missing() {
    let mut readings = every_ten_minutes(at("2025-11-01 00:00"), at("2025-11-01 12:00"), |_| 5.0);
    let more: Vec<_> = readings
        .iter()
        .map(|r| CheckedReading { observed_at: r.observed_at + Span::minutes(3), ..*r })
        .collect();
    readings.extend(more);
    readings.sort_by_key(|r| r.observed_at);
    let rows = book(&stage(), "2025-11", &readings);
    let day = row(&rows, "day", "2025-11-01");
    assert_eq!((&day["counted"], &day["completeness"]), (&json!(144), &json!(50)));
}

#[test]
fn nothing_is_expected_of_the_future_nor_of_a_station_that_was_not_there() {
    let readings = every_ten_minutes(at("2025-11-02 12:00"), at("2025-11-03 12:00"), |_| 5.0);
    let series = analysis::Series { valid_from: Some(at("2025-11-02 12:00")), ..stage() };
    let rows = known_until(&series, "2025-11", &readings, at("2025-11-03 12:00"));
    assert_eq!(rows.len(), 4, "three days and the month");
    assert_eq!(row(&rows, "day", "2025-11-01")["completeness"], Value::Null);
    assert_eq!(row(&rows, "day", "2025-11-02")["completeness"], 100);
    assert_eq!(row(&rows, "month", "2025-11")["completeness"], 100);
}

#[test]
fn directions_have_the_mean_of_their_vectors_and_sliding_sums_have_none() {
    let readings = [
        reading(at("2025-11-01 00:00"), 350.0, QcFlag::Good),
        reading(at("2025-11-01 00:10"), 10.0, QcFlag::Good),
    ];
    let direction = series("wind_direction", Unit::Degree, Kind::Instant);
    let rows = book(&direction, "2025-11", &readings);
    assert_eq!(row(&rows, "day", "2025-11-01")["mean"], 360.0);
    let sliding = analysis::Series {
        window: Some(Span::hours(24)),
        ..series("rain_24h", Unit::Millimetre, Kind::Amount)
    };
    let rows = book(&sliding, "2025-11", &readings);
    let day = row(&rows, "day", "2025-11-01");
    assert_eq!(
        (&day["mean"], &day["sum"], &day["max"]),
        (&Value::Null, &Value::Null, &json!(350.0))
    );
}

#[test]
fn a_report_seconds_after_19_h_is_rain_of_the_day_that_ended() {
    for off in [-7, 0, 7] {
        let first = at("2025-11-01 19:10") + Span::seconds(off);
        let last = at("2025-11-03 19:00") + Span::seconds(off);
        let readings = every_ten_minutes(first, last + Span::minutes(10), |_| 0.5);
        let rows = book(&crate::common::rain(), "2025-11", &readings);
        for day in ["2025-11-02", "2025-11-03"] {
            let row = row(&rows, "rain_day", day);
            assert_eq!((&row["sum"], &row["completeness"]), (&json!(72.0), &json!(100)), "{off} s");
        }
    }
}

#[test]
fn what_a_counter_gathered_over_a_gap_is_no_greatest_value() {
    let readings = [
        reading(at("2025-11-01 01:00"), 0.2, QcFlag::Good),
        reading(at("2025-11-01 01:10"), 3.0, QcFlag::Good),
        reading(at("2025-11-01 07:10"), 90.0, QcFlag::Good),
    ];
    let gauge = analysis::Series { counted: true, ..crate::common::rain() };
    let rows = book(&gauge, "2025-11", &readings);
    let day = row(&rows, "day", "2025-11-01");
    assert_eq!((&day["sum"], &day["max"]), (&json!(93.2), &json!(3.0)));
    // What a bucket reports after a gap fell in its own interval.
    let rows = book(&crate::common::rain(), "2025-11", &readings);
    assert_eq!(row(&rows, "day", "2025-11-01")["max"], 90.0);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 30, ..ProptestConfig::default() })]

    #[test]
    fn a_day_is_what_adding_up_its_values_gives(
        told in proptest::collection::vec((0_i64..30 * 144, -500_i32..5_000, 0_u8..5), 0..600)
    ) {
        let flags = [QcFlag::Good, QcFlag::NotEvaluated, QcFlag::Suspect, QcFlag::Bad, QcFlag::Missing];
        let from = at("2025-11-01 00:00");
        let mut told = told;
        told.sort_by_key(|(slot, ..)| *slot);
        told.dedup_by_key(|(slot, ..)| *slot);
        let readings: Vec<_> = told
            .iter()
            .map(|(slot, value, flag)| {
                let time = from + Span::minutes(10).times(*slot);
                reading(time, f64::from(*value) / 100.0, flags[usize::from(*flag)])
            })
            .collect();
        let rows = book(&stage(), "2025-11", &readings);
        for day in 0..30_i64 {
            let mine = told.iter().filter(|(slot, _, flag)| slot / 144 == day && *flag < 3);
            let values: Vec<f64> = mine.map(|(_, value, _)| f64::from(*value) / 100.0).collect();
            let found = &rows[usize::try_from(day).unwrap()];
            let count = values.len();
            let mean = (count > 0).then(|| values.iter().sum::<f64>() / count as f64);
            prop_assert_eq!(found["mean"].is_null(), mean.is_none());
            prop_assert!((found["mean"].as_f64().unwrap_or(0.0) - mean.unwrap_or(0.0)).abs() <= 0.005_001);
            prop_assert_eq!(found["min"].as_f64(), values.iter().copied().reduce(f64::min));
            prop_assert_eq!(found["max"].as_f64(), values.iter().copied().reduce(f64::max));
            prop_assert_eq!(&found["counted"], &json!(count));
            prop_assert_eq!(&found["completeness"], &json!(count * 100 / 144));
        }
    }
}
