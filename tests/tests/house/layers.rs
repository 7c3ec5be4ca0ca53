//! Arrows only point down, and doors to the world stand in one room each.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::{metadata, none};

/// Every crate with its layer. A crate may only use crates of lower layers.
const LAYERS: [(&str, u8); 14] = [
    ("domain", 0),
    ("decode", 1),
    ("quality", 1),
    ("derive", 1),
    ("warning", 1),
    ("analysis", 1),
    ("pack", 2),
    ("store", 3),
    ("pipeline", 3),
    ("history", 4),
    ("ingest", 5),
    ("delivery", 5),
    ("web", 5),
    ("server", 6),
];

/// Crates without I/O, clock and threads, whatever they depend on. What `analysis` says in its own words is kept too, see
/// `words.rs`; but polars brings threads along.
pub(crate) const PURE: [&str; 7] =
    ["domain", "decode", "quality", "derive", "warning", "pack", "pipeline"];

/// Libraries that open a door to the world; none of them may be reached from a pure crate.
const WORLDLY: [&str; 9] =
    ["tokio", "mio", "socket2", "rusqlite", "reqwest", "hyper", "axum", "rand", "tracing"];

/// A library and the crates that may name it. `tests` may use anything.
const OWNERS: [(&str, &[&str]); 16] = [
    ("rmqtt", &["ingest"]),
    ("rumqttc", &["ingest"]),
    ("rumqttd", &[]),
    ("ntex-mqtt", &[]),
    ("rusqlite", &["store"]),
    ("influxdb2", &["history"]),
    ("lettre", &["delivery"]),
    // The history asks InfluxDB what `influxdb2` cannot ask safely: see its `influx.rs`.
    ("reqwest", &["delivery", "history"]),
    ("axum", &["web"]),
    ("utoipa", &["web"]),
    ("argon2", &["web"]),
    ("polars", &["analysis"]),
    ("polars-io", &["analysis"]),
    ("anyhow", &["server"]),
    ("chrono", &[]),
    ("figment", &[]),
];

/// What each crate of the workspace names in its manifest, without what only its tests need.
type Manifest = BTreeMap<String, BTreeSet<String>>;

fn manifests(metadata: &Value) -> Manifest {
    let members = members(metadata);
    let of = |package: &Value| {
        let named = package["dependencies"].as_array().into_iter().flatten();
        let lasting = named.filter(|dependency| dependency["kind"] != "dev");
        lasting.filter_map(|dependency| dependency["name"].as_str()).map(str::to_owned).collect()
    };
    members.into_iter().map(|package| (name(package), of(package))).collect()
}

fn members(metadata: &Value) -> Vec<&Value> {
    let packages = metadata["packages"].as_array().expect("packages");
    packages.iter().filter(|package| package["source"].is_null()).collect()
}

fn name(package: &Value) -> String {
    package["name"].as_str().expect("a package has a name").to_owned()
}

fn upward(manifests: &Manifest) -> Vec<String> {
    let layer = |name: &str| LAYERS.iter().find(|(known, _)| *known == name).map(|(_, n)| *n);
    let mut found = Vec::new();
    for (name, dependencies) in manifests.iter().filter(|(name, _)| *name != "tests") {
        let Some(own) = layer(name) else {
            found.push(format!("'{name}' has no layer: give it one in {}", file!()));
            continue;
        };
        let not_below = |other: &&String| layer(other).is_some_and(|layer| layer >= own);
        let arrows = dependencies.iter().filter(not_below);
        found.extend(arrows.map(|other| format!("'{name}' → '{other}' does not point down")));
    }
    found
}

fn misplaced(manifests: &Manifest) -> Vec<String> {
    let mut found = Vec::new();
    for (library, owners) in OWNERS {
        let uses = manifests.iter().filter(|(_, named)| named.contains(library));
        let strangers =
            uses.filter(|(name, _)| *name != "tests" && !owners.contains(&name.as_str()));
        found.extend(strangers.map(|(name, _)| format!("'{name}' depends on '{library}'")));
    }
    found
}

/// Everything a workspace crate reaches through its normal dependencies.
fn reached(metadata: &Value, from: &str) -> BTreeSet<String> {
    let nodes = metadata["resolve"]["nodes"].as_array().expect("a resolved graph");
    let nodes: BTreeMap<_, _> = nodes.iter().filter_map(|n| Some((n["id"].as_str()?, n))).collect();
    let packages = metadata["packages"].as_array().expect("packages");
    let names: BTreeMap<_, _> =
        packages.iter().filter_map(|p| Some((p["id"].as_str()?, p["name"].as_str()?))).collect();
    let start = members(metadata).into_iter().find(|package| package["name"] == from);
    let mut open = vec![start.and_then(|p| p["id"].as_str()).expect("a workspace crate")];
    let mut seen = BTreeSet::new();
    while let Some(id) = open.pop() {
        let links = nodes.get(id).and_then(|node| node["deps"].as_array()).into_iter().flatten();
        let lasting = links.filter(|link| {
            link["dep_kinds"]
                .as_array()
                .is_some_and(|kinds| kinds.iter().any(|k| k["kind"].is_null()))
        });
        let next: Vec<_> = lasting.filter_map(|link| link["pkg"].as_str()).collect();
        open.extend(next.into_iter().filter(|id| seen.insert(*id)));
    }
    seen.into_iter().filter_map(|id| names.get(id).map(|name| (*name).to_owned())).collect()
}

#[test]
fn arrows_between_crates_only_point_down() {
    none(&upward(&manifests(&metadata())));
}

#[test]
fn every_crate_is_in_a_folder_of_its_name() {
    let metadata = metadata();
    let strayed = members(&metadata).into_iter().filter_map(|package| {
        let path = package["manifest_path"].as_str().expect("a path");
        let name = name(package);
        (!path.ends_with(&format!("/{name}/Cargo.toml"))).then(|| format!("'{name}' is in {path}"))
    });
    none(&strayed.collect::<Vec<_>>());
}

#[test]
fn each_door_to_the_world_stands_in_its_own_room() {
    none(&misplaced(&manifests(&metadata())));
}

#[test]
fn pure_crates_reach_no_door_to_the_world() {
    let metadata = metadata();
    let mut found = Vec::new();
    for pure in PURE {
        let reached = reached(&metadata, pure);
        let doors = WORLDLY.iter().filter(|library| reached.contains(**library));
        found.extend(doors.map(|library| format!("'{pure}' reaches '{library}'")));
    }
    none(&found);
    assert!(reached(&metadata, "ingest").contains("tokio"), "the search finds what is there");
}

#[test]
fn a_planted_arrow_and_a_planted_door_are_found() {
    let manifest = |name: &str, named: &str| {
        Manifest::from([(name.to_owned(), BTreeSet::from([named.to_owned()]))])
    };
    assert_eq!(upward(&manifest("quality", "store")).len(), 1);
    assert_eq!(upward(&manifest("store", "pipeline")).len(), 1);
    assert_eq!(upward(&manifest("drawer", "domain")).len(), 1);
    assert_eq!(upward(&manifest("pipeline", "quality")).len(), 0);
    assert_eq!(misplaced(&manifest("server", "rumqttc")).len(), 1);
    assert_eq!(misplaced(&manifest("web", "rusqlite")).len(), 1);
    assert_eq!(misplaced(&manifest("store", "rusqlite")).len(), 0);
}
