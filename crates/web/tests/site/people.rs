//! Users, and one's own password.

use reqwest::{Method, Response};
use serde_json::{Value, json};
use store::Role;

use crate::harness::{PASSWORD, Site, problem};

async fn put(site: &Site, cookie: &str, name: &str, body: Value) -> Response {
    site.ask(Method::PUT, &format!("/api/v1/users/{name}"), cookie, Some(&body)).await
}

async fn signs_in(site: &Site, name: &str, password: &str) -> Response {
    let body = json!({"name": name, "password": password});
    site.ask(Method::POST, "/api/v1/session", "", Some(&body)).await
}

async fn audit(site: &Site) -> Vec<String> {
    let reader = site.ledger.reader();
    let lines = tokio::task::spawn_blocking(move || reader.audit_lines(0, 100).unwrap());
    let lines = lines.await.unwrap();
    lines.into_iter().map(|line| format!("{}: {} {}", line.who, line.what, line.detail)).collect()
}

fn as_admin(role: &str, disabled: bool) -> Value {
    json!({"full_name": "Quản trị", "role": role, "disabled": disabled})
}

#[tokio::test]
async fn somebody_new_gets_a_password_that_is_told_once_and_written_nowhere() {
    let site = Site::start().await;
    let admin = site.person("admin", Role::Admin).await;
    let body = json!({"name": "minh", "full_name": " Trực ban Minh ", "role": "duty_officer"});
    let answer = site.ask(Method::POST, "/api/v1/users", &admin, Some(&body)).await;
    assert_eq!(answer.headers()["cache-control"], "no-store");
    let made: Value = answer.json().await.unwrap();
    let password = made["password"].as_str().unwrap().to_owned();
    assert_eq!(password.chars().count(), 18);
    assert_eq!(signs_in(&site, "minh", &password).await.status(), 200);
    let again = site.ask(Method::POST, "/api/v1/users", &admin, Some(&body)).await;
    assert!(problem(again, 409).await.contains("choose another name"));
    let bad = json!({"name": "Mình ơi", "full_name": "x", "role": "viewer"});
    assert!(
        problem(site.ask(Method::POST, "/api/v1/users", &admin, Some(&bad)).await, 422)
            .await
            .starts_with("name: ")
    );

    let listed = site.ask(Method::GET, "/api/v1/users", &admin, None).await.text().await.unwrap();
    assert!(listed.contains("Trực ban Minh") && !listed.contains("argon2"), "{listed}");
    let reset = site.ask(Method::POST, "/api/v1/users/minh/password", &admin, None).await;
    let reset: Value = reset.json().await.unwrap();
    assert_eq!(signs_in(&site, "minh", &password).await.status(), 401);
    assert_eq!(signs_in(&site, "minh", reset["password"].as_str().unwrap()).await.status(), 200);
    let trail = audit(&site).await;
    assert!(trail.contains(&"admin: user added minh as duty_officer".to_owned()), "{trail:?}");
    assert!(trail.contains(&"admin: password made minh".to_owned()), "{trail:?}");
    assert!(!trail.iter().any(|line| line.contains(&password)), "{trail:?}");
}

#[tokio::test]
async fn the_last_administrator_stays_and_nobody_steps_down_by_accident() {
    let site = Site::start().await;
    let admin = site.person("admin", Role::Admin).await;
    for change in [as_admin("viewer", false), as_admin("admin", true)] {
        let told = problem(put(&site, &admin, "admin", change).await, 409).await;
        assert!(told.contains("last administrator"), "{told}");
    }
    let second = site.person("second", Role::Admin).await;
    let told = problem(put(&site, &admin, "admin", as_admin("viewer", false)).await, 409).await;
    assert!(told.contains("your own rights"), "{told}");
    assert_eq!(put(&site, &second, "admin", as_admin("viewer", false)).await.status(), 200);
    // At once, not when the remembered session is looked up again.
    problem(site.ask(Method::GET, "/api/v1/users", &admin, None).await, 403).await;
    assert_eq!(put(&site, &second, "admin", as_admin("viewer", true)).await.status(), 200);
    problem(site.ask(Method::GET, "/api/v1/users", &admin, None).await, 401).await;
    problem(put(&site, &second, "nobody", as_admin("viewer", true)).await, 404).await;
    let trail = audit(&site).await;
    assert!(
        trail.iter().any(|line| line.starts_with("second: user changed admin: ")
            && line.contains("role admin → viewer")),
        "{trail:?}"
    );
}

#[tokio::test]
async fn two_administrators_cannot_take_away_each_others_rights_at_once() {
    let site = Site::start().await;
    let (one, two) = (site.person("one", Role::Admin).await, site.person("two", Role::Admin).await);
    let (a, b) = tokio::join!(
        put(&site, &one, "two", as_admin("viewer", false)),
        put(&site, &two, "one", as_admin("viewer", false)),
    );
    let mut statuses = [a.status().as_u16(), b.status().as_u16()];
    statuses.sort_unstable();
    assert_eq!(statuses[0], 200);
    assert!([403, 409].contains(&statuses[1]), "{statuses:?}");
}

async fn own(site: &Site, cookie: &str, old: &str, new: &str) -> Response {
    let body = json!({"old": old, "new": new});
    site.ask(Method::POST, "/api/v1/me/password", cookie, Some(&body)).await
}

#[tokio::test]
async fn ones_own_password_needs_the_old_one_and_ends_all_other_sessions() {
    let site = Site::start().await;
    let lan = site.person("lan", Role::Viewer).await;
    let elsewhere =
        signs_in(&site, "lan", PASSWORD).await.headers()["set-cookie"].to_str().unwrap().to_owned();
    let elsewhere = elsewhere.split(';').next().unwrap();
    for (new, why) in [
        ("ngắn quá", "12 characters"),
        ("aaaaaaaaaaaaaaaa", "easy to guess"),
        ("lanlanlanlan", "easy to guess"),
        (PASSWORD, "old one"),
    ] {
        let told = problem(own(&site, &lan, PASSWORD, new).await, 422).await;
        assert!(told.contains(why), "{new}: {told}");
    }
    let new = "đê cao hơn nước lũ";
    problem(own(&site, &lan, "wrong", new).await, 422).await;
    let answer = own(&site, &lan, PASSWORD, new).await;
    assert_eq!(answer.status(), 200);
    let cookie =
        answer.headers()["set-cookie"].to_str().unwrap().split(';').next().unwrap().to_owned();
    for (cookie, name) in
        [(lan.as_str(), Value::Null), (elsewhere, Value::Null), (cookie.as_str(), "lan".into())]
    {
        let me: Value =
            site.ask(Method::GET, "/api/v1/me", cookie, None).await.json().await.unwrap();
        assert_eq!(me["user"]["name"], name, "{cookie}");
    }
    assert_eq!(signs_in(&site, "lan", PASSWORD).await.status(), 401);
    assert_eq!(signs_in(&site, "lan", new).await.status(), 200);
}

#[tokio::test]
async fn guessing_the_old_password_is_slowed_down_like_a_sign_in() {
    let site = Site::start().await;
    let lan = site.person("lan", Role::Viewer).await;
    for _ in 0..5 {
        problem(own(&site, &lan, "wrong", "đê cao hơn nước lũ").await, 422).await;
    }
    let answer = own(&site, &lan, PASSWORD, "đê cao hơn nước lũ").await;
    assert!(answer.headers().contains_key("retry-after"));
    problem(answer, 429).await;
}
