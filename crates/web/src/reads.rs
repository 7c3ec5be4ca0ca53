//! Blocking reads of the store, counted in lanes: the crowd waits for the crowd, nobody else does.

use std::sync::Arc;
use std::time::Duration;

use store::{Reader, StoreError};
use tokio::sync::Semaphore;

use crate::problem::{Kind, Problem};

/// A read waits this long for its turn.
const PATIENCE: Duration = Duration::from_secs(5);
/// Reads at once at the entrance; each finds one row by its key.
pub(crate) const AT_ENTRANCE: usize = 2;

/// For whom a read is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Lane {
    /// Signed-in people, and the server itself.
    Staff,
    /// Whose session is this, who signs in, which receipt: what must work when the crowd is at the door.
    Entrance,
    /// Everybody else.
    Crowd,
}

/// Places for blocking reads.
#[derive(Debug)]
pub(crate) struct Reads {
    staff: Arc<Semaphore>,
    entrance: Arc<Semaphore>,
    crowd: Arc<Semaphore>,
}

impl Reads {
    pub(crate) fn new(staff: usize, crowd: usize) -> Self {
        let places = |count| Arc::new(Semaphore::new(count));
        Self { staff: places(staff), entrance: places(AT_ENTRANCE), crowd: places(crowd) }
    }

    /// Reads on a thread of its own.
    ///
    /// # Errors
    /// Too many reads wait, or the read itself fails.
    pub(crate) async fn read<T: Send + 'static>(
        &self,
        lane: Lane,
        reader: Reader,
        work: impl FnOnce(&Reader) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, Problem> {
        let crowded =
            || Problem::new(Kind::Crowded, "many are reading now: try again").retry_after(5);
        let done = self.work(lane, move || work(&reader)).await.ok_or_else(crowded)?;
        Ok(done??)
    }

    /// `None` = its turn did not come. The place belongs to the work: who asked may be gone, by a time limit
    /// or because they hung up, but the thread goes on.
    async fn work<T: Send + 'static>(
        &self,
        lane: Lane,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Option<Result<T, Problem>> {
        let places = Arc::clone(self.places(lane));
        let turn = tokio::time::timeout(PATIENCE, places.acquire_owned());
        let place = turn.await.ok()?.ok()?;
        let done = tokio::task::spawn_blocking(move || {
            let _held_until_the_end = place;
            work()
        });
        Some(done.await.map_err(Problem::internal))
    }

    const fn places(&self, lane: Lane) -> &Arc<Semaphore> {
        match lane {
            Lane::Staff => &self.staff,
            Lane::Entrance => &self.entrance,
            Lane::Crowd => &self.crowd,
        }
    }

    /// Lets a test read for ever.
    #[cfg(test)]
    pub(crate) fn take_all(&self, lane: Lane) -> tokio::sync::OwnedSemaphorePermit {
        let places = self.places(lane);
        let all = u32::try_from(places.available_permits()).expect("few");
        Arc::clone(places).try_acquire_many_owned(all).expect("nobody else reads")
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;

    #[tokio::test]
    async fn who_hangs_up_does_not_give_away_the_place_of_a_read_that_goes_on() {
        let reads = Arc::new(Reads::new(1, 1));
        let (go_on, waits) = mpsc::channel::<()>();
        let asking = Arc::clone(&reads);
        let asked = tokio::spawn(async move {
            asking.work(Lane::Crowd, move || waits.recv().expect("a word")).await
        });
        while reads.crowd.available_permits() > 0 {
            tokio::task::yield_now().await;
        }
        asked.abort();
        assert!(asked.await.expect_err("hung up").is_cancelled());
        assert_eq!(reads.crowd.available_permits(), 0, "the thread still reads");
        assert!(reads.work(Lane::Entrance, || ()).await.is_some(), "the others have their own");
        assert!(reads.work(Lane::Staff, || ()).await.is_some(), "the others have their own");
        go_on.send(()).expect("the thread waits");
        assert!(reads.work(Lane::Crowd, || ()).await.is_some(), "a place that is given back");
    }
}
