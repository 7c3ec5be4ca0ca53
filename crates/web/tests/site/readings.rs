//! Readings: pages, buckets, peaks, and what was known when.

use domain::{QcFlag, Span};
use serde_json::Value;

use crate::harness::{Site, problem};
use crate::samples::{at, reading, readings, two_series};

/// Stage every 10 min from 00:00 to 05:50 with a hole from 02:00 to 03:00, one bad value at 01:10 and a
/// peak at 04:20; rain of 1 mm at the same times.
async fn flood() -> Site {
    let site = Site::start().await;
    site.happens(&two_series()).await;
    let times = (0..36).filter(|n| !(12..18).contains(n));
    let both = times.flat_map(|n| {
        let time = at("00:00") + Span::minutes(10).times(n);
        let (value, flag) = match n {
            7 => (99.0, QcFlag::Bad),
            26 => (9.5, QcFlag::Suspect),
            _ => (5.0 + n as f64 / 100.0, QcFlag::Good),
        };
        [reading(0, time, value, flag), reading(1, time, 1.0, QcFlag::Good)]
    });
    site.happens(&readings(both)).await;
    for _ in 0..500 {
        if site.json("/api/v1/latest").await["items"].as_array().unwrap().len() == 2 {
            return site;
        }
        tokio::task::yield_now().await;
    }
    panic!("the latest readings did not come");
}

const DAY: &str = "from=2025-11-19T00:00:00%2B07:00&to=2025-11-19T23:59:59%2B07:00";

async fn items(site: &Site, series: u32, query: &str) -> Vec<Value> {
    let path = format!("/api/v1/series/{series}/readings?{DAY}&{query}");
    site.json(&path).await["items"].as_array().unwrap().clone()
}

#[tokio::test]
async fn all_readings_are_shown_the_bad_ones_too() {
    let site = flood().await;
    let all = items(&site, 0, "").await;
    assert_eq!(all.len(), 30);
    assert_eq!((all[7]["value"].clone(), all[7]["flag"].clone()), (99.0.into(), 4.into()));
    let head = site.json(&format!("/api/v1/series/0/readings?{DAY}&limit=1")).await;
    assert_eq!((&head["unit"], &head["station"]), (&"m".into(), &"thanh-hoa".into()));
}

#[tokio::test]
async fn pages_of_readings_and_of_buckets_join_without_seam() {
    let site = flood().await;
    for query in ["", "every=1h&", "every=30min&"] {
        let whole = items(&site, 0, query).await;
        let (mut joined, mut cursor) = (Vec::new(), String::new());
        loop {
            let path = format!("/api/v1/series/0/readings?{DAY}&{query}limit=2{cursor}");
            let page = site.json(&path).await;
            joined.extend(page["items"].as_array().unwrap().iter().cloned());
            match page["next"].as_str() {
                Some(next) => cursor = format!("&cursor={next}"),
                None => break,
            }
        }
        assert_eq!(joined, whole, "{query}");
    }
}

#[tokio::test]
async fn hours_are_means_of_stages_and_sums_of_rain_and_the_hole_stays() {
    let site = flood().await;
    let hour = |item: &Value| item["observed_at"].as_str().unwrap()[11..16].to_owned();
    let stage = items(&site, 0, "every=1h").await;
    assert_eq!(
        stage.iter().map(hour).collect::<Vec<_>>(),
        ["00:00", "01:00", "03:00", "04:00", "05:00"]
    );
    assert_eq!((stage[1]["count"].clone(), stage[1]["max"].clone()), (5.into(), 5.11.into()));
    assert_eq!((stage[3]["max"].clone(), stage[3]["flag"].clone()), (9.5.into(), 3.into()));
    let rain = items(&site, 1, "every=1h").await;
    let sums: Vec<_> =
        rain.iter().map(|item| (hour(item), item["value"].as_f64().unwrap())).collect();
    // What is reported at the very beginning fell before it.
    let expected = [
        ("01:00", 6.0),
        ("02:00", 5.0),
        ("03:00", 1.0),
        ("04:00", 6.0),
        ("05:00", 6.0),
        ("06:00", 5.0),
    ];
    assert_eq!(sums, expected.map(|(hour, sum)| (hour.to_owned(), sum)));
}

#[tokio::test]
async fn thinning_keeps_the_peak() {
    let site = flood().await;
    let kept = items(&site, 0, "points=10").await;
    assert!(kept.len() <= 10, "{}", kept.len());
    assert!(kept.iter().any(|item| item["value"] == 9.5));
}

#[tokio::test]
async fn the_past_can_be_asked_as_it_was_known() {
    let site = Site::start().await;
    site.happens(&two_series()).await;
    let observed = at("01:00");
    site.happens(&readings([reading(0, observed, 5.0, QcFlag::Good)])).await;
    let between = site.ledger.now();
    while site.ledger.now() <= between {
        tokio::task::yield_now().await;
    }
    site.happens(&readings([reading(0, observed, 6.0, QcFlag::Good)])).await;
    let value = async |query: &str| {
        let found = items(&site, 0, query).await;
        found.first().map(|item| item["value"].as_f64().unwrap())
    };
    let known = between.to_string().replace('+', "%2B");
    assert_eq!(value(&format!("known_at={known}")).await, Some(5.0));
    assert_eq!(value("").await, Some(6.0));
    assert_eq!(value("known_at=2025-01-01T00:00:00Z").await, None);
}

#[tokio::test]
async fn an_unescaped_plus_is_understood_and_nonsense_is_refused() {
    let site = flood().await;
    let path =
        "/api/v1/series/0/readings?from=2025-11-19T00:00:00+07:00&to=2025-11-19T00:30:00+07:00";
    assert_eq!(site.json(path).await["items"].as_array().unwrap().len(), 4);
    for query in [
        "from=yesterday",
        "every=0s",
        "every=-1h",
        "every=400d",
        "every=often",
        "points=4",
        "points=20001",
        "every=1h&points=10",
        "every=1h&known_at=2025-01-01T00:00:00Z",
        "from=2025-11-20T00:00:00Z&to=2025-11-19T00:00:00Z",
        "cursor=x",
    ] {
        problem(site.get(&format!("/api/v1/series/0/readings?{query}")).await, 400).await;
    }
}
