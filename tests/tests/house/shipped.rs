//! Every shipped pack and scenario: it parses, and its numbers are the ones that were printed.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use domain::PackFiles;
use pack::Pack;

use crate::{none, root};

/// Lines of bulletins that state a stage and its distance to an alarm level: station, time, stage, level, difference.
const PRINTED: [(&str, &str, f64, u8, f64); 15] = [
    ("an-hoa", "2016-12-15T13:00:00+07:00", 24.14, 3, 0.14),
    ("an-hoa", "2022-10-11T16:00:00+07:00", 22.00, 1, 0.00),
    ("bong-son", "2021-11-29T07:00:00+07:00", 6.02, 1, 0.02),
    ("bong-son", "2017-12-03T13:00:00+07:00", 7.18, 2, 0.18),
    ("bong-son", "2016-12-17T04:00:00+07:00", 8.10, 3, 0.10),
    ("vinh-son", "2017-11-24T09:00:00+07:00", 71.05, 1, 0.05),
    ("vinh-son", "2017-11-04T13:00:00+07:00", 72.69, 2, 0.19),
    ("vinh-son", "2016-12-15T13:00:00+07:00", 73.82, 3, -0.18),
    ("binh-nghi", "2016-12-16T07:00:00+07:00", 18.62, 3, 1.12),
    ("thanh-hoa", "2021-11-30T13:00:00+07:00", 9.46, 3, 1.46),
    ("van-canh", "2017-11-04T08:00:00+07:00", 44.73, 2, 0.73),
    ("van-canh", "2025-11-19T01:00:00+07:00", 45.03, 3, -0.47),
    ("dieu-tri", "2016-12-15T13:00:00+07:00", 3.69, 1, 0.19),
    ("dieu-tri", "2021-11-29T07:00:00+07:00", 4.76, 2, 0.26),
    ("dieu-tri", "2017-11-04T13:00:00+07:00", 6.30, 3, 0.80),
];

fn folders(under: &str, with: &str) -> Vec<PathBuf> {
    let listed = fs::read_dir(root().join(under)).expect("a folder");
    let folders = listed.filter_map(|entry| entry.ok().map(|entry| entry.path()));
    let found: Vec<PathBuf> = folders.filter(|folder| folder.join(with).is_file()).collect();
    assert!(!found.is_empty(), "'{under}' holds something with {with}");
    found
}

fn pack(folder: &Path) -> Result<Pack, String> {
    let mut files = PackFiles::new();
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or("").to_owned();
        if name.ends_with(".toml") {
            files.insert(name, fs::read_to_string(&path).expect("a text"));
        }
    }
    let told = |faults: Vec<pack::Fault>| {
        faults.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
    };
    Pack::parse(&files).map_err(told)
}

fn binh_dinh() -> Pack {
    pack(&root().join("config/binh-dinh")).expect("the shipped pack is good")
}

fn scenario(folder: &Path) -> toml::Table {
    let text = fs::read_to_string(folder.join("scenario.toml")).expect("a scenario");
    text.parse().expect("TOML")
}

fn printed_anchors(scenario: &toml::Table) -> Vec<&toml::Value> {
    let anchors = scenario["anchor"].as_array().expect("anchors");
    anchors.iter().filter(|anchor| anchor.get("scenario").is_none()).collect()
}

#[test]
fn every_shipped_pack_parses() {
    for folder in folders("config", "pack.toml") {
        if let Err(faults) = pack(&folder) {
            panic!("{}:\n{faults}", folder.display());
        }
    }
}

#[test]
fn levels_agree_with_what_bulletins_worked_out_from_them() {
    let pack = binh_dinh();
    let check = |(station, at, stage, level, difference): (&str, &str, f64, u8, f64)| {
        let at = at.parse().expect("a time");
        let levels = pack.levels_at(station, "water_level", at);
        let found = levels.iter().find(|found| found.level.0 == level).expect("a level");
        let got = stage - found.value;
        assert!((got - difference).abs() < 0.005, "{station} at {at}: {got:.2}, not {difference}");
    };
    PRINTED.into_iter().for_each(check);
}

#[test]
fn an_alarm_level_that_is_in_dispute_does_not_alarm() {
    let pack = binh_dinh();
    let highest = pack.levels.iter().filter(|level| level.level.0 > 3);
    let named: BTreeSet<_> = highest.map(|level| level.station.as_str()).collect();
    assert_eq!(named, BTreeSet::from(["thanh-hoa"]));
}

#[test]
fn positions_and_recipients_have_their_source_and_reach_nobody_by_accident() {
    let pack = binh_dinh();
    let placed = pack.stations.values().filter(|station| station.lat.is_some());
    let sure =
        |source: &Option<String>| source.as_ref().is_some_and(|s| s.contains("confidence H"));
    placed.for_each(|station| assert!(sure(&station.position_source), "{}", station.id));
    let text = fs::read_to_string(root().join("config/binh-dinh/recipients.toml")).expect("a text");
    let addresses: Vec<&str> = text
        .lines()
        .filter(|line| !line.starts_with('#'))
        .flat_map(|line| line.split('"'))
        .filter(|word| word.contains('@') || word.starts_with("http"))
        .collect();
    let reserved = |word: &&&str| word.contains(".example.org");
    assert!(addresses.len() > 5 && addresses.iter().all(|word| reserved(&word)), "{addresses:?}");
}

#[test]
fn scenarios_speak_of_the_stations_of_the_pack_and_of_all_of_them() {
    let pack = binh_dinh();
    for folder in folders("config/scenarios", "scenario.toml") {
        let scenario = scenario(&folder);
        let anchors = scenario["anchor"].as_array().expect("anchors").iter();
        let rivers = anchors.filter_map(|anchor| anchor["station"].as_str());
        let amounts = scenario["amount"].as_array().expect("amounts").iter();
        let rain = amounts.flat_map(|amount| amount["stations"].as_array().expect("stations"));
        let mut named: BTreeSet<String> = rivers.map(str::to_owned).collect();
        named.extend(rain.filter_map(|name| name.as_str()).map(str::to_owned));
        for file in scenario["anchor_files"].as_array().into_iter().flatten() {
            let text = fs::read_to_string(folder.join(file.as_str().expect("a name")));
            let text = text.expect("an anchor file");
            named.extend(
                text.lines().skip(1).filter_map(|l| l.split(',').next()).map(str::to_owned),
            );
        }
        let known: BTreeSet<String> = pack.stations.keys().map(ToString::to_string).collect();
        assert_eq!(named, known, "{}", folder.display());
    }
}

/// Needs the shared data; `.ci/run` makes sure that they are there.
#[test]
fn printed_anchors_are_the_bulletins_and_none_of_them_is_left_out() {
    let path = root().join("../shared/data/bulletins/stage_2016_2025.csv");
    let Ok(text) = fs::read_to_string(&path) else {
        eprintln!("not checked: '{}' is absent", path.display());
        return;
    };
    let pack = binh_dinh();
    let id = |name: &str| pack.stations.values().find(|s| s.name == name).map(|s| s.id.to_string());
    let of_the_flood = |line: &&str| ("2025-11-17".."2025-11-26").contains(&&line[..10]);
    let row = |line: &str| {
        let fields: Vec<&str> = line.split(',').collect();
        let station = id(fields[1]).expect("a station of the pack");
        let value: f64 = fields[2].parse().expect("a number");
        format!("{} {station} {value:.2}", fields[0])
    };
    let bulletins: BTreeSet<String> = text.lines().skip(1).filter(of_the_flood).map(row).collect();
    let scenario = scenario(&root().join("config/scenarios/2025-11-flood"));
    let anchor = |anchor: &toml::Value| {
        let time = &anchor["time"].as_str().expect("a time")[..16];
        let value = anchor["value"].as_float().expect("a number");
        format!("{time} {} {value:.2}", anchor["station"].as_str().expect("a name"))
    };
    let printed: BTreeSet<String> = printed_anchors(&scenario).into_iter().map(anchor).collect();
    let missing = bulletins.symmetric_difference(&printed).cloned().collect::<Vec<_>>();
    none(&missing);
    assert!(bulletins.len() > 10);
}
