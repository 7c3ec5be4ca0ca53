//! Stations that publish the whole time, and what they notice: how long a PUBACK takes, and how long it takes from
//! PUBLISH until the warning has reached the people.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::routing::post;
use domain::{Span, Time};
use serde_json::Value;
use tests::mqtt::Station;
use tests::pack::{Wish, station};
use tests::server::SECRET;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::{Instant, MissedTickBehavior, interval, timeout};

/// Stations that publish steadily; those after them have one flood each, one after the other.
const STEADY: usize = 5;
/// Every station in the pack.
pub(crate) const STATIONS: usize = STEADY + 160;
/// Pause after a flood.
const CALM: Duration = Duration::from_millis(400);
/// Pause between two messages of a station.
const PACE: Duration = Duration::from_millis(50);
/// Longest wait for a warning.
const WARNED_WITHIN: Duration = Duration::from_secs(20);
/// Times that count as news in this pack, and floods that go out at once.
const ABOUT: &str = "late_after = \"3650d\"\nclock_tolerance = \"3650d\"\n";

/// How long things took, in milliseconds.
#[derive(Debug, Clone, Default)]
pub(crate) struct Waits {
    pub(crate) puback: Vec<f64>,
    pub(crate) warned: Vec<f64>,
}

/// The stations at work.
pub(crate) struct Load {
    waits: Arc<Mutex<Waits>>,
    stop: Arc<AtomicBool>,
    tasks: Vec<JoinHandle<u64>>,
}

/// Counts the warnings that reach somebody.
pub(crate) struct Ears {
    address: SocketAddr,
    heard: watch::Receiver<usize>,
}

impl Ears {
    pub(crate) async fn open() -> Self {
        let (count, heard) = watch::channel(0);
        let state = Arc::new((Mutex::new(BTreeSet::new()), count));
        let router = Router::new().route("/{realm}", post(hear)).with_state(state);
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { address, heard }
    }

    /// A pack in which these ears hear of every flood.
    pub(crate) fn wish(&self) -> Wish {
        let webhook = Some(format!("http://{}", self.address));
        let about = ABOUT.to_owned();
        Wish { stations: STATIONS, webhook, auto_issue: true, about, ..Wish::default() }
    }
}

type Heard = Arc<(Mutex<BTreeSet<(String, u64)>>, watch::Sender<usize>)>;

async fn hear(State(heard): State<Heard>, body: Bytes) {
    let told: Value = serde_json::from_slice(&body).unwrap_or_default();
    let raised = matches!(told["message"]["kind"].as_str(), Some("issue" | "update"));
    let matter = (told["warning"].to_string(), told["number"].as_u64().unwrap_or(0));
    if raised && heard.0.lock().unwrap().insert(matter) {
        heard.1.send_modify(|count| *count += 1);
    }
}

impl Load {
    /// Connects every station and lets it begin. Each observes in a time of its own that begins at `from`.
    pub(crate) async fn begin(address: SocketAddr, from: Time, ears: &Ears) -> Self {
        let waits = Arc::new(Mutex::new(Waits::default()));
        let stop = Arc::new(AtomicBool::new(false));
        let mut tasks = Vec::new();
        for n in 0..STEADY {
            let open = Station::connect(address, &station(n), SECRET).await.unwrap();
            let (waits, stop) = (Arc::clone(&waits), Arc::clone(&stop));
            tasks.push(tokio::spawn(steady(open, from, waits, stop)));
        }
        let (noted, ended, heard) = (Arc::clone(&waits), Arc::clone(&stop), ears.heard.clone());
        tasks.push(tokio::spawn(floods(address, from, noted, ended, heard)));
        Self { waits, stop, tasks }
    }

    /// What was noticed since the last time.
    pub(crate) fn take(&self) -> Waits {
        std::mem::take(&mut self.waits.lock().unwrap())
    }

    /// Lets so many more messages be acknowledged: a hundred are a second.
    pub(crate) async fn go_on(&self, messages: usize) {
        let acknowledged = || self.waits.lock().unwrap().puback.len();
        let enough = acknowledged() + messages;
        while acknowledged() < enough {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    /// Ends it; gives how many messages were acknowledged. A message that is not fails.
    pub(crate) async fn end(self) -> u64 {
        self.stop.store(true, Ordering::SeqCst);
        let mut sent = 0;
        for task in self.tasks {
            sent += task.await.unwrap();
        }
        sent
    }
}

async fn steady(
    mut open: Station,
    from: Time,
    waits: Arc<Mutex<Waits>>,
    stop: Arc<AtomicBool>,
) -> u64 {
    let mut ticks = interval(PACE);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Burst);
    let mut step = 0_i64;
    while !stop.load(Ordering::SeqCst) {
        // From when it was due: a station that had to wait does not make the next ones look quick.
        let due = ticks.tick().await;
        let at = from + Span::minutes(step);
        let level = 2.0 + (step % 200) as f64 / 100.0;
        let rain = f64::from(u8::from(step % 7 == 0)) / 5.0;
        let body =
            format!(r#"{{"time":"{at}","readings":{{"water_level":{level:.2},"rain":{rain}}}}}"#);
        open.publish(body.as_bytes()).await.unwrap();
        waits.lock().unwrap().puback.push(due.elapsed().as_secs_f64() * 1e3);
        step += 1;
    }
    u64::try_from(step).unwrap()
}

/// Up through the three levels, each of which is a warning.
const FLOOD: [f64; 4] = [5.0, 6.5, 7.5, 8.5];

async fn floods(
    address: SocketAddr,
    from: Time,
    waits: Arc<Mutex<Waits>>,
    stop: Arc<AtomicBool>,
    mut heard: watch::Receiver<usize>,
) -> u64 {
    let mut sent = 0;
    for n in STEADY..STATIONS {
        if stop.load(Ordering::SeqCst) {
            break;
        }
        let mut open = Station::connect(address, &station(n), SECRET).await.unwrap();
        let mut at = from;
        for level in FLOOD {
            at = at + Span::minutes(10);
            let body = format!(r#"{{"time":"{at}","readings":{{"water_level":{level:.2}}}}}"#);
            let (before, begun) = (*heard.borrow(), Instant::now());
            open.publish(body.as_bytes()).await.unwrap();
            sent += 1;
            if level > 6.0 {
                let told = timeout(WARNED_WITHIN, heard.wait_for(|count| *count > before)).await;
                assert!(told.is_ok(), "nobody was warned of {level} m at {}", station(n));
                waits.lock().unwrap().warned.push(begun.elapsed().as_secs_f64() * 1e3);
            }
        }
        tokio::time::sleep(CALM).await;
    }
    sent
}

/// The value below which that share lies.
pub(crate) fn quantile(values: &[f64], share: f64) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let index = (sorted.len() as f64 * share) as usize;
    sorted.get(index.min(sorted.len().saturating_sub(1))).copied().unwrap_or(f64::NAN)
}
