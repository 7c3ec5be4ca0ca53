//! What comes in through the doors: whole and used, or put aside with a reason, and never a sign of what it is not.
#![allow(clippy::unwrap_used, reason = "a test may fail")]

mod common;

use std::time::Instant;

use common::{World, pack, pack_with, rain, stage, t, telemetry};
use domain::{Check, Condition, Outcome, Processor, QcFlag, Realm, SetAsideReason, Span, Time};

/// A copy that a broker kept.
fn retained(world: &mut World, at: Time, station: &str, payload: &str) -> Outcome {
    world.take(at, telemetry(station, payload, true, false)).clone()
}

fn reasons(outcome: &Outcome) -> Vec<SetAsideReason> {
    outcome.set_aside.iter().map(|aside| aside.reason).collect()
}

fn impatient() -> World {
    let all = [("stations.toml", "silent_after = \"30d\"", "silent_after = \"30min\"")];
    World::new(Realm::Actual, pack_with(&all))
}

#[test]
fn a_retained_copy_is_no_sign_of_life() {
    let mut world = impatient();
    for minute in 0..5 {
        world.stage(minute, 5.0);
    }
    world.tick(t(120));
    assert!(world.conditions("tren").contains(&Condition::Silent));
    assert_eq!(world.transitions("intake").len(), 1);
    let before = world.pipeline.checkpoint();
    let heard = |world: &World| {
        let health = world.pipeline.health();
        let mine = health.into_iter().find(|h| h.station.as_str() == "tren").unwrap();
        (mine.last_received, mine.messages, mine.conditions)
    };
    let then = heard(&world);
    // Copies of what is known, of what is older and of what nobody has seen yet, at each connection anew.
    for (n, minute) in [4, 3, 4, 6, 6, 7, 4, 8].into_iter().enumerate() {
        let out =
            retained(&mut world, t(121 + n as i64), "tren", &stage(minute, 5.0 + n as f64 / 10.0));
        assert_eq!((out.transitions.len(), out.messages.len()), (0, 0), "{out:?}");
    }
    assert_ne!(world.pipeline.checkpoint(), before, "their values are taken all the same");
    assert_eq!(heard(&world), then);
    assert_eq!(world.transitions("intake").len(), 1);
    // The first word of the station itself does.
    world.stage(140, 5.0);
    assert_eq!(world.conditions("tren"), []);
}

#[test]
fn a_retained_copy_that_waited_is_still_no_sign_that_its_sensor_lives() {
    let mut world = World::actual();
    for minute in 0..5 {
        world.stage(minute, 5.0);
        world.send(t(minute) + Span::seconds(3), "tren", &rain(minute, 0.0));
    }
    for minute in 5..60 {
        world.send(t(minute) + Span::seconds(3), "tren", &rain(minute, 0.0));
        if minute == 45 {
            retained(&mut world, t(minute) + Span::seconds(5), "tren", &stage(20, 5.1));
        }
    }
    assert_eq!(world.conditions("tren"), [Condition::SensorSilent]);
}

#[test]
fn a_copy_of_what_is_known_is_no_sign_of_life_either() {
    let mut world = impatient();
    for minute in 0..5 {
        world.stage(minute, 5.0);
    }
    for minute in 5..80 {
        world.send(t(minute), "tren", &stage(4, 5.0));
    }
    assert!(world.conditions("tren").contains(&Condition::Silent));
    let mut world = impatient();
    for minute in 0..80 {
        world.send(t(minute), "tren", &stage(minute, 5.0));
        world.send(t(minute), "tren", &stage(minute, 5.0));
    }
    assert_eq!(world.conditions("tren"), []);
}

#[test]
fn what_is_whole_is_never_called_nonsense() {
    let whole = |minute: i64| {
        let at = t(minute);
        [
            format!(
                r#"{{"time":"{at}","id":7,"gps":[1,2],"x":"y","readings":{{"water_level":5.0}}}}"#
            ),
            format!("{}\r\n\0\0", stage(minute, 5.0)),
            format!("{}\0left over", stage(minute, 5.0)),
            format!(r#"{{"time":"{at}","readings":{{"water_level":5.0,"rain":-999.0}}}}"#),
            format!(r#"{{"time":"{at}","readings":{{"water_level":5.0,"rain":null}}}}"#),
            format!(r#"{{"time":"{at}","readings":{{"water_level":5.0,"unheard_of":1}}}}"#),
            format!(r#"{{"ts":{},"readings":{{"water_level":"5.00"}}}}"#, at.millis()),
            format!(
                r#"{{"TIME":"{at}","READINGS":{{"Water_Level":{{"VALUE":500,"UNIT":"CM"}}}}}}"#
            ),
        ]
    };
    for way in 0..8 {
        let mut world = World::actual();
        for minute in 0..40 {
            world.send(t(minute), "tren", &whole(minute)[way]);
        }
        assert_eq!(world.conditions("tren"), [], "{}", whole(0)[way]);
        assert_eq!(world.readings("tren", "water_level").len(), 40, "{}", whole(0)[way]);
    }
    for nonsense in
        ["[1]", "{}", r#"{"readings":{"water_level":"high"}}"#, r#"{"readings":{"xyz":1}}"#]
    {
        let mut world = World::actual();
        for minute in 0..40 {
            world.send(t(minute), "tren", nonsense);
        }
        assert_eq!(world.conditions("tren"), [Condition::SendsNonsense], "{nonsense}");
    }
}

#[test]
fn a_backlog_whose_time_has_another_name_is_never_of_now() {
    let now = t(3_000);
    for key in ["ts", "timestamp", "Time", "observed_at", "datetime", "luc", "saved_at"] {
        let entry = |minute, level| {
            format!(r#"{{"{key}":"{}","readings":{{"water_level":{level}}}}}"#, t(minute))
        };
        let mut world = World::actual();
        let crest = format!("[{},{}]", entry(0, 8.9), entry(10, 5.2));
        world.send(now, "tren", &crest);
        let mut single = World::actual();
        for (second, minute) in (0..4).enumerate() {
            single.send(now + Span::seconds(second as i64), "tren", &entry(minute, 8.9));
        }
        for world in [&world, &single] {
            assert!(world.readings("tren", "water_level").keys().all(|at| *at < t(20)), "{key}");
            assert!(world.transitions("stage").iter().all(|change| change.at < t(20)), "{key}");
        }
        let out = &world.outcomes[1];
        assert!(!out.readings.is_empty() || out.set_aside.len() >= 2, "{key}");
    }
}

#[test]
fn a_number_for_no_value_does_not_eat_a_value_in_another_unit() {
    let check = |value: &str, expected: Result<f64, SetAsideReason>| {
        let mut world = World::actual();
        let out = world.send(t(0), "tren", &format!(r#"{{"readings":{{"water_level":{value}}}}}"#));
        let got = match out.set_aside.first() {
            Some(aside) => Err(aside.reason),
            None => Ok(out.readings[0].value.unwrap()),
        };
        assert_eq!(got, expected, "{value}");
    };
    check(r#"{"value":6999,"unit":"mm"}"#, Ok(6.999));
    check(r#"{"value":699900,"unit":"cm"}"#, Err(SetAsideReason::Sentinel));
    check(r#"{"value":6999,"unit":"cm"}"#, Err(SetAsideReason::Sentinel));
    check(r#"{"value":-999,"unit":"mm"}"#, Ok(-0.999));
    check(r#"{"value":-999,"unit":"cm"}"#, Err(SetAsideReason::Sentinel));
    check("6999", Err(SetAsideReason::Sentinel));
    check("-999", Err(SetAsideReason::Sentinel));
    check(r#"{"value":5,"unit":"furlong"}"#, Err(SetAsideReason::UnknownUnit));
    check(r#"{"value":5,"unit":"kg"}"#, Err(SetAsideReason::UnknownUnit));
}

#[test]
fn a_value_that_waited_for_a_parameter_that_was_removed_is_put_aside() {
    let less = "parameters = [\"water_level\", \"battery\"]";
    let all = "parameters = [\"water_level\", \"rain\", \"battery\"]";
    let gone = [("stations.toml", all, less)];
    let renamed = [
        ("stations.toml", "id = \"tren\"", "id = \"khac\""),
        ("levels.toml", "\"tren\"", "\"khac\""),
    ];
    for (edits, reason) in [
        (&gone[..], SetAsideReason::UnknownParameter),
        (&renamed[..], SetAsideReason::UnknownStation),
    ] {
        let mut world = World::new(Realm::Actual, pack());
        world.send(t(0), "tren", &rain(0, 0.0));
        world.send(t(1), "tren", &rain(1, 0.0));
        world.send(t(11), "tren", &rain(10, 5.3));
        let files = pack_with(edits);
        world.configure(t(12), files);
        let out = world.tick(t(20)).clone();
        assert_eq!(reasons(&out), [reason]);
        assert!(out.set_aside[0].detail.contains("5.3"), "{:?}", out.set_aside);
    }
}

#[test]
fn many_sensors_are_counted_once_for_a_message() {
    let mut world = World::actual();
    let entry = |n: i64| {
        format!(
            r#"{{"time":"{}","readings":{{"water_level":[{{"value":5,"sensor":"a"}},{{"value":5,"sensor":"b{}"}}]}}}}"#,
            t(-n),
            n % 40
        )
    };
    let all: Vec<String> = (1..4_000).map(entry).collect();
    let payload = format!("[{}]", all.join(","));
    let start = Instant::now();
    let out = world.send(t(0), "tren", &payload).clone();
    assert!(start.elapsed().as_secs() < 20, "it grows with the square of the readings");
    let sensors = out.new_series.iter().filter(|(_, key)| key.parameter.as_str() == "water_level");
    assert_eq!(sensors.count(), 8);
    assert!(out.set_aside.iter().all(|aside| aside.detail.contains("one sensor more")));
    assert!(!out.set_aside.is_empty() && out.readings.len() > 4_000);
}

#[test]
fn names_of_sensors_and_parameters_are_compared_without_capitals() {
    let mut world = World::actual();
    for (n, name) in ["radar", "Radar", " RADAR "].into_iter().enumerate() {
        let text = format!(
            r#"{{"time":"{}","readings":{{"WATER_LEVEL":{{"value":2,"sensor":"{name}"}}}}}}"#,
            t(n as i64)
        );
        assert_eq!(reasons(world.send(t(n as i64), "duoi", &text)), []);
    }
    let series = world.outcomes.iter().flat_map(|o| &o.new_series);
    let measured = series.filter(|(_, key)| key.parameter.as_str() == "water_level");
    assert_eq!(measured.map(|(_, key)| key.sensor.to_string()).collect::<Vec<_>>(), ["radar"]);
}

#[test]
fn a_word_of_the_station_is_seen_in_its_verdict() {
    let check = |word: &str, flag: QcFlag| {
        let mut world = World::new(Realm::Actual, pack());
        for minute in 0..3 {
            let value = format!(r#"{{"value":8.9,"quality":"{word}"}}"#);
            let text =
                format!(r#"{{"time":"{}","readings":{{"water_level":{value}}}}}"#, t(minute));
            let out = world.send(t(minute), "tren", &text);
            assert_eq!(out.readings[0].verdict.flag, flag, "{word}");
            assert!(out.readings[0].verdict.failed.contains(Check::StationMark), "{word}");
        }
        if flag == QcFlag::Bad {
            assert!(world.transitions("stage").is_empty(), "{word}");
        }
    };
    for word in ["LỖI", "HỎNG", "HIỆU CHUẨN", "lo\u{302}\u{303}i", "hieu chuan", "Đang bảo trì"]
    {
        check(word, QcFlag::Bad);
    }
    check("NGHI NGỜ", QcFlag::Suspect);
    check("nghi ngo\u{31b}\u{300}", QcFlag::Suspect);
    check("lạ lùng", QcFlag::NotEvaluated);
}
