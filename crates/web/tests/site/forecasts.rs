//! Forecasts handed in and read.

use domain::{QcFlag, Span, Time};
use reqwest::{Method, Response};
use serde_json::{Value, json};
use store::{Clock as _, Role};

use crate::harness::{RealTime, Site, problem, shipped_files};
use crate::samples::{reading, readings, two_series};

/// An instant so many hours from now.
fn hours(n: i64) -> Time {
    RealTime.now() + Span::hours(n)
}

fn forecast() -> Value {
    json!({
        "station": "thanh-hoa", "parameter": "water_level", "source": "Đài KTTV",
        "issued_at": hours(-1), "refined": true, "remark": "theo bản tin",
        "points": [
            {"at": hours(5), "value": 7.5, "low": 7.3, "high": 7.8},
            {"at": hours(11), "value": 8.55, "low": 8.2, "high": 8.9},
            {"at": hours(17), "value": 8.1, "low": 7.6, "high": 8.6},
        ],
    })
}

async fn post(site: &Site, cookie: &str, path: &str, body: &Value) -> Response {
    site.ask(Method::POST, &format!("/api/v1/forecasts{path}"), cookie, Some(body)).await
}

async fn seen(site: &Site, cookie: &str, query: &str) -> Vec<Value> {
    let path = format!("/api/v1/forecasts{query}");
    let answer = site.ask(Method::GET, &path, cookie, None).await;
    assert_eq!(answer.status(), 200, "{path}");
    let page: Value = answer.json().await.unwrap();
    page["items"].as_array().unwrap().clone()
}

#[tokio::test]
async fn a_forecast_is_shown_with_what_follows_from_it_until_it_is_withdrawn() {
    let site = Site::start().await;
    let cookie = site.person("minh", Role::Forecaster).await;
    let config =
        domain::ArrivalBody::Config { by: "an".to_owned(), files: shipped_files(), reason: None };
    site.ledger.submit(config).await.unwrap();
    site.happens(&two_series()).await;
    site.happens(&readings([reading(0, hours(0), 6.5, QcFlag::Good)])).await;
    let answer = post(&site, &cookie, "", &forecast()).await;
    assert_eq!(answer.status(), 200);
    let done: Value = answer.json().await.unwrap();
    assert_eq!(done["by"], "Trực ban minh (minh)");
    assert_eq!(
        (&done["current"], &done["unit"], &done["decimals"]),
        (&json!(true), &json!("m"), &json!(2))
    );
    assert_eq!((&done["shape"], &done["stale"]), (&json!("crest"), &Value::Null));
    assert_eq!(done["peak"]["value"], 8.55);
    let crossings = done["crossings"].as_array().unwrap();
    assert_eq!(crossings.iter().map(|c| c["level"].as_u64().unwrap()).collect::<Vec<_>>(), [2, 3]);
    let steps = done["steps"].as_array().unwrap();
    assert!(!steps.is_empty() && steps[0]["against"]["text"].as_str().unwrap().contains("BĐ"));

    let public = &seen(&site, "", "?station=thanh-hoa&parameter=water_level").await[0];
    assert_eq!((&public["by"], &public["points"][1]["value"]), (&Value::Null, &json!(8.55)));
    assert!(seen(&site, "", "?station=binh-nghi").await.is_empty());

    let path = format!("/{}/withdraw", done["seq"]);
    problem(post(&site, &cookie, &path, &json!({"reason": " "})).await, 422).await;
    problem(post(&site, &cookie, "/99999/withdraw", &json!({"reason": "sai"})).await, 404).await;
    let gone = post(&site, &cookie, &path, &json!({"reason": "nhập nhầm trạm"})).await;
    assert_eq!(gone.status(), 200);
    let gone: Value = gone.json().await.unwrap();
    assert_eq!(gone["withdrawn"]["reason"], "nhập nhầm trạm");
    let said = problem(post(&site, &cookie, &path, &json!({"reason": "sai"})).await, 409).await;
    assert!(said.contains("was withdrawn by Trực ban minh (minh)"), "{said}");
    assert!(seen(&site, &cookie, "").await.is_empty());
    assert!(seen(&site, "", "?all=true").await.is_empty(), "the public does not see it any more");
    assert_eq!(seen(&site, &cookie, "?all=true").await.len(), 1);
    let then = gone["received_at"].as_str().unwrap();
    let before = seen(&site, &cookie, &format!("?known_at={then}")).await;
    assert_eq!(before.len(), 1, "it was known then");
}

#[tokio::test]
async fn what_cannot_be_is_refused_by_name() {
    let site = Site::start().await;
    let cookie = site.person("minh", Role::Forecaster).await;
    let check = async |change: &dyn Fn(&mut Value), status: u16, expected: &str| {
        let mut body = forecast();
        change(&mut body);
        let said = problem(post(&site, &cookie, "", &body).await, status).await;
        assert!(said.contains(expected), "'{said}' does not say '{expected}'");
    };
    check(&|f| f["points"][1]["value"] = json!(85.5), 422, "points[1]: 85.5 is not between").await;
    check(
        &|f| f["points"][1] = json!({"at": hours(11), "value": 85.5}),
        422,
        "points[1].value: 85.5 m is above 12.68 m",
    )
    .await;
    check(&|f| f["station"] = json!("nowhere"), 422, "there is no station 'nowhere'").await;
    check(&|f| f["issued_at"] = json!(hours(1)), 422, "is in the future").await;
    check(&|f| f["points"] = json!([]), 422, "points: 0").await;
    check(&|f| f["points"][2]["at"] = json!(hours(24 * 11)), 422, "more than 10d").await;
    check(&|f| f["colour"] = json!("red"), 422, "unknown field `colour`").await;
    assert_eq!(site.ledger.status().last_seq, 1, "nothing of it is in the journal");
}

#[tokio::test]
async fn a_bare_model_is_shown_to_staff_and_a_newer_issue_takes_over() {
    let site = Site::start().await;
    let cookie = site.person("minh", Role::Forecaster).await;
    let issue = async |change: &dyn Fn(&mut Value)| {
        let mut body = forecast();
        change(&mut body);
        assert_eq!(post(&site, &cookie, "", &body).await.status(), 200);
    };
    issue(&|f| f["refined"] = json!(false)).await;
    assert!(seen(&site, "", "").await.is_empty());
    assert_eq!(seen(&site, &cookie, "").await[0]["refined"], false);
    issue(&|f| f["source"] = json!("Trạm")).await;
    issue(&|f| f["issued_at"] = json!(hours(0))).await;
    issue(&|f| f["issued_at"] = json!(hours(-2))).await;
    let current = seen(&site, &cookie, "").await;
    let sources: Vec<_> = current.iter().map(|one| one["source"].as_str().unwrap()).collect();
    assert_eq!(sources, ["Đài KTTV", "Trạm"]);
    assert_eq!(current[0]["refined"], true, "the one issued last, not the one handed in last");
    let page: Value = site
        .ask(Method::GET, "/api/v1/forecasts?all=true&limit=3", &cookie, None)
        .await
        .json()
        .await
        .unwrap();
    let rest =
        seen(&site, &cookie, &format!("?all=true&cursor={}", page["next"].as_str().unwrap())).await;
    assert_eq!((page["items"].as_array().unwrap().len(), rest.len()), (3, 1));
}
