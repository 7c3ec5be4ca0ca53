//! What holds for every board, whatever it shows. Each rule has a planted fault that it must find.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::process::Command;

use serde_json::{Value, json};

use crate::boards::{array, boards, folder, panels, text, variables};

/// A rule: what is wrong with a board.
type Rule = fn(&Value) -> Vec<String>;

const RULES: [(&str, Rule); 12] = [
    ("head", head),
    ("ids", ids),
    ("places", places),
    ("units", units),
    ("thresholds", thresholds),
    ("levels", levels),
    ("variables", used_and_defined),
    ("sources", sources),
    ("addresses", addresses),
    ("words", words),
    ("core", core),
    ("flux", flux),
];

/// Units that Grafana knows and we use; those with a text of their own are checked by their beginning.
const UNITS: [&str; 8] =
    ["none", "short", "lengthm", "lengthmm", "percent", "volt", "ms", "dateTimeFromNow"];
const PANELS: [&str; 5] = ["timeseries", "stat", "state-timeline", "table", "row"];
const INFLUX: &str = "influxdb";
const INFINITY: &str = "yesoreyeram-infinity-datasource";

fn head(board: &Value) -> Vec<String> {
    let is = [
        ("id", Value::Null),
        ("schemaVersion", json!(41)),
        ("timezone", json!("Asia/Ho_Chi_Minh")),
        ("tags", json!(["quantrac"])),
    ];
    let wrong = is.iter().filter(|(key, value)| board[key] != *value);
    let mut faults: Vec<_> = wrong.map(|(key, _)| format!("{key} is {}", board[key])).collect();
    if !board["uid"].as_str().is_some_and(|uid| uid.starts_with("quantrac-") && uid.len() <= 40) {
        faults.push(format!("uid is {}", board["uid"]));
    }
    // What an export of Grafana's page has; the second is the new model, which files cannot have.
    let foreign = ["__inputs", "__requires", "apiVersion", "spec", "elements"];
    faults.extend(
        foreign.iter().filter(|key| !board[key].is_null()).map(|key| format!("{key} is there")),
    );
    faults
}

fn ids(board: &Value) -> Vec<String> {
    let mut seen = BTreeSet::new();
    let (mut faults, mut titles) = (Vec::new(), BTreeSet::new());
    for panel in panels(board) {
        if !titles.insert(panel["title"].to_string()) {
            faults.push(format!("title {}", panel["title"]));
        }
        if !panel["id"].as_u64().is_some_and(|id| id > 0 && seen.insert(id)) {
            faults.push(format!("panel id {}", panel["id"]));
        }
        let mut names = BTreeSet::new();
        let twice =
            array(&panel["targets"]).filter(|target| !names.insert(target["refId"].to_string()));
        faults.extend(
            twice.map(|target| format!("panel {}: refId {}", panel["id"], target["refId"])),
        );
        let bare = panel["type"] != "row" && names.is_empty();
        faults.extend(bare.then(|| format!("panel {} asks nothing", panel["id"])));
    }
    faults
}

fn places(board: &Value) -> Vec<String> {
    let mut faults = Vec::new();
    let closed = panels(board).into_iter().filter(|panel| panel["type"] == "row");
    let lists = closed.map(|row| array(&row["panels"]).collect::<Vec<_>>());
    let own = array(&board["panels"]).collect::<Vec<_>>();
    for list in lists.chain([own]) {
        let mut taken = BTreeSet::new();
        for panel in list {
            let at = |key: &str| panel["gridPos"][key].as_u64();
            let (Some(x), Some(y), Some(w), Some(h)) = (at("x"), at("y"), at("w"), at("h")) else {
                faults.push(format!("panel {} has no place", panel["id"]));
                continue;
            };
            let cells = (y..y + h).flat_map(|row| (x..x + w).map(move |column| (row, column)));
            let overlaps = cells.filter(|cell| !taken.insert(*cell)).count();
            if w == 0 || h == 0 || x + w > 24 || overlaps > 0 {
                faults.push(format!("panel {} at {}", panel["id"], panel["gridPos"]));
            }
        }
    }
    faults
}

/// Every value under a key, or set by an override of that name.
fn every<'a>(value: &'a Value, key: &str, found: &mut Vec<&'a Value>) {
    match value {
        Value::Object(object) => {
            if object.get("id").and_then(Value::as_str) == Some(key) {
                found.extend(object.get("value"));
            }
            found.extend(object.get(key));
            // Names of columns are keys there.
            let inside = object.iter().filter(|(name, _)| *name != "indexByName");
            inside.for_each(|(_, inner)| every(inner, key, found));
        }
        Value::Array(list) => list.iter().for_each(|inner| every(inner, key, found)),
        _ => {}
    }
}

fn all<'a>(board: &'a Value, key: &str) -> Vec<&'a Value> {
    let mut found = Vec::new();
    every(&board["panels"], key, &mut found);
    found
}

fn units(board: &Value) -> Vec<String> {
    let known = |unit: &&Value| {
        unit.as_str().is_some_and(|unit| {
            UNITS.contains(&unit) || unit.starts_with("suffix: ") || unit.starts_with("time:")
        })
    };
    all(board, "unit")
        .into_iter()
        .filter(|unit| !known(unit))
        .map(|unit| format!("unit {unit}"))
        .collect()
}

fn thresholds(board: &Value) -> Vec<String> {
    let ascending = |one: &&Value| {
        let steps: Vec<_> = array(&one["steps"]).collect();
        let values: Vec<_> = steps.iter().skip(1).map(|step| step["value"].as_f64()).collect();
        one["mode"] == "absolute"
            && steps.first().is_some_and(|first| first["value"].is_null())
            && steps.iter().all(|step| step["color"].is_string())
            && values.iter().all(Option::is_some)
            && values.windows(2).all(|pair| pair[0] < pair[1])
    };
    all(board, "thresholds")
        .into_iter()
        .filter(|one| !ascending(one))
        .map(|one| format!("thresholds {one}"))
        .collect()
}

/// Colours of the levels as on our own page.
fn colours() -> Vec<String> {
    let css = folder().join("../web/src/styles/base.css");
    let css = fs::read_to_string(css).unwrap();
    let light = css.split("data-theme='dark'").next().unwrap();
    let of = |n: u8| light.split(&format!("--level-{n}: ")).nth(1).unwrap()[..7].to_owned();
    (0..=4).map(of).collect()
}

/// Where a level is shown by its number, the steps are 0, 1, 2, 3, 4 in the page's colours; where a height above BĐ n
/// is shown, it is coloured like level n from zero on.
fn levels(board: &Value) -> Vec<String> {
    let colours = colours();
    let steps = |list: &[(Value, usize)]| {
        let steps = list.iter().map(|(value, n)| json!({"value": value, "color": colours[*n]}));
        Value::Array(steps.collect())
    };
    let numbers: Vec<_> =
        (0..=4).map(|n| (if n == 0 { Value::Null } else { json!(n) }, n)).collect();
    let right = |one: &&Value| {
        let shown: Vec<_> =
            array(&one["steps"]).map(|step| text(&step["color"]).to_owned()).collect();
        let speaks = |n: usize| shown.contains(&colours[n]);
        let highest = (1..=4).filter(|n| speaks(*n)).max();
        match (highest, shown.len()) {
            (None, _) => true,
            (Some(4), _) => one["steps"] == steps(&numbers),
            (Some(n), 2) => {
                let from = |at: Value| steps(&[(Value::Null, 0), (at, n)]);
                one["steps"] == from(json!(0)) || (n == 1 && one["steps"] == from(json!(1)))
            }
            _ => false,
        }
    };
    let mut faults: Vec<_> = all(board, "thresholds")
        .into_iter()
        .filter(|one| !right(one))
        .map(|one| format!("levels {one}"))
        .collect();
    for one in all(board, "mappings").into_iter().flat_map(array) {
        for (value, shown) in one["options"].as_object().into_iter().flatten() {
            let Some(n) = colours.iter().position(|colour| shown["color"] == *colour) else {
                continue;
            };
            let (said, word) = (shown["text"].as_str().unwrap_or(""), value.parse::<usize>());
            if word != Ok(n)
                || (0..=3).contains(&n) && n > 0 && !said.contains(&format!("{n} Báo động {n}"))
            {
                faults.push(format!("level {value} is '{said}'"));
            }
        }
    }
    faults
}

/// Names in `${…}`, without their format.
fn named(all: &str) -> BTreeSet<String> {
    let names = all.split("${").skip(1).filter_map(|rest| rest.split('}').next());
    let plain = names.map(|name| name.split([':', '.']).next().unwrap_or(name).to_owned());
    plain.filter(|name| !name.starts_with("__")).collect()
}

fn used_and_defined(board: &Value) -> Vec<String> {
    let defined: BTreeSet<_> =
        variables(board).map(|variable| text(&variable["name"]).to_owned()).collect();
    let mut uses = named(&board["panels"].to_string());
    for variable in variables(board) {
        uses.extend(named(&variable.to_string()));
    }
    let mut faults: Vec<_> =
        uses.difference(&defined).map(|name| format!("{name} is not defined")).collect();
    faults.extend(defined.difference(&uses).map(|name| format!("{name} is not used")));
    if variables(board).count() != defined.len() {
        faults.push("a variable is defined twice".to_owned());
    }
    // Grafana replaces in this order, so one cannot speak of a later one.
    let mut before = BTreeSet::new();
    for variable in variables(board) {
        let early = named(&variable.to_string());
        faults.extend(early.difference(&before).map(|name| format!("{name} is used too early")));
        before.insert(text(&variable["name"]).to_owned());
    }
    faults
}

/// The two sources, by variables whose first choice is the one that is provisioned.
fn sources(board: &Value) -> Vec<String> {
    let mut found = Vec::new();
    every(board, "datasource", &mut found);
    let right = |one: &&&Value| {
        **one == &json!({"type": INFLUX, "uid": "${ds}"})
            || **one == &json!({"type": INFINITY, "uid": "${api}"})
    };
    let mut faults: Vec<_> =
        found.iter().filter(|one| !right(one)).map(|one| format!("source {one}")).collect();
    for variable in variables(board).filter(|variable| variable["type"] == "datasource") {
        let wanted = match text(&variable["query"]) {
            INFLUX => "quantrac-influx",
            INFINITY => "quantrac-api",
            other => other,
        };
        if variable["current"]["value"] != wanted {
            faults.push(format!("source {}", variable["current"]));
        }
    }
    for panel in panels(board) {
        let bare =
            array(&panel["targets"]).filter(|target| target["datasource"] != panel["datasource"]);
        faults
            .extend(bare.map(|target| format!("panel {}: query {}", panel["id"], target["refId"])));
    }
    faults
}

fn strings<'a>(value: &'a Value, found: &mut Vec<&'a str>) {
    match value {
        Value::String(text) => found.push(text),
        Value::Array(list) => list.iter().for_each(|inner| strings(inner, found)),
        Value::Object(object) => object.values().for_each(|inner| strings(inner, found)),
        _ => {}
    }
}

/// No address of another machine; links to boards that are there.
fn addresses(board: &Value) -> Vec<String> {
    let mut found = Vec::new();
    strings(board, &mut found);
    let outside = found.iter().filter(|text| text.contains("//") || text.contains("www."));
    let mut faults: Vec<_> = outside.map(|text| format!("address {text}")).collect();
    let known: BTreeSet<_> =
        boards().values().map(|board| text(&board["uid"]).to_owned()).collect();
    let links = found.iter().filter_map(|text| text.strip_prefix("/d/"));
    let lost = links.filter(|link| !known.contains(link.split(['?', '/']).next().unwrap_or(link)));
    faults.extend(lost.map(|link| format!("link {link}")));
    faults
}

/// Titles and descriptions in Vietnamese: nothing is longer than four words without one of its letters.
fn words(board: &Value) -> Vec<String> {
    let vietnamese = |text: &str| {
        let own = |c: char| c as u32 > 0xbf && c.is_alphabetic();
        text.chars().any(own) && text.trim() == text
    };
    let mut faults = Vec::new();
    let mut say = |what: String, said: &Value, least: usize| {
        let text = said.as_str().unwrap_or("");
        if !vietnamese(text) || text.chars().count() < least {
            faults.push(format!("{what}: '{text}'"));
        }
    };
    say("title".to_owned(), &board["title"], 3);
    say("description".to_owned(), &board["description"], 30);
    for panel in panels(board) {
        let name = |what: &str| format!("panel {} {what}", panel["id"]);
        say(name("title"), &panel["title"], 3);
        say(name("description"), &panel["description"], 12);
    }
    for variable in variables(board) {
        say(format!("variable {}", variable["name"]), &variable["label"], 2);
        say(format!("variable {}", variable["name"]), &variable["description"], 8);
    }
    faults
}

/// Panels that every Grafana has; lines that break at gaps.
fn core(board: &Value) -> Vec<String> {
    let mut faults = Vec::new();
    for panel in panels(board) {
        let custom = &panel["fieldConfig"]["defaults"]["custom"];
        let over_time = panel["type"] == "timeseries" || panel["type"] == "state-timeline";
        if !PANELS.contains(&text(&panel["type"])) || over_time && custom["spanNulls"] != false {
            faults.push(format!("panel {} is {}", panel["id"], panel["type"]));
        }
    }
    faults
}

/// Queries close what they open, only read, from our buckets only, import what they use, and say of each window
/// whether it may be empty.
fn flux(board: &Value) -> Vec<String> {
    let mut faults = Vec::new();
    for Query { name, flux: query, .. } in queries(board) {
        let count = |c: char| query.matches(c).count();
        for (open, close) in [('(', ')'), ('[', ']'), ('{', '}')] {
            faults.extend((count(open) != count(close)).then(|| format!("{name}: {open}{close}")));
        }
        let odd = count('"') % 2 == 1;
        faults.extend(odd.then(|| format!("{name}: quotes")));
        let reads = query.matches("from(bucket:").count() + query.matches("bucket: \"").count();
        let ours = query.matches("bucket: \"${store}_").count();
        let bare = query.matches("bucket: \"").count() != ours || reads == 0;
        faults.extend(bare.then(|| format!("{name}: buckets")));
        for word in
            ["|> to(", "experimental", "import \"http", "import \"sql", "secrets", "|> yield"]
        {
            faults.extend(query.contains(word).then(|| format!("{name}: {word}")));
        }
        for package in ["date", "dict", "math", "strings", "schema"] {
            let imported = query.contains(&format!("import \"{package}\""))
                || query.contains(&format!("/{package}\""));
            let used = query.contains(&format!("{package}."));
            faults.extend((imported != used).then(|| format!("{name}: import of {package}")));
        }
        let windows = query.matches("aggregateWindow(").count();
        let said = query.matches("createEmpty: ").count();
        faults.extend((windows != said).then(|| format!("{name}: createEmpty")));
    }
    faults
}

/// A query in Flux.
pub(crate) struct Query<'a> {
    /// `board/title/A`, or `board/$variable`.
    pub(crate) name: String,
    pub(crate) flux: &'a str,
    /// Of a variable, nothing.
    pub(crate) panel: &'a Value,
}

/// Queries in Flux: of panels, and of variables.
pub(crate) fn queries(board: &Value) -> Vec<Query<'_>> {
    let uid = text(&board["uid"]);
    let mut found = Vec::new();
    for panel in panels(board) {
        let own = array(&panel["targets"]).filter(|target| target["query"].is_string());
        found.extend(own.map(|target| Query {
            name: format!("{uid}/{}/{}", text(&panel["title"]), text(&target["refId"])),
            flux: text(&target["query"]),
            panel,
        }));
    }
    let choices = variables(board).filter(|variable| variable["datasource"]["type"] == INFLUX);
    found.extend(choices.map(|variable| Query {
        name: format!("{uid}/${}", text(&variable["name"])),
        flux: text(&variable["query"]["query"]),
        panel: &Value::Null,
    }));
    found
}

fn faults(board: &Value) -> Vec<String> {
    let of = |(name, rule): &(&str, Rule)| {
        rule(board).into_iter().map(move |fault| format!("{name}: {fault}")).collect::<Vec<_>>()
    };
    RULES.iter().flat_map(of).collect()
}

#[test]
fn the_boards_are_what_their_definitions_make() {
    let generate = folder().join("generate.mjs");
    let out = Command::new("node").arg(generate).arg("--check").output().unwrap();
    let said = String::from_utf8_lossy(&out.stdout);
    assert!(
        out.status.success(),
        "run 'node dashboards/grafana/generate.mjs', these are old:\n{said}"
    );
    let generated: BTreeSet<_> = boards().into_keys().collect();
    let named = boards().into_values().map(|board| text(&board["uid"]).replace("quantrac-", ""));
    assert_eq!(named.collect::<BTreeSet<_>>(), generated, "a file is named for its board");
}

#[test]
fn the_boards_hold_together() {
    for (name, board) in boards() {
        assert_eq!(faults(&board), Vec::<String>::new(), "{name}");
    }
    assert_eq!(
        boards().values().map(|board| text(&board["uid"])).collect::<BTreeSet<_>>().len(),
        6
    );
}

#[test]
fn every_rule_finds_its_planted_fault() {
    let good = boards().remove("tram").unwrap();
    let check = |rule: &str, pointer: &str, wrong: Value| {
        let mut bad = good.clone();
        *bad.pointer_mut(pointer).unwrap_or_else(|| panic!("no {pointer}")) = wrong;
        let found = faults(&bad);
        assert!(found.iter().any(|fault| fault.starts_with(rule)), "{rule} {pointer}: {found:?}");
    };
    check("head", "/timezone", json!("browser"));
    check("head", "/schemaVersion", json!(2));
    check("ids", "/panels/1/id", json!(1));
    check("ids", "/panels/1/targets/1/refId", json!("A"));
    check("places", "/panels/0/gridPos/w", json!(9));
    check("places", "/panels/0/gridPos/x", json!("0"));
    check("units", "/panels/0/fieldConfig/defaults/unit", json!("metres"));
    check(
        "thresholds",
        "/panels/1/fieldConfig/overrides/0/properties/1/value/steps/0/value",
        json!(5),
    );
    check(
        "levels",
        "/panels/1/fieldConfig/overrides/0/properties/1/value/steps/1/value",
        json!(0.5),
    );
    check("variables", "/templating/list/2/name", json!("tram"));
    check("sources", "/panels/0/datasource/uid", json!("abc"));
    check("addresses", "/panels/0/description", json!("xem https://example.org để biết"));
    check("words", "/panels/0/title", json!("Water level"));
    check("core", "/panels/0/type", json!("geomap"));
    check("core", "/panels/6/fieldConfig/defaults/custom/spanNulls", json!(true));
    check(
        "flux",
        "/panels/0/targets/0/query",
        json!("from(bucket: \"${store}_raw\" |> range(start: -1h)"),
    );
    check(
        "flux",
        "/panels/0/targets/0/query",
        json!("from(bucket: \"other\") |> range(start: -1h)"),
    );
}

/// `a.0.b` → value, of YAML without anything clever in it.
fn flat(yaml: &str) -> BTreeMap<String, String> {
    let (mut found, mut path) = (BTreeMap::new(), Vec::<(usize, String)>::new());
    let mut counts = BTreeMap::<String, usize>::new();
    for line in yaml.lines().filter(|line| !line.trim_start().starts_with('#')) {
        let (mut indent, mut rest) = (line.len() - line.trim_start().len(), line.trim_start());
        path.retain(|(at, _)| *at < indent);
        if let Some(item) = rest.strip_prefix("- ") {
            let parent = path.iter().map(|(_, name)| name.as_str()).collect::<Vec<_>>().join(".");
            let count = counts.entry(parent).or_default();
            path.push((indent, count.to_string()));
            *count += 1;
            (indent, rest) = (indent + 2, item);
        }
        let whole = |last: &str| {
            path.iter().map(|(_, name)| name.as_str()).chain([last]).collect::<Vec<_>>().join(".")
        };
        match rest.split_once(": ") {
            Some((key, value)) => drop(found.insert(whole(key), value.to_owned())),
            None if rest.ends_with(':') => {
                path.push((indent, rest.trim_end_matches(':').to_owned()))
            }
            None => drop(found.insert(whole("").trim_end_matches('.').to_owned(), rest.to_owned())),
        }
    }
    found
}

#[test]
fn the_provisioned_sources_are_those_of_the_boards_and_hold_no_secret() {
    let read =
        |path: &str| flat(&fs::read_to_string(folder().join("provisioning").join(path)).unwrap());
    let is = |yaml: &BTreeMap<String, String>, pairs: &[(&str, &str)]| {
        for (key, value) in pairs {
            assert_eq!(yaml.get(*key).map(String::as_str), Some(*value), "{key} of {yaml:?}");
        }
    };
    is(
        &read("datasources/influx.yaml"),
        &[
            ("datasources.0.uid", "quantrac-influx"),
            ("datasources.0.type", INFLUX),
            ("datasources.0.access", "proxy"),
            ("datasources.0.url", "${INFLUX_URL}"),
            ("datasources.0.editable", "false"),
            ("datasources.0.jsonData.version", "Flux"),
            ("datasources.0.jsonData.organization", "${INFLUX_ORG}"),
            ("datasources.0.secureJsonData.token", "${INFLUX_TOKEN}"),
        ],
    );
    is(
        &read("datasources/api.yaml"),
        &[
            ("datasources.0.uid", "quantrac-api"),
            ("datasources.0.type", INFINITY),
            ("datasources.0.url", "${QUANTRAC_URL}"),
            ("datasources.0.jsonData.allowedHosts.0", "${QUANTRAC_URL}"),
        ],
    );
    is(
        &read("dashboards/quantrac.yaml"),
        &[
            ("providers.0.type", "file"),
            ("providers.0.disableDeletion", "true"),
            ("providers.0.allowUiUpdates", "false"),
        ],
    );
    let readme = fs::read_to_string(folder().join("../README.md")).unwrap();
    for name in ["INFLUX_URL", "INFLUX_ORG", "INFLUX_TOKEN", "QUANTRAC_URL"] {
        assert!(readme.contains(name), "dashboards/README.md tells of {name}");
    }
}
