//! The log: one line per event to standard error.

use std::io::IsTerminal as _;

use anyhow::{Context, Result};
use tracing_subscriber::EnvFilter;

/// What is logged when nothing else is asked for. rmqtt tells much about each connection.
pub const USUAL: &str = "info,rmqtt=warn,rumqttc=warn,tower_http=warn,hyper=warn";
/// What is logged in a demonstration, which tells on standard output what happens: there is no mail server, so
/// that every notice by mail would be complained about again and again.
pub const DEMO: &str = "warn,delivery=error";

/// Starts logging. `filter` is a list such as `info,ingest=debug`; `json` makes one JSON object per line.
///
/// # Errors
/// The filter cannot be understood, or logging was started before.
pub fn start(filter: &str, json: bool) -> Result<()> {
    let filter = EnvFilter::try_new(filter)
        .with_context(|| format!("'{filter}' is not a log filter such as info,ingest=debug"))?;
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    let started = match json {
        true => log.json().try_init(),
        false => log.with_target(false).with_ansi(std::io::stderr().is_terminal()).try_init(),
    };
    started.map_err(|error| anyhow::anyhow!("the log was started before: {error}"))
}
