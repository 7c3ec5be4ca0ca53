//! `make bench`, the long memory: what it costs to feed InfluxDB, and the same questions asked of our API and in Flux.
//!
//! One run against one real InfluxDB on the same machine. Beside our relay, which writes checked readings with flag,
//! checks and version each as a point of its own, stands what Telegraf would write of the same messages: one line
//! with six fields. The numbers are of this machine, the ratios travel.
#![expect(clippy::print_stdout, reason = "the table is the result")]

use std::fmt::Write as _;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use domain::{Span, Time};
use tests::filling::fill;
use tests::influx::{InfluxDb, ORG, TOKEN};
use tests::measure::{cpu_seconds, quantile};
use tests::pack::{self, Wish, station};
use tests::server::{Installation, binary};

const STATIONS: usize = 1_000;
/// Instants of the first station: a year of ten minutes.
const YEAR: i64 = 365 * 144;
/// Instants of every station: the last four hours of that year.
const LAST: i64 = 24;
/// Readings of one message.
const READINGS: i64 = 6;
/// Lines in one request, as in Telegraf's larger set-ups and in ours.
const LINES: usize = 5_000;
/// How often each question is asked.
const ASKED: usize = 25;
/// How long an answer is waited for.
const PATIENCE: Duration = Duration::from_secs(120);
const STEP: Span = Span::minutes(10);

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() -> Result<()> {
    let influx = InfluxDb::running().await?;
    let mut installation = Installation::new();
    let about = "late_after = \"3650d\"\nclock_tolerance = \"3650d\"\n".to_owned();
    let wish = Wish { stations: STATIONS, about, ..Wish::default() };
    pack::write(&installation.pack(), &wish);
    influx.feed_from(&mut installation, &influx.base(), "ledger_keep_days = 0");
    let after = begin() + Span::days(366);
    fill(&installation.ledger(), &installation.pack(), after, messages()).await?;
    println!(
        "phase                         readings   per s   CPU-µs each: sender   InfluxDB   together"
    );
    let ours = relay(&installation, &influx).await?;
    let plain = line_protocol(&influx).await?;
    println!("ratio relay : line protocol, CPU per reading   {:.2}", ours / plain);
    questions(&installation, &influx).await
}

fn begin() -> Time {
    Time::from_millis(1_577_811_600_000) // 2020-01-01T00:00:00+07:00
}

/// The six values of an instant, in the order of [`NAMES`].
fn values(n: i64) -> [f64; 6] {
    let wave = (n % 144) as f64 / 144.0;
    let rain = if n % 7 == 0 { 0.4 } else { 0.0 };
    [4.5 + wave, rain, 3.0 + wave, 5.0 + wave, 25.0 + wave, 12.5 + wave / 10.0]
}

const NAMES: [&str; 6] =
    ["water_level", "rain", "wind_speed", "wind_gust", "air_temperature", "battery"];

fn instant(n: i64) -> String {
    let values = NAMES.iter().zip(values(n)).map(|(name, value)| format!("\"{name}\":{value:.2}"));
    let readings = values.collect::<Vec<_>>().join(",");
    format!("{{\"time\":\"{}\",\"readings\":{{{readings}}}}}", begin() + STEP.times(n))
}

/// A year of the first station in backlogs of a hundred, then four hours of all.
fn messages() -> impl Iterator<Item = (String, Vec<u8>)> {
    let year = (0..YEAR - LAST).step_by(100).map(|first| {
        let some = (first..(first + 100).min(YEAR - LAST)).map(instant);
        (station(0), format!("[{}]", some.collect::<Vec<_>>().join(",")).into_bytes())
    });
    let last = (YEAR - LAST..YEAR).flat_map(|n| {
        let body = instant(n).into_bytes();
        (0..STATIONS).map(move |index| (station(index), body.clone()))
    });
    year.chain(last)
}

/// `quantrac history rebuild` from the filled ledger. Gives CPU seconds per reading, both processes.
async fn relay(installation: &Installation, influx: &InfluxDb) -> Result<f64> {
    let settings = installation.arguments.last().context("the settings are an argument")?;
    let data = installation.data().display().to_string();
    let (begun, server) = (Instant::now(), cpu_seconds(influx.pid()));
    let mut child = tokio::process::Command::new(binary())
        .args(["history", "rebuild", "--data", &data, "--settings", settings])
        .stderr(std::process::Stdio::null())
        .kill_on_drop(true)
        .spawn()?;
    let pid = child.id().context("it has just been started")?;
    let mut own = 0.0;
    let mut looks = tokio::time::interval(Duration::from_millis(10));
    let status = loop {
        tokio::select! {
            status = child.wait() => break status?,
            _ = looks.tick() => if child.try_wait()?.is_none() { own = cpu_seconds(pid); },
        }
    };
    ensure!(status.success(), "the rebuild failed");
    let elapsed = begun.elapsed();
    let server = cpu_seconds(influx.pid()) - server;
    let flux = "from(bucket: \"quantrac_raw\") |> range(start: 0) \
                |> filter(fn: (r) => r._measurement == \"reading\" and r._field == \"flag\") \
                |> group() |> count()";
    let rows = influx.query(flux).await?;
    let count: f64 = rows.first().context("one row")?["_value"].parse()?;
    Ok(report("relay, checked and derived", count, elapsed, own, server))
}

/// What an agent without checks would write of the same messages.
async fn line_protocol(influx: &InfluxDb) -> Result<f64> {
    let http = reqwest::Client::new();
    let base = influx.base();
    let authorised = |request: reqwest::RequestBuilder| {
        request.header("Authorization", format!("Token {TOKEN}"))
    };
    let orgs = authorised(http.get(format!("{base}/api/v2/orgs"))).send().await?;
    let orgs: serde_json::Value = orgs.error_for_status()?.json().await?;
    let body =
        serde_json::json!({"name": "plain", "orgID": orgs["orgs"][0]["id"], "retentionRules": []});
    let made = authorised(http.post(format!("{base}/api/v2/buckets"))).json(&body).send().await?;
    made.error_for_status()?;
    let year = (0..YEAR - LAST).map(|n| (0, n));
    let last = (YEAR - LAST..YEAR).flat_map(|n| (0..STATIONS).map(move |index| (index, n)));
    let (begun, own, server) =
        (Instant::now(), cpu_seconds(std::process::id()), cpu_seconds(influx.pid()));
    let (mut text, mut lines, mut readings) = (String::new(), 0, 0_i64);
    let url = format!("{base}/api/v2/write?org={ORG}&bucket=plain&precision=ns");
    let end = (STATIONS, 0);
    for (index, n) in year.chain(last).chain([end]) {
        if lines == LINES || (index, n) == end {
            let body = std::mem::take(&mut text);
            authorised(http.post(&url)).body(body).send().await?.error_for_status()?;
            lines = 0;
        }
        if (index, n) == end {
            break;
        }
        let fields = NAMES.iter().zip(values(n)).map(|(name, value)| format!("{name}={value:.2}"));
        let at = (begin() + STEP.times(n)).millis() * 1_000_000;
        let fields = fields.collect::<Vec<_>>().join(",");
        let _ = writeln!(text, "mqtt_consumer,station={} {fields} {at}", station(index));
        (lines, readings) = (lines + 1, readings + READINGS);
    }
    let own = cpu_seconds(std::process::id()) - own;
    let server = cpu_seconds(influx.pid()) - server;
    Ok(report("line protocol, unchecked", readings as f64, begun.elapsed(), own, server))
}

fn report(name: &str, readings: f64, elapsed: Duration, own: f64, server: f64) -> f64 {
    let each = |cpu: f64| cpu / readings * 1e6;
    println!(
        "{name:<28} {readings:>9.0} {:>7.0} {:>21.1} {:>10.1} {:>10.1}",
        readings / elapsed.as_secs_f64(),
        each(own),
        each(server),
        each(own + server)
    );
    (own + server) / readings
}

/// Each question to our API and in Flux to the same server.
async fn questions(installation: &Installation, influx: &InfluxDb) -> Result<()> {
    let server = installation.start().await?;
    let level = store::Reader::open(&installation.ledger())?
        .series()?
        .into_iter()
        .find(|one| {
            one.key.station.as_str() == station(0) && one.key.parameter.as_str() == NAMES[0]
        })
        .context("the first station has a level")?;
    let readings = format!("{}/api/v1/series/{}/readings", installation.base(), level.id.0);
    let end = begin() + STEP.times(YEAR - 1);
    let text = |at: Time| at.to_string().replace('+', "%2B");
    let (month, year) = (end - STEP.times(30 * 144 - 1), begin());
    let of_level = "|> filter(fn: (r) => r._measurement == \"reading\" and r.station == \"t0000\" \
                    and r.parameter == \"water_level\" and r._field == \"value\")";
    let from = |start: Time| {
        let stop = end + Span::from_millis(1);
        format!("from(bucket: \"quantrac_raw\") |> range(start: {start}, stop: {stop})")
    };
    let asked = [
        (
            "30 days of ten minutes",
            format!("{readings}?from={}&to={}&limit=20000", text(month), text(end)),
            format!("{} {of_level}", from(month)),
            30 * 144,
        ),
        (
            "latest of 1,000 stations",
            format!("{}/api/v1/latest?parameter=water_level&limit=2000", installation.base()),
            format!(
                "{} |> filter(fn: (r) => r._measurement == \"reading\" and r.parameter == \"water_level\" \
                 and r._field == \"value\") |> last()",
                from(end - Span::hours(4))
            ),
            STATIONS,
        ),
        (
            "hourly of one year",
            format!("{readings}?from={}&to={}&every=1h&limit=20000", text(year), text(end)),
            format!(
                "{} {of_level} |> aggregateWindow(every: 1h, fn: mean, createEmpty: false)",
                from(year)
            ),
            365 * 24,
        ),
    ];
    println!("question                      rows   ours p50 ms   p99   Flux p50 ms   p99   ratio");
    // One connection each: what a client costs to be made is not what is asked here.
    let http = reqwest::Client::new();
    let token: history::Token = std::sync::Arc::new(|| Ok(TOKEN.to_owned()));
    let theirs_to = history::Influx::new(&influx.base(), ORG, &token, PATIENCE)?;
    for (name, url, flux, rows) in asked {
        let (mut ours, mut theirs) = (Vec::new(), Vec::new());
        for _ in 0..ASKED {
            let begun = Instant::now();
            let answer = http.get(&url).send().await?.error_for_status()?.bytes().await?;
            ours.push(begun.elapsed().as_secs_f64() * 1e3);
            let answer: serde_json::Value = serde_json::from_slice(&answer)?;
            let count = answer["items"].as_array().map_or(0, Vec::len);
            ensure!(count == rows, "{name}: our API gives {count} rows");
            let begun = Instant::now();
            let mut count = 0;
            theirs_to.query(&flux, |_| count += 1).await?;
            theirs.push(begun.elapsed().as_secs_f64() * 1e3);
            ensure!(count == rows, "{name}: Flux gives {count} rows");
        }
        let (p50, flux50) = (quantile(&ours, 0.5), quantile(&theirs, 0.5));
        println!(
            "{name:<28} {rows:>5} {p50:>13.1} {:>5.1} {flux50:>13.1} {:>5.1} {:>7.1}",
            quantile(&ours, 0.99),
            quantile(&theirs, 0.99),
            flux50 / p50
        );
    }
    server.stop().await
}
