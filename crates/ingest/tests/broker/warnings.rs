//! Our own messages: warnings for machines.

use crate::gate::{SECRET, TestGate};
use crate::wire::{PUBLISH, Wire};
use crate::{broker, mosquitto};

const WARNING: &str = "quantrac/v1/warning/kon";

#[tokio::test]
async fn a_retained_warning_reaches_those_who_listen_and_those_who_come_later() {
    let gate = TestGate::with(&["receiver-loa", "receiver-web"]);
    let broker = broker(&gate).await;
    let mut early = Wire::station(broker.address(), 4, "receiver-loa").await;
    assert_eq!(early.subscribe("quantrac/v1/warning/#").await, Some(1));
    broker.publish(WARNING, b"level 3".to_vec(), true).await.unwrap();
    let (kind, body) = early.next().await.unwrap();
    assert_eq!((kind, body.ends_with(b"level 3")), (PUBLISH | 2, true));

    let who = ["-u", "receiver-web", "-P", SECRET, "-i", "web", "-q", "1"];
    let what = ["-t", "quantrac/v1/warning/#", "-C", "1", "-W", "5", "-F", "%r %t %p"];
    let (code, said) = mosquitto("mosquitto_sub", &broker, &[&who[..], &what].concat()).await;
    assert_eq!((code, said.trim()), (0, "1 quantrac/v1/warning/kon level 3"));
    broker.stop().await;
}

#[tokio::test]
async fn an_empty_retained_message_takes_the_warning_back() {
    let gate = TestGate::with(&["receiver-loa"]);
    let broker = broker(&gate).await;
    broker.publish(WARNING, b"level 3".to_vec(), true).await.unwrap();
    broker.publish(WARNING, Vec::new(), true).await.unwrap();
    broker.publish("quantrac/v1/warning/an-lao", b"level 1".to_vec(), false).await.unwrap();
    let mut late = Wire::station(broker.address(), 4, "receiver-loa").await;
    assert_eq!(late.subscribe("quantrac/v1/warning/#").await, Some(1));
    late.is_quiet().await;
    broker.stop().await;
}

#[tokio::test]
async fn the_last_warning_takes_the_place_of_the_one_before() {
    let gate = TestGate::with(&["receiver-loa"]);
    let broker = broker(&gate).await;
    for level in ["level 1", "level 2", "level 3"] {
        broker.publish(WARNING, level.into(), true).await.unwrap();
    }
    let mut late = Wire::station(broker.address(), 5, "receiver-loa").await;
    assert_eq!(late.subscribe("quantrac/v1/warning/+").await, Some(1));
    let (kind, body) = late.next().await.unwrap();
    assert_eq!((kind, body.ends_with(b"level 3")), (PUBLISH | 3, true));
    late.is_quiet().await;
    broker.stop().await;
}

#[tokio::test]
async fn a_topic_that_is_none_is_an_error() {
    let broker = broker(&TestGate::with(&[])).await;
    for topic in
        ["", "quantrac/v1/warning/#", "quantrac/+/x", "a\0b", "quantrac/v1/warning/{episode}"]
    {
        assert!(broker.publish(topic, vec![1], true).await.is_err(), "{topic:?}");
    }
    broker.stop().await;
}
