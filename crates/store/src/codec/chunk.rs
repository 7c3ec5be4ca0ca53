//! A run of one series' readings in order of arrival, each with the number of its arrival.
//!
//! It grows in memory as readings come ([`Chunk::push`]) and is written to disk as it is.

use domain::{CheckedReading, SeriesId};

use super::bytes::{Bytes, put};
use super::reading::{Guess, put_reading, take_reading};
use crate::StoreError;

/// First byte; another layout gets another number.
const LAYOUT: u8 = 1;

/// A run that can still grow.
#[derive(Debug, Clone)]
pub(crate) struct Chunk {
    /// The encoded readings.
    pub(crate) bytes: Vec<u8>,
    /// How many there are.
    pub(crate) count: u32,
    /// Earliest and latest event time, ms.
    pub(crate) times: (i64, i64),
    /// First and last arrival.
    pub(crate) seqs: (u64, u64),
    guess: Guess,
}

impl Chunk {
    pub(crate) fn new(series: SeriesId) -> Self {
        let guess = Guess::run(series);
        Self { bytes: Vec::new(), count: 0, times: (i64::MAX, i64::MIN), seqs: (0, 0), guess }
    }

    /// Appends a reading of arrival `seq`, which is not before the one in front.
    pub(crate) fn push(&mut self, seq: u64, reading: &CheckedReading) {
        if self.count == 0 {
            self.bytes.push(LAYOUT);
            self.seqs = (seq, 0);
        }
        put(&mut self.bytes, seq - self.seqs.1);
        put_reading(&mut self.bytes, reading, &mut self.guess);
        let time = reading.observed_at.millis();
        self.times = (self.times.0.min(time), self.times.1.max(time));
        self.seqs.1 = seq;
        self.count += 1;
    }

    /// Whether something in it was observed in `[from, to]`, ms.
    pub(crate) const fn overlaps(&self, from: i64, to: i64) -> bool {
        self.times.0 <= to && self.times.1 >= from
    }
}

/// The first arrival in a chunk, from its first bytes; `None` = it is empty.
pub(crate) fn first_seq(bytes: &[u8]) -> Result<Option<u64>, StoreError> {
    let mut bytes = Bytes::new(bytes);
    if bytes.is_empty() {
        return Ok(None);
    }
    known_layout(&mut bytes)?;
    bytes.number().map(Some)
}

/// Calls `each` for every reading in order of arrival.
pub(crate) fn decode(
    bytes: &[u8],
    series: SeriesId,
    each: impl FnMut(u64, CheckedReading),
) -> Result<(), StoreError> {
    decode_known(bytes, series, u64::MAX, each)
}

/// The same of what came with arrival `known` or before.
pub(crate) fn decode_known(
    bytes: &[u8],
    series: SeriesId,
    known: u64,
    mut each: impl FnMut(u64, CheckedReading),
) -> Result<(), StoreError> {
    let mut bytes = Bytes::new(bytes);
    if bytes.is_empty() {
        return Ok(());
    }
    known_layout(&mut bytes)?;
    let mut guess = Guess::run(series);
    let mut seq = 0_u64;
    while !bytes.is_empty() {
        seq = seq.wrapping_add(bytes.number()?);
        if seq > known {
            break;
        }
        each(seq, take_reading(&mut bytes, &mut guess)?);
    }
    Ok(())
}

fn known_layout(bytes: &mut Bytes<'_>) -> Result<(), StoreError> {
    match bytes.byte()? {
        LAYOUT => Ok(()),
        _ => Err(StoreError::damaged("chunk", "its layout is unknown")),
    }
}
