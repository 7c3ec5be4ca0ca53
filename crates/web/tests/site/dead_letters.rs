//! What could not be delivered: tried again or dismissed by a person, and no red light for ever.

use domain::{Outcome, Time};
use reqwest::Method;
use serde_json::{Value, json};
use store::{NoticeEvent, NoticeState, Role};

use crate::harness::{Site, problem};
use crate::samples::{notice, warning};

async fn with_dead_letter() -> (Site, String, String) {
    let site = Site::start().await;
    let cookie = site.person("lan", Role::DutyOfficer).await;
    let (warnings, notices) = (vec![warning("song-kon-1")], vec![notice("song-kon-1", "an", "vi")]);
    let id = notices[0].id.clone();
    site.happens(&Outcome { warnings, notices, ..Outcome::default() }).await;
    for state in [NoticeState::Sending, NoticeState::Dead, NoticeState::Escalated] {
        let at = Time::from_millis(1);
        let line = NoticeEvent { at, state, detail: "no".to_owned(), next_try_at: None };
        site.ledger.note_notice(id.clone(), line).await.unwrap();
    }
    (site, cookie, id)
}

/// What the status counts.
async fn dead(site: &Site, cookie: &str) -> usize {
    let answer = site.ask(Method::GET, "/api/v1/notices?state=dead", cookie, None).await;
    let list: Value = answer.json().await.unwrap();
    list["items"].as_array().unwrap().len()
}

#[tokio::test]
async fn a_dead_letter_is_dismissed_with_a_reason_and_leaves_the_status() {
    let (site, cookie, id) = with_dead_letter().await;
    assert_eq!(dead(&site, &cookie).await, 1, "though the next in line was told");
    let path = format!("/api/v1/notices/{id}/dismiss");
    let empty = site.ask(Method::POST, &path, &cookie, Some(&json!({"reason": " "}))).await;
    problem(empty, 422).await;
    let reason = json!({"reason": "gọi điện"});
    let answer = site.ask(Method::POST, &path, &cookie, Some(&reason)).await;
    assert_eq!(answer.status(), 200);
    let view: Value = answer.json().await.unwrap();
    assert_eq!(view["state"], "settled");
    assert_eq!(view["history"][3]["detail"], "dismissed by lan: gọi điện");
    assert_eq!(dead(&site, &cookie).await, 0);
    let again = site.ask(Method::POST, &path, &cookie, Some(&reason)).await;
    problem(again, 409).await;
    let reader = site.ledger.reader();
    let audit = tokio::task::spawn_blocking(move || reader.audit_lines(0, 100)).await.unwrap();
    let audit = audit.unwrap();
    assert!(audit.iter().any(|line| line.who == "lan" && line.detail.contains("gọi điện")));
}

#[tokio::test]
async fn a_dead_letter_is_tried_again() {
    let (site, cookie, id) = with_dead_letter().await;
    let path = format!("/api/v1/notices/{id}/retry");
    let answer = site.ask(Method::POST, &path, &cookie, Some(&json!({}))).await;
    assert_eq!(answer.status(), 200);
    let view: Value = answer.json().await.unwrap();
    assert_eq!(view["state"], "waiting");
    let (reader, now) = (site.ledger.reader(), site.ledger.now());
    let due = tokio::task::spawn_blocking(move || reader.due_notices(now, 9)).await.unwrap();
    assert_eq!(due.unwrap()[0].notice.id, id);
    problem(site.ask(Method::POST, &path, &cookie, Some(&json!({}))).await, 409).await;
    let strange = site.ask(Method::POST, "/api/v1/notices/none/retry", &cookie, None).await;
    problem(strange, 404).await;
}
