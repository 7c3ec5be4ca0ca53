//! The topic for machines.

use domain::MessageKind;
use store::NoticeState::{Sent, Settled};

use crate::memory::{Memory, PostOffice, config};
use crate::samples::{draft, message, notice, topic};

const TOPIC: &str = "quantrac/v1/warning/song-kon";

#[tokio::test]
async fn a_message_is_retained_and_a_draft_is_not() {
    let issued = notice(message(1), "machines", topic(TOPIC));
    let waiting = draft(message(2), "machines", topic("quantrac/v1/duty"));
    let memory = Memory::with([issued, waiting]);
    let office = PostOffice::open(&memory, config());
    memory.until(|all| all.iter().all(|record| record.state == Sent)).await;
    let mut published = office.board.0.lock().unwrap().clone();
    published.sort_by_key(|(topic, ..)| topic.clone());
    let [(duty, draft, kept), (warning, message, retained)] = &published[..] else {
        panic!("{published:?}");
    };
    assert_eq!((duty.as_str(), *kept), ("quantrac/v1/duty", false));
    assert_eq!((warning.as_str(), *retained), (TOPIC, true));
    assert_eq!((&draft["kind"], &message["kind"]), (&"confirm".into(), &"message".into()));
    assert_eq!(message["receipt"], serde_json::Value::Null, "a topic is read by many");
}

#[tokio::test]
async fn what_ends_or_takes_back_a_warning_states_no_level() {
    for kind in [MessageKind::Update, MessageKind::End, MessageKind::Cancel] {
        let said = domain::WarningMessage { kind, ..message(2) };
        let told = notice(said, "machines", topic(TOPIC));
        let memory = Memory::with([told.clone()]);
        let office = PostOffice::open(&memory, config());
        memory.until_state(&told.id, Sent).await;
        let published = office.board.0.lock().unwrap().clone();
        let expected = if kind == MessageKind::Update { 3 } else { 0 };
        assert_eq!(published[0].1["message"]["level"], expected, "{kind:?}");
    }
}

#[tokio::test]
async fn an_old_message_never_replaces_a_newer_one() {
    let newer = notice(message(2), "machines", topic(TOPIC));
    let memory = Memory::with([newer.clone()]);
    let office = PostOffice::open(&memory, config());
    memory.until_state(&newer.id, Sent).await;
    let older = notice(message(1), "machines", topic(TOPIC));
    memory.plan([older.clone()]);
    office.wake();
    memory.until_state(&older.id, Settled).await;
    let detail = memory.record(&older.id).history.pop().expect("a line").detail;
    assert_eq!(detail, "left out: message 2 is there already");
    assert_eq!(office.board.0.lock().unwrap().len(), 1);
    assert_eq!(newer.message_kind, MessageKind::Update);
}

/// The broker keeps retained messages in memory only.
#[tokio::test]
async fn after_a_start_what_is_in_force_stands_on_its_topic_again_and_nothing_is_noted() {
    let before = notice(message(2), "machines", topic(TOPIC));
    let memory = Memory::with([before.clone()]);
    let line = |state| store::NoticeEvent {
        at: before.planned_at,
        state,
        detail: String::new(),
        next_try_at: None,
    };
    for state in [store::NoticeState::Sending, Sent] {
        delivery::Outbox::note(&*memory, &before.id, line(state)).await.expect("a line");
    }
    *memory.standing.lock().unwrap() = vec![before.clone()];
    let next = notice(message(3), "machines", topic(TOPIC));
    memory.plan([next.clone()]);
    let office = PostOffice::open(&memory, config());
    memory.until_state(&next.id, Sent).await;
    let published = office.board.0.lock().unwrap().clone();
    let numbers: Vec<_> =
        published.iter().map(|(_, body, kept)| (body["number"].as_u64(), *kept)).collect();
    assert_eq!(numbers, [(Some(2), true), (Some(3), true)], "the old first, then the new");
    assert_eq!(memory.record(&before.id).history.len(), 2);
}
