//! Webhooks on bad days.

use std::time::{SystemTime, UNIX_EPOCH};

use delivery::DeliveryConfig;
use domain::{Notice, Span};
use store::NoticeState::{Dead, Delivered, Sending, Settled, Waiting};

use crate::capture::{Receiver, cutter};
use crate::memory::{Memory, PostOffice, RECEIPT_KEY, config};
use crate::samples::{message, notice, webhook};

fn to(recipient: &str, url: &str) -> Notice {
    notice(message(1), recipient, webhook(url))
}

#[tokio::test]
async fn a_call_is_signed_and_names_its_notice() {
    let (receiver, address) = Receiver::start().await;
    let planned = to("rescue", &format!("{address}/a"));
    let memory = Memory::with([planned.clone()]);
    let _office = PostOffice::open(&memory, config());
    memory.until_state(&planned.id, Delivered).await;

    let calls = receiver.calls("a");
    let call = &calls[0];
    assert_eq!(calls.len(), 1);
    assert!(call.is_signed_with("secret of hook"));
    assert!(!call.is_signed_with("another secret"));
    assert_eq!(call.header("quantrac-id"), planned.id);
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
    assert!(now.abs_diff(call.header("quantrac-timestamp").parse().unwrap()) < 60);
    let body = call.json();
    assert_eq!(body["realm"], "actual");
    assert_eq!(body["kind"], "message");
    assert_eq!(body["message"]["text"]["vi"]["headline"], message(1).text.vi.headline);
    let token = store::receipt::receipt_token(RECEIPT_KEY, &planned.id);
    assert_eq!(body["receipt"], format!("https://canh-bao.example/r/{}/{token}", planned.id));
}

#[tokio::test]
async fn what_fails_is_repeated_under_the_same_id_until_it_is_taken() {
    let (receiver, address) = Receiver::start().await;
    receiver.answer("a", &[(500, None), (429, Some("0")), (404, None), (302, Some("/elsewhere"))]);
    let planned = to("rescue", &format!("{address}/a"));
    let memory = Memory::with([planned.clone()]);
    let _office = PostOffice::open(&memory, config());
    memory.until_state(&planned.id, Delivered).await;

    let calls = receiver.calls("a");
    assert_eq!(calls.len(), 5);
    assert!(calls.iter().all(|call| call.header("quantrac-id") == planned.id));
    assert!(calls.iter().all(|call| call.is_signed_with("secret of hook")));
    assert!(receiver.calls("elsewhere").is_empty(), "a redirect is not followed");
    let record = memory.record(&planned.id);
    let states: Vec<_> = record.history.iter().map(|event| event.state).collect();
    let expected = [Sending, Waiting].repeat(4).into_iter().chain([Sending, Delivered]);
    assert_eq!(states, expected.collect::<Vec<_>>());
    assert!(record.history[1].detail.contains("500"), "{:?}", record.history[1]);
}

/// The first message fails while the second gets through to one of two recipients.
#[tokio::test]
async fn an_old_message_does_not_arrive_after_a_newer_one() {
    let (receiver, address) = Receiver::start().await;
    receiver.answer("a", &[(503, Some("1")), (200, None)]);
    receiver.answer("b", &[(503, Some("1")), (503, Some("3600"))]);
    let call =
        |number: u32, to: &str| notice(message(number), to, webhook(&format!("{address}/{to}")));
    let (old, kept) = (call(1, "a"), call(1, "b"));
    let memory = Memory::with([old.clone(), kept.clone()]);
    let office = PostOffice::open(&memory, config());
    memory.until(|all| all.iter().all(|r| r.state == Waiting && r.attempts == 1)).await;
    memory.plan([call(2, "a")]);
    office.wake();
    let line = memory.until_line(&old.id, Settled).await;
    assert_eq!(line.detail, "left out: message 2 is there already");
    // The other one has nothing newer.
    memory.until(|all| all[1].attempts == 2 && all[1].state == Waiting).await;
    let numbers: Vec<_> = receiver.calls("a").iter().map(|c| c.json()["number"].clone()).collect();
    assert_eq!(numbers, [1, 2]);
}

/// Given up an hour ago, tried again by a person: it has its whole time again.
#[tokio::test]
async fn what_was_given_up_can_be_tried_again() {
    let (receiver, address) = Receiver::start().await;
    receiver.answer("a", &[(410, None), (500, None)]);
    let planned = to("rescue", &format!("{address}/a"));
    let memory = Memory::with([planned.clone()]);
    let mut config = config();
    config.retry.give_up_after = Span::minutes(1);
    let office = PostOffice::open(&memory, config);
    memory.until_state(&planned.id, Dead).await;
    memory.age(&planned.id, Span::hours(1));
    let at = delivery::Outbox::now(&*memory);
    let detail = "tried again by truc".to_owned();
    let again = store::NoticeEvent { at, state: Waiting, detail, next_try_at: None };
    delivery::Outbox::note(&*memory, &planned.id, again).await.expect("a line");
    office.wake();
    memory.until_state(&planned.id, Delivered).await;
    assert_eq!(receiver.calls("a").len(), 3);
}

#[tokio::test]
async fn retry_after_is_honoured() {
    let (receiver, address) = Receiver::start().await;
    receiver.answer("a", &[(503, Some("1800"))]);
    receiver.answer("b", &[(429, Some("Sat, 01 Jan 2400 00:00:00 GMT"))]);
    let planned = [to("a", &format!("{address}/a")), to("b", &format!("{address}/b"))];
    let memory = Memory::with(planned.clone());
    let _office = PostOffice::open(&memory, config());
    memory.until(|all| all.iter().all(|r| r.attempts == 1 && r.state == Waiting)).await;
    let wait = |n: usize| {
        let record = memory.record(&planned[n].id);
        record.next_try_at.expect("a time") - record.history[1].at
    };
    assert_eq!(wait(0), Span::minutes(30));
    assert_eq!(wait(1), Span::hours(1), "nobody can ask for more than an hour");
}

#[tokio::test]
async fn a_receiver_that_is_gone_is_a_visible_dead_letter() {
    let (receiver, address) = Receiver::start().await;
    receiver.answer("a", &[(410, None)]);
    let planned = to("rescue", &format!("{address}/a"));
    let memory = Memory::with([planned.clone()]);
    let _office = PostOffice::open(&memory, config());
    memory.until_state(&planned.id, Dead).await;
    assert_eq!(receiver.calls("a").len(), 1);
    let last = memory.record(&planned.id).history.pop().expect("a line");
    assert_eq!(last.detail, "the receiver answered 410");
}

#[tokio::test]
async fn what_never_works_is_given_up_with_the_reason() {
    let url = cutter().await;
    let planned = to("rescue", &url);
    let memory = Memory::with([planned.clone()]);
    let mut config = config();
    config.retry.give_up_after = Span::from_millis(200);
    let _office = PostOffice::open(&memory, config);
    memory.until_state(&planned.id, Dead).await;
    let record = memory.record(&planned.id);
    assert!(record.attempts >= 3, "{record:?}");
    let last = &record.history.last().expect("a line").detail;
    assert!(last.starts_with("given up after"), "{last}");
}

/// One place per kind of channel, one receiver that never answers, one that cuts: the rest is told before
/// the first time-out has passed.
#[tokio::test]
async fn dead_recipients_hold_up_nobody_else() {
    let (receiver, address) = Receiver::start().await;
    receiver.answer("hangs", &[(0, None); 100]);
    let cut = cutter().await;
    let planned: Vec<Notice> = [("a-hangs", "hangs"), ("b", "one"), ("c", "two"), ("d", "three")]
        .iter()
        .map(|(recipient, path)| to(recipient, &format!("{address}/{path}")))
        .chain([to("e-cut", &cut)])
        .collect();
    let memory = Memory::with(planned.clone());
    let config = DeliveryConfig { parallel: 2, webhook_timeout: Span::minutes(1), ..config() };
    let _office = PostOffice::open(&memory, config);
    for told in &planned[1..4] {
        memory.until_state(&told.id, Delivered).await;
    }
    assert_eq!(memory.record(&planned[0].id).state, Sending, "it still hangs");
}

#[tokio::test]
async fn a_receiver_that_hangs_is_tried_again() {
    let (receiver, address) = Receiver::start().await;
    receiver.answer("hangs", &[(0, None)]);
    let planned = to("rescue", &format!("{address}/hangs"));
    let memory = Memory::with([planned.clone()]);
    let _office = PostOffice::open(&memory, config());
    memory.until_state(&planned.id, Delivered).await;
    let record = memory.record(&planned.id);
    assert_eq!(record.history[1].detail, "the receiver did not answer in time");
    assert_eq!(record.attempts, 2);
}

#[tokio::test]
async fn one_receiver_gets_one_message_at_a_time_in_order() {
    let (receiver, address) = Receiver::start().await;
    let url = format!("{address}/a");
    let planned: Vec<Notice> =
        (1..=9).map(|n| notice(message(n), "rescue", webhook(&url))).collect();
    let memory = Memory::with(planned.clone());
    let office = PostOffice::open(&memory, config());
    office.wake();
    memory.until(|all| all.iter().all(|record| record.state == Delivered)).await;
    let ids: Vec<String> =
        receiver.calls("a").iter().map(|call| call.header("quantrac-id")).collect();
    assert_eq!(ids, planned.iter().map(|notice| notice.id.clone()).collect::<Vec<_>>());
}

#[tokio::test]
async fn nothing_is_sent_that_cannot_be_noted_first() {
    let (receiver, address) = Receiver::start().await;
    let planned = to("rescue", &format!("{address}/a"));
    let memory = Memory::with([planned.clone()]);
    *memory.refused.lock().unwrap() = Some(Sending);
    let office = PostOffice::open(&memory, config());
    memory.until(|_| *memory.refusals.lock().unwrap() >= 3).await;
    assert!(receiver.calls("a").is_empty());
    *memory.refused.lock().unwrap() = None;
    memory.until_state(&planned.id, Delivered).await;
    assert_eq!(receiver.calls("a").len(), 1);
    office.stop().await;
}

#[tokio::test]
async fn a_store_that_cannot_write_after_sending_does_not_make_it_send_twice() {
    let (receiver, address) = Receiver::start().await;
    let planned = to("rescue", &format!("{address}/a"));
    let memory = Memory::with([planned.clone()]);
    *memory.refused.lock().unwrap() = Some(Delivered);
    let office = PostOffice::open(&memory, config());
    memory.until(|_| *memory.refusals.lock().unwrap() >= 2).await;
    *memory.refused.lock().unwrap() = None;
    memory.until_state(&planned.id, Delivered).await;
    office.stop().await;
    assert_eq!(receiver.calls("a").len(), 1);
}
