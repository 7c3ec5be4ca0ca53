//! What other systems get through a broker of theirs, and what they must never get.

use std::collections::BTreeMap;
use std::time::Duration;

use domain::{Span, Time};
use serde_json::Value;
use tests::http::until;
use tests::mosquitto::Mosquitto;
use tests::mqtt::Station;
use tests::pack::{self, Wish, station};
use tests::server::{Installation, SECRET};

use crate::load::three_hours_ago;
use crate::{ANYBODY, wish};

const OUT: &str = "publish = \"quantrac/out\"";

fn warning_at_once(settings: &str) -> Installation {
    let mut installation = Installation::new();
    let wish = Wish { auto_issue: true, auto_end: true, max_gap: "10min".to_owned(), ..wish(1) };
    pack::write(&installation.pack(), &wish);
    installation.set(settings);
    installation
}

/// A stage of the station in metres, published to our own broker.
async fn stage(open: &mut Station, at: Time, metres: f64) {
    let body = format!(r#"{{"time":"{at}","readings":{{"water_level":{metres:.2}}}}}"#);
    open.publish(body.as_bytes()).await.unwrap();
}

fn parsed(lines: &[String]) -> Vec<(String, Value)> {
    let one = |line: &String| {
        let (topic, body) = line.split_once(' ').unwrap_or((line, ""));
        (topic.to_owned(), serde_json::from_str(body).unwrap_or(Value::Null))
    };
    lines.iter().map(one).collect()
}

async fn until_bridged(installation: &Installation) {
    until(&installation.base(), "/api/v1/status", |told| {
        let way = &told["external"][0]["bridge"];
        way["link"]["state"] == "connected" && way["behind"] == 0
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_system_gets_checked_readings_and_the_warning_in_force() {
    let mut broker = Mosquitto::new(ANYBODY);
    broker.start().await.unwrap();
    let installation = warning_at_once(&broker.entry("tinh", OUT));
    let server = installation.start().await.unwrap();
    installation.admit([station(0)]).unwrap();
    until_bridged(&installation).await;
    let mut open = Station::connect(installation.mqtt, "t0000", SECRET).await.unwrap();
    let start = three_hours_ago();

    let topic = "quantrac/out/reading/t0000/water_level";
    let heard = async { broker.listen(topic, 12).await.unwrap() };
    let sent = async {
        until_listening(&broker).await;
        for minute in 0..12 {
            stage(&mut open, start + Span::minutes(minute), 5.9 + minute as f64 / 50.0).await;
        }
    };
    let (heard, ()) = tokio::join!(heard, sent);
    let readings = parsed(&heard);
    for (minute, (_, body)) in readings.iter().enumerate() {
        let at = start + Span::minutes(i64::try_from(minute).unwrap());
        assert_eq!(body["time"], at.to_string(), "{body}");
        let metres = 5.9 + minute as f64 / 50.0;
        assert!((body["value"].as_f64().unwrap() - metres).abs() < 0.006, "{body}");
        assert_eq!(body["unit"], "m");
        assert!(body["flag"].is_string() && body["seq"].is_u64(), "{body}");
    }

    // Retained: who comes later finds it. A broker that forgot it gets it again.
    let warning = parsed(&broker.listen("quantrac/out/warning/+", 1).await.unwrap());
    assert_eq!(warning[0].1["hazard"], "flood", "{warning:?}");
    assert!(warning[0].1.get("author").is_none(), "no names of people: {warning:?}");
    broker.settled().await.unwrap();
    broker.kill().await;
    broker.forget();
    broker.start().await.unwrap();
    let again = parsed(&broker.listen("quantrac/out/warning/+", 1).await.unwrap());
    assert_eq!(again[0].1["warning"], warning[0].1["warning"]);

    // Its end is heard by who listens, and then it is gone.
    let ended = async { broker.listen("quantrac/out/warning/+", 3).await.unwrap() };
    let falls = async {
        until_listening(&broker).await;
        for minute in 12..90 {
            stage(&mut open, start + Span::minutes(minute), 3.0).await;
        }
    };
    let (ended, ()) = tokio::join!(ended, falls);
    let kinds: Vec<_> = parsed(&ended).iter().map(|(_, body)| body["kind"].clone()).collect();
    assert_eq!(kinds[1..], [Value::from("end"), Value::Null], "{ended:?}");
    assert!(quiet(&broker, "quantrac/out/warning/+").await, "nothing is retained any more");
    server.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_happens_while_the_other_broker_is_away_follows_and_nothing_is_left_out() {
    let mut broker = Mosquitto::new(ANYBODY);
    broker.start().await.unwrap();
    let installation = warning_at_once(&broker.entry("tinh", OUT));
    let mut server = installation.start().await.unwrap();
    installation.admit([station(0)]).unwrap();
    until_bridged(&installation).await;
    // A subscriber whose session the broker keeps, so that it misses nothing while it is away itself.
    subscribe_for_good(&broker).await;
    let mut open = Station::connect(installation.mqtt, "t0000", SECRET).await.unwrap();
    let start = three_hours_ago();
    for minute in 0..40 {
        match minute {
            10 => {
                until_bridged(&installation).await;
                broker.settled().await.unwrap();
                broker.kill().await;
            }
            20 => {
                server.kill().await;
                server = installation.start().await.unwrap();
                open = Station::connect(installation.mqtt, "t0000", SECRET).await.unwrap();
            }
            30 => {
                broker.start().await.unwrap();
                until_bridged(&installation).await;
            }
            _ => {}
        }
        stage(&mut open, start + Span::minutes(minute), 2.0 + minute as f64 / 100.0).await;
    }
    until_bridged(&installation).await;
    let mut seen: BTreeMap<String, u64> = BTreeMap::new();
    for (_, body) in parsed(&kept(&broker).await) {
        let seq = body["seq"].as_u64().unwrap();
        let before = seen.insert(body["time"].as_str().unwrap().to_owned(), seq);
        assert!(before.is_none_or(|before| before <= seq), "the newest is the last: {body}");
    }
    let expected: Vec<_> = (0..40).map(|n| (start + Span::minutes(n)).to_string()).collect();
    assert_eq!(seen.into_keys().collect::<Vec<_>>(), expected, "at least once each");
    server.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_drill_neither_reads_nor_publishes_there() {
    let mut broker = Mosquitto::new(ANYBODY);
    broker.start().await.unwrap();
    let mut installation = warning_at_once(&broker.entry("tinh", OUT));
    installation.arguments.push("--exercise".to_owned());
    let server = installation.start().await.unwrap();
    installation.admit([station(0)]).unwrap();
    let mut open = Station::connect(installation.mqtt, "t0000", SECRET).await.unwrap();
    for minute in 0..12 {
        stage(&mut open, three_hours_ago() + Span::minutes(minute), 6.5).await;
    }
    until(&installation.base(), "/api/v1/warnings", |told| {
        told["items"].as_array().is_some_and(|all| !all.is_empty())
    })
    .await;
    let told = crate::status(&installation).await;
    assert_eq!(told["external"], serde_json::json!([]));
    assert!(!broker.log().contains("quantrac-"), "it never called: {}", broker.log());
    assert!(quiet(&broker, "quantrac/out/#").await);
    server.stop().await.unwrap();
}

/// Whether nothing comes under a topic for a second, retained or not.
async fn quiet(broker: &Mosquitto, topic: &str) -> bool {
    let listening = broker.listen(topic, 1);
    tokio::time::timeout(Duration::from_secs(1), listening).await.is_err()
}

/// Waits until one more `mosquitto_sub` is there than before.
async fn until_listening(broker: &Mosquitto) {
    for _ in 0..500 {
        let log = broker.log();
        // Mosquitto numbers clients without a name of their own by itself.
        let all = log.lines().filter(|line| line.contains(" as auto-")).count();
        let gone = log.lines().filter(|line| line.contains("Client auto-")).count();
        if all > gone {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("nobody listens: {}", broker.log());
}

const PERSISTENT: [&str; 7] = ["-i", "archive", "-c", "-q", "1", "-t", "quantrac/out/reading/#"];

async fn subscribe_for_good(broker: &Mosquitto) {
    let port = broker.address.port().to_string();
    let done = tokio::process::Command::new("mosquitto_sub")
        .args(["-h", "127.0.0.1", "-p", &port, "-E"])
        .args(PERSISTENT)
        .status()
        .await;
    assert!(done.expect("mosquitto_sub is part of mosquitto-clients").success());
}

/// What the broker kept for that subscriber: all that comes until it is quiet for some seconds.
async fn kept(broker: &Mosquitto) -> Vec<String> {
    let port = broker.address.port().to_string();
    let output = tokio::process::Command::new("mosquitto_sub")
        .args(["-h", "127.0.0.1", "-p", &port, "-v", "-W", "3"])
        .args(PERSISTENT)
        .output()
        .await
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    text.lines().filter(|line| line.contains("/t0000/water_level ")).map(str::to_owned).collect()
}
