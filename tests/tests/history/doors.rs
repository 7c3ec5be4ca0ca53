//! A token that is refused, an organisation or a bucket that is not there, a point that is not taken: each is named,
//! and what can go on goes on.

use domain::{Span, Time};
use serde_json::Value;
use tests::http::{items, until};
use tests::influx::{InfluxDb, ORG, TOKEN};
use tests::mqtt::Station;
use tests::pack::{self, Wish, station};
use tests::server::{Installation, SECRET};

use crate::compare::{caught_up, difference, same};
use crate::world::{QUICK, named, shared};

/// Where the good readings begin, and a week in which the server takes no value from us.
const GOOD: Time = Time::from_millis(1_763_500_000_000);
const BAD: Time = Time::from_millis(1_733_011_200_000);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_missing_at_the_server_is_named_and_needs_no_restart_of_ours() {
    let _shared = shared().await;
    let influx = InfluxDb::running().await.unwrap();
    token(&influx).await;
    rights(&influx).await;
    organisation(&influx).await;
    bucket(&influx).await;
    point(&influx).await;
}

fn installation(influx: &InfluxDb, prefix: &str, more: &str) -> Installation {
    let mut installation = Installation::new();
    let about =
        "late_after = \"3650d\"\nclock_tolerance = \"3650d\"\nreorder_hold = \"1s\"\n".to_owned();
    let wish = Wish { stations: 1, auto_issue: true, about, ..Wish::default() };
    pack::write(&installation.pack(), &wish);
    let more = format!("{QUICK}\nprefix = \"{prefix}\"\n{more}");
    influx.feed_from(&mut installation, &influx.base(), &more);
    installation
}

/// Readings, as one message.
async fn publish(installation: &Installation, instants: impl IntoIterator<Item = Time>) {
    let one =
        |at: Time| format!(r#"{{"time":"{at}","readings":{{"water_level":2.5,"rain":0.2}}}}"#);
    let all: Vec<_> = instants.into_iter().map(one).collect();
    installation.admit([station(0)]).unwrap();
    let mut open = Station::connect(installation.mqtt, &station(0), SECRET).await.unwrap();
    open.publish(format!("[{}]", all.join(",")).as_bytes()).await.unwrap();
}

fn instants(from: Time, count: i64) -> impl Iterator<Item = Time> {
    (0..count).map(move |n| from + Span::minutes(10).times(n))
}

/// No token, then a wrong one: after a while the people on duty are told, and that it is over.
async fn token(influx: &InfluxDb) {
    let installation = installation(influx, "token", "alarm_after_seconds = 1");
    std::fs::remove_file(installation.data().join("secrets/influxdb")).unwrap();
    let server = installation.start().await.unwrap();
    named(&installation, "unauthorized").await;
    publish(&installation, instants(GOOD, 10)).await;
    installation.give_secret("influxdb", "not-the-token");
    let stands = |told: &Value| alarm(told) == Some(true);
    until(&installation.base(), "/api/v1/alarms", stands).await;
    let warnings = items(&installation.base(), "/api/v1/warnings").await.unwrap();
    assert!(
        warnings.iter().any(|one| one["hazard"] == "technical"),
        "the alarm is a technical warning: {warnings:?}"
    );
    named(&installation, "unauthorized").await;
    installation.give_secret("influxdb", TOKEN);
    until(&installation.base(), "/api/v1/alarms", |told| alarm(told) == Some(false)).await;
    caught_up(&installation).await;
    assert!(same(&installation, influx, "token_raw").await > 20);
    server.stop().await.unwrap();
    let again = installation.folder.path().join("again.db").display().to_string();
    let from = installation.ledger().display().to_string();
    println!("{}", installation.run(&["replay", "--from", &from, "--to", &again]).unwrap());
}

/// Whether the alarm about the history stands; `None` = there never was one.
fn alarm(told: &Value) -> Option<bool> {
    let alarms = told["items"].as_array()?;
    let one = alarms.iter().find(|alarm| alarm["target"] == "history")?;
    Some(one["state"]["state"] == "level")
}

/// A token that cannot make buckets is enough where they are there; one that neither sees nor makes them is told so.
async fn rights(influx: &InfluxDb) {
    let names = ["rights_raw", "rights_hourly", "rights_daily"];
    let token = influx.token_for(&names, &["read", "write"]).await.unwrap();
    let only_reads = influx.token_for(&["unrelated"], &["read"]).await.unwrap();
    let installation = installation(influx, "rights", "");
    installation.give_secret("influxdb", &only_reads);
    let server = installation.start().await.unwrap();
    named(&installation, "no_bucket").await;
    installation.give_secret("influxdb", &token);
    publish(&installation, instants(GOOD, 10)).await;
    caught_up(&installation).await;
    assert!(same(&installation, influx, "rights_raw").await > 20);
    server.stop().await.unwrap();
}

async fn organisation(influx: &InfluxDb) {
    let mut installation = installation(influx, "org", "");
    let settings = installation.folder.path().join("quantrac.toml");
    let good = std::fs::read_to_string(&settings).unwrap();
    std::fs::write(&settings, good.replace(ORG, "nobody")).unwrap();
    let server = installation.start().await.unwrap();
    named(&installation, "no_bucket").await;
    server.stop().await.unwrap();
    installation.arguments.clear();
}

/// Somebody deletes the bucket: it is made again and filled.
async fn bucket(influx: &InfluxDb) {
    let installation = installation(influx, "bucket", "");
    let server = installation.start().await.unwrap();
    publish(&installation, instants(GOOD, 10)).await;
    caught_up(&installation).await;
    same(&installation, influx, "bucket_raw").await;
    influx.delete_bucket("bucket_raw").await.unwrap();
    publish(&installation, instants(GOOD + Span::days(1), 10)).await;
    named(&installation, "no_bucket").await;
    caught_up(&installation).await;
    assert!(same(&installation, influx, "bucket_raw").await > 40);
    server.stop().await.unwrap();
}

/// In one week the field holds text, written by somebody else: what is refused there is put aside with the server's
/// reason, and everything else of the same message is there.
async fn point(influx: &InfluxDb) {
    let installation = installation(influx, "point", "");
    let server = installation.start().await.unwrap();
    named(&installation, "current").await;
    let nanos = (BAD + Span::minutes(1)).millis() * 1_000_000;
    let text = format!("reading,parameter=x,sensor=main,station=x value=\"text\" {nanos}");
    influx.write("point_raw", &text).await.unwrap();
    publish(&installation, instants(GOOD, 5)).await;
    let both = [BAD].into_iter().chain(instants(GOOD + Span::minutes(50), 5));
    publish(&installation, both).await;
    caught_up(&installation).await;
    influx.delete("point_raw", "station=\"x\"").await.unwrap();
    let found = difference(&installation, influx, "point_raw").await;
    assert!((found.invented.len(), found.other.len()) == (0, 0), "{found:?}");
    let near = |place: &(String, String, String, i64)| {
        (Time::from_millis(place.3) - BAD).abs() < Span::days(4)
    };
    assert!(!found.lost.is_empty() && found.lost.iter().all(near), "{found:?}");
    assert!(found.points > 2 * found.lost.len(), "the rest is there: {found:?}");

    let refused = items(&installation.base(), "/api/v1/history/refused?limit=1").await.unwrap();
    assert_eq!(refused.len(), found.lost.len(), "each refused point once: {refused:?}");
    assert!(refused.iter().all(|one| one.get("reason").is_none()), "its words are not public");
    let told = |told: &Value| told["history"]["refused"] == refused.len();
    until(&installation.base(), "/api/v1/status", told).await;
    let words = status(&installation);
    assert!(words.contains("field type conflict"), "{words}");
    server.stop().await.unwrap();
}

/// What `quantrac history status` says.
fn status(installation: &Installation) -> String {
    let data = installation.data().display().to_string();
    let settings = installation.folder.path().join("quantrac.toml").display().to_string();
    let words = ["history", "status", "--settings", &settings, "--data", &data];
    installation.run(&words).unwrap()
}
