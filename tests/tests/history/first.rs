//! A quiet day: what stations send is in InfluxDB a moment later, point by point.

use domain::{Span, Time};
use tests::influx::InfluxDb;
use tests::mqtt::Station;
use tests::pack::{self, Wish, station};
use tests::server::{Installation, SECRET};

use crate::compare::{caught_up, same};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn readings_corrections_and_missing_values_are_there_a_moment_later() {
    let influx = InfluxDb::running().await.unwrap();
    let mut installation = Installation::new();
    pack::write(&installation.pack(), &Wish { stations: 3, ..Wish::default() });
    influx.feed_from(&mut installation, &influx.base(), "batch_seconds = 0");
    let server = installation.start().await.unwrap();
    installation.admit((0..3).map(station)).unwrap();
    for n in 0..3 {
        let mut open = Station::connect(installation.mqtt, &station(n), SECRET).await.unwrap();
        for step in 0..50 {
            let at = Time::from_millis(1_763_500_000_000) + Span::minutes(10 * step);
            let level = 2.0 + step as f64 / 100.0;
            let body =
                format!(r#"{{"time":"{at}","readings":{{"water_level":{level:.2},"rain":0.2}}}}"#);
            open.publish(body.as_bytes()).await.unwrap();
        }
        let at = Time::from_millis(1_763_500_000_000) + Span::minutes(100);
        let corrected = format!(r#"{{"time":"{at}","readings":{{"water_level":2.5}}}}"#);
        open.publish(corrected.as_bytes()).await.unwrap();
        let at = at + Span::minutes(10);
        let withdrawn = format!(r#"{{"time":"{at}","readings":{{"water_level":null}}}}"#);
        open.publish(withdrawn.as_bytes()).await.unwrap();
    }
    caught_up(&installation).await;
    assert!(same(&installation, &influx, "quantrac_raw").await > 300);
    server.stop().await.unwrap();
}
