//! The endpoints under `/api/v1`, one file for each kind of thing.

mod about;
mod alarms;
mod audit;
pub(crate) mod basemap;
mod board;
mod bulletin;
mod clock;
mod commands;
mod conditions;
mod config;
mod doubts;
mod duty;
mod events;
mod export;
mod forecasts;
mod history;
mod latest;
mod levels;
mod live;
mod maintenance;
mod notices;
mod parameters;
mod password;
mod readings;
mod reports;
mod reprocess;
mod reviews;
mod rules;
mod series;
mod session;
mod set_aside;
mod station_access;
mod stations;
mod status;
mod users;
mod versions;
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
        .routes(routes!(maintenance::begin))
        .routes(routes!(maintenance::end))
        .routes(routes!(basemap::basemap))
        .routes(routes!(parameters::list))
        .routes(routes!(series::list))
        .routes(routes!(readings::list))
        .routes(routes!(versions::list))
        .routes(routes!(doubts::list))
        .routes(routes!(reviews::list, reviews::review))
        .routes(routes!(export::export))
        .routes(routes!(reports::report))
        .routes(routes!(latest::list))
        .routes(routes!(forecasts::list, forecasts::issue))
        .routes(routes!(forecasts::withdraw))
        .routes(routes!(board::board))
        .routes(routes!(events::list))
        .routes(routes!(conditions::list))
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
        .routes(routes!(duty::calls::calls))
        .routes(routes!(duty::desk))
        .routes(routes!(duty::picture::picture))
        .routes(routes!(duty::log::log))
        .routes(routes!(duty::take_over))
        .routes(routes!(duty::hand_over))
        .routes(routes!(duty::note))
        .routes(routes!(duty::take))
        .routes(routes!(duty::call))
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
        .routes(routes!(clock::confirm))
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
