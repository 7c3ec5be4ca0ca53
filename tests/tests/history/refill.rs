//! A server that was bought new: `quantrac history rebuild` fills it from the ledger, hours and days included.

use std::process::Command;
use std::time::Instant;

use domain::{Span, Time};
use tests::filling::fill;
use tests::influx::{InfluxDb, Row};
use tests::pack::{self, Wish, station};
use tests::server::{Installation, binary};

use crate::compare::{caught_up, same, summed};
use crate::world::{QUICK, shared};

const STATIONS: usize = 20;
/// Readings that stations send; with what is derived from them there are more than twice as many points.
const READINGS: i64 = 12_000;
/// Memory that carrying over everything may cost, MB.
const MORE_MB: f64 = 64.0;

/// How many: more in a measurement (`QUANTRAC_READINGS=500000`).
fn readings() -> i64 {
    std::env::var("QUANTRAC_READINGS").ok().and_then(|n| n.parse().ok()).unwrap_or(READINGS)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_empty_server_is_filled_from_the_ledger_with_hours_and_days() {
    let _shared = shared().await;
    let mut influx = InfluxDb::running().await.unwrap();
    let mut installation = Installation::new();
    pack::write(&installation.pack(), &Wish { stations: STATIONS, ..Wish::default() });
    influx.feed_from(&mut installation, &influx.base(), QUICK);
    let steps = readings() / 4 / i64::try_from(STATIONS).unwrap();
    let now = first() + Span::minutes(10).times(steps + 1);
    let one = |step, n| (station(n), message(n, step).into_bytes());
    let messages = (0..steps).flat_map(|step| (0..STATIONS).map(move |n| one(step, n)));
    fill(&installation.ledger(), &installation.pack(), now, messages).await.unwrap();

    let begun = Instant::now();
    let server = installation.start().await.unwrap();
    caught_up(&installation).await;
    println!("the relay caught up in {:.1} s", begun.elapsed().as_secs_f64());
    let after_all_of_it = server.memory_mb();
    summed(&installation).await;
    let points = same(&installation, &influx, "quantrac_raw").await;
    let before = (rows(&influx, "hourly").await, rows(&influx, "daily").await);
    assert!(before.0.len() > 100 && !before.1.is_empty(), "there are hours and days");
    server.stop().await.unwrap();
    let server = installation.start().await.unwrap();
    caught_up(&installation).await;
    let after_none = server.memory_mb();
    server.stop().await.unwrap();
    println!("memory {after_all_of_it:.0} MB after all of it, {after_none:.0} MB after none");
    assert!(after_all_of_it <= after_none + MORE_MB, "it does not depend on what is behind");

    influx.kill().await;
    influx.wipe();
    influx.start().await.unwrap();
    influx.setup().await.unwrap();
    let (said, shown) = rebuild(&installation);
    println!("{said}");
    assert!(said.contains("points/s"), "its speed is stated: {said}");
    assert!(shown.contains("100 %") && shown.contains("[####"), "how far it is is shown: {shown}");
    assert_eq!(same(&installation, &influx, "quantrac_raw").await, points);
    assert!(rows(&influx, "hourly").await.is_empty());

    let server = installation.start().await.unwrap();
    summed(&installation).await;
    let after = (rows(&influx, "hourly").await, rows(&influx, "daily").await);
    assert_eq!(before, after, "hours and days are as they were");
    let url = format!("{}/metrics", installation.base());
    let told = reqwest::get(url).await.unwrap().text().await.unwrap();
    let line = told.lines().find(|line| line.starts_with("quantrac_history_emptied_total"));
    assert_eq!(line, Some("quantrac_history_emptied_total 0"), "{}", installation.log());
    server.stop().await.unwrap();
}

fn first() -> Time {
    Time::from_millis(1_763_485_200_000) // 2025-11-19T00:00:00+07:00
}

/// Four readings of ten minutes.
fn message(n: usize, step: i64) -> String {
    let at = first() + Span::minutes(10).times(step);
    let wave = (step % 144) as f64 / 144.0 + n as f64 / 100.0;
    let (level, wind, rain) = (4.5 + wave, 3.0 + wave, f64::from(u8::from(step % 7 == 0)) / 5.0);
    format!(
        "{{\"time\":\"{at}\",\"readings\":{{\"water_level\":{level:.2},\"rain\":{rain:.1},\
         \"wind_speed\":{wind:.1},\"battery\":12.5}}}}"
    )
}

/// What the command says in the end, and what it shows meanwhile.
fn rebuild(installation: &Installation) -> (String, String) {
    let data = installation.data().display().to_string();
    let settings = installation.folder.path().join("quantrac.toml").display().to_string();
    let words = ["history", "rebuild", "--settings", &settings, "--data", &data];
    let done = Command::new(binary()).args(words).output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let (said, shown) = (text(&done.stdout), text(&done.stderr));
    assert!(done.status.success(), "{said}\n{shown}");
    (said, shown)
}

/// Every hour or day, as the server has it.
async fn rows(influx: &InfluxDb, kind: &str) -> Vec<Row> {
    let flux = format!(
        "from(bucket: \"quantrac_{kind}\") |> range(start: 2000-01-01T00:00:00Z, stop: 2200-01-01T00:00:00Z)
         |> filter(fn: (r) => r._field == \"count\" or r._field == \"sum\" or r._field == \"max\")
         |> keep(columns: [\"_time\", \"_field\", \"_value\", \"station\", \"parameter\", \"sensor\"])"
    );
    let mut rows = influx.query(&flux).await.unwrap();
    for row in &mut rows {
        row.retain(|column, _| !column.is_empty() && column != "table" && column != "result");
    }
    rows.sort();
    rows
}
