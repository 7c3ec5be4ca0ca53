//! A configuration without a folder of its own: the order of things as the server keeps it, and faults on demand.

use std::sync::Mutex;

use async_trait::async_trait;
use domain::{ArrivalBody, PackFiles};
use pack::Pack;
use store::Ledger;
use web::{Applied, Configuration, Folder, NewFiles, NotApplied, Standing};

use crate::harness::shipped_files;

pub(crate) struct Desk {
    ledger: Ledger,
    state: Mutex<(u64, PackFiles)>,
    /// What the folder holds instead, and why it cannot be written.
    pub(crate) folder: Mutex<(Option<PackFiles>, Option<String>)>,
}

impl Desk {
    pub(crate) fn new(ledger: Ledger) -> Self {
        Self { ledger, state: Mutex::new((0, shipped_files())), folder: Mutex::default() }
    }
}

#[async_trait]
impl Configuration for Desk {
    async fn standing(&self) -> Standing {
        let (seq, files) = self.state.lock().unwrap().clone();
        let (other, problem) = self.folder.lock().unwrap().clone();
        let tag = if other.is_some() { "other" } else { "same" }.to_owned();
        let folder = Folder { tag, files: Some(other.unwrap_or_else(|| files.clone())), problem };
        Standing { seq, files, folder }
    }

    async fn apply(&self, change: NewFiles) -> Result<Applied, NotApplied> {
        let (seq, mut files) = self.state.lock().unwrap().clone();
        if change.base != seq {
            return Err(NotApplied::Changed(seq));
        }
        let (other, problem) = self.folder.lock().unwrap().clone();
        if other.is_some() && change.over.as_deref() != Some("other") {
            return Err(NotApplied::FolderDiffers("the folder was changed by hand".to_owned()));
        }
        files.extend(change.files);
        Pack::parse(&files).map_err(NotApplied::Faults)?;
        if let Some(why) = problem {
            return Err(NotApplied::Folder(why));
        }
        let (by, reason) = (change.by, Some(change.reason));
        let body = ArrivalBody::Config { by, files: files.clone(), reason };
        let seq = self.ledger.submit(body).await.map_err(NotApplied::Store)?.seq;
        *self.state.lock().unwrap() = (seq, files);
        Ok(Applied { seq, folder_behind: None })
    }
}
