//! Work on a station that a duty officer announces.

use domain::{ArrivalBody, Command};
use reqwest::{Method, Response};
use serde_json::{Value, json};
use store::Role;

use crate::harness::{Site, problem};

const BEGIN: &str = "/api/v1/stations/thanh-hoa/maintenance";
const END: &str = "/api/v1/stations/thanh-hoa/maintenance/end";

async fn post(site: &Site, path: &str, cookie: &str, body: Value) -> Response {
    site.ask(Method::POST, path, cookie, Some(&body)).await
}

/// What the station's health says of it, once that is no more what it was before.
async fn changed(site: &Site, cookie: &str, before: &Value) -> Value {
    let path = "/api/v1/stations/thanh-hoa/health";
    loop {
        let health: Value = site.ask(Method::GET, path, cookie, None).await.json().await.unwrap();
        if health["maintenance"] != *before {
            return health["maintenance"].clone();
        }
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn a_duty_officer_begins_and_ends_it_and_everybody_sees_it_without_the_name() {
    let site = Site::start().await;
    let (lan, viewer) =
        (site.person("lan", Role::DutyOfficer).await, site.person("xem", Role::Viewer).await);
    let body = json!({"reason": "thay đầu đo", "until": "2125-11-19T03:00:00+07:00"});
    problem(post(&site, BEGIN, "", body.clone()).await, 401).await;
    problem(post(&site, BEGIN, &viewer, body.clone()).await, 403).await;
    let answer = post(&site, BEGIN, &lan, body).await;
    assert_eq!(answer.status(), 200);
    let done: Value = answer.json().await.unwrap();
    let told = &done["health"]["maintenance"];
    assert_eq!(
        (&told["by"], &told["reason"]),
        (&json!("Trực ban lan (lan)"), &json!("thay đầu đo"))
    );
    assert_eq!(changed(&site, &lan, &Value::Null).await, *told);
    let seen = changed(&site, "", &Value::Null).await;
    assert_eq!((&seen["by"], &seen["until"]), (&json!("staff"), &told["until"]));
    for path in ["/api/v1/stations", "/api/v1/board"] {
        let all = site.json(path).await.to_string();
        assert!(all.contains("thay đầu đo") && !all.contains("Trực ban"), "{path}: {all}");
    }
    let (reader, seq) = (site.ledger.reader(), done["seq"].as_u64().unwrap());
    let arrival = tokio::task::spawn_blocking(move || reader.arrival(seq).unwrap().unwrap());
    let ArrivalBody::Command { user, command } = arrival.await.unwrap().body else {
        panic!("not a command")
    };
    assert_eq!(user, "Trực ban lan (lan)");
    assert!(matches!(command, Command::Maintain { until: Some(_), .. }), "{command:?}");

    let over = json!({"reason": "đã thay xong"});
    problem(post(&site, END, "", over.clone()).await, 401).await;
    problem(post(&site, END, &viewer, over.clone()).await, 403).await;
    let answer = post(&site, END, &lan, over).await;
    assert_eq!(answer.status(), 200);
    let done: Value = answer.json().await.unwrap();
    assert_eq!(done["health"]["maintenance"], Value::Null);
    assert_eq!(changed(&site, "", &seen).await, Value::Null);
}

#[tokio::test]
async fn what_cannot_be_is_refused_with_why() {
    let site = Site::start().await;
    let lan = site.person("lan", Role::DutyOfficer).await;
    for path in [BEGIN, END] {
        for body in [json!({}), json!({"reason": ""}), json!({"reason": " "})] {
            problem(post(&site, path, &lan, body).await, 422).await;
        }
        let unknown = path.replace("thanh-hoa", "khong-co");
        let said = problem(post(&site, &unknown, &lan, json!({"reason": "thử"})).await, 404).await;
        assert!(said.contains("khong-co"), "{said}");
    }
    let past = json!({"reason": "thử", "until": "2015-11-19T03:00:00+07:00"});
    let said = problem(post(&site, BEGIN, &lan, past).await, 422).await;
    assert!(said.contains("future"), "{said}");
    for until in [json!("tomorrow"), json!(17)] {
        let body = json!({"reason": "thử", "until": until});
        problem(post(&site, BEGIN, &lan, body).await, 422).await;
    }
    assert_eq!(site.json("/api/v1/board").await["health"], json!([]));
}
