//! The server's clock, for who may say that it is right.

use axum::Json;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::access::{Access, Admin};
use crate::input::Body;
use crate::problem::{Kind, Problem, ProblemBody};
use crate::status::ClockView;

/// Longest reason, characters.
const LONGEST_REASON: usize = 500;

/// A person looked at the server's clock and says that it is right.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ClockIsRight {
    /// How they know.
    reason: String,
}

/// Says that the server's clock is right now. Is it ahead of the ledger's time, the ledger goes to it at once, as after a stop;
/// is it behind, the ledger's time goes on, and stations' times are compared with the server's clock.
#[utoipa::path(post, path = "/api/v1/clock", tag = "administration", request_body = ClockIsRight,
    responses((status = 200, body = ClockView), (status = 409, description = "nothing is wrong with the clock", body = ProblemBody, content_type = "application/problem+json")))]
pub(crate) async fn confirm(
    access: Access<Admin>,
    Body(given): Body<ClockIsRight>,
) -> Result<Json<ClockView>, Problem> {
    let reason = given.reason.trim();
    if reason.is_empty() || reason.chars().count() > LONGEST_REASON {
        let detail = format!("reason: say in 1 to {LONGEST_REASON} characters how you know");
        return Err(Problem::new(Kind::NotUsable, detail));
    }
    let ledger = &access.app().parts.ledger;
    let before = ledger.clock();
    let by = access.name()?;
    if !ledger.confirm_clock(by, reason.to_owned()).await? {
        let detail = "the server's clock and the ledger's time are one already".to_owned();
        return Err(Problem::new(Kind::Changed, detail));
    }
    let ahead = before.ahead.millis() / 1_000;
    access.audit("clock confirmed", format!("{ahead} s ahead: {reason}")).await?;
    Ok(Json(ClockView::of(ledger.clock())))
}
