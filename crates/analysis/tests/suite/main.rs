//! What exports and reports say of readings that are known.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod availability;
mod books;
mod common;
mod exports;
mod floods;
mod rain;
