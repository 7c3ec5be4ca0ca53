//! `make bench`: what a crowd on the pages does to intake and warning (promise 9). The same 200 messages a second, each
//! tenth over an alarm level, three times in one run: with nobody looking, with 1,000 live streams, and with 1,000 live
//! streams whose people open the page again and again. Default limits; every viewer has an address of its own.
#![expect(clippy::print_stdout, reason = "the table is the result")]

use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use tests::load::{PACE, STATIONS, line, paced};
use tests::measure::{cpu_seconds, quantile};
use tests::pack::{self, Wish, station};
use tests::server::{Installation, Server};
use tests::viewer::{self, PAGE, Seen};
use tokio::task::JoinHandle;

const VIEWERS: usize = 1_000;
/// A viewer opens the page again after so long.
const AGAIN: Duration = Duration::from_secs(10);

/// Answers to page requests: status and milliseconds.
type Answers = Arc<Mutex<Vec<(u16, f64)>>>;

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() -> Result<()> {
    let seconds = std::env::args().nth(1).and_then(|text| text.parse().ok()).unwrap_or(20);
    let installation = Installation::new();
    let wish = Wish {
        stations: STATIONS,
        auto_issue: true,
        about: "late_after = \"3650d\"\nclock_tolerance = \"3650d\"\n".to_owned(),
        ..Wish::default()
    };
    pack::write(&installation.pack(), &wish);
    let server = installation.start().await?;
    installation.admit((0..STATIONS).map(station))?;

    println!("phase                          msg/s   readings/CPU-s  p50 ms   p99 ms   memory MB");
    // One after the other without a hole: what stands behind a hole would wait for it.
    let steps = i64::try_from(seconds * PACE)? / STATIONS as i64;
    ensure!(steps >= 2, "{seconds} s are too few: nothing crosses a level in less than 10");
    let alone = phase("nobody looks", &installation, &server, seconds, 0).await?;

    let seen = Arc::new(Seen::default());
    let streams = watch(installation.web, &seen).await?;
    let watched = phase("1,000 live streams", &installation, &server, seconds, steps).await?;
    told(&seen, streams.len(), seconds);

    let (answers, open) = (Answers::default(), Arc::new(AtomicBool::new(true)));
    let readers = reload(installation.web, &answers, &open);
    let crowd =
        phase("… who open the page anew", &installation, &server, seconds, 2 * steps).await?;
    open.store(false, Ordering::Relaxed);
    for reader in readers {
        reader.await?;
    }
    told(&seen, streams.len(), seconds);
    told_pages(&answers.lock().unwrap_or_else(PoisonError::into_inner), seconds);
    println!(
        "PUBLISH → warning p99 against nobody looking: {:.1} × with streams, {:.1} × with the crowd",
        watched / alone,
        crowd / alone
    );
    ensure!(seen.ended.load(Ordering::Relaxed) == 0, "live streams were refused or ended");
    server.stop().await
}

/// One paced load; gives the 99th of a hundred waits from PUBLISH to the committed warning, ms.
async fn phase(
    name: &str,
    installation: &Installation,
    server: &Server,
    seconds: u64,
    first: i64,
) -> Result<f64> {
    let (before, own) = (server.cpu_seconds(), cpu_seconds(std::process::id()));
    let (load, crossing) = paced(installation.mqtt, seconds, first).await?;
    let cpu = server.cpu_seconds() - before;
    println!("{}", line(name, &load, cpu, server.memory_mb()));
    println!(
        "  PUBLISH → warning p50 {:.1} ms, p99 {:.1} ms ({} crossings); CPU of the server {:.0} %, of the clients {:.0} %",
        quantile(&crossing, 0.5),
        quantile(&crossing, 0.99),
        crossing.len(),
        100.0 * cpu / load.elapsed.as_secs_f64(),
        100.0 * (cpu_seconds(std::process::id()) - own) / load.elapsed.as_secs_f64()
    );
    Ok(quantile(&crossing, 0.99))
}

/// Opens the streams and waits until each has its first frame.
async fn watch(server: SocketAddr, seen: &Arc<Seen>) -> Result<Vec<JoinHandle<()>>> {
    let open = |n| tokio::spawn(viewer::watch(server, viewer::address(n), Arc::clone(seen)));
    let streams: Vec<_> = (0..VIEWERS).map(open).collect();
    let begun = Instant::now();
    while seen.frames.load(Ordering::Relaxed) < VIEWERS as u64 {
        let ended = seen.ended.load(Ordering::Relaxed);
        ensure!(ended == 0 && begun.elapsed().as_secs() < 60, "{ended} of {VIEWERS} streams ended");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    Ok(streams)
}

/// Everybody opens the page every [`AGAIN`], not all at the same instant.
fn reload(server: SocketAddr, answers: &Answers, open: &Arc<AtomicBool>) -> Vec<JoinHandle<()>> {
    let one = |n: usize| {
        let (answers, open) = (Arc::clone(answers), Arc::clone(open));
        tokio::spawn(async move {
            let share = u32::try_from(n).unwrap_or(0);
            tokio::time::sleep(AGAIN * share / VIEWERS as u32).await;
            let mut pause = tokio::time::interval(AGAIN);
            while open.load(Ordering::Relaxed) {
                pause.tick().await;
                for path in PAGE {
                    let got = viewer::get(server, viewer::address(n), path).await;
                    let (status, time) = got.unwrap_or((0, Duration::ZERO));
                    let mut answers = answers.lock().unwrap_or_else(PoisonError::into_inner);
                    answers.push((status, time.as_secs_f64() * 1e3));
                }
            }
        })
    };
    (0..VIEWERS).map(one).collect()
}

fn told(seen: &Seen, streams: usize, seconds: u64) {
    let frames = seen.frames.swap(0, Ordering::Relaxed);
    let bytes = seen.bytes.swap(0, Ordering::Relaxed);
    println!(
        "  {streams} streams: {:.0} frames/s, {:.1} MB/s, {} ended",
        frames as f64 / seconds as f64,
        bytes as f64 / 1e6 / seconds as f64,
        seen.ended.load(Ordering::Relaxed)
    );
}

fn told_pages(answers: &[(u16, f64)], seconds: u64) {
    let good: Vec<f64> = answers.iter().filter(|a| a.0 == 200).map(|a| a.1).collect();
    let refused = answers.iter().filter(|a| matches!(a.0, 429 | 503)).count();
    println!(
        "  pages: {:.0} answers/s, p50 {:.0} ms, p99 {:.0} ms; {refused} told to come later, {} failed",
        good.len() as f64 / seconds as f64,
        quantile(&good, 0.5),
        quantile(&good, 0.99),
        answers.len() - good.len() - refused
    );
}
