//! The history against the real InfluxDB: whatever happens to that server, stations and warnings do not notice,
//! and afterwards every reading of the ledger is there once, with the same value, flag and version.
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test may fail, and says what it counted"
)]

mod clock;
mod compare;
mod doors;
mod faults;
mod first;
mod full;
mod load;
mod older;
mod refill;
mod world;
