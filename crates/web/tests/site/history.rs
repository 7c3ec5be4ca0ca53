//! The long memory: its state, and a list of what it refused.

use crate::harness::{Site, problem};

#[tokio::test]
async fn its_state_has_a_name_and_the_list_of_refused_points_has_pages() {
    let site = Site::start().await;
    let told = site.json("/api/v1/history").await;
    assert_eq!(told["state"], "off");
    assert_eq!(told, site.json("/api/v1/status").await["history"]);
    let page = site.json("/api/v1/history/refused?limit=500").await;
    assert_eq!(page, serde_json::json!({"items": [], "next": null}));
    problem(site.get("/api/v1/history/refused?limit=501").await, 400).await;
    problem(site.get("/api/v1/history/refused?cursor=x").await, 400).await;
    problem(site.get("/api/v1/history/refused?order=up").await, 400).await;
}
