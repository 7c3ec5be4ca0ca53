//! What `quantrac simulate` can be asked for.

use std::path::PathBuf;

use anyhow::{Context, Result, anyhow};
use clap::Args;
use domain::{Span, StationId, Time};
use ingest::client::Address;

use super::csv::Mapping;
use super::flood::Flood;

/// `quantrac simulate`.
#[derive(Debug, Clone, Args)]
#[command(group = clap::ArgGroup::new("source").required(true).args(["csv", "scenario", "flood"]))]
pub struct Simulate {
    /// The broker, such as mqtt://127.0.0.1:1883 or mqtts://host.
    #[arg(long, default_value = crate::cli::USUAL_BROKER, value_parser = crate::cli::broker)]
    pub broker: Address,
    /// Secrets of the stations: a file with one `station secret` per line.
    #[arg(long, value_name = "FILE", required_unless_present_any = ["register", "plan_only"])]
    pub credentials: Option<PathBuf>,
    /// Instead: give each station a new secret in the ledger of this data folder first.
    #[arg(long, value_name = "DIR", conflicts_with = "credentials")]
    pub register: Option<PathBuf>,
    /// Send nothing; print what would be sent, one line per message.
    #[arg(long)]
    pub plan_only: bool,

    /// Publish this table.
    #[arg(long, value_name = "FILE", requires = "map")]
    pub csv: Option<PathBuf>,
    /// Heading of the table's column of times.
    #[arg(long, default_value = "time", value_name = "NAME")]
    pub time_column: String,
    /// What times without an offset mean, such as +07:00.
    #[arg(long, default_value = "+07:00", value_name = "OFFSET", value_parser = offset, allow_hyphen_values = true)]
    pub utc_offset: Span,
    /// Which column is what: column=station:parameter[:unit[:sensor]]. May be repeated.
    #[arg(long, value_name = "MAPPING", num_args = 1.., value_parser = mapping)]
    pub map: Vec<Mapping>,
    /// Publish this scenario (a folder with scenario.toml).
    #[arg(long, value_name = "DIR")]
    pub scenario: Option<PathBuf>,
    /// Publish one of the recorded floods.
    #[arg(long, value_enum, requires = "floods")]
    pub flood: Option<Flood>,
    /// Folder of the recorded floods.
    #[arg(long, value_name = "DIR")]
    pub floods: Option<PathBuf>,

    /// Only what was measured from here …
    #[arg(long, value_name = "TIME")]
    pub from: Option<Time>,
    /// … until here.
    #[arg(long, value_name = "TIME")]
    pub to: Option<Time>,
    /// Move all times, so that the first observation happens then (a time, or `now`).
    #[arg(long, value_name = "TIME", value_parser = shift)]
    pub shift_to: Option<Time>,
    /// How many times as fast as it was; 0 = as fast as it is acknowledged, in the order of the times.
    #[arg(long, default_value_t = 0.0, value_name = "N")]
    pub speed: f64,

    /// Share of messages that are lost, 0–1.
    #[arg(long, default_value_t = 0.0, value_name = "P", value_parser = share)]
    pub loss: f64,
    /// Share of messages that are sent twice, 0–1.
    #[arg(long, default_value_t = 0.0, value_name = "P", value_parser = share)]
    pub duplicate: f64,
    /// Share of messages that are overtaken by the next one, 0–1.
    #[arg(long, default_value_t = 0.0, value_name = "P", value_parser = share)]
    pub reorder: f64,
    /// With this share of messages an outage of that length begins, which ends in a burst: 0.01:3h.
    #[arg(long, value_name = "P:SPAN", value_parser = late)]
    pub late: Option<(f64, Span)>,
    /// A clock that is wrong: station=+2h. May be repeated.
    #[arg(long, value_name = "STATION=SPAN", value_parser = clock_error)]
    pub clock_error: Vec<(StationId, Span)>,
    /// Where chance comes from: the same seed gives the same messages.
    #[arg(long, default_value_t = 1, value_name = "N")]
    pub seed: u64,
}

fn mapping(text: &str) -> Result<Mapping> {
    text.parse()
}

fn share(text: &str) -> Result<f64> {
    let share: f64 = text.parse().with_context(|| format!("'{text}' is not a number"))?;
    if !(0.0..=1.0).contains(&share) {
        return Err(anyhow!("{share} is not between 0 and 1"));
    }
    Ok(share)
}

fn late(text: &str) -> Result<(f64, Span)> {
    let form = || anyhow!("'{text}' is not a share and a span such as 0.01:3h");
    let (p, span) = text.split_once(':').ok_or_else(form)?;
    Ok((share(p)?, span.parse()?))
}

fn signed(text: &str) -> Result<Span> {
    let (sign, span) = match text.strip_prefix('-') {
        Some(span) => (-1, span),
        None => (1, text.strip_prefix('+').unwrap_or(text)),
    };
    Ok(span.parse::<Span>()?.times(sign))
}

fn clock_error(text: &str) -> Result<(StationId, Span)> {
    let form = || anyhow!("'{text}' is not a station and an error such as thanh-hoa=+2h");
    let (station, error) = text.split_once('=').ok_or_else(form)?;
    Ok((station.parse()?, signed(error)?))
}

fn offset(text: &str) -> Result<Span> {
    let form = || anyhow!("'{text}' is not an offset such as +07:00");
    let (hours, minutes) = text.split_once(':').ok_or_else(form)?;
    let sign = if hours.starts_with('-') { -1 } else { 1 };
    let hours: i64 = hours.parse().map_err(|_| form())?;
    let minutes: i64 = minutes.parse().map_err(|_| form())?;
    if !(-14..=14).contains(&hours) || !(0..60).contains(&minutes) {
        return Err(form());
    }
    Ok(Span::minutes(hours * 60 + sign * minutes))
}

fn shift(text: &str) -> Result<Time> {
    match text {
        "now" => Ok(store::Clock::now(&crate::clock::SystemClock)),
        _ => Ok(text.parse()?),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn offsets_errors_and_shares_are_read_or_refused() {
        assert_eq!(offset("+07:00").expect("an offset"), Span::hours(7));
        assert_eq!(offset("-03:30").expect("an offset"), Span::minutes(-210));
        assert_eq!(clock_error("a=-90min").expect("an error").1, Span::minutes(-90));
        assert_eq!(late("0.5:3h").expect("late"), (0.5, Span::hours(3)));
        for text in ["7", "+99:00", "+07:61", ""] {
            assert!(offset(text).is_err(), "{text}");
        }
        assert!(share("1.5").is_err() && share("NaN").is_err() && late("0.5").is_err());
    }
}
