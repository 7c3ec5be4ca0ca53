//! Readings of any set of series as CSV, Parquet or JSON, written as they come.

mod bucket;
mod csv;
mod head;
mod json;
mod parquet;
mod row;
mod stamp;

// A pure crate writes nowhere by itself: to a writer of the caller's only.
use std::io::Write;

use crate::{Error, Failure, Piece};
use bucket::Buckets;
pub use head::{Format, Head};
use row::Row;

/// Rows that are gathered before they are written.
const AT_ONCE: usize = 16_384;

/// What was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Written {
    /// Readings read.
    pub readings: u64,
    /// Rows written: as many, or one for each bucket.
    pub rows: u64,
}

/// Something that takes rows of one series after the other.
trait Sink {
    fn rows(&mut self, series: usize, rows: &[Row]) -> Result<(), Error>;
    /// Writes what is left.
    fn finish(self: Box<Self>) -> Result<(), Error>;
}

/// Writes every reading of the pieces, or every bucket of them, in their order. What is held in memory does not
/// depend on how many there are.
///
/// # Errors
/// The readings cannot be read, the rows cannot be written, or a piece is of no series of the head.
pub fn export<'a>(
    head: &'a Head,
    format: Format,
    pieces: impl IntoIterator<Item = Result<Piece, Failure>>,
    out: impl Write + Send + 'a,
) -> Result<Written, Error> {
    let mut sink: Box<dyn Sink + 'a> = match format {
        Format::Csv => Box::new(csv::Csv::begin(head, out)?),
        Format::Json => Box::new(json::Json::begin(head, out)?),
        Format::Parquet => Box::new(parquet::Parquet::begin(head, out)?),
    };
    let mut written = Written::default();
    let mut rows = Rows { head, series: 0, buckets: None, waiting: Vec::new() };
    for piece in pieces {
        let piece = piece.map_err(Error::Source)?;
        if piece.series >= head.series.len() {
            return Err(Error::NoSuchSeries(piece.series, head.series.len()));
        }
        written.readings += piece.readings.len() as u64;
        if piece.series != rows.series {
            written.rows += rows.flush(&mut *sink)?;
            rows = Rows { series: piece.series, ..rows };
        }
        rows.take(&piece.readings);
        if rows.waiting.len() >= AT_ONCE {
            written.rows += rows.write(&mut *sink)?;
        }
    }
    written.rows += rows.flush(&mut *sink)?;
    sink.finish()?;
    Ok(written)
}

/// Rows of one series on their way.
struct Rows<'a> {
    head: &'a Head,
    series: usize,
    buckets: Option<Buckets<'a>>,
    waiting: Vec<Row>,
}

impl Rows<'_> {
    fn take(&mut self, readings: &[(u64, domain::CheckedReading)]) {
        let Some(every) = self.head.every else {
            self.waiting.extend(readings.iter().map(Row::from));
            return;
        };
        let series = &self.head.series[self.series];
        let buckets = self.buckets.get_or_insert_with(|| Buckets::new(series, every));
        self.waiting
            .extend(readings.iter().filter_map(|(seq, reading)| buckets.push(*seq, reading)));
    }

    fn write(&mut self, sink: &mut dyn Sink) -> Result<u64, Error> {
        let count = self.waiting.len() as u64;
        if count > 0 {
            sink.rows(self.series, &self.waiting)?;
        }
        self.waiting.clear();
        Ok(count)
    }

    /// What is left of the series, the last bucket too.
    fn flush(&mut self, sink: &mut dyn Sink) -> Result<u64, Error> {
        let last = self.buckets.take().and_then(|mut buckets| buckets.close());
        self.waiting.extend(last);
        self.write(sink)
    }
}
