//! Flood events.

use analysis::report::floods::{self, Manner};
use analysis::{AlarmLevel, Place};
use domain::warning::{Author, LocalText};
use domain::{
    CheckedReading, Evidence, Level, MessageKind, QcFlag, Realm, SensorId, Span, Time,
    WarningMessage,
};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::common::{at, every_ten_minutes, pieces, reading, rows, stage};

/// BĐ1 6 m, BĐ2 7 m, BĐ3 8 m; BĐ1 was 5 m until 2024.
fn gauge() -> Place {
    let level =
        |number: u8, value: f64, valid_from: Option<Time>, valid_to: Option<Time>| AlarmLevel {
            parameter: "water_level".to_owned(),
            level: Level(number),
            name: format!("BĐ{number}"),
            value,
            source: "QĐ 05/2020/QĐ-TTg".to_owned(),
            valid_from,
            valid_to,
        };
    let changed = Some(at("2024-01-01 00:00"));
    let other = AlarmLevel { parameter: "discharge".to_owned(), ..level(1, 0.0, None, None) };
    Place {
        id: "thanh-hoa".to_owned(),
        name: "Thạnh Hòa".to_owned(),
        river: None,
        basin: None,
        lat: None,
        lon: None,
        position_source: None,
        interval: Span::minutes(10),
        valid_from: None,
        valid_to: None,
        levels: vec![
            level(1, 5.0, None, changed),
            level(1, 6.0, changed, None),
            level(2, 7.0, None, None),
            level(3, 8.0, None, None),
            other,
        ],
        source: String::new(),
    }
}

const MANNER: Manner = Manner {
    clear_margin: 0.2,
    clear_hold: Span::hours(3),
    max_gap: Span::minutes(60),
    rise_min: Span::minutes(30),
    rise_window: Span::minutes(60),
    rise_max: Span::minutes(120),
};

fn events(readings: &[CheckedReading]) -> Vec<Value> {
    warned(readings, &[])
}

fn warned(readings: &[CheckedReading], messages: &[WarningMessage]) -> Vec<Value> {
    let sheet = floods::sheet(&stage(), &gauge(), MANNER, messages, pieces(readings)).unwrap();
    rows(&floods::head(at("2025-11-01 00:00"), at("2025-12-01 00:00"), Realm::Actual), &sheet)
}

/// From 4 m up by 0.1 m in ten minutes to `peak`, and down again by as much.
fn wave(from: Time, peak: f64) -> Vec<CheckedReading> {
    let steps = ((peak - 4.0) * 10.0).round() as i64;
    let height = |at: Time| {
        let n = (at - from).millis() / Span::minutes(10).millis();
        (40 + if n <= steps { n } else { 2 * steps - n }) as f64 / 10.0
    };
    every_ten_minutes(from, from + Span::minutes(10).times(2 * steps + 1), height)
}

fn told<'a>(row: &'a Value, keys: &[&str]) -> Vec<&'a Value> {
    keys.iter().map(|key| &row[*key]).collect()
}

#[test]
fn a_flood_has_start_peak_rate_end_and_its_time_above_each_level() {
    // 4.0 at 00:00, 6.0 at 03:20, 7.0 at 05:00, peak 7.5 at 05:50, 7.0 at 06:40, 6.0 at 08:20, 5.9 at 08:30.
    let mut readings = wave(at("2025-11-19 00:00"), 7.5);
    readings.extend(every_ten_minutes(at("2025-11-19 11:50"), at("2025-11-19 15:00"), |_| 4.0));
    let found = events(&readings);
    assert_eq!(found.len(), 1);
    let flood = &found[0];
    assert_eq!(
        told(flood, &["start", "start_known"]),
        [&json!("2025-11-19T03:20:00+07:00"), &json!("yes")]
    );
    assert_eq!(
        told(flood, &["bd1", "bd2", "bd3", "reached"]),
        [&json!(6.0), &json!(7.0), &json!(8.0), &json!(2)]
    );
    assert_eq!(
        told(flood, &["peak", "peak_at", "peak_flag"]),
        [&json!(7.5), &json!("2025-11-19T05:50:00+07:00"), &json!(1)]
    );
    // 0.6 m an hour all the way.
    assert_eq!(
        told(flood, &["rise_max", "rise_mean", "rise_unit"]),
        [&json!(60.0), &json!(60.0), &json!("cm")]
    );
    // 03:20 to 08:30 = 5 h 10 min; 05:00 to 06:50 = 1 h 50 min.
    assert_eq!(
        told(flood, &["above_bd1_h", "above_bd2_h", "above_bd3_h"]),
        [&json!(5.2), &json!(1.8), &json!(0.0)]
    );
    assert_eq!(
        told(flood, &["end", "unknown_h"]),
        [&json!("2025-11-19T08:30:00+07:00"), &json!(0.0)]
    );
}

#[test]
fn water_that_comes_back_within_the_hold_is_the_same_flood_and_later_a_second_one() {
    let two = |rest: Span| {
        let first = wave(at("2025-11-19 00:00"), 6.5);
        let end = first.last().unwrap().observed_at + Span::minutes(10);
        let mut all = first;
        all.extend(every_ten_minutes(end, end + rest, |_| 4.0));
        all.extend(wave(end + rest, 7.2));
        events(&all)
    };
    // Below 5.8 m for 1 h 50 min on each side of the rest.
    let one = two(Span::minutes(10));
    assert_eq!(one.len(), 2, "3 h 40 min away: over");
    // A flood on top of a flood.
    let mut joined = wave(at("2025-11-19 00:00"), 6.5);
    joined.truncate(34);
    joined.extend(
        wave(at("2025-11-19 05:40"), 7.2).into_iter().filter(|r| r.value >= Some(4.0)).skip(10),
    );
    joined.sort_by_key(|r| r.observed_at);
    joined.dedup_by_key(|r| r.observed_at);
    let found = events(&joined);
    assert_eq!(found.len(), 1, "{found:#?}");
    assert_eq!(found[0]["peak"], 7.2);
}

#[test]
fn a_flood_that_goes_on_has_no_end_and_one_that_was_there_at_the_beginning_has_no_known_start() {
    let readings = every_ten_minutes(at("2025-11-19 00:00"), at("2025-11-19 03:00"), |_| 6.4);
    let found = events(&readings);
    assert_eq!(told(&found[0], &["start_known", "end"]), [&json!("no"), &Value::Null]);
    assert_eq!(found[0]["rise_mean"], Value::Null, "the peak is the start");
}

#[test]
fn a_hole_is_time_that_nobody_knows_and_no_time_above() {
    let mut readings = wave(at("2025-11-19 00:00"), 7.5);
    // The peak from 05:00 to 06:40 was not seen.
    readings.retain(|r| !(at("2025-11-19 05:00")..at("2025-11-19 06:40")).contains(&r.observed_at));
    let found = events(&readings);
    assert_eq!(told(&found[0], &["peak", "unknown_h"]), [&json!(7.0), &json!(1.8)]);
    // 03:20 to 04:50, 06:40 to 08:30.
    assert_eq!(told(&found[0], &["above_bd1_h", "above_bd2_h"]), [&json!(3.3), &json!(0.2)]);
}

#[test]
fn bad_values_make_no_flood_and_a_suspect_peak_is_named_as_such() {
    let mut readings = every_ten_minutes(at("2025-11-19 00:00"), at("2025-11-19 12:00"), |_| 5.0);
    readings[10] = reading(readings[10].observed_at, 9.9, QcFlag::Bad);
    assert_eq!(events(&readings), [] as [Value; 0]);
    readings[20] = reading(readings[20].observed_at, 6.3, QcFlag::Suspect);
    let found = events(&readings);
    assert_eq!(
        told(&found[0], &["peak", "peak_flag", "suspect"]),
        [&json!(6.3), &json!(3), &json!(1)]
    );
    assert_eq!(
        told(&found[0], &["start", "end"]),
        [&json!("2025-11-19T03:20:00+07:00"), &json!("2025-11-19T03:30:00+07:00")]
    );
}

#[test]
fn the_levels_are_those_that_were_in_force() {
    let old = every_ten_minutes(at("2023-11-19 00:00"), at("2023-11-19 02:00"), |_| 5.5);
    let found = events(&old);
    assert_eq!(told(&found[0], &["bd1", "reached"]), [&json!(5.0), &json!(1)]);
    let new = every_ten_minutes(at("2025-11-19 00:00"), at("2025-11-19 02:00"), |_| 5.5);
    assert_eq!(events(&new), [] as [Value; 0]);
}

fn message(
    warning: &str,
    kind: MessageKind,
    station: &str,
    seen: &str,
    sent: &str,
) -> WarningMessage {
    let evidence = Evidence {
        station: station.parse().unwrap(),
        parameter: "water_level".parse().unwrap(),
        sensor: SensorId::main(),
        observed_at: at(seen),
        value: 7.0,
        flag: QcFlag::Good,
        completeness: 100,
        threshold: None,
        threshold_name: None,
        source: None,
    };
    WarningMessage {
        warning: warning.parse().unwrap(),
        number: 1,
        kind,
        realm: Realm::Actual,
        level: Level(2),
        provisional: false,
        late: false,
        sent_at: at(sent),
        expires_at: at("2025-11-20 00:00"),
        onset: at(seen),
        author: Author::Person("lan".to_owned()),
        remark: None,
        text: LocalText::default(),
        evidence: vec![evidence],
        hazard: "flood".to_owned(),
        areas: Vec::new(),
        replaces: Vec::new(),
    }
}

#[test]
fn the_messages_that_rest_on_the_flood_are_counted_and_no_others() {
    use MessageKind::{End, Issue, Update};
    let messages = [
        message("w-2", Update, "thanh-hoa", "2025-11-19 05:30", "2025-11-19 05:35"),
        message("w-1", Issue, "thanh-hoa", "2025-11-19 03:30", "2025-11-19 03:41"),
        message("w-1", Update, "thanh-hoa", "2025-11-19 05:00", "2025-11-19 05:05"),
        message("w-1", End, "thanh-hoa", "2025-11-19 08:00", "2025-11-19 11:00"),
        message("w-3", Issue, "van-canh", "2025-11-19 05:00", "2025-11-19 05:01"),
        message("w-4", Issue, "thanh-hoa", "2025-11-18 05:00", "2025-11-18 05:01"),
    ];
    let mut readings = wave(at("2025-11-19 00:00"), 7.5);
    readings.extend(every_ten_minutes(at("2025-11-19 11:50"), at("2025-11-19 15:00"), |_| 4.0));
    let found = warned(&readings, &messages);
    assert_eq!(
        told(&found[0], &["warnings", "first_warning_at", "warning_ids"]),
        [&json!(3), &json!("2025-11-19T03:41:00+07:00"), &json!("w-1 w-2")]
    );
}

proptest! {
    /// Above BĐ1 = the steps that begin at or above it, whatever the water does; the peak is the greatest value of all.
    #[test]
    fn time_above_and_peak_are_what_counting_gives(heights in proptest::collection::vec(40_u32..90, 1..200)) {
        let from = at("2025-11-19 00:00");
        let readings: Vec<_> = (0..).zip(&heights)
            .map(|(n, height)| reading(from + Span::minutes(10).times(n), f64::from(*height) / 10.0, QcFlag::Good))
            .collect();
        let found = events(&readings);
        let steps = heights.iter().rev().skip(1).filter(|height| **height >= 60).count();
        let above: f64 = found.iter().filter_map(|row| row["above_bd1_h"].as_f64()).sum();
        prop_assert!((above - steps as f64 / 6.0).abs() <= 0.051 * found.len() as f64 + 1e-9);
        let highest = heights.iter().max().filter(|height| **height >= 60).map(|height| f64::from(*height) / 10.0);
        let peak = found.iter().filter_map(|row| row["peak"].as_f64()).reduce(f64::max);
        prop_assert_eq!(peak, highest);
    }
}
