//! Point by point: everything in the ledger against everything in InfluxDB.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use domain::{Origin, Time};
use store::Reader;
use tests::http::until;
use tests::influx::{InfluxDb, Row};
use tests::server::Installation;

/// Where a reading stands: station, parameter, sensor, time in ms.
pub(crate) type Place = (String, String, String, i64);

/// All that is written of a reading.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Written {
    value: Option<f64>,
    flag: i64,
    failed: i64,
    completeness: i64,
    late: bool,
    derived: bool,
    version: i64,
}

/// The newest version of every reading of a ledger, in the way of InfluxDB.
pub(crate) fn ledger(path: &Path) -> BTreeMap<Place, Written> {
    let reader = Reader::open(path).unwrap();
    let (from, to) = (Time::from_millis(i64::MIN), Time::from_millis(i64::MAX));
    let mut all = BTreeMap::new();
    for series in reader.series().unwrap() {
        // In order of arrival, so the newest stays.
        for (seq, reading) in reader.versions(series.id, from, to, None).unwrap() {
            let key = &series.key;
            let place = (
                key.station.to_string(),
                key.parameter.to_string(),
                key.sensor.to_string(),
                reading.observed_at.millis(),
            );
            let written = Written {
                value: reading.value,
                flag: reading.verdict.flag.number().into(),
                failed: reading.verdict.failed.0.into(),
                completeness: reading.completeness.into(),
                late: reading.late,
                derived: reading.origin == Origin::Derived,
                version: i64::try_from(seq).unwrap(),
            };
            all.insert(place, written);
        }
    }
    all
}

/// Every reading of a bucket; a place that is there twice fails.
pub(crate) async fn influx(server: &InfluxDb, bucket: &str) -> BTreeMap<Place, Written> {
    let mut all = BTreeMap::new();
    // The doors make a week of another type, before 2025; a question over both would give one type only.
    let times = ["1900-01-01T00:00:00Z", "2025-01-01T00:00:00Z", "2200-01-01T00:00:00Z"];
    for ends in times.windows(2) {
        let flux = format!(
            "from(bucket: \"{bucket}\") |> range(start: {}, stop: {})
             |> filter(fn: (r) => r._measurement == \"reading\")
             |> pivot(rowKey: [\"_time\"], columnKey: [\"_field\"], valueColumn: \"_value\")",
            ends[0], ends[1]
        );
        for row in server.query(&flux).await.unwrap() {
            let (place, written) = one(&row);
            let before = all.insert(place.clone(), written);
            assert!(before.is_none(), "{place:?} is there twice");
        }
    }
    all
}

fn one(row: &Row) -> (Place, Written) {
    let text = |name: &str| row.get(name).cloned().unwrap_or_default();
    let number = |name: &str| row[name].parse::<i64>().unwrap();
    let at: Time = text("_time").parse().unwrap();
    let place = (text("station"), text("parameter"), text("sensor"), at.millis());
    let written = Written {
        value: row.get("value").map(|value| value.parse().unwrap()),
        flag: number("flag"),
        failed: number("failed"),
        completeness: number("completeness"),
        late: row["late"] == "true",
        derived: row["derived"] == "true",
        version: number("version"),
    };
    (place, written)
}

/// What is in one and not in the other, or otherwise.
#[derive(Debug, Default)]
pub(crate) struct Difference {
    /// Readings of the ledger.
    pub(crate) points: usize,
    pub(crate) lost: Vec<Place>,
    pub(crate) invented: Vec<Place>,
    pub(crate) other: Vec<Place>,
}

impl Difference {
    fn is_none(&self) -> bool {
        self.lost.is_empty() && self.invented.is_empty() && self.other.is_empty()
    }
}

/// Compares every reading.
pub(crate) async fn difference(
    installation: &Installation,
    server: &InfluxDb,
    bucket: &str,
) -> Difference {
    let ledger = ledger(&installation.ledger());
    let influx = influx(server, bucket).await;
    let mut found = Difference { points: ledger.len(), ..Difference::default() };
    for (place, own) in &ledger {
        match influx.get(place) {
            None => found.lost.push(place.clone()),
            Some(theirs) if theirs != own => {
                if found.other.is_empty() {
                    println!("{place:?} is {own:?} and there {theirs:?}");
                }
                found.other.push(place.clone());
            }
            Some(_) => {}
        }
    }
    let invented = influx.keys().filter(|place| !ledger.contains_key(*place));
    found.invented = invented.cloned().collect();
    let counts = (found.lost.len(), found.invented.len(), found.other.len());
    println!("readings {} (lost, invented, different) {counts:?}", found.points);
    found
}

/// Fails unless both have the same, and gives how many readings that are.
pub(crate) async fn same(installation: &Installation, server: &InfluxDb, bucket: &str) -> usize {
    let mut found = difference(installation, server, bucket).await;
    // What falls due meanwhile, such as the mean of a basin, is written while both are read: then both are read again.
    let reader = Reader::open(&installation.ledger()).unwrap();
    let mut known = None;
    while !found.is_none() && known != Some(reader.last_seq().unwrap()) {
        known = Some(reader.last_seq().unwrap());
        caught_up(installation).await;
        found = difference(installation, server, bucket).await;
    }
    let first = (found.lost.first(), found.invented.first(), found.other.first());
    assert_eq!(first, (None, None, None), "the history differs from the ledger");
    found.points
}

/// Waits until the server has everything that the ledger has now.
pub(crate) async fn caught_up(installation: &Installation) {
    let current = |told: &serde_json::Value| {
        told["history"]["state"] == "current"
            && told["history"]["cursor"].as_u64() >= told["ledger"]["last_seq"].as_u64()
    };
    let waiting = async {
        for _ in 0..3 {
            until(&installation.base(), "/api/v1/status", current).await;
        }
    };
    let waited = tokio::time::timeout(Duration::from_secs(150), waiting).await;
    assert!(waited.is_ok(), "the history never caught up:\n{}", installation.log());
}

/// Waits until hours and days are worked out of everything that the ledger has.
pub(crate) async fn summed(installation: &Installation) {
    caught_up(installation).await;
    let reader = Reader::open(&installation.ledger()).unwrap();
    let done = || reader.history_summed().unwrap() >= Some(reader.last_seq().unwrap());
    for _ in 0..6_000 {
        if done() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("hours and days never came:\n{}", installation.log());
}

/// Fails unless each reading that counts is counted in one hour of the history.
pub(crate) async fn hours_have_all(installation: &Installation, server: &InfluxDb, bucket: &str) {
    let mut counted: BTreeMap<_, i64> = BTreeMap::new();
    for (place, written) in ledger(&installation.ledger()) {
        let counts = written.value.is_some() && written.flag < 4;
        *counted.entry((place.0, place.1, place.2)).or_default() += i64::from(counts);
    }
    counted.retain(|_, count| *count > 0);
    let flux = format!(
        "from(bucket: \"{bucket}\") |> range(start: 1900-01-01T00:00:00Z, stop: 2200-01-01T00:00:00Z)
         |> filter(fn: (r) => r._measurement == \"hourly\" and r._field == \"count\") |> sum()"
    );
    let mut hours = BTreeMap::new();
    for row in server.query(&flux).await.unwrap() {
        let text = |name: &str| row[name].clone();
        let count: i64 = row["_value"].parse().unwrap();
        hours.insert((text("station"), text("parameter"), text("sensor")), count);
    }
    hours.retain(|_, count| *count > 0);
    assert_eq!(counted, hours, "hours hold what the ledger holds");
}
