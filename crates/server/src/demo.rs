//! `quantrac demo`: a drill from one command, with simulated stations that connect like any others.
//!
//! Each run is a drill of its own in a folder of its own; old ones stay to be looked at (`quantrac journal`,
//! `quantrac replay`) until somebody removes them.

mod progress;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, Result};
use domain::{Realm, Span, StationId, Time};
use metrics_exporter_prometheus::PrometheusHandle;
use store::{Clock, People, Role, User};
use tokio_util::sync::CancellationToken;

use crate::cli;
use crate::clock::{DrillClock, Scale, SystemClock};
use crate::command::people::ledger_path;
use crate::console::say;
use crate::secrets::{PASSWORD_LETTERS, STATION_LETTERS, Secrets, generate};
use crate::serve::{self, Instance, Plan};
use crate::simulate::run::{Fleet, Pace, Progress};
use crate::simulate::scenario::{self, Scenario};
use crate::simulate::{Disturbance, Observation, Recording, Sending, plan};

/// How long the stations may take to connect before the drill's clock starts.
const GATHER: std::time::Duration = std::time::Duration::from_secs(20);
/// The duty officer of a drill.
const OFFICER: &str = "trucban";

/// Runs the drill until it is told to stop; with `--once`, until the scenario has been replayed.
///
/// # Errors
/// Something cannot be started, or did not stop in order.
pub async fn run(
    options: cli::Demo,
    metrics: PrometheusHandle,
    stop: CancellationToken,
) -> Result<()> {
    let mut settings = serve::settings(options.settings.as_deref(), options.mqtt, options.web)?;
    let scenario = scenario::read(&options.scenario)?;
    let recording = scenario.recording();
    let data = folder(&options.data);
    if settings.delivery.mail.is_none() {
        settings.delivery.mail_folder.get_or_insert_with(|| data.join("mail"));
    }
    let mails = settings.delivery.mail_folder.clone();
    let secrets = Secrets::open(&data)?;
    let credentials = people(&data, &recording)?;
    let scale = Scale::new(scenario.from, options.speed, Some(scenario.to));
    let clock = Arc::new(DrillClock::held(scale));
    let drill = Some(web::Drill { from: scenario.from, speed: options.speed });
    let realm = Realm::Exercise;
    let config = options.config;
    let run = Plan { config, data, settings, realm, clock: Arc::clone(&clock) as _, drill };
    let instance = Instance::start(run, secrets, metrics).await?;
    say(format!("{}\n{}", scenario.title_vi, scenario.title_en));
    say(format!("web pages  http://{}   (Ctrl-C stops)", instance.web_address()));
    say(format!("stations   mqtt://{}", instance.mqtt_address()));
    if let Some(folder) = mails {
        say(format!("mails      {}", folder.display()));
    }

    let played = tokio::select! {
        played = play(&instance, &scenario, recording, &credentials, clock, &stop, options.once) => played,
        fault = instance.ended() => Err(fault),
    };
    instance.stop_after(played).await
}

async fn play(
    instance: &Instance,
    scenario: &Scenario,
    recording: Recording,
    credentials: &BTreeMap<StationId, String>,
    drill: Arc<DrillClock>,
    stop: &CancellationToken,
    once: bool,
) -> Result<()> {
    let plan = plan(&recording, &Disturbance::default());
    let broker = instance.mqtt_address().into();
    let fleet = Fleet::connect(&broker, &plan, credentials)?;
    fleet.gather(GATHER).await;
    drill.release();
    let clock: Arc<dyn Clock> = drill;
    let progress = Arc::new(Progress::default());
    let watching = progress::watch(instance, plan.len(), Arc::clone(&progress), stop.clone());
    let watching = tokio::spawn(watching);
    let mut played = fleet.run(plan, Pace::Clock(Arc::clone(&clock)), &progress, stop).await;
    if played.is_ok() && !once && !stop.is_cancelled() {
        say(
            "the scenario is over: the clock runs as fast as any, every station repeats its last values",
        );
        played = linger(&fleet, &recording, scenario, clock, &progress, stop).await;
    }
    watching.abort();
    fleet.close().await;
    played
}

/// Every station goes on sending its last values at every step, so that nothing falls silent.
async fn linger(
    fleet: &Fleet,
    recording: &Recording,
    scenario: &Scenario,
    clock: Arc<dyn Clock>,
    progress: &Arc<Progress>,
    stop: &CancellationToken,
) -> Result<()> {
    let amounts: Vec<_> = scenario.amounts.iter().map(|amount| &amount.parameter).collect();
    let mut at = scenario.to;
    while !stop.is_cancelled() {
        at = at + scenario.step;
        let again = recording.stations.iter().filter_map(|(station, track)| {
            let mut values = track.last()?.values.clone();
            // The last rain fell once.
            for value in values.iter_mut().filter(|value| amounts.contains(&&value.parameter)) {
                value.value = 0.0;
            }
            let observations = vec![Observation { at, values }];
            Some(Sending { at, station: station.clone(), observations })
        });
        fleet.run(again.collect(), Pace::Clock(Arc::clone(&clock)), progress, stop).await?;
    }
    Ok(())
}

/// A folder of its own, named for the real time in Viet Nam.
fn folder(data: &Path) -> PathBuf {
    let now: Time = SystemClock.now().floor(Span::seconds(1), Span::ZERO);
    let stamp: String =
        now.to_string().chars().take(19).filter(|c| c.is_ascii_digit() || *c == 'T').collect();
    data.join(format!("demo-{stamp}"))
}

/// The duty officer, and a secret for every station; before the drill's clock starts.
fn people(data: &Path, recording: &Recording) -> Result<BTreeMap<StationId, String>> {
    let path = ledger_path(data);
    let mut people = People::open(&path, Realm::Exercise).with_context(|| {
        format!("cannot create the ledger of the drill in '{}'", data.display())
    })?;
    let mut credentials = BTreeMap::new();
    for station in recording.stations.keys() {
        let secret = generate(STATION_LETTERS);
        people.put_credential(station, &store::secret_hash(&secret))?;
        credentials.insert(station.clone(), secret);
    }
    let password = generate(PASSWORD_LETTERS);
    people.put_user(&User {
        name: OFFICER.to_owned(),
        full_name: "Trực ban (diễn tập)".to_owned(),
        role: Role::DutyOfficer,
        password_hash: web::hash_password(&password)?,
        disabled: false,
    })?;
    say(format!("a new drill in '{}'", data.display()));
    say(format!("duty officer '{OFFICER}', password {password} (shown only this once)"));
    Ok(credentials)
}
