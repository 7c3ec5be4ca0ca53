//! One message's way from bytes to an outcome: a deterministic function of the journal.
//!
//! * `plan` the pack, arranged for speed
//! * `telemetry` bytes → readings in event-time order, `accept` in canonical units; `reading` verdict, version, history; `copies` of the past
//! * `judging` what a person says of readings; `resting` what the alarms then rest on
//! * `counting` counters; `sums` rain; `watching` rules, `evidence` what lowers; `stations`, `sensors`, `basins`, `intake`, `links`, `memory`, `clock`
//!   (`numbers`: what the ledger calls a series)
//!   health and silence
//! * [`duty`] whose shift it is; [`forecasts`] what may be forecast; `episodes` warnings; `compose` their words; `agenda` what becomes due; `state` all that is remembered, `roster` by station

mod accept;
mod agenda;
mod basins;
mod clock;
mod compose;
mod copies;
mod counting;
pub mod duty;
mod episodes;
mod evidence;
mod faults;
pub mod forecasts;
mod intake;
mod judging;
mod links;
mod maintenance;
mod memory;
mod neighbours;
mod newest;
mod numbers;
mod plan;
mod processor;
mod reading;
mod reconfiguring;
mod resting;
mod roster;
mod sensors;
mod state;
mod stations;
mod sums;
mod telemetry;
mod watching;
mod worth;

pub use processor::Pipeline;
