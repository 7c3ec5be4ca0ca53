//! What can be asked of the history on the command line.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use domain::{ParameterId, SensorId, Span, StationId, Time};
use web::study::{Choice, Format, Language, Period};

use super::Data;

/// `quantrac export`.
#[derive(Debug, Clone, Args)]
pub struct Export {
    /// Which series and time.
    #[command(flatten)]
    pub what: What,
    /// In buckets of this length from midnight in Viet Nam, 1s to 366d, such as 1h.
    #[arg(long, value_name = "SPAN")]
    pub every: Option<Span>,
    /// Times in UTC instead of UTC+7.
    #[arg(long)]
    pub utc: bool,
    /// How. Default: as the file's name ends, else csv.
    #[arg(long, value_enum)]
    pub format: Option<FormatName>,
    /// From where, and where to.
    #[command(flatten)]
    pub ways: Ways,
}

/// `quantrac report`.
#[derive(Debug, Clone, Args)]
pub struct Report {
    /// Which.
    #[arg(value_enum)]
    pub kind: ReportKind,
    /// A month (2025-11) or a year (2025) of Viet Nam; a book needs it, others take it for --from and --to.
    #[arg(long, value_name = "PERIOD", conflicts_with_all = ["from", "to"])]
    pub period: Option<Period>,
    /// Which series and time.
    #[command(flatten)]
    pub what: What,
    /// How. Default: as the file's name ends, else text.
    #[arg(long, value_enum)]
    pub format: Option<StyleName>,
    /// Language of text.
    #[arg(long, value_enum, default_value = "vi")]
    pub lang: LanguageName,
    /// From where, and where to.
    #[command(flatten)]
    pub ways: Ways,
}

/// Which series and time. What is not named is not restricted.
#[derive(Debug, Clone, Args)]
pub struct What {
    /// Only these stations or basins, joined by commas.
    #[arg(long, value_name = "ID", value_delimiter = ',')]
    pub station: Vec<StationId>,
    /// Only these parameters, joined by commas.
    #[arg(long, value_name = "ID", value_delimiter = ',')]
    pub parameter: Vec<ParameterId>,
    /// Only these sensors, joined by commas.
    #[arg(long, value_name = "ID", value_delimiter = ',')]
    pub sensor: Vec<SensorId>,
    /// Only these series by number, as in /api/v1/series, joined by commas.
    #[arg(long, value_name = "N", value_delimiter = ',')]
    pub series: Vec<u32>,
    /// From this instant, inclusive, such as 2025-11-01T00:00:00+07:00. Default: thirty days before --to.
    #[arg(long, value_name = "TIME")]
    pub from: Option<Time>,
    /// Until this instant, exclusive. Default: now; of an exercise the time of its last arrival.
    #[arg(long, value_name = "TIME")]
    pub to: Option<Time>,
}

/// From where, and where to.
#[derive(Debug, Clone, Args)]
pub struct Ways {
    /// Where the ledger is; a server may be running on it.
    #[command(flatten)]
    pub data: Data,
    /// Settings of the installation, to ask its history server ([history]) for what the ledger does not keep any more.
    #[arg(long, value_name = "FILE")]
    pub settings: Option<PathBuf>,
    /// Folder of a configuration pack. Default: the one that was last in force, which the ledger has.
    #[arg(long, value_name = "DIR")]
    pub config: Option<PathBuf>,
    /// A file that does not exist yet. Default: standard output.
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
    /// CSV begins with a byte order mark, so that Excel shows Vietnamese names right.
    #[arg(long)]
    pub bom: bool,
}

/// How an export is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum FormatName {
    /// Comma-separated, with lines of comment.
    Csv,
    /// Apache Parquet.
    Parquet,
    /// One JSON object.
    Json,
}

/// Which report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ReportKind {
    /// Means, extremes, sums and completeness of each day and month, and of the year.
    Book,
    /// Flood events: start, peak, rate, time above each alarm level, warnings.
    Floods,
    /// The most rain in 10 minutes to 3 days.
    Rain,
    /// What came of what was expected, and the longest gap.
    Availability,
}

/// How a report is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum StyleName {
    /// Tables for people.
    Text,
    /// Comma-separated, with lines of comment.
    Csv,
    /// One JSON object.
    Json,
}

/// Language of a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum LanguageName {
    /// Vietnamese.
    Vi,
    /// English.
    En,
}

impl What {
    /// The series that are meant.
    #[must_use]
    pub fn choice(&self) -> Choice {
        Choice {
            series: self.series.clone(),
            stations: self.station.clone(),
            parameters: self.parameter.clone(),
            sensors: self.sensor.clone(),
        }
    }
}

impl Ways {
    /// The value that the ending of the file's name stands for.
    pub(crate) fn ending<T: ValueEnum>(&self) -> Option<T> {
        T::from_str(self.out.as_ref()?.extension()?.to_str()?, true).ok()
    }
}

impl From<FormatName> for Format {
    fn from(name: FormatName) -> Self {
        match name {
            FormatName::Csv => Self::Csv,
            FormatName::Parquet => Self::Parquet,
            FormatName::Json => Self::Json,
        }
    }
}

impl From<LanguageName> for Language {
    fn from(name: LanguageName) -> Self {
        match name {
            LanguageName::Vi => Self::Vietnamese,
            LanguageName::En => Self::English,
        }
    }
}

impl ReportKind {
    /// Its name in addresses.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Book => "book",
            Self::Floods => "floods",
            Self::Rain => "rain",
            Self::Availability => "availability",
        }
    }
}
