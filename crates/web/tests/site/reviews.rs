//! What people say of readings: the work list, the decision, the versions, who did it.

use domain::{Check, CheckSet, CheckedReading, Outcome, QcFlag};
use reqwest::{Method, Response};
use serde_json::{Value, json};
use store::Role;

use crate::harness::{Site, problem};
use crate::samples::{at, reading, readings, two_series};

fn doubted(clock: &str, value: f64, flag: QcFlag, failed: Check) -> CheckedReading {
    let mut doubted = reading(0, at(clock), value, flag);
    doubted.verdict.failed = CheckSet::from_iter([failed]);
    doubted
}

/// A stage with a spike of two values, good ones, a bad one, and rain without any doubt.
fn night() -> Outcome {
    let good = |clock, value| reading(0, at(clock), value, QcFlag::Good);
    let stage = [
        good("01:00", 5.0),
        doubted("01:10", 9.1, QcFlag::Suspect, Check::Rate),
        doubted("01:20", 9.3, QcFlag::Bad, Check::Spike),
        good("01:30", 5.1),
        doubted("01:40", 99.0, QcFlag::Bad, Check::GrossRange),
        reading(1, at("01:40"), 0.2, QcFlag::Good),
    ];
    Outcome { readings: stage.into(), ..two_series() }
}

async fn judge(site: &Site, cookie: &str, change: Value) -> Response {
    let mut body = json!({
        "station": "thanh-hoa", "parameter": "water_level",
        "from": "2025-11-19T01:10:00+07:00", "to": "2025-11-19T01:20:00+07:00",
        "decision": "reject", "reason": "que đo bị rác, đã xem camera",
    });
    for (key, value) in change.as_object().unwrap() {
        body[key] = value.clone();
    }
    site.ask(Method::POST, "/api/v1/reviews", cookie, Some(&body)).await
}

async fn get(site: &Site, cookie: &str, path: &str) -> Value {
    let answer = site.ask(Method::GET, path, cookie, None).await;
    assert_eq!(answer.status(), 200, "{path}");
    answer.json().await.unwrap()
}

const NIGHT: &str = "from=2025-11-19T00:00:00%2B07:00&to=2025-11-19T06:00:00%2B07:00";

async fn doubts(site: &Site, cookie: &str) -> Vec<(String, u64, String)> {
    let list = get(site, cookie, &format!("/api/v1/doubts?{NIGHT}")).await;
    let items = list["items"].as_array().unwrap().iter();
    let short = |time: &Value| time.as_str().unwrap()[11..16].to_owned();
    items
        .map(|one| {
            let count = one["count"].as_u64().unwrap();
            (short(&one["from"]), count, one["state"].as_str().unwrap().to_owned())
        })
        .collect()
}

fn line(clock: &str, count: u64, state: &str) -> (String, u64, String) {
    (clock.to_owned(), count, state.to_owned())
}

#[tokio::test]
async fn a_doubtful_stretch_is_listed_judged_and_remembered_with_the_person() {
    let site = Site::start().await;
    site.happens(&night()).await;
    let duty = site.person("binh", Role::DutyOfficer).await;
    assert_eq!(doubts(&site, &duty).await, [line("01:40", 1, "open"), line("01:10", 2, "open")]);

    let done = judge(&site, &duty, json!({})).await;
    assert_eq!(done.status(), 200);
    let done: Value = done.json().await.unwrap();
    assert_eq!(done["points"], 2);
    let expected = [line("01:40", 1, "open"), line("01:10", 2, "rejected")];
    assert_eq!(doubts(&site, &duty).await, expected);

    let list = get(&site, &duty, "/api/v1/reviews?station=thanh-hoa").await;
    let review = &list["items"][0];
    assert_eq!((&review["seq"], &review["decision"]), (&done["seq"], &json!("reject")));
    assert_eq!(review["who"], "Trực ban binh (binh)");
    assert_eq!(review["reason"], "que đo bị rác, đã xem camera");

    let versions = get(&site, &duty, &format!("/api/v1/series/0/versions?{NIGHT}")).await;
    let versions = versions["items"][1]["versions"].as_array().unwrap().clone();
    let short = |v: &Value| (v["how"].clone(), v["flag"].clone(), v["who"].clone());
    let person = json!("Trực ban binh (binh)");
    let all: Vec<_> = versions.iter().map(short).collect();
    assert_eq!(
        all,
        [(json!("measured"), json!(3), Value::Null), (json!("reject"), json!(4), person)]
    );
    assert_eq!(versions[1]["failed"], json!(["rate"]), "what had failed stays visible");

    let shown = site.json(&format!("/api/v1/series/0/readings?{NIGHT}")).await;
    let by: Vec<_> = shown["items"].as_array().unwrap().iter().map(|p| &p["by_person"]).collect();
    assert_eq!(by, [&Value::Null, &json!("judged"), &json!("judged"), &Value::Null, &Value::Null]);
    assert!(!shown.to_string().contains("binh"), "the public does not learn who");
}

#[tokio::test]
async fn a_correction_needs_a_value_for_each_reading_and_shows_as_one() {
    let site = Site::start().await;
    site.happens(&night()).await;
    let duty = site.person("binh", Role::DutyOfficer).await;
    let one = json!({"observed_at": "2025-11-19T01:10:00+07:00", "value": 5.05});
    let two = json!({"observed_at": "2025-11-19T01:20:00+07:00", "value": 5.06});
    let half = json!({"decision": "correct", "values": [one]});
    let detail = problem(judge(&site, &duty, half).await, 422).await;
    assert!(detail.contains("01:20:00"), "{detail}");
    let foreign = json!({"decision": "correct", "values": [one, two,
        {"observed_at": "2025-11-19T01:30:00+07:00", "value": 5.0}]});
    assert!(problem(judge(&site, &duty, foreign).await, 422).await.contains("no reading of"));
    let useless = json!({"decision": "accept", "values": [one]});
    assert!(problem(judge(&site, &duty, useless).await, 422).await.contains("only a correction"));
    let whole = json!({"decision": "correct", "values": [one, two]});
    assert_eq!(judge(&site, &duty, whole).await.status(), 200);
    let shown = site.json(&format!("/api/v1/series/0/readings?{NIGHT}")).await;
    let second = &shown["items"][2];
    assert_eq!((&second["value"], &second["by_person"]), (&json!(5.06), &json!("corrected")));
    assert_eq!(doubts(&site, &duty).await[1], line("01:10", 2, "corrected"));
}

#[tokio::test]
async fn what_is_not_as_it_was_seen_is_not_judged() {
    let site = Site::start().await;
    let seq = site.happens(&night()).await;
    let duty = site.person("binh", Role::DutyOfficer).await;
    let seen = |count: u64, seq: u64| json!({"seen": {"count": count, "seq": seq}});
    problem(judge(&site, &duty, seen(1, seq)).await, 409).await;
    problem(judge(&site, &duty, seen(2, seq - 1)).await, 409).await;
    assert_eq!(judge(&site, &duty, seen(2, seq)).await.status(), 200);
    problem(judge(&site, &duty, seen(2, seq)).await, 409).await;
    // The pipeline sees what the reader did not yet.
    site.happens(&readings([reading(0, at("01:15"), 999.0, QcFlag::Suspect)])).await;
    let detail = problem(judge(&site, &duty, json!({})).await, 409).await;
    assert!(detail.contains("look again"), "{detail}");
}

#[tokio::test]
async fn a_review_without_a_reason_a_series_or_readings_is_refused() {
    let site = Site::start().await;
    site.happens(&night()).await;
    let duty = site.person("binh", Role::DutyOfficer).await;
    problem(judge(&site, &duty, json!({"reason": "  "})).await, 422).await;
    problem(judge(&site, &duty, json!({"decision": "maybe"})).await, 422).await;
    problem(judge(&site, &duty, json!({"parameter": "wind_speed"})).await, 404).await;
    let nothing = json!({"from": "2025-11-19T05:00:00+07:00", "to": "2025-11-19T05:10:00+07:00"});
    assert!(problem(judge(&site, &duty, nothing).await, 422).await.contains("no reading"));
    assert_eq!(get(&site, &duty, "/api/v1/reviews").await["items"], json!([]));
}
