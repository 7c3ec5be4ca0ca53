//! Every error is a problem document.

use reqwest::Method;
use serde_json::json;
use store::Role;

use crate::harness::{Site, problem};

#[tokio::test]
async fn what_does_not_exist_or_cannot_be_understood_is_a_problem() {
    let site = Site::start().await;
    for (method, path, status) in [
        (Method::GET, "/no/such/page", 404),
        (Method::GET, "/api/v1/nothing", 404),
        (Method::GET, "/api/v1/stations/nowhere", 404),
        (Method::GET, "/api/v1/stations/NOT-A-NAME", 404),
        (Method::GET, "/api/v1/stations/nowhere/health", 404),
        (Method::GET, "/api/v1/warnings/none", 404),
        (Method::GET, "/api/v1/series/77/readings", 404),
        (Method::GET, "/api/v1/series/x/readings", 404),
        (Method::GET, "/cap/none.xml", 404),
        (Method::GET, "/cap/none", 404),
        (Method::POST, "/api/v1/stations", 405),
        (Method::DELETE, "/api/v1/about", 405),
        (Method::PUT, "/", 405),
        (Method::GET, "/api/v1/stations?limit=0", 400),
        (Method::GET, "/api/v1/stations?limit=100000", 400),
        (Method::GET, "/api/v1/stations?limit=many", 400),
        (Method::GET, "/api/v1/stations?limits=3", 400),
        (Method::GET, "/api/v1/series?cursor=x", 400),
        (Method::GET, "/api/v1/notices", 401),
        (Method::GET, "/api/v1/warnings?open=perhaps", 400),
    ] {
        let detail = problem(site.ask(method, path, "", None).await, status).await;
        assert!(!detail.is_empty(), "{path}");
    }
    let viewer = site.person("viewer", Role::Viewer).await;
    let lost = site.ask(Method::GET, "/api/v1/notices?state=lost", &viewer, None).await;
    assert!(!problem(lost, 400).await.is_empty());
}

#[tokio::test]
async fn bodies_are_refused_with_a_reason() {
    let site = Site::start().await;
    let cookie = site.person("duty", Role::DutyOfficer).await;
    let post = |kind: &'static str, body: Vec<u8>| {
        let request = site.client.post(site.url("/api/v1/warnings/test"));
        request.header("cookie", &cookie).header("content-type", kind).body(body).send()
    };
    let json = "application/json";
    for (kind, body, status) in [
        ("text/plain", b"{\"remark\":\"x\"}".to_vec(), 415),
        ("application/x-www-form-urlencoded", b"remark=x".to_vec(), 415),
        (json, b"{".to_vec(), 400),
        (json, vec![0xff, 0xfe], 400),
        (json, Vec::new(), 400),
        (json, b"[]".to_vec(), 422),
        (json, b"{}".to_vec(), 422),
        (json, b"{\"remark\":1}".to_vec(), 422),
        (json, b"{\"remark\":\"x\",\"more\":1}".to_vec(), 422),
        (json, vec![b' '; 300 * 1_024], 413),
    ] {
        problem(post(kind, body).await.unwrap(), status).await;
    }
    let body = json!({"remark": "x"});
    let done = site.ask(Method::POST, "/api/v1/warnings/test", &cookie, Some(&body));
    assert_eq!(done.await.status(), 200);
}

#[tokio::test]
async fn the_sentence_names_the_input() {
    let site = Site::start().await;
    let check = async |path: &str, expected: &str| {
        let answer = site.get(path).await;
        let status = answer.status().as_u16();
        let detail = problem(answer, status).await;
        assert!(detail.contains(expected), "{path}: {detail}");
    };
    check("/api/v1/stations/nowhere", "there is no station 'nowhere'").await;
    check("/api/v1/stations?limits=3", "limits").await;
    check("/api/v1/warnings/Bad%20Name", "is not a name").await;
    check("/api/v1/stations?limit=5000", "limit is 1 to 1000, not 5000").await;
}

#[tokio::test]
async fn a_place_behind_everything_is_an_empty_page() {
    let site = Site::start().await;
    for list in ["transitions", "set-aside"] {
        let page = site.json(&format!("/api/v1/{list}?after={}", u64::MAX)).await;
        assert_eq!(page["items"].as_array().map(Vec::len), Some(0), "{list}");
    }
}
