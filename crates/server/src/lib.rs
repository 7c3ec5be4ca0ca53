//! The one binary `quantrac`: configuration, wiring, stop order, command line.
//!
//! * [`cli`] what can be asked for; [`command`] the short answers; [`serve`] the running program
//! * [`demo`] a drill from one command; [`simulate`] stations that publish a recording
//! * [`settings`] of an installation; [`packs`] the configuration pack on disk; [`secrets`] the folder of secrets
//! * [`clock`] the system's and a drill's; [`logging`], [`measures`], [`console`] what can be seen of it
//!
//! Must not be here: SQL, MQTT, HTTP, mail, and any decision about a reading or a warning.

pub mod cli;
pub mod clock;
pub mod command;
pub mod console;
pub mod demo;
pub mod logging;
pub mod measures;
pub mod packs;
pub mod secrets;
pub mod serve;
pub mod settings;
pub mod simulate;
