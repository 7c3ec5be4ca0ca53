//! The ledger's clock in the journal: what stamps are compared with, what is told, and that deadlines do not care.
#![expect(clippy::unwrap_used, reason = "a test may fail")]

mod common;

use common::{World, pack, pack_with, stage, t};
use domain::{
    AlarmState, ArrivalBody, ClockFault, ClockFaultKind, ClockState, Condition, Level, PackFiles,
    Processor, Realm, Span, Time,
};
use pack::Pack;

const AHEAD: Span = Span::hours(7);

fn behind(or_ahead: Option<Span>) -> ClockState {
    let fault = ClockFault { kind: ClockFaultKind::Behind, since: t(0), by: AHEAD };
    ClockState { ahead: AHEAD, or_ahead, fault: Some(fault) }
}

fn told(state: ClockState) -> ArrivalBody {
    ArrivalBody::Clock { state, from: None, by: None }
}

/// Received at that minute of the ledger, which is ahead; observed by a right clock.
fn rises(world: &mut World, ahead: Span) {
    for (minute, metres) in [(430, 5.5), (440, 6.2), (450, 6.5), (460, 6.8)] {
        let at: Time = t(minute);
        let observed = minute - ahead.millis() / 60_000;
        world.send(at + Span::seconds(2), "tren", &stage(observed, metres));
    }
}

#[test]
fn a_flood_is_no_late_news_because_the_ledger_is_hours_ahead() {
    for state in [behind(None), behind(Some(Span::ZERO))] {
        let mut world = World::actual();
        world.stage(0, 5.0);
        world.take(t(421), told(state));
        rises(&mut world, AHEAD);
        let raised: Vec<_> = world.outcomes.iter().flat_map(|one| &one.transitions).collect();
        let raised: Vec<_> =
            raised.iter().filter(|one| one.to == AlarmState::Level(Level(1))).collect();
        assert!(!raised.is_empty() && raised.iter().all(|one| !one.late), "{raised:?}");
        let health = world.pipeline.health();
        let wrong = |one: &domain::StationHealth| {
            one.conditions.iter().any(|(what, _)| *what == Condition::ClockWrong)
        };
        assert!(!health.iter().any(wrong), "no station's clock is to blame");
        let late = world.outcomes.iter().flat_map(|one| &one.readings).filter(|one| one.late);
        assert_eq!(late.count(), 0);
    }
    // Without that line in the journal it is as it was: old journals replay as before.
    let mut world = World::actual();
    world.stage(0, 5.0);
    rises(&mut world, AHEAD);
    let all = world.outcomes.iter().flat_map(|one| &one.transitions);
    let mut of_stage =
        all.filter(|one| one.evidence.iter().any(|seen| seen.parameter.as_str() == "water_level"));
    assert!(of_stage.all(|one| one.late));
}

#[test]
fn a_stamp_without_doubt_is_judged_by_the_world_and_in_doubt_by_the_nearer_clock() {
    let aside = |state: ClockState, observed: i64| {
        let mut world = World::actual();
        world.stage(0, 5.0);
        world.take(t(421), told(state));
        let out = world.send(t(430), "tren", &stage(observed, 5.1));
        out.set_aside.len()
    };
    assert_eq!(aside(behind(None), 430), 1, "seven hours in the future of the world");
    assert_eq!(aside(behind(Some(Span::ZERO)), 430), 0, "either clock may be right");
    assert_eq!(aside(behind(Some(Span::ZERO)), 430 + 420), 1, "neither says so");
    assert_eq!(aside(ClockState::default(), 430), 0);
}

#[test]
fn a_message_without_a_time_gets_the_time_of_the_world() {
    let mut world = World::actual();
    world.stage(0, 5.0);
    world.take(t(421), told(behind(None)));
    world.send(t(424), "tren", r#"{"readings":{"water_level":5.1}}"#);
    // It may have waited for what is missing before it.
    world.tick(t(440));
    assert!(world.readings("tren", "water_level").contains_key(&(t(424) - AHEAD)));
}

#[test]
fn silence_is_counted_by_the_ledgers_own_time() {
    let mut world = World::actual();
    world.take(t(421), told(behind(None)));
    world.send(t(422), "tren", &stage(2, 5.0));
    let silent = |world: &World| {
        let health = world.pipeline.health();
        let one = health.into_iter().find(|one| one.station.as_str() == "tren");
        let conditions = one.map(|one| one.conditions).unwrap_or_default();
        conditions.iter().any(|(what, _)| *what == Condition::Silent)
    };
    world.tick(t(430));
    assert!(!silent(&world));
    world.tick(t(422 + 24 * 60));
    assert!(silent(&world));
}

fn with_clock_rule() -> PackFiles {
    let mut files = pack_with(&[]);
    let rule = "\n[[rule]]\nid = \"clock\"\nname_vi = \"Đồng hồ\"\nname_en = \"Clock\"\nhazard = \"technical\"\n\
                source = \"test\"\n[rule.watch]\nkind = \"clock\"\n";
    files.get_mut("rules.toml").unwrap().push_str(rule);
    for language in ["vi", "en"] {
        let texts = files.get_mut(&format!("texts.{language}.toml")).unwrap();
        for (table, lines) in [
            ("[technical.level]\n", "clock = \"CLOCK\"\n"),
            ("[technical.instruction]\n", "clock = \"set it\"\n"),
            ("[leading]\n", "clock = \"server\"\n"),
            ("[line]\n", "clock_ahead = \"AHEAD {value}\"\nclock_behind = \"BEHIND {value}\"\n"),
        ] {
            assert!(texts.contains(table), "{table}");
            *texts = texts.replace(table, &format!("{table}{lines}"));
        }
    }
    files
}

#[test]
fn a_wrong_clock_is_told_to_people_and_so_is_its_end() {
    assert!(Pack::parse(&with_clock_rule()).is_ok(), "{:?}", Pack::parse(&with_clock_rule()).err());
    let mut world = World::new(Realm::Actual, with_clock_rule());
    world.take(t(1), told(behind(None)));
    let raised = world.transitions("clock");
    assert_eq!(raised.len(), 1);
    assert_eq!(raised[0].evidence[0].parameter.as_str(), "clock_behind");
    assert_eq!(raised[0].evidence[0].value, 420.0);
    let drafts = world.outcomes.iter().flat_map(|one| &one.warnings).map(|one| format!("{one:?}"));
    assert!(
        drafts
            .chain(world.messages().iter().map(|one| format!("{one:?}")))
            .any(|all| all.contains("CLOCK"))
    );
    // The same again, slowly nearer: nothing new for people.
    let nearer = ClockState { ahead: AHEAD - Span::minutes(1), ..behind(None) };
    world.take(t(2), told(nearer));
    assert_eq!(world.transitions("clock").len(), 1);
    world.restart();
    world.take(t(3), told(ClockState::default()));
    assert_eq!(world.transitions("clock").last().unwrap().to, AlarmState::Normal);
}

#[test]
fn a_rule_on_the_clock_needs_its_words() {
    let mut files = with_clock_rule();
    let texts = files.get_mut("texts.vi.toml").unwrap();
    *texts = texts.replace("clock_behind", "history_behind");
    assert!(Pack::parse(&files).is_err());
    assert!(Pack::parse(&pack()).is_ok(), "older packs have none of them");
}

#[test]
fn time_that_the_ledger_skipped_is_no_silence() {
    let mut world = World::actual();
    world.stage(0, 5.0);
    let (state, from) = (ClockState::default(), Some(t(5)));
    world.take(t(5 + 24 * 60), ArrivalBody::Clock { state, from, by: None });
    let silent = world
        .pipeline
        .health()
        .iter()
        .any(|one| one.conditions.iter().any(|(what, _)| *what == Condition::Silent));
    assert!(!silent, "nobody listened");
}
