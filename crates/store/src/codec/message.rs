//! The readings of one arrival, as kept in its journal row.

use domain::{CheckedReading, Outcome, Time};

use super::bytes::{Bytes, put};
use super::reading::{Guess, put_reading, take_reading};
use crate::StoreError;

/// First byte; another layout gets another number.
const LAYOUT: u8 = 1;

/// Writes the readings and the number of duplicates; nothing at all for an arrival without either.
pub(crate) fn encode(out: &mut Vec<u8>, outcome: &Outcome, received_at: Time) {
    out.clear();
    if outcome.readings.is_empty() && outcome.duplicates == 0 {
        return;
    }
    out.push(LAYOUT);
    put(out, u64::from(outcome.duplicates));
    let mut guess = Guess::message(received_at);
    for reading in &outcome.readings {
        put_reading(out, reading, &mut guess);
    }
}

/// Calls `each` for every reading in order.
pub(crate) fn decode(
    bytes: &[u8],
    received_at: Time,
    mut each: impl FnMut(CheckedReading),
) -> Result<(), StoreError> {
    let mut bytes = Bytes::new(bytes);
    if bytes.is_empty() {
        return Ok(());
    }
    if bytes.byte()? != LAYOUT {
        return Err(StoreError::damaged("outcome", "its layout is unknown"));
    }
    bytes.number()?;
    let mut guess = Guess::message(received_at);
    while !bytes.is_empty() {
        each(take_reading(&mut bytes, &mut guess)?);
    }
    Ok(())
}

/// How many readings repeated a known value at a known time.
pub(crate) fn duplicates(bytes: &[u8]) -> Result<u32, StoreError> {
    let mut bytes = Bytes::new(bytes);
    if bytes.is_empty() {
        return Ok(0);
    }
    bytes.byte()?;
    u32::try_from(bytes.number()?).map_err(|error| StoreError::damaged("outcome", error))
}
