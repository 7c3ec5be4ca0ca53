//! Packs of any size, made from the shipped one: its parameters, words and forces; invented stations.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

/// The shipped pack.
#[must_use]
pub fn shipped() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../config/binh-dinh")
}

/// How a generated pack shall be.
#[derive(Debug, Clone)]
pub struct Wish {
    /// How many stations, named `t0000`, `t0001` …, ten to a basin; each with a river of its own.
    pub stations: usize,
    /// Reporting interval, as written in a pack.
    pub interval: String,
    /// Báo động 1–3 of every station, m.
    pub levels: [f64; 3],
    /// `[limits.limits.…]` tables of the water level.
    pub limits: String,
    /// Where the committee's webhook is, if there is one.
    pub webhook: Option<String>,
    /// Levels from which drafts go out by themselves at once.
    pub auto_issue: bool,
    /// Whether warnings end by themselves at once when their alarms have ended.
    pub auto_end: bool,
    /// `max_gap` and `clear_hold` of the stage rule.
    pub max_gap: String,
    /// Keys of `pack.toml` to set, as TOML: `late_after = "365d"`.
    pub about: String,
}

impl Default for Wish {
    fn default() -> Self {
        Self {
            stations: 10,
            interval: "10min".to_owned(),
            levels: [6.0, 7.0, 8.0],
            limits: "[limits.limits.gross]\nfail_min = -5.0\nfail_max = 50.0\n".to_owned(),
            webhook: None,
            auto_issue: false,
            auto_end: false,
            max_gap: "1h".to_owned(),
            about: String::new(),
        }
    }
}

/// The name of station `n`.
#[must_use]
pub fn station(n: usize) -> String {
    format!("t{n:04}")
}

/// Writes the pack into a folder.
///
/// # Panics
/// When the folder cannot be written or the shipped pack cannot be read.
pub fn write(folder: &Path, wish: &Wish) {
    fs::create_dir_all(folder).expect("the folder can be made");
    for name in ["parameters.toml", "beaufort.toml", "texts.vi.toml", "texts.en.toml"] {
        fs::copy(shipped().join(name), folder.join(name)).expect("the shipped pack is there");
    }
    let put = |name: &str, text: String| {
        fs::write(folder.join(name), text).expect("the folder can be written");
    };
    put("pack.toml", about(wish));
    put("stations.toml", stations(wish));
    put("basins.toml", basins(wish));
    put("levels.toml", levels(wish));
    put("quality.toml", quality(wish));
    put("rules.toml", rules(wish));
    put("episodes.toml", episodes(wish));
    put("areas.toml", String::new());
    put("agencies.toml", String::new());
    put("policy.toml", policy(wish));
    put("recipients.toml", recipients(wish));
}

fn about(wish: &Wish) -> String {
    let text = fs::read_to_string(shipped().join("pack.toml")).expect("the shipped pack is there");
    let mut table: toml::Table = text.parse().expect("the shipped pack is valid");
    let changes: toml::Table = wish.about.parse().expect("the wish is TOML");
    table.extend(changes);
    table.to_string()
}

fn stations(wish: &Wish) -> String {
    let mut text = String::new();
    for n in 0..wish.stations {
        let (id, basin) = (station(n), n / 10);
        let _ = write!(
            text,
            "[[river]]\nid = \"r{n:04}\"\nname = \"sông {n}\"\n[[station]]\nid = \"{id}\"\nname = \"Trạm {n}\"\n\
             river = \"r{n:04}\"\nbasin = \"b{basin:03}\"\nparameters = [\"water_level\", \"rain\", \
             \"wind_speed\", \"wind_gust\", \"air_temperature\", \"battery\"]\ninterval = \"{}\"\n\
             silent_after = \"7d\"\nsource = \"invented\"\n",
            wish.interval
        );
    }
    text
}

fn basins(wish: &Wish) -> String {
    let basin = |n: usize| {
        format!(
            "[[basin]]\nid = \"b{n:03}\"\nname = \"lưu vực {n}\"\narea_km2 = 100.0\nquorum = 0.5\nstep = \"10min\"\n\
             source = \"invented\"\n"
        )
    };
    (0..wish.stations.div_ceil(10)).map(basin).collect()
}

fn levels(wish: &Wish) -> String {
    let mut text = String::new();
    for n in 0..wish.stations {
        for (index, value) in wish.levels.iter().enumerate() {
            let level = index + 1;
            let _ = write!(
                text,
                "[[level]]\nstation = \"{}\"\nparameter = \"water_level\"\nlevel = {level}\nname = \"BĐ{level}\"\n\
                 value = {value:?}\nsource = \"invented\"\nconfidence = \"L\"\n",
                station(n)
            );
        }
    }
    text
}

fn quality(wish: &Wish) -> String {
    let simple = |parameter: &str, most: f64| {
        format!(
            "[[limits]]\nparameter = \"{parameter}\"\nsource = \"invented\"\n[limits.limits.gross]\nfail_min = -50.0\n\
             fail_max = {most:?}\n[limits.limits.rate]\nsuspect = 500.0\nper = \"10min\"\n\
             [limits.limits.spike]\nsuspect = 500.0\n"
        )
    };
    let level =
        format!("[[limits]]\nparameter = \"water_level\"\nsource = \"invented\"\n{}", wish.limits);
    let others = [
        ("rain", 150.0),
        ("wind_speed", 75.0),
        ("wind_gust", 90.0),
        ("air_temperature", 50.0),
        ("battery", 30.0),
    ];
    level + &others.map(|(parameter, most)| simple(parameter, most)).concat()
}

fn rules(wish: &Wish) -> String {
    let gap = &wish.max_gap;
    format!(
        r#"
[[rule]]
id = "flood-stage"
name_vi = "Mực nước theo báo động"
name_en = "Stage"
hazard = "flood"
source = "invented"
[rule.watch]
kind = "threshold"
parameter = "water_level"
clear_margin = 0.1
clear_hold = "{gap}"
max_gap = "{gap}"
confirm_readings = 3
[[rule]]
id = "history"
name_vi = "Kho lưu trữ"
name_en = "History"
hazard = "technical"
source = "invented"
[rule.watch]
kind = "history"
[[rule]]
id = "rain-1h"
name_vi = "Mưa 1 giờ"
name_en = "Rain 1 h"
hazard = "rain"
source = "invented"
[rule.watch]
kind = "threshold"
parameter = "rain_1h"
levels = [{{ level = 1, name = "100 mm/h", raise = 100.0, clear = 80.0 }}]
clear_hold = "1h"
max_gap = "{gap}"
[[rule]]
id = "wind"
name_vi = "Gió"
name_en = "Wind"
hazard = "storm"
source = "invented"
[rule.watch]
kind = "threshold"
parameter = "gust_force"
levels = [{{ level = 2, name = "cấp 12", raise = 12.0, clear = 10.0 }}]
clear_hold = "1h"
max_gap = "{gap}"
[[rule]]
id = "station"
name_vi = "Trạm"
name_en = "Station"
hazard = "technical"
source = "invented"
[rule.watch]
kind = "station"
"#
    )
}

fn episodes(wish: &Wish) -> String {
    let flood = |n: usize| {
        format!(
            "[[episode]]\nid = \"song-{n:04}\"\nname_vi = \"sông {n}\"\nname_en = \"river {n}\"\nhazard = \"flood\"\n\
             rivers = [\"r{n:04}\"]\n"
        )
    };
    let all = |hazard: &str| {
        format!(
            "[[episode]]\nid = \"{hazard}\"\nname_vi = \"{hazard}\"\nname_en = \"{hazard}\"\nhazard = \"{hazard}\"\n\
             all = true\n"
        )
    };
    let floods: String = (0..wish.stations).map(flood).collect();
    floods + &["rain", "storm", "technical"].map(all).concat()
}

fn policy(wish: &Wish) -> String {
    let auto = if wish.auto_issue {
        "auto_issue_after = \"0s\"\nauto_issue_in_exercise = true\n"
    } else {
        ""
    };
    let end = if wish.auto_end { "auto_end_after = \"0s\"\n" } else { "" };
    let one = |hazard: &str| {
        format!(
            "[[policy]]\nhazard = \"{hazard}\"\nlevel = 1\nexpires_after = \"30d\"\n{auto}{end}"
        )
    };
    ["flood", "rain", "storm", "technical"].map(one).concat()
}

/// A pack needs somebody who decides; ours is told of nothing, so that what is delivered can be counted.
fn recipients(wish: &Wish) -> String {
    ["actual", "exercise"]
        .map(|realm| {
            let duty = format!(
                "[[{realm}]]\nid = \"duty\"\nname = \"Duty\"\nrole = \"duty_officer\"\nmin_level = 9\n\
                 channels = [{{ kind = \"email\", address = \"duty@{realm}.example.org\" }}]\n"
            );
            let collector = wish.webhook.as_ref().map_or(String::new(), |url| {
                format!(
                    "[[{realm}]]\nid = \"collector\"\nname = \"Collector\"\nrole = \"committee\"\n\
                     channels = [{{ kind = \"webhook\", url = \"{url}/{realm}\", secret = \"collector\" }}]\n"
                )
            });
            duty + &collector
        })
        .concat()
}
