//! The server's clock is hours ahead and is set right while a flood comes: people are warned in time, silence is noticed, the
//! clock is named, and a replay is the same.
#![expect(clippy::unwrap_used, reason = "a test may fail")]

use std::fs;
use std::time::{Duration, Instant};

use domain::{Span, Time};
use reqwest::Method;
use serde_json::{Value, json};
use tests::admin::Admin;
use tests::faketime::{WrongClock, now};
use tests::http::{Collector, items, until};
use tests::mqtt::Station;
use tests::pack::{self, Wish, station};
use tests::server::{Installation, SECRET};

const RULE: &str = "[[rule]]\nid = \"clock\"\nname_vi = \"Đồng hồ\"\nname_en = \"Clock\"\nhazard = \"technical\"\n\
                    source = \"invented\"\n[rule.watch]\nkind = \"clock\"\n";

/// Two stations, of which one falls silent, and a committee with a webhook.
fn prepare(collector: &Collector) -> Installation {
    let installation = Installation::new();
    let webhook = Some(format!("http://{}", collector.address));
    let wish = Wish { stations: 2, interval: "5s".to_owned(), webhook, ..Wish::default() };
    pack::write(&installation.pack(), &wish);
    let file = |name: &str| installation.pack().join(name);
    let stations = fs::read_to_string(file("stations.toml")).unwrap();
    fs::write(file("stations.toml"), stations.replace("\"7d\"", "\"12s\"")).unwrap();
    let rules = fs::read_to_string(file("rules.toml")).unwrap();
    fs::write(file("rules.toml"), format!("{rules}{RULE}")).unwrap();
    installation.give_secret("collector", "what-the-collector-knows");
    installation
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_clock_that_was_seven_hours_ahead_and_is_set_right_stops_no_warning() {
    let collector = Collector::start().await;
    let mut installation = prepare(&collector);
    let clock = WrongClock::of(&installation);
    clock.step("+7h");
    installation.wrapper = clock.wrapper();
    let server = installation.start().await.unwrap();
    installation.admit((0..2).map(station)).unwrap();
    let mut quiet = Station::connect(installation.mqtt, &station(1), SECRET).await.unwrap();
    quiet.publish(reading(now(), 2.0).as_bytes()).await.unwrap();
    server.stop().await.unwrap();

    installation.wrapper = Vec::new();
    let server = installation.start().await.unwrap();
    let named = |told: &Value| {
        let all = told["problems"].as_array().unwrap();
        all.iter()
            .any(|one| one["what"] == "clock_behind" && one["by_seconds"].as_i64() > Some(25_000))
    };
    until(&installation.base(), "/api/v1/status", named).await;
    let mut open = Station::connect(installation.mqtt, &station(0), SECRET).await.unwrap();
    for (ago, metres) in [(15, 8.1), (10, 8.2), (5, 8.3), (0, 8.3)] {
        open.publish(reading(now() - Span::seconds(ago), metres).as_bytes()).await.unwrap();
    }
    let warnings = items(&installation.base(), "/api/v1/alarms").await.unwrap();
    let flood = warnings.iter().find(|one| one["rule"] == "flood-stage").unwrap();
    assert_eq!((&flood["state"]["level"], &flood["late"]), (&json!(3), &json!(false)), "{flood}");

    let admin = Admin::of(&installation).await.unwrap();
    let all = admin.get("/api/v1/warnings").await.unwrap();
    let draft =
        all["items"].as_array().unwrap().iter().find(|one| one["hazard"] == "flood").unwrap();
    assert_eq!(draft["draft"]["late"], json!(false), "{draft}");
    let path = format!("/api/v1/warnings/{}/confirm", draft["id"].as_str().unwrap());
    let body = json!({"draft": draft["draft"]["number"]});
    let answer = admin.ask(Method::POST, &path, Some(body)).await.unwrap();
    assert!(answer.status().is_success(), "{}", answer.text().await.unwrap());
    wait_for(&collector, "flood").await;
    let after =
        admin.get(&format!("/api/v1/warnings/{}", draft["id"].as_str().unwrap())).await.unwrap();
    assert!(!after.to_string().contains("ĐẾN MUỘN"), "{after}");

    let silent = |told: &Value| told["stations"]["silent"].as_u64() >= Some(1);
    until(&installation.base(), "/api/v1/status", silent).await;
    let alarms = items(&installation.base(), "/api/v1/alarms").await.unwrap();
    assert!(
        alarms.iter().any(|one| one["rule"] == "clock"),
        "people are told of the clock: {alarms:?}"
    );
    assert!(installation.log().contains("clock_behind"), "and so is the log");
    let metrics = format!("{}/metrics", installation.base());
    let told = reqwest::get(&metrics).await.unwrap().text().await.unwrap();
    assert!(told.contains("quantrac_ledger_clock_fault 1"), "{told}");

    let nothing =
        admin.ask(Method::POST, "/api/v1/clock", Some(json!({"reason": " "}))).await.unwrap();
    assert!(nothing.status().is_client_error(), "a reason is needed");
    let reason = json!({"reason": "đồng hồ GPS của đài"});
    let right = admin.ask(Method::POST, "/api/v1/clock", Some(reason)).await.unwrap();
    assert!(right.status().is_success(), "{}", right.text().await.unwrap());
    until(&installation.base(), "/api/v1/status", |told| !named(told)).await;
    server.stop().await.unwrap();
    replays(&installation);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_clock_that_jumps_while_a_draft_waits_delays_nothing() {
    let collector = Collector::start().await;
    let mut installation = prepare(&collector);
    let policy = installation.pack().join("policy.toml");
    let text = fs::read_to_string(&policy).unwrap();
    let issue = "hazard = \"flood\"\nauto_issue_after = \"8s\"\nauto_issue_in_exercise = true";
    fs::write(&policy, text.replacen("hazard = \"flood\"", issue, 1)).unwrap();
    let clock = WrongClock::of(&installation);
    installation.wrapper = clock.wrapper();
    let server = installation.start().await.unwrap();
    installation.admit((0..2).map(station)).unwrap();
    let mut open = Station::connect(installation.mqtt, &station(0), SECRET).await.unwrap();
    let begun = Instant::now();
    for (ago, metres) in [(15, 8.1), (10, 8.2), (5, 8.3), (0, 8.3)] {
        open.publish(reading(now() - Span::seconds(ago), metres).as_bytes()).await.unwrap();
    }
    clock.step("-7h");
    let behind = |told: &Value| told["clock"]["fault"] == "clock_behind";
    until(&installation.base(), "/api/v1/status", behind).await;
    wait_for(&collector, "flood").await;
    let waited = begun.elapsed();
    assert!(waited >= Duration::from_secs(7), "not before its time: {waited:?}");

    clock.step("+3650d");
    let ahead = |told: &Value| told["clock"]["fault"] == "clock_ahead";
    until(&installation.base(), "/api/v1/status", ahead).await;
    clock.step("+0");
    until(&installation.base(), "/api/v1/status", |told| told["clock"]["fault"].is_null()).await;
    server.stop().await.unwrap();
    replays(&installation);
}

/// Until a webhook came that speaks of it.
async fn wait_for(collector: &Collector, hazard: &str) {
    let begun = Instant::now();
    let came = || {
        let all = collector.delivered.lock().unwrap();
        all.values().any(|(_, body)| body.to_string().contains(hazard))
    };
    while !came() {
        assert!(begun.elapsed() < Duration::from_secs(20), "nothing was delivered");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

fn replays(installation: &Installation) {
    let from = installation.ledger().display().to_string();
    let to = installation.folder.path().join("again.db").display().to_string();
    let told = installation.run(&["replay", "--from", &from, "--to", &to]).unwrap();
    assert!(!told.contains("differ "), "{told}");
}

fn reading(at: Time, metres: f64) -> String {
    format!(r#"{{"time":"{at}","readings":{{"water_level":{metres}}}}}"#)
}
