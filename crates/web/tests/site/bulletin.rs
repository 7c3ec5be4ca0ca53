//! The content of a bulletin: equal to the readings, as known then, with what it lacks.

use domain::{
    ArrivalBody, CheckedReading, MessageKind, Outcome, QcFlag, SeriesId, SeriesKey, Span, Time,
    WarningState,
};
use reqwest::Method;
use serde_json::{Value, json};
use store::Role;

use crate::harness::{Site, problem, shipped_files};
use crate::samples::{alarm, issued, key, message, reading, warning};

const STAGE: u32 = 0;
const RISE: u32 = 1;
const DAY: u32 = 2;
const HOURS_24: u32 = 3;
const BASIN: u32 = 4;
const OTHER: u32 = 5;

/// A site that knows its configuration and its series.
async fn site() -> Site {
    let site = Site::start().await;
    let body = ArrivalBody::Config { by: "file".to_owned(), files: shipped_files(), reason: None };
    site.ledger.submit(body).await.unwrap();
    let series = [
        (STAGE, "thanh-hoa", "water_level"),
        (RISE, "thanh-hoa", "water_level_rise"),
        (DAY, "vinh-son", "rain_day"),
        (HOURS_24, "vinh-son", "rain_24h"),
        (BASIN, "basin-kon", "basin_rain_24h"),
        (OTHER, "dieu-tri", "water_level"),
    ];
    let new_series = series.map(|(id, station, name)| (SeriesId(id), key(station, name)));
    happens(&site, Outcome { new_series: new_series.to_vec(), ..Outcome::default() }).await;
    for _ in 0..1_000 {
        if site.json("/api/v1/bulletin").await["at"].is_string() && known(&site).await {
            return site;
        }
        tokio::task::yield_now().await;
    }
    panic!("the series did not come");
}

async fn known(site: &Site) -> bool {
    site.get("/api/v1/series/5/readings").await.status() == 200
}

/// What follows is told apart by its instant.
async fn happens(site: &Site, outcome: Outcome) {
    site.happens(&outcome).await;
    tokio::time::sleep(std::time::Duration::from_millis(5)).await;
}

async fn readings(site: &Site, readings: Vec<CheckedReading>) {
    happens(site, Outcome { readings, ..Outcome::default() }).await;
}

fn good(series: u32, at: Time, value: f64) -> CheckedReading {
    reading(series, at, value, QcFlag::Good)
}

fn find<'a>(list: &'a Value, key: &str, id: &str) -> &'a Value {
    list.as_array().unwrap().iter().find(|one| one[key] == id).unwrap()
}

fn near(value: &Value, expected: f64) {
    assert!((value.as_f64().unwrap() - expected).abs() < 1e-9, "{value} is not {expected}");
}

#[tokio::test]
async fn its_numbers_are_those_of_the_readings() {
    let site = site().await;
    let now = site.ledger.now();
    let ago = |minutes: i64| now - Span::minutes(minutes);
    readings(
        &site,
        vec![
            good(STAGE, ago(13 * 60), 9.9),
            good(STAGE, ago(300), 8.62),
            reading(STAGE, ago(200), 12.0, QcFlag::Bad),
            good(STAGE, ago(10), 8.21),
            reading(STAGE, ago(1), 15.0, QcFlag::Bad),
            good(RISE, ago(10), -12.0),
        ],
    )
    .await;
    let bulletin = site.json("/api/v1/bulletin").await;
    let stage = find(&bulletin["stages"], "station", "thanh-hoa");
    near(&stage["value"], 8.21);
    let observed: Time = stage["observed_at"].as_str().unwrap().parse().unwrap();
    assert_eq!((observed, &stage["level"]), (ago(10), &json!(3)));
    assert_eq!((&stage["nearest"]["name"], &stage["trend"]), (&json!("BĐ3"), &json!("fall")));
    near(&stage["nearest"]["difference"], 8.21 - 8.0);
    near(&stage["levels"][0]["difference"], 8.21 - 6.0);
    near(&stage["peak"]["value"], 8.62);
    let flood = find(&stage["floods"], "when", "2013-11");
    near(&flood["difference"], 8.21 - 9.68);
    // What has no reading is there, and says nothing; two sources for one flood are both told.
    let silent = find(&bulletin["stages"], "station", "van-canh");
    assert_eq!(
        (&silent["value"], &silent["level"], &silent["trend"]),
        (&Value::Null, &Value::Null, &Value::Null)
    );
    assert_eq!(find(&silent["floods"], "when", "2009-11")["others"], json!([46.1]));
    // Down the river.
    let kon: Vec<_> =
        bulletin["stages"].as_array().unwrap().iter().filter(|one| one["river"] == "kon").collect();
    assert_eq!(
        kon.iter().map(|one| &one["name"]).collect::<Vec<_>>(),
        ["Vĩnh Sơn", "Bình Nghi", "Thạnh Hòa"]
    );
}

#[tokio::test]
async fn sums_say_how_much_of_their_time_they_cover_and_which_day_they_are_of() {
    let site = site().await;
    let now = site.ledger.now();
    let evening = now.floor(Span::days(1), Span::hours(19));
    let part = |series, at, value| CheckedReading { completeness: 80, ..good(series, at, value) };
    readings(
        &site,
        vec![
            good(DAY, evening - Span::minutes(10), 81.0),
            part(DAY, evening, 82.0),
            good(DAY, (evening + Span::minutes(10)).min(now), 0.4),
            part(HOURS_24, now - Span::minutes(5), 130.5),
            good(HOURS_24, now - Span::minutes(100), 999.0),
            good(BASIN, now - Span::minutes(5), 77.0),
        ],
    )
    .await;
    let bulletin = site.json("/api/v1/bulletin").await;
    let rain = &bulletin["rain"][0];
    assert_eq!(rain["id"], "vinh-son", "the wettest first");
    assert_eq!((&rain["day"]["value"], &rain["day"]["completeness"]), (&json!(82.0), &json!(80)));
    assert_eq!(
        (&rain["since_day"]["value"], &rain["hours_24"]["value"]),
        (&json!(0.4), &json!(130.5))
    );
    let (from, to): (Time, Time) = (
        bulletin["day_from"].as_str().unwrap().parse().unwrap(),
        bulletin["day_to"].as_str().unwrap().parse().unwrap(),
    );
    assert_eq!((from, to), (evening - Span::days(1), evening));
    assert_eq!(find(&bulletin["basins"], "id", "basin-kon")["hours_24"]["value"], 77.0);
    let next: Time = bulletin["next_at"].as_str().unwrap().parse().unwrap();
    assert!(next > now && next - now <= Span::hours(6));
}

#[tokio::test]
async fn the_day_of_rain_is_found_whatever_the_seconds_of_its_last_report() {
    // Seconds after 19 h of the last report of the day, its value and the completeness that is told.
    for (seconds, complete) in [(7, 100), (-7, 100), (-600, 99), (-6 * 3_600, 75)] {
        let site = site().await;
        let evening = site.ledger.now().floor(Span::days(1), Span::hours(19));
        let last = evening + Span::seconds(seconds);
        let all = vec![good(DAY, last - Span::minutes(10), 71.5), good(DAY, last, 72.0)];
        readings(&site, all).await;
        let bulletin = site.json("/api/v1/bulletin").await;
        let day = &bulletin["rain"][0]["day"];
        assert_eq!(
            (&day["value"], &day["completeness"]),
            (&json!(72.0), &json!(complete)),
            "{seconds}"
        );
        assert!(bulletin["rain"][0]["since_day"].is_null(), "{seconds}");
    }
}

#[tokio::test]
async fn it_is_as_it_was_known_then() {
    let site = site().await;
    let seen = site.ledger.now() - Span::minutes(20);
    readings(&site, vec![good(STAGE, seen, 7.4)]).await;
    let mut first = message("song-kon-1");
    first.sent_at = site.ledger.now();
    first.expires_at = first.sent_at + Span::hours(12);
    let mut warning = issued("song-kon-1");
    (warning.drafted_at, warning.changed_at) = (first.sent_at, first.sent_at);
    happens(
        &site,
        Outcome {
            warnings: vec![warning.clone()],
            messages: vec![first.clone()],
            ..Outcome::default()
        },
    )
    .await;
    let then = site.ledger.now();
    tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    // A late value, another version of the old one, and the end of the warning.
    readings(&site, vec![good(STAGE, seen, 7.6), good(STAGE, seen + Span::minutes(10), 8.1)]).await;
    let ended = site.ledger.now();
    (warning.state, warning.messages, warning.changed_at) = (WarningState::Ended, 2, ended);
    let (number, kind) = (2, MessageKind::End);
    let last = domain::WarningMessage { number, kind, sent_at: ended, ..first };
    happens(&site, Outcome { warnings: vec![warning], messages: vec![last], ..Outcome::default() })
        .await;

    let old = site.json(&format!("/api/v1/bulletin?at={then}")).await;
    near(&find(&old["stages"], "station", "thanh-hoa")["value"], 7.4);
    assert_eq!(old["warnings"][0]["headline_vi"], "Lũ sông Kôn <trên> BĐ3");
    assert_eq!(old["warnings"].as_array().unwrap().len(), 1);
    let new = site.json("/api/v1/bulletin").await;
    near(&find(&new["stages"], "station", "thanh-hoa")["value"], 8.1);
    assert_eq!(new["warnings"], json!([]));
    assert_eq!((&old["realm"], &old["incomplete"]), (&json!("exercise"), &Value::Null));
}

#[tokio::test]
async fn rivers_are_chosen_and_offices_say_what_their_head_lacks() {
    let site = site().await;
    let one = site.json("/api/v1/bulletin?river=ha-thanh").await;
    let stations: Vec<_> =
        one["stages"].as_array().unwrap().iter().map(|one| &one["station"]).collect();
    assert_eq!(stations, ["van-canh", "dieu-tri"]);
    assert!(
        one["rain"]
            .as_array()
            .unwrap()
            .iter()
            .all(|one| one["basin_name"] == "lưu vực sông Hà Thanh")
    );
    let areas = one["rivers"][0]["areas"].as_array().unwrap();
    // Since July 2025 there are no districts.
    assert!(
        areas.contains(&json!("xã Vân Canh")) && !areas.contains(&json!("huyện Vân Canh")),
        "{areas:?}"
    );
    let office = find(&one["offices"], "role", "hydromet");
    assert_eq!(office["name_vi"], "Đài Khí tượng Thủy văn tỉnh Gia Lai");
    assert_eq!(office["missing"], json!(["above_vi", "place", "code", "signer_vi"]));
    let two = site.json("/api/v1/bulletin?river=ha-thanh,kon").await;
    assert_eq!(two["stages"].as_array().unwrap().len(), 5);
    let detail = problem(site.get("/api/v1/bulletin?river=mekong").await, 404).await;
    assert_eq!(detail, "there is no river 'mekong'");
    let later = site.ledger.now() + Span::hours(1);
    let detail = problem(site.get(&format!("/api/v1/bulletin?at={later}")).await, 400).await;
    assert_eq!(detail, "at lies in the future");
}

#[tokio::test]
async fn what_ran_out_is_not_in_force_and_who_writes_it_is_told_what_waits() {
    let site = site().await;
    let now = site.ledger.now();
    let told = |id: &str, hours: i64| {
        let mut message = message(id);
        message.sent_at = now;
        message.expires_at = now + Span::hours(hours);
        message
    };
    let mut over = told("song-kon-1", 12);
    over.expires_at = now;
    let waiting = warning("song-ha-thanh-1");
    let mut update = issued("song-kon-2");
    update.draft = waiting.draft.clone();
    let warnings = vec![issued("song-kon-1"), update, waiting];
    let messages = vec![over, told("song-kon-2", 12)];
    happens(&site, Outcome { warnings, messages, ..Outcome::default() }).await;
    tokio::time::sleep(std::time::Duration::from_millis(5)).await;

    let public = site.json("/api/v1/bulletin").await;
    let ids = |list: &Value| -> Vec<String> {
        list.as_array().unwrap().iter().map(|one| one["id"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(ids(&public["warnings"]), ["song-kon-2"], "also while an update waits");
    assert_eq!(ids(&public["overdue"]), ["song-kon-1"]);
    assert_eq!(public["waiting"], Value::Null);
    let lan = site.person("lan", Role::DutyOfficer).await;
    let own: Value =
        site.ask(Method::GET, "/api/v1/bulletin", &lan, None).await.json().await.unwrap();
    assert_eq!(own["waiting"], 3);

    // The same of the list, so that every page tells them apart.
    let list = site.json("/api/v1/warnings?open=true").await;
    let of = |id: &str| find(&list["items"], "id", id)["expires_at"].as_str().map(str::to_owned);
    assert_eq!(of("song-kon-1"), Some(now.to_string()));
    assert_eq!(of("song-kon-2"), Some((now + Span::hours(12)).to_string()));
    let all: Value =
        site.ask(Method::GET, "/api/v1/warnings?open=true", &lan, None).await.json().await.unwrap();
    assert_eq!(find(&all["items"], "id", "song-ha-thanh-1")["expires_at"], Value::Null);
}

/// A station's main sensor died at 5.4 m six hours ago; its radar goes on. Every page and paper shows the radar.
#[tokio::test]
async fn the_sensor_that_lives_is_shown_and_named() {
    let site = site().await;
    let now = site.ledger.now();
    let radar = SeriesKey { sensor: "radar".parse().unwrap(), ..key("thanh-hoa", "water_level") };
    let new_series = vec![(SeriesId(6), radar)];
    let ago = |minutes: i64| now - Span::minutes(minutes);
    let readings = vec![good(STAGE, ago(360), 5.4), good(6, ago(20), 8.1), good(6, ago(10), 8.3)];
    let mut record = alarm("flood-stage");
    record.evidence[0].observed_at = ago(30);
    let outcome = Outcome { new_series, readings, alarms: vec![record], ..Outcome::default() };
    happens(&site, outcome).await;

    let bulletin = site.json("/api/v1/bulletin").await;
    let stage = find(&bulletin["stages"], "station", "thanh-hoa").clone();
    near(&stage["value"], 8.3);
    assert_eq!((&stage["sensor"], &stage["level"]), (&json!("radar"), &json!(3)));
    let latest = site.json("/api/v1/latest?station=thanh-hoa&parameter=water_level").await;
    assert_eq!(find(&latest["items"], "sensor", "radar")["shown"], true);
    assert_eq!(find(&latest["items"], "sensor", "main")["shown"], false);
    let board = site.json("/api/v1/board?parameters=water_level").await;
    let shown = |board: &Value| {
        let items = board["latest"].as_array().unwrap().clone();
        let here =
            items.into_iter().filter(|one| one["station"] == "thanh-hoa" && one["shown"] == true);
        here.map(|one| one["sensor"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(shown(&board), ["radar"]);
    let page = site.get("/nhe").await.text().await.unwrap();
    assert!(page.contains("<b>8,30 m</b> <small>(radar)</small>"), "{page}");
    let lan = site.person("lan", Role::DutyOfficer).await;
    let picture: Value =
        site.ask(Method::GET, "/api/v1/duty/picture", &lan, None).await.json().await.unwrap();
    let high = find(&picture["highest"], "target", "thanh-hoa");
    near(&high["value"], 8.3);
    assert_eq!(high["sensor"], "radar");
}
