//! The highest value of a flood follows what comes late and what the station corrects.
#![allow(clippy::unwrap_used, reason = "a test may fail")]

mod common;

use common::{World, stage, t};
use domain::{AlarmState, Level};

/// A flood that rises past BĐ1 to 7.0 m by minute 30.
fn flood() -> World {
    let mut world = World::actual();
    for minute in 0..=30 {
        world.stage(minute, 5.0 + 2.0 * f64::from(i32::try_from(minute).unwrap()) / 30.0);
    }
    world
}

fn highest(world: &World) -> f64 {
    world.alarm("stage", "tren").unwrap().highest.as_ref().unwrap().value
}

fn peak(world: &World) -> f64 {
    world.warnings("song").last().unwrap().peak.as_ref().unwrap().value
}

#[test]
fn a_crest_that_comes_late_is_the_crest() {
    let mut world = flood();
    for minute in 32..45 {
        world.stage(minute, 7.05);
    }
    world.tick(t(50));
    assert!(highest(&world) < 7.1);
    world.send(t(51), "tren", &stage(31, 7.15));
    assert_eq!((highest(&world), peak(&world)), (7.15, 7.15));
}

#[test]
fn a_correction_of_the_newest_value_takes_its_crest_back() {
    let mut world = flood();
    world.stage(31, 8.05);
    world.send(t(31), "tren", &stage(31, 7.05));
    let stages = world.transitions("stage");
    assert_eq!(stages.last().unwrap().to, AlarmState::Level(Level(2)), "{stages:?}");
    assert!(stages.iter().all(|change| !change.late), "a correction is not late");
    assert!(highest(&world) < 7.1);
    world.stage(32, 7.1);
    assert_eq!(world.transitions("stage").last().unwrap().to, AlarmState::Level(Level(2)));
}
