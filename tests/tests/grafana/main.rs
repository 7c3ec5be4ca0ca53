//! The Grafana boards: they are what `dashboards/grafana/generate.mjs` makes, they hold together, and every query in
//! them is answered by the real InfluxDB, filled by our own relay, with the rows that the ledger says.
//!
//! * [`boards`] the boards as data, and what Grafana puts in place of its variables
//! * [`lint`] ids, places, colours, words, sources, variables, and the files that load them
//! * [`world`] the real program under the flood of November 2025 with some mishaps, and what its ledger says of it
//! * [`expect`], [`readings`], [`events`] the rows that each query must give, worked out from the ledger
//! * [`questions`] the comparison, in Flux and by our own API
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test may fail, and says what it compared"
)]

mod boards;
mod events;
mod expect;
mod lint;
mod questions;
mod readings;
mod world;
