//! CAP documents and their feed.

use store::CapDocument;

use crate::harness::Site;
use crate::samples::at;

async fn with_documents() -> Site {
    let site = Site::start().await;
    for (n, clock) in [(1, "03:00"), (2, "04:00")] {
        let document = CapDocument {
            identifier: format!("vn.example.song-kon-1.{n}"),
            warning: "song-kon-1".parse().unwrap(),
            sent_at: at(clock),
            expires_at: at("15:00"),
            title: format!("Lũ & mưa <{n}>"),
            xml: format!("<alert>{n}</alert>"),
        };
        site.ledger.put_cap(document).await.unwrap();
    }
    site
}

#[tokio::test]
async fn the_feed_lists_documents_that_can_be_fetched_even_when_reading_is_not_public() {
    let site = with_documents().await;
    let feed = site.get("/cap/feed.atom").await;
    assert_eq!(feed.headers()["content-type"], "application/atom+xml");
    let feed = feed.text().await.unwrap();
    assert!(feed.contains("<updated>2025-11-19T04:00:00+07:00</updated>"), "{feed}");
    assert!(feed.contains("Lũ &amp; mưa &lt;1&gt;"), "{feed}");
    let marker = "type=\"application/cap+xml\" href=\"";
    let links: Vec<_> =
        feed.split(marker).skip(1).map(|rest| rest.split('"').next().unwrap()).collect();
    assert_eq!(links.len(), 2);
    for (link, expected) in links.iter().zip(["<alert>2</alert>", "<alert>1</alert>"]) {
        let answer = site.client.get(*link).send().await.unwrap();
        assert_eq!(answer.headers()["content-type"], "application/cap+xml");
        assert_eq!(answer.text().await.unwrap(), expected);
    }
}

#[tokio::test]
async fn an_unchanged_feed_is_not_sent_again() {
    let site = with_documents().await;
    let tag = site.get("/cap/feed.atom").await.headers()["etag"].clone();
    let again = site.client.get(site.url("/cap/feed.atom")).header("if-none-match", tag);
    assert_eq!(again.send().await.unwrap().status(), 304);
}

#[tokio::test]
async fn links_are_as_configured() {
    let site = Site::start_with(|config| {
        config.public_url = Some("https://quantrac.example.vn/".to_owned());
    })
    .await;
    let feed = site.get("/cap/feed.atom").await.text().await.unwrap();
    assert!(feed.contains("href=\"https://quantrac.example.vn/cap/feed.atom\""), "{feed}");
}

#[tokio::test]
async fn entries_keep_their_ids_whatever_name_the_server_is_asked_by() {
    let site = with_documents().await;
    let ids = async |host: &str| -> Vec<String> {
        let request = site.client.get(site.url("/cap/feed.atom")).header("host", host);
        let feed = request.send().await.unwrap().text().await.unwrap();
        feed.split("<id>").skip(1).map(|rest| rest.split('<').next().unwrap().to_owned()).collect()
    };
    let known = ids("a.example.vn").await;
    assert_eq!(known[1], "urn:quantrac:cap:vn.example.song-kon-1.2");
    assert_eq!(ids("b.example.vn").await, known);
}
