//! Stations that publish a recording over MQTT, as well or as badly as one wishes.
//!
//! * [`recording`] what was measured; [`csv`], [`flood`] and [`scenario`] where it comes from
//! * [`disturb`] loss, duplicates, bursts, disorder and wrong clocks, drawn from a seed: the plan
//! * [`run`] the plan, carried out by MQTT clients; [`options`] the command line

pub mod csv;
pub mod disturb;
pub mod flood;
mod interpolate;
pub mod options;
pub mod recording;
pub mod run;
pub mod scenario;
mod secrets;

mod command;

pub use command::{planned, simulate};
pub use disturb::{Disturbance, Sending, plan};
pub use recording::{Observation, Recording, Value};
