//! Signing in and out.

use reqwest::{Method, Response};
use serde_json::json;
use store::{Role, User};

use crate::harness::{PASSWORD, Site, problem};

async fn sign_in(site: &Site, name: &str, password: &str) -> Response {
    let body = json!({"name": name, "password": password});
    site.ask(Method::POST, "/api/v1/session", "", Some(&body)).await
}

fn cookie(answer: &Response) -> String {
    let line = answer.headers()["set-cookie"].to_str().unwrap();
    line.split(';').next().unwrap().to_owned()
}

#[tokio::test]
async fn a_session_begins_with_the_password_and_ends_for_good() {
    let site = Site::start().await;
    site.person("lan", Role::DutyOfficer).await;
    let answer = sign_in(&site, "lan", PASSWORD).await;
    assert_eq!(answer.status(), 200);
    let line = answer.headers()["set-cookie"].to_str().unwrap().to_owned();
    assert!(line.contains("; HttpOnly; SameSite=Strict") && !line.contains("Secure"), "{line}");
    let cookie = cookie(&answer);
    let me = async || -> serde_json::Value {
        site.ask(Method::GET, "/api/v1/me", &cookie, None).await.json().await.unwrap()
    };
    let expected =
        json!({"user": {"name": "lan", "full_name": "Trực ban lan", "role": "duty_officer"}});
    assert_eq!(me().await, expected);
    let out = site.ask(Method::DELETE, "/api/v1/session", &cookie, None).await;
    assert!(out.headers()["set-cookie"].to_str().unwrap().contains("Max-Age=0"));
    assert_eq!(me().await, json!({"user": null}));
}

#[tokio::test]
async fn only_the_hash_of_the_token_is_stored() {
    let site = Site::start().await;
    site.person("lan", Role::Viewer).await;
    let cookie = cookie(&sign_in(&site, "lan", PASSWORD).await);
    let token = cookie.split_once('=').unwrap().1.to_owned();
    let reader = site.ledger.reader();
    let found = tokio::task::spawn_blocking(move || reader.session(&token).unwrap());
    assert_eq!(found.await.unwrap(), None);
}

#[tokio::test]
async fn wrong_names_wrong_passwords_and_disabled_people_get_the_same_answer() {
    let site = Site::start().await;
    site.person("lan", Role::Viewer).await;
    let password_hash = web::hash_password(PASSWORD).unwrap();
    let (name, full_name) = ("gone".to_owned(), String::new());
    let user = User { name, full_name, role: Role::Admin, password_hash, disabled: true };
    site.ledger.put_user(user).await.unwrap();
    let mut details = Vec::new();
    for (name, password) in
        [("lan", "wrong password"), ("nobody", PASSWORD), ("gone", PASSWORD), ("", "")]
    {
        details.push(problem(sign_in(&site, name, password).await, 401).await);
    }
    details.dedup();
    assert_eq!(details.len(), 1, "{details:?}");
}

#[tokio::test]
async fn guessing_is_slowed_down_even_when_the_guess_is_right() {
    let site = Site::start().await;
    site.person("lan", Role::Viewer).await;
    for _ in 0..5 {
        problem(sign_in(&site, "lan", "wrong password").await, 401).await;
    }
    let answer = sign_in(&site, "lan", PASSWORD).await;
    assert!(answer.headers()["retry-after"].to_str().unwrap().parse::<u64>().unwrap() >= 1);
    problem(answer, 429).await;
}

#[tokio::test]
async fn the_cookie_is_secure_behind_a_trusted_proxy_with_https() {
    let site =
        Site::start_with(|config| config.trusted_proxies = vec!["127.0.0.1".parse().unwrap()])
            .await;
    site.person("lan", Role::Viewer).await;
    let request =
        site.client.post(site.url("/api/v1/session")).header("x-forwarded-proto", "https");
    let answer = request.json(&json!({"name": "lan", "password": PASSWORD})).send().await.unwrap();
    assert!(answer.headers()["set-cookie"].to_str().unwrap().ends_with("; Secure"));
}

#[tokio::test]
async fn a_foreign_page_cannot_act() {
    let site = Site::start().await;
    let cookie = site.person("duty", Role::DutyOfficer).await;
    let act = async |name: &str, value: String| {
        let request = site.client.post(site.url("/api/v1/warnings/test")).header("cookie", &cookie);
        let request = request.json(&json!({"remark": "x"})).header(name, value);
        request.send().await.unwrap()
    };
    problem(act("origin", "https://evil.example".to_owned()).await, 403).await;
    problem(act("sec-fetch-site", "cross-site".to_owned()).await, 403).await;
    assert_eq!(act("origin", site.url("")).await.status(), 200);
}

#[tokio::test]
async fn made_up_and_expired_cookies_are_nobody() {
    let site = Site::start().await;
    let me: serde_json::Value = site
        .ask(Method::GET, "/api/v1/me", &format!("quantrac_session={}", "a".repeat(43)), None)
        .await
        .json()
        .await
        .unwrap();
    assert_eq!(me, json!({"user": null}));
}
