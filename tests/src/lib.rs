//! Shared helpers of the end-to-end tests: the real binary, a plain MQTT station that sees each PUBACK, and
//! generated packs. Everything has its own folder and port, and talks to loopback only.

pub mod admin;
pub mod disk;
pub mod door;
pub mod faketime;
pub mod filling;
pub mod http;
pub mod influx;
pub mod load;
pub mod measure;
pub mod mosquitto;
pub mod mqtt;
pub mod pack;
pub mod server;
pub mod trace;
pub mod viewer;
