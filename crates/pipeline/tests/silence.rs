//! Who is missed, and when: stations, sensors, rules that end.

mod common;

use common::{World, pack_with, rain, stage, t};
use domain::{AlarmState, ArrivalBody, Condition, Level, Realm, Span};

fn impatient() -> World {
    let all = [("stations.toml", "silent_after = \"30d\"", "silent_after = \"30min\"")];
    World::new(Realm::Actual, pack_with(&all))
}

#[test]
fn a_station_that_was_never_heard_is_silent_too() {
    let mut world = impatient();
    for minute in 0..40 {
        world.stage(minute, 5.0);
    }
    for station in ["duoi", "gio"] {
        assert_eq!(world.conditions(station), [Condition::Silent], "{station}");
    }
    assert_eq!(world.conditions("tren"), []);
    world.tick(t(200));
    assert_eq!(world.transitions("intake").len(), 1);
}

#[test]
fn a_station_that_is_not_in_operation_is_not_missed() {
    let closed =
        [("stations.toml", "id = \"gio\"", "id = \"gio\"\nvalid_to = 2025-01-01T00:00:00+07:00")];
    let closed = closed.map(|(file, from, to)| {
        (file, from, to.replace("2025-01-01T00:00:00+07:00", "\"2025-01-01T00:00:00+07:00\""))
    });
    let mut edits: Vec<(&str, &str, &str)> =
        closed.iter().map(|(file, from, to)| (*file, *from, to.as_str())).collect();
    edits.push(("stations.toml", "silent_after = \"30d\"", "silent_after = \"30min\""));
    let mut world = World::new(Realm::Actual, pack_with(&edits));
    world.tick(t(200));
    assert_eq!(world.conditions("gio"), []);
    assert_eq!(world.conditions("duoi"), [Condition::Silent]);
}

#[test]
fn a_sensor_that_dies_is_missed_although_its_station_speaks() {
    let mut world = World::actual();
    for minute in 0..10 {
        world.stage(minute, 6.2);
        world.send(t(minute) + Span::seconds(2), "tren", &rain(minute, 0.0));
    }
    for minute in 10..60 {
        // The gauge was washed away; the logger goes on, and sends a stage that cannot be.
        world.send(t(minute) + Span::seconds(2), "tren", &rain(minute, 0.0));
        world.stage(minute, -5.0);
    }
    assert_eq!(world.conditions("tren"), [Condition::SensorSilent]);
    let alarm = world.alarm("stage", "tren").expect("the rule has spoken");
    assert!(alarm.blind && alarm.state == AlarmState::Level(Level(1)), "{alarm:?}");
    let told = world.transitions("station").last().unwrap().evidence.clone();
    assert_eq!(told[0].threshold_name.as_deref(), Some("water_level"));
    world.stage(60, 5.0);
    assert_eq!(world.conditions("tren"), []);
}

/// Whoever starts after the station begins counts as whoever was there before.
#[test]
fn a_sensor_is_missed_from_when_its_station_begins_to_work() {
    let begins = format!("id = \"tren\"\nvalid_from = \"{}\"", t(40));
    for restarted in [None, Some(30), Some(45)] {
        let begins = ("stations.toml", "id = \"tren\"", begins.as_str());
        let mut world = World::new(Realm::Actual, pack_with(&[begins]));
        world.stage(11, 6.2);
        let missed = |minute: i64| (minute >= 70).then_some(Condition::SensorSilent);
        for minute in 12..80 {
            if restarted == Some(minute) {
                world.restart();
            }
            world.pass(t(minute));
            world.send(t(minute), "tren", &rain(minute, 0.0));
            let known = Vec::from_iter(missed(minute));
            assert_eq!(world.conditions("tren"), known, "{minute}, restarted {restarted:?}");
        }
    }
}

#[test]
fn a_sensor_is_not_missed_because_its_station_was() {
    let mut world = World::actual();
    for minute in (0..10).chain(100..110) {
        world.stage(minute, 5.0);
    }
    let seen: Vec<_> = world.outcomes.iter().flat_map(|o| &o.health).collect();
    let missed = seen.iter().any(|h| h.conditions.iter().any(|c| c.0 == Condition::SensorSilent));
    assert!(!missed, "{seen:?}");
}

#[test]
fn a_value_that_cannot_be_is_told_once_until_the_sensor_has_convinced() {
    let mut world = World::actual();
    for minute in 0..40 {
        world.stage(minute, 5.0);
        if minute % 3 == 0 && minute < 20 {
            world.send(t(minute) + Span::seconds(5), "tren", &stage_at(minute, 30, 99.0));
        }
    }
    let told: Vec<_> = world.transitions("station").iter().map(|t| t.to).collect();
    assert_eq!(told, [AlarmState::Level(Level(1)), AlarmState::Normal]);
    let evidence = world.transitions("station")[0].evidence[0].clone();
    assert_eq!((evidence.parameter.as_str(), evidence.value), ("implausible", 99.0));
    assert!(world.warnings("song").is_empty());
}

fn stage_at(minute: i64, second: i64, metres: f64) -> String {
    let at = t(minute) + Span::seconds(second);
    format!(r#"{{"time":"{at}","readings":{{"water_level":{metres}}}}}"#)
}

#[test]
fn an_alarm_does_not_outlive_its_rule() {
    let mut world = World::actual();
    for minute in 0..10 {
        world.stage(minute, 6.5);
    }
    assert_eq!(world.warnings("song").len(), 1);
    let files = pack_with(&[
        ("rules.toml", "id = \"stage\"", "id = \"stage-2\""),
        ("rules.toml", "rule = \"stage\"", "rule = \"stage-2\""),
    ]);
    world.configure(t(20), files);
    let last = world.transitions("stage").last().unwrap().to;
    assert_eq!(last, AlarmState::Unknown);
    let alarm = world.alarm("stage", "tren").expect("the rule has spoken");
    assert_eq!(alarm.state, AlarmState::Unknown);
}

#[test]
fn an_alarm_ends_as_unknown_when_its_rule_ends() {
    let end = t(30).to_string();
    let until = format!("hazard = \"flood\"\nvalid_to = \"{end}\"");
    let edit = [("rules.toml", "hazard = \"flood\"", until.as_str())];
    let mut world = World::new(Realm::Actual, pack_with(&edit));
    for minute in 0..10 {
        world.stage(minute, 6.5);
    }
    world.tick(t(31));
    let last = world.transitions("stage").last().copied().unwrap();
    assert_eq!((last.to, last.at), (AlarmState::Unknown, t(30)));
}

#[test]
fn names_made_up_on_the_way_do_not_become_series() {
    let mut world = World::actual();
    for n in 0..30 {
        let at = t(n) + Span::seconds(2);
        let body = format!(
            r#"{{"time":"{}","readings":{{"water_level":{{"value":5,"sensor":"s{n}"}}}}}}"#,
            t(n)
        );
        world.send(at, "tren", &body);
    }
    let series = world.outcomes.iter().flat_map(|o| &o.new_series);
    let sensors = series.filter(|(_, key)| key.parameter.as_str() == "water_level").count();
    assert_eq!(sensors, 8);
    let aside = world.outcomes.iter().flat_map(|o| &o.set_aside).count();
    assert_eq!(aside, 22);
}

#[test]
fn old_news_of_one_sensor_clears_nothing_of_another() {
    let mut world = World::actual();
    for minute in 0..20 {
        world.send(t(minute) + Span::seconds(2), "tren", &stage(minute, 6.5));
    }
    let radar = |minute: i64| {
        format!(
            r#"{{"time":"{}","readings":{{"water_level":{{"value":5.0,"sensor":"radar"}}}}}}"#,
            t(minute) - Span::hours(24)
        )
    };
    for minute in 0..60 {
        world.send(t(20) + Span::seconds(minute), "tren", &radar(minute));
    }
    let states: Vec<_> = world.transitions("stage").iter().map(|t| t.to).collect();
    assert_eq!(states.last(), Some(&AlarmState::Level(Level(1))), "{states:?}");
}

#[test]
fn a_battery_that_wavers_at_its_limit_is_one_fault() {
    let mut world = World::actual();
    for (minute, volts) in [(0, 12.0), (1, 11.4), (2, 11.6), (3, 11.4), (4, 11.6), (5, 11.9)] {
        let body = format!(r#"{{"time":"{}","readings":{{"battery":{volts}}}}}"#, t(minute));
        world.send(t(minute) + Span::seconds(2), "tren", &body);
    }
    let told: Vec<_> = world.transitions("station").iter().map(|t| t.to).collect();
    assert_eq!(told, [AlarmState::Level(Level(1)), AlarmState::Normal]);
}

#[test]
fn a_broker_that_brings_nothing_for_too_long_is_an_alarm_until_it_is_back() {
    let mut world = World::actual();
    let link = |down_since| ArrivalBody::Link { broker: "tinh".parse().unwrap(), down_since };
    for minute in 0..180 {
        // Stations of other intakes are heard all the time.
        world.send(t(minute) + Span::seconds(2), "tren", &stage(minute, 2.0));
        let change = match minute {
            20 => Some(link(Some(t(20)))),
            // shorter than the rule allows
            40 | 130 => Some(link(None)),
            50 => Some(link(Some(t(50)))),
            _ => None,
        };
        if let Some(change) = change {
            world.take(t(minute) + Span::seconds(30), change);
        }
    }
    let told: Vec<_> = world.transitions("intake").iter().map(|t| (t.at, t.to)).collect();
    let raised = (t(50) + Span::minutes(60), AlarmState::Level(Level(2)));
    assert_eq!(told, [raised, (t(130) + Span::seconds(30), AlarmState::Normal)]);
}

#[test]
fn messages_without_time_that_come_again_are_recognised_not_only_the_last() {
    let mut world = World::actual();
    let body = |mm: f64| format!(r#"{{"readings":{{"rain":{mm}}}}}"#);
    for (second, mm) in [(1, 0.2), (2, 0.4), (3, 0.6)] {
        world.send(t(1) + Span::seconds(second), "tren", &body(mm));
    }
    let before = world.outcomes.len();
    for (second, mm) in [(4, 0.2), (5, 0.4), (6, 0.6), (7, 0.8)] {
        world.send_again(t(1) + Span::seconds(second), "tren", &body(mm));
    }
    let known: Vec<u32> = world.outcomes[before..].iter().map(|one| one.duplicates).collect();
    assert_eq!(known, [1, 1, 1, 0]);
}
