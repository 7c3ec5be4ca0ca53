//! Whatever is asked, the answer is an answer.

use proptest::prelude::*;
use proptest::test_runner::TestRunner;

use crate::harness::Site;

const PATHS: [&str; 9] = [
    "/api/v1/stations",
    "/api/v1/series",
    "/api/v1/series/0/readings",
    "/api/v1/latest",
    "/api/v1/warnings",
    "/api/v1/transitions",
    "/api/v1/notices",
    "/api/v1/set-aside",
    "/api/v1/configs",
];
const KEYS: [&str; 12] = [
    "limit",
    "cursor",
    "from",
    "to",
    "every",
    "points",
    "known_at",
    "station",
    "parameter",
    "state",
    "after",
    "open",
];
const VALUES: [&str; 16] = [
    "0",
    "1",
    "-1",
    "18446744073709551615",
    "9223372036854775807",
    "-9223372036854775808",
    "NaN",
    "1h",
    "9223372036854775807d",
    "-9999-01-01T00:00:00Z",
    "9999-12-31T23:59:59Z",
    "true",
    "%00",
    "%ff%fe",
    "%F0%9F%8C%8A",
    "'%20OR%201=1--",
];

fn query() -> impl Strategy<Value = String> {
    let key = prop_oneof![prop::sample::select(&KEYS[..]).prop_map(str::to_owned), "[ -~]{0,8}"];
    let value =
        prop_oneof![prop::sample::select(&VALUES[..]).prop_map(str::to_owned), "[ -~]{0,12}"];
    let pair = (key, value).prop_map(|(key, value)| format!("{key}={value}"));
    prop::collection::vec(pair, 0..4).prop_map(|pairs| pairs.join("&").replace('#', "%23"))
}

#[test]
fn no_query_makes_the_server_fail() {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let (site, viewer) = runtime.block_on(async {
        let site = Site::start().await;
        site.happens(&crate::samples::two_series()).await;
        let viewer = site.person("viewer", store::Role::Viewer).await;
        (site, viewer)
    });
    let ask = (prop::sample::select(&PATHS[..]), query());
    let checked = TestRunner::default().run(&ask, |(path, query)| {
        let (status, kind) = runtime.block_on(async {
            let answer =
                site.ask(reqwest::Method::GET, &format!("{path}?{query}"), &viewer, None).await;
            (answer.status().as_u16(), answer.headers()["content-type"].clone())
        });
        prop_assert!([200, 400, 404, 422].contains(&status), "{status} for {path}?{query}");
        let expected = if status == 200 { "application/json" } else { "application/problem+json" };
        prop_assert_eq!(kind, expected);
        Ok(())
    });
    checked.unwrap();
}
