//! A message without a time that is sent again for want of an acknowledgement counts once.
#![allow(clippy::unwrap_used, reason = "a test may fail")]

mod common;

use common::{World, t};

const RAIN: &str = r#"{"readings":{"rain":0.2}}"#;

#[test]
fn only_the_same_message_sent_again_soon_is_a_repetition() {
    let check = |minute: i64, again: bool, payload: &str, expected: u32| {
        let mut world = World::actual();
        world.send(t(0), "tren", RAIN);
        let out = if again {
            world.send_again(t(minute), "tren", payload).clone()
        } else {
            world.send(t(minute), "tren", payload).clone()
        };
        assert!(expected == 0 || out.readings.is_empty(), "nothing is counted twice");
        assert_eq!(out.duplicates, expected, "{minute} {again} {payload}");
    };
    check(1, true, RAIN, 1);
    check(1, false, RAIN, 0);
    check(11, true, RAIN, 0);
    check(1, true, r#"{"readings":{"rain":0.4}}"#, 0);
}

#[test]
fn a_repetition_is_known_after_a_restart_and_behind_others_that_were_on_their_way_with_it() {
    let mut world = World::actual();
    world.send(t(0), "tren", RAIN);
    world.restart();
    assert_eq!(world.send_again(t(1), "tren", RAIN).duplicates, 1);
    world.send(t(2), "tren", r#"{"readings":{"rain":0.4}}"#);
    assert_eq!(world.send_again(t(3), "tren", RAIN).duplicates, 1);
    assert_eq!(world.send(t(4), "tren", RAIN).duplicates, 0, "sent anew, it counts");
}
