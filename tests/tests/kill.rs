//! kill -9 under load: no acknowledged reading is lost or doubled, every crossing is one warning and is delivered.
//!
//! Counted from outside: what got a PUBACK, what the API shows afterwards, what the webhook received.
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test may fail, and says what it counted"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use domain::{Span, Time};
use rand::Rng as _;
use tests::http::{Collector, items};
use tests::mqtt::Station;
use tests::pack::{self, Wish, station};
use tests::server::{Installation, SECRET};
use tokio::sync::Mutex;

const STATIONS: usize = 12;

/// Readings that got their PUBACK: station and minute → value in centimetres.
type Acked = Arc<Mutex<BTreeMap<(usize, i64), i64>>>;

/// How many times the server is killed: 30, or `QUANTRAC_KILLS` in a soak.
fn kills() -> usize {
    std::env::var("QUANTRAC_KILLS").ok().and_then(|text| text.parse().ok()).unwrap_or(30)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn kills_lose_and_double_nothing_and_every_crossing_is_warned_of_once() {
    let collector = Collector::start().await;
    let installation = Installation::new();
    let wish = Wish {
        stations: STATIONS,
        webhook: Some(format!("http://{}", collector.address)),
        auto_issue: true,
        // The hours before now are published as fast as they are acknowledged: that is news here.
        about: "late_after = \"1d\"\nclock_tolerance = \"1d\"\n".to_owned(),
        limits: "[limits.limits.gross]\nfail_min = 0.0\nfail_max = 50.0\n".to_owned(),
        ..Wish::default()
    };
    pack::write(&installation.pack(), &wish);
    installation.give_secret("collector", "a secret of the tests");
    let mut server = installation.start().await.unwrap();
    installation.admit((0..STATIONS).map(station)).unwrap();

    let acked = Acked::default();
    let count = Arc::new(AtomicU64::new(0));
    let stop = Arc::new(AtomicBool::new(false));
    let start = now();
    let publishers: Vec<_> = (0..STATIONS)
        .map(|n| {
            let (acked, count, stop) = (Arc::clone(&acked), Arc::clone(&count), Arc::clone(&stop));
            let address = installation.mqtt;
            tokio::spawn(async move { publish(address, n, start, acked, count, stop).await })
        })
        .collect();

    for _ in 0..kills() {
        let (before, more) = (count.load(Ordering::SeqCst), rand::rng().random_range(15..90));
        wait_for("more PUBACKs", || count.load(Ordering::SeqCst) >= before + more).await;
        server.kill().await;
        server = installation.start().await.unwrap();
    }
    stop.store(true, Ordering::SeqCst);
    let mut last = Vec::new();
    for publisher in publishers {
        last.push(publisher.await.unwrap());
    }

    let acked = acked.lock().await.clone();
    let (lost, doubled, wrong) = compare(&installation, &acked, start).await;
    println!("kills {} acked {} lost {lost} doubled {doubled} wrong {wrong}", kills(), acked.len());
    assert_eq!((lost, doubled, wrong), (0, 0, 0));
    assert!(acked.len() > kills() * 10, "the load was too small to show anything");

    check_warnings(&installation, &collector, &last).await;
    check_repetitions(&collector);
    server.stop().await.unwrap();
    replays_byte_for_byte(&installation);
}

/// Each station climbs 1 cm per message from its own start, so each crosses BĐ1, BĐ2, BĐ3 once.
fn centimetres(n: usize, step: i64) -> i64 {
    500 + i64::try_from(n).unwrap() * 7 + step
}

async fn publish(
    address: std::net::SocketAddr,
    n: usize,
    start: Time,
    acked: Acked,
    count: Arc<AtomicU64>,
    stop: Arc<AtomicBool>,
) -> i64 {
    let mut step = 0;
    let mut connection: Option<Station> = None;
    loop {
        if stop.load(Ordering::SeqCst) && acked.lock().await.contains_key(&(n, step - 1)) {
            return centimetres(n, step - 1);
        }
        if connection.is_none() {
            connection = Station::connect(address, &station(n), SECRET).await.ok();
        }
        let Some(open) = connection.as_mut() else {
            tokio::time::sleep(Duration::from_millis(20)).await;
            continue;
        };
        let at = start + Span::seconds(step);
        let metres = centimetres(n, step) as f64 / 100.0;
        let body =
            format!(r#"{{"time":"{at}","readings":{{"water_level":{metres:.2},"rain":0.0}}}}"#);
        // Not acknowledged means: send the same again, as a station does.
        if open.publish(body.as_bytes()).await.is_ok() {
            acked.lock().await.insert((n, step), centimetres(n, step));
            count.fetch_add(1, Ordering::SeqCst);
            step += 1;
        } else {
            connection = None;
        }
    }
}

/// (lost, doubled, wrong) of what was acknowledged, as the API shows it.
async fn compare(
    installation: &Installation,
    acked: &BTreeMap<(usize, i64), i64>,
    start: Time,
) -> (usize, usize, usize) {
    let (mut lost, mut doubled, mut wrong) = (0, 0, 0);
    for n in 0..STATIONS {
        let path = format!("/api/v1/series?station={}&parameter=water_level", station(n));
        let series = items(&installation.base(), &path).await.unwrap();
        let id = series[0]["id"].as_u64().unwrap();
        let path = format!(
            "/api/v1/series/{id}/readings?from={}&to={}&limit=5000",
            plain(start),
            plain(start + Span::days(2))
        );
        let mut shown: BTreeMap<Time, Vec<i64>> = BTreeMap::new();
        for item in items(&installation.base(), &path).await.unwrap() {
            let at: Time = item["observed_at"].as_str().unwrap().parse().unwrap();
            let value = (item["value"].as_f64().unwrap() * 100.0).round() as i64;
            shown.entry(at).or_default().push(value);
        }
        for (&(_, step), value) in acked.range((n, 0)..(n + 1, 0)) {
            match shown.get(&(start + Span::seconds(step))).map(Vec::as_slice) {
                None => lost += 1,
                Some([one]) if one == value => {}
                Some([_]) => wrong += 1,
                Some(_) => doubled += 1,
            }
        }
    }
    (lost, doubled, wrong)
}

/// Crossings in the input = alarms stored = messages = deliveries.
async fn check_warnings(installation: &Installation, collector: &Collector, last: &[i64]) {
    let crossed = |n: usize, level: i64| centimetres(n, 0) < level && last[n] >= level;
    let expected: BTreeSet<(String, i64)> = (0..STATIONS)
        .flat_map(|n| [600, 700, 800].map(|level| (n, level)))
        .filter(|(n, level)| crossed(*n, *level))
        .map(|(n, level)| (station(n), level / 100 - 5))
        .collect();
    let stored = items(&installation.base(), "/api/v1/transitions?limit=1000").await.unwrap();
    let stored: Vec<(String, i64)> = stored
        .iter()
        .filter(|item| item["rule"] == "flood-stage" && item["to"]["state"] == "level")
        .map(|item| {
            (item["target"].as_str().unwrap().to_owned(), item["to"]["level"].as_i64().unwrap())
        })
        .collect();
    assert_eq!(stored.len(), expected.len(), "a crossing is stored once");
    assert_eq!(stored.into_iter().collect::<BTreeSet<_>>(), expected);
    wait_for("every notice to be delivered", || collector.ids().len() >= expected.len()).await;
    let ids = collector.ids();
    assert_eq!(ids.len(), expected.len(), "{ids:?}");
    let most = collector.delivered.lock().unwrap().values().map(|(times, _)| *times).max();
    println!("crossings {} delivered {} most often {most:?}", expected.len(), ids.len());
    let warnings = items(&installation.base(), "/api/v1/warnings?limit=100").await.unwrap();
    let warned = expected.iter().map(|(station, _)| station).collect::<BTreeSet<_>>();
    assert_eq!(warnings.len(), warned.len(), "one warning per river");
}

/// Messages to one address go one after the other, so a kill finds at most one of them in flight: only that one
/// may come again, under its own id.
fn check_repetitions(collector: &Collector) {
    let delivered = collector.delivered.lock().unwrap();
    let repeated: u32 = delivered.values().map(|(times, _)| times - 1).sum();
    assert!(repeated as usize <= kills(), "{repeated} repetitions after {} kills", kills());
    let matter = |body: &serde_json::Value| {
        (body["warning"].to_string(), body["number"].to_string(), body["kind"].to_string())
    };
    let matters: BTreeSet<_> = delivered.values().map(|(_, body)| matter(body)).collect();
    assert_eq!(matters.len(), delivered.len(), "the same was told under two ids");
    assert!(
        delivered.iter().all(|(id, (_, body))| body["id"] == **id),
        "an id is that of its body"
    );
}

fn replays_byte_for_byte(installation: &Installation) {
    let (from, to) = (installation.ledger(), installation.folder.path().join("again.db"));
    let (from, to) = (from.display().to_string(), to.display().to_string());
    println!("{}", installation.run(&["replay", "--from", &from, "--to", &to]).unwrap());
}

fn now() -> Time {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
    let second = i64::try_from(since.as_secs()).unwrap();
    Time::from_millis(second * 1_000) - Span::hours(3)
}

fn plain(at: Time) -> String {
    at.to_string().replace('+', "%2B")
}

async fn wait_for(what: &str, mut done: impl FnMut() -> bool) {
    for _ in 0..6_000 {
        if done() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("waited a minute for {what}");
}
