//! Acknowledged means committed.

use std::time::{Duration, Instant};

use rumqttc::{AsyncClient, Event, MqttOptions, Outgoing, Packet, QoS};

use crate::gate::{Commits, Given, SECRET, TestGate};
use crate::wire::{PUBACK, PUBCOMP, PUBREC, Wire, packet};
use crate::{broker, config, mosquitto};

const TOPIC: &str = "quantrac/v1/kon/telemetry";

fn message(payload: &[u8]) -> Given {
    let (station, topic) = ("kon".into(), TOPIC.into());
    Given::Message { station, topic, payload: payload.into() }
}

#[tokio::test]
async fn the_acknowledgement_waits_for_the_commit() {
    for (version, qos, answer) in [(4, 1, PUBACK), (5, 1, PUBACK), (4, 2, PUBREC), (5, 2, PUBREC)] {
        let gate = TestGate::with(&["kon"]);
        let broker = broker(&gate).await;
        let mut station = Wire::station(broker.address(), version, "kon").await;
        gate.set(Commits::Wait);
        station.publish(qos, 1, TOPIC, b"8.00").await;
        gate.offers(1).await;
        station.is_quiet().await;
        gate.set(Commits::Pass);
        let (kind, body) = station.next().await.unwrap();
        assert_eq!((kind, &body[..2]), (answer, &[0, 1][..]), "version {version}, qos {qos}");
        assert!(body[2..].iter().all(|byte| *byte == 0), "success: {body:?}");
        assert_eq!(gate.messages(1).await, [message(b"8.00")]);
        if qos == 2 {
            station.send(&[0x62, 2, 0, 1]).await;
            assert_eq!(station.next().await.unwrap().0, PUBCOMP);
        }
        broker.stop().await;
    }
}

#[tokio::test]
async fn a_refused_commit_is_not_acknowledged_and_ends_the_connection() {
    for (version, qos) in [(4, 0), (4, 1), (4, 2), (5, 0), (5, 1), (5, 2)] {
        let gate = TestGate::with(&["kon"]);
        let broker = broker(&gate).await;
        let mut station = Wire::station(broker.address(), version, "kon").await;
        gate.set(Commits::Fail);
        station.publish(qos, 1, TOPIC, b"8.00").await;
        station.is_closed().await;
        assert!(gate.committed.borrow().iter().all(|g| matches!(g, Given::Presence { .. })));
        broker.stop().await;
    }
}

#[tokio::test]
async fn a_commit_that_takes_too_long_ends_the_connection() {
    let gate = TestGate::with(&["kon"]);
    let config = ingest::BrokerConfig { commit_timeout_ms: 200, ..config() };
    let broker = ingest::start_with(config, gate.clone()).await.unwrap();
    let mut station = Wire::station(broker.address(), 4, "kon").await;
    gate.set(Commits::Wait);
    station.publish(1, 1, TOPIC, b"8.00").await;
    station.is_closed().await;
    broker.stop().await;
}

#[tokio::test]
async fn a_busy_store_makes_the_station_wait_and_loses_nothing() {
    let gate = TestGate::with(&["kon"]);
    let broker = broker(&gate).await;
    let mut station = Wire::station(broker.address(), 4, "kon").await;
    gate.set(Commits::Busy);
    station.publish(1, 1, TOPIC, b"8.00").await;
    gate.offers(3).await;
    gate.set(Commits::Pass);
    assert_eq!(station.next().await, Some((PUBACK, vec![0, 1])));
    broker.stop().await;
}

#[tokio::test]
async fn one_station_that_waits_does_not_hold_up_another_and_its_line_stays_in_order() {
    let gate = TestGate::with(&["kon", "lai-giang"]);
    let broker = broker(&gate).await;
    let mut station = Wire::station(broker.address(), 4, "kon").await;
    gate.set(Commits::Wait);
    for number in 1..=3_u16 {
        station.publish(1, number, TOPIC, &[b'0' + number as u8]).await;
    }
    gate.offers(1).await;
    let mut other = Wire::station(broker.address(), 4, "lai-giang").await;
    other.pings().await;
    gate.set(Commits::Pass);
    for number in 1..=3 {
        assert_eq!(station.next().await, Some((PUBACK, vec![0, number])));
    }
    assert_eq!(gate.messages(3).await, [message(b"1"), message(b"2"), message(b"3")]);
    broker.stop().await;
}

#[tokio::test]
async fn mosquitto_pub_by_hand_is_committed_at_every_qos_and_version() {
    let gate = TestGate::with(&["kon"]);
    let broker = broker(&gate).await;
    let mut sent = 0;
    for version in ["mqttv311", "mqttv5"] {
        for qos in ["0", "1", "2"] {
            let arguments = ["-V", version, "-q", qos, "-u", "kon", "-P", SECRET];
            let message = ["-t", TOPIC, "-m", "8.00"];
            let (code, said) =
                mosquitto("mosquitto_pub", &broker, &[&arguments[..], &message].concat()).await;
            assert_eq!(code, 0, "{version} {qos}: {said}");
            sent += 1;
            gate.messages(sent).await;
        }
    }
    broker.stop().await;
}

#[tokio::test]
async fn a_retained_publish_is_live_and_is_not_kept() {
    let gate = TestGate::with(&["kon"]);
    let broker = broker(&gate).await;
    let arguments = ["-q", "1", "-r", "-u", "kon", "-P", SECRET];
    let (code, said) =
        mosquitto("mosquitto_pub", &broker, &[&arguments[..], &["-t", TOPIC, "-m", "8"]].concat())
            .await;
    assert_eq!(code, 0, "{said}");
    assert_eq!(gate.messages(1).await, [message(b"8")]);
    broker.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn fifty_stations_at_once_lose_nothing() {
    const EACH: usize = 40;
    let names: Vec<String> = (0..50).map(|n| format!("station-{n}")).collect();
    let gate = TestGate::with(&names.iter().map(String::as_str).collect::<Vec<_>>());
    let broker = broker(&gate).await;
    let port = broker.address().port();
    let stations = names.iter().map(|name| tokio::spawn(backlog(port, name.clone(), EACH)));
    for station in stations.collect::<Vec<_>>() {
        station.await.unwrap();
    }
    let mut committed = gate.messages(50 * EACH).await;
    assert_eq!(committed.len(), 50 * EACH, "each exactly once, nobody had to send again");
    committed.dedup();
    assert_eq!(committed.len(), 50 * EACH);
    assert_eq!(broker.status().messages, 50 * EACH as u64);
    broker.stop().await;
}

/// Publishes and waits until all is acknowledged.
async fn backlog(port: u16, name: String, count: usize) {
    let mut options = MqttOptions::new(&name, "127.0.0.1", port);
    options.set_credentials(&name, SECRET);
    let (client, mut events) = AsyncClient::new(options, count + 1);
    let topic = format!("quantrac/v1/{name}/telemetry");
    for number in 0..count {
        let payload = number.to_string();
        client.publish(&topic, QoS::AtLeastOnce, false, payload).await.unwrap();
    }
    let mut acknowledged = 0;
    while acknowledged < count {
        if let Event::Incoming(Packet::PubAck(_)) = events.poll().await.unwrap() {
            acknowledged += 1;
        }
    }
    client.disconnect().await.unwrap();
    while events.poll().await.unwrap() != Event::Outgoing(Outgoing::Disconnect) {}
}

#[tokio::test]
async fn a_backlog_above_the_rate_is_slowed_down_and_arrives_whole() {
    let gate = TestGate::with(&["kon"]);
    let config = ingest::BrokerConfig { messages_per_second: 100, burst_messages: 10, ..config() };
    let broker = ingest::start_with(config, gate.clone()).await.unwrap();
    let started = Instant::now();
    backlog(broker.address().port(), "kon".into(), 50).await;
    assert_eq!(gate.messages(50).await.len(), 50);
    assert!(started.elapsed() >= Duration::from_millis(390), "{:?}", started.elapsed());
    broker.stop().await;
}

#[tokio::test]
async fn an_mqtt_5_station_may_name_its_topic_once_and_use_its_number() {
    let gate = TestGate::with(&["kon"]);
    let broker = broker(&gate).await;
    let mut station = Wire::station(broker.address(), 5, "kon").await;
    for (number, topic) in [(1, TOPIC), (2, "")] {
        let mut body = (topic.len() as u16).to_be_bytes().to_vec();
        body.extend(topic.as_bytes());
        body.extend([0, number, 3, 0x23, 0, 1]);
        body.extend(b"8.00");
        station.send(&packet(0x32, body)).await;
        assert_eq!(station.next().await.unwrap().1[..2], [0, number]);
    }
    assert_eq!(gate.messages(2).await, [message(b"8.00"), message(b"8.00")]);
    broker.stop().await;
}
