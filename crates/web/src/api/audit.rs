//! Who did what.

use axum::Json;
use domain::Time;
use serde::Serialize;
use store::AuditLine;
use utoipa::ToSchema;

use super::stations::ListQuery;
use crate::access::{Access, Admin};
use crate::input::Ask;
use crate::paging::{Page, cursor, limit};
use crate::problem::Problem;

/// A line of the audit trail.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AuditView {
    /// Position, from 1.
    n: u64,
    #[schema(value_type = String, format = DateTime)]
    at: Time,
    /// User name, or a program's.
    who: String,
    /// What was done.
    what: String,
    /// To what, with which result.
    detail: String,
    /// SHA-256 over the hash before and this line.
    hash: String,
}

/// Lines, newest first, and whether the chain holds.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AuditPage {
    items: Vec<AuditView>,
    /// Pass it as `cursor` to get the next page; null = this is the last.
    next: Option<String>,
    /// Whether no line was changed or taken out of the middle; looked at for the first page, else null.
    whole: Option<bool>,
    /// The first line that was changed, or that stands behind one taken out.
    first_broken: Option<u64>,
}

/// The audit trail, newest first. Each line carries the hash of the one before; lines cut off at its end do not show, so
/// keep the newest hash elsewhere.
#[utoipa::path(get, path = "/api/v1/audit", tag = "administration", params(ListQuery),
    responses((status = 200, body = AuditPage)))]
pub(crate) async fn list(
    access: Access<Admin>,
    Ask(query): Ask<ListQuery>,
) -> Result<Json<AuditPage>, Problem> {
    let limit = limit(query.limit, 100, 1_000)?;
    let before: Option<u64> = cursor(query.cursor.as_deref())?;
    let first = before.is_none();
    let (lines, first_broken) = access
        .read(move |reader| {
            let lines = reader.newest_audit_lines(before.unwrap_or(u64::MAX), limit + 1)?;
            let broken = if first { reader.first_broken_audit_line()? } else { None };
            Ok((lines, broken))
        })
        .await?;
    let Page { items, next } = Page::cut(lines, limit, |line| line.n.to_string()).map(view);
    Ok(Json(AuditPage {
        items,
        next,
        whole: first.then_some(first_broken.is_none()),
        first_broken,
    }))
}

fn view(line: AuditLine) -> AuditView {
    let AuditLine { n, at, who, what, detail, hash } = line;
    AuditView { n, at, who, what, detail, hash }
}
