//! Three recorded floods through `quantrac simulate` and the real server: no flood is silenced, none is invented, and
//! `tests/README.md` tells what came out, and what it costs that nothing but water that fell lowers a level.
//!
//! What should be raised is worked out here, from the records alone.
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test may fail, and tells its table"
)]

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use domain::{Span, Time};
use serde_json::Value;
use tests::http::items;
use tests::pack::{self, Wish};
use tests::server::Installation;

/// Hours without a value, or below, that the rule allows; as in [`rules`].
const HOLD: Span = Span::hours(3);

struct Flood {
    name: &'static str,
    file: &'static str,
    time: &'static str,
    utc_offset: i64,
    from: &'static str,
    to: &'static str,
    gauges: &'static [Gauge],
    /// Stations that only measure rain.
    rain: &'static [&'static str],
}

struct Gauge {
    station: &'static str,
    column: &'static str,
    parameter: &'static str,
    /// Column's unit in the parameter's.
    scale: f64,
    levels: &'static [f64],
    margin: f64,
    limits: &'static str,
}

const STAGE: &str = "gross = { fail_min = -5.0, fail_max = 20.0 }\nrate = { suspect = 0.5, per = \"1h\", tolerance = 0.2 }\n\
                     spike = { suspect = 0.3 }\n";
const FLOW: &str = "gross = { fail_min = 0.0, fail_max = 20000.0 }\n\
                    rate = { suspect = 60.0, per = \"1h\", tolerance = 20.0 }\nspike = { suspect = 40.0 }\n";

const fn stage(station: &'static str, column: &'static str, levels: &'static [f64]) -> Gauge {
    Gauge {
        station,
        column,
        parameter: "water_level",
        scale: 1.0,
        levels,
        margin: 0.1,
        limits: STAGE,
    }
}

const WANGSUK: Flood = Flood {
    name: "wangsuk",
    file: "korea_wangsuk/wangsuk_hourly.csv",
    time: "time_kst",
    utc_offset: 9,
    from: "2016-06-01T00:00:00+09:00",
    to: "2020-09-01T00:00:00+09:00",
    // Jingwan's are official; the others were chosen for this test.
    gauges: &[
        stage("wangsuk-bupyeong", "wl_bupyeong_m", &[1.2, 2.0]),
        stage("wangsuk-naegok", "wl_naegok_m", &[2.0, 3.5]),
        stage("wangsuk-jingwan", "wl_jingwan_m", &[2.0, 3.0]),
    ],
    rain: &["wangsuk-jinjeop"],
};

const KENDUSKEAG: Flood = Flood {
    name: "usgs-keag",
    file: "flowforecast_usgs/01037000_kenduskeag_stream_hourly.csv",
    time: "time_local",
    utc_offset: -5,
    from: "2014-05-01T00:00:00-05:00",
    to: "2016-07-01T00:00:00-05:00",
    gauges: &[Gauge { scale: 0.3048, ..stage("usgs-keag", "gage_height_ft", &[1.8, 2.1, 2.7]) }],
    rain: &[],
};

const AIRGR: Flood = Flood {
    name: "airgr",
    file: "airgr_L0123003/L0123003_hourly.csv",
    time: "time",
    utc_offset: 0,
    from: "2004-01-01T00:00:00+00:00",
    to: "2009-01-01T00:00:00+00:00",
    gauges: &[Gauge {
        station: "airgr",
        column: "Q_ls",
        parameter: "discharge",
        scale: 0.001,
        levels: &[200.0, 400.0, 800.0],
        margin: 10.0,
        limits: FLOW,
    }],
    rain: &[],
};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn recorded_floods_are_neither_silenced_nor_invented() {
    let Some(floods) = floods() else { return };
    let mut table = String::new();
    for flood in [WANGSUK, KENDUSKEAG, AIRGR] {
        table += &replayed(&flood, &floods).await;
    }
    println!("{table}");
    let told = fs::read_to_string(root().join("tests/README.md")).unwrap();
    for line in table.lines() {
        assert!(told.contains(line), "tests/README.md has not the line that came out:\n{line}");
    }
}

/// The shared data; `.ci/run` makes sure that they are there.
fn floods() -> Option<PathBuf> {
    let floods = root().join("../shared/data/floods");
    let there = floods.is_dir();
    if !there {
        println!("not checked: '{}' is absent", floods.display());
    }
    there.then_some(floods)
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_path_buf()
}

/// Publishes a flood and gives the lines of the table.
async fn replayed(flood: &Flood, floods: &Path) -> String {
    let mut installation = Installation::new();
    write_pack(&installation.pack(), flood);
    let settings = installation.folder.path().join("settings.toml");
    fs::write(&settings, "[broker]\nmessages_per_second = 10000\nburst_messages = 10000\n")
        .unwrap();
    installation.arguments = vec!["--settings".to_owned(), settings.display().to_string()];
    let server = installation.start().await.unwrap();
    let broker = format!("mqtt://{}", installation.mqtt);
    let (data, floods_shown) =
        (installation.data().display().to_string(), floods.display().to_string());
    let arguments = [
        "simulate",
        "--broker",
        &broker,
        "--register",
        &data,
        "--flood",
        flood.name,
        "--floods",
        &floods_shown,
        "--from",
        flood.from,
        "--to",
        flood.to,
    ];
    println!("{}", installation.run(&arguments).unwrap());
    let transitions = items(&installation.base(), "/api/v1/transitions?limit=1000").await.unwrap();
    server.stop().await.unwrap();
    // From the ledger: the public API does not show what waits for a decision.
    let reader = store::Reader::open(&installation.ledger()).unwrap();
    let warnings = reader.warnings(false, None, 10_000).unwrap();
    let mut lines = String::new();
    for gauge in flood.gauges {
        let record = record(&floods.join(flood.file), flood, gauge);
        let alarms = alarms(&transitions, gauge);
        let mine = format!("song-{}", gauge.station);
        let warned = warnings.iter().filter(|w| w.episode.as_str() == mine).count();
        for (index, level) in gauge.levels.iter().enumerate() {
            lines += &judged(flood, gauge, index + 1, *level, &record, &alarms, warned);
            lines += &cost(flood, gauge, index + 1, *level, &record, &alarms);
        }
    }
    lines
}

/// One reading of the record.
#[derive(Clone, Copy)]
struct Reading {
    at: Time,
    value: f64,
}

/// One change of the rule: when, to which level, provisional or not.
#[derive(Clone, Copy)]
struct Alarm {
    at: Time,
    level: usize,
    provisional: bool,
}

/// What came out for one level: the line of the table.
fn judged(
    flood: &Flood,
    gauge: &Gauge,
    number: usize,
    level: f64,
    record: &[Reading],
    alarms: &[Alarm],
    warned: usize,
) -> String {
    let raised = |at: Time| {
        alarms.iter().rev().find(|alarm| alarm.at <= at).is_some_and(|alarm| alarm.level >= number)
    };
    let over: Vec<Time> = record.iter().filter(|r| r.value >= level).map(|r| r.at).collect();
    let missed = over.iter().filter(|at| !raised(**at)).count();
    let starts = starts(alarms, number);
    let invented = starts.iter().filter(|start| !over.contains(&start.at)).count();
    let crossings = crossings(record, level, gauge.margin);
    let told = (gauge.station, number);
    assert_eq!((told, missed, invented), (told, 0, 0), "hours without alarm, alarms without value");
    assert_eq!((told, starts.len()), (told, crossings.len()), "alarms and crossings");
    let late = crossings.iter().zip(&starts).map(|(crossed, start)| start.at - *crossed).max();
    let late = late.map_or(0, |late| late.millis() / 60_000);
    let provisional = starts.iter().filter(|start| start.provisional).count();
    format!(
        "| {} | {} | {number}: {level} | {} | {} | {provisional} | {missed} | {invented} | {late} min | {warned} |\n",
        flood.name,
        gauge.station,
        crossings.len(),
        starts.len(),
    )
}

/// What caution costs: how many alarms of a level ended later than the record alone says (below the margin for the hold), by
/// how many hours at most and together, and how many never became sure and waited for a person.
fn cost(
    flood: &Flood,
    gauge: &Gauge,
    number: usize,
    level: f64,
    record: &[Reading],
    alarms: &[Alarm],
) -> String {
    let (mut later, mut unsure) = (Vec::new(), 0);
    for start in starts(alarms, number) {
        let until = alarms.iter().find(|alarm| alarm.at > start.at && alarm.level < number);
        let end = until.map(|alarm| alarm.at);
        let during = alarms.iter().filter(|a| a.at >= start.at && end.is_none_or(|end| a.at < end));
        let sure = during.into_iter().any(|alarm| alarm.level >= number && !alarm.provisional);
        unsure += usize::from(!sure);
        let expected = below(record, level - gauge.margin, start.at);
        let hours = end.zip(expected).map(|(end, expected)| (end - expected).millis() / 3_600_000);
        later.extend(hours.filter(|hours| *hours > 0));
    }
    format!(
        "| {} | {} | {number} | {} | {} h | {} h | {unsure} |\n",
        flood.name,
        gauge.station,
        later.len(),
        later.iter().max().unwrap_or(&0),
        later.iter().sum::<i64>(),
    )
}

/// When a record had been below a stage for the hold, without a gap, after a time.
fn below(record: &[Reading], stage: f64, after: Time) -> Option<Time> {
    let (mut since, mut last) = (None, None::<Time>);
    for reading in record.iter().filter(|reading| reading.at > after) {
        let gap = last.is_some_and(|last| reading.at - last > HOLD);
        last = Some(reading.at);
        since = since.filter(|_| !gap && reading.value < stage);
        if reading.value < stage {
            let since = *since.get_or_insert(reading.at);
            if reading.at - since >= HOLD {
                return Some(reading.at);
            }
        }
    }
    None
}

/// The alarms that reached a level from below it.
fn starts(alarms: &[Alarm], number: usize) -> Vec<Alarm> {
    let before = std::iter::once(0).chain(alarms.iter().map(|alarm| alarm.level));
    let rising = before.zip(alarms).filter(|(before, now)| *before < number && now.level >= number);
    rising.map(|(_, alarm)| *alarm).collect()
}

/// When the record reached a level anew: after it had been below by the margin for the hold, without a gap.
fn crossings(record: &[Reading], level: f64, margin: f64) -> Vec<Time> {
    let (mut found, mut over, mut under, mut last) =
        (Vec::new(), false, None::<Time>, None::<Time>);
    for reading in record {
        let gap = last.is_some_and(|last| reading.at - last > HOLD);
        if gap || reading.value >= level - margin {
            under = None;
        }
        if reading.value >= level {
            if !over {
                found.push(reading.at);
            }
            over = true;
        } else if reading.value < level - margin {
            let since = *under.get_or_insert(reading.at);
            over &= reading.at - since < HOLD;
        }
        last = Some(reading.at);
    }
    found
}

fn record(file: &Path, flood: &Flood, gauge: &Gauge) -> Vec<Reading> {
    let text = fs::read_to_string(file).unwrap();
    let heading: Vec<&str> = text.lines().next().unwrap().split(',').collect();
    let place = |name: &str| heading.iter().position(|column| *column == name).unwrap();
    let (time, value) = (place(flood.time), place(gauge.column));
    let (from, to): (Time, Time) = (flood.from.parse().unwrap(), flood.to.parse().unwrap());
    let reading = |line: &str| {
        let cells: Vec<&str> = line.split(',').collect();
        let at: Time = format!("{}Z", cells[time].replace(' ', "T")).parse().unwrap();
        let at = at - Span::hours(flood.utc_offset);
        let number: f64 = cells[value].parse().ok().filter(|number: &f64| number.is_finite())?;
        (from <= at && at < to).then_some(Reading { at, value: number * gauge.scale })
    };
    let mut record: Vec<Reading> = text.lines().skip(1).filter_map(reading).collect();
    record.sort_by_key(|reading| reading.at);
    // Of an hour that summer time repeats, the first value came first; the second is a correction of the past.
    record.dedup_by_key(|reading| reading.at);
    record
}

fn alarms(transitions: &[Value], gauge: &Gauge) -> Vec<Alarm> {
    let mine = |item: &&Value| {
        item["rule"] == "level" && item["target"] == gauge.station && item["late"] == false
    };
    let alarm = |item: &Value| Alarm {
        at: item["at"].as_str().unwrap().parse().unwrap(),
        level: item["to"]["level"].as_u64().map_or(0, |level| usize::try_from(level).unwrap()),
        provisional: item["provisional"] == true,
    };
    transitions.iter().filter(mine).map(alarm).collect()
}

/// A pack for the gauges of a flood, with quality limits that doubt a flash flood.
fn write_pack(folder: &Path, flood: &Flood) {
    let about = "reorder_hold = \"0s\"\nlate_after = \"36500d\"\nclock_tolerance = \"36500d\"\n\
                 oldest = \"2000-01-01T00:00:00+07:00\"\n";
    pack::write(folder, &Wish { stations: 0, about: about.to_owned(), ..Wish::default() });
    let put = |name: &str, text: &str| fs::write(folder.join(name), text).unwrap();
    let (mut stations, mut levels, mut episodes) = (String::new(), String::new(), String::new());
    for gauge in flood.gauges {
        let (id, parameter) = (gauge.station, gauge.parameter);
        let more = ["usgs-keag", "wangsuk-jingwan", "airgr"].map(|with| match (with == id, id) {
            (true, "usgs-keag") => ", \"discharge\"",
            (true, _) => ", \"rain\"",
            _ => "",
        });
        let _ = write!(
            stations,
            "[[river]]\nid = \"{id}\"\nname = \"{id}\"\n[[station]]\nid = \"{id}\"\nname = \"{id}\"\nriver = \"{id}\"\n\
             parameters = [\"{parameter}\"{}]\ninterval = \"1h\"\nsilent_after = \"36500d\"\nsource = \"test\"\n",
            more.concat()
        );
        let _ = write!(
            episodes,
            "[[episode]]\nid = \"song-{id}\"\nname_vi = \"{id}\"\nname_en = \"{id}\"\nhazard = \"flood\"\nrivers = [\"{id}\"]\n"
        );
        for (index, value) in gauge.levels.iter().enumerate() {
            let level = index + 1;
            let _ = write!(
                levels,
                "[[level]]\nstation = \"{id}\"\nparameter = \"{parameter}\"\nlevel = {level}\nname = \"BĐ{level}\"\n\
                 value = {value:?}\nsource = \"test\"\nconfidence = \"L\"\n"
            );
        }
    }
    for id in flood.rain {
        let _ = write!(
            stations,
            "[[station]]\nid = \"{id}\"\nname = \"{id}\"\nparameters = [\"rain\"]\ninterval = \"1h\"\n\
             silent_after = \"36500d\"\nsource = \"test\"\n"
        );
    }
    let gauge = &flood.gauges[0];
    episodes += "[[episode]]\nid = \"technical\"\nname_vi = \"x\"\nname_en = \"x\"\nhazard = \"technical\"\nall = true\n";
    put("stations.toml", &stations);
    put("basins.toml", "");
    put("levels.toml", &levels);
    put("episodes.toml", &episodes);
    put("quality.toml", &limits(gauge));
    put("rules.toml", &rules(gauge));
}

fn limits(gauge: &Gauge) -> String {
    let of = |parameter: &str, limits: &str| {
        format!(
            "[[limits]]\nparameter = \"{parameter}\"\nsource = \"test\"\n[limits.limits]\n{limits}"
        )
    };
    let rain = of("rain", "gross = { fail_min = 0.0, fail_max = 300.0 }\n");
    of(gauge.parameter, gauge.limits) + &rain
}

fn rules(gauge: &Gauge) -> String {
    format!(
        "[[rule]]\nid = \"level\"\nname_vi = \"x\"\nname_en = \"x\"\nhazard = \"flood\"\nsource = \"test\"\n[rule.watch]\n\
         kind = \"threshold\"\nparameter = \"{}\"\nclear_margin = {}\nclear_hold = \"3h\"\nmax_gap = \"3h\"\n\
         confirm_readings = 3\n",
        gauge.parameter, gauge.margin
    )
}
