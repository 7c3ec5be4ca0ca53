//! The boards as they are committed, and what Grafana makes of a query before it asks it.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use domain::Time;
use serde_json::Value;

/// `dashboards/grafana`.
pub(crate) fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().join("dashboards/grafana")
}

/// Every board: name of its file, and the model.
pub(crate) fn boards() -> BTreeMap<String, Value> {
    let listed = fs::read_dir(folder().join("boards")).unwrap().map(|entry| entry.unwrap().path());
    let read = |path: PathBuf| {
        let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
        (name, serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap())
    };
    let boards: BTreeMap<_, _> = listed.map(read).collect();
    assert_eq!(boards.len(), 6, "the boards are found");
    boards
}

/// Every panel, those under a closed row too.
pub(crate) fn panels(board: &Value) -> Vec<&Value> {
    let own = board["panels"].as_array().unwrap().iter();
    own.flat_map(|panel| std::iter::once(panel).chain(array(&panel["panels"]))).collect()
}

/// The items, or none.
pub(crate) fn array(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

/// Variables of a board.
pub(crate) fn variables(board: &Value) -> impl Iterator<Item = &Value> {
    array(&board["templating"]["list"])
}

/// A text, which must be one.
pub(crate) fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_else(|| panic!("no text: {value}"))
}

/// What the person in front of the board has chosen.
#[derive(Debug, Clone)]
pub(crate) struct Chosen {
    pub(crate) from: Time,
    pub(crate) to: Time,
    /// Grafana's interval, as Go writes durations: `10m0s`.
    pub(crate) interval: &'static str,
    /// Value of `store`.
    pub(crate) store: &'static str,
    /// Values of `station`; none = all of them.
    pub(crate) stations: Vec<String>,
}

impl Chosen {
    /// Whether the station is drawn.
    pub(crate) fn takes(&self, station: &str) -> bool {
        self.stations.is_empty() || self.stations.iter().any(|one| one == station)
    }

    pub(crate) fn holds(&self, at: i64) -> bool {
        (self.from.millis()..self.to.millis()).contains(&at)
    }

    /// Within so many days before the end.
    pub(crate) fn just_before(&self, days: i64, at: i64) -> bool {
        let to = self.to.millis();
        (to - days * 86_400_000..to).contains(&at)
    }

    /// `v.windowPeriod` in ms.
    pub(crate) fn period(&self) -> i64 {
        let parts = self.interval.split_inclusive(char::is_alphabetic);
        let one = |part: &str| {
            let (count, unit) = part.split_at(part.len() - 1);
            let unit = match unit {
                "s" => 1_000,
                "m" => 60_000,
                "h" => 3_600_000,
                other => panic!("no unit of Go: {other}"),
            };
            count.parse::<i64>().unwrap() * unit
        };
        parts.map(one).sum()
    }
}

/// The interval that Grafana gives a panel: its range in as many pieces as it has points, rounded as Grafana rounds, and
/// at least what the panel wants.
pub(crate) fn interval(panel: &Value, from: Time, to: Time) -> &'static str {
    const STEPS: [(i64, i64, &str); 15] = [
        (7, 5, "5s"),
        (12, 10, "10s"),
        (17, 15, "15s"),
        (25, 20, "20s"),
        (45, 30, "30s"),
        (90, 60, "1m0s"),
        (210, 120, "2m0s"),
        (450, 300, "5m0s"),
        (750, 600, "10m0s"),
        (1_050, 900, "15m0s"),
        (1_500, 1_200, "20m0s"),
        (2_700, 1_800, "30m0s"),
        (5_400, 3_600, "1h0m0s"),
        (9_000, 7_200, "2h0m0s"),
        (86_400, 43_200, "12h0m0s"),
    ];
    let points = panel["maxDataPoints"].as_i64().unwrap_or(1_500);
    let raw = (to - from).millis() / points / 1_000;
    let wanted = match panel["interval"].as_str() {
        None => 0,
        Some("1m") => 60,
        Some("10m") => 600,
        Some("1h") => 3_600,
        Some("1d") => return "24h0m0s",
        Some(other) => panic!("no interval: {other}"),
    };
    let fits = |(below, step, _): &&(i64, i64, &str)| raw < *below && *step >= wanted;
    STEPS.iter().find(fits).unwrap().2
}

/// A query as Grafana asks it. Its page replaces `${name}` by the value of the variable, `${name:regex}` by the value
/// with `\ ^ $ * + ? . ( ) | { } [ ] /` escaped, several as `(a|b)`, and "all" by the variable's `allValue` as it is.
/// Then its server replaces `v.timeRangeStart` and `v.timeRangeStop` by times in UTC, and `v.windowPeriod` by the
/// interval of the panel, which is at least its `interval`.
pub(crate) fn asked(query: &str, chosen: &Chosen) -> String {
    let escaped = chosen.stations.iter().map(|station| escaped(station)).collect::<Vec<_>>();
    let (regex, plain) = match (escaped.as_slice(), chosen.stations.as_slice()) {
        ([one], [plain]) => (one.clone(), plain.clone()),
        ([], _) => (".*".to_owned(), ".*".to_owned()),
        (several, _) => (format!("({})", several.join("|")), String::new()),
    };
    let replaced = query
        .replace("${store}", chosen.store)
        .replace("${station:regex}", &regex)
        .replace("${station}", &plain)
        .replace("v.timeRangeStart", &chosen.from.to_string())
        .replace("v.timeRangeStop", &chosen.to.to_string())
        .replace("v.windowPeriod", chosen.interval);
    assert!(!replaced.contains("${") && !replaced.contains("v."), "all is replaced: {replaced}");
    replaced
}

fn escaped(text: &str) -> String {
    let special = |c: char| "\\^$*+?.()|{}[]/".contains(c);
    text.chars().flat_map(|c| special(c).then_some('\\').into_iter().chain([c])).collect()
}

#[test]
fn variables_and_macros_are_replaced_as_grafana_does() {
    let mut chosen = Chosen {
        from: "2025-11-17T00:00:00+07:00".parse().unwrap(),
        to: "2025-11-19T00:00:00+07:00".parse().unwrap(),
        interval: "10m0s",
        store: "quantrac",
        stations: vec!["van-canh".to_owned()],
    };
    let query = "${store}_raw v.timeRangeStart v.windowPeriod /^${station:regex}$/ \"${station}\"";
    let told = asked(query, &chosen);
    assert!(
        told.starts_with("quantrac_raw 2025-11-1") && told.contains("/^van-canh$/ \"van-canh\"")
    );
    chosen.stations = vec!["a.b".to_owned(), "c".to_owned()];
    assert!(asked("${station:regex}", &chosen).contains("(a\\.b|c)"));
    chosen.stations = Vec::new();
    assert!(asked("/^${station:regex}$/", &chosen).contains("/^.*$/"));
}
