//! The topic for machines.

use domain::MessageKind;
use store::NoticeState::Delivered;

use crate::memory::{Memory, PostOffice, config};
use crate::samples::{draft, message, notice, topic};

const TOPIC: &str = "quantrac/v1/warning/song-kon";

#[tokio::test]
async fn a_message_is_retained_and_a_draft_is_not() {
    let issued = notice(message(1), "machines", topic(TOPIC));
    let waiting = draft(message(2), "machines", topic("quantrac/v1/duty"));
    let memory = Memory::with([issued, waiting]);
    let office = PostOffice::open(&memory, config());
    memory.until(|all| all.iter().all(|record| record.state == Delivered)).await;
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
async fn an_old_message_never_replaces_a_newer_one() {
    let newer = notice(message(2), "machines", topic(TOPIC));
    let memory = Memory::with([newer.clone()]);
    let office = PostOffice::open(&memory, config());
    memory.until_state(&newer.id, Delivered).await;
    let older = notice(message(1), "machines", topic(TOPIC));
    memory.plan([older.clone()]);
    office.wake();
    memory.until_state(&older.id, Delivered).await;
    let detail = memory.record(&older.id).history.pop().expect("a line").detail;
    assert_eq!(detail, "left out: message 2 is there already");
    assert_eq!(office.board.0.lock().unwrap().len(), 1);
    assert_eq!(newer.message_kind, MessageKind::Update);
}
