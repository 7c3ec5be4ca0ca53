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
/// that it could read everything. Gives the series that this program has and older ones had not; they come after all others.
pub(crate) fn compare(
    processor: &dyn Processor,
    known: &[(SeriesId, SeriesKey)],
) -> Result<Vec<(SeriesId, SeriesKey)>, StoreError> {
    processor.complete().map_err(StoreError::Discontinued)?;
    let mut new = Vec::new();
    for (id, key) in processor.series() {
        if id.0 as usize >= known.len() && !known.iter().any(|(_, stored)| *stored == key) {
            new.push((id, key));
            continue;
        }
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
    Ok(new)
}

#[cfg(test)]
mod tests {
    use domain::{Arrival, Outcome, StationHealth};

    use super::*;

    /// Calls its series that, and could read everything or not.
    struct Names(Vec<&'static str>, Result<(), String>);

    impl Processor for Names {
        fn apply(&mut self, _: &Arrival) -> Outcome {
            Outcome::default()
        }
        fn series(&self) -> Vec<(SeriesId, SeriesKey)> {
            table(&self.0)
        }
        fn complete(&self) -> Result<(), String> {
            self.1.clone()
        }
        fn next_deadline(&self) -> Option<Time> {
            None
        }
        fn checkpoint(&self) -> Vec<u8> {
            Vec::new()
        }
        fn restore(&mut self, _: &[u8]) -> Result<(), String> {
            Ok(())
        }
        fn health(&self) -> Vec<StationHealth> {
            Vec::new()
        }
    }

    fn table(names: &[&str]) -> Vec<(SeriesId, SeriesKey)> {
        let key = |name: &&str| SeriesKey {
            station: "s1".parse().expect("a name"),
            parameter: name.parse().expect("a name"),
            sensor: domain::SensorId::main(),
        };
        (0..).map(SeriesId).zip(names.iter().map(key)).collect()
    }

    #[test]
    fn a_program_that_calls_a_series_otherwise_does_not_continue_the_ledger() {
        let check = |ours: &[&'static str], read: Result<(), String>, told: Option<&str>| {
            let found = compare(&Names(ours.to_vec(), read), &table(&["rain", "stage"]));
            match (found, told) {
                (Ok(new), None) => assert_eq!(new.len(), ours.len().saturating_sub(2), "{ours:?}"),
                (Err(error), Some(told)) => assert!(error.to_string().contains(told), "{error}"),
                (found, _) => panic!("{ours:?}: {found:?}"),
            }
        };
        check(&["rain", "stage"], Ok(()), None);
        check(&[], Ok(()), None);
        check(&["stage", "rain"], Ok(()), Some("series 0 is 's1 rain main' in the ledger"));
        check(&["rain", "stage", "wind"], Ok(()), None);
        check(&["rain", "stage", "rain"], Ok(()), Some("series 2 is 'none'"));
        check(&["rain"], Err("arrival 7 cannot be read".to_owned()), Some("arrival 7"));
    }
}
