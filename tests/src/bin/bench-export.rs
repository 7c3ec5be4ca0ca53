//! `make bench`, exports: one year of ten-minute data of 100 stations × 4 parameters, 21 million readings, as CSV and
//! Parquet by `quantrac export`, beside the same question in Flux, answered as CSV by the real InfluxDB on the same
//! machine. An argument is the share of the year: `bench-export 0.1`.
//!
//! The ledger is filled with readings that are made up, not worked out, so that it takes seconds; the InfluxDB is filled
//! from it by `quantrac history rebuild`. The numbers are of this machine, the ratios travel.
#![expect(clippy::print_stdout, reason = "the table is the result")]

use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use domain::{
    Arrival, ArrivalBody, CheckSet, CheckedReading, Origin, Outcome, Processor, QcFlag, SensorId,
    SeriesId, SeriesKey, Span, StationHealth, Time, Verdict,
};
use tests::filling::fill_through;
use tests::influx::{InfluxDb, ORG, TOKEN};
use tests::pack::{self, Wish, station};
use tests::server::{Installation, binary};

const STATIONS: usize = 100;
const PARAMETERS: [&str; 4] = ["water_level", "rain", "wind_speed", "air_temperature"];
/// Instants of a day.
const DAY: i64 = 144;
const STEP: Span = Span::minutes(10);
/// 2020-01-01T00:00:00+07:00.
const BEGIN: i64 = 1_577_811_600_000;

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() -> Result<()> {
    let share: f64 = std::env::args().nth(1).map_or(Ok(1.0), |text| text.parse())?;
    let days = (365.0 * share).round().max(1.0) as i64;
    let readings = days * DAY * (STATIONS * PARAMETERS.len()) as i64;
    let mut installation = Installation::new();
    pack::write(&installation.pack(), &Wish { stations: STATIONS, ..Wish::default() });
    let begun = Instant::now();
    fill(&installation.ledger(), days).await?;
    let bytes = std::fs::metadata(installation.ledger())?.len();
    println!(
        "{readings} readings of {days} days in {:.1} s, ledger {:.0} MB",
        begun.elapsed().as_secs_f64(),
        bytes as f64 / 1e6
    );
    println!(
        "export                          seconds      rows/s       MB   peak memory MB   ratio"
    );
    let csv = export(&installation, "csv", readings).await?;
    export(&installation, "parquet", readings).await?;
    export(&installation, "json", readings).await?;
    flux(&mut installation, days, readings, csv).await
}

fn begin() -> Time {
    Time::from_millis(BEGIN)
}

/// Makes up a day of one station out of each message; remembers nothing but the first series of each. They are counted in
/// order of appearance.
struct MadeUp(Vec<Option<u32>>, u32);

impl Processor for MadeUp {
    fn apply(&mut self, arrival: &Arrival) -> Outcome {
        let ArrivalBody::Telemetry { station, payload, .. } = &arrival.body else {
            return Outcome::default();
        };
        let parse = |text: &str| text.parse::<usize>().ok();
        let text = std::str::from_utf8(payload).ok();
        let both =
            parse(&station.as_str()[1..]).zip(text.and_then(|text| text.parse::<i64>().ok()));
        let Some((index, day)) = both else { return Outcome::default() };
        let known = self.0[index];
        let first = known.unwrap_or(self.1);
        let ids = (first..).map(SeriesId);
        let mut outcome = Outcome::default();
        if known.is_none() {
            (self.0[index], self.1) = (Some(first), first + PARAMETERS.len() as u32);
            let key = |parameter: &&str| SeriesKey {
                station: station.clone(),
                parameter: parameter.parse().expect("a name"),
                sensor: SensorId::main(),
            };
            outcome.new_series = ids.clone().zip(PARAMETERS.iter().map(key)).collect();
        }
        let instants = day * DAY..(day + 1) * DAY;
        outcome.readings = instants
            .flat_map(|n| {
                ids.clone().zip(values(n, index)).map(move |(id, value)| reading(id, n, value))
            })
            .collect();
        outcome
    }
    fn next_deadline(&self) -> Option<Time> {
        None
    }
    fn checkpoint(&self) -> Vec<u8> {
        Vec::new()
    }
    fn restore(&mut self, _checkpoint: &[u8]) -> Result<(), String> {
        Err("keeps nothing".to_owned())
    }
    fn health(&self) -> Vec<StationHealth> {
        Vec::new()
    }
}

fn values(n: i64, index: usize) -> [f64; 4] {
    let hundredths = |value: i64| value as f64 / 100.0;
    let index = index as i64;
    let rain = if n % 7 == 0 { n % 40 * 20 } else { 0 };
    [
        hundredths(450 + (n + 7 * index) % 311),
        hundredths(rain),
        hundredths(n * 13 % 1_200),
        hundredths(2_200 + (n * 3 + index) % 900),
    ]
}

const fn reading(series: SeriesId, n: i64, value: f64) -> CheckedReading {
    CheckedReading {
        series,
        observed_at: Time::from_millis(BEGIN + n * 600_000),
        value: Some(value),
        verdict: Verdict { flag: QcFlag::Good, failed: CheckSet::NONE },
        origin: Origin::Station,
        completeness: 100,
        late: false,
    }
}

async fn fill(ledger: &Path, days: i64) -> Result<()> {
    std::fs::create_dir_all(ledger.parent().context("it lies in a folder")?)?;
    let days_of_all = (0..days).flat_map(|day| (0..STATIONS).map(move |index| (index, day)));
    let messages = days_of_all.map(|(index, day)| (station(index), day.to_string().into_bytes()));
    let made_up = Box::new(MadeUp(vec![None; STATIONS], 0));
    fill_through(ledger, made_up, None, begin() + Span::days(days + 1), messages).await?;
    Ok(())
}

/// `quantrac export` of everything into a file. Gives its seconds.
async fn export(installation: &Installation, format: &str, readings: i64) -> Result<f64> {
    let file = installation.folder.path().join(format!("all.{format}"));
    let end = (begin() + Span::days(400)).to_string();
    let mut command = tokio::process::Command::new(binary());
    command
        .args(["export", "--data", &installation.data().display().to_string()])
        .args(["--config", &installation.pack().display().to_string()])
        .args(["--from", &begin().to_string(), "--to", &end])
        .args(["--out", &file.display().to_string()]);
    let (seconds, told, memory) = watched(command).await?;
    let rows = format!("{readings} rows of {readings} readings");
    ensure!(told.contains(&rows), "the export says: {told}");
    let bytes = std::fs::metadata(&file)?.len();
    std::fs::remove_file(&file)?;
    line(&format!("quantrac export {format}"), seconds, readings, bytes, memory, None);
    Ok(seconds)
}

/// Runs a command to its good end: seconds, what it complained, most resident memory (MB).
async fn watched(mut command: tokio::process::Command) -> Result<(f64, String, f64)> {
    let begun = Instant::now();
    let child = command.stdout(Stdio::null()).stderr(Stdio::piped()).kill_on_drop(true).spawn()?;
    let pid = child.id().context("it has just been started")?;
    let output = child.wait_with_output();
    tokio::pin!(output);
    let mut looks = tokio::time::interval(Duration::from_millis(20));
    let mut memory = 0.0_f64;
    let output = loop {
        tokio::select! {
            output = &mut output => break output?,
            _ = looks.tick() => memory = memory.max(peak_mb(pid)),
        }
    };
    let seconds = begun.elapsed().as_secs_f64();
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    ensure!(output.status.success(), "it failed: {told}");
    Ok((seconds, told, memory))
}

/// Most resident memory that a process had, MB; 0 when it is gone.
fn peak_mb(pid: u32) -> f64 {
    let text = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let line = text.lines().find(|line| line.starts_with("VmHWM:"));
    let number = line.and_then(|line| line.split_whitespace().nth(1)?.parse::<f64>().ok());
    number.unwrap_or(0.0) / 1024.0
}

/// The same question to InfluxDB: the values alone, and with what we write beside each of them.
async fn flux(installation: &mut Installation, days: i64, readings: i64, csv: f64) -> Result<()> {
    let influx = InfluxDb::running().await?;
    influx.feed_from(installation, &influx.base(), "ledger_keep_days = 0");
    let settings = installation.arguments.last().context("the settings are an argument")?.clone();
    let mut command = tokio::process::Command::new(binary());
    command
        .args(["history", "rebuild", "--settings", &settings])
        .args(["--data", &installation.data().display().to_string()]);
    let (seconds, _, memory) = watched(command).await?;
    line("quantrac history rebuild", seconds, readings, 0, memory, None);
    let range = format!(
        "from(bucket: \"quantrac_raw\") |> range(start: {}, stop: {}) |> filter(fn: (r) => r._measurement == \"reading\"",
        begin(),
        begin() + STEP.times(days * DAY)
    );
    let drop = "|> drop(columns: [\"_start\", \"_stop\", \"_measurement\"])";
    let values = format!("{range} and r._field == \"value\") {drop}");
    let beside = ["value", "flag", "failed", "completeness", "version"];
    let fields = beside.map(|name| format!("r._field == \"{name}\"")).join(" or ");
    let whole = format!(
        "{range} and ({fields})) {drop} |> pivot(rowKey: [\"_time\"], columnKey: [\"_field\"], valueColumn: \"_value\")"
    );
    for (name, flux) in
        [("Flux to CSV, values alone", values), ("Flux to CSV, the same columns", whole)]
    {
        let (seconds, rows, bytes) = ask(&influx, &flux).await?;
        ensure!(rows == readings, "{name}: {rows} rows, {readings} expected");
        line(name, seconds, rows, bytes, peak_mb(influx.pid()), Some(seconds / csv));
    }
    Ok(())
}

/// Reads an answer to its end: seconds, rows, bytes.
async fn ask(influx: &InfluxDb, flux: &str) -> Result<(f64, i64, u64)> {
    let begun = Instant::now();
    let request = reqwest::Client::new()
        .post(format!("{}/api/v2/query?org={ORG}", influx.base()))
        .header("Authorization", format!("Token {TOKEN}"))
        .header("Content-Type", "application/vnd.flux")
        .header("Accept", "application/csv")
        .body(flux.to_owned());
    let mut answer = request.send().await?.error_for_status()?;
    // A row of data begins with `,_result,`, a heading with `,result,`.
    let (mut rows, mut bytes, mut last) = (0, 0, [b'\n', b'\n']);
    while let Some(chunk) = answer.chunk().await? {
        bytes += chunk.len() as u64;
        for byte in chunk {
            rows += i64::from(last == [b'\n', b','] && byte == b'_');
            last = [last[1], byte];
        }
    }
    Ok((begun.elapsed().as_secs_f64(), rows, bytes))
}

fn line(name: &str, seconds: f64, rows: i64, bytes: u64, memory: f64, ratio: Option<f64>) {
    let ratio = ratio.map(|ratio| format!("{ratio:.1}")).unwrap_or_default();
    println!(
        "{name:<30} {seconds:>8.1} {:>11.0} {:>8.1} {memory:>16.0} {ratio:>7}",
        rows as f64 / seconds,
        bytes as f64 / 1e6
    );
}
