//! What can go wrong with the ledger.

use std::path::PathBuf;

use domain::Realm;

/// Why the ledger cannot be opened, read or written.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// `SQLite` refused.
    #[error("the ledger's database refused: {0}")]
    Sql(#[from] rusqlite::Error),
    /// The file or its folder cannot be used.
    #[error("'{path}' cannot be opened, look at its folder and permissions: {reason}")]
    Open {
        /// The file.
        path: PathBuf,
        /// What the system said.
        reason: String,
    },
    /// A file of something else.
    #[error("'{0}' is not a quantrac ledger: name another file")]
    NotALedger(PathBuf),
    /// A ledger has one realm for ever.
    #[error(
        "'{path}' is a ledger of realm {found}, asked for was {asked:?}: use a file of its own"
    )]
    OtherRealm {
        /// The file.
        path: PathBuf,
        /// Its realm.
        found: String,
        /// The realm asked for.
        asked: Realm,
    },
    /// Written by a newer program.
    #[error("'{path}' has schema {found}, this program knows schema {known}: use a newer program")]
    Newer {
        /// The file.
        path: PathBuf,
        /// Its schema version.
        found: i64,
        /// Ours.
        known: i64,
    },
    /// Another process writes this ledger.
    #[error("'{0}' is in use by another process: stop that first")]
    InUse(PathBuf),
    /// Replay writes only fresh files.
    #[error("'{0}' exists already: name a file that does not")]
    Exists(PathBuf),
    /// Something stored cannot be understood.
    #[error("a stored {what} cannot be read: {reason}")]
    Damaged {
        /// What it should be.
        what: &'static str,
        /// What is wrong with it.
        reason: String,
    },
    /// This program cannot go on with what an older one, or a newer one, left.
    #[error("this program cannot continue the ledger: {0}")]
    Discontinued(String),
    /// The ledger was stopped while it could not write; what it held was never acknowledged.
    #[error("the ledger stopped while it could not write: {0}")]
    Unwritten(String),
    /// The ledger thread panicked.
    #[error("the ledger thread ended by a fault, its message is in the log")]
    Fault,
}

impl StoreError {
    pub(crate) fn damaged(what: &'static str, reason: impl ToString) -> Self {
        Self::Damaged { what, reason: reason.to_string() }
    }
}

/// Why an arrival or a note was not taken. No acknowledgement may be sent.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The disk is full, read-only or broken; it recovers by itself when the cause ends.
    #[error("the store cannot write: {0}")]
    Failing(String),
    /// Load is shed at the door.
    #[error("too many arrivals wait")]
    Busy,
    /// The process ends.
    #[error("the store is stopping")]
    Stopping,
}
