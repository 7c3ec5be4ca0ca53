//! Who comes in: address, session, rate, crowd, origin; in that order, cheap things first.

use std::net::{IpAddr, SocketAddr};
use std::time::{Duration, Instant};

use axum::extract::{ConnectInfo, Request, State};
use axum::http::{HeaderMap, Method};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use store::Role;

use crate::access::Caller;
use crate::app::{App, Inner};
use crate::auth::{Person, check_origin, cookie_token, token_hash};
use crate::config::Rate;
use crate::door::Peer;
use crate::limit::{Key, Place, network};
use crate::measures;
use crate::problem::{Kind, Problem};
use crate::reads::Lane;

/// Lets a request in, or turns it away; whatever passes knows its [`Caller`].
pub(crate) async fn admit(
    State(app): State<App>,
    ConnectInfo(peer): ConnectInfo<Peer>,
    request: Request,
    next: Next,
) -> Response {
    peer.asked();
    let began = Instant::now();
    let (method, path) = (request.method().clone(), shown_path(request.uri().path()).to_owned());
    let response =
        pass(&app.0, peer.address, request, next).await.unwrap_or_else(IntoResponse::into_response);
    let status = response.status().as_u16();
    metrics::counter!(measures::REQUESTS, "class" => class(status)).increment(1);
    let took_ms = began.elapsed().as_millis();
    tracing::debug!(%method, path, status, took_ms, "Answered a request.");
    response
}

async fn pass(
    app: &Inner,
    peer: SocketAddr,
    mut request: Request,
    next: Next,
) -> Result<Response, Problem> {
    let enters = enters(request.method(), request.uri().path());
    let caller = Caller { enters, ..locate(app, peer, request.headers()) };
    let caller = identify(app, caller, request.headers()).await?;
    let _place = find_place(app, &caller, request.uri().path())?;
    let acts = !matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS);
    // A receipt's form is opened from a mail: its token is the permission, no cookie counts there.
    if acts && !request.uri().path().starts_with("/r/") {
        check_origin(request.headers())?;
    }
    request.extensions_mut().insert(caller);
    let longest = Duration::from_secs(app.config.request_seconds.into());
    tokio::time::timeout(longest, next.run(request)).await.map_err(|_| {
        let detail =
            "the answer took too long; an act may have been stored: look before you repeat";
        Problem::new(Kind::TooSlow, detail).retry_after(5)
    })
}

/// What must get through when the crowd is at the door: a duty officer who signs in, a receipt.
fn enters(method: &Method, path: &str) -> bool {
    path.starts_with("/r/")
        || (path == "/api/v1/session" && matches!(*method, Method::POST | Method::DELETE))
}

/// A place in the room for such requests; who is signed in needs none, and neither does what is in memory.
fn find_place(app: &Inner, caller: &Caller, path: &str) -> Result<Option<Place>, Problem> {
    let room = match caller.enters {
        true => &app.entrance,
        false => &app.crowd,
    };
    let reads = ["/api/", "/cap/", "/r/", "/nhe/"].iter().any(|start| path.starts_with(start));
    let reads = reads || path == "/nhe";
    if caller.person.is_some() || !reads {
        return Ok(None);
    }
    let place = match app.config.trusted_proxies.contains(&caller.address) {
        // A proxy that does not say for whom it asks.
        true => room.enter_freely(caller.address),
        false => room.enter(network(caller.address)),
    };
    place.map(Some).ok_or_else(crowded)
}

/// Finds out who asks and takes a token from their bucket. A cookie that nobody knows yet costs a
/// token of its address before it is looked up, so that made-up cookies cannot keep the store busy;
/// but not one of those that the crowd behind the same address uses up.
async fn identify(app: &Inner, mut caller: Caller, headers: &HeaderMap) -> Result<Caller, Problem> {
    let session = cookie_token(headers).map(token_hash);
    let now = Instant::now();
    let remembered = session.as_ref().and_then(|hash| app.sessions.remembered(hash, now));
    if let Some(person) = remembered {
        take(app, Key::Person(person.name.clone()), rate(app, Some(&person)))?;
        caller.person = Some(person);
    } else {
        let address = network(caller.address);
        if session.is_some() || caller.enters {
            take(app, Key::Entrance(address), rate(app, None))?;
        }
        if let Some(hash) = session.clone() {
            caller.person = app.person(&hash, Lane::Entrance).await?;
        }
        if caller.person.is_none() && !caller.enters {
            take(app, Key::Address(address), rate(app, None))?;
        }
    }
    caller.session = session.filter(|_| caller.person.is_some());
    Ok(caller)
}

fn rate(app: &Inner, person: Option<&Person>) -> Rate {
    match person.map(|person| person.role) {
        None => app.config.rates.anonymous,
        Some(Role::Viewer) => app.config.rates.viewer,
        Some(Role::DutyOfficer | Role::Forecaster | Role::Admin) => app.config.rates.staff,
    }
}

fn take(app: &Inner, key: Key, rate: Rate) -> Result<(), Problem> {
    app.buckets.take(key, rate, Instant::now()).map_err(|seconds| {
        metrics::counter!(measures::REFUSED, "reason" => "rate").increment(1);
        let detail = format!("at most {} requests a second", rate.per_second);
        Problem::new(Kind::TooOften, detail).retry_after(seconds)
    })
}

fn crowded() -> Problem {
    metrics::counter!(measures::REFUSED, "reason" => "crowd").increment(1);
    Problem::new(Kind::Crowded, "too many people ask at once: try again").retry_after(2)
}

/// Where a request comes from. Only a trusted proxy is believed about others.
fn locate(app: &Inner, peer: SocketAddr, headers: &HeaderMap) -> Caller {
    let address = peer.ip().to_canonical();
    let proxies = &app.config.trusted_proxies;
    let trusted = proxies.contains(&address);
    let told = |name: &str| headers.contains_key(name);
    let https = headers.get("x-forwarded-proto").is_some_and(|scheme| scheme == "https");
    Caller {
        person: None,
        session: None,
        address: if trusted { forwarded(headers, proxies).unwrap_or(address) } else { address },
        enters: false,
        https: trusted && https,
        local: address.is_loopback() && !told("x-forwarded-for") && !told("forwarded"),
    }
}

/// For whom the proxies ask: each adds the address it was asked from at the end, so the last one that is
/// no proxy of ours is the last that can be believed. What stands before it may be made up.
fn forwarded(headers: &HeaderMap, proxies: &[IpAddr]) -> Option<IpAddr> {
    let lines = headers.get_all("x-forwarded-for").iter().rev();
    let entries = lines.flat_map(|line| line.to_str().unwrap_or_default().rsplit(','));
    let addresses = entries.map(|entry| Some(entry.trim().parse::<IpAddr>().ok()?.to_canonical()));
    addresses.map_while(|address| address).find(|address| !proxies.contains(address))
}

/// A receipt's path holds its token, so it is not logged.
fn shown_path(path: &str) -> &str {
    if path.starts_with("/r/") { "/r/…" } else { path }
}

const fn class(status: u16) -> &'static str {
    match status / 100 {
        1 | 2 => "2xx",
        3 => "3xx",
        4 => "4xx",
        _ => "5xx",
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use axum::http::HeaderValue;
    use domain::{Arrival, Outcome, Processor, Realm, Span, Time};
    use metrics_exporter_prometheus::PrometheusBuilder;
    use store::{Ledger, LedgerThread, Options, Session, User};

    use super::*;
    use crate::auth::real_now;
    use crate::{BrokerStatus, Parts, WebConfig};

    struct Idle;

    impl Processor for Idle {
        fn apply(&mut self, _: &Arrival) -> Outcome {
            Outcome::default()
        }
        fn next_deadline(&self) -> Option<Time> {
            None
        }
        fn health(&self) -> Vec<domain::StationHealth> {
            Vec::new()
        }
        fn checkpoint(&self) -> Vec<u8> {
            Vec::new()
        }
        fn restore(&mut self, _: &[u8]) -> Result<(), String> {
            Ok(())
        }
    }

    impl store::Clock for Idle {
        fn now(&self) -> Time {
            real_now()
        }
        fn until(&self, _: Time) -> Duration {
            Duration::from_secs(1)
        }
    }

    fn site(folder: &std::path::Path) -> (App, LedgerThread) {
        let path = folder.join("l.db");
        let options = Options {
            path,
            realm: Realm::Exercise,
            batch: 8,
            queue: 8,
            fold_readings: store::FOLD_READINGS,
        };
        let (ledger, thread) =
            Ledger::open(options, Box::new(Idle), Arc::new(Idle)).expect("a ledger");
        let broker = BrokerStatus {
            listening: true,
            connections: 0,
            address: String::new(),
            failing_since: None,
        };
        let parts = Parts {
            ledger,
            realm: Realm::Exercise,
            pack: Arc::new(|| panic!("nobody asks for the pack here")),
            receipt_key: Arc::from(&b"key"[..]),
            drill: None,
            broker_status: Arc::new(move || broker.clone()),
            history: crate::parts::History { watch: history::HistoryWatch::off(), archive: None },
            external_status: Arc::new(Vec::new),
            config_problem: Arc::new(|| None),
            configuration: Arc::new(crate::configuration::tests::Nothing),
            metrics: PrometheusBuilder::new().build_recorder().handle(),
            version: String::new(),
        };
        (App::new(parts, WebConfig::default(), tokio_util::sync::CancellationToken::new()), thread)
    }

    fn caller(app: &App, address: [u8; 4], method: &Method, path: &str) -> Caller {
        let caller = locate(&app.0, (address, 1).into(), &HeaderMap::new());
        Caller { enters: enters(method, path), ..caller }
    }

    /// A person with a session, and the headers they send.
    async fn officer(app: &App) -> HeaderMap {
        let (name, token) = ("lan".to_owned(), "t".repeat(43));
        let full_name = "Lan".to_owned();
        let (role, password_hash) = (Role::DutyOfficer, String::new());
        let user = User { name: name.clone(), full_name, role, password_hash, disabled: false };
        let ledger = &app.0.parts.ledger;
        ledger.put_user(user).await.expect("stored");
        let expires_at = real_now() + Span::hours(1);
        let session = Session { token_hash: token_hash(&token), user: name, expires_at };
        ledger.put_session(session).await.expect("stored");
        let mut headers = HeaderMap::new();
        let cookie = format!("quantrac_session={token}");
        headers.insert("cookie", HeaderValue::from_str(&cookie).expect("a header"));
        headers
    }

    #[tokio::test]
    async fn a_crowd_keeps_no_officer_and_no_receipt_out() {
        let home = tempfile::tempdir().expect("a folder");
        let (app, _thread) = site(home.path());
        let lan = officer(&app).await;
        let ask = |address, method: &Method, path: &str| {
            find_place(&app.0, &caller(&app, address, method, path), path)
        };
        let list = "/api/v1/stations";
        // One address has its share, then all places are taken, and every read of the crowd too.
        let hog: Vec<_> =
            (0..99).map_while(|_| ask([10, 0, 0, 1], &Method::GET, list).ok()).collect();
        assert_eq!(hog.len(), 16);
        assert!(ask([10, 0, 0, 2], &Method::GET, list).is_ok(), "the others have their share");
        let crowd: Vec<_> =
            (2..250).filter_map(|n| ask([10, 0, 0, n], &Method::GET, list).ok()).collect();
        assert_eq!(hog.len() + crowd.len(), 64);
        let _reads = app.0.reads.take_all(Lane::Crowd);
        for (method, path) in [
            (&Method::POST, "/api/v1/session"),
            (&Method::DELETE, "/api/v1/session"),
            (&Method::GET, "/r/a.1/token"),
            (&Method::POST, "/r/a.1/token"),
        ] {
            assert!(ask([10, 0, 0, 1], method, path).is_ok(), "{method} {path}");
        }
        assert!(ask([10, 0, 0, 1], &Method::GET, "/").is_ok(), "the page is in memory");
        for light in ["/nhe", "/nhe/tram/thanh-hoa"] {
            assert!(ask([10, 0, 0, 1], &Method::GET, light).is_err(), "{light} is made of reads");
        }
        let came = caller(&app, [10, 0, 0, 1], &Method::GET, list);
        let known = identify(&app.0, came, &lan).await.expect("looked up");
        assert_eq!(known.person.as_ref().map(|person| person.name.as_str()), Some("lan"));
        assert!(find_place(&app.0, &known, list).is_ok_and(|place| place.is_none()));
    }

    #[tokio::test]
    async fn a_crowd_behind_an_officers_address_does_not_use_up_their_rate() {
        let home = tempfile::tempdir().expect("a folder");
        let (app, _thread) = site(home.path());
        let lan = officer(&app).await;
        let come = |method, path| caller(&app, [10, 0, 0, 1], method, path);
        while identify(&app.0, come(&Method::GET, "/"), &HeaderMap::new()).await.is_ok() {}
        let signs_in = come(&Method::POST, "/api/v1/session");
        assert!(identify(&app.0, signs_in, &HeaderMap::new()).await.is_ok());
        let reads = identify(&app.0, come(&Method::GET, "/api/v1/stations"), &lan).await;
        assert!(reads.expect("looked up").person.is_some());
    }

    #[test]
    fn the_last_address_that_is_no_proxy_of_ours_is_believed() {
        let proxies: Vec<IpAddr> =
            ["10.0.0.1", "10.0.0.2"].map(|ip| ip.parse().expect("ip")).into();
        let check = |lines: &[&str], expected: Option<&str>| {
            let mut headers = HeaderMap::new();
            for line in lines {
                let line = HeaderValue::from_str(line).expect("a header");
                headers.append("x-forwarded-for", line);
            }
            let expected = expected.map(|ip| ip.parse().expect("an address"));
            assert_eq!(forwarded(&headers, &proxies), expected, "{lines:?}");
        };
        check(&[], None);
        check(&["203.0.113.7"], Some("203.0.113.7"));
        check(&["198.51.100.1, 203.0.113.7, 10.0.0.2"], Some("203.0.113.7"));
        check(&["198.51.100.1", "203.0.113.7", "10.0.0.2,10.0.0.1"], Some("203.0.113.7"));
        check(&["::ffff:203.0.113.7, ::ffff:10.0.0.1"], Some("203.0.113.7"));
        check(&["10.0.0.2"], None);
        check(&["198.51.100.1, unknown, 10.0.0.2"], None);
    }
}
