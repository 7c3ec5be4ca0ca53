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
    ConnectInfo(Peer(peer)): ConnectInfo<Peer>,
    request: Request,
    next: Next,
) -> Response {
    let began = Instant::now();
    let (method, path) = (request.method().clone(), shown_path(request.uri().path()).to_owned());
    let response =
        pass(&app.0, peer, request, next).await.unwrap_or_else(IntoResponse::into_response);
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
    let reads = ["/api/", "/cap/", "/r/"].iter().any(|start| path.starts_with(start));
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
            caller.person = look_up(app, hash).await?;
        }
        if caller.person.is_none() && !caller.enters {
            take(app, Key::Address(address), rate(app, None))?;
        }
    }
    caller.session = session.filter(|_| caller.person.is_some());
    Ok(caller)
}

async fn look_up(app: &Inner, hash: String) -> Result<Option<Person>, Problem> {
    let reader = app.parts.ledger.reader();
    let (session, user) = app
        .reads
        .read(Lane::Entrance, reader, move |reader| {
            let session = reader.session(&hash)?;
            let user = session.as_ref().map(|session| reader.user(&session.user)).transpose()?;
            Ok((session, user.flatten()))
        })
        .await?;
    Ok(app.sessions.accept(session, user))
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
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let forwarded = text("x-forwarded-for");
    let trusted = app.config.trusted_proxies.contains(&address);
    // The last entry is the one our own proxy wrote.
    let told = forwarded.and_then(|list| list.rsplit(',').next()?.trim().parse::<IpAddr>().ok());
    Caller {
        person: None,
        session: None,
        address: told.filter(|_| trusted).map_or(address, |told| told.to_canonical()),
        enters: false,
        https: trusted && text("x-forwarded-proto") == Some("https"),
        local: address.is_loopback() && forwarded.is_none() && text("forwarded").is_none(),
    }
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
