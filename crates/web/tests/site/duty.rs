//! The duty desk: two officers, one shift, a log that everybody of the house reads, and a call list.

use domain::{Notice, Outcome, Time, Transition};
use reqwest::Method;
use serde_json::{Value, json};
use store::{NoticeEvent, NoticeState, Role};

use crate::harness::{Site, problem};
use crate::samples::{notice, transition, warning};

struct Desk {
    site: Site,
    lan: String,
    minh: String,
}

impl Desk {
    async fn open() -> Self {
        let site = Site::start().await;
        let lan = site.person("lan", Role::DutyOfficer).await;
        let minh = site.person("minh", Role::Forecaster).await;
        Self { site, lan, minh }
    }

    async fn act(&self, cookie: &str, what: &str, body: Value) -> reqwest::Response {
        self.site.ask(Method::POST, &format!("/api/v1/duty/{what}"), cookie, Some(&body)).await
    }

    async fn done(&self, cookie: &str, what: &str, body: Value) -> Value {
        let answer = self.act(cookie, what, body).await;
        assert_eq!(answer.status(), 200, "{what}");
        answer.json().await.unwrap()
    }

    async fn read(&self, path: &str) -> Value {
        let answer = self.site.ask(Method::GET, path, &self.lan, None).await;
        assert_eq!(answer.status(), 200, "{path}");
        answer.json().await.unwrap()
    }
}

#[tokio::test]
async fn a_shift_goes_from_one_officer_to_the_next_with_how_things_stand() {
    let desk = Desk::open().await;
    desk.site.person("khach", Role::Viewer).await;
    desk.site
        .happens(&Outcome { warnings: vec![warning("song-kon-1")], ..Outcome::default() })
        .await;
    desk.done(&desk.lan, "take-over", json!({})).await;
    let offered =
        desk.done(&desk.lan, "hand-over", json!({"to": "minh", "remark": "nước lên"})).await;
    let seq = offered["desk"]["handover"]["seq"].as_u64().unwrap();
    assert_eq!(offered["seq"], seq);
    assert_eq!(offered["desk"]["shift"]["officer"]["user"], "lan");
    for other in [json!({}), json!({"handover": seq + 1})] {
        problem(desk.act(&desk.minh, "take-over", other).await, 409).await;
    }
    let taken = desk.done(&desk.minh, "take-over", json!({"handover": seq, "remark": " "})).await;
    let shift = &taken["desk"]["shift"];
    assert_eq!(shift["officer"]["name"], "Trực ban minh (minh)");
    assert_eq!((&shift["unannounced"], &taken["desk"]["handover"]), (&json!(false), &Value::Null));
    let detail = problem(desk.act(&desk.lan, "hand-over", json!({})).await, 409).await;
    assert!(detail.contains("Trực ban minh (minh) is on duty"), "{detail}");

    let view = desk.read("/api/v1/duty").await;
    let officers: Vec<_> =
        view["officers"].as_array().unwrap().iter().map(|one| one["user"].clone()).collect();
    assert_eq!(officers, ["lan", "minh"], "not who only looks");
    let log = desk.read("/api/v1/duty/log").await;
    let acts: Vec<_> =
        log["items"].as_array().unwrap().iter().filter(|i| i["kind"] == "duty").collect();
    let what: Vec<_> = acts.iter().map(|item| item["what"].as_str().unwrap()).collect();
    assert_eq!(what, ["take_over", "hand_over", "take_over"]);
    let picture = &acts[1]["record"]["entry"]["picture"];
    assert_eq!(picture["warnings"][0]["id"], "song-kon-1");
    assert_eq!(picture["warnings"][0]["waits"], 3);
    let shifts = log["shifts"].as_array().unwrap();
    assert_eq!((&shifts[0]["user"], &shifts[0]["to"]), (&json!("lan"), &shifts[1]["from"]));
}

#[tokio::test]
async fn only_officers_act_and_only_the_house_reads() {
    let desk = Desk::open().await;
    let viewer = desk.site.person("khach", Role::Viewer).await;
    problem(desk.act(&viewer, "note", json!({"text": "x"})).await, 403).await;
    for path in
        ["/api/v1/duty", "/api/v1/duty/log", "/api/v1/duty/picture", "/api/v1/warnings/a/calls"]
    {
        problem(desk.site.get(path).await, 401).await;
    }
    for to in ["khach", "nobody", "lan"] {
        problem(desk.act(&desk.lan, "hand-over", json!({"to": to})).await, 422).await;
    }
    for text in ["", "  \n", "bell\u{7}", "x".repeat(4_001).as_str()] {
        problem(desk.act(&desk.lan, "note", json!({"text": text})).await, 422).await;
    }
    problem(
        desk.act(&desk.lan, "call", json!({"warning": "a", "recipient": "b", "reached": "x"}))
            .await,
        422,
    )
    .await;
    problem(desk.site.ask(Method::GET, "/api/v1/warnings/a/calls", &desk.lan, None).await, 404)
        .await;
}

#[tokio::test]
async fn the_log_joins_acts_with_what_happened_and_its_pages_join() {
    let desk = Desk::open().await;
    let now = desk.site.ledger.now();
    let mut changed = warning("song-kon-1");
    changed.log = vec![domain::warning::LogLine {
        at: now,
        who: Some("Trực ban lan (lan)".to_owned()),
        what: "rejected".to_owned(),
        detail: "sai số".to_owned(),
    }];
    let silent = technical(now);
    let outcome = Outcome {
        warnings: vec![changed],
        transitions: vec![silent, Transition { at: now, ..transition("stage") }],
        ..Outcome::default()
    };
    desk.site.happens(&outcome).await;
    for text in ["một", "hai", "ba"] {
        desk.done(&desk.lan, "note", json!({"text": text, "warning": "song-kon-1"})).await;
    }
    let whole = desk.read("/api/v1/duty/log").await;
    let items = whole["items"].as_array().unwrap().clone();
    let kinds: Vec<_> = items.iter().map(|item| item["kind"].as_str().unwrap()).collect();
    assert_eq!(kinds[..3], ["duty"; 3]);
    assert!(kinds.contains(&"warning") && kinds.contains(&"trouble"), "{kinds:?}");
    assert_eq!(kinds.iter().filter(|kind| **kind == "trouble").count(), 1, "water is no trouble");
    let (mut seen, mut cursor) = (Vec::new(), String::new());
    loop {
        let to = whole["to"].as_str().unwrap().replace('+', "%2B");
        let page = desk.read(&format!("/api/v1/duty/log?limit=1&to={to}{cursor}")).await;
        seen.extend(page["items"].as_array().unwrap().clone());
        let Some(next) = page["next"].as_str() else { break };
        cursor = format!("&cursor={next}");
    }
    assert_eq!(seen, items);
    let mine = desk.read("/api/v1/duty/log?warning=song-kon-1").await;
    let kinds: Vec<_> =
        mine["items"].as_array().unwrap().iter().map(|i| i["kind"].clone()).collect();
    assert_eq!(kinds, ["duty", "duty", "duty", "warning"]);
    for wrong in ["cursor=x", "limit=0", "from=2025-01-01T00:00:00Z&to=2025-12-01T00:00:00Z"] {
        let path = format!("/api/v1/duty/log?{wrong}");
        problem(desk.site.ask(Method::GET, &path, &desk.lan, None).await, 400).await;
    }
}

/// That Thạnh Hòa fell silent.
fn technical(at: Time) -> Transition {
    let pack = crate::harness::shipped_pack();
    let rule = pack.rules.iter().find(|rule| rule.hazard == "technical").unwrap();
    Transition { rule: rule.id.clone(), at, ..transition("stage") }
}

/// A notice to somebody of the shipped pack, with a receipt due then.
fn to(recipient: &str, due: Time) -> Notice {
    let notice = notice("song-kon-1", "x", "vi");
    Notice {
        id: format!("song-kon-1.m1.{recipient}.email"),
        recipient: recipient.parse().unwrap(),
        receipt_by: Some(due),
        ..notice
    }
}

#[tokio::test]
async fn the_call_list_says_who_must_be_called_and_a_call_is_a_receipt() {
    let desk = Desk::open().await;
    let now = desk.site.ledger.now();
    let notices = vec![
        to("dien-tap-ky-thuat", now + domain::Span::hours(1)),
        to("dien-tap-truc-ban", now - domain::Span::minutes(1)),
    ];
    let (late, warnings) = (notices[1].id.clone(), vec![warning("song-kon-1")]);
    desk.site.happens(&Outcome { warnings, notices, ..Outcome::default() }).await;
    let list = async || desk.read("/api/v1/warnings/song-kon-1/calls").await["items"].clone();
    let needs = |items: &Value| -> Vec<(String, String)> {
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let rows = items.as_array().unwrap().iter();
        rows.map(|row| (text(&row["recipient"]), text(&row["need"]))).collect()
    };
    let pair = |one: &str, other: &str| (one.to_owned(), other.to_owned());
    let before = list().await;
    assert_eq!(
        needs(&before),
        [
            pair("dien-tap-truc-ban", "overdue"),
            pair("dien-tap-ky-thuat", "asked"),
            pair("dien-tap-chi-huy", "nothing"),
        ],
        "the next in line is there before the program tells them"
    );
    assert_eq!(before[0]["phone"], "+84 000 000 101");
    assert_eq!(before[0]["phone_link"], "+84000000101");
    assert_eq!(before[0]["escalate_to_name"], "Diễn tập: chỉ huy trực");
    let call = |reached: &str| json!({"warning": "song-kon-1", "recipient": "dien-tap-truc-ban", "reached": reached, "remark": "bận máy"});
    desk.done(&desk.lan, "call", call("no_answer")).await;
    assert_eq!(list().await[0]["need"], "overdue", "nobody was reached");
    desk.done(&desk.minh, "call", call("told")).await;
    assert_eq!(needs(&list().await)[1], pair("dien-tap-truc-ban", "told"));
    desk.done(&desk.minh, "call", call("confirmed")).await;
    let after = list().await;
    let mine = after.as_array().unwrap().last().unwrap().clone();
    assert_eq!((&mine["need"], &mine["needs_call"]), (&json!("confirmed"), &json!(false)));
    assert_eq!(mine["confirmed"]["by_telephone_to"], "Trực ban minh (minh)");
    assert_eq!((&mine["calls"], &mine["last_call"]["reached"]), (&json!(3), &json!("confirmed")));
    let reader = desk.site.ledger.reader();
    let state = tokio::task::spawn_blocking(move || reader.notice(&late).unwrap().unwrap().state);
    assert_eq!(state.await.unwrap(), NoticeState::Confirmed);
}

#[tokio::test]
async fn who_could_not_be_reached_by_any_way_comes_first() {
    let desk = Desk::open().await;
    let now = desk.site.ledger.now();
    let notices = vec![
        to("dien-tap-truc-ban", now - domain::Span::minutes(1)),
        to("dien-tap-ky-thuat", now + domain::Span::hours(1)),
    ];
    let (dead, warnings) = (notices[1].id.clone(), vec![warning("song-kon-1")]);
    desk.site.happens(&Outcome { warnings, notices, ..Outcome::default() }).await;
    let detail = "550 no such mailbox".to_owned();
    let line = NoticeEvent { at: now, state: NoticeState::Dead, detail, next_try_at: None };
    desk.site.ledger.note_notice(dead, line).await.unwrap();
    let items = desk.read("/api/v1/warnings/song-kon-1/calls").await["items"].clone();
    assert_eq!((&items[0]["need"], &items[1]["need"]), (&json!("given_up"), &json!("overdue")));
    let picture = desk.read("/api/v1/duty/picture").await;
    assert_eq!((&picture["given_up"], &picture["unconfirmed"]), (&json!(1), &json!(1)));
}
