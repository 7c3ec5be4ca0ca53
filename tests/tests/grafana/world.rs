//! The real program and the real InfluxDB under a night and a morning of the flood of November 2025, with everything
//! that must be seen on a board: a hole, a value that is bad, one that is doubted, one that is missing, messages of
//! nonsense, a weak battery, copies. And what the ledger says of it.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use domain::arrival::ArrivalBody;
use domain::{Origin, Span, StationHealth, Time, Transition, WarningMessage};
use serde_json::Value;
use store::Reader;
use tests::http::until;
use tests::influx::InfluxDb;
use tests::mqtt::Station;
use tests::pack::shipped;
use tests::server::{Installation, SECRET, Server};

/// Where they begin.
pub(crate) const FROM: &str = "2025-11-18T18:00:00+07:00";
const SIMULATED: &str = "2025-11-19T12:00:00+07:00";
/// Behind the mishaps.
pub(crate) const TO: &str = "2025-11-19T15:05:00+07:00";
/// The station of the board of one station.
pub(crate) const ONE: &str = "van-canh";

/// What a station sends after the simulated hours: time, readings.
const MISHAPS: [(&str, &str, &str); 8] = [
    (ONE, "12:10", r#"{"water_level":44.75,"rain":1.2,"battery":12.6}"#),
    (ONE, "12:20", r#"{"water_level":9000.0,"rain":0.4,"battery":12.5}"#),
    (ONE, "12:30", r#"{"water_level":null,"rain":0.2,"battery":12.4}"#),
    (ONE, "12:40", r#"{"water_level":44.70,"rain":0.0,"battery":10.2}"#),
    // A hole of two hours, and a rise in it that nobody saw.
    (ONE, "14:50", r#"{"water_level":44.95,"rain":3.0,"battery":10.1}"#),
    (ONE, "15:00", r#"{"water_level":46.60,"rain":2.0,"battery":10.1}"#),
    ("dieu-tri", "12:10", r#"{"water_level":9000.0,"battery":12.6}"#),
    ("binh-nghi", "12:10", r#"{"water_level":null,"battery":12.6}"#),
];
const NONSENSE: (&str, usize) = ("an-hoa", 12);

/// Whose history it is.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Key {
    pub(crate) station: String,
    pub(crate) parameter: String,
    pub(crate) sensor: String,
}

/// A reading.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Point {
    pub(crate) at: i64,
    pub(crate) value: Option<f64>,
    pub(crate) flag: u8,
    pub(crate) completeness: u8,
}

/// A message.
#[derive(Debug, Clone)]
pub(crate) struct Arrived {
    pub(crate) seq: u64,
    pub(crate) at: i64,
    pub(crate) station: String,
    pub(crate) readings: usize,
    pub(crate) set_aside: usize,
    pub(crate) duplicates: usize,
    pub(crate) delay: Option<i64>,
}

/// What the ledger says.
pub(crate) struct World {
    pub(crate) readings: BTreeMap<Key, Vec<Point>>,
    pub(crate) arrivals: Vec<Arrived>,
    pub(crate) transitions: Vec<Transition>,
    pub(crate) messages: Vec<(String, WarningMessage)>,
    /// Every state of a station with the time of its arrival, in order.
    pub(crate) health: BTreeMap<String, Vec<(i64, StationHealth)>>,
    /// Names of stations, basins and parameters; units.
    pub(crate) names: BTreeMap<String, String>,
    pub(crate) units: BTreeMap<String, String>,
    /// Height of báo động `n` at a station, m.
    pub(crate) heights: BTreeMap<(String, usize), f64>,
    /// How often a station reports, ms.
    pub(crate) intervals: BTreeMap<String, i64>,
    pub(crate) from: Time,
    pub(crate) to: Time,
    /// Around every message.
    pub(crate) heard: (Time, Time),
}

/// Everything that runs.
pub(crate) struct Running {
    pub(crate) influx: Arc<InfluxDb>,
    pub(crate) installation: Installation,
    pub(crate) server: Server,
}

/// Starts both, lets the flood happen, and waits until InfluxDB has it all.
pub(crate) async fn flood() -> (Running, World) {
    let influx = InfluxDb::running().await.unwrap();
    let mut installation = Installation::new();
    pack(&installation.pack());
    let more = "batch_seconds = 0\nsummary_seconds = 1\n[broker]\nmessages_per_second = 10000\nburst_messages = 10000";
    influx.feed_from(&mut installation, &influx.base(), more);
    let server = installation.start().await.unwrap();
    simulate(&installation);
    mishaps(&installation).await;
    caught_up(&installation).await;
    let world = World::of(&installation.ledger());
    (Running { influx: Arc::new(influx), installation, server }, world)
}

fn simulate(installation: &Installation) {
    let (broker, data) =
        (format!("mqtt://{}", installation.mqtt), installation.data().display().to_string());
    let scenario = shipped().join("../scenarios/2025-11-flood").display().to_string();
    let arguments = ["simulate", "--broker", &broker, "--register", &data, "--scenario", &scenario];
    let arguments = [&arguments[..], &["--from", FROM, "--to", SIMULATED, "--duplicate", "0.01"]];
    println!("{}", installation.run(&arguments.concat()).unwrap());
}

/// The shipped pack, where old times are as good as new ones and warnings go out at once.
fn pack(folder: &Path) {
    fs::create_dir_all(folder).unwrap();
    for entry in fs::read_dir(shipped()).unwrap() {
        let path = entry.unwrap().path();
        let mut text = fs::read_to_string(&path).unwrap();
        match path.file_name().unwrap().to_str().unwrap() {
            "pack.toml" => {
                let mut about: toml::Table = text.parse().unwrap();
                let changes =
                    "late_after = \"3650d\"\nclock_tolerance = \"3650d\"\nreorder_hold = \"1s\"";
                about.extend(changes.parse::<toml::Table>().unwrap());
                text = about.to_string();
            }
            "policy.toml" => {
                let at_once = |line: &str| match line.starts_with("auto_issue_after") {
                    true => "auto_issue_after = \"0s\"".to_owned(),
                    false => line.to_owned(),
                };
                text = text.lines().map(at_once).collect::<Vec<_>>().join("\n");
            }
            _ => {}
        }
        fs::write(folder.join(path.file_name().unwrap()), text).unwrap();
    }
}

async fn mishaps(installation: &Installation) {
    let stations = [ONE, "dieu-tri", "binh-nghi", NONSENSE.0];
    installation.admit(stations.map(str::to_owned)).unwrap();
    for station in stations {
        let mut open = Station::connect(installation.mqtt, station, SECRET).await.unwrap();
        for (_, clock, readings) in MISHAPS.iter().filter(|(whose, ..)| *whose == station) {
            let body = format!(r#"{{"time":"2025-11-19T{clock}:00+07:00","readings":{readings}}}"#);
            open.publish(body.as_bytes()).await.unwrap();
        }
        for _ in 0..if station == NONSENSE.0 { NONSENSE.1 } else { 0 } {
            open.publish(b"nonsense").await.unwrap();
        }
    }
    // One that reports at this hour, as all do but in a recorded flood.
    let mut open = Station::connect(installation.mqtt, "binh-nghi", SECRET).await.unwrap();
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs() / 60 * 60;
    let body = format!(r#"{{"time":{now},"readings":{{"battery":12.9}}}}"#);
    open.publish(body.as_bytes()).await.unwrap();
    let last = |told: &Value| told.to_string().contains("46.6");
    until(&installation.base(), &format!("/api/v1/latest?station={ONE}"), last).await;
}

/// Waits until InfluxDB has everything that the ledger has.
async fn caught_up(installation: &Installation) {
    let there = |told: &Value| {
        let (history, ledger) = (&told["history"], &told["ledger"]);
        history["state"] == "current" && history["cursor"].as_u64() >= ledger["last_seq"].as_u64()
    };
    let url = format!("{}/api/v1/status", installation.base());
    let waited = tokio::time::timeout(Duration::from_secs(300), async {
        loop {
            let told: Value = reqwest::get(&url).await.unwrap().json().await.unwrap();
            if there(&told) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    });
    assert!(waited.await.is_ok(), "InfluxDB never caught up:\n{}", installation.log());
}

impl World {
    fn of(ledger: &Path) -> Self {
        let reader = Reader::open(ledger).unwrap();
        let (names, units) = words();
        let mut arrivals = arrivals(&reader);
        arrivals.sort_by_key(|arrived| arrived.seq);
        let minute = Time::from_millis((arrivals[0].at / 60_000 - 1) * 60_000);
        // Not later: stations fall silent while questions are asked.
        let heard = (minute, Time::from_millis(arrivals[arrivals.len() - 1].at + 1));
        Self {
            readings: readings(&reader),
            arrivals,
            transitions: reader
                .transitions(0, usize::MAX >> 1)
                .unwrap()
                .into_iter()
                .map(|(_, t)| t)
                .collect(),
            messages: messages(&reader),
            health: health(&reader),
            names,
            units,
            heights: heights(),
            intervals: intervals(),
            from: FROM.parse().unwrap(),
            to: TO.parse().unwrap(),
            heard,
        }
    }

    /// The name on screen.
    pub(crate) fn name(&self, id: &str) -> String {
        self.names.get(id).cloned().unwrap_or_else(|| id.to_owned())
    }
}

fn readings(reader: &Reader) -> BTreeMap<Key, Vec<Point>> {
    let (first, last) = (Time::from_millis(i64::MIN), Time::from_millis(i64::MAX));
    let series = reader.series().unwrap().into_iter();
    let read = series.map(|info| {
        let key = Key {
            station: info.key.station.to_string(),
            parameter: info.key.parameter.to_string(),
            sensor: info.key.sensor.to_string(),
        };
        let all = reader.readings(info.id, first, last, usize::MAX >> 1).unwrap();
        let point = |reading: &domain::CheckedReading| Point {
            at: reading.observed_at.millis(),
            value: reading.value,
            flag: reading.verdict.flag.number(),
            completeness: reading.completeness,
        };
        (key, all.iter().map(point).collect())
    });
    read.filter(|(_, points): &(Key, Vec<Point>)| !points.is_empty()).collect()
}

fn arrivals(reader: &Reader) -> Vec<Arrived> {
    let mut aside: BTreeMap<u64, usize> = BTreeMap::new();
    for record in reader.set_aside(0, usize::MAX >> 1, true).unwrap() {
        *aside.entry(record.seq).or_default() += 1;
    }
    let all = reader.arrivals(0, usize::MAX >> 1).unwrap().into_iter();
    let telemetry = all.filter_map(|arrival| match arrival.body {
        ArrivalBody::Telemetry { station, payload, .. } => {
            Some((arrival.seq, arrival.received_at, station, payload))
        }
        _ => None,
    });
    let mut known = BTreeSet::new();
    let arrived = telemetry.map(|(seq, received_at, station, payload)| {
        let again = !known.insert((station.clone(), payload.clone()));
        let own = reader.outcome_readings(seq).unwrap();
        let own: Vec<_> = own.iter().filter(|reading| reading.origin != Origin::Derived).collect();
        let newest = own.iter().map(|reading| reading.observed_at).max();
        Arrived {
            seq,
            at: received_at.millis(),
            station: station.to_string(),
            readings: own.len(),
            set_aside: aside.get(&seq).copied().unwrap_or(0),
            duplicates: if again { measured(&payload) } else { 0 },
            delay: newest.map(|newest| (received_at - newest).millis()),
        }
    });
    arrived.collect()
}

/// How many readings a message holds.
fn measured(payload: &[u8]) -> usize {
    let Ok(told) = serde_json::from_slice::<Value>(payload) else { return 0 };
    let count = |one: &Value| one["readings"].as_object().map_or(0, serde_json::Map::len);
    told.as_array().map_or_else(|| count(&told), |all| all.iter().map(count).sum())
}

fn messages(reader: &Reader) -> Vec<(String, WarningMessage)> {
    let warnings = reader.warnings(false, None, usize::MAX >> 1).unwrap().into_iter();
    let of = |warning: domain::Warning| {
        let messages = reader.messages(&warning.id).unwrap().into_iter();
        messages.map(move |message| (warning.episode.to_string(), message)).collect::<Vec<_>>()
    };
    warnings.flat_map(of).collect()
}

fn health(reader: &Reader) -> BTreeMap<String, Vec<(i64, StationHealth)>> {
    let stations: Vec<_> =
        reader.series().unwrap().iter().map(|info| info.key.station.clone()).collect();
    let of = |station: &domain::StationId| {
        let mut log = reader.health_log(station, usize::MAX >> 1).unwrap();
        log.reverse();
        let at = |seq| reader.arrival(seq).unwrap().unwrap().received_at.millis();
        log.into_iter().map(|(seq, health)| (at(seq), health)).collect::<Vec<_>>()
    };
    let all = stations.iter().map(|station| (station.to_string(), of(station)));
    all.filter(|(_, log)| !log.is_empty()).collect()
}

fn table(file: &str, list: &str) -> Vec<toml::Value> {
    let text = fs::read_to_string(shipped().join(file)).unwrap();
    text.parse::<toml::Table>().unwrap()[list].as_array().unwrap().clone()
}

/// The levels in force in November 2025.
fn heights() -> BTreeMap<(String, usize), f64> {
    let levels = table("levels.toml", "level").into_iter();
    let in_force = levels.filter(|level| {
        level["parameter"].as_str() == Some("water_level") && level.get("valid_to").is_none()
    });
    let one = |level: toml::Value| {
        let n = usize::try_from(level["level"].as_integer().unwrap()).unwrap();
        ((level["station"].as_str().unwrap().to_owned(), n), level["value"].as_float().unwrap())
    };
    in_force.map(one).collect()
}

fn intervals() -> BTreeMap<String, i64> {
    let stations = table("stations.toml", "station").into_iter();
    let one = |station: toml::Value| {
        let interval: Span = station["interval"].as_str().unwrap().parse().unwrap();
        (station["id"].as_str().unwrap().to_owned(), interval.millis())
    };
    stations.map(one).collect()
}

/// Names and units of the shipped pack, read as TOML.
fn words() -> (BTreeMap<String, String>, BTreeMap<String, String>) {
    let (mut names, mut units) = (BTreeMap::new(), BTreeMap::new());
    for (file, list, key) in [
        ("stations.toml", "station", "name"),
        ("basins.toml", "basin", "name"),
        ("parameters.toml", "parameter", "name_vi"),
    ] {
        for one in table(file, list) {
            let id = one["id"].as_str().unwrap().to_owned();
            let name = one[key].as_str().unwrap();
            let upper = |name: &str| name[..1].to_uppercase() + &name[1..];
            let name = if list == "basin" { upper(name) } else { name.to_owned() };
            if let Some(unit) = one.get("unit").and_then(toml::Value::as_str) {
                units.insert(id.clone(), unit.replace('1', ""));
            }
            names.insert(id, name);
        }
    }
    (names, units)
}
