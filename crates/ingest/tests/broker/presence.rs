//! Which stations are there.

use std::sync::Arc;

use ingest::{Broker, BrokerConfig};

use crate::gate::{Commits, Given, TestGate};
use crate::wire::{Hello, PUBACK, Wire};
use crate::{MEANWHILE, broker, config};

const STATUS: &str = "quantrac/v1/kon/status";

/// One that does not think a station gone before it had time to come back on a slow machine.
async fn patient(gate: &Arc<TestGate>) -> Broker {
    let config = BrokerConfig { presence_settle_ms: 10_000, ..config() };
    ingest::start_with(config, gate.clone()).await.unwrap()
}

#[tokio::test]
async fn a_connection_that_comes_and_breaks_is_told_once_each() {
    let gate = TestGate::with(&["kon"]);
    let broker = broker(&gate).await;
    let station = Wire::station(broker.address(), 4, "kon").await;
    gate.presence("kon", &[true]).await;
    assert_eq!((broker.status().connections, broker.status().stations), (1, 1));
    drop(station);
    gate.presence("kon", &[true, false]).await;
    assert_eq!((broker.status().connections, broker.status().stations), (0, 0));
    broker.stop().await;
}

#[tokio::test]
async fn a_will_tells_that_the_station_is_gone() {
    for version in [4, 5] {
        let gate = TestGate::with(&["kon"]);
        let broker = broker(&gate).await;
        let will = Some((STATUS.to_owned(), br#"{"state":"offline"}"#.to_vec()));
        let hello = Hello { will, ..Hello::of(version, "kon") };
        let (station, _) = Wire::hello(broker.address(), &hello).await;
        gate.presence("kon", &[true]).await;
        drop(station);
        gate.presence("kon", &[true, false]).await;
        tokio::time::sleep(MEANWHILE).await;
        gate.presence("kon", &[true, false]).await;
        broker.stop().await;
    }
}

#[tokio::test]
async fn a_will_that_says_something_else_is_committed_like_a_message() {
    let gate = TestGate::with(&["kon"]);
    let broker = broker(&gate).await;
    let will = Some((STATUS.to_owned(), b"battery low".to_vec()));
    let hello = Hello { will, ..Hello::of(4, "kon") };
    drop(Wire::hello(broker.address(), &hello).await);
    let given = gate.messages(1).await;
    let (station, topic) = ("kon".into(), STATUS.into());
    assert_eq!(given, [Given::Message { station, topic, payload: b"battery low".into() }]);
    broker.stop().await;
}

#[tokio::test]
async fn a_stations_own_word_is_committed_before_it_is_acknowledged() {
    let gate = TestGate::with(&["kon"]);
    let broker = broker(&gate).await;
    let mut station = Wire::station(broker.address(), 4, "kon").await;
    gate.presence("kon", &[true]).await;
    gate.set(Commits::Wait);
    station.publish(1, 1, STATUS, br#"{"state":"offline"}"#).await;
    station.is_quiet().await;
    gate.set(Commits::Pass);
    assert_eq!(station.next().await, Some((PUBACK, vec![0, 1])));
    gate.presence("kon", &[true, false]).await;
    drop(station);
    tokio::time::sleep(MEANWHILE).await;
    gate.presence("kon", &[true, false]).await;
    broker.stop().await;
}

#[tokio::test]
async fn a_storm_of_reconnects_is_one_presence() {
    let gate = TestGate::with(&["kon"]);
    let broker = patient(&gate).await;
    for _ in 0..20 {
        drop(Wire::station(broker.address(), 4, "kon").await);
    }
    let mut last = Wire::station(broker.address(), 4, "kon").await;
    tokio::time::sleep(MEANWHILE).await;
    gate.presence("kon", &[true]).await;
    last.pings().await;
    broker.stop().await;
}

#[tokio::test]
async fn the_same_client_id_again_takes_over_and_the_station_stays() {
    let gate = TestGate::with(&["kon"]);
    let broker = patient(&gate).await;
    let will = Some((STATUS.to_owned(), b"offline".to_vec()));
    let hello = Hello { will, ..Hello::of(4, "kon") };
    let (mut first, _) = Wire::hello(broker.address(), &hello).await;
    let (mut second, _) = Wire::hello(broker.address(), &hello).await;
    first.is_closed().await;
    tokio::time::sleep(MEANWHILE).await;
    second.publish(1, 1, "quantrac/v1/kon/telemetry", b"8").await;
    assert_eq!(second.next().await, Some((PUBACK, vec![0, 1])));
    gate.presence("kon", &[true]).await;
    assert_eq!(broker.status().connections, 1);
    broker.stop().await;
}

#[tokio::test]
async fn a_takeover_during_a_commit_waits_for_it() {
    let gate = TestGate::with(&["kon"]);
    let broker = broker(&gate).await;
    let mut first = Wire::station(broker.address(), 4, "kon").await;
    gate.presence("kon", &[true]).await;
    gate.set(Commits::Wait);
    first.publish(1, 1, "quantrac/v1/kon/telemetry", b"8").await;
    gate.offers(1).await;
    let address = broker.address();
    let second = tokio::spawn(async move { Wire::station(address, 4, "kon").await });
    tokio::time::sleep(MEANWHILE).await;
    gate.set(Commits::Pass);
    assert_eq!(first.next().await, Some((PUBACK, vec![0, 1])));
    first.is_closed().await;
    second.await.unwrap().pings().await;
    broker.stop().await;
}

#[tokio::test]
async fn a_station_that_was_forgotten_on_a_dead_line_can_always_come_back() {
    let gate = TestGate::with(&["kon"]);
    let broker = broker(&gate).await;
    let mut lines = Vec::new();
    for n in 0..12 {
        let hello = Hello { client: format!("random-{n}"), ..Hello::of(4, "kon") };
        let (line, code) = Wire::hello(broker.address(), &hello).await;
        assert_eq!(code, 0);
        lines.push(line);
    }
    for line in &mut lines[..4] {
        line.is_closed().await;
    }
    for line in &mut lines[4..] {
        line.pings().await;
    }
    broker.stop().await;
}

#[tokio::test]
async fn a_presence_that_cannot_be_committed_is_tried_again() {
    let gate = TestGate::with(&["kon"]);
    let broker = broker(&gate).await;
    gate.set(Commits::Fail);
    let _station = Wire::station(broker.address(), 4, "kon").await;
    let mut offered = gate.offered.subscribe();
    offered.wait_for(|given| given.len() == 1).await.unwrap();
    gate.set(Commits::Pass);
    gate.presence("kon", &[true]).await;
    broker.stop().await;
}

#[tokio::test]
async fn a_station_that_says_goodbye_but_keeps_the_line_is_gone() {
    let goodbyes = [(4, &[0xe0, 0][..]), (5, &[0xe0, 0][..]), (5, &[0xe0, 2, 0, 0][..])];
    for (version, goodbye) in goodbyes {
        let gate = TestGate::with(&["kon"]);
        let broker = broker(&gate).await;
        let mut station = Wire::station(broker.address(), version, "kon").await;
        station.send(goodbye).await;
        station.is_closed().await;
        gate.presence("kon", &[true, false]).await;
        broker.stop().await;
    }
}
