//! A configuration that a person applies on the pages.
//!
//! The journal decides, the folder follows: the files are written under hidden names, so that a full disk or a folder
//! that may not be written shows while nothing has changed; then the arrival is committed, and from then on they are in
//! force; then each takes its place in the folder by a rename. A mark in the ledger says up to which arrival the folder
//! has followed. A crash in between leaves the mark behind: the next start finishes the folder before it looks at it, so
//! that the half is neither taken for a change by hand nor undoes what is in force.

use std::path::{Path, PathBuf};
use std::sync::PoisonError;

use anyhow::{Context, Result};
use async_trait::async_trait;
use domain::{ArrivalBody, PackFiles};
use metrics::counter;
use pipeline::Pack;
use store::{ConfigRecord, Ledger, Refusal};
use web::{Applied, Configuration, Folder, NewFiles, NotApplied, Standing};

use super::folder::{self, Staged};
use super::inforce::{InForce, look};
use crate::measures;

/// Up to which arrival the folder has followed what was applied on the pages.
const FOLLOWED: &str = "configuration folder";

/// The configuration of a running instance, for the pages.
#[derive(Clone)]
pub(super) struct Desk {
    pub(super) in_force: InForce,
    pub(super) folder: PathBuf,
    pub(super) ledger: Ledger,
}

#[async_trait]
impl Configuration for Desk {
    async fn standing(&self) -> Standing {
        let _turn = self.in_force.turn().await;
        let seen = look(&self.folder).await;
        let (seq, files) = self.in_force.numbered();
        let tag = folder::tag(&seen);
        let problem = seen.as_ref().err().cloned().or_else(|| self.in_force.problem());
        Standing { seq, files, folder: Folder { tag, files: seen.ok(), problem } }
    }

    async fn apply(&self, change: NewFiles) -> Result<Applied, NotApplied> {
        let desk = self.clone();
        // On its own: who hangs up must not leave the half.
        let applied = tokio::spawn(async move { desk.take(change).await }).await;
        applied.map_err(|fault| NotApplied::Folder(format!("it ended by a fault: {fault}")))?
    }
}

impl Desk {
    async fn take(&self, change: NewFiles) -> Result<Applied, NotApplied> {
        let _turn = self.in_force.turn().await;
        let unsettled = |error: anyhow::Error| NotApplied::Folder(format!("{error:#}"));
        self.in_force.settle(&self.folder, &self.ledger).await.map_err(unsettled)?;
        let (seq, in_force) = self.in_force.numbered();
        if seq != change.base {
            return Err(NotApplied::Changed(seq));
        }
        let seen = self.may_write(&in_force, &change).await?;
        let mut files = in_force.clone();
        files.extend(change.files);
        let wanted: PackFiles =
            files.iter().filter(|(name, text)| seen.get(*name) != Some(text)).map(owned).collect();
        if wanted.is_empty() {
            return Err(NotApplied::Same);
        }
        let checked = files.clone();
        let parsed = blocking(move || Pack::parse(&checked)).await?;
        let pack = parsed.map_err(NotApplied::Faults)?;
        let target = self.folder.clone();
        let staged = blocking(move || Staged::write(&target, &wanted)).await?;
        let staged = staged.map_err(|error| NotApplied::Folder(format!("{error:#}")))?;
        if files == in_force {
            // Only the folder is otherwise: it becomes again what is in force.
            let restored = blocking(move || staged.put_in_place()).await?;
            restored.map_err(|error| NotApplied::Folder(format!("{error:#}")))?;
            return Ok(Applied { seq, folder_behind: None });
        }
        let seq = self.journal(&files, change.by, change.reason).await?;
        self.in_force.set(pack, files, seq);
        let folder_behind = self.follow(staged, seq).await.err().map(|error| format!("{error:#}"));
        if let Some(why) = &folder_behind {
            tracing::error!(seq, why, "the folder of the configuration is behind what is in force");
        }
        Ok(Applied { seq, folder_behind })
    }

    /// What the folder holds, if it may be overwritten: it is what is in force, or the person has seen what it is.
    async fn may_write(
        &self,
        in_force: &PackFiles,
        change: &NewFiles,
    ) -> Result<PackFiles, NotApplied> {
        let seen = look(&self.folder).await;
        let tag = folder::tag(&seen);
        let found = seen.map_err(NotApplied::Folder)?;
        if found == *in_force {
            return Ok(found);
        }
        let names = |wanted: &dyn Fn(&String) -> bool| {
            found.keys().filter(|name| wanted(name)).cloned().collect::<Vec<_>>().join(", ")
        };
        let strange = names(&|name| !in_force.contains_key(name));
        if !strange.is_empty() {
            let why = format!(
                "the folder holds {strange}, which is part of no pack: remove it there first; nothing was changed"
            );
            return Err(NotApplied::FolderDiffers(why));
        }
        if change.over.as_deref() == Some(tag.as_str()) {
            return Ok(found);
        }
        let other = names(&|name| found.get(name) != in_force.get(name));
        let why = format!(
            "the folder was changed by hand and is not in force ({other}): mend it there, or look at it and overwrite it; nothing was changed"
        );
        Err(NotApplied::FolderDiffers(why))
    }

    async fn journal(
        &self,
        files: &PackFiles,
        by: String,
        reason: String,
    ) -> Result<u64, NotApplied> {
        // Whether it was committed is unsure until the answer is there.
        self.in_force.unsure(true);
        let body = ArrivalBody::Config { by, files: files.clone(), reason: Some(reason) };
        match self.ledger.submit(body).await {
            Ok(committed) => {
                counter!(measures::CONFIGS_APPLIED).increment(1);
                tracing::info!(
                    seq = committed.seq,
                    "a configuration applied on the pages comes into force"
                );
                Ok(committed.seq)
            }
            Err(refusal) => {
                self.in_force.unsure(matches!(refusal, Refusal::Failing(_)));
                Err(NotApplied::Store(refusal))
            }
        }
    }

    async fn follow(&self, staged: Staged, seq: u64) -> Result<()> {
        tokio::task::spawn_blocking(move || staged.put_in_place()).await??;
        self.ledger.put_mark(FOLLOWED.to_owned(), seq).await?;
        self.in_force.unsure(false);
        Ok(())
    }
}

impl InForce {
    /// Makes sure that what the journal has is in force and that the folder has followed it.
    ///
    /// # Errors
    /// The ledger cannot write, or the folder cannot; it is to be tried again, and the folder not looked at before.
    pub(super) async fn settle(&self, folder: &Path, ledger: &Ledger) -> Result<()> {
        if !self.is_unsure() {
            return Ok(());
        }
        let reader = ledger.reader();
        let followed = tokio::task::spawn_blocking(move || reader.mark(FOLLOWED)).await??;
        // Goes through the same door as the arrival that nobody knows of: behind it, it is known.
        let followed = followed.unwrap_or(0);
        ledger.put_mark(FOLLOWED.to_owned(), followed).await?;
        let reader = ledger.reader();
        let newest = tokio::task::spawn_blocking(move || reader.config_before(u64::MAX)).await??;
        if let Some(newest) = newest {
            if newest.seq > self.numbered().0 {
                let faults = |faults: Vec<_>| anyhow::anyhow!(crate::packs::listed(&faults));
                let pack = Pack::parse(&newest.files).map_err(faults)?;
                self.set(pack, newest.files.clone(), newest.seq);
                self.unsure(true);
            }
            finish(folder, ledger, &newest, followed).await?;
        }
        self.unsure(false);
        Ok(())
    }
}

/// Lets the folder follow what was applied on the pages, if it has not.
///
/// # Errors
/// The folder or the ledger cannot be written.
async fn finish(
    folder: &Path,
    ledger: &Ledger,
    newest: &ConfigRecord,
    followed: u64,
) -> Result<()> {
    if newest.reason.is_none() || followed >= newest.seq {
        return Ok(());
    }
    let (reader, folder, seq) = (ledger.reader(), folder.to_owned(), newest.seq);
    let wanted = newest.files.clone();
    let work = move || -> Result<()> {
        let before = reader.config_before(seq)?.map(|record| record.files).unwrap_or_default();
        folder::finish(&folder, &before, &wanted)
    };
    tokio::task::spawn_blocking(work)
        .await?
        .context("the folder of the configuration is behind what was applied on the pages")?;
    tracing::info!(
        seq,
        "the folder of the configuration has followed what was applied on the pages"
    );
    Ok(ledger.put_mark(FOLLOWED.to_owned(), seq).await?)
}

fn owned((name, text): (&String, &String)) -> (String, String) {
    (name.clone(), text.clone())
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, NotApplied> {
    let done = tokio::task::spawn_blocking(work).await;
    done.map_err(|fault| NotApplied::Folder(format!("it ended by a fault: {fault}")))
}

impl InForce {
    fn is_unsure(&self) -> bool {
        self.0.state.read().unwrap_or_else(PoisonError::into_inner).unsure
    }

    fn unsure(&self, unsure: bool) {
        self.0.state.write().unwrap_or_else(PoisonError::into_inner).unsure = unsure;
    }
}
