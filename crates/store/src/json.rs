//! Rare things are kept as JSON text, so that a ledger can be read without this program.

use rusqlite::Row;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::StoreError;

/// The JSON of a thing; `what` names it in an error.
pub(crate) fn text<T: Serialize>(what: &'static str, thing: &T) -> Result<String, StoreError> {
    serde_json::to_string(thing).map_err(|error| StoreError::damaged(what, error))
}

/// The thing whose JSON is in a column.
pub(crate) fn column<T: DeserializeOwned>(
    what: &'static str,
    row: &Row<'_>,
    column: usize,
) -> Result<T, StoreError> {
    let text = row.get_ref(column)?.as_str().map_err(rusqlite::Error::from)?;
    serde_json::from_str(text).map_err(|error| StoreError::damaged(what, error))
}
