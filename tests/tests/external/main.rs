//! Brokers that somebody else runs: the real Mosquitto and the real quantrac, and what goes wrong between them.
//!
//! What is acknowledged to a publisher by a Mosquitto that keeps what it acknowledges is in the ledger, once.
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test may fail, and says what it saw"
)]

mod backlog;
mod bridge;
mod doors;
mod load;
mod messages;
mod outages;
mod sharing;

use serde_json::Value;
use tests::pack::{self, Wish};
use tests::server::Installation;

const ANYBODY: &str = "allow_anonymous true";

/// An installation with so many stations and these settings, not started.
fn installation(stations: usize, settings: &str) -> Installation {
    let mut installation = Installation::new();
    pack::write(&installation.pack(), &wish(stations));
    installation.set(settings);
    installation
}

fn wish(stations: usize) -> Wish {
    Wish {
        stations,
        // The hours before now are published as fast as they are acknowledged: that is news here.
        about: "late_after = \"1d\"\nclock_tolerance = \"1d\"\n".to_owned(),
        ..Wish::default()
    }
}

/// Waits until the way in from that broker is in that state, and says the problem of it in both languages.
async fn until_state(installation: &Installation, broker: &str, state: &str) {
    tests::http::until(&installation.base(), "/api/v1/status", |told| {
        intake(told, broker)["link"]["state"] == state
            && (state == "connected" || named(told, broker))
    })
    .await;
    let labels = format!("broker=\"{broker}\",way=\"in\",state=\"{state}\"");
    let told = measured(installation, "quantrac_external_state").await;
    let one: Vec<_> = told.iter().filter(|(_, value)| *value == 1.0).collect();
    let own =
        one.iter().filter(|(text, _)| text.contains(&format!("broker=\"{broker}\",way=\"in\"")));
    assert!(own.clone().count() == 1 && own.clone().all(|(text, _)| *text == labels), "{told:?}");
}

/// What `/metrics` tells under a name: the labels and the value of each line.
async fn measured(installation: &Installation, name: &str) -> Vec<(String, f64)> {
    let url = format!("{}/metrics", installation.base());
    let text = reqwest::get(url).await.unwrap().text().await.unwrap();
    let lines = text.lines().filter_map(|line| {
        let (labels, value) = line.strip_prefix(name)?.strip_prefix('{')?.split_once("} ")?;
        Some((labels.to_owned(), value.parse().unwrap()))
    });
    lines.collect()
}

/// The way in from a broker, as the status tells it.
fn intake(status: &Value, broker: &str) -> Value {
    let all = status["external"].as_array().unwrap();
    all.iter().find(|one| one["name"] == broker).map_or(Value::Null, |one| one["intake"].clone())
}

fn named(status: &Value, broker: &str) -> bool {
    let problems = status["problems"].as_array().unwrap();
    problems.iter().any(|one| {
        let says = |key: &str| one[key].as_str().is_some_and(|text| text.contains(broker));
        one["layer"] == "intake" && says("text_vi") && says("text_en")
    })
}

async fn status(installation: &Installation) -> Value {
    let url = format!("{}/api/v1/status", installation.base());
    reqwest::get(url).await.unwrap().json().await.unwrap()
}

/// What was put aside.
async fn aside(installation: &Installation) -> Vec<Value> {
    tests::http::items(&installation.base(), "/api/v1/set-aside").await.unwrap()
}
