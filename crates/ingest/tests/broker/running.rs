//! Start, stop, start again.

use std::time::{Duration, Instant};

use ingest::{BrokerConfig, IngestError};

use crate::gate::{Commits, TestGate};
use crate::wire::{Hello, PUBACK, Wire};
use crate::{broker, config};

const TOPIC: &str = "quantrac/v1/kon/telemetry";

#[tokio::test]
async fn a_broker_that_was_stopped_starts_again_on_the_same_port() {
    let gate = TestGate::with(&["kon"]);
    let first = broker(&gate).await;
    let address = first.address();
    let mut station = Wire::station(address, 4, "kon").await;
    first.stop().await;
    station.is_closed().await;
    for _ in 0..3 {
        let config = BrokerConfig { listen: address, ..config() };
        let again = ingest::start_with(config, gate.clone()).await.unwrap();
        assert!(again.status().listening);
        let mut station = Wire::station(address, 4, "kon").await;
        station.publish(1, 1, TOPIC, b"8").await;
        assert_eq!(station.next().await, Some((PUBACK, vec![0, 1])));
        again.stop().await;
        station.is_closed().await;
    }
    assert_eq!(gate.messages(3).await.len(), 3);
}

#[tokio::test]
async fn a_message_on_its_way_is_acknowledged_before_the_stop() {
    let gate = TestGate::with(&["kon"]);
    let broker = broker(&gate).await;
    let mut station = Wire::station(broker.address(), 4, "kon").await;
    gate.set(Commits::Wait);
    station.publish(1, 1, TOPIC, b"8").await;
    gate.offers(1).await;
    let stopped = tokio::spawn(broker.stop());
    station.is_quiet().await;
    gate.set(Commits::Pass);
    assert_eq!(station.next().await, Some((PUBACK, vec![0, 1])));
    station.is_closed().await;
    stopped.await.unwrap();
}

#[tokio::test]
async fn stopping_takes_less_than_five_seconds_even_when_commits_hang() {
    let gate = TestGate::with(&["kon", "lai-giang"]);
    let broker = broker(&gate).await;
    let mut station = Wire::station(broker.address(), 4, "kon").await;
    let _idle = Wire::station(broker.address(), 5, "lai-giang").await;
    let _silent = Wire::silent(broker.address(), 4).await;
    gate.set(Commits::Wait);
    station.publish(1, 1, TOPIC, b"8").await;
    gate.offers(1).await;
    let started = Instant::now();
    broker.stop().await;
    assert!(started.elapsed() < Duration::from_secs(5), "{:?}", started.elapsed());
    station.is_closed().await;
}

#[tokio::test]
async fn stopping_says_nothing_about_the_stations() {
    let gate = TestGate::with(&["kon"]);
    let broker = broker(&gate).await;
    let will = Some(("quantrac/v1/kon/status".to_owned(), b"offline".to_vec()));
    let hello = Hello { will, ..Hello::of(4, "kon") };
    let (mut station, _) = Wire::hello(broker.address(), &hello).await;
    gate.presence("kon", &[true]).await;
    broker.stop().await;
    station.is_closed().await;
    tokio::time::sleep(crate::MEANWHILE).await;
    gate.presence("kon", &[true]).await;
}

#[tokio::test]
async fn an_address_in_use_is_an_error_that_names_it() {
    let gate = TestGate::with(&[]);
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let listen = taken.local_addr().unwrap();
    let config = BrokerConfig { listen, ..config() };
    let error = ingest::start_with(config, gate).await.err().unwrap();
    assert!(matches!(error, IngestError::Bind { address, .. } if address == listen));
    assert!(error.to_string().contains(&listen.to_string()), "{error}");
}

#[tokio::test]
async fn an_impossible_option_is_an_error_that_names_it() {
    let config = BrokerConfig { commit_timeout_ms: 6_000, ..config() };
    let error = ingest::start_with(config, TestGate::with(&[])).await.err().unwrap();
    assert_eq!(error.to_string(), "commit_timeout_ms: 6000 is not between 100 and 4900");
}

#[tokio::test]
async fn more_sessions_than_allowed_are_refused_until_one_ends() {
    let gate = TestGate::with(&["kon", "lai-giang", "an-lao"]);
    let config = BrokerConfig { max_connections: 2, ..config() };
    let broker = ingest::start_with(config, gate.clone()).await.unwrap();
    let first = Wire::station(broker.address(), 4, "kon").await;
    let _second = Wire::station(broker.address(), 4, "lai-giang").await;
    let third = Hello::of(4, "an-lao");
    let unavailable = 3;
    assert_eq!(Wire::hello(broker.address(), &third).await.1, unavailable);
    drop(first);
    gate.presence("kon", &[true, false]).await;
    assert_eq!(Wire::hello(broker.address(), &third).await.1, 0);
    broker.stop().await;
}

#[tokio::test]
async fn a_client_that_falls_silent_is_closed_after_one_and_a_half_keep_alives() {
    let gate = TestGate::with(&["kon"]);
    let config = BrokerConfig { min_keepalive_seconds: 1, ..config() };
    let broker = ingest::start_with(config, gate).await.unwrap();
    for version in [4, 5] {
        let hello = Hello { keep_alive: 2, ..Hello::of(version, "kon") };
        let (mut station, _) = Wire::hello(broker.address(), &hello).await;
        let started = Instant::now();
        station.is_closed().await;
        assert!(started.elapsed() >= Duration::from_secs(2), "{:?}", started.elapsed());
    }
    broker.stop().await;
}
