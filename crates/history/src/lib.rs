//! The long memory: an `InfluxDB` 2 that engineers query, fed from the journal and rebuilt from it at any time.
//!
//! It stands to the right of the commit: nothing here is waited for by a station or a warning.
//!
//! * `config` the settings; `influx` the only file that names `influxdb2`; `flux` the rows of its answers
//! * `line` line protocol; `feed` the journal in pieces; `carrier` both ends; `relay` the task
//! * `duty` tells the people on duty; `rebuild` fills an empty server from a ledger at rest
//! * `send` one piece, with what the server refuses taken out; `state` how it stands
//! * `summary` hours and days; `archive` reading what only the server has; `whole` both joined, in pieces; `prune` what
//!   the ledger need not keep

mod archive;
mod carrier;
mod config;
mod duty;
mod feed;
mod flux;
mod influx;
mod line;
pub mod measures;
mod prune;
mod rebuild;
mod relay;
mod send;
mod state;
mod summary;
mod whole;

pub use archive::{Archive, Version, join};
pub use carrier::check;
pub use config::{HistoryConfig, HistoryFault};
pub use duty::put_to_rest;
pub use flux::Row;
pub use influx::{Influx, InfluxError, Token};
pub use rebuild::{Progress, Rebuilt, rebuild};
pub use relay::Relay;
pub use state::{HistoryState, HistoryStatus, HistoryWatch};
pub use summary::{Describe, Summaries};
pub use whole::{Lack, Whole, WholeError, WholePieces};
