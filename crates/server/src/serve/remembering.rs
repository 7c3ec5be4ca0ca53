//! The way to the history server, on a thread of its own: whatever happens there, the intake keeps its threads.

use std::sync::Arc;

use anyhow::Result;
use store::history::{Relay, Token};
use store::{HistoryWatch, Ledger};

use super::instance::Plan;
use super::part::Part;
use crate::secrets::Secrets;

/// The history's name among the parts.
const WHO: &str = "the history";

/// Starts the relay, or what stands in for it when no server is configured.
pub(super) fn start(
    plan: &Plan,
    ledger: &Ledger,
    secrets: &Secrets,
) -> Result<(Part, HistoryWatch)> {
    let config = plan.settings.history.clone();
    if config.url.is_none() {
        let rests = Part::start(WHO, |stop| async move {
            stop.cancelled().await;
            Ok(())
        });
        return Ok((rests, HistoryWatch::off()));
    }
    let token = token(secrets, &config.token_secret);
    let relay = Relay::new(ledger.clone(), config, plan.realm, token);
    let watch = relay.watch();
    let mut runtime = tokio::runtime::Builder::new_multi_thread();
    runtime.worker_threads(1).max_blocking_threads(2).thread_name("history").enable_all();
    let part = Part::start_apart(WHO, &mut runtime, move |stop| async move {
        relay.run(stop).await;
        Ok(())
    })?;
    Ok((part, watch))
}

/// The token as it stands in the secrets folder at that moment. Its text is never in an error.
pub(crate) fn token(secrets: &Secrets, name: &str) -> Token {
    let (secrets, name) = (secrets.clone(), name.to_owned());
    Arc::new(move || match secrets.text(&name) {
        Ok(Some(token)) => Ok(token),
        Ok(None) => Err(format!("there is no token: write it into secrets/{name}")),
        Err(error) => Err(format!("{error:#}")),
    })
}
