use super::*;
use domain::AlarmState::{Level as L, Normal, Unknown};

fn rule(hold: i64, clear_hold: i64) -> Threshold {
    Threshold {
        parameter: "water_level".parse().expect("a name"),
        stations: vec![],
        levels: vec![],
        clear_margin: 0.1,
        hold: Span::minutes(hold),
        clear_hold: Span::minutes(clear_hold),
        max_gap: Span::minutes(30),
        confirm_readings: 3,
        apart: Span::minutes(5),
        clear_completeness: 90,
    }
}

fn steps() -> Vec<Step> {
    let step = |level, raise: f64| Step {
        level: Level(level),
        name: format!("BĐ{level}"),
        raise,
        clear: raise - 0.1,
        source: None,
    };
    vec![step(1, 6.0), step(2, 7.0), step(3, 8.0)]
}

/// Feeds `(minute, value, flag)` and returns the changes as `(minute, state, provisional)`.
fn run(rule: &Threshold, seen: &[(i64, f64, QcFlag)]) -> Vec<(i64, AlarmState, bool)> {
    let mut watcher = Watcher::default();
    let steps = steps();
    let change = |&(minute, value, flag)| {
        let at = Time::from_millis(minute * 60_000);
        let change =
            watcher.see(rule, &steps, &SensorId::main(), Observation::new(at, value, flag))?;
        Some((change.at.millis() / 60_000, change.to, change.provisional))
    };
    seen.iter().filter_map(change).collect()
}

use QcFlag::{Bad, Good, NotEvaluated as Unsure, Suspect};

#[test]
fn rises_at_once_and_falls_slowly() {
    let seen = [
        (0, 5.0, Good),
        (10, 7.2, Good),
        (20, 8.0, Good),
        (30, 7.85, Good),
        (40, 7.85, Good),
        (50, 7.85, Good),
    ];
    let expected = vec![
        (0, Normal, false),
        (10, L(Level(2)), false),
        (20, L(Level(3)), false),
        (50, L(Level(2)), false),
    ];
    assert_eq!(run(&rule(0, 20), &seen), expected);
}

#[test]
fn a_gap_never_satisfies_above_for() {
    let seen = [(0, 6.5, Good), (40, 6.5, Good), (60, 6.5, Good), (70, 6.5, Good)];
    assert_eq!(run(&rule(30, 20), &seen), [(0, Normal, false), (70, L(Level(1)), false)]);
}

#[test]
fn a_gap_never_satisfies_below_for() {
    let seen = [(0, 6.5, Good), (10, 5.0, Good), (50, 5.0, Good), (60, 5.0, Good)];
    assert_eq!(run(&rule(0, 30), &seen), [(0, L(Level(1)), false)]);
}

#[test]
fn suspect_raises_provisionally_and_three_in_a_row_confirm() {
    let seen = [(0, 6.5, Suspect), (10, 6.6, Suspect), (20, 6.7, Suspect)];
    assert_eq!(run(&rule(0, 60), &seen), [(0, L(Level(1)), true), (20, L(Level(1)), false)]);
}

#[test]
fn a_good_low_value_withdraws_a_provisional_level() {
    let seen = [(0, 5.0, Good), (10, 9.0, Suspect), (20, 5.0, Good)];
    let expected = vec![(0, Normal, false), (10, L(Level(3)), true), (20, Normal, false)];
    assert_eq!(run(&rule(0, 180), &seen), expected);
}

#[test]
fn what_was_not_evaluated_clears_slowly_and_withdraws_nothing() {
    let seen = [(0, 5.0, Good), (10, 6.5, Good), (20, 5.0, Unsure), (30, 5.0, Unsure)];
    let expected = vec![(0, Normal, false), (10, L(Level(1)), false), (30, Normal, false)];
    assert_eq!(run(&rule(0, 10), &seen), expected);
    let seen = [(0, 5.0, Good), (10, 9.0, Suspect), (20, 5.0, Unsure)];
    let expected = vec![(0, Normal, false), (10, L(Level(3)), true)];
    assert_eq!(run(&rule(0, 180), &seen), expected);
}

#[test]
fn the_same_time_told_three_times_confirms_nothing() {
    let seen = [(0, 6.5, Suspect), (0, 6.5, Suspect), (0, 6.6, Suspect)];
    assert_eq!(run(&rule(0, 60), &seen), [(0, L(Level(1)), true)]);
}

#[test]
fn bad_neither_raises_nor_clears() {
    let seen = [(0, 9.9, Bad), (10, 6.5, Good), (20, 0.0, Bad), (30, 0.0, Bad), (40, 0.0, Bad)];
    assert_eq!(run(&rule(0, 10), &seen), [(10, L(Level(1)), false)]);
    assert_eq!(Watcher::default().state(), Unknown);
}

#[test]
fn a_late_value_above_what_was_known_is_told_once() {
    let (rule, steps) = (rule(0, 60), steps());
    let mut watcher = Watcher::default();
    let value =
        |minute: i64, value| Observation::new(Time::from_millis(minute * 60_000), value, Good);
    watcher.see(&rule, &steps, &SensorId::main(), value(100, 5.0));
    let late = watcher.see_late(&rule, &steps, value(50, 7.5)).expect("a late alarm");
    assert_eq!((late.to, late.late), (L(Level(2)), true));
    assert_eq!(watcher.state(), Normal);
    assert_eq!(watcher.see_late(&rule, &steps, value(40, 7.4)), None);
    assert_eq!(watcher.see_late(&rule, &steps, value(30, 5.4)), None);
}
