//! Exports: whole files, streamed, with places of their own.

use std::time::Duration;

use domain::{QcFlag, Span};
use reqwest::{Method, Response};
use serde_json::Value;
use store::Role;

use crate::harness::{Site, problem};
use crate::samples::{at, key, reading, readings, two_series};

const DAY: &str = "from=2025-11-19T00:00:00%2B07:00&to=2025-11-20T00:00:00%2B07:00";
/// So many that they fit into no buffer on the way.
const MANY: i64 = 120_000;

/// Six stages at Thạnh Hòa with a hole and one of each flag, two of them at the edges of the day; rain beside it.
async fn site() -> Site {
    let site = Site::start_with(|config| config.anonymous_exports = 2).await;
    site.happens(&two_series()).await;
    let stage = |clock: &str, value: f64, flag| reading(0, at(clock), value, flag);
    site.happens(&readings([
        reading(0, at("00:00") - Span::from_millis(1), 4.0, QcFlag::Good),
        stage("00:00", 5.0, QcFlag::Good),
        stage("00:10", 5.5, QcFlag::Suspect),
        stage("03:00", 99.0, QcFlag::Bad),
        stage("23:50", 6.25, QcFlag::Good),
        reading(0, at("00:00") + Span::days(1), 7.0, QcFlag::Good),
        reading(1, at("00:10"), 1.5, QcFlag::Good),
    ]))
    .await;
    // Corrected later: the newest version is the one that is told.
    let corrected = site.happens(&readings([stage("00:10", 5.6, QcFlag::Good)])).await;
    assert_eq!(corrected, 4);
    site
}

/// A site whose export of everything does not end by itself while nobody reads it.
async fn large(change: impl FnOnce(&mut web::WebConfig)) -> Site {
    let site = Site::start_with(change).await;
    site.happens(&two_series()).await;
    for some in (0..MANY).collect::<Vec<_>>().chunks(10_000) {
        let stage = |n: &i64| reading(0, at("00:00") + Span::from_millis(*n), 5.0, QcFlag::Good);
        site.happens(&readings(some.iter().map(stage))).await;
    }
    site
}

async fn text(site: &Site, query: &str) -> String {
    let answer = site.get(&format!("/api/v1/export?{DAY}{query}")).await;
    assert_eq!(answer.status(), 200, "{query}");
    answer.text().await.unwrap()
}

fn rows(text: &str) -> Vec<&str> {
    text.lines().filter(|line| !line.starts_with('#')).skip(1).collect()
}

#[tokio::test]
async fn a_csv_has_the_day_from_its_first_instant_to_before_the_next_in_the_newest_versions() {
    let site = site().await;
    let answer = site.get(&format!("/api/v1/export?{DAY}")).await;
    let told = |name: &str| answer.headers()[name].to_str().unwrap().to_owned();
    assert_eq!(told("content-type"), "text/csv; charset=utf-8");
    let file = "attachment; filename=\"quantrac_20251119T0000_20251120T0000.csv\"";
    assert_eq!(
        (told("content-disposition").as_str(), told("cache-control").as_str()),
        (file, "no-store")
    );
    let text = answer.text().await.unwrap();
    let station = "2025-11-19T00:00:00+07:00,thanh-hoa";
    assert_eq!(
        rows(&text),
        [
            "2025-11-19T00:10:00+07:00,thanh-hoa,rain,main,1.5,mm,1,,100,3".to_owned(),
            format!("{station},water_level,main,5,m,1,,100,3"),
            "2025-11-19T00:10:00+07:00,thanh-hoa,water_level,main,5.6,m,1,,100,4".to_owned(),
            "2025-11-19T03:00:00+07:00,thanh-hoa,water_level,main,99,m,4,,100,3".to_owned(),
            "2025-11-19T23:50:00+07:00,thanh-hoa,water_level,main,6.25,m,1,,100,3".to_owned(),
        ]
    );
    assert!(
        text.contains("# realm: exercise\n") && text.contains("\"name\":\"Thạnh Hòa\""),
        "{text}"
    );
    assert!(!text.contains("INCOMPLETE"), "the ledger has everything");
}

/// A millimetre each ten minutes on both sides of the day.
async fn raining() -> Site {
    let site = Site::start().await;
    site.happens(&two_series()).await;
    let rain = |n: i64| reading(1, at("00:00") + Span::minutes(10).times(n), 1.0, QcFlag::Good);
    site.happens(&readings((-20..=160).map(rain))).await;
    site
}

#[tokio::test]
async fn amounts_belong_to_the_time_that_ends_with_them_at_both_edges() {
    let site = raining().await;
    for (every, sums) in [("1d", vec!["144"]), ("12h", vec!["72", "72"])] {
        let found = text(&site, &format!("&series=1&every={every}")).await;
        let values: Vec<_> =
            rows(&found).iter().map(|row| row.split(',').nth(4).unwrap().to_owned()).collect();
        assert_eq!(values, sums, "{every}: {found}");
        let asked = format!("/api/v1/series/1/readings?{DAY}&every={every}");
        let items = site.json(&asked).await["items"].clone();
        let values: Vec<_> =
            items.as_array().unwrap().iter().map(|one| one["value"].to_string()).collect();
        let expected: Vec<_> = sums.iter().map(|sum| format!("{sum}.0")).collect();
        assert_eq!(values, expected, "{every}");
    }
}

#[tokio::test]
async fn csv_begins_with_the_mark_that_excel_wants_when_it_is_asked_for() {
    let site = raining().await;
    for door in ["export?", "reports/book?period=2025-11&", "reports/rain?"] {
        let range = if door.contains("book") { "" } else { DAY };
        let first = async |more: &str| {
            let address = format!("/api/v1/{door}{range}&format=csv{more}");
            let answer = site.get(&address).await;
            assert_eq!(answer.status(), 200, "{address}");
            answer.bytes().await.unwrap()[..3].to_vec()
        };
        assert_eq!(first("&bom=1").await, b"\xef\xbb\xbf", "{door}");
        assert_eq!(first("").await, b"# q", "{door}");
        assert_eq!(first("&bom=0").await, b"# q", "{door}");
    }
}

#[tokio::test]
async fn any_set_of_series_can_be_asked_for_in_each_format() {
    let site = site().await;
    assert_eq!(rows(&text(&site, "&series=0").await).len(), 4);
    assert_eq!(rows(&text(&site, "&series=0,1").await).len(), 5);
    assert_eq!(rows(&text(&site, "&parameter=rain").await).len(), 1);
    assert_eq!(rows(&text(&site, "&station=thanh-hoa&sensor=main").await).len(), 5);
    let hours = text(&site, "&series=0&every=1d&utc=true").await;
    assert_eq!(
        rows(&hours)[0],
        "2025-11-18T17:00:00Z,thanh-hoa,water_level,main,5.616666666666667,m,1,,2,4,5,6.25,3"
    );
    let json: Value = serde_json::from_str(&text(&site, "&format=json").await).unwrap();
    assert_eq!(
        (json["rows"].as_array().unwrap().len(), &json["rows"][4]["value"]),
        (5, &6.25.into())
    );
    let answer = site.get(&format!("/api/v1/export?{DAY}&format=parquet")).await;
    assert_eq!(answer.headers()["content-type"], "application/vnd.apache.parquet");
    let bytes = answer.bytes().await.unwrap();
    assert!(bytes.starts_with(b"PAR1") && bytes.ends_with(b"PAR1"));
}

#[tokio::test]
async fn what_cannot_be_exported_is_a_problem_that_says_what_to_do() {
    let site = site().await;
    site.happens(&domain::Outcome {
        new_series: vec![(domain::SeriesId(2), key("van-canh", "water_level"))],
        ..domain::Outcome::default()
    })
    .await;
    for (query, status, told) in [
        ("series=77", 404, "there is no series 77"),
        ("station=nowhere", 404, "'nowhere'"),
        ("parameter=nothing", 404, "'nothing'"),
        ("station=van-canh&parameter=rain", 404, "name less"),
        ("series=", 400, ""),
        ("series=x", 400, ""),
        ("station=NOT A NAME", 400, ""),
        ("format=xlsx", 400, "csv, parquet or json"),
        ("every=0s", 400, "1s to 366d"),
        ("every=soon", 400, ""),
        ("from=2025-11-20T00:00:00%2B07:00&to=2025-11-20T00:00:00%2B07:00", 400, "no time"),
        ("from=yesterday", 400, ""),
        ("serie=0", 400, "serie"),
    ] {
        let answer = site.get(&format!("/api/v1/export?{query}")).await;
        let detail = problem(answer, status).await;
        assert!(detail.contains(told) && !detail.is_empty(), "{query}: {detail}");
    }
    let posted = site.ask(Method::POST, "/api/v1/export", "", None).await;
    problem(posted, 405).await;
}

async fn everything(site: &Site, cookie: &str) -> Response {
    site.ask(Method::GET, &format!("/api/v1/export?{DAY}&format=json"), cookie, None).await
}

#[tokio::test]
async fn exports_have_few_places_and_the_staff_its_own() {
    let site = large(|config| (config.anonymous_exports, config.exports) = (1, 1)).await;
    let duty = site.person("duty", Role::DutyOfficer).await;
    let mut first = everything(&site, "").await;
    assert_eq!(first.status(), 200);
    assert!(first.chunk().await.unwrap().is_some(), "it has begun");
    let refused = everything(&site, "").await;
    assert_eq!(refused.headers()["retry-after"], "30");
    assert!(problem(refused, 503).await.contains("try again later"));
    let of_staff = everything(&site, &duty).await;
    assert_eq!(of_staff.status(), 200);
    problem(everything(&site, &duty).await, 503).await;
    // Everything else goes on.
    assert_eq!(site.json("/api/v1/series").await["items"].as_array().unwrap().len(), 2);
    drop(first);
    let given_back = async {
        while everything(&site, "").await.status() != 200 {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), given_back).await.expect("a place is given back");
}

#[tokio::test]
async fn whoever_may_not_export_without_signing_in_is_told_so() {
    let site = Site::start_with(|config| config.anonymous_exports = 0).await;
    site.happens(&two_series()).await;
    problem(everything(&site, "").await, 503).await;
    let viewer = site.person("viewer", Role::Viewer).await;
    assert_eq!(everything(&site, &viewer).await.status(), 200);
}

#[tokio::test]
async fn an_export_that_is_cut_off_is_no_file() {
    let site = large(|_| {}).await;
    let mut answer = everything(&site, "").await;
    assert!(answer.chunk().await.unwrap().is_some());
    site.stop.cancel();
    let rest = async {
        while answer.chunk().await?.is_some() {}
        Ok::<_, reqwest::Error>(())
    };
    rest.await.expect_err("a part must not look like the whole");
}

#[tokio::test]
async fn a_large_export_comes_whole() {
    let site = large(|_| {}).await;
    let text = text(&site, "&series=0").await;
    let rows = rows(&text);
    assert_eq!(rows.len() as i64, MANY);
    assert!(
        rows[rows.len() - 1]
            .starts_with("2025-11-19T00:01:59.999+07:00,thanh-hoa,water_level,main,5,m,1")
    );
}
