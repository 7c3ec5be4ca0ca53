//! No receipt: the next in line is told, once, and nobody is told needlessly.

use delivery::{Contact, Outbox};
use domain::{Notice, Realm, Span, Time, Warning, WarningState};
use store::NoticeState::{Confirmed, Dead, Delivered, Escalated, Sent, Settled};
use store::{NoticeEvent, NoticeState};

use crate::capture::Receiver;
use crate::memory::{Memory, PostOffice, config, people};
use crate::samples::{contact, draft, message, notice, of_realm, topic, webhook};

/// A receipt was due a moment after it was planned, in November 2025.
fn impatient(notice: Notice, next: &str) -> Notice {
    Notice {
        receipt_by: Some(notice.planned_at + Span::minutes(15)),
        escalate_to: Some(next.parse().expect("a name")),
        ..notice
    }
}

fn deputy(address: &str) -> Contact {
    contact(&[webhook(&format!("{address}/deputy")), topic("quantrac/v1/deputy")])
}

#[tokio::test]
async fn the_next_in_line_is_told_once_and_has_as_long_for_a_receipt() {
    let (receiver, address) = Receiver::start().await;
    let first =
        impatient(notice(message(1), "chair", webhook(&format!("{address}/chair"))), "deputy");
    let memory = Memory::with([first.clone()]);
    let people = people(&[("deputy", deputy(&address))], &[]);
    let office = PostOffice::with_people(&memory, config(), people);
    let line = memory.until_line(&first.id, Escalated).await;
    memory.until_state("song-kon-20251119t0300.m1.deputy.webhook", Delivered).await;
    memory.until_state("song-kon-20251119t0300.m1.deputy.mqtt", Sent).await;
    memory.until_line(&first.id, Delivered).await;
    office.stop().await;

    let next = memory.record("song-kon-20251119t0300.m1.deputy.webhook").notice;
    assert_eq!(next.receipt_by, Some(next.planned_at + Span::minutes(15)));
    assert_eq!(next.recipient_name, "Phó Trưởng ban");
    assert_eq!(next.body, first.body);
    let topic = memory.record("song-kon-20251119t0300.m1.deputy.mqtt").notice;
    assert_eq!(topic.receipt_by, None, "a topic gives no receipts");
    assert_eq!(memory.all().len(), 3);
    assert_eq!(receiver.calls("deputy").len(), 1);
    assert!(line.detail.contains("deputy.webhook"), "{}", line.detail);
}

#[tokio::test]
async fn a_recipient_who_cannot_be_reached_is_replaced_at_once() {
    let (receiver, address) = Receiver::start().await;
    receiver.answer("chair", &[(410, None)]);
    let planned = notice(message(1), "chair", webhook(&format!("{address}/chair")));
    let far = Time::from_millis(i64::MAX / 2);
    let first = Notice { receipt_by: Some(far), ..impatient(planned, "deputy") };
    let memory = Memory::with([first.clone()]);
    let people = people(&[("deputy", deputy(&address))], &[]);
    let _office = PostOffice::with_people(&memory, config(), people);
    memory.until_state("song-kon-20251119t0300.m1.deputy.webhook", Delivered).await;
    memory.until(|all| all[0].history.iter().any(|event| event.state == Escalated)).await;
    assert_eq!(memory.record(&first.id).state, Dead, "it stays visible as given up");
}

#[tokio::test]
async fn who_confirmed_by_one_channel_need_not_by_the_other() {
    let (_receiver, address) = Receiver::start().await;
    let url = format!("{address}/chair");
    let by_hook = impatient(notice(message(1), "chair", webhook(&url)), "deputy");
    let mut by_mail =
        impatient(notice(message(1), "chair", crate::samples::email("a@b.vn")), "deputy");
    by_mail.receipt_by = None;
    let memory = Memory::with([by_mail.clone(), by_hook.clone()]);
    for state in [Sent, Confirmed] {
        let at = memory.now();
        let line = NoticeEvent { at, state, detail: String::new(), next_try_at: None };
        memory.note(&by_mail.id, line).await.expect("a line");
    }
    let people = people(&[("deputy", deputy(&address))], &[]);
    let office = PostOffice::with_people(&memory, config(), people);
    memory.until_state(&by_hook.id, Confirmed).await;
    office.stop().await;
    assert_eq!(memory.all().len(), 2, "nobody else was told");
}

#[tokio::test]
async fn a_draft_that_was_decided_is_not_escalated_and_one_that_waits_is() {
    let check = async |decided: bool, expected: NoticeState| {
        let (_receiver, address) = Receiver::start().await;
        let url = format!("{address}/duty");
        let asked = impatient(draft(message(1), "duty", webhook(&url)), "deputy");
        let memory = Memory::with([asked.clone()]);
        *memory.warning.lock().unwrap() = Some(warning(decided));
        let people = people(&[("deputy", deputy(&address))], &[]);
        let _office = PostOffice::with_people(&memory, config(), people);
        memory.until_line(&asked.id, expected).await;
        let confirmed = memory.record(&asked.id).history.iter().any(|e| e.state == Confirmed);
        assert!(!confirmed, "only a person confirms");
        let told = memory.all().iter().any(|r| r.notice.recipient.as_str() == "deputy");
        assert_eq!(told, !decided);
    };
    check(true, Settled).await;
    check(false, Escalated).await;
}

/// A draft has another number than the message it will be, and gets a new one whenever its values are brought up to date.
#[tokio::test]
async fn a_draft_is_escalated_as_long_as_it_waits_whatever_its_number_is() {
    let (_receiver, address) = Receiver::start().await;
    let planned = draft(message(1), "duty", webhook(&format!("{address}/duty")));
    let old = impatient(planned.clone(), "deputy");
    let asked = Notice { id: planned.id.replace(".d1.", ".d2."), ..old.clone() };
    let memory = Memory::with([old.clone(), asked.clone()]);
    let mut waits = warning(false);
    waits.draft.as_mut().expect("a draft").number = 5;
    *memory.warning.lock().unwrap() = Some(waits);
    let people = people(&[("deputy", deputy(&address))], &[]);
    let _office = PostOffice::with_people(&memory, config(), people);
    memory.until_line(&asked.id, Escalated).await;
    memory.until_line(&old.id, Settled).await;
}

#[tokio::test]
async fn an_exercise_escalates_only_among_players() {
    let check = async |realm| {
        let (receiver, address) = Receiver::start().await;
        let url = format!("{address}/player");
        let first = impatient(notice(of_realm(realm), "player", webhook(&url)), "deputy");
        let memory = Memory::with([first.clone()]);
        let actual = deputy(&address);
        let people = people(&[("deputy", actual)], &[("player", contact(&[webhook(&url)]))]);
        let _office = PostOffice::with_people(&memory, config(), people);
        let line = memory.until_line(&first.id, Escalated).await;
        assert!(line.detail.contains("'deputy' cannot be reached"), "{}", line.detail);
        assert_eq!(memory.all().len(), 1);
        assert!(receiver.calls("deputy").is_empty());
    };
    check(Realm::Exercise).await;
    check(Realm::Test).await;
}

fn warning(decided: bool) -> Warning {
    let message = message(1);
    let draft = domain::Draft {
        number: 1,
        kind: message.kind,
        level: message.level,
        provisional: false,
        late: false,
        drafted_at: message.sent_at,
        auto_at: None,
        text: message.text.clone(),
        evidence: Vec::new(),
    };
    Warning {
        id: message.warning,
        episode: "song-kon".parse().expect("a name"),
        episode_name: "Sông Kôn".to_owned(),
        hazard: message.hazard,
        realm: message.realm,
        state: if decided { WarningState::Issued } else { WarningState::Draft },
        level: message.level,
        provisional: false,
        onset: message.onset,
        drafted_at: message.sent_at,
        changed_at: message.sent_at,
        draft: (!decided).then_some(draft),
        messages: u32::from(decided),
        peak: None,
        log: Vec::new(),
    }
}

#[tokio::test]
async fn the_next_in_line_is_told_by_every_address_and_on_the_topic_of_the_episode() {
    let (receiver, address) = Receiver::start().await;
    let first =
        impatient(notice(message(1), "chair", webhook(&format!("{address}/chair"))), "deputy");
    let memory = Memory::with([first.clone()]);
    let ways = [
        webhook(&format!("{address}/one")),
        topic("quantrac/v1/warning/{episode}"),
        webhook(&format!("{address}/two")),
    ];
    let people = people(&[("deputy", contact(&ways))], &[]);
    let office = PostOffice::with_people(&memory, config(), people);
    memory.until(|all| all.len() == 4 && all[1..].iter().all(|r| r.attempts == 1)).await;
    memory.until_state("song-kon-20251119t0300.m1.deputy.webhook-2", Delivered).await;
    office.stop().await;
    assert_eq!((receiver.calls("one").len(), receiver.calls("two").len()), (1, 1));
    assert_eq!(topics_planned(&memory), ["quantrac/v1/warning/song-kon"]);
}

fn topics_planned(memory: &Memory) -> Vec<String> {
    let topic = |record: store::NoticeRecord| match record.notice.channel {
        domain::Channel::Mqtt { topic } => Some(topic),
        _ => None,
    };
    memory.all().into_iter().filter_map(topic).collect()
}
