//! Readings in few bytes: 4–12 each. What can be guessed from the reading before is not written.
//!
//! [`message`] is the outcome of one arrival, in a journal row; [`chunk`] a run of one series' history.

pub(crate) mod bytes;
pub(crate) mod chunk;
pub(crate) mod message;
pub(crate) mod reading;
pub(crate) mod value;
