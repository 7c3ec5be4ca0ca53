//! What is remembered, in one SQLite file, the ledger: journal, readings, warnings, outbox, people.
//!
//! One thread owns the writing connection ([`Ledger`]): it takes whatever arrivals wait, lets the
//! [`domain::Processor`] work each out, commits them in one transaction with `synchronous=FULL`, and
//! only then answers. Everything else reads ([`Reader`]) or asks the ledger to note something.
//!
//! * `ledger` the handle; `machine` the thread; `upkeep` what it does between commits; `writer` the connection
//! * `timekeeper` the ledger's own time; `past` what a processor may look up
//! * `schema` the tables; `commit` how an outcome is written; `codec` readings in few bytes
//! * [`duty`] the shift log, and receipts by telephone
//! * `recent` what is in memory; `fold` how it becomes chunks; `read` all questions; [`replay`] the proof
//! * `carried` what is known of the copy on a history server

mod audit;
mod backfill;
mod batch;
mod carried;
mod clock;
mod codec;
mod commit;
pub mod duty;
mod error;
mod fold;
mod forecasts;
mod journal;
mod json;
mod ledger;
mod ledgertime;
mod machine;
pub mod measures;
mod note;
mod notices;
mod past;
mod people;
mod poison;
mod read;
pub mod receipt;
mod recent;
mod replay;
mod schema;
mod secret;
mod status;
#[cfg(test)]
mod tests;
mod timekeeper;
mod upkeep;
mod writer;

pub use audit::AuditLine;
pub use carried::{AtRest, RefusedPoint};
pub use clock::{Clock, FOLD_READINGS, Options};
pub use error::{Refusal, StoreError};

pub use ledger::{Applied, Committed, Ledger, LedgerThread};
pub use note::CapDocument;
pub use notices::{NoticeEvent, NoticeRecord, NoticeState};
pub use people::{People, Role, Session, User};
pub use read::{
    AT_ONCE, Arrived, Board, ConfigRecord, DutyFilter, Event, ForecastRecord, Happening,
    NewestReading, Pieces, Reader, ReviewFilter, ReviewRecord, SeriesInfo, SetAsideRecord, Steps,
    Stretch, WhichForecasts, Withdrawal, complete_to,
};
pub use replay::{ReplayReport, replay};
pub use secret::{
    PASSWORD_LETTERS, REVOKED, SHUT, STATION_LETTERS, generate, secret_hash, verify_secret,
};
pub use status::{ClockReport, LedgerStatus};
