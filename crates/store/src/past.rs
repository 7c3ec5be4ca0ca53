//! What a processor asks of the past: readings of arrivals before the one it works out, wherever they are kept.

use domain::{CheckedReading, Past, Processor, SeriesId, SeriesKey, Time};

use crate::StoreError;
use crate::ledger::Applied;
use crate::read::Reader;
use crate::recent::Recent;

/// The ledger with the arrivals that are worked out but not committed.
pub(crate) struct Stored<'a> {
    pub(crate) reader: &'a Reader,
    pub(crate) pending: &'a [Applied],
}

impl Past for Stored<'_> {
    fn stored(&self, series: SeriesId, at: Time, seq: u64) -> Vec<CheckedReading> {
        let kept = self.reader.versions(series, at, at, None).unwrap_or_else(|error| {
            tracing::error!(%error, series = series.0, "the past of a series cannot be read");
            Vec::new()
        });
        let kept = kept.into_iter().filter(|(by, _)| *by < seq).map(|(_, reading)| reading);
        let pending = self.pending.iter().flat_map(|row| &row.outcome.readings);
        let there =
            |reading: &&CheckedReading| reading.series == series && reading.observed_at == at;
        kept.chain(pending.filter(there).copied()).collect()
    }
}

/// The numbers that the ledger has given.
pub(crate) fn numbers(recent: &Recent) -> Vec<(SeriesId, SeriesKey)> {
    recent.tails().map(|(id, tail)| (id, tail.key.clone())).collect()
}

/// Makes sure that a processor which is brought to the end of the journal calls every series what the ledger calls it, and
/// that it could read everything.
pub(crate) fn compare(
    processor: &dyn Processor,
    known: &[(SeriesId, SeriesKey)],
) -> Result<(), StoreError> {
    processor.complete().map_err(StoreError::Discontinued)?;
    for (id, key) in processor.series() {
        let stored = known.get(id.0 as usize).map(|(_, key)| key);
        if stored != Some(&key) {
            let name =
                |key: &SeriesKey| format!("{} {} {}", key.station, key.parameter, key.sensor);
            let stored = stored.map_or("none".to_owned(), name);
            return Err(StoreError::Discontinued(format!(
                "series {} is '{stored}' in the ledger and '{}' for this program, so readings would get into a wrong \
                 history: start the program that wrote the ledger last, and tell its makers; nothing was changed",
                id.0,
                name(&key)
            )));
        }
    }
    Ok(())
}
