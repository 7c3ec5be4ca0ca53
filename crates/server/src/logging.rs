//! The log: one line per event to standard error.

use anyhow::{Context, Result};
use tracing_subscriber::EnvFilter;

/// What is logged when nothing else is asked for. rmqtt tells much about each connection.
const USUAL: &str = "info,rmqtt=warn,rumqttc=warn,tower_http=warn,hyper=warn";

/// Starts logging. `filter` is a list such as `info,ingest=debug`; `json` makes one JSON object per line.
///
/// # Errors
/// The filter cannot be understood, or logging was started before.
pub fn start(filter: Option<&str>, json: bool) -> Result<()> {
    let text = filter.unwrap_or(USUAL);
    let filter = EnvFilter::try_new(text)
        .with_context(|| format!("'{text}' is not a log filter such as info,ingest=debug"))?;
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    let started = if json { log.json().try_init() } else { log.with_target(false).try_init() };
    started.map_err(|error| anyhow::anyhow!("the log was started before: {error}"))
}
