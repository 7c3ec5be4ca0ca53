//! What is wrong is told, once and in time, and nothing is told of what is not there.
#![allow(clippy::unwrap_used, reason = "a test may fail")]

mod common;

use std::fmt::Write as _;

use common::{World, pack_with, rain, stage, t, telemetry};
use domain::{
    AlarmState, Command, Condition, Level, PackFiles, QcFlag, Realm, Span, Time, WarningMessage,
};

fn description(message: &WarningMessage) -> &str {
    &message.text.vi.description
}

const FLAT: (&str, &str, &str) = (
    "quality.toml",
    "suspect = 2.0\nper = \"10min\"",
    "suspect = 2.0\nper = \"10min\"\n[limits.limits.flat_line]\nsuspect = \"30min\"\nignore_at_or_below = 4.0",
);

/// A9: stuck five centimetres below BĐ1 while the river rises.
#[test]
fn a_gauge_that_stands_still_below_the_first_level_is_told_when_its_limit_says_so() {
    let mut world = World::new(Realm::Actual, pack_with(&[FLAT]));
    let mut minute = 0;
    while minute < 60 {
        world.stage(minute, (5.0 + 0.05 * minute as f64).min(5.95));
        minute += 1;
    }
    // It stands since minute 19.
    let told =
        world.transitions("station").into_iter().find(|t| t.to == AlarmState::Level(Level(1)));
    let told = told.expect("nobody was told");
    assert!(told.at <= t(19 + 31), "{:?}", told.at);
    assert_eq!(told.evidence[0].station.as_str(), "tren");
    assert!(
        world.conditions("tren").contains(&Condition::Implausible)
            || world.conditions("tren").contains(&Condition::SensorSilent)
    );
    // It moves again.
    for minute in 60..90 {
        world.stage(minute, 5.95 - 0.01 * (minute - 60) as f64);
    }
    assert_eq!(world.transitions("station").last().unwrap().to, AlarmState::Normal);
}

/// A9: what stands still in dry weather is no fault.
#[test]
fn a_river_that_stands_still_at_its_base_is_no_fault() {
    let mut world = World::new(Realm::Actual, pack_with(&[FLAT]));
    for minute in 0..200 {
        world.stage(minute, 3.8);
    }
    assert_eq!(world.transitions("station").len(), 0);
}

/// A11: nobody knew of the station before; from then on it is expected like any other.
#[test]
fn a_station_that_begins_later_is_missed_from_then_on() {
    let from = format!("id = \"gio\"\nvalid_from = \"{}\"", t(60));
    let edits = [
        ("stations.toml", "id = \"gio\"", from.as_str()),
        ("stations.toml", "silent_after = \"30d\"", "silent_after = \"30min\""),
    ];
    let tell = |restart_at: Option<i64>| {
        let mut world = World::new(Realm::Actual, pack_with(&edits));
        for minute in 0..150 {
            world.pass(t(minute));
            if restart_at == Some(minute) {
                world.restart();
            }
            world.stage(minute, 5.0);
        }
        let mine = world.transitions("station").into_iter().filter(|t| t.target.as_str() == "gio");
        mine.map(|t| (t.at, t.to)).collect::<Vec<_>>()
    };
    let expected = vec![(t(90), AlarmState::Level(Level(1)))];
    assert_eq!(tell(None), expected, "without a restart");
    assert_eq!(tell(Some(20)), expected, "with a restart before it begins");
    assert_eq!(tell(Some(75)), expected, "with a restart after");
}

/// Case 10: losing the river gauge is other news than losing the rain gauge.
#[test]
fn the_second_sensor_that_fails_is_told_too() {
    let mut world = World::actual();
    let says = |minute: i64, readings: &str| {
        format!(r#"{{"time":"{}","readings":{{{readings}}}}}"#, t(minute))
    };
    for minute in 0..120 {
        let readings = match minute {
            0..10 => "\"water_level\":5.0,\"rain\":0.0,\"battery\":12.4",
            10..60 => "\"water_level\":5.0,\"battery\":12.4",
            _ => "\"water_level\":null,\"battery\":12.4",
        };
        world.pass(t(minute));
        world.send(t(minute) + Span::seconds(2), "tren", &says(minute, readings));
    }
    world.pass(t(130));
    let told: Vec<_> = world.sent("technical").iter().map(|m| description(m).to_owned()).collect();
    assert!(told.iter().any(|text| text.contains("mất mưa")), "{told:?}");
    assert!(told.iter().any(|text| text.contains("mất mực nước")), "{told:?}");
}

/// Case 10, the same for what cannot be.
#[test]
fn the_second_sensor_that_shows_what_cannot_be_is_told_too() {
    let mut world = World::actual();
    for minute in 0..40 {
        world.pass(t(minute));
        if minute <= 10 {
            let mm = if minute == 10 { 120.0 } else { 0.2 };
            world.send(t(minute) + Span::seconds(1), "tren", &rain(minute, mm));
        }
        world.stage(minute, if minute == 25 { 99.0 } else { 5.0 });
    }
    world.pass(t(60));
    let told: Vec<_> = world.sent("technical").iter().map(|m| description(m).to_owned()).collect();
    assert!(told.iter().any(|text| text.contains("mưa 120")), "{told:?}");
    assert!(told.iter().any(|text| text.contains("mực nước 99")), "{told:?}");
}

/// Case 11: one message of a bench test is no second sensor for ever.
#[test]
fn a_sensor_name_that_came_once_spoils_nothing() {
    let cross = (
        "quality.toml",
        "suspect = 2.0\nper = \"10min\"",
        "suspect = 2.0\nper = \"10min\"\n[limits.limits.cross_check]\ntolerance = 0.1\nwithin = \"5min\"",
    );
    let mut world = World::new(Realm::Actual, pack_with(&[cross]));
    let ghost = format!(
        r#"{{"time":"{}","readings":{{"water_level":{{"value":5.0,"sensor":"radr"}}}}}}"#,
        t(0)
    );
    world.send(t(0), "tren", &ghost);
    for minute in 0..120 {
        world.pass(t(minute));
        world.stage(minute, 5.0 + 0.02 * minute as f64);
    }
    let flags: Vec<_> = world
        .readings("tren", "water_level")
        .into_values()
        .filter(|r| r.observed_at > t(10))
        .map(|r| r.verdict.flag)
        .collect();
    assert!(flags.iter().all(|flag| *flag == QcFlag::Good), "{flags:?}");
    assert_eq!(world.transitions("station").len(), 0);
    let provisional = world.transitions("stage").iter().filter(|t| t.provisional).count();
    assert_eq!(provisional, 0);
}

/// Case 11, case 10: a ghost hides no real fault.
#[test]
fn a_sensor_that_came_once_hides_no_sensor_that_fails() {
    let mut world = World::actual();
    let ghost = format!(
        r#"{{"time":"{}","readings":{{"water_level":{{"value":5.0,"sensor":"radr"}}}}}}"#,
        t(0)
    );
    world.send(t(0), "tren", &ghost);
    for minute in 0..120 {
        world.pass(t(minute));
        if minute < 60 {
            world.stage(minute, 5.0);
        }
        world.send(t(minute) + Span::seconds(3), "tren", &rain(minute, 0.0));
    }
    world.pass(t(125));
    let told: Vec<_> = world.transitions("station").iter().map(|t| (t.at, t.to)).collect();
    let soon = |at: &Time| *at >= t(89) && *at <= t(91);
    assert!(matches!(told.as_slice(), [(at, AlarmState::Level(Level(1)))] if soon(at)), "{told:?}");
}

/// A15, case 16: a gauge that is silent has no trend, and nothing is expected in the past.
#[test]
fn no_trend_and_no_expected_time_comes_from_a_gauge_that_is_silent() {
    let mut world = World::actual();
    for minute in 0..46 {
        world.stage(minute, 5.0 + 0.03 * minute as f64);
    }
    for minute in 46..200 {
        world.pass(t(minute));
        world.send(
            t(minute),
            "gio",
            &format!(r#"{{"time":"{}","readings":{{"wind_speed":3}}}}"#, t(minute)),
        );
    }
    let warning = world.warnings("song").pop().unwrap().clone();
    let draft = warning.draft.as_ref().unwrap().number;
    let confirm = Command::Confirm { warning: warning.id.clone(), draft, text: None, remark: None };
    let out = world.command(t(200), confirm).clone();
    let said = description(&out.messages[0]).to_owned();
    assert!(!said.contains("đang lên"), "{said}");
    assert!(!said.contains("đạt"), "{said}");
}

/// A15: the same while it is heard, but only by another sensor of the station.
#[test]
fn no_trend_comes_from_a_stage_that_is_old_although_the_station_speaks() {
    let mut world = World::actual();
    for minute in 0..200 {
        world.pass(t(minute));
        if minute < 46 {
            world.stage(minute, 5.0 + 0.03 * minute as f64);
        }
        world.send(t(minute) + Span::seconds(3), "tren", &rain(minute, 0.0));
    }
    let warning = world.warnings("song").pop().unwrap().clone();
    let said = &warning.draft.as_ref().unwrap().text.vi.description;
    assert!(!said.contains("đang lên") && !said.contains("đạt"), "{said}");
}

/// Technical news as the shipped policy has it.
const GATHERED: (&str, &str, &str) = (
    "policy.toml",
    "auto_issue_after = \"0s\"",
    "gather = \"3min\"\nsettle = \"15min\"\nauto_issue_after = \"0s\"",
);

/// Case 21: one message, then one "again and again".
#[test]
fn a_station_that_is_a_little_slower_than_its_limit_is_told_once_not_at_each_report() {
    let edits = [
        (
            "stations.toml",
            "interval = \"1min\"\nsilent_after = \"30min\"",
            "interval = \"30s\"\nsilent_after = \"1min\"",
        ),
        GATHERED,
    ];
    let mut world = World::new(Realm::Actual, pack_with(&edits));
    for n in 0..40 {
        let at = t(0) + Span::seconds(90 * n);
        world.pass(at);
        let body = format!(r#"{{"time":"{at}","readings":{{"water_level":5.0,"rain":0.0}}}}"#);
        world.send(at, "tren", &body);
    }
    let mails = world.outcomes.iter().flat_map(|out| &out.notices).count();
    let told = world.sent("technical").len();
    assert!((1..=4).contains(&told), "{told} messages, {mails} mails in an hour");
}

/// A pack in which this many stations fall silent a few seconds after each other.
fn many(stations: usize) -> PackFiles {
    let mut files = pack_with(&[GATHERED]);
    let text = files.get_mut("stations.toml").unwrap();
    for n in 0..stations {
        let _ = write!(
            text,
            "[[station]]\nid = \"m{n:02}\"\nname = \"Mưa {n:02}\"\nbasin = \"vung\"\nparameters = [\"rain\"]\ninterval = \"1min\"\n\
             silent_after = \"30min\"\nsource = \"test\"\n"
        );
    }
    files
}

/// A21: one message that counts all, not one for each station.
#[test]
fn stations_that_fall_silent_one_after_the_other_are_one_message_that_counts_them_all() {
    let mut world = World::new(Realm::Actual, many(45));
    for minute in 0..31 {
        for n in 0..45 {
            let at = t(minute) + Span::seconds(n);
            world.pass(at);
            if minute == 0 {
                world.send(at, &format!("m{n:02}"), &rain(0, 0.0));
            }
        }
        world.stage(minute, 5.0);
    }
    for minute in 31..60 {
        world.pass(t(minute));
        world.stage(minute, 5.0);
    }
    let station_news: Vec<_> = world
        .sent("technical")
        .into_iter()
        .filter(|m| description(m).contains("im lặng"))
        .collect();
    let last = station_news.last().expect("nobody was told");
    assert!(station_news.len() <= 3, "{} messages", station_news.len());
    let said = description(last);
    assert!(said.contains("45"), "it does not count them: {said}");
    assert!(last.sent_at <= t(45), "{:?}", last.sent_at);
}

/// A copy that a broker kept, or a message that came before, is no sign of life.
#[test]
fn copies_are_no_sign_of_life() {
    for retained in [true, false] {
        let mut world = World::actual();
        for minute in 0..10 {
            world.stage(minute, 5.0);
        }
        for minute in 10..120 {
            world.pass(t(minute));
            world.take(t(minute), telemetry("tren", &stage(9, 5.0), retained, false));
        }
        let told: Vec<_> = world.transitions("station").iter().map(|t| t.to).collect();
        assert_eq!(told.first(), Some(&AlarmState::Level(Level(1))), "retained: {retained}");
        assert!(world.conditions("tren").contains(&Condition::Silent), "retained: {retained}");
    }
}
