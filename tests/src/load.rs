//! A thousand stations that publish: as fast as they are acknowledged, or so many messages a second.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use domain::{Span, Time};
use tokio::sync::Mutex;
use tokio::time::MissedTickBehavior;

use crate::measure::quantile;
use crate::mqtt::Station;
use crate::pack::station;
use crate::server::SECRET;

/// Stations that publish.
pub const STATIONS: usize = 1_000;
/// Readings in a message.
pub const READINGS: f64 = 6.0;
/// Messages per second of the paced load.
pub const PACE: u64 = 200;

/// What a load did.
pub struct Load {
    /// How many were acknowledged.
    pub messages: u64,
    /// In how long.
    pub elapsed: Duration,
    /// Milliseconds from PUBLISH to PUBACK.
    pub waits: Vec<f64>,
}

impl Load {
    /// Readings per CPU second.
    #[must_use]
    pub fn rate(&self, cpu: f64) -> f64 {
        self.messages as f64 * READINGS / cpu
    }
}

/// Every station sends as fast as it is acknowledged.
///
/// # Errors
/// A station cannot connect.
pub async fn saturate(address: SocketAddr, seconds: u64, first: i64) -> Result<Load> {
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
///
/// # Errors
/// A station cannot connect, or a message is not acknowledged.
pub async fn paced(address: SocketAddr, seconds: u64, first: i64) -> Result<(Load, Vec<f64>)> {
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
#[must_use]
pub fn message(step: i64, extra: f64) -> String {
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

/// When the first message was observed.
#[must_use]
pub fn epoch() -> Time {
    Time::from_millis(1_577_811_600_000) // 2020-01-01T00:00:00+07:00
}

/// One line of the table.
#[must_use]
pub fn line(name: &str, load: &Load, cpu: f64, memory: f64) -> String {
    let rate = load.rate(cpu);
    format!(
        "{name:<28} {:>7.0}   {rate:>12.0}  {:>7.1}  {:>7.1}  {memory:>9.0}",
        load.messages as f64 / load.elapsed.as_secs_f64(),
        quantile(&load.waits, 0.5),
        quantile(&load.waits, 0.99)
    )
}
