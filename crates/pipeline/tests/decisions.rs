//! Whatever people decided about the last flood, the next one is told.
#![allow(clippy::unwrap_used, reason = "a test may fail")]

mod common;

use common::{World, pack_with, stage, t};
use domain::{Command, Level, Realm, Span, Warning, WarningState};
use proptest::prelude::*;

/// What the duty officer does after a message, if anything can be done.
#[derive(Debug, Clone, Copy)]
enum Act {
    Nothing,
    Confirm,
    Reject,
    End,
    Cancel,
}

fn acts() -> impl Strategy<Value = Act> {
    prop_oneof![
        12 => Just(Act::Nothing),
        2 => Just(Act::Confirm),
        2 => Just(Act::Reject),
        1 => Just(Act::End),
        1 => Just(Act::Cancel),
    ]
}

fn act(world: &World, act: Act) -> Option<Command> {
    let warnings = world.warnings("song");
    let draft = warnings.iter().rfind(|warning| warning.draft.is_some());
    let draft = draft.map(|warning| (warning.id.clone(), warning.draft.as_ref().unwrap().number));
    let issued = warnings.iter().rfind(|warning| warning.state == WarningState::Issued);
    let issued = issued.map(|warning| warning.id.clone());
    let reason = "vì thế".to_owned();
    Some(match act {
        Act::Nothing => return None,
        Act::Confirm => {
            let (warning, draft) = draft?;
            Command::Confirm { warning, draft, text: None, remark: None }
        }
        Act::Reject => {
            let (warning, draft) = draft?;
            Command::Reject { warning, draft, reason }
        }
        Act::End => Command::End { warning: issued?, reason },
        Act::Cancel => Command::Cancel { warning: issued?, reason },
    })
}

fn hurried() -> domain::PackFiles {
    let from = "hazard = \"flood\"\nlevel = 1\nexpires_after = \"30d\"";
    let to = "hazard = \"flood\"\nlevel = 1\nauto_issue_after = \"20min\"\nauto_end_after = \"30min\"\nexpires_after = \"1h\"";
    pack_with(&[("policy.toml", from, to)])
}

fn says_three(warning: &&Warning) -> bool {
    let waits = warning.draft.as_ref().is_some_and(|draft| draft.level == Level(3));
    waits || warning.state == WarningState::Issued && warning.level == Level(3)
}

type Step = (i32, bool, Act);

/// A level that wanders with spikes, decided about at random; restarted every so many messages.
fn run(steps: &[Step], restart_every: usize) -> (World, i32, i64) {
    let mut world = World::new(Realm::Actual, hurried());
    let (mut level, mut minute) = (580i32, 0);
    for (index, (step, spike, decision)) in steps.iter().enumerate() {
        if index % restart_every == restart_every - 1 {
            world.restart();
        }
        level = (level + step).clamp(500, 900);
        let seen = if *spike { level + 350 } else { level };
        world.stage(minute, f64::from(seen) / 100.0);
        world.send(t(minute), "duoi", &stage(minute, f64::from(level) / 200.0));
        if let Some(command) = act(&world, *decision) {
            world.command(t(minute) + Span::seconds(30), command);
        }
        minute += 1;
    }
    (world, level, minute)
}

fn nights() -> impl Strategy<Value = Vec<Step>> {
    prop::collection::vec((-16i32..18, prop::bool::weighted(0.06), acts()), 40..160)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_decision_about_one_flood_silences_the_next(steps in nights()) {
        let (mut world, level, mut minute) = run(&steps, usize::MAX);
        // It falls below every level, and rises once more.
        let fall = (500..level).rev().step_by(15).chain([500; 20]);
        for level in fall.chain((500..830).step_by(15)) {
            world.stage(minute, f64::from(level) / 100.0);
            minute += 1;
        }
        let warnings = world.warnings("song");
        prop_assert!(warnings.iter().any(says_three), "{:#?}", warnings.last());
    }

    #[test]
    fn a_restart_forgets_no_decision(steps in nights(), every in 2usize..12) {
        let (plain, ..) = run(&steps, usize::MAX);
        let (restarted, ..) = run(&steps, every);
        prop_assert_eq!(restarted.record("flood"), plain.record("flood"));
    }
}
