//! What comes in: bodies, queries and paths, with every refusal as a problem.

use axum::extract::rejection::JsonRejection;
use axum::extract::{FromRequest, FromRequestParts, Path, Query, Request};
use axum::http::StatusCode;
use axum::http::request::Parts;
use domain::Time;
use serde::de::{DeserializeOwned, Error as _};
use serde::{Deserialize, Deserializer};

use crate::problem::{Kind, Problem};

/// A JSON body; `Content-Type: application/json` is required, which no foreign form can send.
pub(crate) struct Body<T>(pub(crate) T);

/// The query of the URL; unknown keys are errors where the type says so.
pub(crate) struct Ask<T>(pub(crate) T);

/// The names in the path; what is not a name does not exist.
pub(crate) struct Named<T>(pub(crate) T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Body<T> {
    type Rejection = Problem;
    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let taken = axum::Json::<T>::from_request(request, state).await;
        taken.map(|axum::Json(value)| Self(value)).map_err(|rejection| body_problem(&rejection))
    }
}

fn body_problem(rejection: &JsonRejection) -> Problem {
    let kind = match rejection {
        JsonRejection::JsonDataError(_) => Kind::NotUsable,
        JsonRejection::MissingJsonContentType(_) => {
            return Problem::new(Kind::NotJson, "send the header Content-Type: application/json");
        }
        _ if rejection.status() == StatusCode::PAYLOAD_TOO_LARGE => Kind::TooLarge,
        _ => Kind::Malformed,
    };
    Problem::new(kind, innermost(rejection))
}

impl<S: Send + Sync, T: DeserializeOwned> FromRequestParts<S> for Ask<T> {
    type Rejection = Problem;
    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Problem> {
        let taken = Query::<T>::try_from_uri(&parts.uri);
        taken
            .map(|Query(value)| Self(value))
            .map_err(|rejection| Problem::new(Kind::Malformed, innermost(&rejection)))
    }
}

impl<S: Send + Sync, T: DeserializeOwned + Send> FromRequestParts<S> for Named<T> {
    type Rejection = Problem;
    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let taken = Path::<T>::from_request_parts(parts, state).await;
        taken
            .map(|Path(value)| Self(value))
            .map_err(|rejection| Problem::new(Kind::NotFound, innermost(&rejection)))
    }
}

/// The cause furthest inside: the sentence about the input, without the library's words around it.
fn innermost(error: &dyn std::error::Error) -> String {
    let mut cause = error;
    while let Some(next) = cause.source() {
        cause = next;
    }
    cause.to_string()
}

/// A time in a query. Nobody escapes the `+` of `+07:00`, so the blank it turns into is taken for it.
pub(crate) fn time<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Time>, D::Error> {
    let text = String::deserialize(deserializer)?;
    text.replace(' ', "+").parse().map(Some).map_err(D::Error::custom)
}

/// Anything that is written as text, such as a span.
pub(crate) fn text<'de, D, T>(deserializer: D) -> Result<Option<T>, D::Error>
where
    D: Deserializer<'de>,
    T: std::str::FromStr<Err: std::fmt::Display>,
{
    String::deserialize(deserializer)?.parse().map(Some).map_err(D::Error::custom)
}
