//! What a duty officer does.

use domain::{ArrivalBody, Command, Outcome};
use reqwest::{Method, Response};
use serde_json::{Value, json};
use store::Role;

use crate::harness::{Site, problem};
use crate::samples::{set_aside, warning};

async fn with_draft() -> (Site, String) {
    let site = Site::start().await;
    let cookie = site.person("lan", Role::DutyOfficer).await;
    site.happens(&Outcome { warnings: vec![warning("song-kon-1")], ..Outcome::default() }).await;
    (site, cookie)
}

async fn act(site: &Site, cookie: &str, what: &str, body: Value) -> Response {
    let path = format!("/api/v1/warnings/{what}");
    site.ask(Method::POST, &path, cookie, Some(&body)).await
}

#[tokio::test]
async fn a_confirmation_is_an_arrival_with_the_persons_name() {
    let (site, cookie) = with_draft().await;
    let answer =
        act(&site, &cookie, "song-kon-1/confirm", json!({"draft": 1, "remark": "gọi xã"})).await;
    assert_eq!(answer.status(), 200);
    let done: Value = answer.json().await.unwrap();
    assert_eq!(done["warning"]["state"], "issued");
    assert_eq!(done["warning"]["log"][0]["who"], "Trực ban lan (lan)");
    let (reader, seq) = (site.ledger.reader(), done["seq"].as_u64().unwrap());
    let arrival = tokio::task::spawn_blocking(move || reader.arrival(seq).unwrap().unwrap());
    let ArrivalBody::Command { user, command } = arrival.await.unwrap().body else {
        panic!("not a command")
    };
    assert_eq!(user, "Trực ban lan (lan)");
    assert!(matches!(command, Command::Confirm { draft: 1, text: None, remark: Some(_), .. }));
}

#[tokio::test]
async fn nobody_confirms_what_they_have_not_seen() {
    let (site, cookie) = with_draft().await;
    problem(act(&site, &cookie, "song-kon-1/confirm", json!({"draft": 2})).await, 409).await;
    problem(act(&site, &cookie, "song-kon-9/confirm", json!({"draft": 1})).await, 404).await;
    problem(act(&site, &cookie, "song-kon-1/end", json!({"reason": ""})).await, 422).await;
    let path = "/api/v1/warnings/song-kon-1";
    let seen: Value = site.ask(Method::GET, path, &cookie, None).await.json().await.unwrap();
    assert_eq!(seen["warning"]["state"], "draft");
}

#[tokio::test]
async fn an_edited_text_has_bounds() {
    let (site, cookie) = with_draft().await;
    let text = |headline: &str| {
        let text = json!({"headline": headline, "description": "a\nb", "instruction": "c"});
        json!({"draft": 1, "text": {"vi": text, "en": text}})
    };
    for headline in ["x".repeat(141).as_str(), "bell\u{7}", "two\u{0}"] {
        problem(act(&site, &cookie, "song-kon-1/confirm", text(headline)).await, 422).await;
    }
    let longest = "ệ".repeat(140);
    assert_eq!(act(&site, &cookie, "song-kon-1/confirm", text(&longest)).await.status(), 200);
}

#[tokio::test]
async fn what_was_put_aside_is_handed_in_again_with_the_time_of_its_first_receipt() {
    let (site, _) = with_draft().await;
    let cookie = site.person("minh", Role::Forecaster).await;
    let outcome = Outcome { set_aside: vec![set_aside("/0")], ..Outcome::default() };
    let seq = site.happens(&outcome).await;
    let again = async |body: Value| {
        site.ask(Method::POST, "/api/v1/set-aside/reprocess", &cookie, Some(&body)).await
    };
    for body in [json!({}), json!({"seqs": [seq], "all": true}), json!({"seqs": vec![1; 2_001]})] {
        problem(again(body).await, 422).await;
    }
    for body in [json!({"seqs": [seq, seq, 999_999]}), json!({"all": true})] {
        let done: Value = again(body).await.json().await.unwrap();
        assert_eq!(done["more"], false);
        assert!(done["reprocessed"].as_u64().unwrap() >= 1);
    }
    let reader = site.ledger.reader();
    let arrivals = tokio::task::spawn_blocking(move || reader.arrivals(seq - 1, 10).unwrap());
    let arrivals = arrivals.await.unwrap();
    let ArrivalBody::Telemetry { again, .. } = &arrivals[1].body else { panic!("not telemetry") };
    assert_eq!(*again, Some((seq, arrivals[0].received_at)));
}
