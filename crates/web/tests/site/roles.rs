//! Role × endpoint, over every route there is.

use reqwest::Method;
use serde_json::{Value, json};
use store::Role;

use crate::harness::Site;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Who {
    Everyone,
    /// Everyone while reading is public, else viewers.
    Readers,
    Viewers,
    DutyOfficers,
    Forecasters,
    Admins,
    /// Everyone on this machine; elsewhere admins. The tests run on this machine.
    Machine,
}
use Who::{Admins, DutyOfficers, Everyone, Forecasters, Machine, Readers, Viewers};

/// Every route with who may use it. A route that is missing here fails the test.
const ROUTES: [(&str, &str, Who); 87] = [
    ("get", "/", Everyone),
    ("get", "/api/openapi.json", Everyone),
    ("get", "/receipt.css", Everyone),
    ("get", "/nhe.css", Everyone),
    ("get", "/nhe", Readers),
    ("get", "/nhe/tram/{id}", Readers),
    ("get", "/nhe/canh-bao/{id}", Readers),
    ("get", "/health/live", Everyone),
    ("get", "/health/ready", Everyone),
    ("get", "/metrics", Machine),
    ("get", "/r/{notice}/{token}", Everyone),
    ("post", "/r/{notice}/{token}", Everyone),
    ("get", "/cap/feed.atom", Everyone),
    ("get", "/cap/{file}", Everyone),
    ("get", "/api/v1/about", Everyone),
    ("get", "/api/v1/me", Everyone),
    ("post", "/api/v1/session", Everyone),
    ("delete", "/api/v1/session", Everyone),
    ("get", "/api/v1/stations", Readers),
    ("get", "/api/v1/stations/{id}", Readers),
    ("get", "/api/v1/stations/{id}/health", Readers),
    ("post", "/api/v1/stations/{id}/maintenance", DutyOfficers),
    ("post", "/api/v1/stations/{id}/maintenance/end", DutyOfficers),
    ("get", "/api/v1/basemap", Readers),
    ("get", "/api/v1/parameters", Readers),
    ("get", "/api/v1/series", Readers),
    ("get", "/api/v1/series/{id}/readings", Readers),
    ("get", "/api/v1/series/{id}/versions", Viewers),
    ("get", "/api/v1/doubts", Viewers),
    ("get", "/api/v1/reviews", Viewers),
    ("post", "/api/v1/reviews", DutyOfficers),
    ("get", "/api/v1/export", Readers),
    ("get", "/api/v1/reports/{kind}", Readers),
    ("get", "/api/v1/latest", Readers),
    ("get", "/api/v1/levels", Readers),
    ("get", "/api/v1/forecasts", Readers),
    ("post", "/api/v1/forecasts", Forecasters),
    ("post", "/api/v1/forecasts/{seq}/withdraw", Forecasters),
    ("get", "/api/v1/alarms", Readers),
    ("get", "/api/v1/transitions", Readers),
    ("get", "/api/v1/warnings", Readers),
    ("get", "/api/v1/warnings/{id}", Readers),
    ("post", "/api/v1/warnings/{id}/confirm", DutyOfficers),
    ("post", "/api/v1/warnings/{id}/reject", DutyOfficers),
    ("post", "/api/v1/warnings/{id}/end", DutyOfficers),
    ("post", "/api/v1/warnings/{id}/cancel", DutyOfficers),
    ("post", "/api/v1/warnings/test", DutyOfficers),
    ("get", "/api/v1/warnings/{id}/calls", Viewers),
    ("get", "/api/v1/duty", Viewers),
    ("get", "/api/v1/duty/picture", Viewers),
    ("get", "/api/v1/duty/log", Viewers),
    ("post", "/api/v1/duty/take-over", DutyOfficers),
    ("post", "/api/v1/duty/hand-over", DutyOfficers),
    ("post", "/api/v1/duty/note", DutyOfficers),
    ("post", "/api/v1/duty/take", DutyOfficers),
    ("post", "/api/v1/duty/call", DutyOfficers),
    ("get", "/api/v1/notices", Viewers),
    ("post", "/api/v1/notices/{id}/retry", DutyOfficers),
    ("post", "/api/v1/notices/{id}/dismiss", DutyOfficers),
    ("get", "/api/v1/set-aside", Readers),
    ("post", "/api/v1/set-aside/reprocess", Forecasters),
    ("get", "/api/v1/configs", Readers),
    ("get", "/api/v1/history", Readers),
    ("get", "/api/v1/history/refused", Readers),
    ("get", "/api/v1/status", Readers),
    ("get", "/api/v1/live", Readers),
    ("get", "/api/v1/board", Readers),
    ("get", "/api/v1/bulletin", Readers),
    ("get", "/api/v1/conditions", Readers),
    ("get", "/api/v1/events", Readers),
    ("get", "/api/v1/rules", Readers),
    ("post", "/api/v1/me/password", Viewers),
    ("post", "/api/v1/clock", Admins),
    ("get", "/api/v1/users", Admins),
    ("post", "/api/v1/users", Admins),
    ("put", "/api/v1/users/{name}", Admins),
    ("post", "/api/v1/users/{name}/password", Admins),
    ("get", "/api/v1/station-access", Admins),
    ("post", "/api/v1/stations/{id}/secret", Admins),
    ("delete", "/api/v1/stations/{id}/secret", Admins),
    ("get", "/api/v1/recipients", Admins),
    ("get", "/api/v1/audit", Admins),
    ("get", "/api/v1/config/files", Admins),
    ("post", "/api/v1/config/edit", Admins),
    ("post", "/api/v1/config/check", Admins),
    ("post", "/api/v1/config/apply", Admins),
    ("get", "/no/such/page", Everyone),
];

fn may(who: Who, role: Option<Role>, public_read: bool) -> bool {
    match who {
        Everyone | Machine => true,
        Readers => public_read || role.is_some(),
        Viewers => role.is_some(),
        DutyOfficers => role >= Some(Role::DutyOfficer),
        Forecasters => role >= Some(Role::Forecaster),
        Admins => role >= Some(Role::Admin),
    }
}

#[tokio::test]
async fn every_route_lets_in_exactly_whom_it_should() {
    for public_read in [true, false] {
        let site = Site::start_with(|config| config.public_read = public_read).await;
        let mut people = vec![(None, String::new())];
        for (name, role) in [
            ("viewer", Role::Viewer),
            ("duty", Role::DutyOfficer),
            ("forecaster", Role::Forecaster),
            ("admin", Role::Admin),
        ] {
            people.push((Some(role), site.person(name, role).await));
        }
        for (role, cookie) in &people {
            for (method, path, who) in ROUTES {
                // Signing out would end the session that the next requests need.
                if (method, path) == ("delete", "/api/v1/session") {
                    continue;
                }
                let status = status(&site, method, path, cookie).await;
                let expected = match (may(who, *role, public_read), role) {
                    (true, _) => ![401, 403].contains(&status),
                    (false, None) => status == 401,
                    (false, Some(_)) => status == 403,
                };
                assert!(expected, "{method} {path} as {role:?}, public {public_read}: {status}");
            }
        }
    }
}

async fn status(site: &Site, method: &str, path: &str, cookie: &str) -> u16 {
    let path = path
        .replace("{id}/readings", "0/readings")
        .replace("{id}", "thanh-hoa")
        .replace("{seq}", "1");
    let path = path.replace(['{', '}'], "");
    let method = Method::from_bytes(method.to_uppercase().as_bytes()).unwrap();
    let body = [Method::POST, Method::PUT].contains(&method).then(|| json!({}));
    site.ask(method, &path, cookie, body.as_ref()).await.status().as_u16()
}

#[test]
fn every_described_route_is_in_the_table() {
    let document: Value = serde_json::to_value(web::document()).unwrap();
    let paths = document["paths"].as_object().unwrap();
    let described = paths.iter().flat_map(|(path, item)| {
        item.as_object().unwrap().keys().map(move |method| (method.as_str(), path.as_str()))
    });
    let known: Vec<_> = ROUTES.iter().map(|(method, path, _)| (*method, *path)).collect();
    let missing: Vec<_> = described.filter(|route| !known.contains(route)).collect();
    assert_eq!(missing, []);
}

#[tokio::test]
async fn metrics_are_hidden_from_whoever_comes_through_a_proxy() {
    let site = Site::start().await;
    let ask = |cookie: String| {
        let request = site.client.get(site.url("/metrics"));
        request.header("x-forwarded-for", "203.0.113.7").header("cookie", cookie).send()
    };
    assert_eq!(ask(String::new()).await.unwrap().status(), 403);
    let viewer = site.person("viewer", Role::Viewer).await;
    assert_eq!(ask(viewer).await.unwrap().status(), 403);
    let admin = site.person("admin", Role::Admin).await;
    assert_eq!(ask(admin).await.unwrap().status(), 200);
}
