//! A level is lowered, and a warning ended, only by evidence that the water fell; and what raises one is what was said.
#![allow(clippy::unwrap_used, reason = "a test may fail")]

mod common;

use common::{ENDS, World, pack_with, stage, t};
use domain::{AlarmState, Command, Level, QcFlag, Realm, Span, Time, Warning, WarningState};

const CROSS: (&str, &str, &str) = (
    "quality.toml",
    "suspect = 2.0\nper = \"10min\"",
    "suspect = 2.0\nper = \"10min\"\n[limits.limits.cross_check]\ntolerance = 0.1\nwithin = \"25min\"",
);

/// A river world in which warnings go out and end by themselves.
fn world() -> World {
    World::new(Realm::Actual, pack_with(&[ENDS]))
}

/// Rises ten centimetres a minute from 5.0 m and stays ten minutes at the top; gives the next minute.
fn flood(world: &mut World, top: f64) -> i64 {
    let up = ((top - 5.0) * 10.0).round() as i64;
    for minute in 0..up + 10 {
        world.stage(minute, (5.0 + 0.1 * minute as f64).min(top));
    }
    up + 10
}

fn level(world: &World) -> (AlarmState, bool) {
    let alarm = world.alarm("stage", "tren").unwrap();
    (alarm.state, alarm.provisional)
}

const BD3: (AlarmState, bool) = (AlarmState::Level(Level(3)), false);
const BD2: (AlarmState, bool) = (AlarmState::Level(Level(2)), false);

fn sensor(minute: i64, name: &str, metres: f64, seconds: i64) -> String {
    let time = t(minute) + Span::seconds(seconds);
    format!(
        r#"{{"time":"{time}","readings":{{"water_level":{{"value":{metres:.2},"sensor":"{name}"}}}}}}"#
    )
}

fn marked(minute: i64, metres: f64, mark: &str) -> String {
    format!(
        r#"{{"time":"{}","readings":{{"water_level":{{"value":{metres:.2},"quality":"{mark}"}}}}}}"#,
        t(minute)
    )
}

/// A1: a doubted fall never confirms itself, exact or noisy.
#[test]
fn a_gauge_that_fails_low_lowers_nothing_however_often_it_says_so() {
    let check = |what: &str, value: &dyn Fn(i64) -> f64| {
        let mut world = world();
        let end = flood(&mut world, 8.2);
        for minute in end..end + 90 {
            world.stage(minute, value(minute));
        }
        assert_eq!((level(&world), world.ends()), (BD3, 0), "{what}");
    };
    check("dry", &|_| 0.0);
    check("dry with noise", &|minute| 0.01 * (minute % 3) as f64);
    check("just above what cannot be", &|_| -0.95);
    check("half of the value", &|minute| 4.1 + 0.01 * (minute % 2) as f64);
}

/// A1, the other way: what is doubted is not made sure by saying it twice.
#[test]
fn the_second_equal_value_of_a_leap_makes_nothing_sure() {
    let mut world = world();
    for minute in 0..10 {
        world.stage(minute, 5.0);
    }
    world.stage(10, 9.9);
    world.stage(11, 9.9);
    assert_eq!(level(&world), (AlarmState::Level(Level(3)), true));
}

/// Case 12: three readings within three seconds are one thing said thrice.
#[test]
fn readings_that_follow_each_other_within_seconds_do_not_confirm_each_other() {
    let mut world = world();
    for minute in 0..10 {
        world.stage(minute, 5.0);
    }
    for second in 0..4 {
        let at = t(10) + Span::seconds(second);
        let body = format!(
            r#"{{"time":"{at}","readings":{{"water_level":{:.2}}}}}"#,
            9.0 + 0.01 * second as f64
        );
        world.send(at, "tren", &body);
    }
    assert_eq!(level(&world), (AlarmState::Level(Level(3)), true));
}

/// A3: a word that nobody knows never clears.
#[test]
fn what_a_station_says_with_a_word_that_nobody_knows_lowers_nothing() {
    for mark in ["bảo trì", "xyz", "BẢO TRÌ"] {
        for value in [0.5, 6.5] {
            let mut world = world();
            let end = flood(&mut world, 7.3);
            for minute in end..end + 60 {
                world.send(t(minute) + Span::seconds(2), "tren", &marked(minute, value, mark));
            }
            assert_eq!((level(&world), world.ends()), (BD2, 0), "{mark} {value}");
        }
    }
}

/// A3, case 8: case and composition of the letters do not matter.
#[test]
fn the_words_of_a_station_are_understood_however_they_are_written() {
    let check = |mark: &str, flag: QcFlag| {
        let mut world = World::actual();
        world.stage(0, 5.0);
        world.send(t(1), "tren", &marked(1, 5.0, mark));
        assert_eq!(world.readings("tren", "water_level")[&t(1)].verdict.flag, flag, "{mark}");
    };
    for bad in [
        "lỗi",
        "LỖI",
        "lo\u{302}\u{303}i",
        "LO\u{302}\u{303}I",
        "Hỏng",
        "HỎNG",
        "HIỆU CHUẨN",
        "Hiệu Chuẩn",
    ] {
        check(bad, QcFlag::Bad);
    }
    for doubtful in ["nghi ngờ", "NGHI NGỜ", "nghi ngo\u{31b}\u{300}"] {
        check(doubtful, QcFlag::Suspect);
    }
    for good in ["tốt", "TỐT", "to\u{302}\u{301}t"] {
        check(good, QcFlag::Good);
    }
}

/// A4: raised by any sensor, cleared when every sensor that spoke since has fallen.
#[test]
fn the_silence_of_one_sensor_lets_no_other_clear_what_it_raised() {
    let mut world = World::new(Realm::Actual, pack_with(&[ENDS, CROSS]));
    let mut minute = 0;
    for _ in 0..40 {
        let metres = (5.0 + 0.1 * minute as f64).min(7.3);
        world.stage(minute, metres);
        let low = sensor(minute, "radar", metres - 1.1, 0);
        world.send(t(minute) + Span::seconds(3), "tren", &low);
        minute += 1;
    }
    let before = level(&world).0;
    assert_eq!(before, BD2.0);
    for minute in minute..minute + 120 {
        let low = sensor(minute, "radar", 6.2 + 0.01 * (minute % 2) as f64, 0);
        world.send(t(minute) + Span::seconds(3), "tren", &low);
    }
    assert_eq!((level(&world).0, world.ends()), (before, 0));
}

/// A4: a sensor whose stamps trail the other by half a minute is not late.
#[test]
fn a_second_sensor_that_trails_by_seconds_raises_as_the_first_would() {
    let mut world = World::actual();
    for minute in 0..40 {
        world.stage(minute, 5.9);
        let rising = (5.0 + 0.1 * minute as f64).min(6.5);
        let radar = sensor(minute, "radar", rising, -30);
        world.send(t(minute) + Span::seconds(3), "tren", &radar);
    }
    let told = world.transitions("stage");
    assert!(told.iter().all(|transition| !transition.late), "{told:?}");
    assert_eq!(world.alarm("stage", "tren").unwrap().state, AlarmState::Level(Level(1)));
}

/// A4: of two sensors that both fall, the level is cleared on time.
#[test]
fn two_sensors_that_both_fell_clear_together() {
    let mut world = World::actual();
    for minute in 0..120 {
        let up = (5.0 + 0.1 * minute as f64).min(6.5);
        let metres = if minute < 30 { up } else { (6.5 - 0.02 * (minute - 30) as f64).max(5.0) };
        world.stage(minute, metres);
        let radar = sensor(minute, "radar", metres - 0.02, -30);
        world.send(t(minute) + Span::seconds(3), "tren", &radar);
    }
    assert_eq!(world.alarm("stage", "tren").unwrap().state, AlarmState::Normal);
}

/// A13: a correction of the newest value is news of now.
#[test]
fn a_correction_of_the_newest_value_is_not_late() {
    let mut world = World::actual();
    for minute in 0..10 {
        world.stage(minute, 5.9);
    }
    world.send(t(9) + Span::seconds(30), "tren", &stage(9, 6.05));
    let told: Vec<_> = world.transitions("stage").iter().map(|c| (c.to, c.late)).collect();
    assert_eq!(told.last(), Some(&(AlarmState::Level(Level(1)), false)));
    assert_eq!(world.readings("tren", "water_level")[&t(9)].value, Some(6.05));
}

/// A13: a false leap that the station itself corrects is taken back at once, and the next value is compared with the
/// right one.
#[test]
fn a_leap_that_the_station_corrects_is_taken_back_at_once() {
    let mut world = World::actual();
    for minute in 0..10 {
        world.stage(minute, 5.0);
    }
    world.stage(10, 9.4);
    assert_eq!(level(&world), (AlarmState::Level(Level(3)), true));
    world.send(t(10) + Span::seconds(30), "tren", &stage(10, 5.1));
    assert_eq!(level(&world).0, AlarmState::Normal);
    world.stage(11, 5.2);
    assert_eq!(world.readings("tren", "water_level")[&t(11)].verdict.flag, QcFlag::Good);
}

/// A13: a correction to something low lowers nothing that a fall as steep would not.
#[test]
fn a_value_that_is_overwritten_by_a_dry_one_lowers_nothing() {
    let mut world = world();
    let end = flood(&mut world, 8.2);
    for minute in end..end + 90 {
        world.stage(minute, 8.2);
        world.send(t(minute) + Span::seconds(30), "tren", &stage(minute, 0.0));
    }
    assert_eq!((level(&world), world.ends()), (BD3, 0));
}

/// A18: the sensors of one message are compared with each other, not with what the other said before.
#[test]
fn two_sensors_of_one_message_that_rise_together_agree() {
    let mut world = World::new(Realm::Actual, pack_with(&[CROSS]));
    for minute in 0..15 {
        let metres = 5.0 + 0.15 * minute as f64;
        let both =
            format!("[{},{}]", stage(minute, metres), sensor(minute, "radar", metres + 0.02, 0));
        world.send(t(minute) + Span::seconds(2), "tren", &both);
    }
    let all = world.outcomes.iter().flat_map(|out| &out.readings);
    let doubted = all.filter(|r| r.verdict.failed.contains(domain::Check::CrossCheck)).count();
    assert_eq!(doubted, 0);
    assert_eq!(level(&world), BD2);
}

/// A19: what turns out to be a spike is taken out of everything that rested on it.
#[test]
fn a_spike_that_is_found_afterwards_takes_its_level_back() {
    let edits = [
        ("stations.toml", "interval = \"1min\"", "interval = \"10min\""),
        ("rules.toml", "max_gap = \"90s\"", "max_gap = \"15min\""),
        (
            "quality.toml",
            "suspect = 2.0\nper = \"10min\"",
            "suspect = 2.0\nper = \"10min\"\n[limits.limits.spike]\nsuspect = 0.5",
        ),
    ];
    let mut world = World::new(Realm::Actual, pack_with(&edits));
    for (minute, metres) in [(0, 5.0), (10, 5.0), (20, 5.0), (30, 5.0), (40, 6.2), (50, 5.0)] {
        world.stage(minute, metres);
    }
    let spike = world.readings("tren", "water_level")[&t(40)].verdict;
    assert_eq!(spike.flag, QcFlag::Suspect);
    assert!(level(&world) != (AlarmState::Level(Level(1)), false), "still sure on a spike");
    let rise = world.readings("tren", "water_level_rise");
    assert!(rise[&t(40)].verdict.flag >= QcFlag::Suspect, "the rate of rise rests on it too");
}

/// A19: what a spike is does not depend on it whose clock said when.
#[test]
fn a_spike_that_is_found_afterwards_keeps_the_origin_of_its_time() {
    let spike = (
        "quality.toml",
        "suspect = 2.0\nper = \"10min\"",
        "suspect = 2.0\nper = \"10min\"\n[limits.limits.spike]\nsuspect = 0.1",
    );
    let mut world = World::new(Realm::Actual, pack_with(&[spike]));
    for (minute, metres) in [(0, 5.0), (1, 5.0), (2, 5.15), (3, 5.0)] {
        let body = format!(r#"{{"readings":{{"water_level":{metres:.2}}}}}"#);
        world.send(t(minute), "tren", &body);
    }
    let found = world.readings("tren", "water_level")[&t(2)];
    assert!(found.verdict.failed.contains(domain::Check::Spike), "{found:?}");
    assert_eq!(found.origin, domain::Origin::ReceiveTime);
}

/// Late values, and values behind their time, say what was.
#[test]
fn what_comes_late_lowers_nothing() {
    let mut world = world();
    let end = flood(&mut world, 7.3);
    let old: Vec<String> = (0..60)
        .map(|n| {
            let at = t(end) - Span::minutes(60) + Span::seconds(60 * n + 30);
            format!(r#"{{"time":"{at}","readings":{{"water_level":4.0}}}}"#)
        })
        .collect();
    world.send(t(end), "tren", &format!("[{}]", old.join(",")));
    world.tick(t(end + 10));
    assert_eq!((level(&world), world.ends()), (BD2, 0));
}

/// And a river that really falls is believed.
#[test]
fn a_recession_clears_and_ends_as_it_did() {
    let mut world = world();
    let end = flood(&mut world, 7.3);
    let mut minute = end;
    while minute < end + 200 {
        world.stage(minute, (7.3 - 0.02 * (minute - end) as f64).max(5.0));
        minute += 1;
    }
    assert_eq!(level(&world).0, AlarmState::Normal);
    assert!(world.ends() > 0);
}

const RADAR: (&str, &str, &str) = (
    "stations.toml",
    "parameters = [\"water_level\", \"rain\", \"battery\"]\n",
    "parameters = [\"water_level\", \"rain\", \"battery\"]\nsensors = [\"radar\"]\n",
);

/// The flood's warnings that a person may still decide about.
fn open(world: &World) -> Vec<Warning> {
    let is_open = |w: &&Warning| matches!(w.state, WarningState::Draft | WarningState::Issued);
    world.warnings("song").into_iter().filter(is_open).cloned().collect()
}

fn end_it(world: &mut World, at: Time) {
    let warning = open(world).remove(0).id;
    let out = world.command(at, Command::End { warning, reason: "người quan trắc báo".to_owned() });
    assert_eq!(out.command, Some(Ok(())));
}

fn speak(world: &mut World, minute: i64, metres: f64) {
    world.stage(minute, metres);
    world.pass(t(minute) + Span::seconds(30));
}

/// What a person ended must not hide the next flood, because the second sensor died at the crest.
#[test]
fn a_flood_after_one_that_was_ended_is_told_though_a_sensor_died_in_it() {
    let mut world = World::new(Realm::Actual, pack_with(&[ENDS, RADAR]));
    for minute in 0..40 {
        let metres = (5.0 + 0.1 * minute as f64).min(7.3);
        speak(&mut world, minute, metres);
        if minute < 35 {
            let radar = sensor(minute, "radar", metres + 0.5, 0);
            world.send(t(minute) + Span::seconds(40), "tren", &radar);
        }
    }
    for minute in 40..340 {
        speak(&mut world, minute, (7.3 - 0.02 * (minute - 40) as f64).max(5.0));
    }
    end_it(&mut world, t(340));
    assert_eq!(level(&world).0, AlarmState::Normal);
    for minute in 340..380 {
        speak(&mut world, minute, (5.0 + 0.1 * (minute - 340) as f64).min(7.3));
    }
    assert_eq!(level(&world), BD2);
    assert_eq!(open(&world).len(), 1, "the next flood is hidden by the end of the last");
}

/// Nor because the station fell silent before the water fell, and is first heard in the next flood.
#[test]
fn a_flood_after_a_silence_is_told_though_the_last_one_was_ended() {
    let mut world = world();
    let end = flood(&mut world, 7.3);
    world.pass(t(end));
    end_it(&mut world, t(end));
    let days = 3 * 1_440;
    world.pass(t(end + days));
    for minute in end + days..end + days + 10 {
        speak(&mut world, minute, 7.3 + 0.01 * (minute % 3) as f64);
    }
    assert_eq!(level(&world).0, BD2.0);
    assert_eq!(open(&world).len(), 1, "the next flood is hidden by the end of the last");
}

/// A sensor that begins to speak after the fall has seen nothing of it: both hang on a logger that lost its power.
#[test]
fn a_sensor_that_has_just_begun_bears_out_no_fall() {
    let mut world = World::new(Realm::Actual, pack_with(&[ENDS, RADAR, CROSS]));
    let end = flood(&mut world, 8.2);
    for minute in end..end + 90 {
        speak(&mut world, minute, 0.01 * (minute % 3) as f64);
        if minute > end + 10 {
            let radar = sensor(minute, "radar", 0.01 * ((minute + 1) % 3) as f64, 0);
            world.send(t(minute) + Span::seconds(40), "tren", &radar);
        }
    }
    assert_eq!((level(&world), world.ends()), (BD3, 0));
}

/// A13: nor is a level taken back by a correction of the very value that raised it, when the correction is doubted or is
/// no value.
#[test]
fn a_doubted_correction_of_the_value_that_raised_a_level_takes_nothing_back() {
    let nothing =
        |minute: i64| format!(r#"{{"time":"{}","readings":{{"water_level":null}}}}"#, t(minute));
    let dry = |minute: i64| stage(minute, 0.0);
    let all: [&dyn Fn(i64) -> String; 3] =
        [&dry, &nothing, &|minute| marked(minute, 4.9, "bảo trì")];
    for (which, correction) in all.iter().enumerate() {
        let mut world = world();
        for minute in 0..90 {
            world.stage(minute, (5.0 + 0.1 * minute as f64).min(8.2));
            if minute > 5 {
                world.send(t(minute) + Span::seconds(30), "tren", &correction(minute));
            }
        }
        let lowered = |c: &&domain::Transition| c.to < c.from && !c.late && !c.provisional;
        let count = world.transitions("stage").into_iter().filter(lowered).count();
        assert_eq!((count, level(&world).0), (0, BD3.0), "{which}");
    }
}

/// What an officer sent out on doubted values, which then were gone at once, is no water that fell: a person ends it.
#[test]
fn a_doubted_warning_that_a_person_sent_out_does_not_end_by_itself() {
    let sent = |goes_on: bool| {
        let mut world = world();
        for minute in 0..10 {
            world.stage(minute, 5.0 + 0.01 * (minute % 2) as f64);
        }
        for minute in 10..13 {
            world.stage(minute, 8.3);
        }
        let Warning { id, draft, .. } = open(&world).remove(0);
        let draft = draft.unwrap().number;
        let confirm = Command::Confirm { warning: id, draft, text: None, remark: None };
        assert_eq!(world.command(t(13), confirm).command, Some(Ok(())));
        let mut minute = 13;
        while goes_on && minute < 33 {
            speak(&mut world, minute, 8.3 + 0.03 * (minute - 13) as f64);
            minute += 1;
        }
        let from = minute;
        while minute < from + 260 {
            let fell = (8.9 - 0.02 * (minute - from) as f64).max(5.0);
            let back = 5.0 + 0.01 * (minute % 2) as f64;
            speak(&mut world, minute, if goes_on { fell } else { back });
            minute += 1;
        }
        assert_eq!(level(&world).0, AlarmState::Normal);
        world.ends()
    };
    assert_eq!(sent(false), 0);
    assert!(sent(true) > 0, "it was borne out and fell");
}

/// A staff gauge that is read to 10 cm three times a day clears too.
#[test]
fn a_gauge_that_is_read_three_times_a_day_clears() {
    let edits = [
        ENDS,
        (
            "stations.toml",
            "interval = \"1min\"\nsilent_after = \"30min\"",
            "interval = \"6h\"\nsilent_after = \"26h\"",
        ),
        (
            "rules.toml",
            "clear_hold = \"10min\"\nmax_gap = \"90s\"\nconfirm_readings = 3",
            "clear_hold = \"3h\"\nmax_gap = \"60min\"\nconfirm_readings = 3",
        ),
        (
            "quality.toml",
            "suspect = 2.0\nper = \"10min\"",
            "suspect = 1.5\nper = \"1h\"\ntolerance = 0.5\n[limits.limits.recession]\nfastest = 0.3\nper = \"1h\"\ntolerance = 0.2",
        ),
    ];
    let mut world = World::new(Realm::Actual, pack_with(&edits));
    for day in 0..9 {
        for hour in [7, 13, 19] {
            let hours = day * 24 + hour;
            let metres = match hours as f64 {
                h if h < 60.0 => 5.0,
                h if h < 84.0 => 5.0 + 2.5 * (h - 60.0) / 24.0,
                h => 5.0 + 2.5 * (-(h - 84.0) / 20.0).exp(),
            };
            speak(&mut world, hours * 60, (metres * 10.0).round() / 10.0);
        }
    }
    world.pass(t(9 * 1_440));
    assert_eq!(level(&world).0, AlarmState::Normal);
    assert!(world.ends() > 0);
    assert_eq!(world.transitions("station").len(), 0);
}
