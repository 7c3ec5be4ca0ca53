//! Hours and days, and readings that the ledger does not keep any more.

use std::collections::BTreeMap;
use std::time::Duration;

use domain::{Span, Time};
use serde_json::Value;
use store::{Reader, SeriesInfo};
use tests::http::{items, until};
use tests::influx::InfluxDb;
use tests::mqtt::Station;
use tests::pack::{self, Wish, station};
use tests::server::{Installation, SECRET};

use crate::compare::caught_up;

const STEP: Span = Span::minutes(10);
const HOUR: Span = Span::hours(1);
const DAY: Span = Span::days(1);
/// Instants that are published: forty days.
const INSTANTS: i64 = 40 * 144;
const SETTINGS: &str = "batch_seconds = 0\nsummary_seconds = 1";

/// What an hour or a day of one series comes to: least, greatest, sum, how many count.
type Sums = BTreeMap<i64, (f64, f64, f64, u32)>;

/// Midnight in Viet Nam, a hundred days ago.
fn first() -> Time {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
    let now = Time::from_millis(i64::try_from(now.as_millis()).unwrap());
    (now - Span::days(100)).floor(DAY, Span::ZERO)
}

fn body(at: Time, level: f64, rain: f64) -> String {
    format!(r#"{{"time":"{at}","readings":{{"water_level":{level:.2},"rain":{rain:.1}}}}}"#)
}

/// Forty days of a river and its rain, some of it withdrawn, wrong and late.
async fn publish(open: &mut Station, first: Time) {
    let instants: Vec<_> = (0..INSTANTS)
        .map(|n| body(first + STEP.times(n), 2.0 + (n % 97) as f64 / 50.0, (n % 7) as f64 / 5.0))
        .collect();
    for some in instants.chunks(100) {
        open.publish(format!("[{}]", some.join(",")).as_bytes()).await.unwrap();
    }
    // An hour of which nothing is left: what can not be replaces what could.
    for n in 0..6 {
        let at = first + Span::days(5) + HOUR.times(7) + STEP.times(n);
        open.publish(body(at, 60.0, 0.0).as_bytes()).await.unwrap();
    }
    // A peak that comes weeks late, between two readings.
    let at = first + Span::days(9) + Span::minutes(5);
    open.publish(body(at, 5.55, 0.0).as_bytes()).await.unwrap();
}

async fn summed(installation: &Installation) {
    caught_up(installation).await;
    let done = |told: &Value| {
        told["history"]["summed"].as_u64() >= told["ledger"]["last_seq"].as_u64()
            && told["history"]["behind"] == 0
    };
    let waiting = async {
        for _ in 0..3 {
            until(&installation.base(), "/api/v1/status", done).await;
        }
    };
    assert!(tokio::time::timeout(Duration::from_secs(60), waiting).await.is_ok());
}

/// Worked out here from every reading that the ledger has: instants belong to `[start, end)`, rain to `(start, end]`.
fn own(installation: &Installation, series: &SeriesInfo, every: Span) -> Sums {
    let rain = series.key.parameter.as_str() == "rain";
    let reader = Reader::open(&installation.ledger()).unwrap();
    let (from, to) = (Time::from_millis(0), Time::from_millis(i64::MAX));
    let mut sums = Sums::new();
    for reading in reader.readings(series.id, from, to, usize::MAX).unwrap() {
        let Some(value) = reading.value.filter(|_| reading.verdict.flag.number() < 4) else {
            continue;
        };
        let inside = reading.observed_at - Span::from_millis(i64::from(rain));
        let bucket = inside.floor(every, Span::ZERO).millis();
        let sum = sums.entry(bucket).or_insert((f64::MAX, f64::MIN, 0.0, 0));
        *sum = (sum.0.min(value), sum.1.max(value), sum.2 + value, sum.3 + 1);
    }
    sums
}

async fn theirs(influx: &InfluxDb, series: &SeriesInfo, name: &str) -> Sums {
    let flux = format!(
        "from(bucket: \"quantrac_{name}\") |> range(start: 2000-01-01T00:00:00Z, stop: 2200-01-01T00:00:00Z)
         |> filter(fn: (r) => r._measurement == \"{name}\" and r.parameter == \"{}\" and r.sensor == \"{}\")
         |> pivot(rowKey: [\"_time\"], columnKey: [\"_field\"], valueColumn: \"_value\")",
        series.key.parameter, series.key.sensor
    );
    let mut sums = Sums::new();
    for row in influx.query(&flux).await.unwrap() {
        let number = |name: &str| row[name].parse::<f64>().unwrap();
        let at: Time = row["_time"].parse().unwrap();
        let count = row["count"].parse().unwrap();
        if count > 0 {
            let one = (number("min"), number("max"), number("sum"), count);
            assert!(sums.insert(at.millis(), one).is_none(), "{at} is there twice");
        } else {
            assert!(!row.contains_key("sum"), "{row:?}");
        }
    }
    sums
}

fn same(own: &Sums, theirs: &Sums) {
    assert!(own.keys().eq(theirs.keys()), "{} and {}", own.len(), theirs.len());
    for (at, own) in own {
        let other = theirs[at];
        let close = (own.2 - other.2).abs() < 1e-9;
        assert!((own.0, own.1, own.3) == (other.0, other.1, other.3) && close, "{own:?} {other:?}");
    }
}

/// The questions of which nobody may see where the answers come from.
fn questions(series: &SeriesInfo, first: Time) -> Vec<String> {
    let base = format!("/api/v1/series/{}/readings", series.id.0);
    let text = |at: Time| at.to_string().replace('+', "%2B");
    let (begin, end) = (text(first), text(first + Span::days(200)));
    let week = text(first + Span::days(7));
    let inside = text(first + Span::minutes(2_345));
    vec![
        format!("{base}?from={begin}&to={end}&limit=20000"),
        format!("{base}?from={begin}&to={end}&limit=777"),
        format!("{base}?from={inside}&to={week}"),
        format!("{base}?from={inside}&to={week}&every=25min"),
        format!("{base}?from={inside}&to={week}&points=200"),
        format!("{base}?from={begin}&to={end}&every=1h&limit=500"),
        format!("{base}?from={begin}&to={end}&every=6h"),
        format!("{base}?from={begin}&to={end}&every=1d"),
        format!("{base}?from={begin}&to={end}&every=7d"),
    ]
}

async fn answers(installation: &Installation, questions: &[String]) -> Vec<Vec<Value>> {
    let mut all = Vec::new();
    for question in questions {
        all.push(items(&installation.base(), question).await.unwrap());
    }
    all
}

/// Sums of sums may differ in the last digit.
fn alike(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Object(a), Value::Object(b)) => {
            a.len() == b.len() && a.iter().all(|(key, a)| b.get(key).is_some_and(|b| alike(a, b)))
        }
        _ => match (a.as_f64(), b.as_f64()) {
            (Some(a), Some(b)) => (a - b).abs() < 1e-9,
            _ => a == b,
        },
    }
}

fn equal(questions: &[String], before: &[Vec<Value>], after: &[Vec<Value>]) {
    for ((question, before), after) in questions.iter().zip(before).zip(after) {
        assert!(!before.is_empty(), "{question}");
        let first = before.iter().zip(after).find(|(a, b)| a["observed_at"] != b["observed_at"]);
        assert_eq!(before.len(), after.len(), "{question}: {first:?}");
        let other = before.iter().zip(after).find(|(a, b)| !alike(a, b));
        assert!(other.is_none(), "{question}: {other:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn hours_and_days_are_ours_and_nobody_sees_what_the_ledger_dropped() {
    let mut influx = InfluxDb::running().await.unwrap();
    let mut installation = Installation::new();
    pack::write(&installation.pack(), &Wish { stations: 1, ..Wish::default() });
    let folded = "[store]\nfold_readings = 1000\n";
    influx.feed_from(
        &mut installation,
        &influx.base(),
        &format!("{SETTINGS}\nledger_keep_days = 0\n{folded}"),
    );
    let server = installation.start().await.unwrap();
    installation.admit([station(0)]).unwrap();
    let mut open = Station::connect(installation.mqtt, &station(0), SECRET).await.unwrap();
    let first = first();
    publish(&mut open, first).await;
    summed(&installation).await;

    let reader = Reader::open(&installation.ledger()).unwrap();
    let all = reader.series().unwrap();
    assert!(all.len() > 5, "sums of rain are series too");
    for series in &all {
        same(&own(&installation, series, HOUR), &theirs(&influx, series, "hourly").await);
        same(&own(&installation, series, DAY), &theirs(&influx, series, "daily").await);
    }
    let level = all.iter().find(|one| one.key.parameter.as_str() == "water_level").unwrap();
    let rain = all.iter().find(|one| one.key.parameter.as_str() == "rain").unwrap();
    let gone = (first + Span::days(5) + HOUR.times(7)).millis();
    assert!(!own(&installation, level, HOUR).contains_key(&gone), "an hour with nothing good");
    let asked: Vec<_> =
        [level, rain].into_iter().flat_map(|series| questions(series, first)).collect();
    let before = answers(&installation, &asked).await;
    let all_kept = kept(&installation, level);
    server.stop().await.unwrap();
    installation.arguments.clear();

    influx.feed_from(
        &mut installation,
        &influx.base(),
        &format!("{SETTINGS}\nledger_keep_days = 8\n{folded}"),
    );
    let server = installation.start().await.unwrap();
    until(&installation.base(), "/api/v1/status", |told| told["history"]["kept_from"].is_string())
        .await;
    assert!(kept(&installation, level) < all_kept / 2, "{all_kept} were there");
    equal(&asked, &before, &answers(&installation, &asked).await);

    // Later than everything: an hour that only the server has is worked out again.
    let mut open = Station::connect(installation.mqtt, &station(0), SECRET).await.unwrap();
    let at = first + Span::days(20) + Span::minutes(5);
    open.publish(body(at, 5.95, 0.0).as_bytes()).await.unwrap();
    summed(&installation).await;
    let hourly = theirs(&influx, level, "hourly").await;
    let hour = hourly[&(first + Span::days(20)).millis()];
    assert_eq!((hour.1, hour.3), (5.95, 7), "the six of before and the late one");

    influx.kill().await;
    for question in [&asked[0], &asked[5], &asked[8]] {
        let url = format!("{}{question}", installation.base());
        let told: Value = reqwest::get(&url).await.unwrap().json().await.unwrap();
        assert_eq!(told["incomplete"]["reason"], "unreachable", "{question}: {told}");
        assert!(told["incomplete"]["before"].is_string());
    }
    server.stop().await.unwrap();
}

/// How many readings of a series the ledger has itself.
fn kept(installation: &Installation, series: &SeriesInfo) -> u32 {
    own(installation, series, DAY).values().map(|day| day.3).sum()
}
