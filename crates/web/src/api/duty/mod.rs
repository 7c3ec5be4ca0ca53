//! The duty desk: whose shift it is, and what officers do at it. Every act is an arrival in the journal.

pub(super) mod calls;
pub(super) mod log;
pub(super) mod picture;

use axum::Json;
use domain::duty::{DutyDesk, DutyEntry, Officer, Reached};
use domain::form::folded;
use domain::{ArrivalBody, RecipientId, Time, WarningId};
use serde::{Deserialize, Serialize};
use store::Role;
use utoipa::ToSchema;

use super::commands::prose;
use crate::access::{Access, DutyOfficer, SignedIn};
use crate::input::Body;
use crate::openapi::words;
use crate::problem::{Kind, Problem, ProblemBody};

/// The desk as it is.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct DutyView {
    #[schema(value_type = String, format = DateTime)]
    now: Time,
    #[schema(value_type = words::DutyDesk)]
    desk: DutyDesk,
    /// Who can take over, by name.
    #[schema(value_type = Vec<words::Officer>)]
    officers: Vec<Officer>,
}

/// Begins a shift.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct TakeOver {
    /// `seq` of the handover that was read; absent = there was none on the screen.
    handover: Option<u64>,
    remark: Option<String>,
}

/// Offers the shift.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct HandOver {
    /// User name of the next one; absent = whoever comes.
    to: Option<String>,
    /// What the next one must know.
    remark: Option<String>,
}

/// Writes something down.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Note {
    text: String,
    #[schema(value_type = Option<String>)]
    warning: Option<WarningId>,
}

/// Looks after a draft.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Take {
    #[schema(value_type = String)]
    warning: WarningId,
}

/// A telephone call that was made.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Call {
    #[schema(value_type = String)]
    warning: WarningId,
    #[schema(value_type = String)]
    recipient: RecipientId,
    /// `confirmed` (they know, which is their receipt), `told` (somebody will tell them), `no_answer` or
    /// `wrong_number`.
    #[schema(value_type = String)]
    reached: Reached,
    remark: Option<String>,
}

/// An act that is on disk.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct DutyDone {
    /// Its place in the journal.
    seq: u64,
    #[schema(value_type = words::DutyDesk)]
    desk: DutyDesk,
}

/// Whose shift it is, what waits to be accepted, who looks after which draft; for signed-in people.
#[utoipa::path(get, path = "/api/v1/duty", tag = "duty",
    responses((status = 200, body = DutyView), (status = 401)))]
pub(crate) async fn desk(access: Access<SignedIn>) -> Result<Json<DutyView>, Problem> {
    let (desk, users) = access.read(|reader| Ok((reader.duty_desk()?, reader.users()?))).await?;
    let able = users.into_iter().filter(|user| user.role >= Role::DutyOfficer && !user.disabled);
    let officers = able.map(|user| officer(&user.name, &user.full_name)).collect();
    Ok(Json(DutyView { now: access.app().parts.ledger.now(), desk, officers }))
}

/// Takes over: accepts the handover that waits, or begins a shift that nobody handed over.
#[utoipa::path(post, path = "/api/v1/duty/take-over", tag = "duty", request_body = TakeOver,
    responses((status = 200, body = DutyDone), (status = 409, description = "another handover waits, or you are on duty", body = ProblemBody, content_type = "application/problem+json")))]
pub(crate) async fn take_over(
    access: Access<DutyOfficer>,
    Body(TakeOver { handover, remark }): Body<TakeOver>,
) -> Result<Json<DutyDone>, Problem> {
    let remark = remarked(remark)?;
    act(&access, DutyEntry::TakeOver { handover, remark }).await
}

/// Offers the shift, with how things stand; who offers it stays on duty until somebody takes over.
#[utoipa::path(post, path = "/api/v1/duty/hand-over", tag = "duty", request_body = HandOver,
    responses((status = 200, body = DutyDone), (status = 409, description = "somebody else is on duty", body = ProblemBody, content_type = "application/problem+json")))]
pub(crate) async fn hand_over(
    access: Access<DutyOfficer>,
    Body(HandOver { to, remark }): Body<HandOver>,
) -> Result<Json<DutyDone>, Problem> {
    let remark = remarked(remark)?;
    let to = match to {
        Some(name) => Some(next_one(&access, name).await?),
        None => None,
    };
    let picture = Box::new(picture::draw(&access).await?);
    act(&access, DutyEntry::HandOver { to, remark, picture }).await
}

/// Writes into the shift log.
#[utoipa::path(post, path = "/api/v1/duty/note", tag = "duty", request_body = Note,
    responses((status = 200, body = DutyDone)))]
pub(crate) async fn note(
    access: Access<DutyOfficer>,
    Body(Note { text, warning }): Body<Note>,
) -> Result<Json<DutyDone>, Problem> {
    prose("text", &text)?;
    act(&access, DutyEntry::Note { text: text.trim().to_owned(), warning }).await
}

/// Looks after a draft that waits; who did before is told apart in the log.
#[utoipa::path(post, path = "/api/v1/duty/take", tag = "duty", request_body = Take,
    responses((status = 200, body = DutyDone), (status = 409, description = "nothing waits", body = ProblemBody, content_type = "application/problem+json")))]
pub(crate) async fn take(
    access: Access<DutyOfficer>,
    Body(Take { warning }): Body<Take>,
) -> Result<Json<DutyDone>, Problem> {
    act(&access, DutyEntry::Take { warning }).await
}

/// Writes a telephone call down. `confirmed` is that person's receipt of everything they were sent of the warning so
/// far: nobody is told in their place any more.
#[utoipa::path(post, path = "/api/v1/duty/call", tag = "duty", request_body = Call,
    responses((status = 200, body = DutyDone), (status = 404, body = ProblemBody, content_type = "application/problem+json")))]
pub(crate) async fn call(
    access: Access<DutyOfficer>,
    Body(Call { warning, recipient, reached, remark }): Body<Call>,
) -> Result<Json<DutyDone>, Problem> {
    let remark = remarked(remark)?;
    act(&access, DutyEntry::Call { warning, recipient, reached, remark }).await
}

/// A remark without the blanks around it; none, when nothing is left.
fn remarked(remark: Option<String>) -> Result<Option<String>, Problem> {
    remark.iter().try_for_each(|remark| prose("remark", remark))?;
    Ok(remark.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty()))
}

/// Whom the shift is offered to, as they are printed.
async fn next_one(access: &Access<DutyOfficer>, name: String) -> Result<Officer, Problem> {
    let wanted = folded(&name).into_owned();
    let found = access.read(move |reader| reader.user(&wanted)).await?;
    let able = found.filter(|user| user.role >= Role::DutyOfficer && !user.disabled);
    let user = able.ok_or_else(|| {
        let detail = format!("to: '{name}' cannot be on duty: choose one of the officers");
        Problem::new(Kind::NotUsable, detail)
    })?;
    if access.name()? == user.name {
        return Err(Problem::new(Kind::NotUsable, "to: that is yourself"));
    }
    Ok(officer(&user.name, &user.full_name))
}

fn officer(user: &str, full_name: &str) -> Officer {
    let name = match full_name.trim() {
        "" => user.to_owned(),
        full_name => format!("{full_name} ({user})"),
    };
    Officer { user: user.to_owned(), name }
}

async fn act(access: &Access<DutyOfficer>, entry: DutyEntry) -> Result<Json<DutyDone>, Problem> {
    let user = Officer { user: access.name()?, name: access.signature()? };
    let committed = access.app().parts.ledger.submit(ArrivalBody::Duty { user, entry }).await?;
    if let Some(done) = committed.command {
        done?;
    }
    let desk = access.read(|reader| reader.duty_desk()).await?;
    Ok(Json(DutyDone { seq: committed.seq, desk }))
}
