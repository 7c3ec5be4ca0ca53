//! For whoever watches the process.

use axum::Json;
use serde::Serialize;
use utoipa::ToSchema;

use crate::access::{Access, Everyone};
use crate::problem::{Kind, Problem, ProblemBody};

/// A good answer.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Health {
    status: &'static str,
}

/// The process answers.
#[utoipa::path(get, path = "/health/live", tag = "server", responses((status = 200, body = Health)))]
pub(crate) async fn alive(_: Access<Everyone>) -> Json<Health> {
    Json(Health { status: "alive" })
}

/// Stations can be heard and what they say can be stored.
#[utoipa::path(get, path = "/health/ready", tag = "server",
    responses((status = 200, body = Health), (status = 503, body = ProblemBody, content_type = "application/problem+json")))]
pub(crate) async fn ready(access: Access<Everyone>) -> Result<Json<Health>, Problem> {
    let parts = &access.app().parts;
    let failing = [
        ("the ledger cannot write", parts.ledger.status().writing),
        ("the intake does not listen", (parts.broker_status)().listening),
    ];
    let named: Vec<_> = failing.iter().filter(|(_, well)| !well).map(|(what, _)| *what).collect();
    if named.is_empty() {
        return Ok(Json(Health { status: "ready" }));
    }
    Err(Problem::new(Kind::NotReady, named.join("; ")).retry_after(5))
}
