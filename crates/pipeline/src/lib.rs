//! One message's way from bytes to an outcome: a deterministic function of the journal.
//!
//! * [`pack`] the configuration; `plan` the same, arranged for speed
//! * `telemetry` bytes → readings in event-time order; `reading` verdict, version, history
//! * `judging` what a person says of readings; `resting` what the alarms then rest on
//! * `derive` sums, rates, forces, basin means; `counting` counters; `sums` rain; `watching` rules; `stations`, `sensors`, `basins`, `intake`, `links`, `memory`
//!   health and silence
//! * [`duty`] whose shift it is; [`forecasts`] what may be forecast; `episodes` warnings; `compose` their words; `agenda` what becomes due; `state` all that is remembered, `roster` by station

mod agenda;
mod basins;
mod compose;
mod counting;
mod derive;
pub mod duty;
mod episodes;
pub mod forecasts;
mod intake;
mod judging;
mod links;
mod memory;
pub mod pack;
mod plan;
mod processor;
mod reading;
mod resting;
mod roster;
mod sensors;
mod state;
mod stations;
mod sums;
mod telemetry;
mod watching;

pub use derive::day_of as rain_day_of;
pub use pack::{Fault, Pack};
pub use processor::Pipeline;
