//! Until when warnings hold: what has run out, what waits and what is in force are three things.

use std::collections::HashMap;
use std::sync::{PoisonError, RwLock};

use domain::{Time, Warning, WarningId, WarningMessage, WarningState};
use serde::Serialize;
use store::{Reader, StoreError};

/// Most open warnings looked at.
const MOST: usize = 500;

/// A warning as sent.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct WarningLine {
    #[serde(flatten)]
    pub(crate) warning: Warning,
    /// Until when its newest message holds; null = nothing of it is in force.
    pub(crate) expires_at: Option<Time>,
}

impl WarningLine {
    /// As it was known with that arrival.
    pub(crate) fn known(reader: &Reader, warning: Warning, known: u64) -> Result<Self, StoreError> {
        let expires_at = match warning.state {
            WarningState::Issued => {
                reader.messages_known(&warning.id, known)?.last().map(|message| message.expires_at)
            }
            _ => None,
        };
        Ok(Self { warning, expires_at })
    }
}

/// Until when each open warning holds, in memory.
#[derive(Debug, Default)]
pub(crate) struct Expiries(RwLock<HashMap<WarningId, Time>>);

impl Expiries {
    /// Of every open warning.
    pub(crate) fn read(reader: &Reader) -> Result<Vec<(WarningId, Time)>, StoreError> {
        let mut found = Vec::new();
        for warning in reader.issued_warnings(true, None, MOST)? {
            let newest = reader.messages(&warning.id)?.pop();
            found.extend(newest.map(|message| (warning.id, message.expires_at)));
        }
        Ok(found)
    }

    /// Takes what the store has.
    pub(crate) fn load(&self, all: Vec<(WarningId, Time)>) {
        self.0.write().unwrap_or_else(PoisonError::into_inner).extend(all);
    }

    /// Takes what an arrival led to.
    pub(crate) fn take(&self, messages: &[WarningMessage]) {
        if messages.is_empty() {
            return;
        }
        let mut known = self.0.write().unwrap_or_else(PoisonError::into_inner);
        for message in messages {
            if message.kind.is_over() {
                known.remove(&message.warning);
            } else {
                known.insert(message.warning.clone(), message.expires_at);
            }
        }
    }

    /// The warning as sent.
    pub(crate) fn line(&self, warning: Warning) -> WarningLine {
        let known = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let issued = warning.state == WarningState::Issued;
        let expires_at = known.get(&warning.id).copied().filter(|_| issued);
        WarningLine { warning, expires_at }
    }
}
