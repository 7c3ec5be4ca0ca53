//! How fast the ledger is, and what a reading costs on disk. Build with `--release`.
//!
//! `ledger_speed FILE [commit|latency|endure|restart] [READINGS]`: `commit` submits 200 messages of 20
//! readings at a time as fast as they are committed; `latency` 200 messages a second; `endure` sends until
//! taken, while somebody fills the disk; `restart` opens FILE and stops.
#![expect(clippy::print_stdout, reason = "it prints what it measured")]

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use domain::{
    Arrival, ArrivalBody, CheckedReading, Origin, Outcome, Processor, Realm, SensorId, SeriesId,
    SeriesKey, StationHealth, StationId, Time, Verdict,
};
use store::{Clock, Ledger, Options};

const STATIONS: u32 = 1_000;
const READINGS: u32 = 20;
const TOGETHER: u32 = 200;

struct System;

impl Clock for System {
    fn now(&self) -> Time {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Time::from_millis(since.as_millis() as i64)
    }
    fn until(&self, at: Time) -> Duration {
        Duration::from_millis(u64::try_from((at - self.now()).millis()).unwrap_or(0))
    }
}

/// Makes up readings as cheaply as possible: what remains is the ledger.
#[derive(Default)]
struct MadeUp(HashMap<StationId, u32>, u64);

impl Processor for MadeUp {
    fn apply(&mut self, arrival: &Arrival) -> Outcome {
        let ArrivalBody::Telemetry { station, .. } = &arrival.body else {
            return Outcome::default();
        };
        self.1 += 1;
        let next = self.0.len() as u32 * READINGS;
        let known = self.0.get(station).copied();
        let first = known.unwrap_or(next);
        let mut outcome = Outcome::default();
        if known.is_none() {
            self.0.insert(station.clone(), first);
            outcome.new_series = (0..READINGS).map(|n| new_series(station, first, n)).collect();
        }
        let at = arrival.received_at;
        outcome.readings =
            (0..READINGS).map(|n| reading(SeriesId(first + n), at, n, self.1)).collect();
        outcome
    }
    fn next_deadline(&self) -> Option<Time> {
        None
    }
    fn checkpoint(&self) -> Vec<u8> {
        let line = |(station, first): (&StationId, &u32)| format!("{station} {first}\n");
        self.0.iter().map(line).collect::<String>().into_bytes()
    }
    fn restore(&mut self, checkpoint: &[u8]) -> Result<(), String> {
        for line in String::from_utf8_lossy(checkpoint).lines() {
            let (station, first) = line.split_once(' ').ok_or("no space")?;
            let first = first.parse().map_err(|_| "no number")?;
            self.0.insert(station.parse().map_err(|_| "no name")?, first);
        }
        Ok(())
    }
    fn health(&self) -> Vec<StationHealth> {
        Vec::new()
    }
}

fn new_series(station: &StationId, first: u32, n: u32) -> (SeriesId, SeriesKey) {
    let parameter = format!("p{n}").parse().expect("a name");
    let key = SeriesKey { station: station.clone(), parameter, sensor: SensorId::main() };
    (SeriesId(first + n), key)
}

/// Six measured with two decimals, the others derived: sums with one decimal, rates with all digits.
fn reading(series: SeriesId, at: Time, n: u32, turn: u64) -> CheckedReading {
    let value = match n {
        0..6 => f64::from(n) * 10.0 + (turn % 997) as f64 / 100.0,
        6..16 => (turn % 501) as f64 / 5.0,
        _ => (turn % 997) as f64 / 7.0,
    };
    let (origin, completeness) = if n < 6 { (Origin::Station, 100) } else { (Origin::Derived, 97) };
    let verdict = Verdict::GOOD;
    CheckedReading {
        series,
        observed_at: at,
        value: Some(value),
        verdict,
        origin,
        completeness,
        late: false,
    }
}

fn message(turn: u64) -> ArrivalBody {
    let name = format!("station-{}", turn % u64::from(STATIONS));
    ArrivalBody::Telemetry {
        topic: format!("quantrac/v1/{name}/telemetry"),
        station: name.parse().expect("a name"),
        payload: format!(
            r#"{{"time":"2025-11-19T07:00:00+07:00","readings":{{"water_level":8.{turn:02},"rain":0.2,"wind_speed":3.4,"air_pressure":1008.2,"humidity":97,"battery":12.6}}}}"#
        )
        .into_bytes(),
        retained: false, dup: false,
        again: None,
    }
}

fn proc_number(file: &str, name: &str) -> f64 {
    let text = std::fs::read_to_string(file).unwrap_or_default();
    let line = text.lines().find_map(|line| line.strip_prefix(name));
    line.and_then(|line| line.split_whitespace().next()?.parse().ok()).unwrap_or(f64::NAN)
}

/// User and system time of the process, in hundredths of a second (`man 5 proc`, fields 14 and 15).
fn cpu_seconds() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or("").split_whitespace().collect();
    let ticks =
        |n: usize| fields.get(n).and_then(|field| field.parse::<f64>().ok()).unwrap_or(f64::NAN);
    (ticks(11) + ticks(12)) / 100.0
}

async fn commit(ledger: &Ledger, readings: u64) {
    for first in (0..readings / u64::from(READINGS)).step_by(TOGETHER as usize) {
        let submit = |turn| {
            let ledger = ledger.clone();
            tokio::spawn(async move { ledger.submit(message(turn)).await })
        };
        let tasks: Vec<_> = (first..first + u64::from(TOGETHER)).map(submit).collect();
        for task in tasks {
            task.await.expect("not cancelled").expect("committed");
        }
    }
}

/// Sends every message until it is taken, and says when refusals begin and end: fill the disk meanwhile.
async fn endure(ledger: &Ledger, readings: u64) {
    let mut every = tokio::time::interval(Duration::from_millis(10));
    let mut writing = true;
    for turn in 0..readings / u64::from(READINGS) {
        loop {
            every.tick().await;
            let answer = ledger.submit(message(turn)).await;
            if answer.is_ok() != writing {
                writing = answer.is_ok();
                println!("message {turn}: {answer:?}");
            }
            if writing {
                break;
            }
        }
    }
}

async fn latency(ledger: &Ledger, readings: u64) {
    let mut every = tokio::time::interval(Duration::from_millis(5));
    let mut tasks = Vec::new();
    for turn in 0..readings / u64::from(READINGS) {
        every.tick().await;
        let ledger = ledger.clone();
        tasks.push(tokio::spawn(async move {
            let started = Instant::now();
            ledger.submit(message(turn)).await.expect("committed");
            started.elapsed()
        }));
    }
    let mut times = Vec::new();
    for task in tasks {
        times.push(task.await.expect("not cancelled"));
    }
    times.sort();
    let at = |share: f64| times[((times.len() - 1) as f64 * share) as usize].as_secs_f64() * 1e3;
    println!(
        "commit ms: p50 {:.2}, p99 {:.2}, p99.9 {:.2}, max {:.2}",
        at(0.5),
        at(0.99),
        at(0.999),
        at(1.0)
    );
}

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let path = PathBuf::from(arguments.get(1).expect("a file"));
    let what = arguments.get(2).map_or("commit", String::as_str);
    let readings = arguments.get(3).and_then(|n| n.parse().ok()).unwrap_or(2_000_000);
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_time().build();
    let runtime = runtime.expect("a runtime");
    let opened = Instant::now();
    let options = Options {
        path: path.clone(),
        realm: Realm::Exercise,
        batch: 1_000,
        queue: 10_000,
        fold_readings: store::FOLD_READINGS,
    };
    let (ledger, thread) =
        Ledger::open(options, Box::new(MadeUp::default()), Arc::new(System)).expect("a ledger");
    println!("opened in {:.3} s", opened.elapsed().as_secs_f64());
    let (started, cpu) = (Instant::now(), cpu_seconds());
    let written = proc_number("/proc/self/io", "write_bytes:");
    match what {
        "commit" => runtime.block_on(commit(&ledger, readings)),
        "endure" => runtime.block_on(endure(&ledger, readings)),
        "latency" => runtime.block_on(latency(&ledger, readings)),
        _ => {}
    }
    let (seconds, cpu) = (started.elapsed().as_secs_f64(), cpu_seconds() - cpu);
    let written = proc_number("/proc/self/io", "write_bytes:") - written;
    let count = readings as f64;
    println!("{:.0} readings/s, {:.0} per CPU second", count / seconds, count / cpu);
    let size = std::fs::metadata(&path).map_or(0, |file| file.len()) as f64;
    println!("written {:.1} bytes per reading, file {:.1} MB", written / count, size / 1e6);
    println!("memory at most {:.0} MB", proc_number("/proc/self/status", "VmHWM:") / 1e3);
    let read = Instant::now();
    let series = ledger.reader().series().expect("series");
    let from = Time::from_millis(0);
    let history =
        series.last().map(|info| ledger.reader().readings(info.id, from, System.now(), 1 << 40));
    let found = history.and_then(Result::ok).map_or(0, |readings| readings.len());
    println!(
        "{found} readings of one of {} series read in {:.1} ms",
        series.len(),
        read.elapsed().as_secs_f64() * 1e3
    );
    thread.stop().expect("stopped in order");
}
