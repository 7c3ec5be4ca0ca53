//! Reports.

use domain::{QcFlag, Span};
use serde_json::{Value, json};

use crate::harness::{Site, problem};
use crate::samples::{at, issued, message, reading, readings, two_series};

/// A flood at Thạnh Hòa: every ten minutes from 4 m up to 8.5 m at 07:30 and down again, with a hole of an hour, and a
/// warning that rests on what was seen at 03:00; rain of 1 mm every ten minutes of the day.
async fn flood() -> Site {
    let site = Site::start_with(|config| config.anonymous_exports = 2).await;
    site.happens(&two_series()).await;
    let times = (0..144).map(|n| (n, at("00:00") + Span::minutes(10).times(n)));
    let stage = |(n, time): (i64, _)| {
        let value = (45 - (n - 45).abs()).max(0) as f64 / 10.0 + 4.0;
        reading(0, time, value, QcFlag::Good)
    };
    let rain = |n: i64| reading(1, at("00:00") + Span::minutes(10).times(n), 1.0, QcFlag::Good);
    let stages = times.filter(|(n, _)| !(100..106).contains(n)).map(stage);
    site.happens(&readings(stages.chain((1..=144).map(rain)))).await;
    let outcome = domain::Outcome {
        warnings: vec![issued("w-1")],
        messages: vec![message("w-1")],
        ..domain::Outcome::default()
    };
    site.happens(&outcome).await;
    site
}

const DAY: &str = "from=2025-11-19T00:00:00%2B07:00&to=2025-11-20T00:00:00%2B07:00";

async fn rows(site: &Site, path: &str) -> Vec<Value> {
    let report = site.json(path).await;
    assert_eq!(report["about"]["realm"], "exercise");
    report["rows"].as_array().unwrap().clone()
}

fn one<'a>(rows: &'a [Value], key: &str, value: &str) -> &'a Value {
    rows.iter().find(|row| row[key] == value).unwrap()
}

#[tokio::test]
async fn a_book_has_every_day_of_its_month_with_completeness() {
    let site = flood().await;
    let path = "/api/v1/reports/book?period=2025-11&series=0";
    let rows = rows(&site, path).await;
    assert_eq!(rows.len(), 31);
    let day = one(&rows, "begins", "2025-11-19");
    assert_eq!((&day["max"], &day["max_at"]), (&json!(8.5), &json!("2025-11-19T07:30:00+07:00")));
    assert_eq!((&day["counted"], &day["completeness"]), (&json!(138), &json!(95)));
    let silent = one(&rows, "begins", "2025-11-18");
    assert_eq!((&silent["mean"], &silent["completeness"]), (&Value::Null, &json!(0)));
}

#[tokio::test]
async fn floods_tell_of_the_peak_and_of_the_warnings_that_went_out() {
    let site = flood().await;
    let rows = rows(&site, &format!("/api/v1/reports/floods?{DAY}")).await;
    assert_eq!(rows.len(), 1, "only gauges that had one");
    let flood = &rows[0];
    assert_eq!(
        (&flood["station"], &flood["station_name"]),
        (&json!("thanh-hoa"), &json!("Thạnh Hòa"))
    );
    assert_eq!(
        (&flood["start"], &flood["peak"]),
        (&json!("2025-11-19T03:20:00+07:00"), &json!(8.5))
    );
    assert_eq!((&flood["reached"], &flood["rise_max"]), (&json!(3), &json!(60.0)));
    assert_eq!(flood["warnings"], 0, "what it rests on was seen before the start");
    let all =
        site.get(&format!("/api/v1/reports/floods?{DAY}&format=text")).await.text().await.unwrap();
    assert!(
        all.starts_with("Các đợt lũ: ") && all.contains("DIỄN TẬP") && all.contains("8,50"),
        "{all}"
    );
    let english = format!("/api/v1/reports/floods?{DAY}&format=text&lang=en");
    let english = site.get(&english).await.text().await.unwrap();
    assert!(english.starts_with("Flood events: ") && english.contains("8.50"), "{english}");
}

#[tokio::test]
async fn rain_and_availability_are_told_for_the_time_asked_for() {
    let site = flood().await;
    let maxima =
        rows(&site, &format!("/api/v1/reports/rain?{DAY}&parameter=rain&station=thanh-hoa")).await;
    let told: Vec<_> = maxima
        .iter()
        .map(|row| (row["duration"].as_str().unwrap(), row["max"].as_f64().unwrap()))
        .collect();
    assert_eq!(told[..4], [("10min", 1.0), ("1h", 6.0), ("3h", 18.0), ("6h", 36.0)]);
    let lines = rows(&site, &format!("/api/v1/reports/availability?{DAY}")).await;
    let stage = lines
        .iter()
        .find(|l| l["station"] == "thanh-hoa" && l["parameter"] == "water_level")
        .unwrap();
    assert_eq!(
        (&stage["expected"], &stage["received"], &stage["availability"]),
        (&json!(144), &json!(138), &json!(95))
    );
    assert_eq!(
        (&stage["longest_gap_h"], &stage["longest_gap_from"]),
        (&json!(1.2), &json!("2025-11-19T16:30:00+07:00"))
    );
    let silent = lines.iter().find(|line| line["station"] == "van-canh").unwrap();
    assert_eq!((&silent["received"], &silent["last_at"]), (&json!(0), &Value::Null));
    let csv = site.get(&format!("/api/v1/reports/availability?{DAY}&format=csv")).await;
    assert_eq!(csv.headers()["content-type"], "text/csv; charset=utf-8");
    let csv = csv.text().await.unwrap();
    assert_eq!(csv.lines().filter(|line| !line.starts_with('#')).count(), lines.len() + 1);
}

#[tokio::test]
async fn a_report_that_cannot_be_made_is_a_problem() {
    let site = flood().await;
    for (path, status, told) in [
        ("nothing", 404, "use book, floods, rain or availability"),
        ("book", 400, "2025-11"),
        ("book?period=2025-13", 400, ""),
        ("rain?station=nowhere", 404, "'nowhere'"),
        ("floods?parameter=battery", 404, "name less"),
        ("floods?format=parquet", 400, "json, csv or text"),
        ("rain?lang=fr", 400, "vi or en"),
        (
            "availability?from=2025-11-20T00:00:00%2B07:00&to=2025-11-19T00:00:00%2B07:00",
            400,
            "no time",
        ),
    ] {
        let detail = problem(site.get(&format!("/api/v1/reports/{path}")).await, status).await;
        assert!(detail.contains(told) && !detail.is_empty(), "{path}: {detail}");
    }
}
