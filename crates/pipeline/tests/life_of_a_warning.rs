//! From crossings to drafts, decisions, messages and notices.
#![allow(clippy::unwrap_used, reason = "a test may fail")]

mod common;

use common::{World, pack, pack_with, rain, stage, t};
use domain::warning::Author;
use domain::{Command, CommandError, Level, MessageKind, Realm, Span, WarningState};
use pack::Pack;

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
    // It falls as water does, not in two steps.
    let fall = (0..10).map(|n| 6.9 - 0.15 * f64::from(n));
    for level in fall.chain([5.5; 14]) {
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
    world.configure(t(end), files);
    world.stage(end, 6.6);
    let raised: Vec<_> = world.transitions("stage").iter().map(|t| t.to).collect();
    use domain::AlarmState::{Level as L, Normal};
    assert_eq!(raised, [Normal, L(Level(1)), L(Level(2))]);
}

fn reject(world: &World) -> Command {
    let warning = waiting(world);
    let draft = warning.draft.as_ref().unwrap().number;
    Command::Reject { warning: warning.id.clone(), draft, reason: "cảm biến hỏng".to_owned() }
}

/// The flood warning whose draft waits.
fn waiting(world: &World) -> &domain::Warning {
    world.warnings("song").into_iter().rfind(|w| w.draft.is_some()).unwrap()
}

fn draft(world: &World) -> &domain::Draft {
    waiting(world).draft.as_ref().unwrap()
}

fn stages(world: &mut World, from: i64, metres: &[f64]) -> i64 {
    for (minute, level) in (from..).zip(metres) {
        world.stage(minute, *level);
    }
    from + metres.len() as i64
}

/// The test pack, in which flood warnings of level 1 go out by themselves after an hour and hold for twelve.
fn hurried() -> domain::PackFiles {
    let from = "hazard = \"flood\"\nlevel = 1\nexpires_after = \"30d\"";
    let to = "hazard = \"flood\"\nlevel = 1\nauto_issue_after = \"60min\"\nexpires_after = \"12h\"";
    pack_with(&[("policy.toml", from, to)])
}

#[test]
fn a_rejected_spike_silences_neither_what_is_true_nor_what_comes() {
    let mut world = World::actual();
    let minute = flood(&mut world, 6.1);
    let minute = stages(&mut world, minute, &[8.6]);
    assert_eq!((draft(&world).level, draft(&world).provisional), (Level(3), true));
    world.command(t(minute), reject(&world));
    assert_eq!((draft(&world).level, draft(&world).provisional), (Level(1), false));
    assert!(!draft(&world).text.vi.description.contains("8,60"), "{:?}", draft(&world).text.vi);
    world.command(t(minute), confirm(&world));
    let minute = stages(&mut world, minute, &[6.2, 6.3, 6.5, 6.7, 6.9, 7.05]);
    assert_eq!(draft(&world).level, Level(2));
    world.command(t(minute), confirm(&world));
    let minute = stages(&mut world, minute, &[7.2, 7.4, 7.6, 7.8, 8.05]);
    assert_eq!((draft(&world).level, draft(&world).kind), (Level(3), MessageKind::Update));
    world.send(t(minute), "duoi", &stage(minute, 3.1));
    assert!(draft(&world).text.vi.description.contains("Dưới"));
}

#[test]
fn rejecting_one_station_leaves_the_other_alone() {
    let mut world = World::actual();
    for minute in 0..5 {
        world.stage(minute, 5.0);
        world.send(t(minute), "duoi", &stage(minute, 3.0 - 0.05));
    }
    world.stage(5, 8.5);
    world.command(t(5), reject(&world));
    assert!(world.warnings("song").iter().all(|w| w.draft.is_none()));
    world.send(t(6), "duoi", &stage(5, 3.1));
    assert_eq!((draft(&world).level, draft(&world).provisional), (Level(1), false));
}

#[test]
fn a_second_crest_is_told_after_a_person_ended_the_first() {
    let mut world = World::actual();
    let minute = flood(&mut world, 8.1);
    world.command(t(minute), confirm(&world));
    let warning = world.warnings("song")[0].id.clone();
    let end = Command::End { warning, reason: "lũ xuống".to_owned() };
    world.command(t(minute), end);
    let minute = stages(&mut world, minute, &[7.8, 7.5, 7.2, 6.8]);
    let minute = stages(&mut world, minute, &[6.5; 14]);
    assert!(world.warnings("song").iter().all(|w| w.draft.is_none()), "what fell is known");
    stages(&mut world, minute, &[6.9, 7.3, 7.7, 8.1]);
    assert_eq!((draft(&world).level, draft(&world).kind), (Level(3), MessageKind::Issue));
}

#[test]
fn what_was_told_late_silences_nothing_of_now() {
    let mut world = World::actual();
    for minute in 0..5 {
        world.stage(minute, 5.0);
    }
    let backlog: Vec<_> = (5..25).map(|m| stage(m, 5.0 + f64::from(m as i32 - 4) * 0.16)).collect();
    world.send(t(200), "tren", &format!("[{}]", backlog.join(",")));
    world.tick(t(206));
    assert!(draft(&world).late);
    world.command(t(207), confirm(&world));
    assert!(world.warnings("song").iter().all(|w| w.draft.is_none()), "told once");
    world.stage(210, 8.2);
    world.tick(t(216));
    assert_eq!((draft(&world).level, draft(&world).late), (Level(3), false));
}

#[test]
fn a_rejected_provisional_level_is_asked_again_when_good_data_bear_it_out() {
    let mut world = World::actual();
    for minute in 0..5 {
        world.stage(minute, 5.0);
    }
    world.stage(5, 8.5);
    world.command(t(5), reject(&world));
    stages(&mut world, 6, &[8.52, 8.55]);
    assert_eq!((draft(&world).level, draft(&world).provisional), (Level(3), false));
}

#[test]
fn a_rejected_update_is_asked_again_when_the_water_fell_and_rose() {
    let mut world = World::actual();
    let minute = flood(&mut world, 6.1);
    world.command(t(minute), confirm(&world));
    let rise: Vec<f64> = (1..=14).map(|step| 6.1 + f64::from(step) * 0.15).collect();
    let minute = stages(&mut world, minute, &rise);
    assert_eq!((draft(&world).level, draft(&world).provisional), (Level(3), false));
    world.command(t(minute), reject(&world));
    assert!(world.warnings("song")[0].draft.is_none());
    let minute = stages(&mut world, minute, &[8.0, 7.85]);
    let minute = stages(&mut world, minute, &[7.8; 14]);
    assert!(world.warnings("song")[0].draft.is_none(), "no more than was rejected");
    stages(&mut world, minute, &[7.95, 8.1]);
    assert_eq!((draft(&world).level, draft(&world).kind), (Level(3), MessageKind::Update));
}

#[test]
fn a_rejected_end_keeps_the_message_in_force() {
    let mut world = World::actual();
    let minute = flood(&mut world, 6.1);
    world.command(t(minute), confirm(&world));
    let minute = stages(&mut world, minute, &[5.5; 14]);
    assert_eq!(draft(&world).kind, MessageKind::End);
    world.command(t(minute), reject(&world));
    let minute = stages(&mut world, minute, &[5.6, 5.5]);
    let warning = world.warnings("song")[0];
    assert_eq!((warning.state, &warning.draft), (WarningState::Issued, &None));
    stages(&mut world, minute, &[6.1, 6.3, 6.5, 6.8, 7.1]);
    assert_eq!((draft(&world).level, draft(&world).kind), (Level(2), MessageKind::Update));
}

#[test]
fn a_message_is_renewed_before_it_runs_out() {
    let mut world = World::new(Realm::Actual, hurried());
    let end = flood(&mut world, 6.2);
    for minute in end..end + 14 * 60 {
        world.stage(minute, 6.2 + f64::from((minute % 7) as i32) * 0.01);
    }
    let sent: Vec<_> =
        world.messages().iter().map(|m| (m.kind, m.level, m.sent_at, m.expires_at)).collect();
    assert_eq!(sent.len(), 2, "{sent:?}");
    assert_eq!((sent[1].0, sent[1].1), (MessageKind::Update, Level(1)));
    assert!(sent[1].2 <= sent[0].3, "no hole between {sent:?}");
}

#[test]
fn what_runs_out_after_the_danger_is_asked_to_end_and_never_updated_to_nothing() {
    let mut world = World::new(Realm::Actual, hurried());
    let minute = flood(&mut world, 6.1);
    world.command(t(minute), confirm(&world));
    let minute = stages(&mut world, minute, &[5.5; 14]);
    world.command(t(minute), reject(&world));
    assert!(world.warnings("song")[0].draft.is_none());
    world.tick(t(minute + 13 * 60));
    assert_eq!(draft(&world).kind, MessageKind::End, "who keeps it in force is asked once more");
    let mut world = World::new(Realm::Actual, hurried());
    let minute = flood(&mut world, 6.1);
    world.command(t(minute), confirm(&world));
    let minute = stages(&mut world, minute, &[5.5; 14]);
    world.tick(t(minute + 13 * 60));
    assert_eq!((draft(&world).kind, draft(&world).level), (MessageKind::End, Level(1)));
}

#[test]
fn the_next_dead_station_and_the_next_town_are_told() {
    let files = pack_with(&[
        ("rules.toml", "share = 0.6", "share = 1.0"),
        ("stations.toml", "silent_after = \"30d\"", "silent_after = \"30min\""),
    ]);
    let mut world = World::new(Realm::Actual, files);
    world.stage(0, 5.0);
    for minute in (0..=20).step_by(10) {
        world.send(t(minute), "duoi", &stage(minute, 2.0));
    }
    for minute in (0..80).step_by(10) {
        world.send(
            t(minute),
            "gio",
            &format!(r#"{{"time":"{}","readings":{{"wind_speed":3}}}}"#, t(minute)),
        );
    }
    world.tick(t(80));
    let told: Vec<_> = world.messages().into_iter().filter(|m| m.hazard == "technical").collect();
    assert_eq!(told.len(), 2, "{told:?}");
    assert_eq!((told[1].kind, told[1].level), (MessageKind::Update, Level(1)));
    assert!(told[1].text.vi.headline.ends_with("Dưới"), "{}", told[1].text.vi.headline);
}

#[test]
fn a_second_town_at_the_same_level_is_told_with_the_newest_values() {
    let mut world = World::actual();
    let minute = flood(&mut world, 6.2);
    world.command(t(minute), confirm(&world));
    let minute = stages(&mut world, minute, &[6.3, 6.45, 6.6, 6.8]);
    for minute in minute - 3..minute {
        world.send(t(minute), "duoi", &stage(minute, 2.9));
    }
    assert!(world.warnings("song")[0].draft.is_none(), "the same station is no news");
    world.send(t(minute), "duoi", &stage(minute, 3.05));
    let draft = draft(&world);
    assert_eq!((draft.kind, draft.level), (MessageKind::Update, Level(1)));
    let text = &draft.text.vi.description;
    assert!(text.starts_with("Dưới") && text.contains("Trên, sông Thử: 6,80 m"), "{text}");
    assert_eq!(world.warnings("song")[0].peak.as_ref().map(|peak| peak.value), Some(6.8));
    let alarm = world
        .outcomes
        .iter()
        .flat_map(|o| &o.alarms)
        .find(|a| a.rule.as_str() == "stage" && a.level() == Level(1));
    assert_eq!(alarm.unwrap().evidence[0].value.to_bits(), 6.0_f64.to_bits());
}

#[test]
fn a_spike_does_not_stop_what_is_sure_from_going_out() {
    let mut world = World::new(Realm::Actual, hurried());
    let minute = flood(&mut world, 6.1);
    let due = draft(&world).auto_at.unwrap();
    world.stage(minute, 8.6);
    assert_eq!((draft(&world).level, draft(&world).auto_at), (Level(3), Some(due)));
    world.tick(due + Span::minutes(1));
    let message = *world.messages().iter().find(|m| m.hazard == "flood").unwrap();
    assert_eq!((message.level, message.provisional, message.sent_at), (Level(1), false, due));
    assert!(!message.text.vi.description.contains("8,60"), "{}", message.text.vi.description);
    assert_eq!((draft(&world).level, draft(&world).provisional), (Level(3), true));
    assert_eq!(draft(&world).auto_at, None);
}

#[test]
fn a_running_time_is_not_started_anew_by_a_spike_that_comes_and_goes() {
    let mut world = World::new(Realm::Actual, hurried());
    let minute = flood(&mut world, 6.1);
    let due = draft(&world).auto_at;
    stages(&mut world, minute, &[8.6, 6.1, 6.1]);
    assert_eq!((draft(&world).level, draft(&world).auto_at), (Level(1), due));
}

const RISE: &str = r#"[[rule]]
id = "rise"
name_vi = "lên nhanh"
name_en = "rise"
hazard = "flood"
source = "test"
[rule.watch]
kind = "threshold"
parameter = "water_level_rise"
levels = [{ level = 1, name = "30", raise = 30.0, clear = 20.0 }, { level = 3, name = "100", raise = 100.0, clear = 60.0 }]
clear_hold = "60min"
max_gap = "90s"
[[rule]]
id = "rain"
"#;

#[test]
fn a_fast_rise_below_the_first_level_presses_but_borrows_no_level() {
    let files = pack_with(&[("rules.toml", "[[rule]]\nid = \"rain\"\n", RISE)]);
    let mut world = World::new(Realm::Actual, files);
    for minute in 0..70 {
        world.stage(minute, 3.0 + f64::from(minute as i32) * 0.03);
    }
    let text = &draft(&world).text.vi;
    assert_eq!((draft(&world).level, draft(&world).provisional), (Level(1), false));
    assert!(text.headline.contains("RISE") && text.instruction == "r", "{text:?}");
    assert!(draft(&world).auto_at.is_some_and(|at| at <= t(70) + Span::minutes(15)));
    let minute = stages(&mut world, 70, &[5.25, 5.4, 5.55, 5.7, 5.85, 6.05]);
    assert_eq!(draft(&world).level, Level(1));
    let headline = &draft(&world).text.vi.headline;
    assert!(headline.contains("L1: Trên 6,05 m"), "{headline}");
    stages(&mut world, minute, &[6.2, 6.4, 6.6, 6.8, 7.0]);
    assert_eq!(draft(&world).level, Level(2));
    assert_eq!(waiting(&world).peak.as_ref().map(|peak| peak.value), Some(7.0), "a stage, no rate");
}

#[test]
fn bad_data_do_not_make_an_old_alarm_present() {
    let mut world = World::actual();
    for minute in 0..5 {
        world.stage(minute, 5.0);
    }
    let backlog: Vec<_> = (5..20).map(|m| stage(m, 5.0 + f64::from(m as i32 - 4) * 0.19)).collect();
    world.send(t(200), "tren", &format!("[{}]", backlog.join(",")));
    world.tick(t(206));
    assert!(draft(&world).late);
    world.stage(210, 99.9);
    world.tick(t(216));
    assert!(draft(&world).late && draft(&world).auto_at.is_none());
}

#[test]
fn a_late_draft_nobody_decided_lends_nothing_to_the_next_flood() {
    let mut world = World::actual();
    for minute in 0..5 {
        world.stage(minute, 5.0);
    }
    let backlog: Vec<_> = (5..20).map(|m| stage(m, 5.0 + f64::from(m as i32 - 4) * 0.19)).collect();
    world.send(t(200), "tren", &format!("[{}]", backlog.join(",")));
    world.tick(t(206));
    for minute in 210..230 {
        world.stage(minute, 5.0);
    }
    world.tick(t(240));
    assert!(draft(&world).late, "it still waits");
    let old = waiting(&world).id.clone();
    for minute in 3000..3015 {
        world.stage(minute, 5.0 + f64::from(minute as i32 - 3000) * 0.1);
    }
    world.tick(t(3020));
    let fresh = waiting(&world);
    assert_ne!(fresh.id, old);
    assert!(fresh.onset >= t(3000) && !fresh.draft.as_ref().unwrap().late);
    let closed = *world.warnings("song").iter().find(|w| w.id == old).unwrap();
    assert_eq!((closed.state, &closed.draft), (WarningState::Ended, &None));
}

#[test]
fn the_record_is_a_second_clause_and_never_the_level_compared_with() {
    let record = "[[level]]\nstation = \"tren\"\nparameter = \"water_level\"\nlevel = 4\nname = \"lũ lịch sử\"\nvalue = 9.68\nsource = \"test\"\nconfidence = \"H\"\n[[level]]\nstation = \"duoi\"";
    let files = pack_with(&[("levels.toml", "[[level]]\nstation = \"duoi\"", record)]);
    let mut world = World::new(Realm::Actual, files);
    let end = flood(&mut world, 8.9);
    world.tick(t(end + 20));
    let text = &world.messages()[0].text.vi.description;
    assert!(text.contains("8,90 m") && text.contains("trên BĐ3 0,90 m"), "{text}");
    assert!(text.contains(". Cách lũ lịch sử 0,78 m."), "{text}");
}

#[test]
fn a_blind_level_is_said_and_an_end_has_no_loose_space() {
    let mut world = World::actual();
    let end = flood(&mut world, 6.1);
    world.send(t(end), "gio", r#"{"readings":{"wind_speed":3}}"#);
    world.tick(t(end + 120));
    assert!(draft(&world).text.vi.description.contains("Mất số liệu."), "{:?}", draft(&world).text);
    let all = world.messages();
    let dead = all.iter().rfind(|m| m.hazard == "technical").unwrap();
    assert!(dead.text.vi.headline.contains("mọi trạm"), "{}", dead.text.vi.headline);
    world.stage(end + 121, 6.1);
    world.tick(t(end + 127));
    assert!(!draft(&world).text.vi.description.contains("Mất số liệu."));
    world.send(t(end + 128), "gio", r#"{"readings":{"wind_speed":3}}"#);
    let all = world.messages();
    let over = all.iter().rfind(|m| m.hazard == "technical").unwrap();
    assert_eq!((over.kind, over.text.vi.description.as_str()), (MessageKind::End, "Hết."));
}

#[test]
fn headlines_say_the_window_of_rain_and_the_force_of_wind() {
    let mut world = World::actual();
    for minute in 0..60 {
        world.send(t(minute) + Span::seconds(1), "tren", &rain(minute, 0.8));
    }
    let headline = &world.warnings("mua")[0].draft.as_ref().unwrap().text.vi.headline;
    assert!(headline.contains("mm/1 h"), "{headline}");
    let wind = RISE.replace("flood", "rain").replace("water_level_rise", "wind_force");
    let wind = wind.replace("raise = 30.0, clear = 20.0", "raise = 8.0, clear = 8.0");
    let files = pack_with(&[("rules.toml", "[[rule]]\nid = \"rain\"\n", &wind)]);
    let mut world = World::new(Realm::Actual, files);
    world.send(t(0), "gio", &format!(r#"{{"time":"{}","readings":{{"wind_speed":18}}}}"#, t(0)));
    let headline = &world.warnings("mua")[0].draft.as_ref().unwrap().text.vi.headline;
    assert!(headline.ends_with("Gió cấp 8"), "{headline}");
}

fn shipped() -> Pack {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../config/binh-dinh");
    let files = std::fs::read_dir(folder).unwrap().map(|entry| {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        (name, std::fs::read_to_string(path).unwrap())
    });
    Pack::parse(&files.collect()).unwrap()
}

#[test]
fn shipped_rain_levels_begin_where_the_observing_rules_use_their_words() {
    let pack = shipped();
    let level = |rule: &str, mm: f64| {
        let rule = pack.rule(&rule.parse().unwrap()).unwrap();
        let warning::Watch::Threshold(threshold) = &rule.watch else { panic!("no threshold") };
        let step = threshold.levels.iter().rfind(|step| mm >= step.raise);
        step.map_or(String::new(), |step| {
            pack.texts_vi.fill(&format!("rain.level.{}", step.level.0), &[])
        })
    };
    let cases = [
        ("rain-12h", 25.8, ""),
        ("rain-12h", 26.0, "mưa to (mức 1)"),
        ("rain-12h", 50.0, "mưa to (mức 1)"),
        ("rain-12h", 50.2, "mưa rất to (mức 2)"),
        ("rain-24h", 50.0, ""),
        ("rain-24h", 51.0, "mưa to (mức 1)"),
        ("rain-24h", 100.0, "mưa to (mức 1)"),
        ("rain-24h", 100.2, "mưa rất to (mức 2)"),
    ];
    for (rule, mm, words) in cases {
        assert_eq!(level(rule, mm), words, "{rule} {mm}");
    }
}

#[test]
fn a_draft_that_waits_speaks_of_the_water_of_now_and_stays_the_same_draft() {
    let mut world = World::actual();
    let mut minute = flood(&mut world, 6.1);
    let seen = confirm(&world);
    let first = draft(&world).clone();
    while minute < 60 {
        world.stage(minute, 6.1 + minute as f64 * 0.01);
        minute += 1;
    }
    let now = draft(&world).clone();
    assert_eq!((now.number, now.drafted_at), (first.number, first.drafted_at));
    let newest = now.evidence[0].observed_at;
    assert!(t(minute) - newest <= Span::minutes(12), "{newest}");
    assert!(now.text.vi.description.contains("6,6"), "{}", now.text.vi.description);
    let out = world.command(t(minute), seen);
    assert_eq!(out.messages[0].text, now.text);
}

/// Both gauges of the river pass their first level, the lower one two minutes later; gives the draft read in between.
fn joined() -> (World, i64, domain::Warning) {
    let mut world = World::actual();
    let send = |world: &mut World, minute: i64, upper: f64, lower: f64| {
        world.stage(minute, upper);
        world.send(t(minute), "duoi", &stage(minute, lower));
    };
    for minute in 0..5 {
        send(&mut world, minute, 5.9, 2.9);
    }
    for minute in 5..8 {
        send(&mut world, minute, 6.1, 2.95);
    }
    let read = world.warnings("song")[0].clone();
    assert!(!read.draft.as_ref().unwrap().provisional);
    for minute in 8..14 {
        send(&mut world, minute, 6.1, 3.05);
    }
    (world, 14, read)
}

#[test]
fn what_was_read_goes_out_although_newer_numbers_came_and_the_rest_is_asked_after() {
    let (mut world, end, read) = joined();
    let old = read.draft.unwrap();
    let newest = draft(&world).clone();
    assert_eq!((newest.level, newest.provisional), (old.level, old.provisional), "the same matter");
    assert!(
        newest.text.vi.description.contains("Dưới") && !old.text.vi.description.contains("Dưới")
    );
    for text in [None, Some(old.text.clone())] {
        let (mut world, ..) = joined();
        let command =
            Command::Confirm { warning: read.id.clone(), draft: old.number, text, remark: None };
        let out = world.command(t(end), command).clone();
        assert_eq!(out.command, Some(Ok(())));
        assert_eq!(out.messages[0].text, old.text);
        assert_eq!(out.messages[0].evidence, old.evidence);
        let warning = world.warnings("song")[0];
        let acts: Vec<_> = warning.log.iter().map(|line| line.what.as_str()).collect();
        assert!(acts.contains(&"confirmed") && !acts.contains(&"edited_and_confirmed"), "{acts:?}");
        let asked = warning.draft.as_ref().expect("what was not told is asked");
        assert!(asked.text.vi.description.contains("Dưới"), "{}", asked.text.vi.description);
    }
    let level = |world: &World| world.warnings("song")[0].messages;
    let mut edited = newest.text.clone();
    edited.vi.headline = "Lũ".to_owned();
    let command = Command::Confirm {
        warning: read.id.clone(),
        draft: old.number,
        text: Some(edited),
        remark: None,
    };
    world.command(t(end), command);
    assert_eq!(level(&world), 1);
    assert!(world.warnings("song")[0].log.iter().any(|line| line.what == "edited_and_confirmed"));
}

#[test]
fn who_rejects_what_they_read_says_nothing_of_the_next_town() {
    let (mut world, end, read) = joined();
    let draft = read.draft.unwrap().number;
    let command =
        Command::Reject {
            warning: read.id.clone(), draft, reason: "cảm biến hỏng".to_owned()
        };
    assert_eq!(world.command(t(end), command).command, Some(Ok(())));
    let warnings = world.warnings("song");
    assert_eq!(warnings[0].state, WarningState::Rejected);
    let asked = warnings.last().unwrap().draft.as_ref().expect("the lower gauge is asked about");
    let text = &asked.text.vi.description;
    assert!(text.contains("Dưới") && !text.contains("Trên,"), "{text}");
}

#[test]
fn another_level_or_sureness_is_another_question() {
    let (mut world, mut minute, read) = joined();
    for level in [6.5, 7.05, 7.1, 7.1, 7.1] {
        world.stage(minute, level);
        minute += 1;
    }
    let number = read.draft.unwrap().number;
    let warning = read.id.clone();
    let command = Command::Confirm { warning, draft: number, text: None, remark: None };
    let out = world.command(t(minute), command).clone();
    assert!(
        matches!(out.command, Some(Err(CommandError::DraftChanged { .. }))),
        "{:?}",
        out.command
    );
}

#[test]
fn no_trend_is_told_of_a_gauge_that_is_silent_and_no_straight_line_of_any() {
    let mut world = World::actual();
    let mut minute = 0;
    for step in 0..80 {
        world.stage(minute, 5.6 + f64::from(step) * 0.01);
        minute += 1;
    }
    let text = |world: &World| draft(world).text.vi.description.clone();
    assert!(text(&world).contains("đang lên"), "{}", text(&world));
    assert!(!text(&world).contains("đạt"), "{}", text(&world));
    // Silent for three hours; the draft is renewed meanwhile.
    for minute in (minute..minute + 180).step_by(5) {
        world.tick(t(minute));
    }
    let command = confirm(&world);
    let out = world.command(t(minute + 180), command).clone();
    let said = &out.messages[0].text.vi.description;
    assert!(said.contains("chưa rõ xu thế") && !said.contains("đang lên"), "{said}");
}
