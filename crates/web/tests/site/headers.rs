//! Headers of every answer.

use crate::harness::Site;

#[tokio::test]
async fn every_answer_is_locked_down() {
    let site = Site::start().await;
    for path in ["/", "/api/v1/about", "/no/such/page", "/cap/feed.atom", "/r/a/b", "/receipt.css"]
    {
        let answer = site.get(path).await;
        let header = |name: &str| answer.headers()[name].to_str().unwrap().to_owned();
        let policy = header("content-security-policy");
        for part in [
            "default-src 'self'",
            "frame-ancestors 'none'",
            "base-uri 'none'",
            "form-action 'self'",
        ] {
            assert!(policy.contains(part), "{path}: {policy}");
        }
        assert!(
            !policy.contains("unsafe-eval") && !policy.contains("script-src"),
            "{path}: {policy}"
        );
        assert_eq!(header("x-content-type-options"), "nosniff", "{path}");
        assert_eq!(header("referrer-policy"), "no-referrer", "{path}");
        assert!(!header("cache-control").is_empty(), "{path}");
    }
}

#[tokio::test]
async fn what_is_long_is_compressed_for_those_who_take_it() {
    let site = Site::start().await;
    let ask = async |path: &str| {
        let request = site.client.get(site.url(path)).header("accept-encoding", "gzip");
        request.send().await.unwrap().headers().get("content-encoding").cloned()
    };
    assert_eq!(ask("/api/v1/stations").await.unwrap(), "gzip");
    assert_eq!(ask("/api/v1/live").await.unwrap(), "gzip");
    let plain = site.client.get(site.url("/api/v1/live")).send().await.unwrap();
    assert_eq!(plain.headers().get("content-encoding"), None);
}
