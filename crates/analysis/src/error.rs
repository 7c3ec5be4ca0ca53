//! What can go wrong.

/// Why the source of readings failed; the source's own words.
pub type Failure = Box<dyn std::error::Error + Send + Sync>;

/// An export or a report that could not be finished.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The readings could not be read to the end.
    #[error("the readings cannot be read: {0}")]
    Source(Failure),
    /// What was worked out cannot be written: the disk is full, the reader is gone.
    #[error("cannot write: {0}")]
    Write(Failure),
    /// A table could not be worked out.
    #[error("cannot work out a table: {0}")]
    Work(#[from] polars::error::PolarsError),
    /// A piece names a series that is not in the list.
    #[error("piece of series {0}, but the list has {1}")]
    NoSuchSeries(usize, usize),
}

impl Error {
    pub(crate) fn write(error: impl Into<Failure>) -> Self {
        Self::Write(error.into())
    }
}
