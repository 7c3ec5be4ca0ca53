//! Drills cannot leak: whatever the plan says, an exercise or a test reaches exercise addresses only.

use std::collections::BTreeSet;

use domain::{Channel, Notice, Realm};
use proptest::prelude::*;
use store::NoticeState::{Dead, Sent};

use crate::memory::{Memory, PostOffice, config, people};
use crate::samples::{contact, notice, of_realm, topic};

/// Recipients 0–4 of both directories have the same names; their addresses differ, and some have none.
fn address(actual: bool, n: u8) -> Channel {
    topic(&format!("{}/{n}", if actual { "actual" } else { "player" }))
}

fn plan() -> impl Strategy<Value = Vec<(u8, Realm, u8, bool)>> {
    let realm = prop_oneof![Just(Realm::Actual), Just(Realm::Exercise), Just(Realm::Test)];
    proptest::collection::vec((0u8..5, realm, 0u8..5, any::<bool>()), 1..12)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    /// The plan is as wrong as it can be: any address, of either audience, for any realm.
    #[test]
    fn an_exercise_never_reaches_an_actual_address(plan in plan(), known in 0u8..6) {
        let runtime = tokio::runtime::Runtime::new().expect("a runtime");
        runtime.block_on(never_leaks(plan, known));
    }
}

async fn never_leaks(plan: Vec<(u8, Realm, u8, bool)>, known: u8) {
    let notices: Vec<Notice> = plan
        .iter()
        .enumerate()
        .map(|(n, (recipient, realm, owner, actual))| {
            let planned =
                notice(of_realm(*realm), &format!("r{recipient}"), address(*actual, *owner));
            Notice { id: format!("{n}.{}", planned.id), ..planned }
        })
        .collect();
    let names: Vec<String> = (0..known).map(|n| format!("r{n}")).collect();
    let directory = |actual: bool| -> Vec<(&str, delivery::Contact)> {
        let contact = |n: usize| contact(&[address(actual, n as u8)]);
        names.iter().enumerate().map(|(n, name)| (name.as_str(), contact(n))).collect()
    };
    let memory = Memory::with(notices);
    let people = people(&directory(true), &directory(false));
    let office = PostOffice::with_people(&memory, config(), people);
    memory.until(|all| all.iter().all(|r| matches!(r.state, Sent | Dead))).await;

    for (topic, body, _) in office.board.0.lock().unwrap().iter() {
        if body["realm"] != "actual" {
            assert!(topic.starts_with("player/"), "{topic} got {body}");
            let subject = body["subject"].as_str().expect("a text");
            assert!(subject.starts_with("[DIỄN TẬP] ") || subject.starts_with("[THỬ NGHIỆM] "));
            let description =
                body["message"]["text"]["vi"]["description"].as_str().expect("a text");
            assert!(description.starts_with("ĐÂY LÀ"), "{description}");
        }
    }
    let wrong = |record: &store::NoticeRecord| {
        let Channel::Mqtt { topic } = &record.notice.channel else { unreachable!("only topics") };
        let own = topic.strip_prefix("player/").map(|n| format!("r{n}"));
        let listed =
            own.is_some_and(|own| own == record.notice.recipient.as_str() && names.contains(&own));
        record.notice.realm != Realm::Actual && !listed
    };
    let refused: BTreeSet<String> =
        memory.all().into_iter().filter(wrong).map(|r| r.notice.id).collect();
    let dead: BTreeSet<String> =
        memory.all().into_iter().filter(|r| r.state == Dead).map(|r| r.notice.id).collect();
    assert_eq!(dead, refused, "every wrong address is a visible dead letter, and only those");
}

/// Notice and message contradict each other: only damage can do that, and it must not become a real warning.
#[tokio::test]
async fn a_contradiction_counts_as_the_less_real() {
    for (of_notice, of_message) in
        [(Realm::Actual, Realm::Exercise), (Realm::Exercise, Realm::Actual)]
    {
        let planned = Notice {
            realm: of_notice,
            ..notice(of_realm(of_message), "chair", topic("actual/chair"))
        };
        let memory = Memory::with([planned.clone()]);
        let chair = contact(&[topic("actual/chair")]);
        let office = PostOffice::with_people(&memory, config(), people(&[("chair", chair)], &[]));
        memory.until_state(&planned.id, Dead).await;
        assert!(office.board.0.lock().unwrap().is_empty());
    }
}

/// The directory of exercises names a real topic: a drill would take the place of what is in force.
#[tokio::test]
async fn a_drill_never_takes_the_place_of_a_real_warning_on_its_topic() {
    let check = async |configured: &str, planned: &str, expected| {
        for realm in [Realm::Exercise, Realm::Test] {
            let told = notice(of_realm(realm), "machines", topic(planned));
            let memory = Memory::with([told.clone()]);
            let machines = contact(&[topic(configured)]);
            let people = people(&[], &[("machines", machines)]);
            let _office = PostOffice::with_people(&memory, config(), people);
            memory.until_state(&told.id, expected).await;
        }
    };
    check("quantrac/v1/exercise/{episode}", "quantrac/v1/exercise/song-kon", Sent).await;
    check("quantrac/v1/exercise/{episode}", "quantrac/v1/exercise/song-ha", Dead).await;
    check("quantrac/v1/warning/{episode}", "quantrac/v1/warning/song-kon", Dead).await;
}
