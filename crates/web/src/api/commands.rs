//! What a duty officer does to a warning. Every act is an arrival in the journal, with the person's name as
//! printed and as signed in with.

use axum::Json;
use domain::warning::{LocalText, Text};
use domain::{ArrivalBody, Command, Warning, WarningId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::access::{Access, DutyOfficer};
use crate::input::{Body, Named};
use crate::openapi::words;
use crate::problem::{Kind, Problem, ProblemBody};

/// Longest headline, characters: what a CAP reader shows.
const HEADLINE: usize = 140;
/// Longest description, instruction, reason or remark, characters.
const PROSE: usize = 4_000;

/// Sends the draft out.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Confirm {
    /// Number of the draft that was on the screen; if another waits meanwhile, nothing is sent.
    draft: u32,
    /// The text as edited; absent = as drafted.
    #[schema(value_type = Option<words::LocalText>)]
    text: Option<LocalText>,
    remark: Option<String>,
}

/// Throws the draft away.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Reject {
    /// Number of the draft that was on the screen.
    draft: u32,
    reason: String,
}

/// Ends or cancels.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Reason {
    reason: String,
}

/// Tries the whole chain.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Test {
    /// What to say.
    remark: String,
}

/// An act that is on disk.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Done {
    /// Its place in the journal.
    seq: u64,
    /// The warning as it is now; null for a test, which makes a new one.
    #[schema(value_type = Option<words::Warning>)]
    warning: Option<Warning>,
}

/// Confirms the draft that waits; it goes out.
#[utoipa::path(post, path = "/api/v1/warnings/{id}/confirm", tag = "warnings",
    params(("id" = String, Path)), request_body = Confirm,
    responses((status = 200, body = Done), (status = 409, description = "another draft waits", body = ProblemBody, content_type = "application/problem+json")))]
pub(crate) async fn confirm(
    access: Access<DutyOfficer>,
    Named(warning): Named<WarningId>,
    Body(Confirm { draft, text, remark }): Body<Confirm>,
) -> Result<Json<Done>, Problem> {
    text.iter().try_for_each(check_text)?;
    remark.iter().try_for_each(|remark| prose("remark", remark))?;
    act(&access, Command::Confirm { warning: warning.clone(), draft, text, remark }, Some(warning))
        .await
}

/// Rejects the draft that waits; nothing goes out.
#[utoipa::path(post, path = "/api/v1/warnings/{id}/reject", tag = "warnings",
    params(("id" = String, Path)), request_body = Reject, responses((status = 200, body = Done)))]
pub(crate) async fn reject(
    access: Access<DutyOfficer>,
    Named(warning): Named<WarningId>,
    Body(Reject { draft, reason }): Body<Reject>,
) -> Result<Json<Done>, Problem> {
    prose("reason", &reason)?;
    act(&access, Command::Reject { warning: warning.clone(), draft, reason }, Some(warning)).await
}

/// Ends the warning: the danger is over.
#[utoipa::path(post, path = "/api/v1/warnings/{id}/end", tag = "warnings",
    params(("id" = String, Path)), request_body = Reason, responses((status = 200, body = Done)))]
pub(crate) async fn end(
    access: Access<DutyOfficer>,
    Named(warning): Named<WarningId>,
    Body(Reason { reason }): Body<Reason>,
) -> Result<Json<Done>, Problem> {
    prose("reason", &reason)?;
    act(&access, Command::End { warning: warning.clone(), reason }, Some(warning)).await
}

/// Cancels the warning: it was false.
#[utoipa::path(post, path = "/api/v1/warnings/{id}/cancel", tag = "warnings",
    params(("id" = String, Path)), request_body = Reason, responses((status = 200, body = Done)))]
pub(crate) async fn cancel(
    access: Access<DutyOfficer>,
    Named(warning): Named<WarningId>,
    Body(Reason { reason }): Body<Reason>,
) -> Result<Json<Done>, Problem> {
    prose("reason", &reason)?;
    act(&access, Command::Cancel { warning: warning.clone(), reason }, Some(warning)).await
}

/// Makes a test warning; it reaches exercise recipients only.
#[utoipa::path(post, path = "/api/v1/warnings/test", tag = "warnings", request_body = Test,
    responses((status = 200, body = Done)))]
pub(crate) async fn test(
    access: Access<DutyOfficer>,
    Body(Test { remark }): Body<Test>,
) -> Result<Json<Done>, Problem> {
    prose("remark", &remark)?;
    act(&access, Command::Test { remark }, None).await
}

async fn act(
    access: &Access<DutyOfficer>,
    command: Command,
    warning: Option<WarningId>,
) -> Result<Json<Done>, Problem> {
    let body = ArrivalBody::Command { user: access.signature()?, command };
    let committed = access.app().parts.ledger.submit(body).await?;
    if let Some(done) = committed.command {
        done?;
    }
    let warning = match warning {
        Some(id) => access.read(move |reader| reader.warning(&id)).await?,
        None => None,
    };
    Ok(Json(Done { seq: committed.seq, warning }))
}

fn check_text(text: &LocalText) -> Result<(), Problem> {
    for Text { headline, description, instruction } in [&text.vi, &text.en] {
        bounded("headline", headline, HEADLINE)?;
        prose("description", description)?;
        prose("instruction", instruction)?;
    }
    Ok(())
}

pub(super) fn prose(what: &str, text: &str) -> Result<(), Problem> {
    bounded(what, text, PROSE)
}

/// Texts go into mails and XML: control characters other than line breaks have no place there.
fn bounded(what: &str, text: &str, most: usize) -> Result<(), Problem> {
    let refuse = |problem: String| Err(Problem::new(Kind::NotUsable, format!("{what}: {problem}")));
    let length = text.chars().count();
    if length > most {
        return refuse(format!("{length} characters, at most {most}"));
    }
    if text.chars().any(|c| c.is_control() && c != '\n') {
        return refuse("it has control characters".to_owned());
    }
    Ok(())
}
