//! The past as it was known then: board, events, conditions.

use domain::{Outcome, QcFlag, Span, StationHealth};
use reqwest::Method;
use serde_json::Value;
use store::Role;

use crate::harness::{Site, problem};
use crate::samples::{
    alarm, at, health, issued, message, notice, reading, readings, transition, two_series, warning,
};

/// An instant after everything that happened, as it stands in a query.
async fn instant(site: &Site) -> String {
    let now = site.ledger.now();
    while site.ledger.now() <= now {
        tokio::task::yield_now().await;
    }
    now.to_string().replace('+', "%2B")
}

async fn list(site: &Site, cookie: &str, path: &str) -> Vec<Value> {
    let answer = site.ask(Method::GET, path, cookie, None).await;
    assert_eq!(answer.status(), 200, "{path}");
    answer.json::<Value>().await.unwrap()["items"].as_array().unwrap().clone()
}

#[tokio::test]
async fn the_board_shows_what_was_known_then_and_nothing_that_came_later() {
    let site = Site::start().await;
    let cookie = site.person("lan", Role::DutyOfficer).await;
    site.happens(&two_series()).await;
    site.happens(&readings([reading(0, at("01:00"), 5.0, QcFlag::Good)])).await;
    site.happens(&Outcome { warnings: vec![warning("song-kon-1")], ..Outcome::default() }).await;
    let before = instant(&site).await;
    site.happens(&Outcome {
        readings: vec![reading(0, at("02:00"), 8.2, QcFlag::Good)],
        alarms: vec![alarm("flood")],
        warnings: vec![issued("song-kon-1")],
        messages: vec![message("song-kon-1")],
        notices: vec![notice("song-kon-1", "lan", "vi")],
        health: vec![health(Some(at("02:00")))],
        ..Outcome::default()
    })
    .await;
    let after = instant(&site).await;
    let board = async |cookie: &str, known: &str, more: &str| {
        let path = format!("/api/v1/board?known_at={known}{more}");
        site.ask(Method::GET, &path, cookie, None).await.json::<Value>().await.unwrap()
    };
    let then = board(&cookie, &before, "").await;
    assert_eq!(then["latest"].as_array().unwrap().len(), 1);
    assert_eq!(then["latest"][0]["value"], 5.0);
    assert_eq!(
        (&then["alarms"], &then["health"]),
        (&Value::from(vec![0; 0]), &Value::from(vec![0; 0]))
    );
    assert_eq!(then["warnings"][0]["state"], "draft");
    assert_eq!(then["incomplete"], Value::Null);
    assert_eq!(
        board("", &before, "").await["warnings"].as_array().unwrap().len(),
        0,
        "a draft is not for everybody"
    );
    let now = board("", &after, "").await;
    assert_eq!(now["latest"][0]["value"], 8.2);
    assert_eq!(now["alarms"][0]["state"]["level"], 3);
    assert_eq!(now["warnings"][0]["state"], "issued");
    assert_eq!(now["warnings"][0]["draft"], Value::Null);
    assert_eq!(now["health"][0]["conditions"][0][0], "silent");
    assert_eq!(board("", &after, "&parameters=rain").await["latest"].as_array().unwrap().len(), 0);
    assert_eq!(
        board("", &after, "&parameters=rain,water_level").await["latest"].as_array().unwrap().len(),
        1
    );
    let live = site.json("/api/v1/board").await;
    assert_eq!((&live["alarms"], &live["warnings"]), (&now["alarms"], &now["warnings"]));
    problem(site.get("/api/v1/board?parameters=no%20name").await, 400).await;
    problem(site.get("/api/v1/board?known_at=yesterday").await, 400).await;

    let path = format!("/api/v1/warnings?known_at={before}");
    assert_eq!(list(&site, &cookie, &path).await[0]["state"], "draft");
    assert!(list(&site, "", &path).await.is_empty());
    let one = format!("/api/v1/warnings/song-kon-1?known_at={before}");
    let one: Value = site.ask(Method::GET, &one, &cookie, None).await.json().await.unwrap();
    assert_eq!(one["messages"].as_array().unwrap().len(), 0, "nothing had gone out");
    problem(site.get("/api/v1/warnings/song-kon-1?known_at=2020-01-01T00:00:00Z").await, 404).await;
}

#[tokio::test]
async fn what_happened_is_told_with_both_its_times_and_to_each_what_is_theirs() {
    let site = Site::start().await;
    let cookie = site.person("lan", Role::DutyOfficer).await;
    site.happens(&two_series()).await;
    let from = instant(&site).await;
    site.happens(&Outcome {
        transitions: vec![transition("flood")],
        warnings: vec![issued("song-kon-1")],
        messages: vec![message("song-kon-1")],
        health: vec![health(Some(at("02:00")))],
        ..Outcome::default()
    })
    .await;
    site.happens(&Outcome { health: vec![health(None)], ..Outcome::default() }).await;
    // Stations on batteries come and go all day: that is no event.
    let gone = StationHealth { connected: Some(false), ..health(None) };
    site.happens(&Outcome { health: vec![gone], ..Outcome::default() }).await;
    let to = instant(&site).await;
    let path = format!("/api/v1/events?from={from}&to={to}");
    let told = |events: &[Value]| -> Vec<String> {
        let text = |one: &Value| {
            let more = one["act"].as_str().unwrap_or_default();
            format!("{} {more}", one["what"].as_str().unwrap())
        };
        events.iter().map(|one| text(one).trim().to_owned()).collect()
    };
    let all = list(&site, &cookie, &path).await;
    assert_eq!(
        told(&all),
        ["station", "alarm", "warning rejected", "warning confirmed", "message", "station"]
    );
    assert_eq!(
        all[1]["at"], "2025-11-19T02:01:00+07:00",
        "the crossing has its time of observation"
    );
    assert_ne!(all[1]["at"], all[1]["known_at"]);
    assert_eq!(
        (&all[0]["began"][0], &all[5]["ended"][0]),
        (&Value::from("silent"), &Value::from("silent"))
    );
    let public = list(&site, "", &path).await;
    assert_eq!(told(&public), ["station", "alarm", "warning confirmed", "message", "station"]);
    assert!(!serde_json::to_string(&public).unwrap().contains("Lan"), "names are for colleagues");
    let first: Value = site.json(&format!("{path}&limit=1")).await;
    let next = first["next"].as_str().unwrap();
    let second = list(&site, "", &format!("{path}&limit=1&cursor={next}")).await;
    assert_eq!(told(&second), ["station"], "an arrival is not torn");
    for query in [
        "",
        "?from=yesterday",
        "?from=2025-01-01T00:00:00Z&to=2025-06-01T00:00:00Z",
        "?from=2025-02-01T00:00:00Z&to=2025-01-01T00:00:00Z",
    ] {
        problem(site.get(&format!("/api/v1/events{query}")).await, 400).await;
    }
}

#[tokio::test]
async fn a_station_s_silence_is_a_stretch_of_time() {
    let site = Site::start().await;
    let start = site.ledger.now();
    site.happens(&Outcome { health: vec![health(None)], ..Outcome::default() }).await;
    site.happens(&Outcome { health: vec![health(Some(start))], ..Outcome::default() }).await;
    let between = instant(&site).await;
    site.happens(&Outcome { health: vec![health(None)], ..Outcome::default() }).await;
    let from = (start - Span::hours(1)).to_string().replace('+', "%2B");
    let spells = async |query: &str| {
        let found = site.json(&format!("/api/v1/conditions?{query}")).await;
        found["stations"][0]["spells"].clone()
    };
    let whole = spells(&format!("from={from}&station=thanh-hoa")).await;
    assert_eq!(
        (&whole[0]["condition"], &whole[0]["from"]),
        (&Value::from("silent"), &Value::from(start.to_string()))
    );
    assert_ne!(whole[0]["to"], Value::Null);
    let early = spells(&format!("from={from}&to={between}")).await;
    assert_eq!(early[0]["to"], Value::Null, "it had not ended");
    let late = spells(&format!("from={between}")).await;
    assert_eq!(late[0]["from"], start.to_string(), "it had begun before");
    let none = site.json(&format!("/api/v1/conditions?from={from}&station=dieu-tri")).await;
    assert_eq!(none["stations"], Value::from(vec![0; 0]));
    problem(site.get("/api/v1/conditions").await, 400).await;
}
