//! `make bench`: 1,000 stations × 6 readings per message, QoS 1, acknowledged after fsync, all checks on.
//!
//! One run, side by side with Mosquitto alone (which neither checks nor stores before it acknowledges) under the
//! same load from the same clients. Prints a table; the numbers are of this machine, the ratios travel.
#![expect(clippy::print_stdout, reason = "the table is the result")]

use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use domain::{Span, Time};
use tests::filling::fill;
use tests::load::{self, READINGS, STATIONS, line, message, paced, saturate};
use tests::measure::{cpu_seconds, memory_mb, quantile};
use tests::mqtt::Station;
use tests::pack::{self, Wish, station};
use tests::server::{Installation, SECRET};

/// Readings in the ledger whose restart is timed.
const STORED: u64 = 10_000_000;

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() -> Result<()> {
    let seconds = std::env::args().nth(1).and_then(|text| text.parse().ok()).unwrap_or(20);
    let wish = Wish {
        stations: STATIONS,
        auto_issue: true,
        about: "late_after = \"3650d\"\nclock_tolerance = \"3650d\"\n".to_owned(),
        ..Wish::default()
    };
    println!("phase                          msg/s   readings/CPU-s  p50 ms   p99 ms   memory MB");
    let mosquitto = mosquitto(seconds).await?;
    let ours = ours(&wish, seconds).await?;
    println!("ratio ours : mosquitto alone, readings per CPU second   {:.2}", ours / mosquitto);
    restart(&wish).await
}

/// Mosquitto as packaged, without persistence: the floor of what MQTT costs.
async fn mosquitto(seconds: u64) -> Result<f64> {
    let installation = Installation::new();
    let file = installation.folder.path().join("mosquitto.conf");
    let port = installation.mqtt.port();
    std::fs::write(
        &file,
        format!("listener {port} 127.0.0.1\nallow_anonymous true\nmax_queued_messages 0\n"),
    )?;
    let mut child = tokio::process::Command::new("mosquitto")
        .arg("-c")
        .arg(&file)
        .stderr(std::process::Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .context("mosquitto is not installed: apt-get install mosquitto")?;
    let pid = child.id().context("it has just been started")?;
    while Station::connect(installation.mqtt, "probe", SECRET).await.is_err() {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let before = cpu_seconds(pid);
    let load = saturate(installation.mqtt, seconds, 0).await?;
    let cpu = cpu_seconds(pid) - before;
    println!("{}", line("mosquitto alone, saturated", &load, cpu, memory_mb(pid)));
    let rate = load.rate(cpu);
    child.kill().await?;
    Ok(rate)
}

async fn ours(wish: &Wish, seconds: u64) -> Result<f64> {
    let installation = Installation::new();
    pack::write(&installation.pack(), wish);
    let server = installation.start().await?;
    installation.admit((0..STATIONS).map(station))?;

    let before = server.cpu_seconds();
    let load = saturate(installation.mqtt, seconds, 0).await?;
    let cpu = server.cpu_seconds() - before;
    println!("{}", line("quantrac, saturated", &load, cpu, server.memory_mb()));
    let rate = load.rate(cpu);

    let before = server.cpu_seconds();
    let (load, crossing) = paced(installation.mqtt, seconds, 100_000).await?;
    let cpu = server.cpu_seconds() - before;
    println!("{}", line("quantrac, 200 messages/s", &load, cpu, server.memory_mb()));
    println!(
        "publish → warning committed, {} crossings   p50 {:.1} ms   p99 {:.1} ms",
        crossing.len(),
        quantile(&crossing, 0.5),
        quantile(&crossing, 0.99)
    );
    let bytes = std::fs::metadata(installation.ledger())?.len();
    println!("ledger {:.0} MB", bytes as f64 / 1e6);
    server.stop().await?;
    Ok(rate)
}

/// A time after every message: none of them comes from the future.
fn after_all() -> Time {
    load::epoch() + Span::days(2_000)
}

/// Fills a ledger with ten million readings through the same pipeline, then times the start on it.
async fn restart(wish: &Wish) -> Result<()> {
    let installation = Installation::new();
    pack::write(&installation.pack(), wish);
    std::fs::create_dir_all(installation.data())?;
    let begun = Instant::now();
    let steps = i64::try_from(STORED / READINGS as u64 / STATIONS as u64)?;
    let one = |step, n| (station(n), message(step, 0.0).into_bytes());
    let messages = (0..steps).flat_map(|step| (0..STATIONS).map(move |n| one(step, n)));
    let messages =
        fill(&installation.ledger(), &installation.pack(), after_all(), messages).await?;
    let spent = begun.elapsed().as_secs_f64();
    let aside = store::Reader::open(&installation.ledger())?.set_aside_counts()?;
    anyhow::ensure!(aside.is_empty(), "readings were put aside instead of stored: {aside:?}");
    println!(
        "pipeline and ledger alone: {messages} messages in {spent:.0} s, {:.0} readings/s",
        messages as f64 * READINGS / spent
    );
    let begun = Instant::now();
    let server = installation.start().await?;
    println!(
        "restart with {STORED} readings stored: {:.2} s until ready, {:.0} MB",
        begun.elapsed().as_secs_f64(),
        server.memory_mb()
    );
    server.stop().await
}
