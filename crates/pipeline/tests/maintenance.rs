//! Work on a station that a duty officer announced: its faults are not told, its floods are, and its end is.
#![expect(clippy::unwrap_used, reason = "a test may fail")]

mod common;

use common::{ENDS, World, pack_with, t};
use domain::{AlarmState, Command, CommandError, Condition, Level, MessageKind, Realm, Span, Time};

const LINE: (&str, &str) =
    ("[line]\n", "[line]\nmaintenance_over = \"{station} hết bảo trì lúc {since}\"\n");
fn world() -> World {
    let [vi, en] = ["texts.vi.toml", "texts.en.toml"].map(|file| (file, LINE.0, LINE.1));
    World::new(Realm::Actual, pack_with(&[vi, en, ENDS]))
}

fn begin(world: &mut World, at: Time, until: Option<Time>) -> Result<(), CommandError> {
    let (station, reason) = ("tren".parse().unwrap(), "thay đầu đo".to_owned());
    let command = Command::Maintain { station, until, reason };
    world.command(at, command).command.clone().unwrap()
}

fn end(world: &mut World, at: Time) -> Result<(), CommandError> {
    let (station, reason) = ("tren".parse().unwrap(), "xong".to_owned());
    world.command(at, Command::Operate { station, reason }).command.clone().unwrap()
}

/// What the rule on stations said of it, in order.
fn told(world: &World) -> Vec<AlarmState> {
    let all = world.transitions("station").into_iter();
    all.filter(|change| change.target.as_str() == "tren").map(|change| change.to).collect()
}

const RAISED: AlarmState = AlarmState::Level(Level(1));

#[test]
fn the_technical_alarm_of_a_silent_station_ends_while_somebody_works_on_it_and_is_back_after_it() {
    let mut world = world();
    for minute in 0..10 {
        world.stage(minute, 2.0);
    }
    world.tick(t(60));
    assert_eq!((world.conditions("tren"), told(&world)), (vec![Condition::Silent], vec![RAISED]));
    begin(&mut world, t(61), None).unwrap();
    assert_eq!(told(&world), [RAISED, AlarmState::Normal]);
    // Others are heard all the time.
    world.send(t(62), "gio", &format!(r#"{{"time":"{}","readings":{{"wind_speed":3}}}}"#, t(62)));
    world.tick(t(80));
    let technical = world.sent("technical");
    let kinds: Vec<_> = technical.iter().map(|message| message.kind).collect();
    assert_eq!(kinds, [MessageKind::Issue, MessageKind::End]);
    // Muted is not forgotten: the condition stands in the health, with who works there.
    assert_eq!(world.conditions("tren"), [Condition::Silent]);
    let known = world.health("tren").unwrap().maintenance.unwrap();
    assert_eq!((known.by.as_str(), known.reason.as_str()), ("truc", "thay đầu đo"));
    assert_eq!((known.since, known.until), (t(61), None));
    end(&mut world, t(90)).unwrap();
    assert_eq!(told(&world), [RAISED, AlarmState::Normal, RAISED]);
    assert_eq!(world.health("tren").unwrap().maintenance, None);
}

#[test]
fn a_flood_rises_and_is_warned_of_while_somebody_works_on_the_station() {
    let mut world = world();
    begin(&mut world, t(-1), None).unwrap();
    for minute in 0..40 {
        world.stage(minute, (5.0 + 0.1 * minute as f64).min(8.3));
    }
    world.tick(t(60));
    assert_eq!(world.alarm("stage", "tren").unwrap().state, AlarmState::Level(Level(3)));
    let flood = world.sent("flood");
    assert_eq!(flood.last().map(|message| message.level), Some(Level(3)), "{flood:?}");
}

#[test]
fn falling_values_of_a_station_on_which_somebody_works_lower_nothing_until_it_is_over() {
    let mut world = world();
    for minute in 0..45 {
        world.stage(minute, (5.0 + 0.1 * minute as f64).min(8.3));
    }
    world.tick(t(45));
    let raised = AlarmState::Level(Level(3));
    assert_eq!(world.alarm("stage", "tren").unwrap().state, raised);
    begin(&mut world, t(45) + Span::seconds(1), None).unwrap();
    // Slow enough for water: only the work forbids it to lower.
    let fall = |minute: i64| 8.3 - 0.05 * (minute - 45) as f64;
    for minute in 46..110 {
        world.stage(minute, fall(minute));
    }
    assert_eq!(world.alarm("stage", "tren").unwrap().state, raised);
    assert!(world.sent("flood").iter().all(|message| message.kind != MessageKind::End));
    end(&mut world, t(110)).unwrap();
    for minute in 111..140 {
        world.stage(minute, 5.0);
    }
    assert_eq!(world.alarm("stage", "tren").unwrap().state, AlarmState::Normal);
    world.tick(t(160));
    assert_eq!(world.sent("flood").last().unwrap().kind, MessageKind::End);
}

/// A maintenance until a given minute, over it, and an hour on, with what happens between.
fn ends_by_itself(between: impl Fn(&mut World)) -> World {
    let mut world = world();
    for minute in 0..60 {
        world.stage(minute, 2.0);
        if minute == 10 {
            begin(&mut world, t(10) + Span::seconds(3), Some(t(30))).unwrap();
        }
        between(&mut world);
    }
    world
}

#[test]
fn it_ends_by_itself_when_its_time_is_over_and_that_is_told() {
    let mut world = ends_by_itself(|_| ());
    assert_eq!(world.conditions("tren"), [Condition::MaintenanceOver]);
    assert_eq!((world.health("tren").unwrap().maintenance, told(&world)), (None, vec![RAISED]));
    let change = world.transitions("station")[0];
    assert_eq!((change.at, change.evidence[0].parameter.as_str()), (t(30), "maintenance_over"));
    let technical = world.sent("technical");
    assert_eq!(technical.len(), 1);
    assert!(technical[0].text.vi.description.contains("Trên hết bảo trì lúc"), "{technical:?}");
    for minute in 60..100 {
        world.stage(minute, 2.0);
    }
    assert_eq!(
        (world.conditions("tren"), told(&world)),
        (vec![], vec![RAISED, AlarmState::Normal])
    );
}

#[test]
fn a_restart_in_between_changes_nothing() {
    let whole = ends_by_itself(|_| ());
    let stopped = ends_by_itself(World::restart);
    for (one, other) in whole.outcomes.iter().zip(&stopped.outcomes) {
        assert_eq!((&one.health, &one.transitions), (&other.health, &other.transitions));
        assert_eq!((&one.messages, &one.notices), (&other.messages, &other.notices));
    }
}

#[test]
fn work_that_is_announced_anew_has_its_own_end() {
    let mut world = ends_by_itself(|_| ());
    assert_eq!(world.conditions("tren"), [Condition::MaintenanceOver]);
    begin(&mut world, t(60), Some(t(75))).unwrap();
    assert_eq!(
        (world.conditions("tren"), told(&world)),
        (vec![], vec![RAISED, AlarmState::Normal])
    );
    for minute in 61..90 {
        world.stage(minute, 2.0);
    }
    let over = world.health("tren").unwrap().conditions;
    assert_eq!(over, [(Condition::MaintenanceOver, t(75))]);
}

#[test]
fn what_cannot_be_is_refused_and_changes_nothing() {
    let mut world = world();
    world.stage(0, 2.0);
    assert_eq!(begin(&mut world, t(1), Some(t(1))), Err(CommandError::NotAhead(t(1))));
    let nowhere: domain::StationId = "khong-co".parse().unwrap();
    let refused = Err(CommandError::NoSuchStation(nowhere.clone()));
    for command in [
        Command::Maintain { station: nowhere.clone(), until: None, reason: "thử".to_owned() },
        Command::Operate { station: nowhere, reason: "thử".to_owned() },
    ] {
        assert_eq!(world.command(t(1), command).command, Some(refused.clone()));
    }
    let station: domain::StationId = "tren".parse().unwrap();
    for command in [
        Command::Maintain { station: station.clone(), until: None, reason: " ".to_owned() },
        Command::Operate { station, reason: String::new() },
    ] {
        assert_eq!(world.command(t(1), command).command, Some(Err(CommandError::ReasonMissing)));
    }
    assert!(world.outcomes.iter().flat_map(|out| &out.health).all(|h| h.maintenance.is_none()));
}
