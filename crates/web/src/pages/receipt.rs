//! The receipt: a link in a message, a page with one button. Works without script.
//!
//! A GET changes nothing, because mail scanners open every link; only the button confirms.

use axum::http::{HeaderValue, header};
use axum::response::{Html, IntoResponse, Redirect, Response};
use store::{NoticeEvent, NoticeRecord, NoticeState};

use super::receipt_page::{STYLE, page, stranger};
use crate::access::{Access, Everyone};
use crate::input::Named;
use crate::problem::{Kind, Problem};

/// Shows the message and asks for the receipt.
#[utoipa::path(get, path = "/r/{notice}/{token}", tag = "receipt",
    params(("notice" = String, Path), ("token" = String, Path)),
    responses((status = 200, body = String, content_type = "text/html"), (status = 404)))]
pub(crate) async fn show(
    access: Access<Everyone>,
    Named((notice, token)): Named<(String, String)>,
) -> Result<Response, Problem> {
    let Some(record) = find(&access, notice, &token).await? else { return Ok(unknown()) };
    let app = access.app();
    let pack = (app.parts.pack)();
    Ok(Html(page(&record, &pack, app.parts.ledger.now())).into_response())
}

/// Confirms for the person the link was sent to. Confirming twice is confirming once.
#[utoipa::path(post, path = "/r/{notice}/{token}", tag = "receipt",
    params(("notice" = String, Path), ("token" = String, Path)),
    responses((status = 303, description = "back to the page"), (status = 404)))]
pub(crate) async fn confirm(
    access: Access<Everyone>,
    Named((notice, token)): Named<(String, String)>,
) -> Result<Response, Problem> {
    let Some(record) = find(&access, notice, &token).await? else { return Ok(unknown()) };
    let id = record.notice.id;
    if record.state != NoticeState::Confirmed {
        let ledger = &access.app().parts.ledger;
        let event = NoticeEvent {
            at: ledger.now(),
            state: NoticeState::Confirmed,
            detail: "confirmed on the receipt page".to_owned(),
            next_try_at: None,
        };
        ledger.note_notice(id.clone(), event).await?;
        tracing::info!(notice = id, "A receipt was confirmed.");
    }
    Ok(Redirect::to(&format!("/r/{id}/{token}")).into_response())
}

/// Looks of the page.
pub(crate) async fn style(_: Access<Everyone>) -> Response {
    let kind = (header::CONTENT_TYPE, HeaderValue::from_static("text/css; charset=utf-8"));
    let cache = (header::CACHE_CONTROL, HeaderValue::from_static("public, max-age=3600"));
    ([kind, cache], STYLE).into_response()
}

/// The notice, if the token is its own. The token is looked at first: who guesses costs no read.
async fn find(
    access: &Access<Everyone>,
    notice: String,
    token: &str,
) -> Result<Option<NoticeRecord>, Problem> {
    if !store::receipt::verify(&access.app().parts.receipt_key, &notice, token) {
        return Ok(None);
    }
    access.read(move |reader| reader.notice(&notice)).await
}

fn unknown() -> Response {
    let status = Problem::new(Kind::NotFound, "").status();
    (status, Html(stranger())).into_response()
}
