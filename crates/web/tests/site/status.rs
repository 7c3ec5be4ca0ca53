//! What is wrong, by name.

use serde_json::Value;

use crate::harness::{Site, problem};

#[tokio::test]
async fn an_exercise_says_so_and_a_dead_intake_is_named() {
    let site = Site::start().await;
    let about = site.json("/api/v1/about").await;
    assert_eq!((&about["realm"], &about["public_read"]), (&"exercise".into(), &true.into()));
    let layers = |status: &Value| -> Vec<String> {
        let problems = status["problems"].as_array().unwrap().iter();
        problems.map(|one| one["layer"].as_str().unwrap().to_owned()).collect()
    };
    let status = site.json("/api/v1/status").await;
    assert_eq!(layers(&status), ["realm"]);
    assert_eq!(status["ledger"]["writing"], true);
    assert_eq!(site.get("/health/ready").await.status(), 200);
    site.breaks_intake();
    let detail = problem(site.get("/health/ready").await, 503).await;
    assert!(detail.contains("intake"), "{detail}");
    assert_eq!(site.get("/health/live").await.status(), 200);
}
