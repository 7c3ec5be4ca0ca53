//! The crowd is limited first.

use reqwest::Method;
use store::Role;
use web::Rate;

use crate::harness::{Site, problem};

#[tokio::test]
async fn a_crowd_empties_its_own_bucket_and_nobody_elses() {
    let site = Site::start_with(|config| {
        config.rates.anonymous = Rate { per_second: 0.01, burst: 20.0 };
    })
    .await;
    let duty = site.person("duty", Role::DutyOfficer).await;
    assert_eq!(site.ask(Method::GET, "/api/v1/me", &duty, None).await.status(), 200);
    let mut refused = None;
    for _ in 0..40 {
        let answer = site.get("/api/v1/stations").await;
        if answer.status() == 429 {
            refused = Some(answer);
            break;
        }
    }
    let refused = refused.expect("a limit");
    assert!(refused.headers()["retry-after"].to_str().unwrap().parse::<u64>().unwrap() > 50);
    problem(refused, 429).await;
    for _ in 0..50 {
        assert_eq!(site.ask(Method::GET, "/api/v1/stations", &duty, None).await.status(), 200);
    }
}

#[tokio::test]
async fn live_streams_are_counted_and_the_staff_has_places_of_its_own() {
    let site = Site::start_with(|config| config.anonymous_live_clients = 2).await;
    let duty = site.person("duty", Role::DutyOfficer).await;
    let open = async |cookie: &str| site.ask(Method::GET, "/api/v1/live", cookie, None).await;
    let (first, _second) = (open("").await, open("").await);
    problem(open("").await, 503).await;
    assert_eq!(open(&duty).await.status(), 200);
    drop(first);
    for _ in 0..1_000 {
        if open("").await.status() == 200 {
            return;
        }
        tokio::task::yield_now().await;
    }
    panic!("a place that was left is not given again");
}

#[tokio::test]
async fn connections_from_one_address_are_counted() {
    let site = Site::start_with(|config| config.connections_per_address = 3).await;
    let mut held = Vec::new();
    for _ in 0..3 {
        held.push(tokio::net::TcpStream::connect(&site.address).await.unwrap());
    }
    for stream in &held {
        stream.writable().await.unwrap();
    }
    assert!(site.client.get(site.url("/health/live")).send().await.is_err());
    drop(held);
    for _ in 0..1_000 {
        if site.client.get(site.url("/health/live")).send().await.is_ok() {
            return;
        }
        tokio::task::yield_now().await;
    }
    panic!("connections that were closed still count");
}
