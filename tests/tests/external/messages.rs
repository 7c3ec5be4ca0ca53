//! Odd messages: none of them stops what follows, and each is somewhere to be found.

use tests::http::until;
use tests::mosquitto::Mosquitto;
use tests::mqtt::Station;
use tests::server::{Installation, SECRET};
use tokio::process::Command;

use crate::load::{body, stored, three_hours_ago};
use crate::{ANYBODY, installation, intake, measured, until_state};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_too_large_or_of_no_station_is_put_aside_and_what_follows_arrives() {
    let mut broker = Mosquitto::new(ANYBODY);
    broker.start().await.unwrap();
    let installation = installation(1, &broker.entry("tinh", "max_packet_bytes = 20000"));
    let server = installation.start().await.unwrap();
    until_state(&installation, "tinh", "connected").await;
    let start = three_hours_ago();
    let mut open = Station::connect(broker.address, "t0000", SECRET).await.unwrap();
    let large = format!("[{}", body(start, 0)) + &" ".repeat(3_000_000) + "]";
    open.publish(large.as_bytes()).await.unwrap();
    for station in ["nobody", "warning", "TRẠM 7"] {
        let topic = format!("quantrac/v1/{station}/telemetry");
        open.publish_to(&topic, body(start, 0).as_bytes()).await.unwrap();
    }
    open.publish(body(start, 5).as_bytes()).await.unwrap();

    let aside = || crate::aside(&installation);
    until(&installation.base(), "/api/v1/status", |told| intake(told, "tinh")["committed"] == 5)
        .await;
    let told: Vec<_> = aside()
        .await
        .iter()
        .map(|one| {
            let text = |key: &str| one[key].as_str().unwrap().to_owned();
            (text("station"), text("topic"), text("reason"))
        })
        .collect();
    let expected = [
        ("t0000", "quantrac/v1/t0000/telemetry", "too_much"),
        ("nobody", "quantrac/v1/nobody/telemetry", "unknown_station"),
        ("tinh", "quantrac/v1/warning/telemetry", "unknown_station"),
        ("tinh", "quantrac/v1/TRẠM 7/telemetry", "unknown_station"),
    ];
    let expected = expected.map(|(a, b, c)| (a.to_owned(), b.to_owned(), c.to_owned()));
    assert_eq!(told, expected);
    let counted = measured(&installation, "quantrac_external_put_aside_total").await;
    // That nobody knows `nobody` is found out further on.
    assert_eq!(counted, [("broker=\"tinh\"".to_owned(), 3.0)]);
    let large = aside().await[0]["detail"].as_str().unwrap().to_owned();
    assert!(large.contains("3000") && large.contains("20000"), "{large}");
    assert_eq!(stored(&installation, 0..1).len(), 1, "only what came after");

    // Nothing of it waits at the broker for ever: after a restart it does not come again.
    server.stop().await.unwrap();
    let server = installation.start().await.unwrap();
    until_state(&installation, "tinh", "connected").await;
    open.publish(body(start, 6).as_bytes()).await.unwrap();
    until(&installation.base(), "/api/v1/status", |told| intake(told, "tinh")["committed"] == 1)
        .await;
    assert_eq!(aside().await.len(), 4);
    server.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn retained_copies_and_wills_mean_what_they_mean_at_our_own_broker() {
    let mut broker = Mosquitto::new(ANYBODY);
    broker.start().await.unwrap();
    retain(&broker, "t0000", r#"{"readings":{"water_level":3.5}}"#).await;
    retain(&broker, "t0001", &body(three_hours_ago(), 1)).await;
    let installation = installation(2, &broker.entry("tinh", ""));
    let server = installation.start().await.unwrap();
    until(&installation.base(), "/api/v1/status", |told| intake(told, "tinh")["committed"] == 2)
        .await;
    let aside = crate::aside(&installation).await;
    assert_eq!(aside.len(), 1, "{aside:?}");
    assert_eq!(aside[0]["reason"], "retained_without_time");
    assert_eq!(stored(&installation, 0..2).len(), 1);

    let port = broker.address.port().to_string();
    let mut station = Command::new("mosquitto_sub")
        .args(["-h", "127.0.0.1", "-p", &port, "-t", "quantrac/v1/t0000/command"])
        .args(["--will-topic", "quantrac/v1/t0000/status", "--will-payload", "offline"])
        .args(["--will-qos", "1"])
        .kill_on_drop(true)
        .spawn()
        .expect("mosquitto_sub is part of mosquitto-clients");
    let mut open = Station::connect(broker.address, "t0000", SECRET).await.unwrap();
    open.publish_to("quantrac/v1/t0000/status", br#"{"state":"online"}"#).await.unwrap();
    connected(&installation, true).await;
    // Only when the broker knows it does it know its will.
    for _ in 0..500 {
        if broker.log().matches("New client connected").count() >= 4 {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    station.kill().await.unwrap();
    connected(&installation, false).await;
    server.stop().await.unwrap();
}

/// What a broker keeps it sends at each connection anew: that is its memory, and no word of the station.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_retained_copy_revives_no_station_however_often_the_link_is_made() {
    let mut broker = Mosquitto::new(ANYBODY);
    broker.start().await.unwrap();
    retain(&broker, "t0000", &body(three_hours_ago(), 1)).await;
    let installation = installation(1, &broker.entry("tinh", ""));
    let stations = installation.pack().join("stations.toml");
    let text = std::fs::read_to_string(&stations).unwrap();
    let quick = text.replace("\"7d\"", "\"6s\"").replace("\"10min\"", "\"3s\"");
    std::fs::write(&stations, quick).unwrap();
    let server = installation.start().await.unwrap();
    let silent = |told: &serde_json::Value| {
        let all = told["health"]["conditions"].as_array().cloned().unwrap_or_default();
        all.len() == 1 && all[0].to_string().contains("silent")
    };
    let station = "/api/v1/stations/t0000";
    until(&installation.base(), station, silent).await;
    let since = health(&installation).await["conditions"].clone();
    for round in 2..5 {
        broker.settled().await.unwrap();
        broker.kill().await;
        until_state(&installation, "tinh", "unreachable").await;
        broker.start().await.unwrap();
        until(&installation.base(), "/api/v1/status", |told| {
            intake(told, "tinh")["committed"] == round
        })
        .await;
        let now = health(&installation).await;
        assert_eq!(now["conditions"], since, "{now}");
    }
    assert_eq!(stored(&installation, 0..1).len(), 1, "its value is known all the same");
    // A word of its own is one.
    let mut open = Station::connect(broker.address, "t0000", SECRET).await.unwrap();
    let at = three_hours_ago() + domain::Span::hours(3);
    let text = format!(r#"{{"time":"{at}","readings":{{"water_level":3.1}}}}"#);
    open.publish(text.as_bytes()).await.unwrap();
    until(&installation.base(), station, |told| !silent(told)).await;
    server.stop().await.unwrap();
}

async fn health(installation: &Installation) -> serde_json::Value {
    let url = format!("{}/api/v1/stations/t0000", installation.base());
    let told: serde_json::Value = reqwest::get(url).await.unwrap().json().await.unwrap();
    told["health"].clone()
}

async fn connected(installation: &Installation, expected: bool) {
    until(&installation.base(), "/api/v1/stations/t0000", |told| {
        told["health"]["connected"] == expected
    })
    .await;
}

async fn retain(broker: &Mosquitto, station: &str, body: &str) {
    let port = broker.address.port().to_string();
    let sent = Command::new("mosquitto_pub")
        .args(["-h", "127.0.0.1", "-p", &port, "-q", "1", "-r", "-m", body])
        .args(["-t", &format!("quantrac/v1/{station}/telemetry")])
        .status()
        .await;
    assert!(sent.expect("mosquitto_pub is part of mosquitto-clients").success());
}
