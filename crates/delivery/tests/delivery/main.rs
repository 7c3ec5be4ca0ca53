//! Delivery as its neighbours see it: an outbox on one side, servers on the other.
#![expect(clippy::unwrap_used, reason = "a test may fail")]

mod bulletins;
mod capture;
mod escalation;
mod ledger;
mod mails;
mod memory;
mod realms;
mod rules;
mod samples;
mod topics;
mod webhooks;
