//! A power cut: what got a PUBACK is on the disk, whatever else is lost or torn.
//!
//! `kill -9` cannot show that, because the system goes on writing what a killed process handed to it. So the real
//! binary is traced; for many instants of the trace the disk is rebuilt as a power cut may leave it, and opened.
#![expect(clippy::unwrap_used, reason = "a test may fail")]

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use domain::{Arrival, ArrivalBody, Realm, Span, Time};
use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};
use tests::disk::Disk;
use tests::mqtt::Station;
use tests::pack::{self, Wish, station};
use tests::server::{Installation, SECRET};
use tests::trace::{self, Event};

const STATIONS: usize = 4;
/// Enough that SQLite also empties its log into the file meanwhile.
const MESSAGES: i64 = 1_500;
const CUTS: usize = 40;
const FILES: [&str; 2] = ["quantrac.db", "quantrac.db-wal"];

/// A message by its station and its number there.
type Message = (usize, i64);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_power_cut_at_any_time_loses_nothing_that_was_acknowledged() {
    let (folder, before, events, ports) = traced_run().await;
    let acked_at = acknowledgements(&events, &ports);
    assert_eq!(acked_at.len(), STATIONS * usize::try_from(MESSAGES).unwrap(), "all were acked");
    let synced = events.iter().filter(|event| matches!(event, Event::Synced { .. })).count();
    println!("{} events, {} PUBACKs, {synced} syncs", events.len(), acked_at.len());
    let emptied = |event: &Event| matches!(event, Event::Write { file, .. } if file == FILES[0]);
    assert!(events.iter().any(emptied), "the log was never emptied into the file: publish more");

    let seed = rand::random();
    println!("seed {seed}");
    let mut chance = StdRng::seed_from_u64(seed);
    let (first, last) = (acked_at.values().min().unwrap(), events.len());
    let mut cuts: Vec<usize> = (0..CUTS).map(|_| chance.random_range(*first..=last)).collect();
    cuts.push(last);
    cuts.sort_unstable();

    let (mut honest, mut careless) = (before.clone(), before);
    let (mut next, mut shown, mut missed) = (0, 0, 0);
    for cut in cuts {
        for event in &events[next..cut] {
            honest.happen(event);
            if !matches!(event, Event::Synced { .. }) {
                careless.happen(event);
            }
        }
        next = cut;
        let acked: BTreeSet<Message> =
            acked_at.iter().filter(|(_, at)| **at < cut).map(|(message, _)| *message).collect();
        let lost = lost(folder.path(), &honest.cut(&mut chance), &acked).unwrap();
        assert!(lost.is_empty(), "seed {seed}, cut at event {cut}: lost {lost:?}");
        shown += acked.len();
        // The same disk, had nobody synced: what the accounting must be able to see.
        missed += tests_can_fail(folder.path(), &careless.cut(&mut chance), &acked);
    }
    println!(
        "{shown} acknowledgements looked up after {} cuts, lost 0; without syncs {missed}",
        CUTS + 1
    );
    assert!(missed > 0, "accounting that finds no loss without syncs shows nothing");
}

/// Publishes from all stations at once under the tracer: the files before, what happened, who had which port.
async fn traced_run() -> (tempfile::TempDir, Disk, Vec<Event>, BTreeMap<u16, usize>) {
    let mut installation = Installation::new();
    pack::write(&installation.pack(), &Wish { stations: STATIONS, ..Wish::default() });
    let server = installation.start().await.unwrap();
    installation.admit((0..STATIONS).map(station)).unwrap();
    server.stop().await.unwrap();
    let wal = installation.data().join(FILES[1]);
    if !wal.exists() {
        std::fs::write(&wal, []).unwrap();
    }
    let before = Disk::with(&installation.data(), &FILES).unwrap();

    let path = installation.folder.path().join("trace");
    installation.wrapper = trace::tracer(&path);
    let server = installation.start().await.unwrap();
    let (mut ports, mut publishers) = (BTreeMap::new(), Vec::new());
    for n in 0..STATIONS {
        let open = Station::connect(installation.mqtt, &station(n), SECRET).await.unwrap();
        ports.insert(open.port().unwrap(), n);
        publishers.push(tokio::spawn(publish(open, n)));
    }
    for publisher in publishers {
        publisher.await.unwrap();
    }
    server.kill_traced().await;
    let events = trace::read(&path).unwrap();
    let (folder, _) = (installation.folder, ());
    (folder, before, events, ports)
}

async fn publish(mut open: Station, n: usize) {
    for step in 0..MESSAGES {
        open.publish(body(n, step).as_bytes()).await.unwrap();
    }
}

fn body(n: usize, step: i64) -> String {
    let at = Time::from_millis(1_700_000_000_000) + Span::minutes(step);
    let level = 2.0 + n as f64 / 10.0 + step as f64 / 1_000.0;
    format!(r#"{{"time":"{at}","readings":{{"water_level":{level:.3},"rain":0.2}}}}"#)
}

/// At which event each message was acknowledged: the n-th message of a connection has number n.
fn acknowledgements(events: &[Event], ports: &BTreeMap<u16, usize>) -> BTreeMap<Message, usize> {
    let mut acked = BTreeMap::new();
    for (index, event) in events.iter().enumerate() {
        let Event::Sent { port, data } = event else { continue };
        let Some(&n) = ports.get(port) else { continue };
        for packet in data.windows(4).filter(|packet| packet[..2] == [0x40, 2]) {
            let number = i64::from(u16::from_be_bytes([packet[2], packet[3]]));
            acked.entry((n, number - 1)).or_insert(index);
        }
    }
    acked
}

/// Opens what the cut left, as a restart does, and says which acknowledged messages are not there.
fn lost(
    folder: &Path,
    left: &BTreeMap<String, Vec<u8>>,
    acked: &BTreeSet<Message>,
) -> Result<Vec<Message>, store::StoreError> {
    let disk = tempfile::tempdir_in(folder).unwrap();
    for (name, content) in left.iter().filter(|(name, _)| FILES.contains(&name.as_str())) {
        std::fs::write(disk.path().join(name), content).unwrap();
    }
    let options = store::Options {
        path: disk.path().join(FILES[0]),
        realm: Realm::Actual,
        batch: 16,
        queue: 16,
        fold_readings: store::FOLD_READINGS,
    };
    let processor = Box::new(pipeline::Pipeline::new(Realm::Actual));
    let (ledger, thread) = store::Ledger::open(options, processor, Arc::new(Still))?;
    let there: BTreeSet<Vec<u8>> =
        ledger.reader().arrivals(0, 100_000)?.into_iter().filter_map(payload).collect();
    drop(ledger);
    thread.stop()?;
    let absent = |message: &&Message| !there.contains(body(message.0, message.1).as_bytes());
    Ok(acked.iter().filter(absent).copied().collect())
}

/// How many acknowledged messages a disk lost of which nothing was synced; a file that cannot be opened lost all.
fn tests_can_fail(
    folder: &Path,
    left: &BTreeMap<String, Vec<u8>>,
    acked: &BTreeSet<Message>,
) -> usize {
    lost(folder, left, acked).map_or(acked.len(), |lost| lost.len())
}

fn payload(arrival: Arrival) -> Option<Vec<u8>> {
    match arrival.body {
        ArrivalBody::Telemetry { payload, .. } => Some(payload),
        _ => None,
    }
}

/// The clock after the cut.
struct Still;

impl store::Clock for Still {
    fn now(&self) -> Time {
        Time::from_millis(4_000_000_000_000)
    }
    fn until(&self, _at: Time) -> Duration {
        Duration::from_secs(1)
    }
}
