//! The web door as a browser or a program sees it: a real ledger behind it, a real socket before it.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod administration;
mod basemap;
mod bulletin;
mod cap;
mod commands;
mod dead_letters;
mod desk;
mod duty;
mod exports;
mod fake;
mod forecasts;
mod garbage;
mod harness;
mod headers;
mod history;
mod light;
mod limits;
mod lists;
mod live;
mod maintenance;
mod past;
mod people;
mod places;
mod problems;
mod readings;
mod receipt;
mod reports;
mod reviews;
mod roles;
mod samples;
mod session;
mod status;
