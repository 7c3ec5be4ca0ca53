//! A change of the configuration loses nothing and orphans nothing, and a run that was stopped, one that was not and a
//! replay say the same.
#![allow(clippy::unwrap_used, reason = "a test may fail")]

mod common;

use common::{ENDS, World, pack, pack_with, rain, stage, t};
use domain::{
    AlarmState, ArrivalBody, Command, Level, Outcome, PackFiles, Processor as _, Realm, Span, Time,
    Warning, WarningState,
};
use pack::Pack;
use pipeline::Pipeline;
use proptest::prelude::*;
use toml::{Table, Value};

/// Changes the entries of one kind in a file of a pack.
fn entries(files: &mut PackFiles, file: &str, kind: &str, change: impl Fn(&mut Vec<Value>)) {
    let text = files.get_mut(file).unwrap();
    let mut table: Table = text.parse().unwrap();
    if let Some(list) = table.get_mut(kind).and_then(Value::as_array_mut) {
        change(list);
    }
    *text = table.to_string();
}

fn is(entry: &Value, key: &str, value: &str) -> bool {
    entry.get(key).and_then(Value::as_str) == Some(value)
}

/// Without a station and what is said of it.
fn without_station(mut files: PackFiles, id: &str) -> PackFiles {
    entries(&mut files, "stations.toml", "station", |all| all.retain(|one| !is(one, "id", id)));
    entries(&mut files, "levels.toml", "level", |all| all.retain(|one| !is(one, "station", id)));
    files
}

/// Without the rule on the stage, and what rests on it.
fn without_stage_rule(mut files: PackFiles) -> PackFiles {
    let rests = |one: &Value| is(one, "id", "stage") || is(one, "id", "both");
    entries(&mut files, "rules.toml", "rule", |all| all.retain(|one| !rests(one)));
    files
}

fn set(
    files: &mut PackFiles,
    file: &str,
    kind: &str,
    (key, value): (&str, &str),
    to: (&str, &str),
) {
    entries(files, file, kind, |all| {
        for one in all.iter_mut().filter(|one| is(one, key, value)) {
            let table = one.as_table_mut().unwrap();
            table.insert(to.0.to_owned(), Value::String(to.1.to_owned()));
        }
    });
}

/// The levels of a station that have been in force only until, or are only from, a time.
fn levels_valid(mut files: PackFiles, key: &str, at: Time) -> PackFiles {
    set(&mut files, "levels.toml", "level", ("station", "tren"), (key, &at.to_string()));
    files
}

fn rule_valid_to(mut files: PackFiles, at: Time) -> PackFiles {
    set(&mut files, "rules.toml", "rule", ("id", "stage"), ("valid_to", &at.to_string()));
    files
}

/// The episode of the river has another name.
fn episode_renamed(mut files: PackFiles) -> PackFiles {
    set(&mut files, "episodes.toml", "episode", ("id", "song"), ("id", "song-moi"));
    files
}

/// Two rivers with an episode each; the upper station lies on the second.
fn moved(mut files: PackFiles) -> PackFiles {
    entries(&mut files, "episodes.toml", "episode", |all| {
        let mut other = all.iter().find(|one| is(one, "id", "song")).unwrap().clone();
        let table = other.as_table_mut().unwrap();
        table.insert("id".to_owned(), Value::String("song-khac".to_owned()));
        table.insert("rivers".to_owned(), Value::Array(vec![Value::String("khac".to_owned())]));
        table
            .insert("basins".to_owned(), Value::Array(vec![Value::String("vung-khac".to_owned())]));
        all.push(other);
    });
    for (file, kind, of) in [("stations.toml", "river", "song"), ("basins.toml", "basin", "vung")] {
        entries(&mut files, file, kind, |all| {
            let mut other = all.iter().find(|one| is(one, "id", of)).unwrap().clone();
            let id = if kind == "river" { "khac" } else { "vung-khac" };
            other.as_table_mut().unwrap().insert("id".to_owned(), Value::String(id.to_owned()));
            all.push(other);
        });
    }
    set(&mut files, "stations.toml", "station", ("id", "tren"), ("river", "khac"));
    set(&mut files, "stations.toml", "station", ("id", "tren"), ("basin", "vung-khac"));
    files
}

fn checked(files: PackFiles) -> PackFiles {
    if let Err(faults) = Pack::parse(&files) {
        panic!("{}", faults.iter().map(|fault| format!("{fault}\n")).collect::<String>());
    }
    files
}

fn configure(world: &mut World, at: Time, files: PackFiles) {
    world.pass(at);
    let files = checked(files);
    world.configure(at, files);
}

/// Rises ten centimetres a minute from 5.0 m to `top`, and stays there until the minute.
fn flood(world: &mut World, top: f64, until: i64) {
    for minute in 0..until {
        world.pass(t(minute));
        world.stage(minute, (5.0 + 0.1 * minute as f64).min(top));
    }
}

fn flood_warnings(world: &World) -> Vec<Warning> {
    let mut last = std::collections::BTreeMap::new();
    for warning in world.outcomes.iter().flat_map(|out| &out.warnings) {
        if warning.hazard == "flood" {
            last.insert(warning.id.clone(), warning.clone());
        }
    }
    last.into_values().collect()
}

const BD2: AlarmState = AlarmState::Level(Level(2));

/// A2: that nobody looks any more is no end of the danger.
#[test]
fn what_is_not_observed_any_more_is_not_over_by_itself() {
    let whole = || pack_with(&[ENDS]);
    let changes: [(&str, PackFiles); 5] = [
        ("the station is removed", without_station(whole(), "tren")),
        ("the rule is removed", without_stage_rule(whole())),
        ("the rule is not valid any more", rule_valid_to(whole(), t(30))),
        ("the levels are not valid any more", levels_valid(whole(), "valid_to", t(30))),
        ("the levels are not valid yet", levels_valid(whole(), "valid_from", t(100_000))),
    ];
    for (what, files) in changes {
        let mut world = World::new(Realm::Actual, whole());
        flood(&mut world, 7.3, 30);
        assert_eq!(flood_warnings(&world)[0].state, WarningState::Issued, "{what}");
        configure(&mut world, t(30) + Span::seconds(10), files);
        for minute in 31..120 {
            world.pass(t(minute));
            world.stage(minute, 7.3);
            world.send(
                t(minute),
                "gio",
                &format!(r#"{{"time":"{}","readings":{{"wind_speed":3}}}}"#, t(minute)),
            );
        }
        assert_eq!(world.ends(), 0, "{what}");
        let ended = flood_warnings(&world).iter().any(|w| w.state == WarningState::Ended);
        assert!(!ended, "{what}");
    }
}

/// A5: what is restored alarms as before, whether its level changed or not.
#[test]
fn what_is_removed_and_restored_alarms_again() {
    let changes: [(&str, PackFiles); 4] = [
        ("a station", without_station(pack(), "tren")),
        ("a rule", without_stage_rule(pack())),
        ("a rule that was not valid", rule_valid_to(pack(), t(30))),
        ("levels that were not valid", levels_valid(pack(), "valid_to", t(30))),
    ];
    for (what, files) in changes {
        let mut world = World::actual();
        flood(&mut world, 7.3, 30);
        assert_eq!(world.alarm("stage", "tren").expect("the rule has spoken").state, BD2, "{what}");
        configure(&mut world, t(30) + Span::seconds(10), files);
        for minute in 31..35 {
            world.pass(t(minute));
            world.stage(minute, 7.3);
        }
        configure(&mut world, t(35), pack());
        for minute in 35..45 {
            world.pass(t(minute));
            world.stage(minute, 7.3);
        }
        assert_eq!(world.alarm("stage", "tren").expect("the rule has spoken").state, BD2, "{what}");
    }
}

/// A5, its twin: a station that was silent, is removed and restored, is missed again.
#[test]
fn a_silent_station_that_is_removed_and_restored_is_told_again() {
    let mut world = World::actual();
    world.stage(0, 5.0);
    world.pass(t(60));
    configure(&mut world, t(60), without_station(pack(), "tren"));
    world.pass(t(70));
    configure(&mut world, t(70), pack());
    world.pass(t(140));
    let mut mine = world.transitions("station").into_iter().filter(|c| c.target.as_str() == "tren");
    assert_eq!(mine.next_back().unwrap().to, AlarmState::Level(Level(1)));
}

/// A12: the warning of an episode that is renamed stays somebody's.
#[test]
fn a_warning_whose_episode_is_removed_can_still_be_decided() {
    let mut world = World::new(Realm::Actual, pack_with(&[ENDS]));
    flood(&mut world, 6.3, 30);
    let before = flood_warnings(&world);
    assert_eq!(before[0].state, WarningState::Issued);
    configure(&mut world, t(30), episode_renamed(pack_with(&[ENDS])));
    let (warning, reason) = (before[0].id.clone(), "đã đổi tên".to_owned());
    let out = world.command(t(31), Command::End { warning, reason });
    assert_eq!(out.command, Some(Ok(())));
}

/// A12: a deadline of an episode that is gone delays no other.
#[test]
fn a_draft_whose_episode_is_gone_delays_no_other() {
    let rain_by_itself = (
        "policy.toml",
        "hazard = \"rain\"\nlevel = 1\n",
        "hazard = \"rain\"\nlevel = 1\nauto_issue_after = \"15min\"\n",
    );
    let mut world = World::new(Realm::Actual, pack_with(&[rain_by_itself]));
    // BĐ3 waits fifteen minutes for somebody.
    flood(&mut world, 8.1, 35);
    configure(&mut world, t(35), episode_renamed(pack_with(&[rain_by_itself])));
    for minute in 35..45 {
        world.pass(t(minute));
        world.send(t(minute) + Span::seconds(3), "tren", &rain(minute, 5.0));
    }
    let waiting = world.warnings("mua")[0].clone();
    let due = waiting.draft.as_ref().unwrap().auto_at.unwrap();
    world.pass(due + Span::minutes(30));
    let sent: Vec<_> =
        world.messages().iter().filter(|m| m.hazard == "rain").map(|m| m.sent_at).collect();
    assert_eq!(sent, [due]);
}

/// A12: what is moved to another river belongs to that river's warning, and to no other.
#[test]
fn a_station_that_is_moved_takes_its_alarms_along() {
    let mut world = World::new(Realm::Actual, pack_with(&[ENDS]));
    flood(&mut world, 6.3, 30);
    configure(&mut world, t(30), moved(pack_with(&[ENDS])));
    for minute in 30..45 {
        world.pass(t(minute));
        world.stage(minute, 6.3);
    }
    assert_eq!(
        world.alarm("stage", "tren").expect("the rule has spoken").episode.as_str(),
        "song-khac"
    );
    let open = |episode: &str| {
        let all = world.warnings(episode);
        all.iter().any(|w| w.state == WarningState::Issued && w.draft.is_none())
    };
    assert!(open("song-khac"), "the new river is warned of");
    assert!(!open("song"), "the old river's warning stands as if nothing had happened");
}

/// A14: what is blind says nothing of now.
#[test]
fn a_combined_rule_counts_no_alarm_that_is_blind() {
    let mut world = World::actual();
    for minute in 0..50 {
        world.pass(t(minute));
        world.send(t(minute) + Span::seconds(1), "tren", &rain(minute, 0.8));
    }
    assert_eq!(
        world.alarm("rain", "tren").expect("the rule has spoken").state,
        AlarmState::Level(Level(1))
    );
    for minute in 50..300 {
        world.pass(t(minute));
        let metres = 2.0 + 0.01 * (minute - 50) as f64;
        world.send(t(minute), "duoi", &stage(minute, metres));
    }
    assert!(world.alarm("rain", "tren").expect("the rule has spoken").blind);
    assert_eq!(
        world.alarm("stage", "duoi").expect("the rule has spoken").state,
        AlarmState::Level(Level(1))
    );
    assert_eq!(world.transitions("both").len(), 0);
}

/// A14: a combined rule does not outlive what it rests on.
#[test]
fn a_combined_rule_falls_when_one_of_its_alarms_is_retired() {
    let mut world = World::actual();
    for minute in 0..60 {
        world.pass(t(minute));
        world.send(t(minute) + Span::seconds(1), "tren", &rain(minute, 0.8));
        world.stage(minute, (5.0 + 0.05 * minute as f64).min(6.3));
    }
    assert_eq!(world.alarm("both", "vung").expect("the rule has spoken").state, BD2);
    configure(&mut world, t(60), without_station(pack(), "tren"));
    assert!(
        world.alarm("both", "vung").expect("the rule has spoken").state
            < AlarmState::Level(Level(1))
    );
}

/// A14: the mean of a basin of which nobody is heard says nothing of now.
#[test]
fn an_alarm_of_a_basin_mean_is_blind_when_too_few_of_its_gauges_are_heard() {
    let mut world = World::actual();
    for minute in 0..90 {
        world.pass(t(minute));
        world.send(t(minute) + Span::seconds(1), "tren", &rain(minute, 1.0));
        let counter =
            format!(r#"{{"time":"{}","readings":{{"rain_counter":{minute}.0}}}}"#, t(minute));
        world.send(t(minute) + Span::seconds(2), "duoi", &counter);
    }
    let raised = world.alarm("basin-rain", "vung").expect("the rule has spoken");
    assert_eq!((raised.state, raised.blind), (BD2, false));
    let impatient = ("stations.toml", "silent_after = \"30d\"", "silent_after = \"30min\"");
    configure(&mut world, t(90), pack_with(&[impatient]));
    for minute in 90..180 {
        world.pass(t(minute));
        world.send(
            t(minute),
            "gio",
            &format!(r#"{{"time":"{}","readings":{{"wind_speed":3}}}}"#, t(minute)),
        );
    }
    let now = world.alarm("basin-rain", "vung").expect("the rule has spoken");
    assert_eq!((now.state, now.blind), (BD2, true));
}

/// One thing that happens in a night.
#[derive(Debug, Clone)]
enum Act {
    /// The stage of one of two stations, cm over its base, and rain.
    Say(bool, i64),
    /// Nothing for some minutes.
    Wait(i64),
    /// Another configuration.
    Configure(usize),
    /// The officer confirms or rejects what waits.
    Decide(bool),
}

fn acts() -> impl Strategy<Value = Vec<Act>> {
    let one = prop_oneof![
        12 => (any::<bool>(), -20i64..40).prop_map(|(upper, step)| Act::Say(upper, step)),
        1 => (1i64..90).prop_map(Act::Wait),
        2 => (0usize..PACKS).prop_map(Act::Configure),
        1 => any::<bool>().prop_map(Act::Decide),
    ];
    prop::collection::vec(one, 10..120)
}

const PACKS: usize = 12;

/// The configurations that follow each other.
fn packs() -> Vec<PackFiles> {
    let whole = || pack_with(&[ENDS]);
    let station_valid = |key: &str, at: Time| {
        let mut files = whole();
        set(&mut files, "stations.toml", "station", ("id", "tren"), (key, &at.to_string()));
        files
    };
    let all = vec![
        whole(),
        whole(),
        without_station(whole(), "tren"),
        without_station(whole(), "duoi"),
        without_stage_rule(whole()),
        rule_valid_to(whole(), t(60)),
        levels_valid(whole(), "valid_to", t(40)),
        levels_valid(whole(), "valid_from", t(80)),
        episode_renamed(whole()),
        moved(whole()),
        station_valid("valid_from", t(40)),
        station_valid("valid_to", t(45)),
    ];
    assert_eq!(all.len(), PACKS);
    all.into_iter().map(checked).collect()
}

/// What came out of what, without ticks for nothing.
fn said(world: &World) -> Vec<(Time, &ArrivalBody, &Outcome)> {
    let all = world.arrivals.iter().zip(&world.outcomes);
    let all = all.map(|(arrival, out)| (arrival.received_at, &arrival.body, out));
    let nothing = Outcome::default();
    all.filter(|(_, body, out)| **body != ArrivalBody::Tick || **out != nothing).collect()
}

/// The newest draft, decided.
fn decide(world: &mut World, at: Time, reject: bool) {
    let mut all = world.outcomes.iter().flat_map(|out| &out.warnings);
    let newest = all.rfind(|w| w.hazard == "flood");
    let Some((warning, draft)) =
        newest.and_then(|w| Some((w.id.clone(), w.draft.as_ref()?.number)))
    else {
        return;
    };
    world.command(
        at,
        match reject {
            true => Command::Reject { warning, draft, reason: "nhầm".to_owned() },
            false => Command::Confirm { warning, draft, text: None, remark: None },
        },
    );
}

/// A night; `stops` are the acts before which the process stops and starts.
fn live(packs: &[PackFiles], first: usize, acts: &[Act], stops: &[usize]) -> World {
    let mut world = World::new(Realm::Actual, packs[first].clone());
    let (mut minute, mut levels) = (0, [560i64, 280]);
    for (index, act) in acts.iter().enumerate() {
        if stops.contains(&index) {
            world.restart();
        }
        minute += 1;
        world.pass(t(minute));
        match act {
            Act::Say(upper, step) => {
                let station = if *upper { "tren" } else { "duoi" };
                let level = &mut levels[usize::from(!upper)];
                *level = (*level + step).clamp(100, 1_100);
                let metres = *level as f64 / 100.0;
                world.send(t(minute), station, &stage(minute, metres));
                world.send(t(minute), "tren", &rain(minute, *step as f64 / 20.0 + 1.0));
            }
            Act::Wait(minutes) => minute += minutes,
            Act::Configure(pack) => {
                world.configure(t(minute), packs[*pack].clone());
            }
            Act::Decide(reject) => decide(&mut world, t(minute), *reject),
        }
    }
    world.pass(t(minute + 90));
    world
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn restarts_and_replays_say_the_same_whatever_the_configuration_does(
        first in 0usize..PACKS,
        acts in acts(),
        stops in prop::collection::vec(0usize..120, 1..10),
    ) {
        let packs = packs();
        let straight = live(&packs, first, &acts, &[]);
        let stopped = live(&packs, first, &acts, &stops);
        let (one, other) = (said(&straight), said(&stopped));
        for (one, other) in one.iter().zip(&other) {
            prop_assert_eq!(one, other);
        }
        prop_assert_eq!(one.len(), other.len(), "one of them missed something");
        let mut replay = Pipeline::new(Realm::Actual);
        for (arrival, known) in straight.arrivals.iter().zip(&straight.outcomes) {
            prop_assert_eq!(&replay.apply(arrival), known, "the replay of {:?}", arrival.body);
        }
    }

    /// With the whole configuration back, a flood that stands is alarmed, and its warning is somebody's.
    #[test]
    fn nothing_is_lost_or_orphaned_when_the_configuration_is_whole_again(acts in acts()) {
        let packs = packs();
        let mut world = live(&packs, 0, &acts, &[]);
        let last = world.now().unwrap();
        let whole = packs[0].clone();
        world.configure(last, whole);
        let first = (last - t(0)).millis() / 60_000 + 1;
        for minute in first..first + 90 {
            world.pass(t(minute));
            // Up or down to 7.5 m, slowly, and there for long.
            world.send(t(minute), "tren", &stage(minute, 7.5 + 0.01 * (minute % 2) as f64));
        }
        let stage = world.alarm("stage", "tren");
        prop_assert!(stage.is_some_and(|alarm| alarm.level() >= Level(2)), "{:?}", stage);
        let now = world.now().unwrap();
        for warning in flood_warnings(&world) {
            let Some(draft) = &warning.draft else { continue };
            prop_assert!(draft.auto_at.is_none_or(|at| at > now), "overdue: {:?}", warning);
        }
    }
}
