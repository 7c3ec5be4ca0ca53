//! How the system is.

use axum::Json;

use crate::access::{Access, Reading};
use crate::problem::Problem;
use crate::status::Status;

/// How the system is, with everything that is wrong by name and layer.
#[utoipa::path(get, path = "/api/v1/status", tag = "server", responses((status = 200, body = Status)))]
pub(crate) async fn status(access: Access<Reading>) -> Result<Json<Status>, Problem> {
    let app = access.app();
    app.status.now(app, access.signed_in()).await.map(Json)
}
