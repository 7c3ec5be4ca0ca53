//! A disk that is full: no PUBACK, the page says so, and it recovers by itself when there is room again.
//!
//! The server runs in a mount namespace of its own, whose data folder is a small file system.
#![expect(clippy::unwrap_used, reason = "a test may fail")]

use std::path::PathBuf;
use std::time::Duration;

use domain::{Span, Time};
use tests::http::{items, problem, until};
use tests::mqtt::Station;
use tests::pack::{self, Wish, station};
use tests::server::{Installation, SECRET, Server};

/// Mounts a small file system over the data, keeps what is there, and becomes the server.
const SMALL_DISK: &str = r#"
data=$1; shift
cp -a "$data" "$data.before"
mount -t tmpfs -o size=24m,mode=700 none "$data"
cp -a "$data.before/." "$data/"
exec "$@"
"#;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_disk_acknowledges_nothing_says_so_and_recovers_by_itself() {
    let mut installation = Installation::new();
    pack::write(&installation.pack(), &Wish { stations: 2, ..Wish::default() });
    let server = installation.start().await.unwrap();
    installation.admit((0..2).map(station)).unwrap();
    server.stop().await.unwrap();

    let data = installation.data().display().to_string();
    let wrapper = ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c", SMALL_DISK, "sh"];
    installation.wrapper = wrapper.map(str::to_owned).to_vec();
    installation.wrapper.push(data);
    let server = installation.start().await.unwrap();
    publish(&installation, 0).await.unwrap();

    let filler = fill(&installation, &server);
    let mut step = 1;
    while publish(&installation, step).await.is_ok() {
        step += 1;
        assert!(step < 10_000, "the disk is full, but everything is acknowledged");
    }
    until(&installation.base(), "/api/v1/status", |told| {
        told["ledger"]["writing"] == false && problem(told, "store")
    })
    .await;
    let ready = reqwest::get(format!("{}/health/ready", installation.base())).await.unwrap();
    assert_eq!(ready.status(), 503);
    assert!(publish(&installation, step).await.is_err(), "still nothing is acknowledged");

    std::fs::remove_file(&filler).unwrap();
    for _ in 0..3_000 {
        if publish(&installation, step).await.is_ok() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    publish(&installation, step + 1).await.expect("acknowledged again");
    until(&installation.base(), "/api/v1/status", |told| {
        told["ledger"]["writing"] == true && !problem(told, "store")
    })
    .await;
    let shown = readings(&installation).await;
    let expected: Vec<i64> = (0..=step + 1).collect();
    assert_eq!(shown, expected, "every acknowledged reading once, and nothing else");
    server.stop().await.unwrap();
}

/// A station that connects, publishes one reading, and hears whether it is stored.
async fn publish(installation: &Installation, step: i64) -> std::io::Result<()> {
    let mut open = Station::connect(installation.mqtt, &station(0), SECRET).await?;
    let level = 2.0 + step as f64 / 1_000.0;
    let body = format!(r#"{{"time":"{}","readings":{{"water_level":{level:.3}}}}}"#, at(step));
    open.publish(body.as_bytes()).await
}

fn at(step: i64) -> Time {
    Time::from_millis(1_763_500_000_000) + Span::minutes(step)
}

/// Takes all the room that is left on the server's disk.
fn fill(installation: &Installation, server: &Server) -> PathBuf {
    let inside = format!("/proc/{}/root{}", server.pid(), installation.data().display());
    let filler = PathBuf::from(inside).join("filler");
    let mut file = std::fs::File::create(&filler).unwrap();
    let block = vec![1_u8; 64 * 1_024];
    for size in [block.len(), 4_096, 512, 1] {
        while std::io::Write::write_all(&mut file, &block[..size]).is_ok() {}
    }
    filler
}

/// The steps whose readings the API shows, in order.
async fn readings(installation: &Installation) -> Vec<i64> {
    let path = format!("/api/v1/series?station={}&parameter=water_level", station(0));
    let series = items(&installation.base(), &path).await.unwrap();
    let (from, to) = (at(-1).to_string(), at(20_000).to_string());
    let path = format!(
        "/api/v1/series/{}/readings?from={}&to={}&limit=5000",
        series[0]["id"],
        from.replace('+', "%2B"),
        to.replace('+', "%2B")
    );
    let steps = items(&installation.base(), &path).await.unwrap().into_iter().map(|item| {
        let observed: Time = item["observed_at"].as_str().unwrap().parse().unwrap();
        (observed - at(0)).millis() / 60_000
    });
    steps.collect()
}
