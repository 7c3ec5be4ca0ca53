//! The whole board as it was known at an instant.

use axum::Json;
use domain::{AlarmRecord, ParameterId, SeriesKey, StationHealth, Time};
use serde::{Deserialize, Serialize};
use store::{Board, NewestReading};
use utoipa::{IntoParams, ToSchema};

use crate::access::{Access, Reading};
use crate::in_force::WarningLine;
use crate::input::{Ask, time};
use crate::live::{Latest, LatestItem};
use crate::openapi::words;
use crate::problem::{Kind, Problem};
use crate::public;

/// Most parameters named in one question.
const PARAMETERS: usize = 40;
/// Most warnings open at once that are told.
const WARNINGS: usize = 500;

/// Which instant, and what of it.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct BoardQuery {
    /// As it was known at this instant: what came later is left out. Default now.
    #[serde(default, deserialize_with = "time")]
    #[param(value_type = Option<String>, format = DateTime)]
    known_at: Option<Time>,
    /// Only readings of these parameters, such as `water_level,rain_1h`. Default all.
    parameters: Option<String>,
}

/// How everything stood, as it was known then.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct BoardView {
    #[schema(value_type = String, format = DateTime)]
    known_at: Time,
    /// The last arrival that was known.
    seq: u64,
    /// The arrival of the configuration that was in force; stations and levels of then are asked for with `at`.
    /// Null = there was none.
    config: Option<u64>,
    /// The newest reading of each series.
    latest: Vec<LatestItem>,
    /// Alarm states by rule and target.
    #[schema(value_type = Vec<words::AlarmRecord>)]
    alarms: Vec<AlarmRecord>,
    /// Warnings that were in force or had a draft that waited; see the list of warnings for what is shown to whom.
    #[schema(value_type = Vec<words::Warning>)]
    warnings: Vec<WarningLine>,
    /// Of each station that was ever heard of. When it was last heard of is as far as the readings asked for tell;
    /// counts and the battery are those of its last change of condition.
    #[schema(value_type = Vec<words::StationHealth>)]
    health: Vec<StationHealth>,
    /// What cannot be said although it was known then; null = nothing.
    incomplete: Option<Lacking>,
}

/// What cannot be said.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Lacking {
    /// Series that had readings then, of which the ledger keeps none of that time any more.
    series: usize,
    /// From then on the ledger has every reading.
    #[schema(value_type = Option<String>, format = DateTime)]
    kept_from: Option<Time>,
    /// Alarm states are worked out of their changes: what did not change them, such as that a station fell silent,
    /// is not in them.
    alarms_from_changes: bool,
}

/// How everything stood at an instant, as it was known then.
#[utoipa::path(get, path = "/api/v1/board", tag = "past", params(BoardQuery),
    responses((status = 200, body = BoardView)))]
pub(crate) async fn board(
    access: Access<Reading>,
    Ask(query): Ask<BoardQuery>,
) -> Result<Json<BoardView>, Problem> {
    let wanted = parameters(query.parameters.as_deref())?;
    let known_at = query.known_at.unwrap_or_else(|| access.app().parts.ledger.now());
    let signed_in = access.signed_in();
    let (board, warnings) = access
        .read(move |reader| {
            let known = reader.last_arrival_at(known_at)?;
            let takes = |key: &SeriesKey| {
                wanted.as_ref().is_none_or(|wanted| wanted.contains(&key.parameter))
            };
            let board = reader.board(known, takes)?;
            let warnings = reader.warnings_known(known, true, !signed_in, None, WARNINGS)?;
            let lines = warnings.into_iter().map(|one| WarningLine::known(reader, one, known));
            Ok((board, lines.collect::<Result<Vec<_>, _>>()?))
        })
        .await?;
    let pack = (access.app().parts.pack)();
    let incomplete = lacking(&board);
    let Board { seq, config, newest, alarms, health, .. } = board;
    let ids: Vec<_> = newest.iter().map(|one| one.series).collect();
    let then =
        newest.into_iter().map(|NewestReading { series, key, reading }| (series, key, reading));
    let then: Latest = then.collect();
    let latest = ids.into_iter().filter_map(|id| then.item(id, &pack)).collect();
    let warnings = match signed_in {
        true => warnings,
        false => warnings.into_iter().filter_map(public::line_of).collect(),
    };
    let health = health.into_iter().map(|one| public::health(one, signed_in)).collect();
    Ok(Json(BoardView { known_at, seq, config, latest, alarms, warnings, health, incomplete }))
}

fn parameters(text: Option<&str>) -> Result<Option<Vec<ParameterId>>, Problem> {
    let Some(text) = text else { return Ok(None) };
    let refuse = |detail: String| Problem::new(Kind::Malformed, detail);
    let named = text.split(',').map(|name| name.trim().parse::<ParameterId>());
    let named: Vec<_> =
        named.collect::<Result<_, _>>().map_err(|error| refuse(format!("parameters: {error}")))?;
    if named.len() > PARAMETERS {
        return Err(refuse(format!("parameters: name at most {PARAMETERS}")));
    }
    Ok(Some(named))
}

fn lacking(board: &Board) -> Option<Lacking> {
    let Board { dropped: series, kept_from, alarms_from_changes, .. } = *board;
    let lacks = series > 0 || alarms_from_changes;
    lacks.then_some(Lacking { series, kept_from, alarms_from_changes })
}
