//! From crossings to drafts, decisions, messages and notices.
#![allow(clippy::unwrap_used, reason = "a test may fail")]

mod common;

use common::{World, pack, pack_with, rain, stage, t};
use domain::warning::Author;
use domain::{Command, CommandError, Level, MessageKind, Realm, Span, WarningState};

fn confirm(world: &World) -> Command {
    let warning = world.warnings("song").last().copied().unwrap();
    let draft = warning.draft.as_ref().unwrap().number;
    Command::Confirm { warning: warning.id.clone(), draft, text: None, remark: None }
}

/// Steady, then rising ten centimetres a minute to `top`.
fn flood(world: &mut World, top: f64) -> i64 {
    let mut minute = 0;
    for _ in 0..5 {
        world.stage(minute, 5.0);
        minute += 1;
    }
    let mut level = 5.0;
    while level < top - 1e-9 {
        level += 0.1;
        world.stage(minute, level);
        minute += 1;
    }
    minute
}

#[test]
fn a_confirmed_draft_goes_to_everybody_once_and_says_what_was_seen() {
    let mut world = World::actual();
    let end = flood(&mut world, 6.2);
    let warning = world.warnings("song")[0].clone();
    assert_eq!((warning.state, warning.level), (WarningState::Draft, Level(1)));
    let told: Vec<_> =
        world.outcomes.iter().flat_map(|o| &o.notices).map(|n| n.id.clone()).collect();
    assert_eq!(told, [format!("{}.d1.truc-ban.email", warning.id)]);

    let out = world.command(t(end), confirm(&world)).clone();
    assert_eq!(out.command, Some(Ok(())));
    let message = &out.messages[0];
    assert_eq!((message.kind, message.number), (MessageKind::Issue, 1));
    assert_eq!(message.author, Author::Person("truc".to_owned()));
    assert!(
        message.text.vi.description.contains("Trên, sông Thử: 6,00 m lúc 01:14, ở mức BĐ1"),
        "{}",
        message.text.vi.description
    );
    let ids: Vec<_> = out.notices.iter().map(|n| n.id.replace(warning.id.as_str(), "w")).collect();
    assert_eq!(ids, ["w.m1.truc-ban.email", "w.m1.ban-chi-huy.email", "w.m1.ban-chi-huy.cap"]);
}

#[test]
fn it_escalates_inside_one_warning_and_ends_when_all_is_clear() {
    let mut world = World::actual();
    let mut minute = flood(&mut world, 6.1);
    world.command(t(minute), confirm(&world));
    for level in [6.5, 7.05] {
        world.stage(minute, level);
        minute += 1;
    }
    world.command(t(minute), confirm(&world));
    for level in [6.5, 6.0].into_iter().chain([5.5; 14]) {
        world.stage(minute, level);
        minute += 1;
    }
    world.command(t(minute), confirm(&world));
    let kinds: Vec<_> =
        world.messages().iter().map(|m| (m.kind, m.level, m.replaces.clone())).collect();
    let expected = [
        (MessageKind::Issue, Level(1), vec![]),
        (MessageKind::Update, Level(2), vec![1]),
        (MessageKind::End, Level(2), vec![2]),
    ];
    assert_eq!(kinds, expected);
    assert_eq!(world.warnings("song").len(), 1);
    assert_eq!(world.warnings("song")[0].state, WarningState::Ended);
}

#[test]
fn level_three_goes_out_by_itself_at_its_nominal_time_whenever_somebody_looks() {
    let mut world = World::actual();
    let end = flood(&mut world, 8.1);
    let warning = world.warnings("song")[0].clone();
    let due = warning.draft.as_ref().unwrap().auto_at.unwrap();
    assert!(world.messages().is_empty());
    world.tick(t(end + 600));
    let message = world.messages()[0];
    assert_eq!((message.sent_at, message.level), (due, Level(3)));
    assert!(matches!(message.author, Author::Policy(_)));
    let asked = world.outcomes.iter().flat_map(|o| &o.notices).filter(|n| n.receipt_by.is_some());
    assert_eq!(asked.count(), 2);
}

#[test]
fn in_an_exercise_nothing_goes_out_by_itself_and_nobody_actual_is_told() {
    let mut world = World::new(Realm::Exercise, pack());
    let end = flood(&mut world, 8.1);
    world.tick(t(end + 600));
    assert!(world.messages().iter().all(|m| m.hazard == "technical"));
    world.command(t(end + 601), confirm(&world));
    assert!(world.messages().iter().any(|m| m.hazard == "flood"));
    let notices: Vec<_> = world.outcomes.iter().flat_map(|o| &o.notices).collect();
    assert!(notices.iter().all(|n| n.realm == Realm::Exercise));
    let text = format!("{notices:?}");
    assert!(text.contains("example.net") && !text.contains("example.org"));
}

#[test]
fn a_test_reaches_only_exercise_recipients_even_in_a_real_ledger() {
    let mut world = World::actual();
    let out = world.command(t(0), Command::Test { remark: "hằng tháng".to_owned() }).clone();
    assert_eq!(out.messages[0].realm, Realm::Test);
    let text = format!("{:?}", out.notices);
    assert!(text.contains("hoc-vien@example.net") && !text.contains("example.org"));
}

#[test]
fn a_rejected_draft_stays_quiet_until_the_level_rises() {
    let mut world = World::actual();
    let mut minute = flood(&mut world, 6.1);
    let warning = world.warnings("song")[0].clone();
    let draft = warning.draft.as_ref().unwrap().number;
    let reject = |reason: &str| Command::Reject {
        warning: warning.id.clone(),
        draft,
        reason: reason.to_owned(),
    };
    let out = world.command(t(minute), reject(" "));
    assert_eq!(out.command, Some(Err(CommandError::ReasonMissing)));
    world.command(t(minute), reject("bảo trì"));
    world.stage(minute, 6.3);
    assert_eq!(world.warnings("song")[0].state, WarningState::Rejected);
    minute += 1;
    world.stage(minute, 7.2);
    let warnings = world.warnings("song");
    assert_eq!(warnings.len(), 2);
    assert!(warnings.iter().any(|w| w.state == WarningState::Draft && w.level == Level(2)));
}

#[test]
fn nobody_confirms_a_draft_they_have_not_seen() {
    let mut world = World::actual();
    let minute = flood(&mut world, 6.1);
    let seen = confirm(&world);
    world.stage(minute, 7.2);
    let out = world.command(t(minute + 1), seen);
    assert!(matches!(out.command, Some(Err(CommandError::DraftChanged { .. }))));
    assert!(out.messages.is_empty());
}

#[test]
fn suspect_values_raise_a_provisional_draft_that_waits_for_a_person() {
    let mut world = World::actual();
    for minute in 0..5 {
        world.stage(minute, 5.0);
    }
    world.stage(5, 8.5);
    let draft = world.warnings("song")[0].draft.clone().unwrap();
    assert_eq!((draft.level, draft.provisional, draft.auto_at), (Level(3), true, None));
    assert!(draft.text.vi.description.starts_with("TẠM THỜI."));
    world.stage(6, 8.52);
    world.stage(7, 8.55);
    let draft = world.warnings("song")[0].draft.clone().unwrap();
    assert!(!draft.provisional, "three in a row confirm each other");
    assert!(draft.auto_at.is_some());
}

#[test]
fn a_backlog_gives_a_labelled_late_draft_that_fresh_data_make_present() {
    let mut world = World::actual();
    for minute in 0..5 {
        world.stage(minute, 5.0);
    }
    let backlog: Vec<_> = (5..20).map(|m| stage(m, 5.0 + f64::from(m as i32 - 4) * 0.19)).collect();
    world.send(t(200), "tren", &format!("[{}]", backlog.join(",")));
    world.tick(t(206));
    let draft = world.warnings("song")[0].draft.clone().unwrap();
    assert!(draft.late && draft.auto_at.is_none());
    assert!(draft.text.vi.description.contains("SỐ LIỆU ĐẾN MUỘN."));
    assert!(world.transitions("stage").iter().skip(1).all(|transition| transition.late));
    world.stage(210, 7.86);
    world.tick(t(216));
    let draft = world.warnings("song")[0].draft.clone().unwrap();
    assert!(!draft.late, "what is true now is not late");
}

#[test]
fn silence_clears_nothing_and_is_told_by_layer() {
    let all = [("stations.toml", "silent_after = \"30d\"", "silent_after = \"30min\"")];
    let mut world = World::new(Realm::Actual, pack_with(&all));
    let end = flood(&mut world, 6.1);
    world.send(t(end), "gio", r#"{"readings":{"wind_speed":3}}"#);
    world.command(t(end), confirm(&world));
    world.tick(t(end + 120));
    assert_eq!(world.warnings("song")[0].state, WarningState::Issued);
    let alarm = world.outcomes.iter().flat_map(|o| &o.alarms).rfind(|a| a.rule.as_str() == "stage");
    assert!(alarm.unwrap().blind);
    let rules: Vec<_> =
        ["station", "blind", "intake"].iter().map(|rule| world.transitions(rule).len()).collect();
    // One station was never heard, two fell silent; the basin goes blind with the second and blinder with the third.
    assert_eq!(rules, [3, 2, 1]);
    let technical: Vec<_> =
        world.messages().into_iter().filter(|m| m.hazard == "technical").collect();
    assert!(technical.last().unwrap().text.vi.description.contains("không nhận được gì từ"));
}

#[test]
fn a_short_stop_blames_no_station_and_a_long_one_is_told() {
    let mut world = World::actual();
    let end = flood(&mut world, 5.3);
    let alive = t(end) + Span::seconds(5);
    world.take(t(end + 120), domain::ArrivalBody::Started { alive_at: Some(alive) });
    assert_eq!(world.transitions("station").len(), 0);
    assert_eq!(world.transitions("intake").len(), 1);
    world.stage(end + 121, 5.3);
    assert_eq!(world.transitions("intake").len(), 2);
}

#[test]
fn rain_and_stage_together_raise_the_combined_rule() {
    let mut world = World::actual();
    for minute in 0..60 {
        world.send(t(minute) + Span::seconds(1), "tren", &rain(minute, 0.8));
        world.stage(minute, 5.0 + f64::from(minute as i32) * 0.02);
    }
    assert_eq!(world.transitions("both").len(), 1);
    assert_eq!(world.transitions("both")[0].target.as_str(), "vung");
    assert_eq!(world.warnings("song")[0].level, Level(2));
    let basin = world.transitions("basin-rain");
    assert!(!basin.is_empty(), "the only rain station that speaks is enough for half of two");
}

#[test]
fn a_new_configuration_keeps_the_alarms() {
    let mut world = World::actual();
    let end = flood(&mut world, 6.1);
    let files = pack_with(&[("levels.toml", "value = 7.0", "value = 6.5")]);
    world.take(t(end), domain::ArrivalBody::Config { by: "test".to_owned(), files });
    world.stage(end, 6.6);
    let raised: Vec<_> = world.transitions("stage").iter().map(|t| t.to).collect();
    use domain::AlarmState::{Level as L, Normal};
    assert_eq!(raised, [Normal, L(Level(1)), L(Level(2))]);
}
