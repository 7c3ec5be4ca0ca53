//! The pack in force, and its reload while everything runs.
//!
//! What a person applies on the pages is in `applying`: the folder follows it, and is looked at only when it has.
//!
//! A changed folder is taken whole or refused whole. What is refused leaves the old pack in force, loudly:
//! in the log with every fault, on the pages, and as a measurement.

use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use anyhow::{Result, bail};
use domain::{ArrivalBody, PackFiles};
use metrics::{counter, gauge};
use pack::Pack;
use store::{Ledger, Refusal};
use tokio::signal::unix::Signal;
use tokio_util::sync::CancellationToken;

use crate::{measures, packs};

/// How often the folder is looked at.
const EVERY: Duration = Duration::from_secs(2);
/// Who applies what was found on disk.
const BY: &str = "file";

/// The pack in force. Cheap to clone.
#[derive(Clone)]
pub(super) struct InForce(pub(super) Arc<Inner>);

pub(super) struct Inner {
    pub(super) state: RwLock<State>,
    /// Held while the folder is compared with what is in force, or written.
    turn: tokio::sync::Mutex<()>,
}

pub(super) struct State {
    pack: Arc<Pack>,
    files: PackFiles,
    /// Their arrival.
    seq: u64,
    problem: Option<String>,
    /// Something was applied on the pages, and the journal or the folder may not have it yet.
    pub(super) unsure: bool,
}

/// What is on disk.
enum Found {
    Good(PackFiles, Box<Pack>),
    Broken { why: String },
}

impl InForce {
    /// Compares the folder with what the ledger has in force. A broken folder is no reason not to start when
    /// there is a pack to go on with, and neither is one that cannot follow what was applied on the pages.
    pub(super) async fn start(folder: &Path, ledger: &Ledger) -> Result<Self> {
        let reader = ledger.reader();
        let latest = move || reader.config_before(u64::MAX);
        let Some(old) = tokio::task::spawn_blocking(latest).await?? else {
            return Self::first(folder, ledger).await;
        };
        // A pack of an older program may be mended by what is on disk.
        let pack = recorded_pack(&old.files);
        if let Ok(pack) = &pack {
            let in_force = Self::with(pack.clone(), old.files.clone(), old.seq);
            in_force.0.state.write().unwrap_or_else(PoisonError::into_inner).unsure = true;
            if let Err(error) = in_force.settle(folder, ledger).await {
                in_force.behind(&error);
                return Ok(in_force);
            }
        }
        match (found(folder), pack) {
            (Found::Good(files, pack), _) if old.files == files => {
                Ok(Self::with(*pack, files, old.seq))
            }
            (Found::Good(files, pack), _) => {
                let seq = apply(ledger, &files).await?;
                Ok(Self::with(*pack, files, seq))
            }
            (Found::Broken { why }, pack) => {
                refused(&why);
                let in_force = Self::with(pack?, old.files, old.seq);
                in_force.0.state.write().unwrap_or_else(PoisonError::into_inner).problem =
                    Some(why);
                Ok(in_force)
            }
        }
    }

    /// The first configuration of a new ledger.
    async fn first(folder: &Path, ledger: &Ledger) -> Result<Self> {
        match found(folder) {
            Found::Good(files, pack) => {
                let seq = apply(ledger, &files).await?;
                Ok(Self::with(*pack, files, seq))
            }
            Found::Broken { why } => {
                bail!("the configuration in '{}' is broken:\n{why}", folder.display())
            }
        }
    }

    fn with(pack: Pack, files: PackFiles, seq: u64) -> Self {
        let state = State { pack: Arc::new(pack), files, seq, problem: None, unsure: false };
        Self(Arc::new(Inner { state: RwLock::new(state), turn: tokio::sync::Mutex::default() }))
    }

    /// Waits until nobody else compares or writes the folder.
    pub(super) async fn turn(&self) -> tokio::sync::MutexGuard<'_, ()> {
        self.0.turn.lock().await
    }

    /// The files in force, with their arrival.
    pub(super) fn numbered(&self) -> (u64, PackFiles) {
        let state = self.0.state.read().unwrap_or_else(PoisonError::into_inner);
        (state.seq, state.files.clone())
    }

    pub(super) fn pack(&self) -> Arc<Pack> {
        Arc::clone(&self.0.state.read().unwrap_or_else(PoisonError::into_inner).pack)
    }

    /// Its files.
    pub(super) fn files(&self) -> PackFiles {
        self.0.state.read().unwrap_or_else(PoisonError::into_inner).files.clone()
    }

    /// Why the folder on disk is not in force.
    pub(super) fn problem(&self) -> Option<String> {
        self.0.state.read().unwrap_or_else(PoisonError::into_inner).problem.clone()
    }

    /// Watches the folder until it is told to stop. A change is taken when it has been the same twice, so
    /// that nobody is caught in the middle of saving; a SIGHUP takes it at once.
    pub(super) async fn watch(
        self,
        folder: PathBuf,
        ledger: Ledger,
        mut hangup: Signal,
        stop: CancellationToken,
    ) {
        let mut timer = tokio::time::interval(EVERY);
        timer.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        let mut before = None;
        loop {
            let at_once = tokio::select! {
                () = stop.cancelled() => return,
                _ = hangup.recv() => true,
                _ = timer.tick() => false,
            };
            let _turn = self.turn().await;
            if let Err(error) = self.settle(&folder, &ledger).await {
                self.behind(&error);
                continue;
            }
            let now = look(&folder).await;
            let settled = at_once || before.as_ref() == Some(&now);
            if settled {
                self.take(&folder, &now, &ledger).await;
            }
            before = Some(now);
        }
    }

    /// Takes what was seen, unless it is in force, or was refused for the same reason before.
    async fn take(&self, folder: &Path, seen: &Seen, ledger: &Ledger) {
        let checked = match seen {
            Ok(files) if self.is_in_force(files) => return,
            Ok(files) => check(files.clone()),
            Err(why) => Found::Broken { why: why.clone() },
        };
        match checked {
            Found::Good(files, pack) => match apply(ledger, &files).await {
                Ok(seq) => self.set(*pack, files, seq),
                // The next look tries again; the pages tell that the store cannot write.
                Err(error) => tracing::error!(%error, "a new configuration waits for the store"),
            },
            Found::Broken { why } => {
                let mut state = self.0.state.write().unwrap_or_else(PoisonError::into_inner);
                if state.problem.as_ref() != Some(&why) {
                    tracing::error!(folder = %folder.display(), "the configuration has changed");
                    refused(&why);
                    state.problem = Some(why);
                }
            }
        }
    }

    /// Whether these files are in force; then there is no problem any more.
    fn is_in_force(&self, files: &PackFiles) -> bool {
        let mut state = self.0.state.write().unwrap_or_else(PoisonError::into_inner);
        let same = state.files == *files;
        if same && state.problem.take().is_some() {
            gauge!(measures::CONFIG_REFUSED).set(0.0);
            tracing::info!("the configuration on disk is the one in force again");
        }
        same
    }

    /// Brings a pack into force. Whether something is unsure stays as it is.
    pub(super) fn set(&self, pack: Pack, files: PackFiles, seq: u64) {
        let mut state = self.0.state.write().unwrap_or_else(PoisonError::into_inner);
        let unsure = state.unsure;
        *state = State { pack: Arc::new(pack), files, seq, problem: None, unsure };
        gauge!(measures::CONFIG_REFUSED).set(0.0);
    }

    /// The folder could not follow what was applied on the pages.
    fn behind(&self, error: &anyhow::Error) {
        let why = format!("{error:#}");
        let mut state = self.0.state.write().unwrap_or_else(PoisonError::into_inner);
        if state.problem.as_ref() != Some(&why) {
            tracing::error!(why, "the folder of the configuration is behind what is in force");
            gauge!(measures::CONFIG_REFUSED).set(1.0);
            state.problem = Some(why);
        }
    }
}

/// What the folder holds, or why it cannot be read.
pub(super) type Seen = Result<PackFiles, String>;

pub(super) async fn look(folder: &Path) -> Seen {
    let folder = folder.to_owned();
    let read = tokio::task::spawn_blocking(move || packs::read(&folder)).await;
    match read {
        Ok(files) => files.map_err(|error| format!("{error:#}")),
        Err(fault) => Err(fault.to_string()),
    }
}

fn found(folder: &Path) -> Found {
    match packs::read(folder) {
        Ok(files) => check(files),
        Err(error) => Found::Broken { why: format!("{error:#}") },
    }
}

fn check(files: PackFiles) -> Found {
    match Pack::parse(&files) {
        Ok(pack) => Found::Good(files, Box::new(pack)),
        Err(faults) => Found::Broken { why: packs::listed(&faults) },
    }
}

async fn apply(ledger: &Ledger, files: &PackFiles) -> Result<u64, Refusal> {
    let body = ArrivalBody::Config { by: BY.to_owned(), files: files.clone(), reason: None };
    let committed = ledger.submit(body).await?;
    counter!(measures::CONFIGS_APPLIED).increment(1);
    tracing::info!(seq = committed.seq, files = files.len(), "a configuration comes into force");
    Ok(committed.seq)
}

fn refused(why: &str) {
    gauge!(measures::CONFIG_REFUSED).set(1.0);
    for fault in why.lines() {
        tracing::error!(fault, "the configuration is refused, the old one stays in force");
    }
}

fn recorded_pack(files: &PackFiles) -> Result<Pack> {
    Pack::parse(files).or_else(|faults| {
        bail!(
            "neither the configuration on disk nor the one in the ledger can be used by this program:\n{}",
            packs::listed(&faults)
        )
    })
}
