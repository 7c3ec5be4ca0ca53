//! Exports and reports of readings that the ledger has dropped: from the real InfluxDB, and nobody sees the seam.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::process::Command;
use std::time::Duration;

use domain::{Span, Time};
use serde_json::Value;
use tests::http::until;
use tests::influx::InfluxDb;
use tests::mqtt::Station;
use tests::pack::{self, Wish, station};
use tests::server::{Installation, SECRET, binary};

const STEP: Span = Span::minutes(10);
const DAY: Span = Span::days(1);
/// Instants that are published: a fortnight.
const INSTANTS: i64 = 14 * 144;

/// Midnight in Viet Nam, ninety days ago.
fn first() -> Time {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
    let now = Time::from_millis(i64::try_from(now.as_millis()).unwrap());
    (now - Span::days(90)).floor(DAY, Span::ZERO)
}

fn body(at: Time, level: f64, rain: f64) -> String {
    format!(r#"{{"time":"{at}","readings":{{"water_level":{level:.2},"rain":{rain:.1}}}}}"#)
}

async fn publish(open: &mut Station, first: Time) {
    let instants: Vec<_> = (0..INSTANTS)
        .map(|n| body(first + STEP.times(n), 2.0 + (n % 97) as f64 / 50.0, (n % 7) as f64 / 5.0))
        .collect();
    for some in instants.chunks(100) {
        open.publish(format!("[{}]", some.join(",")).as_bytes()).await.unwrap();
    }
    // Corrected, out of range, withdrawn, and late between two others.
    for (minutes, text) in [(600, "2.5"), (610, "60.0"), (620, "null"), (10_005, "5.55")] {
        let at = first + Span::minutes(minutes);
        let text = format!(r#"{{"time":"{at}","readings":{{"water_level":{text}}}}}"#);
        open.publish(text.as_bytes()).await.unwrap();
    }
}

/// Everything is in InfluxDB, with its hours and days.
async fn carried(installation: &Installation) {
    let done = |told: &Value| {
        let last = told["ledger"]["last_seq"].as_u64();
        told["history"]["behind"] == 0 && told["history"]["summed"].as_u64() >= last
    };
    let base = installation.base();
    let waiting = until(&base, "/api/v1/status", done);
    assert!(tokio::time::timeout(Duration::from_secs(60), waiting).await.is_ok());
}

fn settings(keep_days: u32) -> String {
    format!(
        "batch_seconds = 0\nsummary_seconds = 1\nledger_keep_days = {keep_days}\n[store]\nfold_readings = 1000\n"
    )
}

async fn asked(installation: &Installation, path: &str) -> Vec<u8> {
    let answer = reqwest::get(format!("{}{path}", installation.base())).await.unwrap();
    answer.error_for_status().unwrap().bytes().await.unwrap().to_vec()
}

async fn all(installation: &Installation, paths: &[String]) -> Vec<Vec<u8>> {
    let mut answers = Vec::new();
    for path in paths {
        answers.push(asked(installation, path).await);
    }
    answers
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_sees_in_an_export_what_the_ledger_dropped_and_a_dead_server_is_told_of() {
    let mut influx = InfluxDb::running().await.unwrap();
    let mut installation = Installation::new();
    pack::write(&installation.pack(), &Wish { stations: 1, ..Wish::default() });
    influx.feed_from(&mut installation, &influx.base(), &settings(0));
    let server = installation.start().await.unwrap();
    installation.admit([station(0)]).unwrap();
    let mut open = Station::connect(installation.mqtt, &station(0), SECRET).await.unwrap();
    let first = first();
    publish(&mut open, first).await;
    carried(&installation).await;
    let text = |at: Time| at.to_string().replace('+', "%2B");
    let range = format!("from={}&to={}", text(first), text(first + Span::days(40)));
    let paths = [
        format!("/api/v1/export?{range}"),
        format!("/api/v1/export?{range}&format=json&every=1h"),
        format!("/api/v1/export?{range}&format=parquet&parameter=water_level"),
        format!("/api/v1/reports/rain?{range}"),
        format!("/api/v1/reports/availability?{range}"),
        format!("/api/v1/reports/floods?{range}"),
    ];
    let before = all(&installation, &paths).await;
    let rows =
        before[0].split(|byte| *byte == b'\n').filter(|line| line.starts_with(b"20")).count();
    assert!(rows as i64 > 2 * INSTANTS, "derived series too: {rows}");
    server.stop().await.unwrap();

    installation.arguments.clear();
    influx.feed_from(&mut installation, &influx.base(), &settings(8));
    let server = installation.start().await.unwrap();
    until(&installation.base(), "/api/v1/status", |told| told["history"]["kept_from"].is_string())
        .await;
    for (path, (before, after)) in
        paths.iter().zip(before.iter().zip(all(&installation, &paths).await))
    {
        assert!(*before == after, "{path} is another");
    }
    let settings = installation.arguments.last().unwrap().clone();
    let command = |more: &[&str]| {
        let data = installation.data().display().to_string();
        let (from, to) = (first.to_string(), (first + Span::days(40)).to_string());
        let args = ["export", "--data", &data, "--from", &from, "--to", &to];
        let output = Command::new(binary()).args(args).args(more).output().unwrap();
        assert!(output.status.success());
        (output.stdout, String::from_utf8(output.stderr).unwrap())
    };
    assert!(command(&["--settings", &settings]).0 == before[0], "the command line says the same");
    let (alone, told) = command(&[]);
    assert!(alone.len() < before[0].len() && told.contains("name the settings"), "{told}");
    assert!(String::from_utf8(alone).unwrap().contains("# INCOMPLETE: "));

    influx.kill().await;
    let left = String::from_utf8(asked(&installation, &paths[0]).await).unwrap();
    assert!(
        left.contains("# INCOMPLETE: ") && left.contains(": unreachable"),
        "{}",
        &left[..2_000]
    );
    let report: Value = serde_json::from_slice(&asked(&installation, &paths[3]).await).unwrap();
    assert_eq!(report["about"]["incomplete"]["reason"], "unreachable");
    server.stop().await.unwrap();
}
