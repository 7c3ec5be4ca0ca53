//! The running program: start everything in order, stop everything in order.
//!
//! * [`instance`] one ledger with its doors; `part` one of them; `inforce` the pack in force and its reload;
//!   `applying` one that is applied on the pages, `folder` writes it; `stop` who is late
//! * `intake` the broker as others see it; `others` brokers that somebody else runs; `delivering` what delivery is given
//! * `remembering` the way to the history server; `signals` when to stop

mod applying;
mod delivering;
mod folder;
mod inforce;
pub mod instance;
mod intake;
mod others;
mod part;
mod remembering;
pub mod signals;
mod stop;

use std::sync::Arc;

use anyhow::{Context, Result, bail};
use domain::{Realm, Time};
use metrics_exporter_prometheus::PrometheusHandle;
use store::{Clock, Reader};
use tokio_util::sync::CancellationToken;

pub use instance::{Instance, Plan};
pub(crate) use remembering::token;

use crate::cli::{self, DrillArgs};
use crate::clock::{CountedClock, DrillClock, Scale};
use crate::command::{journal, people::ledger_path};
use crate::console::say;
use crate::settings::{self, Settings};
use crate::{packs, secrets::Secrets};

/// Carries out `quantrac serve`: until it is told to stop.
///
/// # Errors
/// Something cannot be started, or did not stop in order.
pub async fn serve(
    options: cli::Serve,
    metrics: PrometheusHandle,
    stop: CancellationToken,
) -> Result<()> {
    let settings = settings(options.settings.as_deref(), options.mqtt, options.web)?;
    let secrets = Secrets::open(&options.data)?;
    let realm = if options.exercise { Realm::Exercise } else { Realm::Actual };
    let (clock, drill) = clock(&options.drill, &options.data)?;
    let plan = Plan { config: options.config, data: options.data, settings, realm, clock, drill };
    let instance = Instance::start(plan, secrets, metrics).await?;
    say(format!("web pages  http://{}", instance.web_address()));
    say(format!("stations   mqtt://{}", instance.mqtt_address()));
    instance.run(&stop).await
}

/// The settings with what the command line overrides.
///
/// # Errors
/// The file cannot be read, or has faults: all of them.
pub fn settings(
    file: Option<&std::path::Path>,
    mqtt: Option<std::net::SocketAddr>,
    web: Option<std::net::SocketAddr>,
) -> Result<Settings> {
    let mut settings = match file {
        None => Settings::default(),
        Some(path) => match settings::read(path)? {
            Ok(settings) => settings,
            Err(faults) => bail!("the settings have faults:\n{}", packs::listed(&faults)),
        },
    };
    settings.broker.listen = mqtt.unwrap_or(settings.broker.listen);
    settings.web.listen = web.unwrap_or(settings.web.listen);
    Ok(settings)
}

/// The system's clock, or the drill's: a drill that was begun goes on from the last time in its journal.
fn clock(args: &DrillArgs, data: &std::path::Path) -> Result<(Arc<dyn Clock>, Option<web::Drill>)> {
    let Some(from) = args.drill_from else { return Ok((Arc::new(CountedClock::start()), None)) };
    if !(args.speed.is_finite() && args.speed > 0.0) {
        bail!("--speed {} is not above 0", args.speed);
    }
    let begun = last_time(data)?.map_or(from, |last| last.max(from));
    let scale = Scale::new(begun, args.speed, args.drill_until);
    Ok((Arc::new(DrillClock::new(scale)), Some(web::Drill { from, speed: args.speed })))
}

fn last_time(data: &std::path::Path) -> Result<Option<Time>> {
    let path = ledger_path(data);
    if !path.is_file() {
        return Ok(None);
    }
    let shown = path.display();
    let reader = Reader::open(&path).with_context(|| format!("cannot look into '{shown}'"))?;
    Ok(journal::last(&reader)?.map(|(_, at)| at))
}
