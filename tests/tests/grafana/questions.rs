//! Every query of every board, asked as Grafana asks it, and the rows that come back.

use std::sync::Arc;
use std::time::{Duration, Instant};

use domain::{Span, Time};
use serde_json::{Value, json};
use tests::influx::{InfluxDb, Row};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use crate::boards::{Chosen, array, boards, interval, panels, text, variables};
use crate::expect::{Cell, Expected};
use crate::lint::{Query, queries};
use crate::world::{FROM, ONE, World, flood};
use crate::{events, readings};

/// Questions asked at once.
const AT_ONCE: usize = 4;
/// How long hours and days may take to be worked out behind the readings.
const PATIENCE: Duration = Duration::from_secs(60);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_query_gives_the_rows_of_the_ledger() {
    let begun = Instant::now();
    let (running, world) = flood().await;
    println!("the flood is in InfluxDB after {:.1?}", begun.elapsed());
    pinned(&world);
    everything_has_rows(&world);
    by_our_api(&running.installation.base(), &world).await;
    let wrong = wrong_answers(&running.influx, &world).await;
    println!("all is asked after {:.1?}", begun.elapsed());
    assert!(wrong.is_empty(), "{} answers are wrong:\n{}", wrong.len(), wrong.join("\n"));
    running.server.stop().await.unwrap();
}

/// Asks every query over every range, a few at once.
async fn wrong_answers(influx: &Arc<InfluxDb>, world: &World) -> Vec<String> {
    let token: Arc<str> = reader(influx).await.into();
    let (mut questions, mut asked, mut rows) = (JoinSet::new(), 0, 0);
    let places = Arc::new(Semaphore::new(AT_ONCE));
    for board in boards().values() {
        for query in queries(board) {
            for (range, chosen) in ranges(&query, world) {
                let expected = expected(world, &query.name, &chosen);
                (asked, rows) = (asked + 1, rows + expected.rows.len());
                let name = format!("{} over {range}", query.name);
                let flux = crate::boards::asked(query.flux, &chosen);
                let (influx, token) = (Arc::clone(influx), Arc::clone(&token));
                let place = Arc::clone(&places).acquire_owned().await.unwrap();
                questions.spawn(async move {
                    let fault = compared(&influx, &token, &flux, &expected).await.err();
                    drop(place);
                    fault.map(|fault| format!("{name}: {fault}"))
                });
            }
        }
    }
    println!("{asked} questions, {rows} rows");
    questions.join_all().await.into_iter().flatten().collect()
}

/// What was published by hand, and what is in the decision: no reading of the ledger stands between.
fn pinned(world: &World) {
    assert_eq!([1, 2, 3].map(|n| world.heights[&(ONE.to_owned(), n)]), [42.5, 44.0, 45.5]);
    let chosen = chosen(world, world.from, world.to, "10m0s", &[ONE]);
    let check = |name: &str, values: &[Cell]| {
        let expected = expected(world, name, &chosen);
        let found = expected
            .rows
            .iter()
            .any(|row| values.iter().all(|value| row.iter().any(|cell| same(cell, value))));
        assert!(found, "{name} has no row with {values:?}: {:?}", expected.rows);
    };
    check("quantrac-tram/Mực nước/A", &[46.6.into()]);
    check("quantrac-tram/So với các mức báo động/C", &[1.1.into()]);
    check("quantrac-tram/Ắc quy/A", &[10.1.into()]);
    check(
        "quantrac-truc-ban/Mực nước so với báo động/A",
        &["Vân Canh".into(), 46.6.into(), 3.0.into()],
    );
    check(
        "quantrac-truc-ban/Mực nước so với báo động/A",
        &["Diêu Trì".into(), 4_u8.into(), Cell::from(-1.0)],
    );
    check("quantrac-tram/Mực nước và các mức báo động/C", &[9_000.0.into()]);
    check("quantrac-tram/Mực nước và các mức báo động/A", &[44.75.into()]);
}

/// Every query has an expectation, and something to expect in at least one range.
fn everything_has_rows(world: &World) {
    for board in boards().values() {
        for query in queries(board) {
            let mut all = ranges(&query, world).into_iter();
            let filled =
                all.any(|(_, chosen)| !expected(world, &query.name, &chosen).rows.is_empty());
            assert!(filled, "{} is never asked for a row", query.name);
        }
    }
}

fn expected(world: &World, name: &str, chosen: &Chosen) -> Expected {
    let readings = readings::expected(world, name, chosen);
    let known = readings.or_else(|| events::expected(world, name, chosen));
    known.unwrap_or_else(|| panic!("nobody says what '{name}' must give"))
}

fn chosen(_: &World, from: Time, to: Time, interval: &'static str, stations: &[&str]) -> Chosen {
    let stations = stations.iter().map(|station| (*station).to_owned()).collect();
    Chosen { from, to, interval, store: "quantrac", stations }
}

/// What people choose: the flood, a part of it that begins at no window, a month, more than a year, and what was heard
/// while the test ran.
fn ranges(query: &Query<'_>, world: &World) -> Vec<(&'static str, Chosen)> {
    let from: Time = FROM.parse().unwrap();
    let mut ranges = Vec::new();
    let heard = ["\"arrival\"", "\"warning\"", "\"station_health\""];
    if heard.iter().any(|word| query.flux.contains(word)) {
        let (from, to) = world.heard;
        let middle = Time::from_millis(world.arrivals[world.arrivals.len() / 2].at);
        ranges.extend([("what was heard", from, to), ("its second half", middle, to)]);
    } else {
        let odd = (from + Span::minutes(427), world.to - Span::hours(6) - Span::minutes(2));
        ranges.extend([("the flood", from, world.to), ("a part of it", odd.0, odd.1)]);
        if query.flux.contains("kind = if span") || query.flux.contains("_daily") {
            let month = world.to - Span::days(25);
            ranges.extend([
                ("a month", month, world.to),
                ("years", world.to - Span::days(450), world.to),
            ]);
        }
    }
    let one = query.flux.contains("\"${station}\"") && !query.flux.contains("regex");
    let choose = |(name, from, to): (&'static str, Time, Time)| {
        let all = ["the flood", "what was heard"].contains(&name);
        let part = !all && query.flux.contains("regex");
        let stations: &[&str] = match (one, part) {
            (true, _) => &[ONE],
            (_, true) => &[ONE, "dieu-tri", "an-hoa"],
            _ => &[],
        };
        (name, chosen(world, from, to, interval(query.panel, from, to), stations))
    };
    ranges.into_iter().map(choose).collect()
}

/// A token that can read the three buckets and nothing else, as `dashboards/README.md` asks for.
async fn reader(influx: &InfluxDb) -> String {
    let client = reqwest::Client::new();
    let get = async |path: &str| {
        let asked = client.get(format!("{}{path}", influx.base()));
        let answer =
            asked.header("Authorization", format!("Token {}", tests::influx::TOKEN)).send().await;
        answer.unwrap().json::<Value>().await.unwrap()
    };
    let buckets = get("/api/v2/buckets?limit=100").await;
    let ours = array(&buckets["buckets"])
        .filter(|bucket| text(&bucket["name"]).starts_with("quantrac_"))
        .collect::<Vec<_>>();
    let read = |bucket: &&Value| {
        let resource = json!({"type": "buckets", "id": bucket["id"], "orgID": bucket["orgID"]});
        json!({"action": "read", "resource": resource})
    };
    let permissions: Vec<_> = ours.iter().map(read).collect();
    assert_eq!(permissions.len(), 3, "raw, hourly, daily: {buckets}");
    let org = &ours[0]["orgID"];
    let asked = client.post(format!("{}/api/v2/authorizations", influx.base()));
    let asked = asked.header("Authorization", format!("Token {}", tests::influx::TOKEN));
    let body = json!({"orgID": org, "description": "grafana", "permissions": permissions});
    let made: Value = asked.json(&body).send().await.unwrap().json().await.unwrap();
    let token = text(&made["token"]).to_owned();
    let asked =
        client.post(format!("{}/api/v2/write?org=quantrac&bucket=quantrac_raw", influx.base()));
    let refused =
        asked.header("Authorization", format!("Token {token}")).body("x y=1").send().await.unwrap();
    assert!(refused.status().is_client_error(), "Grafana's token can write: {}", refused.status());
    token
}

/// Asks until the rows are the expected ones: hours and days are worked out behind the readings.
async fn compared(
    influx: &InfluxDb,
    token: &str,
    flux: &str,
    expected: &Expected,
) -> Result<(), String> {
    let later = flux.contains("_hourly") || flux.contains("_daily") || flux.contains("_\" + ");
    let begun = Instant::now();
    loop {
        let rows =
            influx.query_as(token, flux).await.map_err(|error| format!("{error:#}\n{flux}"))?;
        let fault = match difference(&rows, expected) {
            None => return Ok(()),
            Some(fault) => fault,
        };
        if !later || begun.elapsed() > PATIENCE {
            return Err(format!("{fault}\n{flux}"));
        }
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
}

fn cell(text: Option<&String>) -> Cell {
    let Some(text) = text else { return Cell::Nothing };
    if let Ok(number) = text.parse::<f64>() {
        return number.into();
    }
    text.parse::<Time>().map_or_else(|_| text.as_str().into(), |at| at.millis().into())
}

fn same(one: &Cell, other: &Cell) -> bool {
    match (one, other) {
        // A time of this century in ms has three digits behind the point.
        (Cell::Number(one), Cell::Number(other)) => (one - other).abs() <= 1e-6 + 1e-14 * one.abs(),
        _ => one == other,
    }
}

fn difference(rows: &[Row], expected: &Expected) -> Option<String> {
    let read = |row: &Row| -> Vec<Cell> {
        expected.columns.iter().map(|column| cell(row.get(*column))).collect()
    };
    let column = |name: &str| expected.columns.iter().position(|column| *column == name);
    let mut found: Vec<_> = rows.iter().map(read).collect();
    let mut wanted = expected.rows.clone();
    if let (Some(from), Some(time)) = (expected.from, column("_time")) {
        let seen = |row: &Vec<Cell>| row[time] >= Cell::from(from);
        found.retain(seen);
        wanted.retain(seen);
    }
    if let Some((name, most)) = expected.falling {
        let by = column(name).unwrap();
        let keys: Vec<_> =
            found.iter().map(|row| row[by].clone()).filter(|key| *key != Cell::Nothing).collect();
        if keys.windows(2).any(|pair| pair[0] < pair[1]) {
            return Some(format!("{name} does not fall: {keys:?}"));
        }
        if wanted.len() > most {
            // Which of several equal ones are shown last is nobody's business.
            wanted.sort_by(|one, other| other[by].partial_cmp(&one[by]).unwrap());
            let least = wanted[most - 1][by].clone();
            let sure = |row: &Vec<Cell>| row[by] > least;
            let ties = found.iter().filter(|row| !sure(row));
            let known =
                |row: &&Vec<Cell>| row[by] == least && wanted.iter().any(|one| equal(one, row));
            let strange = ties.clone().find(|row| !known(row));
            if strange.is_some() || found.len() != most {
                return Some(format!("{} rows of {most}, such as {strange:?}", found.len()));
            }
            found.retain(sure);
            wanted.retain(sure);
        }
    }
    let order = |one: &Vec<Cell>, other: &Vec<Cell>| one.partial_cmp(other).unwrap();
    found.sort_by(order);
    wanted.sort_by(order);
    let at =
        (0..found.len().max(wanted.len())).find(|n| match (found.get(*n), wanted.get(*n)) {
            (Some(one), Some(other)) => !equal(one, other),
            _ => true,
        })?;
    Some(format!(
        "{} rows for {}; the first that differs has {:?}\n found  {:?}\n wanted {:?}",
        found.len(),
        wanted.len(),
        expected.columns,
        found.get(at),
        wanted.get(at)
    ))
}

fn equal(one: &[Cell], other: &[Cell]) -> bool {
    one.len() == other.len() && one.iter().zip(other).all(|(one, other)| same(one, other))
}

#[test]
fn a_row_too_many_too_few_wrong_or_out_of_order_is_found() {
    let row = |name: &str, value: &str| {
        Row::from([("a".to_owned(), name.to_owned()), ("b".to_owned(), value.to_owned())])
    };
    let expected =
        Expected::new(&["a", "b"], [vec!["x".into(), 2.0.into()], vec!["y".into(), 1.0.into()]]);
    let falling = expected.clone().falling("b");
    let top = expected.clone().top("b", 1);
    let check = |rows: &[Row], expected: &Expected, same: bool| {
        assert_eq!(difference(rows, expected).is_none(), same, "{rows:?}");
    };
    check(&[row("y", "1"), row("x", "2")], &expected, true);
    check(&[row("y", "1"), row("x", "2")], &falling, false);
    check(&[row("x", "2"), row("y", "1")], &falling, true);
    check(&[row("x", "2")], &expected, false);
    check(&[row("x", "2"), row("y", "1"), row("z", "0")], &expected, false);
    check(&[row("x", "2"), row("y", "1.1")], &expected, false);
    check(&[row("x", "2")], &top, true);
    check(&[row("y", "1")], &top, false);
    check(&[], &top, false);
}

/// Every question to our own API, with the choices made in their order, is answered with the columns that are shown,
/// and the readings are those of the ledger.
async fn by_our_api(base: &str, world: &World) {
    let mut shown = 0;
    for board in boards().values() {
        let mut values = vec![
            ("__from:date:iso".to_owned(), iso(world.from)),
            ("__to:date:iso".to_owned(), iso(world.to)),
        ];
        for variable in variables(board).filter(|one| !one["query"]["infinityQuery"].is_null()) {
            let rows = told(base, &variable["query"]["infinityQuery"], &values).await;
            let name = text(&variable["name"]).to_owned();
            let wanted = match name.as_str() {
                "station" => "Vân Canh",
                "parameter" => text(&variable["current"]["text"]),
                _ => "main",
            };
            let row = rows
                .iter()
                .find(|row| row[0] == wanted)
                .unwrap_or_else(|| panic!("no {wanted}: {rows:?}"));
            let value = row[1].as_str().map_or_else(|| row[1].to_string(), str::to_owned);
            values.push((name, value));
        }
        for panel in panels(board) {
            for target in array(&panel["targets"]).filter(|target| !target["url"].is_null()) {
                let rows = told(base, target, &values).await;
                answered(text(&panel["title"]), &rows, world);
                shown += 1;
            }
        }
    }
    assert_eq!(shown, 13, "tables and charts by the API");
}

/// What the titles promise.
fn answered(title: &str, rows: &[Vec<Value>], world: &World) {
    let newest = |parameter: &str| {
        let all = world
            .all(parameter)
            .map(|(key, points)| (key.station.as_str(), points.last().unwrap()));
        let mut all: Vec<_> =
            all.map(|(station, point)| (station.to_owned(), point.value, point.at)).collect();
        all.sort_by(|one, other| one.0.cmp(&other.0));
        all
    };
    let of = |row: &Vec<Value>, at: usize| {
        (text(&row[0]).to_owned(), row[1].as_f64(), instant(&row[at]))
    };
    let parameter = match title {
        "So với báo động 1" => "water_level_over_bd1",
        "So với báo động 3" => "water_level_over_bd3",
        "Mưa 24 giờ" => "rain_24h",
        "Chuỗi số liệu đã chọn" => {
            let (_, points) = world.all("water_level").find(|(key, _)| key.station == ONE).unwrap();
            let seen = points
                .iter()
                .filter(|point| (world.from.millis()..=world.to.millis()).contains(&point.at));
            let wanted: Vec<_> =
                seen.map(|point| (point.at, point.value, i64::from(point.flag))).collect();
            let got = rows
                .iter()
                .map(|row| (instant(&row[0]), row[1].as_f64(), row[2].as_i64().unwrap()));
            assert_eq!(got.collect::<Vec<_>>(), wanted, "{title}");
            return;
        }
        // Nothing may be wrong just now; there may be no warning.
        "Điều đang hỏng" | "Cảnh báo đang có" => return,
        "Sổ cái" => {
            let last = world.arrivals.last().unwrap().seq;
            assert!(rows[0][0].as_u64().unwrap() >= last, "{rows:?}");
            return;
        }
        "Để riêng theo lý do" => {
            let count: u64 = rows.iter().map(|row| row[1].as_u64().unwrap()).sum();
            let wanted: usize = world.arrivals.iter().map(|arrived| arrived.set_aside).sum();
            assert_eq!(count, wanted as u64, "{title}");
            return;
        }
        _ => {
            assert_eq!(rows.len(), 1, "{title}");
            return;
        }
    };
    let mut got: Vec<_> = rows.iter().map(|row| of(row, 4)).collect();
    got.sort_by(|one, other| one.0.cmp(&other.0));
    assert_eq!(got, newest(parameter), "{title}");
}

fn instant(value: &Value) -> i64 {
    text(value).parse::<Time>().unwrap().millis()
}

/// As `${__from:date:iso}` is written.
fn iso(at: Time) -> String {
    let seconds = at.millis() / 1_000;
    let day = seconds.div_euclid(86_400);
    let (hours, minutes) = (seconds.rem_euclid(86_400) / 3_600, seconds % 3_600 / 60);
    // Days of 2025 by their number since 1970.
    let (month, day) = match day - 20_393 {
        n @ 0..30 => (11, n + 1),
        n => panic!("no day of November 2025: {n}"),
    };
    format!("2025-{month}-{day:02}T{hours:02}:{minutes:02}:00.000Z")
}

/// Asks as the Infinity plugin does: one row for each item under the root, its cells by their selectors.
async fn told(base: &str, target: &Value, values: &[(String, String)]) -> Vec<Vec<Value>> {
    let mut url = text(&target["url"]).to_owned();
    for (name, value) in values {
        url = url.replace(&format!("${{{name}}}"), value);
    }
    assert!(!url.contains("${") && url.starts_with('/'), "{url}");
    let answer = reqwest::get(format!("{base}{url}")).await.unwrap();
    let status = answer.status();
    let body: Value = answer.json().await.unwrap();
    assert!(status.is_success(), "{url}: {status} {body}");
    assert!(body["next"].is_null(), "{url} has more than one page");
    let inside = |value: &Value, path: &str| {
        let mut parts = path.split('.').filter(|part| !part.is_empty());
        parts.try_fold(value, |value, part| value.get(part)).cloned()
    };
    let root =
        inside(&body, text(&target["root_selector"])).unwrap_or_else(|| panic!("{url}: {body}"));
    let items = root.as_array().cloned().unwrap_or_else(|| vec![root]);
    let cell = |item: &Value, column: &Value| {
        let selector = text(&column["selector"]);
        let value =
            inside(item, selector).unwrap_or_else(|| panic!("{url}: no {selector} in {item}"));
        let right = match text(&column["type"]) {
            "number" => value.is_number(),
            "timestamp" => value.as_str().is_some_and(|text| text.parse::<Time>().is_ok()),
            _ => value.is_string() || text(&column["text"]).starts_with("__"),
        };
        assert!(right || value.is_null(), "{url}: {selector} is {value}");
        value
    };
    let row = |item: &Value| array(&target["columns"]).map(|column| cell(item, column)).collect();
    items.iter().map(row).collect()
}
