//! Readings of a chosen series, wherever they lie.

use analysis::{Failure, Incomplete};
use domain::{CheckedReading, SeriesId, SeriesKey, Time};
use history::HistoryState;
use history::{Archive, Lack, Whole};
use store::{Reader, StoreError};

use super::choose::Chosen;

/// The history server is given this long to show that it is there; then the answer begins without it.
const PATIENCE: std::time::Duration = std::time::Duration::from_secs(5);

/// The ledger, and the history server once it is joined.
pub(super) struct Source(Whole);

impl Source {
    pub(super) fn of_ledger(reader: &Reader) -> Result<Self, StoreError> {
        Ok(Self(Whole::of_ledger(reader.clone())?))
    }

    /// Joins the history server for what was observed from `from` on; gives what is missing all the same.
    pub(super) async fn join(
        &mut self,
        archive: Option<Archive>,
        from: Time,
        chosen: &[Chosen],
    ) -> Option<Incomplete> {
        let key = |one: &Chosen| Some((one.id?, one.series.key.clone()));
        let probe: Option<(SeriesId, SeriesKey)> = chosen.iter().find_map(key);
        let probe = probe.as_ref().map(|(id, key)| (*id, key));
        let joining = self.0.clone().joined(archive, from, probe);
        let hung = |before| Lack { before, state: HistoryState::Hung };
        let lack = match tokio::time::timeout(PATIENCE, joining).await {
            Ok((joined, lack)) => {
                self.0 = joined;
                lack
            }
            Err(_) => self.0.kept_after(from).map(hung),
        };
        lack.map(|lack| Incomplete { before: lack.before, reason: lack.state.name().to_owned() })
    }

    /// The readings in `[from, to]`, both ends inclusive; none of a series that never spoke. Blocks.
    pub(super) fn pieces(
        &self,
        one: &Chosen,
        from: Time,
        to: Time,
    ) -> impl Iterator<Item = Result<Vec<(u64, CheckedReading)>, Failure>> + use<> {
        let pieces = one.id.map(|id| self.0.pieces(id, &one.series.key, from, to));
        pieces.into_iter().flatten().map(|piece| piece.map_err(Failure::from))
    }
}
