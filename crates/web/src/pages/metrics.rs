//! Metrics for Prometheus.

use axum::http::header;
use axum::response::IntoResponse;
use store::Role;

use crate::access::{Access, Everyone};
use crate::problem::{Kind, Problem};

/// Metrics in Prometheus' text format; only from this machine and for admins, unless configured.
#[utoipa::path(get, path = "/metrics", tag = "server",
    responses((status = 200, body = String, content_type = "text/plain"), (status = 403)))]
pub(crate) async fn metrics(access: Access<Everyone>) -> Result<impl IntoResponse, Problem> {
    let (app, caller) = (access.app(), access.caller());
    let admin = caller.person.as_ref().is_some_and(|person| person.role == Role::Admin);
    if !(caller.local || admin || app.config.metrics_public) {
        let detail = "metrics are for this machine and for admins";
        return Err(Problem::new(Kind::NotAllowed, detail));
    }
    let kind = (header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8");
    Ok(([kind], app.parts.metrics.render()))
}
