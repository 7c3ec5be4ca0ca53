//! How the system is, and each thing that is wrong with it by name.

mod gather;
mod texts;
mod watch;

pub(crate) use watch::{Watched, run};

use domain::{SetAsideReason, Time};
use history::HistoryStatus;
use serde::Serialize;
use store::{ClockReport, LedgerStatus};
use utoipa::ToSchema;

use crate::external::ExternalBroker;
use crate::parts::BrokerStatus;

/// How the system is.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub(crate) struct Status {
    pub(crate) ledger: LedgerView,
    pub(crate) broker: BrokerStatus,
    /// Brokers that somebody else runs.
    pub(crate) external: Vec<ExternalBroker>,
    pub(crate) stations: Stations,
    /// What could not be used, by reason, since the beginning.
    pub(crate) set_aside: Vec<ReasonCount>,
    pub(crate) delivery: Delivery,
    pub(crate) history: HistoryView,
    pub(crate) clock: ClockView,
    /// Everything that is wrong now; empty = nothing.
    pub(crate) problems: Vec<Named>,
}

/// Whether the ledger can write.
#[derive(Debug, Clone, Default, PartialEq, Serialize, ToSchema)]
pub(crate) struct LedgerView {
    writing: bool,
    #[schema(value_type = Option<String>, format = DateTime)]
    failing_since: Option<Time>,
    /// Why, for signed-in people.
    reason: Option<String>,
    last_seq: u64,
    #[schema(value_type = Option<String>, format = DateTime)]
    last_commit_at: Option<Time>,
}

/// How the long memory (InfluxDB) is fed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct HistoryView {
    /// `off`, `starting`, `current`, `catching_up`, `emptied` (it lost what it had and is filled again), or a
    /// fault: `unreachable`, `hung`, `unauthorized`, `no_bucket`, `too_many`, `refusing`, `full`, `server_error`,
    /// `unreadable`.
    state: &'static str,
    #[schema(value_type = Option<String>, format = DateTime)]
    failing_since: Option<Time>,
    /// Why, for signed-in people.
    reason: Option<String>,
    /// Everything up to this arrival is there.
    cursor: u64,
    /// Hours and days are worked out up to this arrival.
    summed: u64,
    /// The ledger itself keeps readings observed from then on; null = all of them.
    #[schema(value_type = Option<String>, format = DateTime)]
    kept_from: Option<Time>,
    /// Arrivals that are not there yet.
    behind: u64,
    /// Points written since the process started.
    points: u64,
    /// Points left out since then, because the bucket does not keep their time.
    expired: u64,
    /// Points that were refused and put aside, since the beginning: `/api/v1/history/refused`.
    refused: u64,
}

/// Stations of the pack.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct Stations {
    pub(crate) total: usize,
    pub(crate) silent: usize,
}

/// How often something could not be used.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct ReasonCount {
    #[schema(value_type = String)]
    pub(crate) reason: SetAsideReason,
    pub(crate) count: u64,
}

/// Notices that are not where they should be.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct Delivery {
    pub(crate) waiting: u64,
    pub(crate) dead: u64,
}

/// Something that is wrong, with the layer that failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct Named {
    /// `store`, `intake`, `clock`, `config`, `stations`, `delivery`, `history` or `realm`.
    pub(crate) layer: &'static str,
    /// `clock_ahead` or `clock_behind`; null where the layer says enough.
    pub(crate) what: Option<&'static str>,
    /// By how much, where that can be said: seconds between the clock and the ledger's time when it was noticed.
    pub(crate) by_seconds: Option<i64>,
    pub(crate) text_vi: String,
    pub(crate) text_en: String,
    #[schema(value_type = Option<String>, format = DateTime)]
    pub(crate) since: Option<Time>,
}

/// The server's clock against the ledger's own time, by which everything that is due is due.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct ClockView {
    /// How far the server's clock is ahead of the ledger's time, below zero when it is behind.
    ahead_seconds: i64,
    /// `clock_ahead` or `clock_behind` until both are one again or a person confirmed the clock; null = neither.
    fault: Option<&'static str>,
    #[schema(value_type = Option<String>, format = DateTime)]
    since: Option<Time>,
    /// It is not known yet which of the two is right: stations' times are believed that fit either.
    undecided: bool,
    /// `synchronized`, `unsynchronized`, or `unknown` where the system does not say.
    ntp: &'static str,
}

impl ClockView {
    pub(crate) fn of(report: ClockReport) -> Self {
        let ahead = report.ahead.millis();
        Self {
            ahead_seconds: ahead / 1_000,
            fault: report.fault.map(|fault| fault.kind.name()),
            since: report.fault.map(|fault| fault.since),
            undecided: report.open,
            ntp: match report.ntp {
                Some(true) => "synchronized",
                Some(false) => "unsynchronized",
                None => "unknown",
            },
        }
    }
}

impl LedgerView {
    /// What may be shown; the system's own words only to people who are signed in.
    pub(crate) fn of(status: LedgerStatus, signed_in: bool) -> Self {
        Self {
            writing: status.writing,
            failing_since: status.failing_since,
            reason: status.reason.filter(|_| signed_in),
            last_seq: status.last_seq,
            last_commit_at: status.last_commit_at,
        }
    }
}

impl HistoryView {
    /// What may be shown; the server's own words only to people who are signed in.
    pub(crate) fn of(status: HistoryStatus, signed_in: bool) -> Self {
        Self {
            state: status.state.name(),
            failing_since: status.failing_since,
            reason: status.reason.filter(|_| signed_in),
            cursor: status.cursor,
            summed: status.summed,
            kept_from: status.kept_from,
            behind: status.behind,
            points: status.points,
            expired: status.expired,
            refused: status.refused,
        }
    }
}
