//! Brokers that somebody else runs: readings are taken from them, and results given to them.
//!
//! A message is acknowledged to the other broker only after its commit, so what is lost on the way between
//! comes again. Whose it is says its topic: who may publish there is for that broker to decide.
//!
//! * [`config`] the settings; `filter` where the station stands in a topic; `about` how a broker is reached
//! * `subscriber` the way in; `taker` to the ledger; `watchman` tells the journal of a broker that is gone
//! * `bridge` the way out; `publication` what goes; `board` how each is

mod about;
mod board;
mod bridge;
pub mod config;
mod filter;
mod publication;
mod subscriber;
mod taker;
mod watchman;

use std::sync::Arc;
use std::time::Duration;

use domain::{ParameterId, Realm, Unit};
use serde::Serialize;
use store::Ledger;
use tokio::sync::{Semaphore, mpsc, oneshot, watch};
use tokio::task::JoinSet;

use self::about::About;
use self::board::{Board, Way};
pub use self::board::{Counts, Link, LinkState, WayStatus};
use self::config::ExternalConfig;
use self::subscriber::Subscriber;
use self::taker::Taker;
use crate::IngestError;

/// Looks a secret up by its name.
pub type Secret = Arc<dyn Fn(&str) -> Option<Vec<u8>> + Send + Sync>;
/// The unit of a parameter of the pack in force.
pub type Units = Arc<dyn Fn(&ParameterId) -> Option<Unit> + Send + Sync>;

/// Everybody must have left within this time.
const STOP_WITHIN: Duration = Duration::from_secs(5);

/// What the ways to other brokers are given.
pub struct Setup {
    /// The brokers; entries without fault.
    pub brokers: Vec<ExternalConfig>,
    /// Client id of those that name none: one of this installation.
    pub client_id: String,
    /// Of the ledger.
    pub realm: Realm,
    /// Looks a password up.
    pub secret: Secret,
    /// Looks a unit up.
    pub units: Units,
}

/// How a broker is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ExternalStatus {
    /// Its name in the settings.
    pub name: String,
    /// Where it is, such as `10.0.0.5:1883`.
    pub address: String,
    /// The way in, if anything is read.
    pub intake: Option<WayStatus>,
    /// The way out, if anything is published.
    pub bridge: Option<WayStatus>,
}

/// How all of them are. Cheap to clone.
#[derive(Clone, Default)]
pub struct Externals(Arc<Vec<Entry>>);

struct Entry {
    name: String,
    address: String,
    intake: Option<Arc<Board>>,
    bridge: Option<Arc<Board>>,
}

impl Externals {
    /// How each is, in the order of the settings.
    #[must_use]
    pub fn status(&self) -> Vec<ExternalStatus> {
        let way = |board: &Option<Arc<Board>>| board.as_ref().map(|board| board.status());
        let one = |entry: &Entry| ExternalStatus {
            name: entry.name.clone(),
            address: entry.address.clone(),
            intake: way(&entry.intake),
            bridge: way(&entry.bridge),
        };
        self.0.iter().map(one).collect()
    }
}

/// The ways, to be run.
pub struct Ways {
    externals: Externals,
    stop: watch::Sender<bool>,
    tasks: JoinSet<()>,
}

impl Ways {
    /// How they are.
    #[must_use]
    pub fn externals(&self) -> Externals {
        self.externals.clone()
    }

    /// Until told to stop; then takes nothing more, acknowledges what is committed, and says farewell, in at most
    /// 5 s.
    ///
    /// # Errors
    /// One of them ended by itself.
    pub async fn run(mut self, stop: impl Future<Output = ()>) -> Result<(), IngestError> {
        tokio::select! {
            () = stop => {}
            Some(_) = self.tasks.join_next() => return Err(IngestError::WayEnded),
        }
        // Nobody listens when there are none.
        let _listening = self.stop.send(true);
        let all = async { while self.tasks.join_next().await.is_some() {} };
        if tokio::time::timeout(STOP_WITHIN, all).await.is_err() {
            tracing::warn!("some ways to other brokers did not end in time and are cut");
        }
        Ok(())
    }
}

/// Starts the ways to other brokers. None of them being there is no fault: they are tried again.
///
/// Entries for exercises are used in an exercise only, and the others never in one: an exercise must neither
/// take messages away from the real system nor give anything to other systems.
pub async fn start(setup: Setup, ledger: Ledger) -> Ways {
    crate::metric::describe_external();
    let (stop, stopped) = watch::channel(false);
    let (mut tasks, mut entries) = (JoinSet::new(), Vec::new());
    let exercise = setup.realm != Realm::Actual;
    for config in &setup.brokers {
        if config.exercise != exercise {
            let broker = config.name.as_str();
            tracing::info!(broker, exercise, "left alone: it is not for this realm");
            continue;
        }
        let about = Arc::new(About {
            config: config.clone(),
            client_id: config.client_id.clone().unwrap_or_else(|| setup.client_id.clone()),
            secret: Arc::clone(&setup.secret),
            ledger: ledger.clone(),
            stop: stopped.clone(),
        });
        if config.user.is_some() && config.tls.is_none() {
            let broker = config.name.as_str();
            tracing::warn!(broker, "its password and readings go over the net as plain text");
        }
        let intake = if config.reads() { Some(way_in(&about, &mut tasks).await) } else { None };
        let prefix = config.publish.clone().filter(|_| !exercise);
        let bridge = prefix.map(|prefix| way_out(&about, &setup.units, prefix, &mut tasks));
        let address = format!("{}:{}", config.address, config.port());
        entries.push(Entry { name: config.name.clone(), address, intake, bridge });
    }
    let named = setup.brokers.iter().map(|config| config.name.clone()).collect();
    watchman::forget_others(&ledger, named).await;
    Ways { externals: Externals(Arc::new(entries)), stop, tasks }
}

async fn way_in(about: &Arc<About>, tasks: &mut JoinSet<()>) -> Arc<Board> {
    let name = &about.config.name;
    let board = Arc::new(Board::new(name, Way::In, about.ledger.now()));
    let (reader, mark) = (about.ledger.reader(), subscriber::session_mark(about));
    let known = tokio::task::spawn_blocking(move || reader.mark(&mark)).await;
    let known = matches!(known, Ok(Ok(Some(_))));
    let (queue, arrived) = mpsc::channel(subscriber::QUEUE);
    let (all_taken, taken) = oneshot::channel();
    let room = Arc::new(Semaphore::new(subscriber::QUEUE_KIB as usize));
    let (about_in, board_in) = (Arc::clone(about), Arc::clone(&board));
    let subscriber = Subscriber { about: about_in, board: board_in, queue, room, taken, known };
    tasks.spawn(subscriber.run());
    tasks.spawn(Taker::new(Arc::clone(about), Arc::clone(&board), all_taken).run(arrived));
    tasks.spawn(watchman::watch(Arc::clone(about), Arc::clone(&board)));
    board
}

fn way_out(
    about: &Arc<About>,
    units: &Units,
    prefix: String,
    tasks: &mut JoinSet<()>,
) -> Arc<Board> {
    let board = Arc::new(Board::new(&about.config.name, Way::Out, about.ledger.now()));
    let (about_out, board_out) = (Arc::clone(about), Arc::clone(&board));
    tasks.spawn(bridge::Bridge::new(about_out, board_out, Arc::clone(units), prefix).run());
    board
}
