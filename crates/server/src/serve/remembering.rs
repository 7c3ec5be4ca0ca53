//! The way to the history server, on a thread of its own: whatever happens there, the intake keeps its threads.

use std::sync::Arc;

use anyhow::Result;
use domain::bucket::Method;
use history::HistoryWatch;
use history::{Archive, Describe, Relay, Summaries, Token};
use store::Ledger;

use super::inforce::InForce;
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
    in_force: &InForce,
) -> Result<(Part, web::History)> {
    let config = plan.settings.history.clone();
    if config.url.is_none() {
        let ledger = ledger.clone();
        let rests = Part::start(WHO, |stop| async move {
            history::put_to_rest(&ledger).await;
            drop(ledger);
            stop.cancelled().await;
            Ok(())
        });
        return Ok((rests, web::History { watch: HistoryWatch::off(), archive: None }));
    }
    let token = token(secrets, &config.token_secret);
    let realm = plan.realm;
    let relay = Relay::new(ledger.clone(), config.clone(), realm, token.clone());
    let watch = relay.watch();
    let archive = Archive::new(config.clone(), realm, token.clone());
    let (summed, describe) = (watch.clone(), describe(in_force));
    let summaries = Summaries::new(ledger.clone(), config, realm, token, summed, describe);
    let mut runtime = tokio::runtime::Builder::new_multi_thread();
    runtime.worker_threads(1).max_blocking_threads(2).thread_name("history").enable_all();
    let part = Part::start_apart(WHO, &mut runtime, move |stop| async move {
        tokio::join!(relay.run(stop.clone()), summaries.run(stop));
        Ok(())
    })?;
    Ok((part, web::History { watch, archive: Some(archive) }))
}

/// How readings go together, by the pack in force.
fn describe(in_force: &InForce) -> Describe {
    let in_force = in_force.clone();
    Arc::new(move |key| {
        let pack = in_force.pack();
        let method = pack.parameters.get(&key.parameter).map_or(Method::Mean, Method::of);
        (method, pack.stations.get(&key.station).map(|station| station.interval))
    })
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
