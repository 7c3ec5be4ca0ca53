//! Who may come in, and what they may do inside.

use std::sync::Arc;

use ingest::Broker;

use crate::gate::{Given, SECRET, TestGate};
use crate::wire::{Hello, PUBACK, PUBREC, Wire};
use crate::{broker, mosquitto};

const WRONG_V3: u8 = 4;
const WRONG_V5: u8 = 0x86;
const FORBIDDEN_V3: u8 = 5;
const FORBIDDEN_V5: u8 = 0x87;

async fn open(names: &[&str]) -> (Arc<TestGate>, Broker) {
    let gate = TestGate::with(names);
    let broker = broker(&gate).await;
    (gate, broker)
}

#[tokio::test]
async fn only_who_knows_the_secret_comes_in() {
    let (gate, broker) = open(&["kon", "warning"]).await;
    let some = |text: &str| Some(text.to_owned());
    let cases = [
        ("right", some("kon"), some(SECRET), 0, 0),
        ("wrong password", some("kon"), some("guess"), WRONG_V3, WRONG_V5),
        ("empty password", some("kon"), some(""), WRONG_V3, WRONG_V5),
        ("no password", some("kon"), None, WRONG_V3, WRONG_V5),
        ("unknown station", some("an-lao"), some(SECRET), WRONG_V3, WRONG_V5),
        ("not a name", some("Kon/+"), some(SECRET), WRONG_V3, WRONG_V5),
        ("empty name", some(""), some(SECRET), WRONG_V3, WRONG_V5),
        ("a station that would be a warning", some("warning"), some(SECRET), WRONG_V3, WRONG_V5),
        ("anonymous", None, None, FORBIDDEN_V3, FORBIDDEN_V5),
    ];
    for (what, user, secret, v3, v5) in cases {
        for (version, expected) in [(4, v3), (5, v5)] {
            let (user, secret) = (user.clone(), secret.clone());
            let hello = Hello { user, secret, ..Hello::of(version, "kon") };
            let (mut wire, code) = Wire::hello(broker.address(), &hello).await;
            assert_eq!(code, expected, "{what}, version {version}");
            if expected != 0 {
                wire.is_closed().await;
            }
        }
    }
    assert!(gate.offered.borrow().iter().all(|given| matches!(given, Given::Presence { .. })));
    assert_eq!(broker.status().refused, 16);
    broker.stop().await;
}

#[tokio::test]
async fn mosquitto_says_what_is_wrong() {
    let (_gate, broker) = open(&["kon"]).await;
    let to = ["-t", "quantrac/v1/kon/telemetry", "-m", "8"];
    for (who, code) in [(&["-u", "kon", "-P", "guess"][..], 4), (&[], 5)] {
        let (exit, said) =
            mosquitto("mosquitto_pub", &broker, &[who, &to, &["-V", "311"]].concat()).await;
        assert_eq!(exit, code, "{said}");
        assert!(said.contains("Connection Refused"), "{said}");
    }
    broker.stop().await;
}

#[tokio::test]
async fn ten_wrong_passwords_shut_the_account_until_it_gets_a_new_one() {
    let (gate, broker) = open(&["kon"]).await;
    let guess = Hello { secret: Some("guess".into()), ..Hello::of(4, "kon") };
    for _ in 0..10 {
        assert_eq!(Wire::hello(broker.address(), &guess).await.1, WRONG_V3);
    }
    let right = Hello::of(4, "kon");
    assert_eq!(Wire::hello(broker.address(), &right).await.1, WRONG_V3, "not even looked at");
    gate.accounts.put("kon", "another-secret");
    let new = Hello { secret: Some("another-secret".into()), ..right };
    assert_eq!(Wire::hello(broker.address(), &new).await.1, 0);
    broker.stop().await;
}

#[tokio::test]
async fn a_new_credential_works_at_once_and_ends_the_connections_of_the_old() {
    let (gate, broker) = open(&["kon", "lai-giang"]).await;
    let mut old = Wire::station(broker.address(), 4, "kon").await;
    let mut other = Wire::station(broker.address(), 4, "lai-giang").await;
    gate.accounts.put("kon", "new-secret");
    let (secret, client) = (Some("new-secret".into()), "kon-2".into());
    let hello = Hello { secret, client, ..Hello::of(4, "kon") };
    let (mut new, code) = Wire::hello(broker.address(), &hello).await;
    assert_eq!(code, 0);
    assert_eq!(Wire::hello(broker.address(), &Hello::of(4, "kon")).await.1, WRONG_V3);
    old.is_closed().await;
    new.pings().await;
    other.pings().await;
    broker.stop().await;
}

#[tokio::test]
async fn what_is_published_under_a_foreign_topic_is_neither_stored_nor_acknowledged() {
    let (gate, broker) = open(&["kon", "lai-giang", "receiver-loa"]).await;
    let cases = [
        ("kon", "quantrac/v1/lai-giang/telemetry"),
        ("kon", "quantrac/v1/kon/command/reboot"),
        ("kon", "quantrac/v1/warning/kon"),
        ("kon", "$SYS/broker/uptime"),
        ("kon", "anything"),
        ("receiver-loa", "quantrac/v1/receiver-loa/telemetry"),
        ("receiver-loa", "quantrac/v1/warning/kon"),
    ];
    for (name, topic) in cases {
        for qos in [0, 1, 2] {
            let mut old = Wire::station(broker.address(), 4, name).await;
            old.publish(qos, 1, topic, b"8").await;
            old.is_closed().await;
            let mut new = Wire::station(broker.address(), 5, name).await;
            new.publish(qos, 1, topic, b"8").await;
            if qos > 0 {
                let (kind, body) = new.next().await.unwrap();
                assert_eq!(kind, if qos == 1 { PUBACK } else { PUBREC });
                assert_eq!(body[..3], [0, 1, FORBIDDEN_V5], "{name} {topic}");
            }
            new.pings().await;
        }
    }
    assert!(gate.offered.borrow().iter().all(|given| matches!(given, Given::Presence { .. })));
    broker.stop().await;
}

#[tokio::test]
async fn nobody_reads_what_is_not_for_them() {
    let (_gate, broker) = open(&["kon", "receiver-loa"]).await;
    let cases = [
        ("#", false, false),
        ("+/#", false, false),
        ("+/v1/kon/telemetry", false, false),
        ("$SYS/#", false, false),
        ("$share/g/quantrac/v1/warning/#", false, false),
        ("$share/g/#", false, false),
        ("$exclusive/quantrac/v1/warning/kon", false, false),
        ("$limit/1/quantrac/v1/warning/kon", false, false),
        ("quantrac/v1/kon/telemetry", false, false),
        ("quantrac/v1/+/telemetry", false, false),
        ("quantrac/v1/kon/command/#", true, false),
        ("quantrac/v1/warning/#", false, true),
        ("quantrac/v1/exercise/#", false, true),
    ];
    for version in [4, 5] {
        for (filter, for_station, for_receiver) in cases {
            for (name, allowed) in [("kon", for_station), ("receiver-loa", for_receiver)] {
                let mut wire = Wire::station(broker.address(), version, name).await;
                let code = wire.subscribe(filter).await;
                let granted = code.is_some_and(|code| code < 0x80);
                assert_eq!(granted, allowed, "{name} {filter} version {version}: {code:?}");
            }
        }
    }
    broker.stop().await;
}

#[tokio::test]
async fn a_will_to_a_foreign_topic_is_refused_at_the_door() {
    let (_gate, broker) = open(&["kon", "receiver-loa"]).await;
    let cases = [
        ("kon", "quantrac/v1/kon/status", true),
        ("kon", "quantrac/v1/kon/telemetry", true),
        ("kon", "quantrac/v1/lai-giang/status", false),
        ("kon", "quantrac/v1/warning/kon", false),
        ("receiver-loa", "quantrac/v1/warning/kon", false),
    ];
    for version in [4, 5] {
        for (name, topic, allowed) in cases {
            let will = Some((topic.to_owned(), b"offline".to_vec()));
            let (_, code) =
                Wire::hello(broker.address(), &Hello { will, ..Hello::of(version, name) }).await;
            assert_eq!(code == 0, allowed, "{name} {topic}: {code}");
        }
    }
    broker.stop().await;
}

#[tokio::test]
async fn a_client_id_in_use_cannot_be_taken_by_another_account() {
    let (_gate, broker) = open(&["kon", "lai-giang"]).await;
    let mut first = Wire::station(broker.address(), 4, "kon").await;
    let thief = Hello { client: "kon".into(), ..Hello::of(4, "lai-giang") };
    assert_eq!(Wire::hello(broker.address(), &thief).await.1, FORBIDDEN_V3);
    first.pings().await;
    broker.stop().await;
}
