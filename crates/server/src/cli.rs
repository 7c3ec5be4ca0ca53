//! The command line: what can be asked for, with which defaults.

mod study;

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use domain::{StationId, Time};
use ingest::client::Address;

pub use study::{Export, FormatName, LanguageName, Report, ReportKind, StyleName, Ways, What};

use crate::simulate::options::Simulate;

/// Quan trắc: from a station's message to a named person who has confirmed the warning.
#[derive(Debug, Parser)]
#[command(name = "quantrac", version, about, max_term_width = 100)]
pub struct Cli {
    /// What to log, such as `info,ingest=debug`.
    #[arg(long, env = "QUANTRAC_LOG", global = true, value_name = "FILTER")]
    pub log: Option<String>,
    /// Log one JSON object per line.
    #[arg(long, env = "QUANTRAC_LOG_JSON", global = true)]
    pub log_json: bool,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Run the station door, the pipeline, the delivery and the pages.
    Serve(Serve),
    /// Run a drill of the flood of November 2025 with simulated stations, from one command.
    Demo(Demo),
    /// Check a configuration pack; tell every fault at once.
    CheckConfig(CheckConfig),
    /// Publish a recording as MQTT stations, with loss, duplicates, bursts and wrong clocks on request.
    Simulate(Box<Simulate>),
    /// Work the journal out again into a fresh file and compare every result, byte for byte.
    Replay(Replay),
    /// People who can sign in.
    #[command(subcommand)]
    User(User),
    /// Secrets of stations and of receivers of warnings.
    #[command(subcommand)]
    Station(Station),
    /// Look into the journal of arrivals, or export it.
    #[command(subcommand)]
    Journal(Journal),
    /// The long memory: how far it is, or fill an empty server from the ledger.
    #[command(subcommand)]
    History(History),
    /// Readings of any series as CSV, Parquet or JSON.
    Export(Box<Export>),
    /// Month and year books, flood events, rain maxima, availability of stations.
    Report(Box<Report>),
}

/// `quantrac serve`.
#[derive(Debug, Clone, Args)]
pub struct Serve {
    /// Folder of the configuration pack; watched while running.
    #[arg(long, default_value = "config/binh-dinh", value_name = "DIR")]
    pub config: PathBuf,
    /// Settings of this installation (sections store, broker, external, web, delivery, history). Default: none needed.
    #[arg(long, value_name = "FILE")]
    pub settings: Option<PathBuf>,
    /// Folder of the ledger and the secrets; created where absent.
    #[arg(long, default_value = "var", value_name = "DIR")]
    pub data: PathBuf,
    /// Where stations connect; overrides the settings [default: 127.0.0.1:1883].
    #[arg(long, value_name = "ADDRESS")]
    pub mqtt: Option<SocketAddr>,
    /// Where browsers connect; overrides the settings [default: 127.0.0.1:8080].
    #[arg(long, value_name = "ADDRESS")]
    pub web: Option<SocketAddr>,
    /// Everything is an exercise: only exercise recipients can be reached. A ledger is one or the other for ever.
    #[arg(long)]
    pub exercise: bool,
    /// The clock of a drill.
    #[command(flatten)]
    pub drill: DrillArgs,
}

/// The clock of a drill: a started drill goes on from the last time in its ledger.
#[derive(Debug, Clone, Default, Args)]
pub struct DrillArgs {
    /// An exercise whose clock starts here, such as 2025-11-17T00:00:00+07:00.
    #[arg(long, value_name = "TIME", requires = "exercise")]
    pub drill_from: Option<Time>,
    /// How many times as fast the drill's clock runs.
    #[arg(long, default_value_t = 1.0, value_name = "N", requires = "drill_from")]
    pub speed: f64,
    /// From here on the drill's clock runs as fast as any clock.
    #[arg(long, value_name = "TIME", requires = "drill_from")]
    pub drill_until: Option<Time>,
}

/// `quantrac demo`.
#[derive(Debug, Clone, Args)]
pub struct Demo {
    /// Folder of the configuration pack.
    #[arg(long, default_value = "config/binh-dinh", value_name = "DIR")]
    pub config: PathBuf,
    /// Folder of the scenario.
    #[arg(long, default_value = "config/scenarios/2025-11-flood", value_name = "DIR")]
    pub scenario: PathBuf,
    /// Settings of this installation. Default: none needed.
    #[arg(long, value_name = "FILE")]
    pub settings: Option<PathBuf>,
    /// Each run makes a folder `demo-…` of its own in here.
    #[arg(long, default_value = "var", value_name = "DIR")]
    pub data: PathBuf,
    /// Where stations connect [default: 127.0.0.1:1883].
    #[arg(long, value_name = "ADDRESS")]
    pub mqtt: Option<SocketAddr>,
    /// Where browsers connect [default: 127.0.0.1:8080].
    #[arg(long, value_name = "ADDRESS")]
    pub web: Option<SocketAddr>,
    /// How many times as fast as it was.
    #[arg(long, default_value_t = 1800.0, value_name = "N")]
    pub speed: f64,
    /// End by itself when the scenario has been replayed.
    #[arg(long)]
    pub once: bool,
}

/// `quantrac check-config`.
#[derive(Debug, Clone, Args)]
pub struct CheckConfig {
    /// Folder of the configuration pack.
    #[arg(default_value = "config/binh-dinh", value_name = "DIR")]
    pub config: PathBuf,
    /// Settings of an installation, to check them too.
    #[arg(long, value_name = "FILE")]
    pub settings: Option<PathBuf>,
}

/// `quantrac replay`.
#[derive(Debug, Clone, Args)]
pub struct Replay {
    /// The ledger to replay. Stop its server first.
    #[arg(long, default_value = "var/quantrac.db", value_name = "FILE")]
    pub from: PathBuf,
    /// A file that does not exist yet.
    #[arg(long, value_name = "FILE")]
    pub to: PathBuf,
}

/// A folder of data whose ledger may be in use by a server.
#[derive(Debug, Clone, Args)]
pub struct Data {
    /// Folder of the ledger.
    #[arg(long, default_value = "var", value_name = "DIR")]
    pub data: PathBuf,
}

/// `quantrac user`.
#[derive(Debug, Clone, Subcommand)]
pub enum User {
    /// Add somebody, or change their role and name.
    Add {
        /// Name to sign in with: a–z, 0–9, `.`, `_`, `-`.
        #[arg(value_parser = one_form)]
        name: String,
        /// What they may do.
        #[arg(long, value_enum)]
        role: RoleName,
        /// Name as printed under a warning.
        #[arg(long, value_name = "NAME")]
        full_name: String,
        /// Read the password from standard input instead of making one up.
        #[arg(long)]
        password_stdin: bool,
        /// Where.
        #[command(flatten)]
        data: Data,
    },
    /// Who there is.
    List(Data),
    /// Nobody signs in under this name any more; old warnings go on naming it.
    Disable {
        /// Name to sign in with.
        #[arg(value_parser = one_form)]
        name: String,
        /// Where.
        #[command(flatten)]
        data: Data,
    },
    /// Give a new password, and let a disabled user in again.
    Password {
        /// Name to sign in with.
        #[arg(value_parser = one_form)]
        name: String,
        /// Read the password from standard input instead of making one up.
        #[arg(long)]
        password_stdin: bool,
        /// Where.
        #[command(flatten)]
        data: Data,
    },
}

/// What somebody may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum RoleName {
    /// Looks.
    Viewer,
    /// Confirms warnings.
    DutyOfficer,
    /// Also works with what was put aside.
    Forecaster,
    /// Everything.
    Admin,
}

/// `quantrac station`.
#[derive(Debug, Clone, Subcommand)]
pub enum Station {
    /// Make a secret, or a new one, and print it once.
    Add {
        /// Station, as in stations.toml.
        #[arg(required_unless_present = "receiver")]
        id: Option<StationId>,
        /// Instead of a station: somebody who reads warnings from the broker, as `receiver-NAME`.
        #[arg(long, value_name = "NAME", conflicts_with = "id")]
        receiver: Option<String>,
        /// Where.
        #[command(flatten)]
        data: Data,
    },
    /// Which accounts there are.
    List(Data),
    /// The secret is worth nothing from now on; a connected station is sent away.
    Revoke {
        /// Station or receiver.
        id: StationId,
        /// Where.
        #[command(flatten)]
        data: Data,
    },
}

/// `quantrac journal`.
#[derive(Debug, Clone, Subcommand)]
pub enum Journal {
    /// Print arrivals, one line each.
    Look {
        /// Begin behind this number.
        #[arg(long, default_value_t = 0, value_name = "SEQ")]
        after: u64,
        /// Print so many at most.
        #[arg(long, default_value_t = 50, value_name = "N")]
        limit: usize,
        /// Only what this station sent.
        #[arg(long, value_name = "ID")]
        station: Option<StationId>,
        /// Where.
        #[command(flatten)]
        data: Data,
    },
    /// Write every arrival as one JSON object per line.
    Export {
        /// A file that does not exist yet.
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
        /// Where.
        #[command(flatten)]
        data: Data,
    },
}

/// `quantrac history`.
#[derive(Debug, Clone, Subcommand)]
pub enum History {
    /// How far the journal is carried over, whether the server answers, and what it refused.
    Status(HistoryOptions),
    /// Carry the whole ledger over to a server, such as an empty one. Stop quantrac's own server first.
    Rebuild(HistoryOptions),
}

/// Which ledger, and which history server.
#[derive(Debug, Clone, Args)]
pub struct HistoryOptions {
    /// Settings of this installation, with a section `[history]`.
    #[arg(long, value_name = "FILE")]
    pub settings: PathBuf,
    /// Where.
    #[command(flatten)]
    pub data: Data,
}

/// Where stations of a simulation connect when nothing else is said.
pub(crate) const USUAL_BROKER: &str = "mqtt://127.0.0.1:1883";

/// A broker as given on the command line.
pub(crate) fn broker(text: &str) -> Result<Address, String> {
    text.parse().map_err(|error: ingest::client::AddressError| error.to_string())
}

/// A name as it is kept, however it was typed.
fn one_form(text: &str) -> Result<String, std::convert::Infallible> {
    Ok(domain::form::folded(text).into_owned())
}
