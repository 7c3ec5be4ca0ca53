//! The page's own addresses: opened directly, from a message or a bookmark, each brings the page.

use crate::harness::Site;

#[tokio::test]
async fn every_address_of_the_page_opens_it_directly_and_no_other_does() {
    let site = Site::start().await;
    let places = [
        "/",
        "/tram/thanh-hoa?khoang=2025-11-17..2025-11-19",
        "/mua?xep=72h",
        "/gio",
        "/canh-bao",
        "/canh-bao/song-kon-20251117t1630",
        "/suc-khoe",
        "/man-hinh",
        "/so-do",
        "/de-rieng",
        "/kiem-dinh?tu=2025-11-19",
        "/quan-tri/nguoi-nhan",
        "/bao-cao?luc=2025-11-19T02:00",
    ];
    for place in places {
        let answer = site.get(place).await;
        let kind = answer.headers()["content-type"].to_str().unwrap().to_owned();
        assert!(answer.status() == 200 && kind.starts_with("text/html"), "{place}: {kind}");
    }
    for place in ["/tramp", "/nhe-hon", "/api/v1/tram"] {
        assert_eq!(site.get(place).await.status(), 404, "{place}");
    }
}
