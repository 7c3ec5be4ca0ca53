//! Our clock is set wrong and right again while stations publish: nothing is taken for too old, nothing is lost.
//!
//! The retention of a bucket goes by the clock of InfluxDB, so what counts is that the two differ: libfaketime steps
//! ours, for a program in Go would not notice.

use domain::Span;
use serde_json::Value;
use tests::faketime::{WrongClock, now};
use tests::http::until;
use tests::influx::InfluxDb;
use tests::mqtt::Station;
use tests::pack::{self, Wish, station};
use tests::server::{Installation, SECRET};

use crate::compare::{caught_up, same};
use crate::world::{QUICK, shared};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_clock_that_jumps_loses_nothing_that_the_server_keeps() {
    let _shared = shared().await;
    let influx = InfluxDb::running().await.unwrap();
    let mut installation = Installation::new();
    let about =
        "late_after = \"3650d\"\nclock_tolerance = \"3650d\"\nreorder_hold = \"1s\"\n".to_owned();
    pack::write(&installation.pack(), &Wish { stations: 1, about, ..Wish::default() });
    influx.feed_from(
        &mut installation,
        &influx.base(),
        &format!("{QUICK}\nretention_raw_days = 30\nledger_keep_days = 0"),
    );
    let clock = WrongClock::of(&installation);
    installation.wrapper = clock.wrapper();
    let server = installation.start().await.unwrap();
    installation.admit([station(0)]).unwrap();
    let from = now() - Span::days(20);
    let mut count = 0;
    for jump in ["+0", "+400d", "+0", "-5h", "-3d", "+20d", "+0"] {
        clock.step(jump);
        // At least one connection of the relay begins under each clock.
        let mut open = Station::connect(installation.mqtt, &station(0), SECRET).await.unwrap();
        for _ in 0..10 {
            let at = from + Span::minutes(10).times(count);
            count += 1;
            let body = format!(r#"{{"time":"{at}","readings":{{"water_level":2.5,"rain":0.2}}}}"#);
            open.publish(body.as_bytes()).await.unwrap();
        }
        caught_up(&installation).await;
        println!("{jump:>6}: carried on");
    }
    let none = |told: &Value| {
        let history = &told["history"];
        history["expired"] == 0 && history["refused"] == 0
    };
    until(&installation.base(), "/api/v1/status", none).await;
    assert!(same(&installation, &influx, "quantrac_raw").await > 140);
    let url = format!("{}/metrics", installation.base());
    let told = reqwest::get(url).await.unwrap().text().await.unwrap();
    assert!(told.contains("quantrac_history_emptied_total 0"), "the marks are found");
    server.stop().await.unwrap();

    // A start under a wrong clock, and one under the right one again.
    for jump in ["+400d", "-40d", "+0"] {
        clock.step(jump);
        let server = installation.start().await.unwrap();
        caught_up(&installation).await;
        let url = format!("{}/metrics", installation.base());
        let told = reqwest::get(url).await.unwrap().text().await.unwrap();
        assert!(told.contains("quantrac_history_emptied_total 0"), "{jump}: the marks are found");
        same(&installation, &influx, "quantrac_raw").await;
        server.stop().await.unwrap();
    }
}
