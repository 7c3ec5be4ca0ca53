//! The whole way with the real ledger.

use std::sync::Arc;
use std::time::Duration;

use domain::{Arrival, ArrivalBody, Outcome, Processor, Realm, StationHealth, Time};
use store::{Clock, Ledger, LedgerThread, Options};

use crate::gate::SECRET;
use crate::wire::{PUBACK, Wire};
use crate::{config, mosquitto};

/// Nothing follows from anything.
struct Idle;

impl Processor for Idle {
    fn apply(&mut self, _: &Arrival) -> Outcome {
        Outcome::default()
    }

    fn next_deadline(&self) -> Option<Time> {
        None
    }

    fn checkpoint(&self) -> Vec<u8> {
        Vec::new()
    }

    fn restore(&mut self, _: &[u8]) -> Result<(), String> {
        Ok(())
    }

    fn health(&self) -> Vec<StationHealth> {
        Vec::new()
    }
}

/// It is always the same instant.
struct Still;

impl Clock for Still {
    fn now(&self) -> Time {
        Time::from_millis(1_763_500_000_000)
    }

    fn until(&self, _: Time) -> Duration {
        Duration::from_secs(3600)
    }
}

async fn ledger(folder: &tempfile::TempDir) -> (Ledger, LedgerThread) {
    let path = folder.path().join("quantrac.db");
    let options = Options {
        path,
        realm: Realm::Exercise,
        batch: 100,
        queue: 1_000,
        fold_readings: store::FOLD_READINGS,
    };
    let open = move || Ledger::open(options, Box::new(Idle), Arc::new(Still)).unwrap();
    tokio::task::spawn_blocking(open).await.unwrap()
}

#[tokio::test]
async fn what_was_acknowledged_is_in_the_journal_with_its_station_and_topic() {
    let folder = tempfile::tempdir().unwrap();
    let (ledger, thread) = ledger(&folder).await;
    let kon: domain::StationId = "kon".parse().unwrap();
    ledger.put_credential(kon.clone(), store::secret_hash(SECRET)).await.unwrap();
    let broker = ingest::start(config(), ledger.clone()).await.unwrap();

    let who = ["-u", "kon", "-P", SECRET, "-q", "1"];
    let status = ["-t", "quantrac/v1/kon/status", "-m", r#"{"state":"online"}"#];
    let telemetry = ["-r", "-t", "quantrac/v1/kon/telemetry", "-m", r#"{"readings":{}}"#];
    let odd = ["-t", "quantrac/v1/kon/status", "-m", "tired"];
    for what in [&status[..], &telemetry, &odd] {
        let (code, said) = mosquitto("mosquitto_pub", &broker, &[&who[..], what].concat()).await;
        assert_eq!(code, 0, "{said}");
    }
    let (code, _) =
        mosquitto("mosquitto_pub", &broker, &["-u", "kon", "-P", "x", "-m", "", "-t", "x"]).await;
    assert_ne!(code, 0);
    broker.stop().await;

    let reader = ledger.reader();
    let journal =
        tokio::task::spawn_blocking(move || reader.arrivals(0, 100)).await.unwrap().unwrap();
    let message = |topic: &str, payload: &[u8]| ArrivalBody::Telemetry {
        station: kon.clone(),
        topic: topic.into(),
        payload: payload.into(),
        retained: false,
        dup: false,
        again: None,
    };
    let telemetry: Vec<_> = journal
        .iter()
        .map(|arrival| arrival.body.clone())
        .filter(|body| matches!(body, ArrivalBody::Telemetry { .. }))
        .collect();
    let expected = [
        message("quantrac/v1/kon/telemetry", br#"{"readings":{}}"#),
        message("quantrac/v1/kon/status", b"tired"),
    ];
    assert_eq!(telemetry, expected);
    let online = ArrivalBody::Presence { station: kon.clone(), connected: true };
    assert!(journal.iter().any(|arrival| arrival.body == online));
    tokio::task::spawn_blocking(move || thread.stop()).await.unwrap().unwrap();
}

#[tokio::test]
async fn a_ledger_that_has_stopped_acknowledges_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let (ledger, thread) = ledger(&folder).await;
    let kon = "kon".parse().unwrap();
    ledger.put_credential(kon, store::secret_hash(SECRET)).await.unwrap();
    let broker = ingest::start(config(), ledger).await.unwrap();
    let mut station = Wire::station(broker.address(), 4, "kon").await;
    station.publish(1, 1, "quantrac/v1/kon/telemetry", b"8").await;
    assert_eq!(station.next().await, Some((PUBACK, vec![0, 1])));
    tokio::task::spawn_blocking(move || thread.stop()).await.unwrap().unwrap();
    station.publish(1, 2, "quantrac/v1/kon/telemetry", b"8").await;
    station.is_closed().await;
    broker.stop().await;
}

#[tokio::test]
async fn that_a_message_was_sent_again_is_in_the_journal() {
    let folder = tempfile::tempdir().unwrap();
    let (ledger, thread) = ledger(&folder).await;
    ledger.put_credential("kon".parse().unwrap(), store::secret_hash(SECRET)).await.unwrap();
    let broker = ingest::start(config(), ledger.clone()).await.unwrap();
    let mut station = crate::wire::Wire::station(broker.address(), 4, "kon").await;
    let mut bytes =
        crate::wire::publish(4, 1, 7, "quantrac/v1/kon/telemetry", br#"{"readings":{}}"#);
    for dup in [0x00, 0x08] {
        bytes[0] |= dup;
        station.send(&bytes).await;
        assert_eq!(station.next().await.map(|(kind, _)| kind), Some(crate::wire::PUBACK));
    }
    broker.stop().await;
    let reader = ledger.reader();
    let journal =
        tokio::task::spawn_blocking(move || reader.arrivals(0, 100)).await.unwrap().unwrap();
    let again = journal.iter().filter_map(|arrival| match &arrival.body {
        ArrivalBody::Telemetry { dup, .. } => Some(*dup),
        _ => None,
    });
    assert_eq!(again.collect::<Vec<_>>(), [false, true]);
    tokio::task::spawn_blocking(move || thread.stop()).await.unwrap().unwrap();
}

#[tokio::test]
async fn what_is_too_large_is_acknowledged_and_put_aside_as_often_as_it_comes() {
    const TOPIC: &str = "quantrac/v1/kon/telemetry";
    let folder = tempfile::tempdir().unwrap();
    let (ledger, thread) = ledger(&folder).await;
    ledger.put_credential("kon".parse().unwrap(), store::secret_hash(SECRET)).await.unwrap();
    let broker = ingest::start(config(), ledger.clone()).await.unwrap();
    let most = usize::try_from(ingest::BrokerConfig::default().max_packet_bytes).unwrap();
    let sizes = [most, most + 1, 300_000, 300_000, 3_000_000, 8];
    for version in [4, 5] {
        let mut station = Wire::station(broker.address(), version, "kon").await;
        for (n, size) in sizes.into_iter().enumerate() {
            station.publish(1, n as u16 + 1, TOPIC, &vec![b'8'; size]).await;
            let (kind, body) = station.next().await.expect("the connection stays");
            assert_eq!((kind, &body[..2]), (PUBACK, &[0, n as u8 + 1][..]), "{size}");
        }
    }
    broker.stop().await;
    let reader = ledger.reader();
    let journal =
        tokio::task::spawn_blocking(move || reader.arrivals(0, 100)).await.unwrap().unwrap();
    let aside = journal.iter().filter_map(|arrival| match &arrival.body {
        ArrivalBody::Unusable { station, topic, head, bytes, reason, detail } => {
            assert_eq!((station.as_str(), topic.as_str()), ("kon", TOPIC));
            assert_eq!((head.len(), *reason), (1_024, domain::SetAsideReason::TooMuch));
            assert!(detail.contains(&bytes.to_string()), "{detail}");
            Some(*bytes as usize)
        }
        _ => None,
    });
    assert_eq!(aside.collect::<Vec<_>>(), [&sizes[1..5], &sizes[1..5]].concat());
    let whole = journal.iter().filter_map(|arrival| match &arrival.body {
        ArrivalBody::Telemetry { payload, .. } => Some(payload.len()),
        _ => None,
    });
    assert_eq!(whole.collect::<Vec<_>>(), [most, 8, most, 8]);
    tokio::task::spawn_blocking(move || thread.stop()).await.unwrap().unwrap();
}
