//! Reports as a file.

use axum::response::Response;
use domain::{ParameterId, SensorId, StationId, Time};
use serde::{Deserialize, Deserializer, de};
use utoipa::IntoParams;

use super::export::{DEFAULT_RANGE, flag, list};
use crate::access::{Access, Reading};
use crate::download;
use crate::input::{Ask, Named, text, time};
use crate::problem::{Problem, ProblemBody};
use crate::study::{Choice, Kind, Language, Period, Prepared, Report, Style};

/// Which series and time.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
pub(crate) struct ReportQuery {
    /// A month (`2025-11`) or a year (`2025`) of Viet Nam; a `book` needs it, others take it for `from` and `to`.
    #[serde(deserialize_with = "text")]
    #[param(value_type = Option<String>)]
    period: Option<Period>,
    /// From this instant, inclusive. Default thirty days before `to`.
    #[serde(deserialize_with = "time")]
    #[param(value_type = Option<String>, format = DateTime)]
    from: Option<Time>,
    /// Until this instant. Default now.
    #[serde(deserialize_with = "time")]
    #[param(value_type = Option<String>, format = DateTime)]
    to: Option<Time>,
    /// Only these series: numbers, joined by commas.
    #[serde(deserialize_with = "list")]
    #[param(value_type = Option<String>)]
    series: Vec<u32>,
    /// Only of these stations: names, joined by commas.
    #[serde(deserialize_with = "list")]
    #[param(value_type = Option<String>)]
    station: Vec<StationId>,
    /// Only of these parameters: names, joined by commas. Default what the stations measure.
    #[serde(deserialize_with = "list")]
    #[param(value_type = Option<String>)]
    parameter: Vec<ParameterId>,
    /// Only of these sensors: names, joined by commas.
    #[serde(deserialize_with = "list")]
    #[param(value_type = Option<String>)]
    sensor: Vec<SensorId>,
    /// `json` (default), `csv` or `text`.
    #[serde(deserialize_with = "form")]
    #[param(value_type = Option<String>)]
    format: Option<Form>,
    /// Language of `text`: `vi` (default) or `en`.
    #[serde(deserialize_with = "language")]
    #[param(value_type = Option<String>)]
    lang: Language,
    /// `1` = CSV begins with a byte order mark, so that Excel shows Vietnamese names right.
    #[serde(deserialize_with = "flag")]
    bom: bool,
}

/// How a report is written.
#[derive(Debug, Clone, Copy)]
enum Form {
    Json,
    Csv,
    Text,
}

fn form<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Form>, D::Error> {
    match String::deserialize(deserializer)?.as_str() {
        "json" => Ok(Some(Form::Json)),
        "csv" => Ok(Some(Form::Csv)),
        "text" => Ok(Some(Form::Text)),
        _ => Err(de::Error::custom("format is json, csv or text")),
    }
}

fn language<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Language, D::Error> {
    match String::deserialize(deserializer)?.as_str() {
        "vi" => Ok(Language::Vietnamese),
        "en" => Ok(Language::English),
        _ => Err(de::Error::custom("lang is vi or en")),
    }
}

/// A report: the `book` of a month or a year, `floods`, maxima of `rain` per duration, `availability` of stations.
/// Completeness stands beside each number; bad and missing values count nowhere, suspect ones are counted and stated.
/// Rows have the columns of the CSV as keys. `about.incomplete` says what could not be had from the history server.
#[utoipa::path(get, path = "/api/v1/reports/{kind}", tag = "readings",
    params(("kind" = String, Path), ReportQuery),
    responses(
        (status = 200, description = "the report", content(
            (String = "application/json"),
            (String = "text/csv"),
            (String = "text/plain"),
        )),
        (status = 404, description = "no such report, station or parameter", body = ProblemBody, content_type = "application/problem+json"),
        (status = 503, description = "others export now", body = ProblemBody, content_type = "application/problem+json"),
    ))]
pub(crate) async fn report(
    access: Access<Reading>,
    Named(kind): Named<String>,
    Ask(query): Ask<ReportQuery>,
) -> Result<Response, Problem> {
    let app = access.app();
    let now = app.parts.ledger.now();
    let kind = Kind::named(&kind, query.period)?;
    let to = query.period.map(Period::to).or(query.to).unwrap_or(now);
    let from = query.period.map(Period::from).or(query.from).unwrap_or(to - DEFAULT_RANGE);
    let (style, content) = match query.format.unwrap_or(Form::Json) {
        Form::Json => (Style::Json, "application/json"),
        Form::Csv => (Style::Csv, "text/csv; charset=utf-8"),
        Form::Text => (Style::Screen(query.lang), "text/plain; charset=utf-8"),
    };
    let choice = Choice {
        series: query.series,
        stations: query.station,
        parameters: query.parameter,
        sensors: query.sensor,
    };
    let bom = query.bom;
    let asked = Report { kind, choice, from, to, known_until: now, style, bom };
    let (pack, realm) = ((app.parts.pack)(), app.parts.realm);
    let prepared: Prepared =
        access.read(move |reader| Ok(asked.plan(reader, &pack, realm))).await??;
    let place = download::find_place(&access)?;
    let prepared = prepared.joined(app.parts.history.archive.clone()).await;
    let name = prepared.file_name();
    Ok(download::send(place, app.stop.clone(), content, &name, move |out| prepared.write(out)))
}
