//! Notices on their way, and after a crash.

use domain::{Channel, Notice};

use super::*;
use crate::{NoticeEvent, NoticeState};

const AN: &str = "kon-1.1.m.an.email";

fn event(at: i64, state: NoticeState) -> NoticeEvent {
    NoticeEvent { at: Time::from_millis(at), state, detail: "so".to_owned(), next_try_at: None }
}

async fn warned(path: &Path) -> (Ledger, LedgerThread) {
    let (ledger, thread) = open(path);
    ledger.submit(message(&[("level", 1, 101.0)])).await.expect("committed");
    (ledger, thread)
}

fn due(ledger: &Ledger, at: i64) -> Vec<String> {
    let due = ledger.reader().due_notices(Time::from_millis(at), 10).expect("notices");
    due.into_iter().map(|record| record.notice.id).collect()
}

#[test]
fn lines_move_a_notice_forwards_only() {
    use NoticeState::*;
    let check = |lines: &[NoticeState], expected| {
        let end = lines.iter().fold(Waiting, |state, line| state.after(*line));
        assert_eq!(end, expected, "{lines:?}");
    };
    check(&[Sending, Sent, Delivered, Read, Confirmed], Confirmed);
    check(&[Sending, Waiting, Sending, Dead], Dead);
    check(&[Sending, Sent, Confirmed, Delivered], Confirmed);
    check(&[Sending, Sent, Read, Delivered, Waiting], Read);
    check(&[Sending, Sent, Escalated, Delivered], Escalated);
    check(&[Sending, Sent, Escalated, Confirmed], Confirmed);
    check(&[Escalated], Waiting);
    check(&[Dead, Escalated], Dead);
    check(&[Dead, Escalated, Settled], Settled);
    check(&[Dead, Waiting, Sending, Sent], Sent);
    check(&[Sending, Settled, Sent], Settled);
    check(&[Sending, Sent, Settled, Escalated, Confirmed], Confirmed);
    check(&[Confirmed, Settled], Confirmed);
}

#[tokio::test]
async fn a_notice_waits_is_tried_again_and_keeps_its_history() {
    let folder = tempfile::tempdir().expect("a folder");
    let (ledger, _thread) = warned(&folder.path().join("l.db")).await;
    assert_eq!(due(&ledger, 999_999), [""; 0]);
    assert_eq!(due(&ledger, 1_000_000), [AN]);
    let later = NoticeEvent {
        next_try_at: Some(Time::from_millis(1_060_000)),
        ..event(1_000_001, NoticeState::Waiting)
    };
    for line in [event(1_000_000, NoticeState::Sending), later, event(1, NoticeState::Escalated)] {
        ledger.note_notice(AN.to_owned(), line).await.expect("noted");
    }
    assert_eq!(due(&ledger, 1_059_999), [""; 0]);
    assert_eq!(due(&ledger, 1_060_000), [AN], "escalation does not stop it");
    let record = ledger.reader().notice(AN).expect("read").expect("a notice");
    assert_eq!((record.attempts, record.history.len()), (1, 3));
    let count = |state| ledger.reader().count_notices(state).expect("a count");
    assert_eq!((count(NoticeState::Waiting), count(NoticeState::Dead)), (1, 0));
    let overdue = ledger.reader().overdue_receipts(Time::from_millis(i64::MAX), 10).expect("read");
    assert_eq!(overdue, [], "it is escalated already");
}

#[tokio::test]
async fn a_notice_in_flight_is_due_again_only_after_a_restart() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("l.db");
    let (ledger, thread) = warned(&path).await;
    ledger.note_notice(AN.to_owned(), event(1, NoticeState::Sending)).await.expect("noted");
    assert_eq!(due(&ledger, 9_000_000), [""; 0]);
    drop(ledger);
    thread.stop().expect("stopped in order");
    let (ledger, _thread) = open(&path);
    assert_eq!(due(&ledger, 9_000_000), [AN]);
    ledger.note_notice(AN.to_owned(), event(2, NoticeState::Sending)).await.expect("noted");
    assert_eq!(due(&ledger, 9_000_000), [""; 0]);
}

/// Told about late, while it waits to be sent again: that must not look like being sent by this process.
#[tokio::test]
async fn a_notice_in_flight_at_a_crash_is_due_again_though_it_was_escalated_since() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("l.db");
    let (ledger, thread) = warned(&path).await;
    ledger.note_notice(AN.to_owned(), event(1, NoticeState::Sending)).await.expect("noted");
    drop(ledger);
    thread.stop().expect("stopped in order");
    let (ledger, _thread) = open(&path);
    ledger.note_notice(AN.to_owned(), event(2, NoticeState::Escalated)).await.expect("noted");
    assert_eq!(due(&ledger, 9_000_000), [AN]);
}

#[tokio::test]
async fn what_overtook_a_message_is_found_by_recipient_and_channel() {
    let folder = tempfile::tempdir().expect("a folder");
    let (ledger, _thread) = warned(&folder.path().join("l.db")).await;
    let reader = ledger.reader();
    let first = reader.notice(AN).expect("read").expect("a notice").notice;
    let topic = Channel::Mqtt { topic: "quantrac/v1/warning/kon".to_owned() };
    let on_topic = |number: u32, recipient: &str| Notice {
        id: format!("kon-1.m{number}.{recipient}.mqtt"),
        number,
        recipient: recipient.parse().expect("a name"),
        channel: topic.clone(),
        ..first.clone()
    };
    let mail = |number: u32, recipient: &str| Notice {
        id: format!("kon-1.m{number}.{recipient}.email"),
        channel: first.channel.clone(),
        ..on_topic(number, recipient)
    };
    let later =
        [mail(3, "an"), mail(4, "binh"), on_topic(5, "an"), on_topic(6, "binh"), mail(7, "an")];
    ledger.add_notices(later.to_vec()).await.expect("noted");
    let overtaken = |notice: &Notice| reader.overtaken_by(notice).expect("read");
    assert_eq!(overtaken(&first), None, "nothing left yet");
    for notice in &later[..4] {
        ledger.note_notice(notice.id.clone(), event(1, NoticeState::Sent)).await.expect("noted");
    }
    assert_eq!(
        overtaken(&first),
        Some(3),
        "not by what another person got, nor by what still waits"
    );
    assert_eq!(overtaken(&mail(3, "an")), None);
    assert_eq!(overtaken(&on_topic(2, "an")), Some(6), "a topic shows the last message to all");
    let newest: Vec<String> =
        reader.on_topics().expect("read").into_iter().map(|notice| notice.id).collect();
    assert_eq!(newest, [later[3].id.as_str()]);
}

#[tokio::test]
async fn a_receipt_that_does_not_come_is_overdue_until_confirmed_or_escalated() {
    let folder = tempfile::tempdir().expect("a folder");
    let (ledger, _thread) = warned(&folder.path().join("l.db")).await;
    let overdue = |at: i64| {
        let found = ledger.reader().overdue_receipts(Time::from_millis(at), 10).expect("notices");
        found.len()
    };
    assert_eq!(overdue(1_600_000), 0, "due at that instant, not before it");
    assert_eq!(overdue(1_600_001), 1);
    ledger.note_notice(AN.to_owned(), event(1, NoticeState::Sent)).await.expect("noted");
    assert_eq!(overdue(1_600_001), 1);
    ledger.note_notice(AN.to_owned(), event(1, NoticeState::Settled)).await.expect("noted");
    assert_eq!(overdue(1_600_001), 0, "nobody waits for it any more");
    ledger.note_notice(AN.to_owned(), event(1, NoticeState::Confirmed)).await.expect("noted");
    assert_eq!(overdue(1_600_001), 0);
    let record = ledger.reader().notice(AN).expect("read").expect("a notice");
    assert_eq!(record.state, NoticeState::Confirmed, "the link still works");
}

#[tokio::test]
async fn planning_the_same_notice_again_changes_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    let (ledger, _thread) = warned(&folder.path().join("l.db")).await;
    let reader = ledger.reader();
    ledger.note_notice(AN.to_owned(), event(1, NoticeState::Sent)).await.expect("noted");
    let first = reader.notice(AN).expect("read").expect("a notice");
    let message = first.notice.body.message();
    let next = gauge::notice(message, "binh", Time::from_millis(5));
    for _ in 0..2 {
        let both = vec![first.notice.clone(), next.clone()];
        ledger.add_notices(both).await.expect("noted");
    }
    let ids = |found: Vec<crate::NoticeRecord>| -> Vec<String> {
        found.into_iter().map(|record| record.notice.id).collect()
    };
    assert_eq!(ids(reader.notices(None, None, None, 9).expect("read")), [AN, &next.id]);
    assert_eq!(
        ids(reader.notices(Some(&next.warning), None, Some(AN), 9).expect("read")),
        [&*next.id]
    );
    assert_eq!(ids(reader.notices(None, Some(NoticeState::Sent), None, 9).expect("read")), [AN]);
    assert_eq!(reader.notice(AN).expect("read").expect("a notice"), first);
}

#[tokio::test]
async fn warnings_are_listed_newest_first_page_by_page() {
    let folder = tempfile::tempdir().expect("a folder");
    let (ledger, _thread) = warned(&folder.path().join("l.db")).await;
    let more = [("level", 2, 102.0), ("level", 3, 103.0)];
    ledger.submit(message(&more)).await.expect("committed");
    let reader = ledger.reader();
    let ids = |open, after: Option<&str>, limit| -> Vec<String> {
        let after = after.map(|id| id.parse().expect("a name"));
        let found = reader.warnings(open, after.as_ref(), limit).expect("warnings");
        found.into_iter().map(|warning| warning.id.to_string()).collect()
    };
    assert_eq!(ids(false, None, 2), ["kon-3", "kon-2"]);
    assert_eq!(ids(false, Some("kon-2"), 2), ["kon-1"]);
    assert_eq!(ids(true, None, 9), ["kon-3", "kon-1"]);
    let transitions = reader.transitions(0, 2).expect("transitions");
    assert_eq!(transitions.len(), 3, "an arrival is not cut in two");
}

#[tokio::test]
async fn a_cap_document_is_kept_as_first_published() {
    let folder = tempfile::tempdir().expect("a folder");
    let (ledger, _thread) = warned(&folder.path().join("l.db")).await;
    let document = |identifier: &str, xml: &str| crate::CapDocument {
        identifier: identifier.to_owned(),
        warning: "kon-1".parse().expect("a name"),
        sent_at: Time::from_millis(0),
        expires_at: Time::from_millis(1),
        title: "Lũ".to_owned(),
        xml: xml.to_owned(),
    };
    for (identifier, xml) in [("a", "<alert/>"), ("b", "<alert/>"), ("a", "<other/>")] {
        ledger.put_cap(document(identifier, xml)).await.expect("noted");
    }
    assert_eq!(ledger.reader().cap("a").expect("read"), Some(document("a", "<alert/>")));
    let caps = ledger.reader().caps(10).expect("read");
    assert_eq!(caps, [document("b", "<alert/>"), document("a", "<alert/>")]);
}

#[tokio::test]
async fn what_is_new_is_read_before_old_letters_that_nobody_takes() {
    let folder = tempfile::tempdir().expect("a folder");
    let (ledger, _thread) = warned(&folder.path().join("l.db")).await;
    let first = ledger.reader().notice(AN).expect("read").expect("a notice").notice;
    let to = |n: usize, channel: Channel| Notice {
        id: format!("kon-1.1.m.{n}.{}", channel.name()),
        channel,
        ..first.clone()
    };
    let mail = |n: usize| to(n, Channel::Email { address: format!("{n}@example.org") });
    let old: Vec<Notice> = (0..50).map(mail).collect();
    ledger.add_notices(old.clone()).await.expect("planned");
    for notice in &old {
        for state in [NoticeState::Sending, NoticeState::Waiting] {
            ledger.note_notice(notice.id.clone(), event(1_000_000, state)).await.expect("noted");
        }
    }
    let siren = to(100, Channel::Mqtt { topic: "quantrac/v1/warning/kon".to_owned() });
    let new = [siren, to(101, Channel::Cap), mail(102)];
    ledger.add_notices(new.to_vec()).await.expect("planned");
    let found = due(&ledger, 1_000_001);
    assert_eq!(found.len(), 10);
    assert!(new.iter().all(|notice| found.contains(&notice.id)), "{found:?}");
    let ordered = ledger.reader().due_notices(Time::from_millis(1_000_001), 1_000).expect("read");
    assert_eq!(ordered.len(), 54);
    assert_eq!(ordered[53].notice.id, new[2].id, "in their order");
}
