//! Lists: pages, cursors, entity tags.

use domain::{Outcome, QcFlag};
use serde_json::Value;
use store::Role;

use crate::harness::Site;
use crate::samples::{
    alarm, at, key, message, notice, reading, set_aside, transition, two_series, warning,
};

async fn filled() -> Site {
    let site = Site::start().await;
    site.happens(&two_series()).await;
    for n in 0..5u32 {
        let id = format!("song-kon-{n}");
        let name = format!("rule-{n}");
        site.happens(&Outcome {
            new_series: vec![(domain::SeriesId(2 + n), key("dieu-tri", &format!("p{n}")))],
            readings: vec![reading(2 + n, at("01:00"), f64::from(n), QcFlag::Good)],
            warnings: vec![warning(&id)],
            messages: vec![message(&id)],
            notices: vec![notice(&id, "lan", "vi")],
            alarms: vec![alarm(&name)],
            transitions: vec![transition(&name)],
            set_aside: vec![set_aside(&format!("/{n}"))],
            ..Outcome::default()
        })
        .await;
    }
    // The series table follows the ledger a moment later.
    for _ in 0..500 {
        if site.json("/api/v1/latest").await["items"].as_array().unwrap().len() == 5 {
            return site;
        }
        tokio::task::yield_now().await;
    }
    panic!("the latest readings did not come");
}

async fn walk(site: &Site, path: &str, limit: usize) -> Vec<Value> {
    let (mut items, mut cursor) = (Vec::new(), None::<String>);
    let join = if path.contains('?') { '&' } else { '?' };
    for _ in 0..100 {
        let next = cursor.map_or_else(String::new, |cursor| format!("&cursor={cursor}"));
        let page = site.json(&format!("{path}{join}limit={limit}{next}")).await;
        let found = page["items"].as_array().unwrap();
        assert!(found.len() <= limit, "{path}");
        items.extend(found.iter().cloned());
        match page["next"].as_str() {
            Some(next) => cursor = Some(next.to_owned()),
            None => return items,
        }
    }
    panic!("{path} has no end");
}

#[tokio::test]
async fn walking_a_list_page_by_page_gives_the_whole_list_once() {
    let site = filled().await;
    for path in [
        "/api/v1/stations",
        "/api/v1/parameters",
        "/api/v1/levels",
        "/api/v1/series",
        "/api/v1/latest",
        "/api/v1/latest?station=dieu-tri",
        "/api/v1/alarms",
        "/api/v1/transitions",
        "/api/v1/warnings",
        "/api/v1/warnings?open=true",
        "/api/v1/notices",
        "/api/v1/notices?warning=song-kon-1&state=waiting",
        "/api/v1/set-aside",
        "/api/v1/configs",
    ] {
        let whole = site.json(path).await["items"].as_array().unwrap().clone();
        assert!(!whole.is_empty() || path.ends_with("configs"), "{path}");
        for limit in [1, 2, 3] {
            assert_eq!(walk(&site, path, limit).await, whole, "{path} by {limit}");
        }
    }
}

#[tokio::test]
async fn an_unchanged_list_is_not_sent_again() {
    let site = filled().await;
    for path in ["/api/v1/stations", "/api/v1/warnings", "/api/v1/latest", "/api/openapi.json"] {
        let first = site.get(path).await;
        let tag = first.headers()["etag"].clone();
        let again = async || {
            site.client.get(site.url(path)).header("if-none-match", &tag).send().await.unwrap()
        };
        let unchanged = again().await;
        assert_eq!(unchanged.status(), 304, "{path}");
        assert_eq!(unchanged.headers()["etag"], tag);
        assert!(unchanged.bytes().await.unwrap().is_empty());
    }
    let tag = site.get("/api/v1/warnings").await.headers()["etag"].clone();
    site.happens(&Outcome { warnings: vec![warning("song-kon-9")], ..Outcome::default() }).await;
    let request = site.client.get(site.url("/api/v1/warnings")).header("if-none-match", tag);
    assert_eq!(request.send().await.unwrap().status(), 200);
}

#[tokio::test]
async fn stations_come_with_levels_health_and_alarms() {
    let site = filled().await;
    let station = site.json("/api/v1/stations/thanh-hoa").await;
    assert_eq!(station["name"], "Thạnh Hòa");
    assert_eq!(station["river_name"], "sông Kôn");
    assert_eq!(station["levels"][0]["name"], "BĐ1");
    assert_eq!(station["alarms"].as_array().unwrap().len(), 5);
    assert_eq!(station["alarms"][0]["state"]["level"], 3);
}

#[tokio::test]
async fn addresses_and_raw_bytes_are_for_signed_in_people() {
    let site = filled().await;
    let viewer = site.person("viewer", Role::Viewer).await;
    let ask = async |path: &str, cookie: &str| -> Value {
        site.ask(reqwest::Method::GET, path, cookie, None).await.json().await.unwrap()
    };
    let warning = ask("/api/v1/warnings/song-kon-1", "").await;
    assert_eq!(warning["notices"][0]["address"], Value::Null);
    assert!(!warning.to_string().contains("example.vn"));
    let warning = ask("/api/v1/warnings/song-kon-1", &viewer).await;
    assert_eq!(warning["notices"][0]["address"], "lan@example.vn");
    assert_eq!(ask("/api/v1/set-aside", "").await["items"][0].get("raw_text"), None);
    let raw = ask("/api/v1/set-aside", &viewer).await["items"][0]["raw_text"].clone();
    assert!(raw.as_str().unwrap().starts_with('{'));
}
