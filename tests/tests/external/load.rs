//! Stations that publish to a broker as fast as it acknowledges, and the comparison with what is stored.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use domain::{Span, Time};
use store::Reader;
use tests::mosquitto::Mosquitto;
use tests::mqtt::Station;
use tests::pack::station;
use tests::server::{Installation, SECRET};
use tokio::sync::{OwnedRwLockWriteGuard, RwLock};
use tokio::task::JoinHandle;

/// A pause of each station between its messages: what is tried here is what gets lost, not how much fits.
const PAUSE: Duration = Duration::from_millis(3);

/// Stations `from..to` that publish until they are told to stop.
pub(crate) struct Load {
    start: Time,
    shared: Arc<Shared>,
    stations: Vec<(usize, JoinHandle<i64>)>,
}

#[derive(Default)]
struct Shared {
    /// PUBACKs of all stations.
    count: AtomicU64,
    stop: AtomicBool,
    /// Read while a message waits for its PUBACK.
    gate: Arc<RwLock<()>>,
}

/// How many messages of each station got their PUBACK: steps `0..n`.
pub(crate) struct Acked {
    start: Time,
    steps: BTreeMap<usize, i64>,
}

impl Load {
    pub(crate) fn start(address: SocketAddr, stations: std::ops::Range<usize>) -> Self {
        let (start, shared) = (three_hours_ago(), Arc::<Shared>::default());
        let stations = stations
            .map(|n| (n, tokio::spawn(publish(address, n, start, Arc::clone(&shared)))))
            .collect();
        Self { start, shared, stations }
    }

    /// Waits for so many more PUBACKs.
    pub(crate) async fn more(&self, messages: u64) {
        let wanted = self.shared.count.load(Ordering::SeqCst) + messages;
        for _ in 0..6_000 {
            if self.shared.count.load(Ordering::SeqCst) >= wanted {
                return;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("waited a minute for {messages} more PUBACKs");
    }

    /// Kills the broker when it has written what it acknowledged, while quantrac still has some of it to commit.
    ///
    /// Mosquitto sends a PUBACK before it writes its store, whatever its settings: killed in between it loses that
    /// message, and nobody behind it can help.
    pub(crate) async fn kill(&self, broker: &mut Mosquitto) {
        let _held = self.hold().await;
        broker.settled().await.unwrap();
        broker.kill().await;
    }

    /// Until this is dropped no message is on its way to the broker.
    async fn hold(&self) -> OwnedRwLockWriteGuard<()> {
        Arc::clone(&self.shared.gate).write_owned().await
    }

    pub(crate) async fn stop(self) -> Acked {
        self.shared.stop.store(true, Ordering::SeqCst);
        let mut steps = BTreeMap::new();
        for (n, station) in self.stations {
            steps.insert(n, station.await.unwrap());
        }
        Acked { start: self.start, steps }
    }
}

impl Acked {
    pub(crate) fn messages(&self) -> i64 {
        self.steps.values().sum()
    }

    /// Waits until everything is stored; then it must be there once, with its value.
    pub(crate) async fn all_stored_once(&self, installation: &Installation) {
        for _ in 0..600 {
            if self.look(installation).0 == 0 {
                break;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        let (lost, doubled, wrong) = self.look(installation);
        println!("acked {} lost {lost} doubled {doubled} wrong {wrong}", self.messages());
        assert_eq!((lost, doubled, wrong), (0, 0, 0), "{}", installation.log());
    }

    /// (lost, doubled, wrong), looking at every version that was ever stored.
    fn look(&self, installation: &Installation) -> (usize, usize, usize) {
        let stored = stored(installation, self.steps.keys().copied());
        let (mut lost, mut doubled, mut wrong) = (0, 0, 0);
        for (n, steps) in &self.steps {
            for step in 0..*steps {
                let at = self.start + Span::seconds(step);
                match stored.get(&(*n, at)).map(Vec::as_slice) {
                    None => lost += 1,
                    Some([one]) if *one == millimetres(step) => {}
                    Some([_]) => wrong += 1,
                    Some(_) => doubled += 1,
                }
            }
        }
        (lost, doubled, wrong)
    }
}

/// Every version of every stage that was stored, in millimetres, by station and time.
pub(crate) fn stored(
    installation: &Installation,
    stations: impl IntoIterator<Item = usize>,
) -> BTreeMap<(usize, Time), Vec<i64>> {
    let reader = Reader::open(&installation.ledger()).unwrap();
    let mut all: BTreeMap<_, Vec<i64>> = BTreeMap::new();
    let level = "water_level".parse().unwrap();
    for n in stations {
        let id = station(n).parse().unwrap();
        for series in reader.find_series(&id, Some(&level), None).unwrap() {
            let (from, to) = (Time::from_millis(0), Time::from_millis(i64::MAX / 2));
            for (_, one) in reader.versions(series.id, from, to, None).unwrap() {
                let value = (one.value.unwrap() * 1_000.0).round() as i64;
                all.entry((n, one.observed_at)).or_default().push(value);
            }
        }
    }
    all
}

async fn publish(address: SocketAddr, n: usize, start: Time, shared: Arc<Shared>) -> i64 {
    let (mut step, mut connection) = (0, None);
    while !shared.stop.load(Ordering::SeqCst) {
        if connection.is_none() {
            connection = Station::connect(address, &station(n), SECRET).await.ok();
        }
        let Some(open) = connection.as_mut() else {
            tokio::time::sleep(Duration::from_millis(20)).await;
            continue;
        };
        let gate = shared.gate.read().await;
        let sent = open.publish(body(start + Span::seconds(step), step).as_bytes()).await;
        drop(gate);
        // Not acknowledged means: send the same again, as a station does.
        if sent.is_ok() {
            shared.count.fetch_add(1, Ordering::SeqCst);
            step += 1;
            tokio::time::sleep(PAUSE).await;
        } else {
            connection = None;
        }
    }
    step
}

/// Below every alarm level, and another value each time.
fn millimetres(step: i64) -> i64 {
    1_000 + step % 4_000
}

pub(crate) fn body(at: Time, step: i64) -> String {
    let metres = millimetres(step) as f64 / 1_000.0;
    format!(r#"{{"time":"{at}","readings":{{"water_level":{metres:.3}}}}}"#)
}

pub(crate) fn three_hours_ago() -> Time {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
    Time::from_millis(i64::try_from(since.as_secs()).unwrap() * 1_000) - Span::hours(3)
}
