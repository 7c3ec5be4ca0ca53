//! Station availability.

use analysis::report::availability;
use domain::{CheckedReading, QcFlag, Realm, Span, Time};
use serde_json::{Value, json};

use crate::common::{at, every_ten_minutes, pieces, reading, rows, stage};

fn line(series: &analysis::Series, readings: &[CheckedReading], from: Time, to: Time) -> Value {
    let sheet = availability::sheet(series, (from, to), pieces(readings)).unwrap();
    rows(&availability::head(from, to, Realm::Exercise), &sheet).remove(0)
}

#[test]
fn what_came_is_compared_with_what_was_expected() {
    let (from, to) = (at("2025-11-01 00:00"), at("2025-11-02 00:00"));
    let mut readings = every_ten_minutes(from, to, |_| 5.0);
    readings.retain(|r| !(at("2025-11-01 06:00")..at("2025-11-01 09:00")).contains(&r.observed_at));
    readings[0] = reading(readings[0].observed_at, 99.0, QcFlag::Bad);
    readings[1] = reading(readings[1].observed_at, 5.0, QcFlag::Suspect);
    readings[2] = reading(readings[2].observed_at, 0.0, QcFlag::Missing);
    let line = line(&stage(), &readings, from, to);
    let told =
        ["expected", "received", "availability", "usable", "good", "suspect", "bad", "missing"]
            .map(|key| line[key].clone());
    assert_eq!(told, [144, 125, 86, 86, 123, 1, 1, 1].map(|n| json!(n)));
    assert_eq!(line["longest_gap_h"], 3.2, "from 05:50 to 09:00");
    assert_eq!(line["longest_gap_from"], "2025-11-01T05:50:00+07:00");
}

#[test]
fn a_station_that_never_spoke_is_there_with_nothing() {
    let (from, to) = (at("2025-11-01 00:00"), at("2025-11-02 00:00"));
    let silent = line(&stage(), &[], from, to);
    assert_eq!((&silent["received"], &silent["availability"]), (&json!(0), &json!(0)));
    assert_eq!((&silent["longest_gap_h"], &silent["last_at"]), (&json!(24.0), &Value::Null));
}

#[test]
fn a_station_that_began_in_the_middle_owes_nothing_before() {
    let (from, to) = (at("2025-11-01 00:00"), at("2025-11-02 00:00"));
    let begun = at("2025-11-01 18:00");
    let series = analysis::Series { valid_from: Some(begun), ..stage() };
    let line = line(&series, &every_ten_minutes(begun, to, |_| 5.0), from, to);
    assert_eq!((&line["expected"], &line["availability"]), (&json!(36), &json!(100)));
    assert!(line["longest_gap_h"].as_f64().unwrap() * 60.0 <= Span::minutes(12).as_hours() * 60.0);
}
