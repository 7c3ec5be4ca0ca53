//! The receipt page.

use domain::Outcome;
use store::NoticeState;

use crate::harness::{RECEIPT_KEY, Site};
use crate::samples::{notice, warning};

async fn with_notices() -> (Site, String, String) {
    let site = Site::start().await;
    let notices = vec![notice("song-kon-1", "lan", "vi"), notice("song-kon-1", "ann", "en")];
    let (vi, en) = (notices[0].id.clone(), notices[1].id.clone());
    let warnings = vec![warning("song-kon-1")];
    site.happens(&Outcome { warnings, notices, ..Outcome::default() }).await;
    (site, vi, en)
}

fn link(id: &str) -> String {
    format!("/r/{id}/{}", store::receipt::receipt_token(RECEIPT_KEY, id))
}

async fn state(site: &Site, id: &str) -> NoticeState {
    let (reader, id) = (site.ledger.reader(), id.to_owned());
    let found = tokio::task::spawn_blocking(move || reader.notice(&id).unwrap().unwrap().state);
    found.await.unwrap()
}

#[tokio::test]
async fn opening_changes_nothing_and_the_button_confirms() {
    let (site, vi, en) = with_notices().await;
    let before = state(&site, &vi).await;
    let page = site.get(&link(&vi)).await.text().await.unwrap();
    assert!(
        page.contains("Lũ sông Kôn &lt;trên&gt; BĐ3") && page.contains("<form method=\"post\">")
    );
    assert!(page.contains("DIỄN TẬP"));
    assert_eq!(state(&site, &vi).await, before);
    let pressed =
        site.client.post(site.url(&link(&vi))).header("origin", "null").send().await.unwrap();
    assert_eq!(pressed.status(), 303);
    assert_eq!(pressed.headers()["location"].to_str().unwrap(), link(&vi));
    assert_eq!(state(&site, &vi).await, NoticeState::Confirmed);
    assert_eq!(state(&site, &en).await, before, "nobody confirms for another");
    let page = site.get(&link(&vi)).await.text().await.unwrap();
    assert!(page.contains("Đã xác nhận lúc") && !page.contains("<form"));
}

#[tokio::test]
async fn the_page_speaks_the_language_of_the_notice() {
    let (site, _, en) = with_notices().await;
    let page = site.get(&link(&en)).await.text().await.unwrap();
    assert!(page.contains("lang=\"en\"") && page.contains("I have received this"));
}

#[tokio::test]
async fn pressing_twice_is_confirming_once() {
    let (site, vi, _) = with_notices().await;
    for _ in 0..3 {
        assert_eq!(site.client.post(site.url(&link(&vi))).send().await.unwrap().status(), 303);
    }
    let (reader, id) = (site.ledger.reader(), vi);
    let record = tokio::task::spawn_blocking(move || reader.notice(&id).unwrap().unwrap());
    let history = record.await.unwrap().history;
    assert_eq!(history.iter().filter(|line| line.state == NoticeState::Confirmed).count(), 1);
}

#[tokio::test]
async fn a_wrong_link_tells_nothing() {
    let (site, vi, en) = with_notices().await;
    let token = |path: &str| path.rsplit('/').next().unwrap().to_owned();
    for path in [
        format!("/r/{vi}/{}", token(&link(&en))),
        format!("/r/{vi}/x"),
        format!("/r/nobody/{}", token(&link(&vi))),
    ] {
        for request in [site.client.get(site.url(&path)), site.client.post(site.url(&path))] {
            let answer = request.send().await.unwrap();
            assert_eq!(answer.status(), 404, "{path}");
            assert!(!answer.text().await.unwrap().contains("Kôn"), "{path}");
        }
    }
    assert_ne!(state(&site, &vi).await, NoticeState::Confirmed);
}
