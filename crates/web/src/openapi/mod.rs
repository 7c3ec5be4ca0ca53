//! The description of the API, made from the routes themselves.

mod health;
pub(crate) mod words;

use utoipa::openapi::{ComponentsBuilder, InfoBuilder, OpenApi, OpenApiBuilder};
use utoipa::{PartialSchema, ToSchema};
use utoipa_axum::router::OpenApiRouter;

use crate::app::App;
use crate::problem::ProblemBody;

/// The OpenAPI 3.1 document, as served at `/api/openapi.json`.
#[must_use]
pub fn document() -> OpenApi {
    routes().into_openapi()
}

/// Every described route.
pub(crate) fn routes() -> OpenApiRouter<App> {
    let info = InfoBuilder::new()
        .title("quantrac")
        .version("1")
        .description(Some(
            "Observations and warnings. Times are RFC 3339 with Viet Nam's offset; names are \
             snake_case; lists are pages {items, next}; errors are application/problem+json.",
        ))
        .build();
    let components =
        ComponentsBuilder::new().schema(ProblemBody::name(), ProblemBody::schema()).build();
    let document = OpenApiBuilder::new().info(info).components(Some(components)).build();
    OpenApiRouter::with_openapi(document).merge(crate::api::routes()).merge(crate::pages::routes())
}
