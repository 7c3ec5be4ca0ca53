//! Warnings with their messages and notices.

use axum::Json;
use domain::{Time, WarningId, WarningMessage, WarningState};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::notices::NoticeView;
use crate::access::{Access, Reading};
use crate::in_force::WarningLine;
use crate::input::{Ask, Named, time};
use crate::openapi::words;
use crate::paging::{Page, cursor, limit};
use crate::problem::Problem;
use crate::public;

/// Notices shown with a warning; the rest is in `/api/v1/notices?warning=`.
const NOTICES: usize = 1_000;

/// A warning with everything that belongs to it.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct WarningView {
    #[schema(value_type = words::Warning)]
    warning: WarningLine,
    /// Messages that went out; who sent them by name, for signed-in people.
    #[schema(value_type = Vec<words::WarningMessage>)]
    messages: Vec<WarningMessage>,
    /// Who was told, and whether they know; for signed-in people, else empty.
    notices: Vec<NoticeView>,
}

/// Which warnings.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct WarningsQuery {
    /// Only those in force or with a draft that waits.
    #[serde(default)]
    open: bool,
    /// As it was known at this instant. Default now.
    #[serde(default, deserialize_with = "time")]
    #[param(value_type = Option<String>, format = DateTime)]
    known_at: Option<Time>,
    /// Items on a page, 1 to 500. Default 100.
    limit: Option<usize>,
    /// Where to go on, from `next` of the page before.
    cursor: Option<String>,
}

/// When.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct KnownQuery {
    /// As it was known at this instant. Default now.
    #[serde(default, deserialize_with = "time")]
    #[param(value_type = Option<String>, format = DateTime)]
    known_at: Option<Time>,
}

/// Warnings, newest first. Who is not signed in sees those of which a message went out, without drafts and
/// names of people.
#[utoipa::path(get, path = "/api/v1/warnings", tag = "warnings", params(WarningsQuery),
    responses((status = 200, body = Page<words::Warning>)))]
pub(crate) async fn list(
    access: Access<Reading>,
    Ask(query): Ask<WarningsQuery>,
) -> Result<Json<Page<WarningLine>>, Problem> {
    let limit = limit(query.limit, 100, 500)?;
    let after: Option<WarningId> = cursor(query.cursor.as_deref())?;
    let signed_in = access.signed_in();
    let found = access
        .read(move |reader| {
            let (open, after) = (query.open, after.as_ref());
            let known = query.known_at.map(|at| reader.last_arrival_at(at)).transpose()?;
            let found = match (known, signed_in) {
                (Some(known), _) => {
                    reader.warnings_known(known, open, !signed_in, after, limit + 1)
                }
                (None, true) => reader.warnings(open, after, limit + 1),
                (None, false) => reader.issued_warnings(open, after, limit + 1),
            }?;
            let known = known.unwrap_or(u64::MAX);
            let lines = found.into_iter().map(|one| WarningLine::known(reader, one, known));
            lines.collect::<Result<Vec<_>, _>>()
        })
        .await?;
    let mut page = Page::cut(found, limit, |line| line.warning.id.to_string());
    if !signed_in {
        page.items = page.items.into_iter().filter_map(public::line_of).collect();
    }
    Ok(Json(page))
}

/// One warning with its messages and notices; see the list for what is shown to whom.
#[utoipa::path(get, path = "/api/v1/warnings/{id}", tag = "warnings",
    params(("id" = String, Path), KnownQuery), responses((status = 200, body = WarningView), (status = 404)))]
pub(crate) async fn one(
    access: Access<Reading>,
    Named(id): Named<WarningId>,
    Ask(KnownQuery { known_at }): Ask<KnownQuery>,
) -> Result<Json<WarningView>, Problem> {
    let key = id.clone();
    let signed_in = access.signed_in();
    let found = access
        .read(move |reader| {
            let known = known_at.map(|at| reader.last_arrival_at(at)).transpose()?;
            let known = known.unwrap_or(u64::MAX);
            let Some(warning) = reader.warning_known(&key, known)? else { return Ok(None) };
            let messages = reader.messages_known(&key, known)?;
            let notices = match (signed_in, known_at) {
                (true, None) => reader.notices(Some(&key), None, None, NOTICES)?,
                (true, Some(at)) => reader.notices_at(&key, at, NOTICES)?,
                (false, _) => Vec::new(),
            };
            Ok(Some((warning, messages, notices)))
        })
        .await?;
    let found = found.and_then(|(warning, messages, notices)| match signed_in {
        true => Some((warning, messages, notices)),
        false => {
            let messages = messages.into_iter().map(public::message).collect();
            Some((public::warning(&warning)?, messages, notices))
        }
    });
    let (warning, messages, notices) = found.ok_or_else(|| Problem::no_such("warning", &id))?;
    let issued = warning.state == WarningState::Issued;
    let expires_at = messages.last().filter(|_| issued).map(|message| message.expires_at);
    let warning = WarningLine { warning, expires_at };
    let notices = notices.into_iter().map(NoticeView::new).collect();
    Ok(Json(WarningView { warning, messages, notices }))
}
