//! One message's way from bytes to an outcome: a deterministic function of the journal.
pub mod pack;
pub use pack::{Fault, Pack};
