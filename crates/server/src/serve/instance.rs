//! One ledger with its doors.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use anyhow::{Context, Error, Result, anyhow};
use domain::Realm;
use ingest::Broker;
use metrics_exporter_prometheus::PrometheusHandle;
use pack::Pack;
use pipeline::Pipeline;
use store::{Clock, Ledger, LedgerThread, Options, Role, User};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use super::applying::Desk;
use super::inforce::InForce;
use super::intake::Intake;
use super::part::Part;
use super::{delivering, others, remembering, signals, stop};
use crate::command::people::ledger_path;
use crate::console::say;
use crate::secrets::{PASSWORD_LETTERS, Secrets, generate};
use crate::settings::Settings;

/// Name of the key that receipt links are signed with.
const RECEIPT_KEY: &str = "receipt.key";
/// The first user.
const ADMIN: &str = "admin";

/// What to run.
pub struct Plan {
    /// Folder of the configuration pack.
    pub config: PathBuf,
    /// Folder of the ledger.
    pub data: PathBuf,
    /// Settings of the installation.
    pub settings: Settings,
    /// Real or exercise.
    pub realm: Realm,
    /// Where time comes from.
    pub clock: Arc<dyn Clock>,
    /// Set when that is a drill's clock.
    pub drill: Option<web::Drill>,
}

/// A running ledger with its doors. Dropping it ends it without order; [`Instance::stop`] ends it in order.
pub struct Instance {
    ledger: Ledger,
    thread: LedgerThread,
    broker: Broker,
    in_force: InForce,
    web_address: SocketAddr,
    web: Part,
    delivery: Part,
    watcher: Part,
    history: Part,
    others: Part,
}

impl Instance {
    /// Starts ledger, broker, delivery, history and web, in this order; what was started is stopped when the next
    /// cannot be.
    ///
    /// # Errors
    /// An address is in use, the ledger cannot be opened, or there is no configuration to start with.
    pub async fn start(plan: Plan, secrets: Secrets, metrics: PrometheusHandle) -> Result<Self> {
        let address = plan.settings.web.listen;
        let listener = TcpListener::bind(address).await.with_context(|| {
            format!("cannot listen for browsers on {address}: stop what listens there, or choose another address with --web")
        })?;
        let (ledger, thread) = open(&plan).await?;
        let started = Self::doors(&plan, &secrets, metrics, &ledger, listener).await;
        match started {
            Ok((broker, in_force, web_address, [web, delivery, watcher, history, others])) => {
                Ok(Self {
                    ledger,
                    thread,
                    broker,
                    in_force,
                    web_address,
                    web,
                    delivery,
                    watcher,
                    history,
                    others,
                })
            }
            Err(error) => {
                drop(ledger);
                tokio::task::spawn_blocking(move || thread.stop()).await??;
                Err(error)
            }
        }
    }

    async fn doors(
        plan: &Plan,
        secrets: &Secrets,
        metrics: PrometheusHandle,
        ledger: &Ledger,
        listener: TcpListener,
    ) -> Result<(Broker, InForce, SocketAddr, [Part; 5])> {
        first_user(ledger).await?;
        let receipt_key: Arc<[u8]> = secrets.key(RECEIPT_KEY)?.into();
        let web_address = listener.local_addr().context("cannot look at the web address")?;
        let in_force = InForce::start(&plan.config, ledger).await?;
        let hangup = signals::hangup()?;
        let broker = ingest::start(plan.settings.broker.clone(), ledger.clone()).await?;
        let intake = Intake::new(broker.handle());
        let (history, memory) = remembering::start(plan, ledger, secrets, &in_force)?;
        let ways = others::start(plan, secrets, &in_force, ledger).await?;
        let mut parts = web_parts(plan, ledger, &intake, &in_force, &receipt_key, metrics, memory);
        parts.external_status = others::status(&ways);
        let (settings, realm) = (&plan.settings, plan.realm);
        let setup = delivering::Setup { settings, web_address, realm, secrets, receipt_key };
        let delivery = setup.run(ledger.clone(), intake.clone(), in_force.clone());
        let config = plan.settings.web.clone();
        let (folder, watched, ledger) = (plan.config.clone(), in_force.clone(), ledger.clone());
        let running = [
            web_door(listener, parts, config)?,
            Part::start("delivery", delivery),
            Part::start("the configuration watcher", |stop| async move {
                watched.watch(folder, ledger, hangup, stop).await;
                Ok(())
            }),
            history,
            Part::start("other brokers", |stop| async move {
                Ok(ways.run(stop.cancelled_owned()).await?)
            }),
        ];
        Ok((broker, in_force, web_address, running))
    }

    /// Where browsers connect.
    #[must_use]
    pub const fn web_address(&self) -> SocketAddr {
        self.web_address
    }

    /// Where stations connect.
    #[must_use]
    pub fn mqtt_address(&self) -> SocketAddr {
        self.broker.address()
    }

    /// The ledger.
    #[must_use]
    pub const fn ledger(&self) -> &Ledger {
        &self.ledger
    }

    /// The pack in force.
    #[must_use]
    pub fn pack(&self) -> Arc<Pack> {
        self.in_force.pack()
    }

    /// Runs until it is told to stop, or until a part ends by itself; then stops everything in order.
    ///
    /// # Errors
    /// A part ended by itself: it is named, so that a supervisor starts everything anew. Or as [`Self::stop`].
    pub async fn run(self, stop: &CancellationToken) -> Result<()> {
        let ran = tokio::select! {
            () = stop.cancelled() => Ok(()),
            fault = self.ended() => Err(fault),
        };
        self.stop_after(ran).await
    }

    /// Returns when a part ends that was not told to: by a fault, or by a panic. Without it nobody would
    /// notice, for the others live on. It holds nothing of the instance, so it can be waited for beside work
    /// that does: `select! { done = work(&instance) => done, fault = instance.ended() => Err(fault) }`.
    pub fn ended(&self) -> impl Future<Output = Error> + Send + use<> {
        let parts = [&self.web, &self.delivery, &self.watcher, &self.history, &self.others]
            .map(Part::ended);
        let ledger = self.ledger.clone();
        async move {
            let [web, delivery, watcher, history, others] = parts;
            let who = tokio::select! {
                () = ledger.gone() => "the ledger",
                who = web => who,
                who = delivery => who,
                who = watcher => who,
                who = history => who,
                who = others => who,
            };
            tracing::error!(who, "ended by itself; everything is stopped");
            anyhow!("{who} ended by itself")
        }
    }

    /// Stops everything in order after work that went as it says.
    ///
    /// # Errors
    /// That of the work, with what stopping adds to it; or as [`Self::stop`].
    pub async fn stop_after(self, worked: Result<()>) -> Result<()> {
        let stopped = self.stop().await;
        match (worked, stopped) {
            (Err(fault), Err(also)) => Err(also.context(format!("{fault:#}"))),
            (worked, stopped) => worked.and(stopped),
        }
    }

    /// Stops the web, then what comes through other brokers, then our own, then delivery, then the history, then the
    /// ledger, and says who is late.
    ///
    /// # Errors
    /// Somebody was late or ended by a fault, or the ledger could not write what waited.
    pub async fn stop(self) -> Result<()> {
        tracing::info!("stopping");
        let mut results = vec![self.watcher.stop().await, self.web.stop().await];
        results.push(self.others.stop().await);
        results.push(stop::wait("the broker", self.broker.stop()).await);
        results.push(self.delivery.stop().await);
        results.push(self.history.stop().await);
        drop(self.ledger);
        let thread = self.thread;
        let stopping = tokio::task::spawn_blocking(move || thread.stop());
        results.push(match stop::wait("the ledger", stopping).await {
            Ok(ended) => ended.map_err(Into::into).and_then(|stopped| stopped.map_err(Into::into)),
            Err(late) => Err(late),
        });
        results.into_iter().collect()
    }
}

async fn open(plan: &Plan) -> Result<(Ledger, LedgerThread)> {
    let store = &plan.settings.store;
    let path = ledger_path(&plan.data);
    let options = Options {
        path,
        realm: plan.realm,
        batch: store.batch,
        queue: store.queue,
        fold_readings: store.fold_readings,
    };
    let (processor, clock) = (Box::new(Pipeline::new(plan.realm)), Arc::clone(&plan.clock));
    let opening = move || Ledger::open(options, processor, clock);
    Ok(tokio::task::spawn_blocking(opening)
        .await
        .context("opening the ledger ended by a fault")??)
}

/// Somebody must be able to sign in: the first user's password is printed, once, and stored nowhere.
async fn first_user(ledger: &Ledger) -> Result<()> {
    let reader = ledger.reader();
    let users = tokio::task::spawn_blocking(move || reader.users()).await??;
    if !users.is_empty() {
        return Ok(());
    }
    let password = generate(PASSWORD_LETTERS);
    let user = User {
        name: ADMIN.to_owned(),
        full_name: "Quản trị hệ thống".to_owned(),
        role: Role::Admin,
        password_hash: web::hash_password(&password)?,
        disabled: false,
    };
    ledger.put_user(user).await?;
    say(format!("first user '{ADMIN}', password {password} (shown only this once)"));
    Ok(())
}

/// The web door on a runtime of its own: what browsers ask for takes no thread from the intake.
fn web_door(listener: TcpListener, parts: web::Parts, config: web::WebConfig) -> Result<Part> {
    let mut runtime = tokio::runtime::Builder::new_multi_thread();
    runtime.worker_threads(1).thread_name("web").enable_all();
    runtime.max_blocking_threads(config.blocking_threads());
    let listener = listener.into_std().context("cannot hand over the web address")?;
    Part::start_apart("the web door", &mut runtime, move |stop| async move {
        let listener = TcpListener::from_std(listener)?;
        Ok(web::run(listener, parts, config, stop).await?)
    })
}

fn web_parts(
    plan: &Plan,
    ledger: &Ledger,
    intake: &Intake,
    in_force: &InForce,
    receipt_key: &Arc<[u8]>,
    metrics: PrometheusHandle,
    history: web::History,
) -> web::Parts {
    let (packs, problems) = (in_force.clone(), in_force.clone());
    let (intake, clock) = (intake.clone(), ledger.clone());
    web::Parts {
        ledger: ledger.clone(),
        realm: plan.realm,
        pack: Arc::new(move || packs.pack()),
        receipt_key: Arc::clone(receipt_key),
        drill: plan.drill,
        broker_status: Arc::new(move || intake.status(clock.now())),
        external_status: Arc::new(Vec::new),
        config_problem: Arc::new(move || problems.problem()),
        configuration: Arc::new(Desk {
            in_force: in_force.clone(),
            folder: plan.config.clone(),
            ledger: ledger.clone(),
        }),
        history,
        metrics,
        version: env!("CARGO_PKG_VERSION").to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use metrics_exporter_prometheus::PrometheusBuilder;

    use super::*;
    use crate::clock::SystemClock;

    async fn running(data: &std::path::Path) -> Instance {
        let mut settings = Settings::default();
        settings.broker.listen = ([127, 0, 0, 1], 0).into();
        settings.web.listen = ([127, 0, 0, 1], 0).into();
        let config = concat!(env!("CARGO_MANIFEST_DIR"), "/../../config/binh-dinh").into();
        let clock = Arc::new(SystemClock);
        let (data, realm, drill) = (data.to_owned(), Realm::Exercise, None);
        let secrets = Secrets::open(&data).expect("a folder of secrets");
        let plan = Plan { config, data, settings, realm, clock, drill };
        let metrics = PrometheusBuilder::new().build_recorder().handle();
        Instance::start(plan, secrets, metrics).await.expect("started")
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn a_part_that_ends_by_itself_ends_the_whole_and_is_named() {
        let check = async |break_it: fn(&Instance), named: &str| {
            let home = tempfile::tempdir().expect("a folder");
            let instance = running(home.path()).await;
            break_it(&instance);
            let ran = instance.run(&CancellationToken::new()).await;
            let told = format!("{:#}", ran.expect_err("a part ended"));
            assert!(told.starts_with(&format!("{named} ended by itself")), "{told}");
        };
        check(|instance| instance.web.stop.cancel(), "the web door").await;
        check(|instance| instance.delivery.task.abort(), "delivery").await;
        check(|instance| instance.watcher.task.abort(), "the configuration watcher").await;
        check(|instance| instance.history.task.abort(), "the history").await;
        check(|instance| instance.others.task.abort(), "other brokers").await;
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn who_is_told_to_stop_stops_without_a_word_of_fault() {
        let home = tempfile::tempdir().expect("a folder");
        let instance = running(home.path()).await;
        let stop = CancellationToken::new();
        stop.cancel();
        instance.run(&stop).await.expect("stopped in order");
    }
}
