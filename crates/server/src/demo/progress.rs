//! What a person at the terminal sees of a drill: crossings and warnings as they come, and how far it is.

use std::sync::Arc;
use std::time::Duration;

use domain::text::{moment, number};
use domain::{AlarmState, Transition, Warning};
use pack::Pack;
use store::Applied;
use tokio::sync::broadcast::error::RecvError;
use tokio_util::sync::CancellationToken;

use crate::console::say;
use crate::serve::Instance;
use crate::simulate::run::Progress;

/// A line about the progress this often, in real time.
const EVERY: Duration = Duration::from_secs(5);
/// The hazard of rivers.
const FLOOD: &str = "flood";

/// Tells what happens until it is told to stop.
pub(super) fn watch(
    instance: &Instance,
    planned: usize,
    progress: Arc<Progress>,
    stop: CancellationToken,
) -> impl Future<Output = ()> + Send + use<> {
    let (mut live, pack) = (instance.ledger().live(), instance.pack());
    async move {
        let mut timer = tokio::time::interval(EVERY);
        let mut crossings = 0u64;
        loop {
            tokio::select! {
                () = stop.cancelled() => return,
                _ = timer.tick() => step(planned, &progress, crossings),
                applied = live.recv() => match applied {
                    Ok(applied) => crossings += happened(&pack, &applied),
                    // Lines are missed, nothing else: the pages show all.
                    Err(RecvError::Lagged(_)) => {}
                    Err(RecvError::Closed) => return,
                },
            }
        }
    }
}

fn step(planned: usize, progress: &Progress, crossings: u64) {
    if let Some(newest) = progress.newest() {
        let (acked, crossings) = (progress.acked(), crossings);
        say(format!(
            "{}  messages acknowledged: {acked} of {planned}, crossings: {crossings}",
            moment(newest)
        ));
    }
}

fn happened(pack: &Pack, applied: &Applied) -> u64 {
    let raised = applied.outcome.transitions.iter().filter(|change| change.from < change.to);
    let mut crossings = 0;
    for change in raised.filter(|change| matches!(change.to, AlarmState::Level(_))) {
        crossings += 1;
        if let Some(line) = crossing(pack, change) {
            say(line);
        }
    }
    for warning in &applied.outcome.warnings {
        if let Some(line) = waiting(warning) {
            say(line);
        }
    }
    crossings
}

/// `21:30 17/11/2025  Vân Canh: BĐ2, 44,02 m`; only for rivers, or the rain would hide them.
fn crossing(pack: &Pack, change: &Transition) -> Option<String> {
    let rule = pack.rules.iter().find(|rule| rule.id == change.rule)?;
    if rule.hazard != FLOOD {
        return None;
    }
    let evidence = change.evidence.first()?;
    let name = evidence.threshold_name.as_ref()?;
    let parameter = pack.parameters.get(&evidence.parameter)?;
    let place = pack.stations.get(&change.target).map(|station| station.name.as_str());
    let place = place
        .or_else(|| pack.basins.get(&change.target).map(|basin| basin.name.as_str()))
        .unwrap_or(change.target.as_str());
    let value = number(evidence.value, parameter.decimals);
    let unit = parameter.unit.symbol();
    let kind = if change.provisional { " (provisional)" } else { "" };
    Some(format!("{}  {place}: {name}, {value} {unit}{kind}", moment(change.at)))
}

fn waiting(warning: &Warning) -> Option<String> {
    let draft = warning.draft.as_ref().filter(|draft| draft.drafted_at == warning.changed_at)?;
    Some(format!("  → waits for the duty officer: {}", draft.text.vi.headline))
}
