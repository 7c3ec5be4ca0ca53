//! `make bench`: 1,000 stations × 6 readings per message, QoS 1, acknowledged after fsync, all checks on.
//!
//! One run, side by side with Mosquitto alone (which neither checks nor stores before it acknowledges) under the
//! same load from the same clients. Prints a table; the numbers are of this machine, the ratios travel.
#![expect(clippy::print_stdout, reason = "the table is the result")]

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use domain::{Span, Time};
use tests::filling::fill;
use tests::measure::{cpu_seconds, memory_mb, quantile};
use tests::mqtt::Station;
use tests::pack::{self, Wish, station};
use tests::server::{Installation, SECRET};
use tokio::sync::Mutex;
use tokio::time::MissedTickBehavior;

const STATIONS: usize = 1_000;
const READINGS: f64 = 6.0;
/// Messages per second of the paced phase.
const PACE: u64 = 200;
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
    let rate = report("mosquitto alone, saturated", &load, cpu, memory_mb(pid));
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
    let rate = report("quantrac, saturated", &load, cpu, server.memory_mb());

    let before = server.cpu_seconds();
    let (load, crossing) = paced(installation.mqtt, seconds, 100_000).await?;
    let cpu = server.cpu_seconds() - before;
    report("quantrac, 200 messages/s", &load, cpu, server.memory_mb());
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

/// What a load did.
struct Load {
    messages: u64,
    elapsed: Duration,
    /// Milliseconds from PUBLISH to PUBACK.
    waits: Vec<f64>,
}

/// Every station sends as fast as it is acknowledged.
async fn saturate(address: SocketAddr, seconds: u64, first: i64) -> Result<Load> {
    let stations = connect(address).await?;
    let begun = Instant::now();
    let until = begun + Duration::from_secs(seconds);
    let sent = Arc::new(AtomicU64::new(0));
    let tasks: Vec<_> = stations
        .into_iter()
        .map(|mut open| {
            let sent = Arc::clone(&sent);
            tokio::spawn(async move {
                let mut waits = Vec::new();
                for step in first.. {
                    let at = Instant::now();
                    if at >= until || open.publish(message(step, 0.0).as_bytes()).await.is_err() {
                        break;
                    }
                    waits.push(at.elapsed().as_secs_f64() * 1e3);
                    sent.fetch_add(1, Ordering::Relaxed);
                }
                waits
            })
        })
        .collect();
    let mut waits = Vec::new();
    for task in tasks {
        waits.extend(task.await?);
    }
    Ok(Load { messages: sent.load(Ordering::Relaxed), elapsed: begun.elapsed(), waits })
}

/// `PACE` messages a second, one station after the other; each in ten crosses BĐ1. Gives also the waits of those.
async fn paced(address: SocketAddr, seconds: u64, first: i64) -> Result<(Load, Vec<f64>)> {
    let stations: Vec<_> =
        connect(address).await?.into_iter().map(|s| Arc::new(Mutex::new(s))).collect();
    let begun = Instant::now();
    let mut ticks = tokio::time::interval(Duration::from_nanos(1_000_000_000 / PACE));
    ticks.set_missed_tick_behavior(MissedTickBehavior::Burst);
    let mut tasks = Vec::new();
    for n in 0..seconds * PACE {
        ticks.tick().await;
        let index = usize::try_from(n).unwrap_or(0) % STATIONS;
        let step = first + i64::try_from(n).unwrap_or(0) / STATIONS as i64;
        let crosses = index % 10 == 3 && step == first + 1;
        let open = Arc::clone(&stations[index]);
        tasks.push(tokio::spawn(async move {
            let body = message(step, if crosses { 2.0 } else { 0.0 });
            let mut open = open.lock().await;
            let at = Instant::now();
            let done = open.publish(body.as_bytes()).await.is_ok();
            (done, crosses, at.elapsed().as_secs_f64() * 1e3)
        }));
    }
    let (mut waits, mut crossing) = (Vec::new(), Vec::new());
    for task in tasks {
        let (done, crosses, wait) = task.await?;
        anyhow::ensure!(done, "a paced message was not acknowledged");
        waits.push(wait);
        if crosses {
            crossing.push(wait);
        }
    }
    Ok((Load { messages: seconds * PACE, elapsed: begun.elapsed(), waits }, crossing))
}

async fn connect(address: SocketAddr) -> Result<Vec<Station>> {
    let mut stations = Vec::with_capacity(STATIONS);
    for n in 0..STATIONS {
        let open = Station::connect(address, &station(n), SECRET).await;
        stations.push(open.with_context(|| format!("station {n} cannot connect"))?);
    }
    Ok(stations)
}

/// Six readings of ten minutes.
fn message(step: i64, extra: f64) -> String {
    let at = epoch() + Span::minutes(10).times(step);
    let wave = (step % 144) as f64 / 144.0;
    format!(
        "{{\"time\":\"{at}\",\"readings\":{{\"water_level\":{:.2},\"rain\":{:.1},\"wind_speed\":{:.1},\"wind_gust\":{:.1},\
         \"air_temperature\":{:.1},\"battery\":{:.2}}}}}",
        4.5 + wave + extra,
        if step % 7 == 0 { 0.4 } else { 0.0 },
        3.0 + wave,
        5.0 + wave,
        25.0 + wave,
        12.5 + wave / 10.0
    )
}

fn epoch() -> Time {
    Time::from_millis(1_577_811_600_000) // 2020-01-01T00:00:00+07:00
}

/// A time after every message: none of them comes from the future.
fn after_all() -> Time {
    epoch() + Span::days(2_000)
}

fn report(name: &str, load: &Load, cpu: f64, memory: f64) -> f64 {
    let rate = load.messages as f64 * READINGS / cpu;
    println!(
        "{name:<28} {:>7.0}   {rate:>12.0}  {:>7.1}  {:>7.1}  {memory:>9.0}",
        load.messages as f64 / load.elapsed.as_secs_f64(),
        quantile(&load.waits, 0.5),
        quantile(&load.waits, 0.99)
    );
    rate
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
