//! Every error that leaves the house, and its HTTP status (RFC 9457).
//!
//! A problem has a sentence for the client and, apart from it, what happened inside; the second is
//! logged here, once, and never sent.

use std::borrow::Cow;

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use domain::{CommandError, DutyError};
use serde::Serialize;
use store::{Refusal, StoreError};
use utoipa::ToSchema;

/// What kind of problem it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Malformed,
    SignInNeeded,
    WrongPassword,
    NotAllowed,
    ForeignOrigin,
    NotFound,
    WrongMethod,
    Changed,
    TooLarge,
    NotJson,
    NotUsable,
    TooOften,
    Crowded,
    Internal,
    NotWriting,
    TooSlow,
    NotReady,
}

impl Kind {
    /// (status, name at the end of `type`, title).
    const fn words(self) -> (StatusCode, &'static str, &'static str) {
        match self {
            Self::Malformed => (StatusCode::BAD_REQUEST, "malformed", "Malformed request"),
            Self::SignInNeeded => (StatusCode::UNAUTHORIZED, "sign-in-needed", "Sign-in needed"),
            Self::WrongPassword => {
                (StatusCode::UNAUTHORIZED, "wrong-password", "Wrong name or password")
            }
            Self::NotAllowed => (StatusCode::FORBIDDEN, "not-allowed", "Not allowed"),
            Self::ForeignOrigin => (StatusCode::FORBIDDEN, "foreign-origin", "Foreign origin"),
            Self::NotFound => (StatusCode::NOT_FOUND, "not-found", "Not found"),
            Self::WrongMethod => {
                (StatusCode::METHOD_NOT_ALLOWED, "wrong-method", "Method not allowed")
            }
            Self::Changed => (StatusCode::CONFLICT, "changed", "Something changed meanwhile"),
            Self::TooLarge => (StatusCode::PAYLOAD_TOO_LARGE, "too-large", "Too large"),
            Self::NotJson => (StatusCode::UNSUPPORTED_MEDIA_TYPE, "not-json", "Not JSON"),
            Self::NotUsable => (StatusCode::UNPROCESSABLE_ENTITY, "not-usable", "Not usable"),
            Self::TooOften => (StatusCode::TOO_MANY_REQUESTS, "too-often", "Too many requests"),
            Self::Crowded => (StatusCode::SERVICE_UNAVAILABLE, "crowded", "Too many at once"),
            Self::Internal => (StatusCode::INTERNAL_SERVER_ERROR, "internal", "Internal error"),
            Self::NotWriting => (StatusCode::SERVICE_UNAVAILABLE, "not-writing", "Cannot write"),
            Self::TooSlow => (StatusCode::SERVICE_UNAVAILABLE, "too-slow", "Took too long"),
            Self::NotReady => (StatusCode::SERVICE_UNAVAILABLE, "not-ready", "Not ready"),
        }
    }
}

/// An error on its way out.
#[derive(Debug)]
pub(crate) struct Problem {
    kind: Kind,
    detail: Cow<'static, str>,
    inside: Option<String>,
    retry_after: Option<u64>,
}

/// The body of an error, `application/problem+json`.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ProblemBody {
    /// URI of the kind of problem, `urn:quantrac:problem:…`.
    r#type: String,
    /// The kind in words.
    title: &'static str,
    /// HTTP status.
    status: u16,
    /// What is wrong with this request, and what to do.
    detail: String,
}

impl Problem {
    /// A problem with a sentence for the client.
    pub(crate) fn new(kind: Kind, detail: impl Into<Cow<'static, str>>) -> Self {
        Self { kind, detail: detail.into(), inside: None, retry_after: None }
    }

    /// Something failed inside; the client learns nothing of it.
    pub(crate) fn internal(inside: impl ToString) -> Self {
        let detail = "something failed inside; the log of the server says what";
        Self { inside: Some(inside.to_string()), ..Self::new(Kind::Internal, detail) }
    }

    /// There is no such thing.
    pub(crate) fn no_such(what: &str, name: impl std::fmt::Display) -> Self {
        Self::new(Kind::NotFound, format!("there is no {what} '{name}'"))
    }

    /// Come back after that many seconds.
    pub(crate) fn retry_after(self, seconds: u64) -> Self {
        Self { retry_after: Some(seconds.max(1)), ..self }
    }

    /// The status it is answered with.
    pub(crate) const fn status(&self) -> StatusCode {
        self.kind.words().0
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let (status, name, title) = self.kind.words();
        if let Some(inside) = &self.inside {
            tracing::error!(kind = name, reason = %inside, "A request failed inside.");
        }
        let body = ProblemBody {
            r#type: format!("urn:quantrac:problem:{name}"),
            title,
            status: status.as_u16(),
            detail: self.detail.into_owned(),
        };
        let mut response = (status, axum::Json(body)).into_response();
        let headers = response.headers_mut();
        let kind = HeaderValue::from_static("application/problem+json");
        headers.insert(header::CONTENT_TYPE, kind);
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if let Some(seconds) = self.retry_after {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        Self::internal(error)
    }
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        let detail = match &refusal {
            Refusal::Failing(_) => "nothing can be stored now; nothing was changed",
            Refusal::Busy => "too much waits to be stored; nothing was changed",
            Refusal::Stopping => "the server is stopping; nothing was changed",
        };
        let problem = Self::new(Kind::NotWriting, detail).retry_after(5);
        Self { inside: Some(refusal.to_string()), ..problem }
    }
}

impl From<CommandError> for Problem {
    fn from(error: CommandError) -> Self {
        let kind = match error {
            CommandError::NoSuchWarning(_) | CommandError::NoSuchStation(_) => Kind::NotFound,
            CommandError::DraftChanged { .. }
            | CommandError::WrongState { .. }
            | CommandError::ReadingChanged { .. } => Kind::Changed,
            CommandError::ReasonMissing
            | CommandError::NotAhead(_)
            | CommandError::NotReviewable { .. }
            | CommandError::Forecast(_) => Kind::NotUsable,
            CommandError::Duty(ref error) => duty(error),
        };
        Self::new(kind, error.to_string())
    }
}

const fn duty(error: &DutyError) -> Kind {
    match error {
        DutyError::NoSuchRecipient(_) => Kind::NotFound,
        DutyError::Empty => Kind::NotUsable,
        DutyError::NotYourShift(_)
        | DutyError::OnDutyAlready
        | DutyError::HandoverChanged
        | DutyError::NothingWaits(_) => Kind::Changed,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_failed_inside_is_not_sent() {
        let problem = Problem::internal("disk I/O error in /var/lib/quantrac.db");
        assert!(!problem.detail.contains("quantrac.db"));
        let refused = Problem::from(Refusal::Failing("disk full at /secret".to_owned()));
        assert!(!refused.detail.contains("/secret"));
        assert_eq!(refused.into_response().headers()[header::RETRY_AFTER], "5");
    }
}
