//! Signing in and out.

use std::time::Instant;

use axum::Json;
use axum::http::header::SET_COOKIE;
use axum::response::IntoResponse;
use domain::Span;
use domain::form::folded;
use serde::{Deserialize, Serialize};
use store::{Role, Session};
use utoipa::ToSchema;

use crate::access::{Access, Everyone};
use crate::app::Inner;
use crate::auth::{Person, Verified, clear_cookie, new_token, real_now, set_cookie, token_hash};
use crate::input::Body;
use crate::limit::network;
use crate::measures;
use crate::problem::{Kind, Problem, ProblemBody};

/// Longest name that is looked at.
const LONGEST_NAME: usize = 64;

/// Who is signed in.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Me {
    /// Null = nobody.
    user: Option<UserView>,
}

/// A person.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct UserView {
    name: String,
    full_name: String,
    /// `viewer`, `duty_officer`, `forecaster` or `admin`; each may do what those before may.
    #[schema(value_type = String)]
    role: Role,
}

/// Name and password.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SignIn {
    name: String,
    password: String,
}

impl From<Person> for UserView {
    fn from(person: Person) -> Self {
        Self { name: person.name, full_name: person.full_name, role: person.role }
    }
}

/// Who is signed in.
#[utoipa::path(get, path = "/api/v1/me", tag = "session", responses((status = 200, body = Me)))]
pub(crate) async fn me(access: Access<Everyone>) -> Json<Me> {
    Json(Me { user: access.caller().person.clone().map(UserView::from) })
}

/// Signs in. The session is a cookie; no script can read it, no foreign page can use it.
#[utoipa::path(
    post, path = "/api/v1/session", tag = "session", request_body = SignIn,
    responses(
        (status = 200, body = Me),
        (status = 401, description = "wrong name or password", body = ProblemBody, content_type = "application/problem+json"),
        (status = 429, description = "too many wrong passwords", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn sign_in(
    access: Access<Everyone>,
    Body(given): Body<SignIn>,
) -> Result<impl IntoResponse, Problem> {
    let app = access.app();
    let caller = access.caller();
    if given.name.is_empty() || given.name.len() > LONGEST_NAME {
        return Err(wrong());
    }
    // Telephones begin a name with a capital and end it with a space.
    let asked = folded(&given.name).into_owned();
    let address = network(caller.address);
    app.attempts.begin(&asked, address, Instant::now()).map_err(slow_down)?;
    let name = asked.clone();
    let user = access.read(move |reader| reader.user(&name)).await?.filter(|user| !user.disabled);
    let hash = user.as_ref().map(|user| user.password_hash.clone());
    let verified = app.passwords.verify(given.password, hash).await?;
    let Some(user) = user.filter(|_| verified == Verified::Right) else {
        tracing::warn!(user = asked, address = %caller.address, "A sign-in failed.");
        return Err(wrong());
    };
    app.attempts.succeeded(&asked, address);
    if let Some(old) = &caller.session {
        end(app, old).await?;
    }
    let (token, seconds) = begin(app, &user.name).await?;
    let from = format!("from {}", caller.address);
    app.parts.ledger.audit(user.name.clone(), "signed in".to_owned(), from).await?;
    tracing::info!(user = user.name, address = %caller.address, "A person signed in.");
    let me = Me { user: Some(Person::from(user).into()) };
    Ok(([(SET_COOKIE, set_cookie(&token, seconds, caller.https))], Json(me)))
}

/// Signs out; the session is worth nothing afterwards.
#[utoipa::path(delete, path = "/api/v1/session", tag = "session", responses((status = 200, body = Me)))]
pub(crate) async fn sign_out(access: Access<Everyone>) -> Result<impl IntoResponse, Problem> {
    let caller = access.caller();
    if let Some(hash) = &caller.session {
        end(access.app(), hash).await?;
    }
    Ok(([(SET_COOKIE, clear_cookie(caller.https))], Json(Me { user: None })))
}

pub(super) async fn begin(app: &Inner, user: &str) -> Result<(String, u64), Problem> {
    let token = new_token();
    let hours = app.config.session_hours;
    let expires_at = real_now() + Span::hours(hours.into());
    let session = Session { token_hash: token_hash(&token), user: user.to_owned(), expires_at };
    app.parts.ledger.put_session(session).await?;
    Ok((token, u64::from(hours) * 3_600))
}

async fn end(app: &Inner, hash: &str) -> Result<(), Problem> {
    app.parts.ledger.end_session(hash.to_owned()).await?;
    app.sessions.forget(hash);
    Ok(())
}

/// The same for a wrong name, a wrong password and a disabled user.
fn wrong() -> Problem {
    metrics::counter!(measures::REFUSED, "reason" => "sign_in").increment(1);
    Problem::new(Kind::WrongPassword, "the name or the password is wrong")
}

pub(super) fn slow_down(seconds: u64) -> Problem {
    metrics::counter!(measures::REFUSED, "reason" => "sign_in").increment(1);
    let detail = format!("too many wrong passwords: try again in {seconds} s");
    Problem::new(Kind::TooOften, detail).retry_after(seconds)
}
