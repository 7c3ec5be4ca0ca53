//! What must not hurt: noise, halves, and what MQTT forbids.

use crate::broker;
use crate::gate::{Given, TestGate};
use crate::wire::{PUBACK, Wire, packet, publish};

const TOPIC: &str = "quantrac/v1/kon/telemetry";

/// Garbage instead of a CONNECT ends the connection, or waits for the rest; the others notice nothing.
#[tokio::test]
async fn noise_before_the_hello_hurts_nobody() {
    let gate = TestGate::with(&["kon"]);
    let broker = broker(&gate).await;
    let mut station = Wire::station(broker.address(), 4, "kon").await;
    let closes: [&[u8]; 7] = [
        b"GET / HTTP/1.1\r\nHost: x\r\n\r\n",
        &[0xff; 64],
        &[0; 64],
        &[0x10, 0xff, 0xff, 0xff, 0xff, 0x01],
        b"\x10\x0c\x00\x04MQTT\x09\x02\x00\x3c\x00\x00",
        b"\x10\x0c\x00\x04MQXX\x04\x02\x00\x3c\x00\x00",
        b"\x30\x05\x00\x01a12",
    ];
    for noise in closes {
        let mut wire = Wire::silent(broker.address(), 4).await;
        wire.send(noise).await;
        while wire.next().await.is_some() {}
        station.pings().await;
    }
    let halves: [&[u8]; 3] = [b"", b"\x10", b"\x10\x0c\x00\x04MQ"];
    let mut waiting = Vec::new();
    for half in halves {
        let mut wire = Wire::silent(broker.address(), 4).await;
        wire.send(half).await;
        wire.is_quiet().await;
        waiting.push(wire);
    }
    station.publish(1, 1, TOPIC, b"8").await;
    assert_eq!(station.next().await, Some((PUBACK, vec![0, 1])));
    broker.stop().await;
}

#[tokio::test]
async fn what_mqtt_forbids_ends_the_connection_and_stores_nothing() {
    let gate = TestGate::with(&["kon"]);
    let broker = broker(&gate).await;
    let cases = [
        ("NUL in a topic", publish(4, 1, 1, "quantrac/v1/kon\0/telemetry", b"8")),
        ("NUL after the topic", publish(4, 1, 1, "quantrac/v1/kon/telemetry\0", b"8")),
        ("wildcard in a topic", publish(4, 1, 1, "quantrac/v1/+/telemetry", b"8")),
        ("wildcard at the end", publish(4, 1, 1, "quantrac/v1/kon/#", b"8")),
        ("empty topic", publish(4, 1, 1, "", b"8")),
        ("topic that is not UTF-8", packet(0x32, b"\x00\x02\xff\xfe\x00\x018".to_vec())),
        ("topic longer than the packet", packet(0x32, b"\x00\xffabc".to_vec())),
        ("QoS 3", publish(4, 3, 1, TOPIC, b"8")),
        ("packet id 0", publish(4, 1, 0, TOPIC, b"8")),
        ("a second hello", packet(0x10, b"\x00\x04MQTT\x04\x02\x00\x3c\x00\x03kon".to_vec())),
        ("a packet for servers", packet(0x20, vec![0, 0])),
        ("an unknown packet", packet(0xf0, vec![])),
        ("an empty subscription", packet(0x82, vec![0, 1])),
    ];
    for (what, bytes) in cases {
        let mut wire = Wire::station(broker.address(), 4, "kon").await;
        wire.send(&bytes).await;
        assert_eq!(wire.next().await, None, "{what}");
    }
    assert!(gate.offered.borrow().iter().all(|given| matches!(given, Given::Presence { .. })));
    Wire::station(broker.address(), 4, "kon").await.pings().await;
    broker.stop().await;
}

#[tokio::test]
async fn a_packet_above_the_hard_limit_ends_the_connection_before_it_is_read() {
    let gate = TestGate::with(&["kon"]);
    let broker = broker(&gate).await;
    for version in [4, 5] {
        let mut station = Wire::station(broker.address(), version, "kon").await;
        let whole = publish(version, 1, 2, TOPIC, &vec![b'8'; 17 * 1024 * 1024]);
        station.send(&whole[..5]).await;
        while station.next().await.is_some() {}
    }
    assert!(gate.offered.borrow().iter().all(|given| matches!(given, Given::Presence { .. })));
    broker.stop().await;
}

#[tokio::test]
async fn a_message_cut_in_the_middle_is_not_taken() {
    let gate = TestGate::with(&["kon"]);
    let broker = broker(&gate).await;
    let mut station = Wire::station(broker.address(), 4, "kon").await;
    let whole = publish(4, 1, 1, TOPIC, b"8.00");
    station.send(&whole[..whole.len() - 1]).await;
    drop(station);
    gate.presence("kon", &[true, false]).await;
    assert!(gate.offered.borrow().iter().all(|given| matches!(given, Given::Presence { .. })));
    broker.stop().await;
}

#[tokio::test]
async fn a_message_that_comes_in_single_bytes_is_taken() {
    let gate = TestGate::with(&["kon"]);
    let broker = broker(&gate).await;
    let mut station = Wire::station(broker.address(), 4, "kon").await;
    for byte in publish(4, 1, 1, TOPIC, b"8.00") {
        station.send(&[byte]).await;
    }
    assert_eq!(station.next().await, Some((PUBACK, vec![0, 1])));
    broker.stop().await;
}
