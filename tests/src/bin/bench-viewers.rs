//! `make bench`: what a crowd on the pages does to intake and warning (promise 9). The same 200 messages a second, each
//! tenth over an alarm level, three times in one run: with nobody looking, with 1,000 live streams, and with 1,000 live
//! streams whose people open the page again and again. Default limits; every viewer has an address of its own. The viewers are a
//! process of their own at the lowest priority: in the world they have other machines, and waits are measured here.
#![expect(clippy::print_stdout, reason = "the table is the result")]

use std::io::Write as _;
use std::net::SocketAddr;
use std::process::Stdio;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use tests::load::{PACE, STATIONS, line, paced};
use tests::measure::quantile;
use tests::pack::{self, Wish, station};
use tests::server::{Installation, Server};
use tests::viewer::{self, PAGE, Seen};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines};
use tokio::process::{Child, ChildStdout, Command};

const VIEWERS: usize = 1_000;
/// A viewer opens the page again after so long.
const AGAIN: Duration = Duration::from_secs(10);

/// Answers to page requests: status and milliseconds.
type Answers = Arc<Mutex<Vec<(u16, f64)>>>;

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() -> Result<()> {
    let argument = std::env::args().nth(1);
    match argument.as_deref().and_then(|text| text.parse::<SocketAddr>().ok()) {
        Some(server) => look(server).await,
        None => measure(argument.and_then(|text| text.parse().ok()).unwrap_or(20)).await,
    }
}

async fn measure(seconds: u64) -> Result<()> {
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
    let mut crowd = Crowd::come(installation.web).await?;
    let name = "1,000 live streams";
    let watched = phase(name, &installation, &server, seconds, steps).await?;
    crowd.tell().await?;
    let name = "… who open the page anew";
    let crowded = phase(name, &installation, &server, seconds, 2 * steps).await?;
    crowd.tell().await?;
    println!(
        "PUBLISH → warning p99 against nobody looking: {:.1} × with streams, {:.1} × with the crowd",
        watched / alone,
        crowded / alone
    );
    crowd.child.kill().await?;
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
    let before = server.cpu_seconds();
    let (load, crossing) = paced(installation.mqtt, seconds, first).await?;
    let cpu = server.cpu_seconds() - before;
    println!("{}", line(name, &load, cpu, server.memory_mb()));
    println!(
        "  PUBLISH → warning p50 {:.1} ms, p99 {:.1} ms ({} crossings); the server used {:.0} % of a CPU",
        quantile(&crossing, 0.5),
        quantile(&crossing, 0.99),
        crossing.len(),
        100.0 * cpu / load.elapsed.as_secs_f64()
    );
    Ok(quantile(&crossing, 0.99))
}

/// The viewers' process. It begins with the streams; when asked what it saw, it tells, and opens pages from then on.
struct Crowd {
    child: Child,
    lines: Lines<BufReader<ChildStdout>>,
}

impl Crowd {
    /// Starts it and waits until every stream has its first frame.
    async fn come(server: SocketAddr) -> Result<Self> {
        let mut child = Command::new("nice")
            .args(["-n", "19"])
            .arg(std::env::current_exe()?)
            .arg(server.to_string())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()?;
        let stdout = child.stdout.take().context("it is piped")?;
        let mut lines = BufReader::new(stdout).lines();
        ensure!(lines.next_line().await?.is_some(), "the viewers could not open their streams");
        Ok(Self { child, lines })
    }

    async fn tell(&mut self) -> Result<()> {
        self.child.stdin.as_mut().context("it is piped")?.write_all(b"\n").await?;
        println!("  {}", self.lines.next_line().await?.context("the viewers are gone")?);
        Ok(())
    }
}

/// The viewers: streams at once, and pages after the first line on stdin; each line is answered by what was seen since.
async fn look(server: SocketAddr) -> Result<()> {
    let seen = Arc::new(Seen::default());
    for n in 0..VIEWERS {
        tokio::spawn(viewer::watch(server, viewer::address(n), Arc::clone(&seen)));
    }
    while seen.frames.load(Ordering::Relaxed) < VIEWERS as u64 {
        let ended = seen.ended.load(Ordering::Relaxed);
        ensure!(ended == 0, "{ended} of {VIEWERS} streams ended");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    println!("ready");
    let answers = Answers::default();
    let mut since = std::time::Instant::now();
    let mut opened = false;
    while tokio::task::spawn_blocking(asked).await?? {
        let streams = told(&seen, since.elapsed());
        let pages = told_pages(&answers, since.elapsed());
        println!("{streams}{pages}");
        std::io::stdout().flush()?;
        if !std::mem::replace(&mut opened, true) {
            open_pages(server, &answers);
        }
        since = std::time::Instant::now();
    }
    Ok(())
}

/// Waits for a line; false when there will be none.
fn asked() -> std::io::Result<bool> {
    Ok(std::io::stdin().read_line(&mut String::new())? > 0)
}

/// Everybody opens the page every [`AGAIN`], not all at the same instant.
fn open_pages(server: SocketAddr, answers: &Answers) {
    for n in 0..VIEWERS {
        let answers = Arc::clone(answers);
        tokio::spawn(async move {
            let share = u32::try_from(n).unwrap_or(0);
            tokio::time::sleep(AGAIN * share / VIEWERS as u32).await;
            let mut pause = tokio::time::interval(AGAIN);
            loop {
                pause.tick().await;
                for path in PAGE {
                    let got = viewer::get(server, viewer::address(n), path).await;
                    let (status, time) = got.unwrap_or((0, Duration::ZERO));
                    let mut answers = answers.lock().unwrap_or_else(PoisonError::into_inner);
                    answers.push((status, time.as_secs_f64() * 1e3));
                }
            }
        });
    }
}

fn told(seen: &Seen, time: Duration) -> String {
    let frames = seen.frames.swap(0, Ordering::Relaxed);
    let bytes = seen.bytes.swap(0, Ordering::Relaxed);
    format!(
        "streams: {:.0} frames/s, {:.1} MB/s, {} refused or cut",
        frames as f64 / time.as_secs_f64(),
        bytes as f64 / 1e6 / time.as_secs_f64(),
        seen.ended.load(Ordering::Relaxed)
    )
}

fn told_pages(answers: &Answers, time: Duration) -> String {
    let answers = std::mem::take(&mut *answers.lock().unwrap_or_else(PoisonError::into_inner));
    if answers.is_empty() {
        return String::new();
    }
    let good: Vec<f64> = answers.iter().filter(|a| a.0 == 200).map(|a| a.1).collect();
    let refused = answers.iter().filter(|a| matches!(a.0, 429 | 503)).count();
    format!(
        "; pages: {:.0} answers/s, p50 {:.0} ms, p99 {:.0} ms, {refused} told to come later, {} failed",
        good.len() as f64 / time.as_secs_f64(),
        quantile(&good, 0.5),
        quantile(&good, 0.99),
        answers.len() - good.len() - refused
    )
}
