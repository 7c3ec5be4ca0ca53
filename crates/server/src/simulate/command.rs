//! `quantrac simulate`.

use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, Result, bail};
use tokio_util::sync::CancellationToken;

use super::csv::Layout;
use super::options::Simulate;
use super::run::{Fleet, Pace, Progress};
use super::secrets::{self, Credentials};
use super::{Disturbance, Recording, Sending, csv, plan, scenario};
use crate::clock::{DrillClock, Scale};
use crate::console::say;

/// Publishes what is asked for and tells what came of it.
///
/// # Errors
/// The recording cannot be read, a secret is absent, or the broker refuses a station.
pub async fn simulate(options: Simulate, stop: CancellationToken) -> Result<()> {
    let plan = planned(&options)?;
    if options.plan_only {
        plan.iter().for_each(show);
        return Ok(());
    }
    let (Some(first), Some(last)) = (plan.first(), plan.last()) else {
        bail!("nothing is left to send: look at --from, --to and --loss");
    };
    let credentials = credentials(&options, &plan)?;
    let fleet = Fleet::connect(&options.broker, &plan, &credentials)?;
    let stations = plan.iter().map(|sending| &sending.station);
    let stations = stations.collect::<std::collections::BTreeSet<_>>().len();
    let messages = plan.len();
    say(format!(
        "{stations} stations, {messages} messages from {} to {}, to {}",
        first.at, last.at, options.broker
    ));
    let pace = match options.speed {
        0.0 => Pace::Fastest,
        speed => Pace::Clock(Arc::new(DrillClock::new(Scale::new(first.at, speed, None)))),
    };
    let progress = Arc::new(Progress::default());
    let begun = std::time::Instant::now();
    let result = fleet.run(plan, pace, &progress, &stop).await;
    let counts = fleet.close().await;
    say(format!(
        "published {}, acknowledged {}, re-sent {}, connections {}, not sent {}, in {:.1} s",
        counts.published,
        counts.acked,
        counts.resent,
        counts.connections,
        (messages as u64).saturating_sub(progress.acked()),
        begun.elapsed().as_secs_f64()
    ));
    result
}

/// The plan that the options ask for: a function of the recording and the seed alone.
///
/// # Errors
/// The recording cannot be read.
pub fn planned(options: &Simulate) -> Result<Vec<Sending>> {
    let mut recording = recording(options)?;
    recording.cut(options.from, options.to);
    if let (Some(to), Some((first, _))) = (options.shift_to, recording.bounds()) {
        recording.shift(to - first);
    }
    let disturbance = Disturbance {
        seed: options.seed,
        loss: options.loss,
        duplicate: options.duplicate,
        reorder: options.reorder,
        late: options.late,
        clock_errors: options.clock_error.iter().cloned().collect(),
    };
    for station in disturbance.clock_errors.keys() {
        if !recording.stations.contains_key(station) {
            bail!("--clock-error names station '{station}', which the recording does not have");
        }
    }
    Ok(plan(&recording, &disturbance))
}

fn recording(options: &Simulate) -> Result<Recording> {
    if let Some(path) = &options.csv {
        let (time_column, mappings) = (options.time_column.clone(), options.map.clone());
        return csv::read(path, &Layout { time_column, utc_offset: options.utc_offset, mappings });
    }
    if let Some(folder) = &options.scenario {
        return Ok(scenario::read(folder)?.recording());
    }
    let (Some(flood), Some(floods)) = (options.flood, &options.floods) else {
        bail!("say what to publish: --csv, --scenario, or --flood with --floods");
    };
    flood.read(floods)
}

fn credentials(options: &Simulate, plan: &[Sending]) -> Result<Credentials> {
    match (&options.credentials, &options.register) {
        (Some(file), _) => secrets::read(file),
        (None, Some(data)) => register(data, plan),
        (None, None) => bail!("stations need secrets: give --credentials or --register"),
    }
}

/// Gives every station of the plan a new secret in that ledger.
fn register(data: &Path, plan: &[Sending]) -> Result<Credentials> {
    let mut people = crate::command::people::open(data)?;
    let mut made = Credentials::new();
    for station in plan.iter().map(|sending| &sending.station) {
        if !made.contains_key(station) {
            let secret = crate::secrets::generate(crate::secrets::STATION_LETTERS);
            people
                .put_credential(station, &store::secret_hash(&secret))
                .with_context(|| format!("cannot register station '{station}'"))?;
            made.insert(station.clone(), secret);
        }
    }
    Ok(made)
}

fn show(sending: &Sending) {
    let body =
        String::from_utf8_lossy(&super::recording::message(&sending.observations)).into_owned();
    say(format!("{} {} {body}", sending.at, sending.station));
}
