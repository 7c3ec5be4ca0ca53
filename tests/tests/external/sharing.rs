//! Several brokers, and several installations at one.

use std::collections::BTreeSet;

use domain::{Span, Time};
use store::Reader;
use tests::http::until;
use tests::mosquitto::Mosquitto;
use tests::mqtt::Station;
use tests::pack::station;
use tests::server::{Installation, SECRET};

use crate::load::{Load, body, stored, three_hours_ago};
use crate::{ANYBODY, installation, intake, until_state};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_brokers_and_our_own_feed_one_ledger_at_once() {
    let (mut north, mut south) = (Mosquitto::new(ANYBODY), Mosquitto::new(ANYBODY));
    north.start().await.unwrap();
    south.start().await.unwrap();
    let settings = north.entry("bac", "") + &south.entry("nam", "");
    let installation = installation(6, &settings);
    let server = installation.start().await.unwrap();
    installation.admit((4..6).map(station)).unwrap();
    for name in ["bac", "nam"] {
        until_state(&installation, name, "connected").await;
    }
    let loads = [
        Load::start(north.address, 0..2),
        Load::start(south.address, 2..4),
        Load::start(installation.mqtt, 4..6),
    ];
    for load in &loads {
        load.more(80).await;
    }
    // One that is away does not hold up the others.
    loads[0].kill(&mut north).await;
    until_state(&installation, "bac", "unreachable").await;
    for load in &loads[1..] {
        load.more(80).await;
    }
    north.start().await.unwrap();
    loads[0].more(40).await;
    for load in loads {
        load.stop().await.all_stored_once(&installation).await;
    }
    server.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_same_reading_by_both_ways_is_stored_once() {
    let mut broker = Mosquitto::new(ANYBODY);
    broker.start().await.unwrap();
    let installation = installation(1, &broker.entry("tinh", ""));
    let server = installation.start().await.unwrap();
    installation.admit([station(0)]).unwrap();
    until_state(&installation, "tinh", "connected").await;
    let mut ways = Vec::new();
    for address in [broker.address, installation.mqtt] {
        ways.push(Station::connect(address, &station(0), SECRET).await.unwrap());
    }
    let start = three_hours_ago();
    for step in 0..40 {
        // Now the one is first, now the other.
        ways.rotate_left(1);
        for way in &mut ways {
            way.publish(body(start + Span::seconds(step), step).as_bytes()).await.unwrap();
        }
    }
    until(&installation.base(), "/api/v1/status", |told| intake(told, "tinh")["committed"] == 40)
        .await;
    assert_eq!(messages(&installation), 80, "the journal has both");
    let stored = stored(&installation, 0..1);
    let expected: Vec<_> = (0..40).map(|step| vec![1_000 + step]).collect();
    assert_eq!(stored.into_values().collect::<Vec<_>>(), expected);
    assert!(crate::aside(&installation).await.is_empty());
    server.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_installations_share_the_messages_and_each_goes_to_one() {
    let mut broker = Mosquitto::new(ANYBODY);
    broker.start().await.unwrap();
    let entry = broker.entry("tinh", "share = \"quantrac\"");
    let both = [installation(4, &entry), installation(4, &entry)];
    let mut servers = Vec::new();
    for one in &both {
        servers.push(one.start().await.unwrap());
        until_state(one, "tinh", "connected").await;
    }
    let start = three_hours_ago();
    for n in 0..4 {
        let mut open = Station::connect(broker.address, &station(n), SECRET).await.unwrap();
        for step in 0..100 {
            let at = start + Span::seconds(step);
            open.publish(body(at, step).as_bytes()).await.unwrap();
        }
    }
    let all: BTreeSet<(usize, Time)> =
        (0..4).flat_map(|n| (0..100).map(move |step| (n, start + Span::seconds(step)))).collect();
    for _ in 0..300 {
        if messages(&both[0]) + messages(&both[1]) >= all.len() {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    let [one, two] = both.each_ref().map(|one| stored(one, 0..4));
    assert!(one.keys().all(|key| !two.contains_key(key)), "a message went to both");
    let together: BTreeSet<_> = one.keys().chain(two.keys()).copied().collect();
    assert_eq!(together, all);
    assert!(!one.is_empty() && !two.is_empty(), "{} and {}", one.len(), two.len());
    for server in servers {
        server.stop().await.unwrap();
    }
}

/// Messages of stations in the journal.
fn messages(installation: &Installation) -> usize {
    let reader = Reader::open(&installation.ledger()).unwrap();
    let all = reader.arrivals(0, 100_000).unwrap();
    let telemetry =
        |one: &&domain::Arrival| matches!(one.body, domain::ArrivalBody::Telemetry { .. });
    all.iter().filter(telemetry).count()
}
