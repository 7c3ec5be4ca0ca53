//! The endpoints under `/api/v1`, one file for each kind of thing.

mod about;
mod alarms;
pub(crate) mod basemap;
mod bulletin;
mod commands;
mod configs;
mod export;
mod history;
mod latest;
mod levels;
mod live;
mod notices;
mod parameters;
mod readings;
mod reports;
mod reprocess;
mod series;
mod session;
mod set_aside;
mod stations;
mod status;
mod warnings;

pub(crate) use about::sender;

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::App;

/// Every endpoint with its description.
pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::default()
        .routes(routes!(about::about))
        .routes(routes!(session::me))
        .routes(routes!(session::sign_in, session::sign_out))
        .routes(routes!(stations::list))
        .routes(routes!(stations::one))
        .routes(routes!(stations::health))
        .routes(routes!(basemap::basemap))
        .routes(routes!(parameters::list))
        .routes(routes!(series::list))
        .routes(routes!(readings::list))
        .routes(routes!(export::export))
        .routes(routes!(reports::report))
        .routes(routes!(latest::list))
        .routes(routes!(levels::list))
        .routes(routes!(bulletin::bulletin))
        .routes(routes!(alarms::list))
        .routes(routes!(alarms::transitions))
        .routes(routes!(warnings::list))
        .routes(routes!(warnings::one))
        .routes(routes!(commands::confirm))
        .routes(routes!(commands::reject))
        .routes(routes!(commands::end))
        .routes(routes!(commands::cancel))
        .routes(routes!(commands::test))
        .routes(routes!(notices::list))
        .routes(routes!(notices::retry))
        .routes(routes!(notices::dismiss))
        .routes(routes!(set_aside::list))
        .routes(routes!(reprocess::reprocess))
        .routes(routes!(configs::list))
        .routes(routes!(history::state))
        .routes(routes!(history::refused))
        .routes(routes!(status::status))
        .routes(routes!(live::live))
}
