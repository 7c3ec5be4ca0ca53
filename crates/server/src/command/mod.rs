//! Commands that look at a ledger or a pack and end.

pub mod check_config;
pub mod history;
pub mod journal;
pub mod people;
pub mod replay;
pub mod station;
pub mod study;
pub mod user;
