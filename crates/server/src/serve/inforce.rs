//! The pack in force, and its reload while everything runs.
//!
//! A changed folder is taken whole or refused whole. What is refused leaves the old pack in force, loudly:
//! in the log with every fault, on the pages, and as a measurement.

use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use anyhow::{Result, bail};
use domain::{ArrivalBody, PackFiles, Time};
use metrics::{counter, gauge};
use pipeline::Pack;
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
pub(super) struct InForce(Arc<RwLock<State>>);

struct State {
    pack: Arc<Pack>,
    files: PackFiles,
    problem: Option<String>,
}

/// What is on disk.
enum Found {
    Good(PackFiles, Box<Pack>),
    Broken { why: String },
}

impl InForce {
    /// Compares the folder with what the ledger has in force. A broken folder is no reason not to start when
    /// there is a pack to go on with.
    pub(super) async fn start(folder: &Path, ledger: &Ledger) -> Result<Self> {
        let reader = ledger.reader();
        let latest = move || reader.config_at(Time::from_millis(i64::MAX));
        let recorded = tokio::task::spawn_blocking(latest).await??;
        let state = match (found(folder), recorded) {
            (Found::Good(files, pack), Some(old)) if old.files == files => {
                State { pack: Arc::from(pack), files, problem: None }
            }
            (Found::Good(files, pack), _) => {
                apply(ledger, &files).await?;
                State { pack: Arc::from(pack), files, problem: None }
            }
            (Found::Broken { why }, Some(old)) => {
                refused(&why);
                let pack = Arc::new(recorded_pack(&old.files)?);
                State { pack, files: old.files, problem: Some(why) }
            }
            (Found::Broken { why }, None) => {
                bail!("the configuration in '{}' is broken:\n{why}", folder.display())
            }
        };
        Ok(Self(Arc::new(RwLock::new(state))))
    }

    pub(super) fn pack(&self) -> Arc<Pack> {
        Arc::clone(&self.0.read().unwrap_or_else(PoisonError::into_inner).pack)
    }

    /// Its files.
    pub(super) fn files(&self) -> PackFiles {
        self.0.read().unwrap_or_else(PoisonError::into_inner).files.clone()
    }

    /// Why the folder on disk is not in force.
    pub(super) fn problem(&self) -> Option<String> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).problem.clone()
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
                Ok(()) => self.set(Arc::from(pack), files),
                // The next look tries again; the pages tell that the store cannot write.
                Err(error) => tracing::error!(%error, "a new configuration waits for the store"),
            },
            Found::Broken { why } => {
                let mut state = self.0.write().unwrap_or_else(PoisonError::into_inner);
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
        let mut state = self.0.write().unwrap_or_else(PoisonError::into_inner);
        let same = state.files == *files;
        if same && state.problem.take().is_some() {
            gauge!(measures::CONFIG_REFUSED).set(0.0);
            tracing::info!("the configuration on disk is the one in force again");
        }
        same
    }

    fn set(&self, pack: Arc<Pack>, files: PackFiles) {
        let state = State { pack, files, problem: None };
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = state;
        gauge!(measures::CONFIG_REFUSED).set(0.0);
    }
}

/// What the folder holds, or why it cannot be read.
type Seen = Result<PackFiles, String>;

async fn look(folder: &Path) -> Seen {
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

async fn apply(ledger: &Ledger, files: &PackFiles) -> Result<(), Refusal> {
    let body = ArrivalBody::Config { by: BY.to_owned(), files: files.clone() };
    let committed = ledger.submit(body).await?;
    counter!(measures::CONFIGS_APPLIED).increment(1);
    tracing::info!(seq = committed.seq, files = files.len(), "a configuration comes into force");
    Ok(())
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
