//! Blocking reads of the store: counted, and never by the crowd at the cost of the staff.

use std::time::Duration;

use store::{Reader, StoreError};
use tokio::sync::Semaphore;

use crate::problem::{Kind, Problem};

/// A read waits this long for its turn.
const PATIENCE: Duration = Duration::from_secs(5);

/// Places for blocking reads.
#[derive(Debug)]
pub(crate) struct Reads {
    staff: Semaphore,
    crowd: Semaphore,
}

impl Reads {
    pub(crate) fn new(staff: usize, crowd: usize) -> Self {
        Self { staff: Semaphore::new(staff), crowd: Semaphore::new(crowd) }
    }

    /// Reads on a thread of its own.
    ///
    /// # Errors
    /// Too many reads wait, or the read itself fails.
    pub(crate) async fn read<T: Send + 'static>(
        &self,
        signed_in: bool,
        reader: Reader,
        work: impl FnOnce(&Reader) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, Problem> {
        let places = if signed_in { &self.staff } else { &self.crowd };
        let crowded =
            || Problem::new(Kind::Crowded, "many are reading now: try again").retry_after(5);
        let turn = tokio::time::timeout(PATIENCE, places.acquire()).await;
        let _turn = turn.map_err(|_| crowded())?.map_err(|_| crowded())?;
        let done = tokio::task::spawn_blocking(move || work(&reader)).await;
        Ok(done.map_err(Problem::internal)??)
    }
}
