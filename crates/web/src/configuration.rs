//! The configuration as people change it from the pages: what the server hands in for it.

use async_trait::async_trait;
use domain::PackFiles;
use pack::Fault;
use store::Refusal;

/// Looks at the configuration and applies another one.
#[async_trait]
pub trait Configuration: Send + Sync {
    /// What is in force, and how the folder on disk stands to it.
    async fn standing(&self) -> Standing;

    /// Brings changed files into force: all of them, or nothing. Goes on when the caller is gone.
    ///
    /// # Errors
    /// Nothing was changed; it says why.
    async fn apply(&self, change: NewFiles) -> Result<Applied, NotApplied>;
}

/// What is in force, and how the folder on disk stands to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// Arrival of the configuration in force.
    pub seq: u64,
    /// Its files.
    pub files: PackFiles,
    /// The folder.
    pub folder: Folder,
}

/// The folder on disk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Folder {
    /// Changes with every change of the folder.
    pub tag: String,
    /// What it holds; `None` = it cannot be read.
    pub files: Option<PackFiles>,
    /// Why what it holds is not in force.
    pub problem: Option<String>,
}

/// Files that somebody wants in force.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewFiles {
    /// Arrival of the configuration that was changed.
    pub base: u64,
    /// Files that are to be otherwise; the others stay as they are in force.
    pub files: PackFiles,
    /// Tag of a folder that is not what is in force, to be overwritten.
    pub over: Option<String>,
    /// Whose signature.
    pub by: String,
    /// Why.
    pub reason: String,
}

/// A configuration that is in force now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Applied {
    /// Its arrival.
    pub seq: u64,
    /// Why the folder could not be written after all; it is tried again until it can be.
    pub folder_behind: Option<String>,
}

/// Why nothing was changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NotApplied {
    /// Another configuration came into force meanwhile: that of this arrival.
    Changed(u64),
    /// The folder holds something else than what is in force: a change by hand that would be lost.
    FolderDiffers(String),
    /// Nothing is different.
    Same,
    /// The files have faults.
    Faults(Vec<Fault>),
    /// The folder cannot be read or written: what is wrong and what to do.
    Folder(String),
    /// The ledger cannot write.
    Store(Refusal),
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// Stands where nobody asks for a configuration.
    pub(crate) struct Nothing;

    #[async_trait]
    impl Configuration for Nothing {
        async fn standing(&self) -> Standing {
            let folder = Folder { tag: String::new(), files: None, problem: None };
            Standing { seq: 0, files: PackFiles::new(), folder }
        }
        async fn apply(&self, _: NewFiles) -> Result<Applied, NotApplied> {
            Err(NotApplied::Same)
        }
    }
}
