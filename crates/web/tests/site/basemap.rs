//! The land under the stations, of invented squares.

use web::WebConfig;

use crate::harness::{Site, problem};

const SQUARE: &str = r#"{"type":"Topology","objects":{},"arcs":[]}"#;

#[tokio::test]
async fn a_map_is_served_as_it_is_and_its_absence_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("map.json");
    std::fs::write(&path, SQUARE).unwrap();
    let site = Site::start_with(|config| config.basemap = Some(path)).await;
    assert_eq!(site.json("/api/v1/about").await["basemap"], true);
    let answer = site.get("/api/v1/basemap").await;
    let tag = answer.headers()["etag"].to_str().unwrap().to_owned();
    assert_eq!(answer.text().await.unwrap(), SQUARE);
    let again = site.client.get(site.url("/api/v1/basemap")).header("if-none-match", tag);
    assert_eq!(again.send().await.unwrap().status(), 304);

    let bare = Site::start().await;
    assert_eq!(bare.json("/api/v1/about").await["basemap"], false);
    problem(bare.get("/api/v1/basemap").await, 404).await;
}

#[test]
fn a_file_that_is_no_map_is_a_fault_of_the_settings() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("map.json");
    let fault = |text: Option<&str>| {
        if let Some(text) = text {
            std::fs::write(&path, text).unwrap();
        }
        let config = WebConfig { basemap: Some(path.clone()), ..WebConfig::default() };
        config.faults().first().map(ToString::to_string).unwrap_or_default()
    };
    assert!(fault(None).contains("cannot be read"));
    assert!(fault(Some("{")).contains("is no JSON"));
    assert!(fault(Some("{}")).contains("is no TopoJSON"));
    assert_eq!(fault(Some(SQUARE)), "");
}
