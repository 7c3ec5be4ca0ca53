//! Numbers of series that the ledger has given already. They are for ever: a newer program that meets the series in another
//! order gives each the number it has.

use std::collections::BTreeMap;

use domain::{SeriesId, SeriesKey};

/// The ledger's table.
#[derive(Debug, Clone, Default)]
pub(crate) struct Numbers(BTreeMap<SeriesKey, SeriesId>);

impl Numbers {
    pub(crate) fn new(known: &[(SeriesId, SeriesKey)]) -> Self {
        Self(known.iter().map(|(id, key)| (key.clone(), *id)).collect())
    }

    pub(crate) fn of(&self, key: &SeriesKey) -> Option<SeriesId> {
        self.0.get(key).copied()
    }

    /// Series by number: those of a checkpoint, and those that the ledger numbered after it. A checkpoint that disagrees
    /// with the ledger keeps its own keys, so that whoever compares them sees it.
    pub(crate) fn fill(&self, mut series: Vec<SeriesKey>) -> Vec<SeriesKey> {
        let mut rest: Vec<(SeriesId, &SeriesKey)> =
            self.0.iter().map(|(key, id)| (*id, key)).collect();
        rest.sort_unstable();
        series.extend(rest.into_iter().skip(series.len()).map(|(_, key)| key.clone()));
        series
    }
}
