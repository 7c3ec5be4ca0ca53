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
use pack::Pack;
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

#[cfg(test)]
mod tests {
    use std::fs;
    use std::sync::Arc;

    use domain::Realm;
    use pipeline::Pipeline;
    use store::{LedgerThread, Options};

    use super::*;
    use crate::clock::SystemClock;
    use crate::packs;

    /// A folder with the shipped pack, and a ledger that survives its thread.
    struct House(tempfile::TempDir);

    impl House {
        fn new() -> Self {
            let home = tempfile::tempdir().expect("a folder");
            let shipped = concat!(env!("CARGO_MANIFEST_DIR"), "/../../config/binh-dinh");
            fs::create_dir(home.path().join("pack")).expect("made");
            for (name, text) in packs::read(shipped.as_ref()).expect("the shipped pack") {
                fs::write(home.path().join("pack").join(name), text).expect("written");
            }
            Self(home)
        }

        fn pack(&self) -> PathBuf {
            self.0.path().join("pack")
        }

        fn ledger(&self) -> (Ledger, LedgerThread) {
            let (path, realm) = (self.0.path().join("l.db"), Realm::Exercise);
            let options =
                Options { path, realm, batch: 8, queue: 8, fold_readings: store::FOLD_READINGS };
            let pipeline = Box::new(Pipeline::new(realm));
            Ledger::open(options, pipeline, Arc::new(SystemClock)).expect("a ledger")
        }

        async fn desk(&self, ledger: &Ledger) -> Desk {
            let in_force = InForce::start(&self.pack(), ledger).await.expect("started");
            Desk { in_force, folder: self.pack(), ledger: ledger.clone() }
        }

        fn read(&self, name: &str) -> String {
            fs::read_to_string(self.pack().join(name)).expect("read")
        }
    }

    /// The recipients with another name in them.
    fn renamed(files: &PackFiles, name: &str) -> PackFiles {
        let text = files["recipients.toml"].replacen("Kênh công khai", name, 1);
        [("recipients.toml".to_owned(), text)].into()
    }

    fn change(base: u64, files: PackFiles) -> NewFiles {
        NewFiles { base, files, over: None, by: "Lan (lan)".to_owned(), reason: "thử".to_owned() }
    }

    fn configs(ledger: &Ledger) -> Vec<(String, Option<String>)> {
        let all = ledger.reader().configs().expect("read");
        all.into_iter().map(|record| (record.by, record.reason)).collect()
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn what_is_applied_is_in_force_on_disk_and_in_the_journal_once() {
        let house = House::new();
        let (ledger, _thread) = house.ledger();
        let desk = house.desk(&ledger).await;
        let Standing { seq, files, folder } = desk.standing().await;
        assert_eq!(folder.files.as_ref(), Some(&files));
        let new = renamed(&files, "Kênh chung");
        let applied = desk.apply(change(seq, new.clone())).await.expect("applied");
        assert_eq!(applied.folder_behind, None);
        assert!(house.read("recipients.toml").contains("Kênh chung"));
        assert_eq!(
            desk.apply(change(seq, new.clone())).await,
            Err(NotApplied::Changed(applied.seq))
        );
        assert_eq!(desk.apply(change(applied.seq, new)).await, Err(NotApplied::Same));
        // The watcher, and a start anew, find nothing to do.
        drop(desk);
        let desk = house.desk(&ledger).await;
        assert_eq!(desk.standing().await.seq, applied.seq);
        let by_hand = ("file".to_owned(), None);
        assert_eq!(configs(&ledger), [by_hand, ("Lan (lan)".to_owned(), Some("thử".to_owned()))]);
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_crash_between_journal_and_folder_is_finished_at_the_start() {
        let house = House::new();
        let (ledger, _thread) = house.ledger();
        let desk = house.desk(&ledger).await;
        let Standing { files, .. } = desk.standing().await;
        // Committed, and then nothing more: not even one file has its place.
        let mut all = files.clone();
        all.extend(renamed(&files, "Kênh chung"));
        let (by, reason) = ("Lan (lan)".to_owned(), Some("thử".to_owned()));
        let body = ArrivalBody::Config { by, files: all.clone(), reason };
        let seq = ledger.submit(body).await.expect("committed").seq;
        assert!(!house.read("recipients.toml").contains("Kênh chung"));
        drop(desk);
        let desk = house.desk(&ledger).await;
        let standing = desk.standing().await;
        assert_eq!(
            (standing.seq, &standing.files, standing.folder.files.as_ref()),
            (seq, &all, Some(&all))
        );
        assert_eq!(configs(&ledger).len(), 2, "it is not applied a second time");

        // After that a hand may bring back what was before: that is a change like any other.
        fs::write(house.pack().join("recipients.toml"), &files["recipients.toml"])
            .expect("written");
        drop(desk);
        let desk = house.desk(&ledger).await;
        assert_eq!(desk.standing().await.files, files);
        assert_eq!(configs(&ledger).len(), 3);
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_folder_that_cannot_follow_undoes_nothing_and_follows_later() {
        let house = House::new();
        let (ledger, _thread) = house.ledger();
        let desk = house.desk(&ledger).await;
        let Standing { seq, files, .. } = desk.standing().await;
        // Nobody, not even root, writes a file where a folder is.
        let obstacle = house.pack().join(".recipients.toml.new");
        fs::create_dir(&obstacle).expect("made");
        let told = desk.apply(change(seq, renamed(&files, "Kênh chung"))).await;
        let Err(NotApplied::Folder(why)) = told else { panic!("{told:?}") };
        assert!(why.contains("recipients.toml"), "{why}");
        assert_eq!(
            (desk.standing().await.seq, configs(&ledger).len()),
            (seq, 1),
            "nothing was changed"
        );

        let mut all = files.clone();
        all.extend(renamed(&files, "Kênh chung"));
        let reason = Some("thử".to_owned());
        let body = ArrivalBody::Config { by: "Lan".to_owned(), files: all.clone(), reason };
        let seq = ledger.submit(body).await.expect("committed").seq;
        drop(desk);
        let desk = house.desk(&ledger).await;
        let standing = desk.standing().await;
        assert_eq!((standing.seq, &standing.files), (seq, &all), "the old folder does not win");
        assert!(standing.folder.problem.is_some_and(|why| why.contains("behind")));
        fs::remove_dir(&obstacle).expect("removed");
        desk.in_force.settle(&house.pack(), &ledger).await.expect("it follows");
        assert_eq!(desk.standing().await.folder.files, Some(all));
        assert_eq!(configs(&ledger).len(), 2);
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_change_by_hand_is_overwritten_only_by_who_has_seen_it() {
        let house = House::new();
        let (ledger, _thread) = house.ledger();
        let desk = house.desk(&ledger).await;
        let Standing { seq, files, .. } = desk.standing().await;
        fs::write(house.pack().join("rules.toml"), "rule = 1").expect("written");
        let new = renamed(&files, "Kênh chung");
        let told = desk.apply(change(seq, new.clone())).await;
        assert!(
            matches!(&told, Err(NotApplied::FolderDiffers(why)) if why.contains("rules.toml")),
            "{told:?}"
        );
        let over = Some(desk.standing().await.folder.tag);
        fs::write(house.pack().join("rules.toml"), "rule = 2").expect("written");
        let stale = NewFiles { over, ..change(seq, new.clone()) };
        assert!(matches!(desk.apply(stale).await, Err(NotApplied::FolderDiffers(_))));
        let over = Some(desk.standing().await.folder.tag);
        let seen = NewFiles { over, ..change(seq, new) };
        let applied = desk.apply(seen).await.expect("applied");
        assert_eq!(house.read("rules.toml"), files["rules.toml"]);

        // Only the folder is otherwise: it is restored, and nothing is journalled.
        fs::write(house.pack().join("rules.toml"), "rule = 3").expect("written");
        let over = Some(desk.standing().await.folder.tag);
        let back = NewFiles { over, ..change(applied.seq, PackFiles::new()) };
        assert_eq!(desk.apply(back).await.expect("restored").seq, applied.seq);
        assert_eq!(
            (house.read("rules.toml"), configs(&ledger).len()),
            (files["rules.toml"].clone(), 2)
        );
        fs::write(house.pack().join("more.toml"), "a = 1").expect("written");
        let over = Some(desk.standing().await.folder.tag);
        let strange = NewFiles { over, ..change(applied.seq, renamed(&files, "Kênh khác")) };
        let told = desk.apply(strange).await;
        assert!(
            matches!(&told, Err(NotApplied::FolderDiffers(why)) if why.contains("more.toml")),
            "{told:?}"
        );
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn faults_are_all_told_and_nothing_comes_into_force() {
        let house = House::new();
        let (ledger, _thread) = house.ledger();
        let desk = house.desk(&ledger).await;
        let Standing { seq, files, .. } = desk.standing().await;
        let text = files["recipients.toml"].replace("duty_officer", "boss");
        let told = desk.apply(change(seq, [("recipients.toml".to_owned(), text)].into())).await;
        assert!(matches!(&told, Err(NotApplied::Faults(all)) if all.len() > 2), "{told:?}");
        assert_eq!(desk.standing().await.files, files);
    }
}
