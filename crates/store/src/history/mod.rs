//! The long memory: an `InfluxDB` 2 that engineers query, fed from the journal and rebuilt from it at any time.
//!
//! It stands to the right of the commit: nothing here is waited for by a station or a warning.
//!
//! * `config` the settings; `influx` the only file that names `influxdb2`; `flux` the rows of its answers
//! * `line` line protocol; `feed` the journal in pieces; `carrier` both ends; `relay` the task
//! * `send` one piece, with what the server refuses taken out; `state` how it stands; `aside` what was refused

mod aside;
mod carrier;
mod config;
mod feed;
mod flux;
mod influx;
mod line;
mod relay;
mod send;
mod state;

pub(crate) use aside::note;

pub use aside::RefusedPoint;
pub use config::{HistoryConfig, HistoryFault};
pub use flux::Row;
pub use influx::{Influx, InfluxError, Token};
pub use relay::Relay;
pub use state::{HistoryState, HistoryStatus, HistoryWatch};
