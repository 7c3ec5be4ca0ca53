//! One message's way from bytes to an outcome: a deterministic function of the journal.
//!
//! * [`pack`] the configuration; `plan` the same, arranged for speed
//! * `telemetry` bytes → readings in event-time order; `reading` verdict, version, history; `copies` of the past
//! * `judging` what a person says of readings; `resting` what the alarms then rest on
//! * `derive` sums, rates, forces, basin means; `watching` rules; `stations`, `sensors`, `basins`, `intake`, `links`, `memory`, `clock`
//!   (`numbers`: what the ledger calls a series)
//!   health and silence
//! * [`duty`] whose shift it is; [`forecasts`] what may be forecast; `episodes` warnings; `compose` their words; `agenda` what becomes due; `state` all that is remembered, `roster` by station

mod agenda;
mod basins;
mod clock;
mod compose;
mod copies;
mod derive;
pub mod duty;
mod episodes;
pub mod forecasts;
mod intake;
mod judging;
mod links;
mod memory;
mod numbers;
pub mod pack;
mod plan;
mod processor;
mod reading;
mod resting;
mod roster;
mod sensors;
mod state;
mod stations;
mod telemetry;
mod watching;

pub use pack::{Fault, Pack};
pub use processor::Pipeline;
