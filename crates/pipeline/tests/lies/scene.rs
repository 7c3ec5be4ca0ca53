//! The shipped pack with other stations: its rules, policies, words and parameters as they are; the limits, the levels
//! and the station of Thạnh Hòa moved to where they are wanted, so that what is shipped is what is tried.

use std::path::Path;

use crate::truth::River;
use domain::PackFiles;
use pack::Pack;
use toml::{Table, Value};

/// BĐ1 of the shipped station whose numbers are taken.
const MODEL: (&str, f64) = ("thanh-hoa", 6.0);
/// Keys of the limits that are heights above the datum, so that they move with it.
const HEIGHTS: [&str; 6] = [
    "fail_min",
    "fail_max",
    "suspect_min",
    "suspect_max",
    "ignore_at_or_below",
    "ignore_at_or_above",
];

/// A station of a scene.
#[derive(Debug, Clone)]
pub(crate) struct Gauge {
    pub(crate) id: &'static str,
    pub(crate) river: Option<&'static str>,
    pub(crate) basin: Option<&'static str>,
    pub(crate) parameters: &'static [&'static str],
    pub(crate) sensors: &'static [&'static str],
    pub(crate) downstream: Option<&'static str>,
    /// Its BĐ1, m; the others are one and two metres above.
    pub(crate) bd1: Option<f64>,
    /// Interval and `silent_after` when they are not the shipped ones.
    pub(crate) interval: Option<(&'static str, &'static str)>,
}

/// Somewhere else in the province, heard all the time, so that the intake lives.
pub(crate) const WITNESS: Gauge = Gauge {
    id: "nhan-chung",
    river: Some("song-khac"),
    basin: None,
    parameters: &["water_level"],
    sensors: &[],
    downstream: None,
    bd1: Some(5.0),
    interval: None,
};

/// The gauge that is tried.
pub(crate) const TRIED: Gauge = Gauge { id: "tram", river: Some("song"), ..WITNESS };

/// The gauges above and below it on its river, an hour away each.
pub(crate) const ABOVE: Gauge =
    Gauge { id: "tren", downstream: Some("tram"), bd1: Some(15.0), ..TRIED };
pub(crate) const BELOW: Gauge = Gauge { id: "duoi", bd1: Some(3.0), ..TRIED };

/// A rain gauge.
pub(crate) const BUCKET: Gauge = Gauge {
    id: "mua-1",
    river: None,
    basin: Some("vung"),
    parameters: &["rain", "rain_counter"],
    bd1: None,
    ..WITNESS
};

/// The shipped pack with these stations.
pub(crate) fn pack(gauges: &[Gauge], river: River) -> PackFiles {
    let mut files = PackFiles::new();
    for name in ["pack", "parameters", "rules", "policy", "beaufort", "texts.vi", "texts.en"] {
        let name = format!("{name}.toml");
        files.insert(name.clone(), shipped(&name));
    }
    for name in ["agencies.toml", "recipients.toml"] {
        files.insert(name.to_owned(), shipped(name));
    }
    files.insert("areas.toml".to_owned(), String::new());
    files.insert("stations.toml".to_owned(), stations(gauges));
    files.insert("basins.toml".to_owned(), basins(gauges));
    files.insert("levels.toml".to_owned(), levels(gauges));
    files.insert("quality.toml".to_owned(), quality(gauges, river));
    files.insert("episodes.toml".to_owned(), episodes(gauges));
    if let Err(faults) = Pack::parse(&files) {
        panic!("{}", faults.iter().map(|fault| format!("{fault}\n")).collect::<String>());
    }
    files
}

fn shipped(name: &str) -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../config/binh-dinh");
    std::fs::read_to_string(folder.join(name)).expect("the shipped pack is there")
}

fn entries(file: &str, kind: &str) -> Vec<Table> {
    let text: Table = shipped(file).parse().expect("the shipped pack is TOML");
    let list = text.get(kind).and_then(Value::as_array).expect("the shipped file has entries");
    list.iter().filter_map(Value::as_table).cloned().collect()
}

/// The entries as a file.
fn file(lists: Vec<(&str, Vec<Table>)>) -> String {
    let list = |(kind, tables): (&str, Vec<Table>)| {
        (kind.to_owned(), Value::Array(tables.into_iter().map(Value::Table).collect()))
    };
    lists
        .into_iter()
        .filter(|(_, tables)| !tables.is_empty())
        .map(list)
        .collect::<Table>()
        .to_string()
}

fn text(table: &mut Table, key: &str, value: &str) {
    table.insert(key.to_owned(), Value::String(value.to_owned()));
}

fn texts(table: &mut Table, key: &str, values: &[&str]) {
    let values = values.iter().map(|value| Value::String((*value).to_owned())).collect();
    table.insert(key.to_owned(), Value::Array(values));
}

fn is(table: &Table, key: &str, value: &str) -> bool {
    table.get(key).and_then(Value::as_str) == Some(value)
}

fn names(gauges: &[Gauge], of: impl Fn(&Gauge) -> Option<&'static str>) -> Vec<&'static str> {
    let mut names: Vec<_> = gauges.iter().filter_map(of).collect();
    names.sort_unstable();
    names.dedup();
    names
}

fn stations(gauges: &[Gauge]) -> String {
    let model = entries("stations.toml", "station").into_iter().find(|s| is(s, "id", MODEL.0));
    let model = model.expect("the model is shipped");
    let like = entries("stations.toml", "river").into_iter().find(|river| is(river, "id", "kon"));
    let like = like.expect("its river is shipped");
    let river = |id: &&str| {
        let mut river = like.clone();
        text(&mut river, "id", id);
        text(&mut river, "name", &format!("sông {id}"));
        river
    };
    let station = |gauge: &Gauge| {
        let mut station = model.clone();
        for key in ["areas", "river", "basin", "downstream", "lat", "lon", "position_source"] {
            station.remove(key);
        }
        text(&mut station, "id", gauge.id);
        text(&mut station, "name", gauge.id);
        texts(&mut station, "parameters", gauge.parameters);
        texts(&mut station, "sensors", gauge.sensors);
        let named =
            [("river", gauge.river), ("basin", gauge.basin), ("downstream", gauge.downstream)];
        for (key, value) in named.iter().filter_map(|(key, value)| Some((key, (*value)?))) {
            text(&mut station, key, value);
        }
        if let Some((interval, silent)) = gauge.interval {
            text(&mut station, "interval", interval);
            text(&mut station, "silent_after", silent);
        }
        station
    };
    let rivers = names(gauges, |gauge| gauge.river).iter().map(river).collect();
    file(vec![("river", rivers), ("station", gauges.iter().map(station).collect())])
}

fn basins(gauges: &[Gauge]) -> String {
    let like = entries("basins.toml", "basin").swap_remove(0);
    let basin = |id: &&str| {
        let mut basin = like.clone();
        text(&mut basin, "id", id);
        text(&mut basin, "name", id);
        basin
    };
    file(vec![("basin", names(gauges, |gauge| gauge.basin).iter().map(basin).collect())])
}

fn levels(gauges: &[Gauge]) -> String {
    let all = entries("levels.toml", "level");
    let model = |level: i64| {
        let mine = all.iter().find(|entry| {
            is(entry, "station", MODEL.0)
                && entry.get("level").and_then(Value::as_integer) == Some(level)
        });
        mine.expect("the model has three levels").clone()
    };
    let mut levels = Vec::new();
    for (gauge, bd1) in gauges.iter().filter_map(|gauge| Some((gauge, gauge.bd1?))) {
        for level in 1..=3 {
            let mut entry = model(level);
            for key in ["valid_from", "valid_to", "impacts"] {
                entry.remove(key);
            }
            text(&mut entry, "station", gauge.id);
            entry.insert("value".to_owned(), Value::Float(bd1 + (level - 1) as f64));
            levels.push(entry);
        }
    }
    file(vec![("level", levels)])
}

fn quality(gauges: &[Gauge], river: River) -> String {
    let all = entries("quality.toml", "limits");
    let of = |entry: &Table, id: &str| {
        let stations = entry.get("stations").and_then(Value::as_array);
        stations.is_some_and(|list| list.iter().any(|one| one.as_str() == Some(id)))
    };
    let model = all.iter().find(|entry| of(entry, MODEL.0)).expect("the model has limits").clone();
    // How fast a river falls is its own; a quick one has the limit of the upper rivers.
    let falls = if river == River::Quick { "van-canh" } else { MODEL.0 };
    let falls = all.iter().find(|entry| of(entry, falls)).and_then(recession).cloned();
    let mut limits = Vec::new();
    for (gauge, bd1) in gauges.iter().filter_map(|gauge| Some((gauge, gauge.bd1?))) {
        let mut entry = model.clone();
        texts(&mut entry, "stations", &[gauge.id]);
        if let (Some(limits), Some(falls)) = (of_entry(&mut entry), &falls) {
            limits.insert("recession".to_owned(), falls.clone());
        }
        moved(&mut entry, bd1 - MODEL.1);
        limits.push(entry);
    }
    limits.extend(all.into_iter().filter(|entry| !entry.contains_key("stations")));
    file(vec![("limits", limits)])
}

fn recession(entry: &Table) -> Option<&Value> {
    entry.get("limits")?.get("recession")
}

fn of_entry(entry: &mut Table) -> Option<&mut Table> {
    entry.get_mut("limits")?.as_table_mut()
}

/// Moves every height of a table, however deep it lies.
fn moved(table: &mut Table, by: f64) {
    for (key, value) in table {
        match value {
            Value::Table(inner) => moved(inner, by),
            Value::Float(height) if HEIGHTS.contains(&key.as_str()) => {
                *height = ((*height + by) * 100.0).round() / 100.0;
            }
            _ => {}
        }
    }
}

/// A flood warning for each river; the rest as shipped, for everywhere.
fn episodes(gauges: &[Gauge]) -> String {
    let all = entries("episodes.toml", "episode");
    let everywhere = |hazard: &str| {
        let mut mine =
            all.iter().filter(|e| is(e, "hazard", hazard) && e.contains_key("all")).cloned();
        let mut entry = mine.next().expect("a hazard has an episode for everywhere");
        for key in ["areas", "rivers", "basins"] {
            entry.remove(key);
        }
        entry
    };
    let mut episodes: Vec<Table> = Vec::new();
    for river in names(gauges, |gauge| gauge.river) {
        let mut entry = everywhere("flood");
        entry.remove("all");
        text(&mut entry, "id", river);
        texts(&mut entry, "rivers", &[river]);
        episodes.push(entry);
    }
    episodes.extend(["flood", "rain", "storm", "technical"].map(everywhere));
    file(vec![("episode", episodes)])
}
