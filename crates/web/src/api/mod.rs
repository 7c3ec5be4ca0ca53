//! The endpoints under `/api/v1`, one file for each kind of thing.

mod about;
mod alarms;
mod audit;
pub(crate) mod basemap;
mod commands;
mod config;
mod export;
mod history;
mod latest;
mod levels;
mod live;
mod notices;
mod parameters;
mod password;
mod readings;
mod reports;
mod reprocess;
mod rules;
mod series;
mod session;
mod set_aside;
mod station_access;
mod stations;
mod status;
mod users;
mod warnings;

pub(crate) use about::sender;

use axum::extract::DefaultBodyLimit;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::App;

/// Largest configuration that is taken at once, bytes: outlines of areas may be long.
const LARGEST_CONFIGURATION: usize = 8 * 1_024 * 1_024;

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
        .routes(routes!(config::history::list))
        .routes(routes!(history::state))
        .routes(routes!(history::refused))
        .routes(routes!(status::status))
        .routes(routes!(live::live))
        .routes(routes!(rules::rules))
        .routes(routes!(password::change))
        .merge(administration())
}

/// What only administrators may.
fn administration() -> OpenApiRouter<App> {
    OpenApiRouter::default()
        .routes(routes!(users::list, users::add))
        .routes(routes!(users::change))
        .routes(routes!(users::password))
        .routes(routes!(station_access::list))
        .routes(routes!(station_access::make, station_access::shut))
        .routes(routes!(rules::recipients))
        .routes(routes!(audit::list))
        .routes(routes!(config::files::files))
        .routes(routes!(config::files::edit))
        .routes(routes!(config::check::check))
        .routes(routes!(config::apply::apply))
        .layer(DefaultBodyLimit::max(LARGEST_CONFIGURATION))
}
