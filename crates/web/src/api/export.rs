//! Readings as a file.

use axum::response::Response;
use domain::{ParameterId, SensorId, Span, StationId, Time};
use serde::{Deserialize, Deserializer, de};
use utoipa::IntoParams;

use crate::access::{Access, Reading};
use crate::download;
use crate::input::{Ask, text, time};
use crate::problem::{Kind, Problem, ProblemBody};
use crate::study::{Choice, Export, Format, Planned, Unfit};

/// What is exported when no `from` is given.
pub(super) const DEFAULT_RANGE: Span = Span::days(30);

/// Which series.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
pub(crate) struct ExportQuery {
    /// Only these series: numbers, joined by commas.
    #[serde(deserialize_with = "list")]
    #[param(value_type = Option<String>)]
    series: Vec<u32>,
    /// Only of these stations or basins: names, joined by commas.
    #[serde(deserialize_with = "list")]
    #[param(value_type = Option<String>)]
    station: Vec<StationId>,
    /// Only of these parameters: names, joined by commas.
    #[serde(deserialize_with = "list")]
    #[param(value_type = Option<String>)]
    parameter: Vec<ParameterId>,
    /// Only of these sensors: names, joined by commas.
    #[serde(deserialize_with = "list")]
    #[param(value_type = Option<String>)]
    sensor: Vec<SensorId>,
    /// From this instant, inclusive. Default thirty days before `to`.
    #[serde(deserialize_with = "time")]
    #[param(value_type = Option<String>, format = DateTime)]
    from: Option<Time>,
    /// Until this instant, exclusive, so that exports join without seam. Default now.
    #[serde(deserialize_with = "time")]
    #[param(value_type = Option<String>, format = DateTime)]
    to: Option<Time>,
    /// In buckets of this length from midnight in Viet Nam, 1s to 366d, such as `1h`; an amount belongs to the time that
    /// ends with it, at both ends.
    #[serde(deserialize_with = "text")]
    #[param(value_type = Option<String>)]
    every: Option<Span>,
    /// `csv` (default), `parquet` or `json`.
    #[serde(deserialize_with = "format")]
    #[param(value_type = Option<String>)]
    format: Option<Format>,
    /// Times in UTC instead of UTC+7.
    utc: bool,
    /// `1` = CSV begins with a byte order mark, so that Excel shows Vietnamese names right.
    #[serde(deserialize_with = "flag")]
    bom: bool,
}

/// Names or numbers, joined by commas.
pub(super) fn list<'de, D, T>(deserializer: D) -> Result<Vec<T>, D::Error>
where
    D: Deserializer<'de>,
    T: std::str::FromStr<Err: std::fmt::Display>,
{
    let text = String::deserialize(deserializer)?;
    text.split(',').map(|one| one.trim().parse().map_err(de::Error::custom)).collect()
}

/// `1` or `true`, `0` or `false`.
pub(super) fn flag<'de, D: Deserializer<'de>>(deserializer: D) -> Result<bool, D::Error> {
    match String::deserialize(deserializer)?.as_str() {
        "1" | "true" => Ok(true),
        "0" | "false" => Ok(false),
        _ => Err(de::Error::custom("it is 1 or 0")),
    }
}

fn format<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Format>, D::Error> {
    match String::deserialize(deserializer)?.as_str() {
        "csv" => Ok(Some(Format::Csv)),
        "parquet" => Ok(Some(Format::Parquet)),
        "json" => Ok(Some(Format::Json)),
        _ => Err(de::Error::custom("format is csv, parquet or json")),
    }
}

impl From<Unfit> for Problem {
    fn from(unfit: Unfit) -> Self {
        let kind = match &unfit {
            Unfit::NoSeries(_) | Unfit::NoStation(_) | Unfit::NoParameter(_) => Kind::NotFound,
            Unfit::Nothing | Unfit::NoReport(_) => Kind::NotFound,
            Unfit::Range { .. } | Unfit::Every(_) | Unfit::NoPeriod => Kind::Malformed,
            Unfit::NoRule(_) => Kind::NotUsable,
            Unfit::Store(error) => return Self::internal(error),
        };
        Self::new(kind, unfit.to_string())
    }
}

/// Readings of any series as a file, each in its newest version, by series and time: unit, flag, failed checks,
/// completeness and version beside the value; what they mean and the stations with their validity stand before them.
/// What the ledger does not keep any more comes from the history server; where that cannot be had, `incomplete` says so.
/// The file is sent while it is read. A connection that is cut means that the file is not whole.
#[utoipa::path(get, path = "/api/v1/export", tag = "readings", params(ExportQuery),
    responses(
        (status = 200, description = "the file", content(
            (String = "text/csv"),
            (String = "application/json"),
            (Vec<u8> = "application/vnd.apache.parquet"),
        )),
        (status = 404, description = "no such series, station or parameter", body = ProblemBody, content_type = "application/problem+json"),
        (status = 503, description = "others export now", body = ProblemBody, content_type = "application/problem+json"),
    ))]
pub(crate) async fn export(
    access: Access<Reading>,
    Ask(query): Ask<ExportQuery>,
) -> Result<Response, Problem> {
    let app = access.app();
    let to = query.to.unwrap_or_else(|| app.parts.ledger.now());
    let asked = Export {
        choice: Choice {
            series: query.series,
            stations: query.station,
            parameters: query.parameter,
            sensors: query.sensor,
        },
        from: query.from.unwrap_or(to - DEFAULT_RANGE),
        to,
        every: query.every,
        utc: query.utc,
        format: query.format.unwrap_or(Format::Csv),
        bom: query.bom,
    };
    let (pack, realm) = ((app.parts.pack)(), app.parts.realm);
    let format = asked.format;
    let planned: Planned =
        access.read(move |reader| Ok(asked.plan(reader, &pack, realm))).await??;
    let place = download::find_place(&access)?;
    let planned = planned.joined(app.parts.history.archive.clone()).await;
    let name = planned.file_name();
    Ok(download::send(place, app.stop.clone(), kind(format), &name, move |out| {
        planned.write(out).map(|_| ())
    }))
}

const fn kind(format: Format) -> &'static str {
    match format {
        Format::Csv => "text/csv; charset=utf-8",
        Format::Parquet => "application/vnd.apache.parquet",
        Format::Json => "application/json",
    }
}
