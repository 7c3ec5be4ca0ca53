//! A long history out of the ledger and, where it does not keep everything any more, out of the history server; joined
//! piece by piece, so that what is in memory does not grow with the range.

use domain::{SeriesId, SeriesKey, Span, Time};
use tokio::runtime::Handle;

use crate::archive::{Archive, Version, join};
use crate::influx::InfluxError;
use crate::state::HistoryState;
use store::{AT_ONCE, Reader, Steps, StoreError, complete_to};

/// The history server counts nanoseconds: before 1678 it has nothing.
const OLDEST: Time = Time::from_millis(-9_214_560_000_000);

/// Why readings cannot be read to the end.
#[derive(Debug, thiserror::Error)]
pub enum WholeError {
    /// The ledger cannot be read.
    #[error(transparent)]
    Ledger(#[from] StoreError),
    /// The history server does not answer.
    #[error(transparent)]
    History(#[from] InfluxError),
    /// The ledger dropped readings while it was read, and there is nobody else to ask.
    #[error(
        "the ledger has dropped what was observed before {0} meanwhile, and no history server is at hand"
    )]
    Dropped(Time),
}

/// What cannot be had although it was measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lack {
    /// What was observed before this instant, or some of it.
    pub before: Time,
    /// Why: the state of the history; `Off` = no server is configured.
    pub state: HistoryState,
}

/// Where readings are read. Cheap to clone.
#[derive(Clone)]
pub struct Whole {
    reader: Reader,
    /// From when on the ledger had everything at the beginning; `None` = it has all.
    kept: Option<Time>,
    archive: Option<(Archive, Handle)>,
}

impl Whole {
    /// Of the ledger alone.
    ///
    /// # Errors
    /// The ledger cannot be read.
    pub fn of_ledger(reader: Reader) -> Result<Self, StoreError> {
        let kept = reader.kept_from()?;
        Ok(Self { reader, kept, archive: None })
    }

    /// From then on the ledger has everything, if that is after `from`.
    #[must_use]
    pub fn kept_after(&self, from: Time) -> Option<Time> {
        self.kept.filter(|kept| from < *kept)
    }

    /// Joined by the history server. `probe` is asked first where the ledger does not have everything since `from`:
    /// a server that does not answer now is not asked again, and what is missing for it is told.
    pub async fn joined(
        self,
        archive: Option<Archive>,
        from: Time,
        probe: Option<(SeriesId, &SeriesKey)>,
    ) -> (Self, Option<Lack>) {
        let before = self.kept_after(from);
        let lack = |state| before.map(|before| Lack { before, state });
        let Some(archive) = archive else { return (self, lack(HistoryState::Off)) };
        if let (Some(kept), Some((series, key))) = (before, probe)
            && let Err(error) = archive.readings(series, key, (from.max(OLDEST), kept), 1).await
        {
            tracing::warn!(%error, "older readings cannot be read");
            return (self, lack(HistoryState::from(&error)));
        }
        (Self { archive: Some((archive, Handle::current())), ..self }, None)
    }

    /// The readings in `[from, to]`, both ends inclusive, in pieces; each instant in its newest version. Blocks, so it
    /// is for threads that may.
    #[must_use]
    pub fn pieces(&self, series: SeriesId, key: &SeriesKey, from: Time, to: Time) -> WholePieces {
        let (whole, key) = (self.clone(), key.clone());
        WholePieces { whole, series, key, steps: Steps::new(from, to) }
    }
}

/// Readings of one series in pieces.
pub struct WholePieces {
    whole: Whole,
    series: SeriesId,
    key: SeriesKey,
    steps: Steps,
}

impl WholePieces {
    /// What is in the stretch, and up to when that is complete.
    fn read(&self, from: Time, until: Time) -> Result<(Vec<Version>, Time), WholeError> {
        let Whole { reader, kept, archive } = &self.whole;
        let own = reader.numbered_readings(self.series, from, until, AT_ONCE)?;
        let until = complete_to(&own, until);
        // Asked for afterwards: what the ledger drops meanwhile is before the instant that it says now.
        let Some(now_kept) = reader.kept_from()?.filter(|kept| from < *kept) else {
            return Ok((own, until));
        };
        let Some((archive, handle)) = archive else {
            return match kept {
                Some(kept) if *kept >= now_kept => Ok((own, until)),
                _ => Err(WholeError::Dropped(now_kept)),
            };
        };
        let range = (from.max(OLDEST), until.min(now_kept - Span::from_millis(1)));
        if range.0 > range.1 {
            return Ok((own, until));
        }
        let older = archive.readings(self.series, &self.key, range, AT_ONCE);
        let older = handle.block_on(older)?;
        let until = complete_to(&older, until);
        let mut joined = join(older, own);
        joined.retain(|(_, reading)| reading.observed_at <= until);
        Ok((joined, until))
    }
}

impl Iterator for WholePieces {
    type Item = Result<Vec<Version>, WholeError>;

    fn next(&mut self) -> Option<Self::Item> {
        while let Some((from, until)) = self.steps.stretch() {
            match self.read(from, until) {
                Ok((found, read_to)) => {
                    self.steps.read_to(read_to, found.is_empty());
                    if !found.is_empty() {
                        return Some(Ok(found));
                    }
                }
                Err(error) => {
                    self.steps.end();
                    return Some(Err(error));
                }
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use domain::{CheckSet, CheckedReading, Origin, QcFlag, Verdict};

    use super::*;

    fn version(seq: u64, at: i64, value: f64) -> Version {
        let reading = CheckedReading {
            series: SeriesId(0),
            observed_at: Time::from_millis(at),
            value: Some(value),
            verdict: Verdict { flag: QcFlag::Good, failed: CheckSet::NONE },
            origin: Origin::Station,
            completeness: 100,
            late: false,
        };
        (seq, reading)
    }

    #[test]
    fn both_are_joined_in_order_and_the_later_arrival_holds_wherever_it_lies() {
        let older = vec![version(1, 10, 1.0), version(9, 20, 2.0), version(3, 30, 3.0)];
        let own = vec![
            version(2, 20, 7.0),
            version(8, 30, 8.0),
            version(4, 40, 4.0),
            version(5, 50, 5.0),
        ];
        let joined = join(older, own);
        let told: Vec<_> = joined.iter().map(|(seq, r)| (*seq, r.observed_at.millis())).collect();
        assert_eq!(told, [(1, 10), (9, 20), (8, 30), (4, 40), (5, 50)]);
        assert_eq!(joined[1].1.value, Some(2.0));
    }

    #[test]
    fn a_full_answer_is_complete_up_to_its_last_instant_only() {
        let full: Vec<_> = (0..AT_ONCE as u64).map(|n| version(n, n as i64, 0.0)).collect();
        let end = Time::from_millis(1_000_000);
        assert_eq!(complete_to(&full, end), full[AT_ONCE - 1].1.observed_at);
        assert_eq!(complete_to(&full[..AT_ONCE - 1], end), end);
    }
}
