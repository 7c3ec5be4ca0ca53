//! Readings that the ledger does not keep any more, from the history.

use domain::bucket::{Bucket, Method};
use domain::{CheckedReading, SeriesId, SeriesKey, Span, Time};
use history::{Version, join};
use serde::Serialize;
use store::{Reader, StoreError};
use utoipa::ToSchema;

use crate::parts::History;

/// Where an answer has less than there is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct Incomplete {
    /// What was observed before this instant is missing, or some of it.
    #[schema(value_type = String, format = DateTime)]
    pub(crate) before: Time,
    /// Why: `off` (no history server is configured any more), a state of the history such as `unreachable`, or
    /// `superseded` (only newer versions are known).
    pub(crate) reason: String,
}

/// What is wanted of the time that the ledger does not keep.
pub(crate) struct Wanted {
    pub(crate) from: Time,
    pub(crate) to: Time,
    /// Most readings.
    pub(crate) limit: usize,
    /// Only what came with this arrival or before.
    pub(crate) known: Option<u64>,
    /// Enough are buckets of this length, put together in this way.
    pub(crate) every: Option<(Span, Method)>,
}

/// What the history has of the time before `kept`.
#[derive(Debug, Default)]
pub(crate) struct Older {
    kept: Time,
    readings: Vec<Version>,
    /// There are as many as were wanted at most, perhaps more.
    cut: bool,
    /// Instead of readings.
    pub(crate) buckets: Option<Vec<Bucket>>,
    pub(crate) incomplete: Option<Incomplete>,
}

impl Older {
    /// Asks the history. What it does not answer is missing, and said so.
    pub(crate) async fn ask(
        history: &History,
        series: SeriesId,
        key: &SeriesKey,
        kept: Time,
        wanted: &Wanted,
    ) -> Self {
        let mut older = Self { kept, ..Self::default() };
        let missing = |reason: &str| Some(Incomplete { before: kept, reason: reason.to_owned() });
        let Some(archive) = &history.archive else {
            older.incomplete = missing("off");
            return older;
        };
        let range = (wanted.from, wanted.to.min(kept));
        let answered = match wanted.coarse(range) {
            Some((unit, method)) => {
                // An hour or day is whole or not there, and the ledger's own begin where it has everything.
                let first = method.start(range.0, unit);
                let last = range.1.min(kept - Span::from_millis(1));
                let buckets = archive.buckets(key, (first, last), unit).await;
                buckets.map(|buckets| older.buckets = Some(buckets))
            }
            None => archive.readings(series, key, range, wanted.limit).await.map(|found| {
                let known = wanted.known.unwrap_or(u64::MAX);
                older.cut = found.len() >= wanted.limit;
                if found.iter().any(|(version, _)| *version > known) {
                    older.incomplete = missing("superseded");
                }
                let then = found.into_iter().filter(|(version, _)| *version <= known);
                older.readings = then.collect();
            }),
        };
        if let Err(error) = answered {
            tracing::warn!(%error, "older readings cannot be shown");
            older.incomplete = missing(history::HistoryState::from(&error).name());
        }
        older
    }

    /// Readings of the ledger and of the history together: best version of each instant in `[from, to]`, in order
    /// of time, at most `limit`.
    pub(crate) fn readings(
        &self,
        reader: &Reader,
        series: SeriesId,
        (from, to): (Time, Time),
        limit: usize,
    ) -> Result<Vec<CheckedReading>, StoreError> {
        let own = reader.numbered_readings(series, from, to, limit)?;
        Ok(self.with(own, (from, to), limit))
    }

    /// Those of the ledger joined by those of the history in the range.
    pub(crate) fn with(
        &self,
        own: Vec<Version>,
        (from, to): (Time, Time),
        limit: usize,
    ) -> Vec<CheckedReading> {
        let inside = |(_, reading): &&Version| (from..=to).contains(&reading.observed_at);
        let older: Vec<_> = self.readings.iter().filter(inside).take(limit).copied().collect();
        let mut joined = join(older, own);
        joined.truncate(limit);
        joined.into_iter().map(|(_, reading)| reading).collect()
    }

    /// Whether there may be more than was asked for.
    pub(crate) const fn is_cut(&self) -> bool {
        self.cut
    }

    /// From when on the ledger answers.
    pub(crate) const fn kept(&self) -> Time {
        self.kept
    }
}

impl Wanted {
    /// A longer range is answered from hours or days when that is enough.
    pub(crate) const LONG: Span = Span::days(31);

    /// (hour or day, how), when buckets of a whole number of them are wanted over a long time.
    fn coarse(&self, (from, to): (Time, Time)) -> Option<(Span, Method)> {
        let (every, method) = self.every.filter(|_| to - from > Self::LONG)?;
        let fits = |unit: &Span| every.millis() % unit.millis() == 0;
        let unit = [Span::days(1), Span::hours(1)].into_iter().find(fits)?;
        Some((unit, method))
    }
}
