//! What a person says of readings holds, and the alarms rest on what is left.
#![allow(clippy::unwrap_used, reason = "a test may fail")]

mod common;

use common::{World, pack_with, rain, stage, t};
use domain::{
    AlarmState, Check, Command, CommandError, Decision, Level, Origin, QcFlag, Realm, Span,
    WarningState,
};

const STAGE: (&str, &str) = ("tren", "water_level");
const L3: AlarmState = AlarmState::Level(Level(3));

/// A river at 5 m, then one value at 9 m that changed too fast: suspect, provisionally BĐ3.
fn leapt() -> World {
    leapt_in(World::actual())
}

fn leapt_in(mut world: World) -> World {
    for minute in 0..30 {
        world.stage(minute, 5.0);
    }
    world.stage(30, 9.0);
    world
}

fn with_over_bd() -> World {
    let over = "[[parameter]]\nid = \"water_level_over_bd3\"\nname_vi = \"so BĐ3\"\nname_en = \"to BĐ3\"\n\
                unit = \"m\"\ndecimals = 2\nkind = \"instant\"\n[[parameter]]\nid = \"battery\"";
    let edit = ("parameters.toml", "[[parameter]]\nid = \"battery\"", over);
    World::new(Realm::Actual, pack_with(&[edit]))
}

/// (state after, provisional, event time in minutes) of every change of the stage rule.
fn changes(world: &World) -> Vec<(AlarmState, bool, i64)> {
    let all = world.transitions("stage").into_iter().filter(|t| t.target.as_str() == "tren");
    all.map(|c| (c.to, c.provisional, (c.at - t(0)).millis() / 60_000)).collect()
}

#[test]
fn the_newest_suspect_value_accepted_makes_the_alarm_sure() {
    let mut world = leapt();
    assert_eq!(changes(&world)[1..], [(L3, true, 30)]);
    let out = world.review(t(31), STAGE, Decision::Accept, (30, 30), None).clone();
    assert_eq!(out.command, Some(Ok(())));
    assert_eq!(changes(&world)[2..], [(L3, false, 30)]);
    let now = world.readings("tren", "water_level")[&t(30)];
    assert_eq!((now.verdict.flag, now.origin), (QcFlag::Good, Origin::Reviewed));
    assert!(now.verdict.failed.contains(Check::Rate), "what had failed stays visible");
    let warning = world.warnings("song")[0];
    assert!(!warning.provisional && warning.level == Level(3));
    assert!(warning.log.iter().any(|line| line.what == "values_accepted"
        && line.who.as_deref() == Some("ky-su")
        && line.detail.contains("đã gọi")));
    // It is trusted: a value near it is good, one far from it is not.
    world.stage(31, 9.05);
    assert_eq!(world.readings("tren", "water_level")[&t(31)].verdict.flag, QcFlag::Good);
}

#[test]
fn rejected_values_leave_no_alarm_that_rests_on_nothing_else() {
    let mut world = leapt();
    let out = world.review(t(31), STAGE, Decision::Reject, (30, 30), None).clone();
    assert_eq!(changes(&world)[2..], [(AlarmState::Normal, false, 30)]);
    assert_eq!(out.transitions[0].evidence[0].flag, QcFlag::Bad, "it says on what it had rested");
    let warning = world.warnings("song")[0];
    assert_eq!((warning.state, &warning.draft), (WarningState::Ended, &None));
    let told: Vec<_> = warning.log.iter().map(|line| line.what.as_str()).collect();
    assert_eq!(told, ["drafted", "values_rejected", "over_before_decision"]);
    // The river goes on as if it had not been.
    world.stage(31, 5.05);
    assert_eq!(world.readings("tren", "water_level")[&t(31)].verdict.flag, QcFlag::Good);
    assert_eq!(changes(&world).len(), 3);
}

#[test]
fn a_sure_level_is_taken_back_to_what_the_other_values_bear() {
    let fast = ("quality.toml", "suspect = 2.0", "suspect = 20.0");
    let mut world = World::new(Realm::Actual, pack_with(&[fast]));
    for minute in 0..20 {
        world.stage(minute, 5.5 + 0.05 * minute as f64);
    }
    // Fast, but not too fast for the checks.
    world.stage(20, 8.2);
    assert_eq!(changes(&world).last(), Some(&(L3, false, 20)));
    let Some(warning) = world.warnings("song").last().map(|w| (*w).clone()) else { panic!() };
    let (id, draft) = (warning.id.clone(), warning.draft.unwrap().number);
    world.command(t(20), Command::Confirm { warning: id, draft, text: None, remark: None });
    world.review(t(21), STAGE, Decision::Reject, (20, 20), None);
    assert_eq!(changes(&world).last(), Some(&(AlarmState::Level(Level(1)), false, 20)));
    let warning = world.warnings("song")[0];
    let draft = warning.draft.as_ref().unwrap();
    // Nothing goes out by itself: that the level fell is a draft.
    assert_eq!((warning.state, draft.level), (WarningState::Issued, Level(1)));
    assert_eq!(draft.evidence[0].value, 6.45);
    assert!(draft.evidence.iter().all(|evidence| evidence.flag != QcFlag::Bad));
    assert!(warning.peak.as_ref().is_none_or(|peak| peak.value < 8.0), "{:?}", warning.peak);
}

#[test]
fn a_corrected_value_counts_as_if_it_had_been_measured() {
    let mut world = leapt_in(with_over_bd());
    world.review(t(31), STAGE, Decision::Correct, (30, 30), Some(6.5));
    let now = world.readings("tren", "water_level")[&t(30)];
    assert_eq!((now.value, now.verdict.flag), (Some(6.5), QcFlag::Good));
    assert_eq!(now.origin, Origin::Corrected);
    let over = world.readings("tren", "water_level_over_bd3")[&t(30)];
    assert_eq!(
        (over.value, over.verdict.flag, over.origin),
        (Some(-1.5), QcFlag::Good, Origin::Derived)
    );
    let rise = world.readings("tren", "water_level_rise")[&t(30)];
    assert_eq!(rise.value, Some(300.0));
    assert_eq!(changes(&world).last(), Some(&(AlarmState::Level(Level(1)), false, 30)));
    let all: Vec<_> = world.outcomes.iter().flat_map(|o| &o.readings).collect();
    let versions = all.iter().filter(|r| r.observed_at == t(30) && r.series == now.series).count();
    assert_eq!(versions, 2, "what was measured stays beneath");
}

#[test]
fn what_was_decided_stands_against_copies_and_other_values() {
    for restart in [false, true] {
        for (decision, value, holds) in [
            (Decision::Reject, None, (Some(9.0), QcFlag::Bad)),
            (Decision::Accept, None, (Some(9.0), QcFlag::Good)),
            (Decision::Correct, Some(5.1), (Some(5.1), QcFlag::Good)),
        ] {
            let mut world = leapt();
            world.review(t(31), STAGE, decision, (30, 30), value);
            let duplicates = world.send_again(t(32), "tren", &stage(30, 9.0)).duplicates;
            assert_eq!(duplicates, 1, "{decision:?}");
            // A day later the value itself is not remembered any more, the decision is.
            for minute in 31..60 {
                world.stage(minute, 5.0);
            }
            for hour in 1..30 {
                world.stage(60 * hour, 5.0);
            }
            if restart {
                world.restart();
            }
            let at = t(60 * 30);
            let copy = world.send(at, "tren", &stage(30, 9.0)).clone();
            assert_eq!((copy.readings.len(), copy.duplicates), (0, 1), "{decision:?}");
            let payload = stage(30, 9.0).into_bytes();
            let (station, topic) = ("tren".parse().unwrap(), "t".to_owned());
            let again = Some((31, t(30)));
            let body = domain::ArrivalBody::Telemetry {
                station,
                topic,
                payload,
                retained: false,
                dup: false,
                again,
            };
            assert!(world.take(at, body).readings.is_empty(), "{decision:?} processed again");
            let now = world.readings("tren", "water_level")[&t(30)];
            assert_eq!((now.value, now.verdict.flag), holds, "{decision:?}");
            // Another value of the station: what a person said is right stays on top of it; what they said is wrong
            // says nothing of it.
            world.send(at, "tren", &stage(30, 5.02));
            let now = world.readings("tren", "water_level")[&t(30)];
            let expected = match decision {
                Decision::Reject => (Some(5.02), QcFlag::Good),
                _ => holds,
            };
            assert_eq!((now.value, now.verdict.flag), expected, "{decision:?}, another value");
        }
    }
}

#[test]
fn the_next_value_does_not_make_a_spike_of_what_was_accepted() {
    let spike = (
        "quality.toml",
        "suspect = 2.0\nper = \"10min\"",
        "suspect = 2.0\nper = \"10min\"\n[limits.limits.spike]\nsuspect = 1.0\nfail = 2.0",
    );
    let tell = |decide: bool| {
        let mut world = leapt_in(World::new(Realm::Actual, pack_with(&[spike])));
        if decide {
            world.review(t(31), STAGE, Decision::Accept, (30, 30), None);
        }
        world.stage(31, 5.0);
        world.stage(32, 5.0);
        world.readings("tren", "water_level")[&t(30)].verdict.flag
    };
    assert_eq!((tell(false), tell(true)), (QcFlag::Bad, QcFlag::Good));
}

#[test]
fn judging_old_values_changes_nothing_of_now() {
    for decision in [Decision::Accept, Decision::Reject, Decision::Correct] {
        let mut world = leapt();
        for minute in 31..90 {
            world.stage(minute, 5.0 + 0.04 * (minute - 31) as f64);
        }
        let before = changes(&world);
        assert_eq!(before.last().unwrap().0, AlarmState::Level(Level(2)));
        let value = (decision == Decision::Correct).then_some(4.9);
        let out = world.review(t(90), STAGE, decision, (20, 30), value).clone();
        assert_eq!(out.command, Some(Ok(())));
        assert_eq!((out.transitions.len(), out.alarms.len()), (0, 0), "{decision:?}");
        assert_eq!(changes(&world), before);
    }
}

#[test]
fn rain_that_was_rejected_is_out_of_every_sum_it_was_in() {
    let mut world = World::actual();
    for minute in 0..30 {
        world.send(t(minute), "tren", &rain(minute, 0.2));
    }
    world.send(t(30), "tren", &rain(30, 60.0));
    for minute in 31..40 {
        world.send(t(minute), "tren", &rain(minute, 0.2));
    }
    let alarmed = |world: &World| world.transitions("rain").last().map(|change| change.to);
    assert_eq!(alarmed(&world), Some(AlarmState::Level(Level(1))));
    world.review(t(40), ("tren", "rain"), Decision::Reject, (30, 30), None);
    let sums = world.readings("tren", "rain_1h");
    let value = |minute| sums[&t(minute)].value;
    assert_eq!((value(29), value(30), value(39)), (Some(6.0), Some(6.0), Some(7.8)));
    assert_eq!(sums[&t(39)].completeness, 65);
    assert_eq!(alarmed(&world), Some(AlarmState::Normal));
    // And the next report goes on from there.
    world.send(t(40), "tren", &rain(40, 0.2));
    assert_eq!(world.readings("tren", "rain_1h")[&t(40)].value, Some(8.0));
}

#[test]
fn what_cannot_be_judged_is_refused_and_changes_nothing() {
    let mut world = leapt();
    let refused = |out: &domain::Outcome| {
        assert!(out.readings.is_empty() && out.transitions.is_empty());
        out.command.clone().unwrap().unwrap_err()
    };
    let out = world.review(t(31), ("tren", "water_level_rise"), Decision::Reject, (0, 30), None);
    assert!(matches!(refused(out), CommandError::NotReviewable { .. }));
    let out = world.review(t(31), STAGE, Decision::Reject, (100, 110), None);
    assert!(refused(out).to_string().contains("no reading in that range"));
    // Somebody else decided meanwhile.
    let stale = |world: &World| {
        let review = world.review_of(STAGE, Decision::Accept, (30, 30), None);
        domain::ArrivalBody::Review { user: "hai".to_owned(), review }
    };
    let second = stale(&world);
    world.review(t(31), STAGE, Decision::Reject, (30, 30), None);
    let out = world.take(t(31) + Span::seconds(5), second);
    assert_eq!(refused(out), CommandError::ReadingChanged { at: t(30) });
    let mut silent = world.review_of(STAGE, Decision::Accept, (30, 30), None);
    silent.reason = "  ".to_owned();
    let body = domain::ArrivalBody::Review { user: "hai".to_owned(), review: silent };
    assert_eq!(refused(world.take(t(32), body)), CommandError::ReasonMissing);
}

#[test]
fn a_value_that_could_not_be_is_no_fault_of_the_sensor_once_somebody_looked() {
    let mut world = World::actual();
    for minute in 0..5 {
        world.stage(minute, 5.0);
    }
    world.stage(5, 99.0);
    let faulty = |world: &World| {
        let health = domain::Processor::health(&world.pipeline);
        let one = health.iter().find(|health| health.station.as_str() == "tren").unwrap();
        one.conditions.iter().any(|(known, _)| *known == domain::Condition::Implausible)
    };
    assert!(faulty(&world));
    world.review(t(6), STAGE, Decision::Reject, (5, 5), None);
    assert!(!faulty(&world));
}
