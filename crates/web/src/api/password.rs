//! One's own password.

use std::time::Instant;

use axum::Json;
use axum::http::header::SET_COOKIE;
use axum::response::IntoResponse;
use domain::form::composed;
use serde::{Deserialize, Serialize};
use store::User;
use utoipa::ToSchema;

use super::session;
use crate::access::{Access, SignedIn};
use crate::auth::{PasswordError, Verified, hash_password, set_cookie};
use crate::input::Body;
use crate::limit::network;
use crate::problem::{Kind, Problem, ProblemBody};

/// The old password and the new one.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct OwnPassword {
    old: String,
    /// 12 characters or more; a few words are easier to keep than signs.
    new: String,
}

/// It is changed.
#[derive(Serialize, ToSchema)]
pub(crate) struct PasswordChanged {
    /// This session is a new one; all others of this person have ended.
    sessions_ended: bool,
}

/// Changes one's own password. All sessions end; this one goes on under a new cookie.
#[utoipa::path(
    post, path = "/api/v1/me/password", tag = "session", request_body = OwnPassword,
    responses(
        (status = 200, body = PasswordChanged),
        (status = 422, description = "the old password is wrong, or the new one too weak", body = ProblemBody, content_type = "application/problem+json"),
        (status = 429, description = "too many wrong passwords", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn change(
    access: Access<SignedIn>,
    Body(given): Body<OwnPassword>,
) -> Result<impl IntoResponse, Problem> {
    let (app, caller, name) = (access.app(), access.caller(), access.name()?);
    if let Some(why) = weakness(&given, &name) {
        return Err(Problem::new(Kind::NotUsable, why));
    }
    let address = network(caller.address);
    app.attempts.begin(&name, address, Instant::now()).map_err(session::slow_down)?;
    let _turn = app.people.lock().await;
    let asked = name.clone();
    let user = access.read(move |reader| reader.user(&asked)).await?;
    let hash = user.as_ref().map(|user| user.password_hash.clone());
    let verified = app.passwords.verify(given.old, hash).await?;
    let Some(user) = user.filter(|_| verified == Verified::Right) else {
        // Not the kind of a missing session: the page would ask to sign in.
        return Err(Problem::new(Kind::NotUsable, "the old password is wrong"));
    };
    app.attempts.succeeded(&name, address);
    let hashed = tokio::task::spawn_blocking(move || hash_password(&given.new)).await;
    let password_hash = hashed.map_err(Problem::internal)?.map_err(refused)?;
    app.parts.ledger.put_user(User { password_hash, ..user }).await?;
    app.sessions.forget_person(&name);
    let (token, seconds) = session::begin(app, &name).await?;
    access.audit("own password changed", format!("from {}", caller.address)).await?;
    let cookie = set_cookie(&token, seconds, caller.https);
    Ok(([(SET_COOKIE, cookie)], Json(PasswordChanged { sessions_ended: true })))
}

fn weakness(given: &OwnPassword, name: &str) -> Option<&'static str> {
    let new = composed(&given.new);
    let different: std::collections::HashSet<char> = new.chars().collect();
    if new == composed(&given.old) {
        return Some("the new password is the old one: choose another");
    }
    if different.len() < 5 || new.to_lowercase().replace(name, "").chars().count() < 6 {
        return Some(
            "the new password is easy to guess: take a few words that do not belong together",
        );
    }
    hash_length(&new)
}

/// Told before the old password is looked at, so that a slip costs no attempt.
fn hash_length(new: &str) -> Option<&'static str> {
    let fits = (crate::auth::SHORTEST..=crate::auth::LONGEST).contains(&new.chars().count());
    (!fits || new.len() > crate::auth::LONGEST)
        .then_some("the new password needs 12 characters or more, and at most 256 bytes")
}

fn refused(error: PasswordError) -> Problem {
    match error {
        PasswordError::Hash(_) => Problem::internal(error),
        weak => Problem::new(Kind::NotUsable, weak.to_string()),
    }
}
