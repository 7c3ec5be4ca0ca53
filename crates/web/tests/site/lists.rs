//! Lists: pages, cursors, entity tags.

use domain::{ArrivalBody, Outcome, QcFlag};
use serde_json::Value;
use store::Role;

use crate::harness::{Site, problem, shipped_files};
use crate::samples::{
    alarm, at, issued, key, message, notice, reading, set_aside, transition, two_series, warning,
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

async fn json(site: &Site, path: &str, cookie: &str) -> Value {
    site.ask(reqwest::Method::GET, path, cookie, None).await.json().await.unwrap()
}

async fn walk(site: &Site, cookie: &str, path: &str, limit: usize) -> Vec<Value> {
    let (mut items, mut cursor) = (Vec::new(), None::<String>);
    let join = if path.contains('?') { '&' } else { '?' };
    for _ in 0..100 {
        let next = cursor.map_or_else(String::new, |cursor| format!("&cursor={cursor}"));
        let page = json(site, &format!("{path}{join}limit={limit}{next}"), cookie).await;
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
    let viewer = site.person("viewer", Role::Viewer).await;
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
        let whole = json(&site, path, &viewer).await["items"].as_array().unwrap().clone();
        assert!(!whole.is_empty() || path.ends_with("configs"), "{path}");
        for limit in [1, 2, 3] {
            assert_eq!(walk(&site, &viewer, path, limit).await, whole, "{path} by {limit}");
        }
    }
}

#[tokio::test]
async fn an_unchanged_list_is_not_sent_again() {
    let site = filled().await;
    for path in ["/api/v1/stations", "/api/v1/warnings", "/api/v1/latest", "/api/openapi.json"] {
        let first = site.get(path).await;
        let tag = first.headers()["etag"].clone();
        let caching = first.headers()["cache-control"].to_str().unwrap().to_owned();
        assert!(caching.contains("no-cache") && !caching.contains("no-store"), "{path}: {caching}");
        let again = async || {
            site.client.get(site.url(path)).header("if-none-match", &tag).send().await.unwrap()
        };
        let unchanged = again().await;
        assert_eq!(unchanged.status(), 304, "{path}");
        assert_eq!(unchanged.headers()["etag"], tag);
        assert_eq!(unchanged.headers()["cache-control"].to_str().unwrap(), caching);
        assert!(unchanged.bytes().await.unwrap().is_empty());
    }
    let tag = site.get("/api/v1/warnings").await.headers()["etag"].clone();
    site.happens(&Outcome { warnings: vec![issued("song-kon-9")], ..Outcome::default() }).await;
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
async fn names_addresses_and_raw_bytes_are_for_signed_in_people() {
    let site = filled().await;
    site.happens(&Outcome { warnings: vec![issued("song-kon-1")], ..Outcome::default() }).await;
    let viewer = site.person("viewer", Role::Viewer).await;
    let seen = json(&site, "/api/v1/warnings/song-kon-1", "").await;
    for secret in ["example.vn", "lan", "Trực ban", "trạm hỏng"] {
        assert!(!seen.to_string().contains(secret), "{secret} in {seen}");
    }
    assert_eq!(seen["warning"]["log"][0]["who"], "staff");
    assert_eq!(seen["messages"][0]["author"], serde_json::json!({"by": "person", "name": "staff"}));
    problem(site.get("/api/v1/notices").await, 401).await;
    let seen = json(&site, "/api/v1/warnings/song-kon-1", &viewer).await;
    assert_eq!(seen["notices"][0]["address"], "lan@example.vn");
    assert_eq!(seen["warning"]["log"][1]["who"], "Trực ban Lan (lan)");
    assert_eq!(json(&site, "/api/v1/set-aside", "").await["items"][0].get("raw_text"), None);
    let raw = json(&site, "/api/v1/set-aside", &viewer).await["items"][0]["raw_text"].clone();
    assert!(raw.as_str().unwrap().starts_with('{'));
}

#[tokio::test]
async fn drafts_are_for_signed_in_people() {
    let site = filled().await;
    let viewer = site.person("viewer", Role::Viewer).await;
    for n in [1, 3, 4] {
        let warnings = vec![issued(&format!("song-kon-{n}"))];
        site.happens(&Outcome { warnings, ..Outcome::default() }).await;
    }
    for limit in [1, 2, 100] {
        let seen = walk(&site, "", "/api/v1/warnings?open=true", limit).await;
        let ids: Vec<_> = seen.iter().map(|one| one["id"].as_str().unwrap()).collect();
        assert_eq!(ids, ["song-kon-4", "song-kon-3", "song-kon-1"], "pages of {limit}");
        assert!(seen.iter().all(|one| one["draft"].is_null()));
    }
    problem(site.get("/api/v1/warnings/song-kon-2").await, 404).await;
    let seen = json(&site, "/api/v1/warnings/song-kon-1", "").await;
    assert_eq!(seen["warning"]["draft"], Value::Null, "an update that waits is a draft too");
    let seen = json(&site, "/api/v1/warnings/song-kon-2", &viewer).await;
    assert_eq!(seen["warning"]["draft"]["number"], 1);
    assert_eq!(
        json(&site, "/api/v1/warnings", &viewer).await["items"].as_array().unwrap().len(),
        5
    );
}

#[tokio::test]
async fn stations_and_levels_can_be_asked_as_they_were_in_force() {
    let site = Site::start().await;
    let early = site.ledger.now();
    tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    let mut files = shipped_files();
    let stations = files["stations.toml"].replace("\"Thạnh Hòa\"", "\"Thạnh Hòa cũ\"");
    files.insert("stations.toml".to_owned(), stations);
    let body = ArrivalBody::Config { by: "file".to_owned(), files, reason: None };
    site.ledger.submit(body).await.unwrap();
    let now = site.ledger.now();
    let then = json(&site, &format!("/api/v1/stations/thanh-hoa?at={now}"), "").await;
    assert_eq!((&then["name"], &then["health"]), (&"Thạnh Hòa cũ".into(), &Value::Null));
    assert_eq!(site.json("/api/v1/stations/thanh-hoa").await["name"], "Thạnh Hòa");
    for path in ["/api/v1/stations", "/api/v1/levels", "/api/v1/stations/thanh-hoa"] {
        assert_eq!(site.get(&format!("{path}?at={now}")).await.status(), 200, "{path}");
        let detail = problem(site.get(&format!("{path}?at={early}")).await, 404).await;
        assert!(detail.contains("no configuration"), "{detail}");
    }
}

#[tokio::test]
async fn what_was_put_aside_can_be_read_from_the_newest() {
    let site = filled().await;
    let ids = |items: Vec<Value>| {
        items.iter().map(|item| item["id"].as_u64().unwrap()).collect::<Vec<_>>()
    };
    let mut oldest = ids(walk(&site, "", "/api/v1/set-aside", 2).await);
    let newest = ids(walk(&site, "", "/api/v1/set-aside?newest=true", 2).await);
    oldest.reverse();
    assert_eq!((newest.len(), newest), (5, oldest));
}
