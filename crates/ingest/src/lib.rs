//! The door for stations: the embedded MQTT broker

pub mod client;
