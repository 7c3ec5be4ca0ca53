//! From a station's bytes to raw readings, with everything odd named and put aside.
//!
//! The form is `quantrac/v1`: one object, or an array of them (a backlog), each with `time` and `readings`.
//! What is wrong with one reading costs that reading, what is wrong with a time costs that entry, and never more.
//!
//! * [`telemetry()`] the way in: `telemetry.rs`; [`status()`] a station's "online" and "offline"
//! * [`reading`] what comes out; `entry.rs`, `member.rs` the visitors that walk the form, one pass, borrowed texts
//! * `keys.rs` what keys mean; `scalar.rs` single values; [`when`] times; `repair.rs` the second try for bodies with a bare `nan`

mod collector;
mod entry;
mod keys;
mod member;
pub mod reading;
mod repair;
mod scalar;
mod status;
mod telemetry;
pub mod when;

pub use reading::{Decoded, RawReading, RawValue, Rejected};
pub use status::status;
pub use telemetry::{MOST_READINGS, telemetry};

/// Deepest nesting of brackets that is read; the described form needs five.
pub const DEEPEST: usize = 8;
