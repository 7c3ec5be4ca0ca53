//! The door for browsers and programs: API, live stream, sign-in, the page.
//!
//! * [`config`] what can be set; [`parts`] what the server hands in, [`configuration`] among it; [`run`] serves until it is told to stop
//! * `router` every route; `admit` who comes in and how often; `access` what a handler must ask for
//! * `api` the endpoints; `series` buckets and thinning; `live` the stream; `status` what is wrong now
//! * [`study`] exports and reports, for the command line too; `download` how they leave without holding anybody up
//! * `bulletin` what is printed, as known at an instant; `standing` a stage against its levels and past floods
//! * `auth` sign-in; `limit` rates and crowds; `problem` every error and its HTTP status; `public` what is for everybody
//! * `pages` the page itself, the light pages without script, receipts, CAP, metrics; `openapi` the description of it all
//!
//! Must not be here: SQL, MQTT, SMTP, and any decision about a warning. Whatever a person does goes
//! through the ledger as an arrival; everything else here only reads.

mod access;
mod admit;
mod api;
mod app;
mod auth;
mod bulletin;
pub mod config;
pub mod configuration;
mod door;
mod download;
mod etag;
mod external;
mod headers;
mod in_force;
mod input;
mod limit;
mod live;
mod measures;
mod openapi;
mod pages;
mod paging;
pub mod parts;
mod problem;
mod public;
mod reads;
mod router;
mod series;
mod serve;
mod standing;
mod status;
pub mod study;

pub use auth::{PasswordError, hash_password};
pub use config::{ConfigFault, Rate, Rates, WebConfig};
pub use configuration::{Applied, Configuration, Folder, NewFiles, NotApplied, Standing};
pub use external::{ExternalBridge, ExternalBroker, ExternalIntake, ExternalLink, ExternalState};
pub use openapi::document;
pub use parts::{BrokerStatus, Drill, History, Parts};
pub use serve::run;
