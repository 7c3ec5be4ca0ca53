//! Notices: who was told by which way, and whether they know.

use axum::Json;
use domain::notice::NoticeBody;
use domain::{Channel, MessageKind, RecipientId, Time, WarningId};
use serde::{Deserialize, Serialize};
use store::{NoticeEvent, NoticeRecord, NoticeState};
use utoipa::{IntoParams, ToSchema};

use crate::access::{Access, DutyOfficer, SignedIn};
use crate::input::{Ask, Body, Named};
use crate::paging::{Page, limit};
use crate::problem::{Kind, Problem, ProblemBody};

/// One message to one recipient by one channel.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct NoticeView {
    id: String,
    #[schema(value_type = String)]
    warning: WarningId,
    /// Message number.
    number: u32,
    /// `issue`, `update`, `end` or `cancel`.
    #[schema(value_type = String)]
    message_kind: MessageKind,
    /// Asks a duty officer to decide about a draft; else it tells a message that went out.
    asks: bool,
    #[schema(value_type = String)]
    recipient: RecipientId,
    recipient_name: String,
    /// `email`, `webhook`, `mqtt` or `cap`.
    channel: &'static str,
    /// Where to, for signed-in people.
    address: Option<String>,
    #[schema(value_type = String)]
    state: NoticeState,
    attempts: u32,
    #[schema(value_type = Option<String>, format = DateTime)]
    next_try_at: Option<Time>,
    #[schema(value_type = String, format = DateTime)]
    planned_at: Time,
    /// A receipt is expected by then.
    #[schema(value_type = Option<String>, format = DateTime)]
    receipt_by: Option<Time>,
    history: Vec<NoticeLine>,
}

/// One line of a notice's history.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct NoticeLine {
    #[schema(value_type = String, format = DateTime)]
    at: Time,
    #[schema(value_type = String)]
    state: NoticeState,
    /// What the channel or the person said, for signed-in people.
    detail: Option<String>,
}

/// Which notices.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct NoticesQuery {
    /// Only in this state: `waiting`, `sending`, `sent`, `delivered`, `read`, `confirmed`, `dead`, `escalated`,
    /// `settled`.
    #[param(value_type = Option<String>)]
    state: Option<NoticeState>,
    /// Only of this warning.
    #[param(value_type = Option<String>)]
    warning: Option<WarningId>,
    /// Items on a page, 1 to 1000. Default 200.
    limit: Option<usize>,
    /// Where to go on, from `next` of the page before.
    cursor: Option<String>,
}

impl NoticeView {
    /// What may be seen: addresses and what mail servers say only by people who are signed in.
    pub(super) fn new(record: NoticeRecord) -> Self {
        let NoticeRecord { notice, state, attempts, next_try_at, history } = record;
        let line = |event: NoticeEvent| NoticeLine {
            at: event.at,
            state: event.state,
            detail: Some(event.detail),
        };
        Self {
            asks: matches!(notice.body, NoticeBody::Confirm(_)),
            channel: notice.channel.name(),
            address: address(&notice.channel),
            history: history.into_iter().map(line).collect(),
            id: notice.id,
            warning: notice.warning,
            number: notice.number,
            message_kind: notice.message_kind,
            recipient: notice.recipient,
            recipient_name: notice.recipient_name,
            planned_at: notice.planned_at,
            receipt_by: notice.receipt_by,
            state,
            attempts,
            next_try_at,
        }
    }
}

fn address(channel: &Channel) -> Option<String> {
    match channel {
        Channel::Email { address } => Some(address.clone()),
        Channel::Webhook { url, .. } => Some(url.clone()),
        Channel::Mqtt { topic } => Some(topic.clone()),
        Channel::Cap => None,
    }
}

/// Notices in order of planning; for signed-in people.
#[utoipa::path(get, path = "/api/v1/notices", tag = "warnings", params(NoticesQuery),
    responses((status = 200, body = Page<NoticeView>), (status = 401)))]
pub(crate) async fn list(
    access: Access<SignedIn>,
    Ask(query): Ask<NoticesQuery>,
) -> Result<Json<Page<NoticeView>>, Problem> {
    let limit = limit(query.limit, 200, 1_000)?;
    let found = access
        .read(move |reader| {
            let NoticesQuery { state, warning, cursor, .. } = query;
            reader.notices(warning.as_ref(), state, cursor.as_deref(), limit + 1)
        })
        .await?;
    let page = Page::cut(found, limit, |record| record.notice.id.clone());
    Ok(Json(page.map(NoticeView::new)))
}

/// Longest reason, characters.
const REASON: usize = 1_000;

/// Why a notice that was given up needs no attention any more.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Dismiss {
    /// Such as `told by telephone`.
    reason: String,
}

/// Sends again what was given up, as if for the first time.
#[utoipa::path(post, path = "/api/v1/notices/{id}/retry", tag = "warnings", params(("id" = String, Path)),
    responses((status = 200, body = NoticeView), (status = 404, body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "it was not given up", body = ProblemBody, content_type = "application/problem+json")))]
pub(crate) async fn retry(
    access: Access<DutyOfficer>,
    Named(id): Named<String>,
) -> Result<Json<NoticeView>, Problem> {
    let who = access.name()?;
    let line = format!("tried again by {who}");
    revive(&access, id, NoticeState::Waiting, line, "sent a given-up notice again").await
}

/// Takes what was given up off the list of what needs attention; it is not sent.
#[utoipa::path(post, path = "/api/v1/notices/{id}/dismiss", tag = "warnings", params(("id" = String, Path)),
    request_body = Dismiss,
    responses((status = 200, body = NoticeView), (status = 404, body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "it was not given up", body = ProblemBody, content_type = "application/problem+json")))]
pub(crate) async fn dismiss(
    access: Access<DutyOfficer>,
    Named(id): Named<String>,
    Body(Dismiss { reason }): Body<Dismiss>,
) -> Result<Json<NoticeView>, Problem> {
    let reason = reason.trim();
    let usable = !reason.is_empty()
        && reason.chars().count() <= REASON
        && !reason.chars().any(char::is_control);
    if !usable {
        let detail = format!("reason: give one line of 1 to {REASON} characters");
        return Err(Problem::new(Kind::NotUsable, detail));
    }
    let line = format!("dismissed by {}: {reason}", access.name()?);
    revive(&access, id, NoticeState::Settled, line, "dismissed a given-up notice").await
}

/// Moves a notice that was given up, with a line in its history and one in the audit trail.
async fn revive(
    access: &Access<DutyOfficer>,
    id: String,
    state: NoticeState,
    detail: String,
    what: &str,
) -> Result<Json<NoticeView>, Problem> {
    let wanted = id.clone();
    let found = access.read(move |reader| reader.notice(&wanted)).await?;
    let record = found.ok_or_else(|| Problem::no_such("notice", &id))?;
    if record.state != NoticeState::Dead {
        let detail = format!("'{id}' is {}, not given up: look again", record.state.name());
        return Err(Problem::new(Kind::Changed, detail));
    }
    let ledger = &access.app().parts.ledger;
    let audited = format!("{id}: {detail}");
    let event = NoticeEvent { at: ledger.now(), state, detail, next_try_at: None };
    ledger.note_notice(id.clone(), event).await?;
    ledger.audit(access.name()?, what.to_owned(), audited).await?;
    let wanted = id.clone();
    let now = access.read(move |reader| reader.notice(&wanted)).await?;
    let record = now.ok_or_else(|| Problem::no_such("notice", &id))?;
    Ok(Json(NoticeView::new(record)))
}
