//! A work list: stretches of readings that the checks doubt, and what people said of them.

use axum::Json;
use domain::{
    CheckSet, CheckedReading, Origin, ParameterId, QcFlag, SeriesId, SeriesKey, Span, StationId,
    Time,
};
use serde::{Deserialize, Serialize};
use store::{Reader, StoreError};
use utoipa::{IntoParams, ToSchema};

use crate::access::{Access, SignedIn};
use crate::input::{Ask, time};
use crate::paging::cursor;
use crate::problem::{Kind, Problem};

/// Readings looked at for one page.
const LOOKED_AT: usize = 400_000;
/// Most stretches on one page.
const MOST: usize = 1_000;
/// Most readings of one series in the range; what is beyond is not looked at.
const OF_ONE: usize = 100_000;
/// What is shown when no `from` is given.
const DEFAULT_RANGE: Span = Span::days(3);
const LONGEST: Span = Span::days(62);

/// Readings one after the other, with none between them, that the checks doubt or a person judged in the same way.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub(crate) struct Doubt {
    series: u32,
    #[schema(value_type = String)]
    station: StationId,
    #[schema(value_type = String)]
    parameter: ParameterId,
    sensor: String,
    /// The first of them.
    #[schema(value_type = String, format = DateTime)]
    from: Time,
    /// The last.
    #[schema(value_type = String, format = DateTime)]
    to: Time,
    /// How many.
    count: u32,
    /// The worst flag among them.
    flag: u8,
    /// Checks that failed for any of them.
    #[schema(value_type = Vec<String>)]
    failed: Vec<domain::Check>,
    min: Option<f64>,
    max: Option<f64>,
    /// `open` nobody judged them yet; `accepted`, `rejected`, `corrected`.
    state: &'static str,
}

/// A page of the work list.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Doubts {
    /// Those that nobody judged first, of these the newest, of these the worst.
    items: Vec<Doubt>,
    /// Pass it as `cursor` for what other series have; null = all were looked at.
    next: Option<String>,
}

/// Of which time.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
pub(crate) struct DoubtsQuery {
    /// From this instant, inclusive. Default three days before `to`.
    #[serde(deserialize_with = "time")]
    #[param(value_type = Option<String>, format = DateTime)]
    from: Option<Time>,
    /// To this instant, inclusive; at most 62 days after `from`. Default now.
    #[serde(deserialize_with = "time")]
    #[param(value_type = Option<String>, format = DateTime)]
    to: Option<Time>,
    /// Only of this station.
    #[param(value_type = Option<String>)]
    station: Option<StationId>,
    /// Only of this parameter.
    #[param(value_type = Option<String>)]
    parameter: Option<ParameterId>,
    /// Where to go on, from `next` of the page before.
    cursor: Option<String>,
}

/// Doubtful stretches of measured series. A page looks at some series whole; the next page at the others.
#[utoipa::path(get, path = "/api/v1/doubts", tag = "reviews", params(DoubtsQuery),
    responses((status = 200, body = Doubts)))]
pub(crate) async fn list(
    access: Access<SignedIn>,
    Ask(query): Ask<DoubtsQuery>,
) -> Result<Json<Doubts>, Problem> {
    let app = access.app();
    let to = query.to.unwrap_or_else(|| app.parts.ledger.now());
    let from = query.from.unwrap_or(to - DEFAULT_RANGE);
    if to < from || to - from > LONGEST {
        return Err(Problem::new(Kind::Malformed, "ask for at most 62 days, from before to"));
    }
    let first = cursor::<u32>(query.cursor.as_deref())?.unwrap_or(0);
    let wanted = |key: &SeriesKey| {
        query.station.as_ref().is_none_or(|station| *station == key.station)
            && query.parameter.as_ref().is_none_or(|parameter| *parameter == key.parameter)
    };
    let rows = app.live.latest.rows(first, usize::MAX, wanted);
    let measured = rows.into_iter().filter_map(|(id, row)| {
        let last = row.last?;
        // What was last observed before the range, or is worked out, has nothing to be judged in it.
        (last.origin != Origin::Derived && last.observed_at >= from).then_some((id, row.key))
    });
    let series: Vec<_> = measured.collect();
    let work = move |reader: &Reader| doubts(reader, &series, (from, to));
    let (mut items, next) = access.read(work).await?;
    items.sort_by_key(|one| std::cmp::Reverse(rank(one)));
    Ok(Json(Doubts { items, next: next.map(|id| id.0.to_string()) }))
}

fn rank(doubt: &Doubt) -> (bool, Time, u8, u32) {
    (doubt.state == "open", doubt.to, doubt.flag, doubt.count)
}

fn doubts(
    reader: &Reader,
    series: &[(SeriesId, SeriesKey)],
    (from, to): (Time, Time),
) -> Result<(Vec<Doubt>, Option<SeriesId>), StoreError> {
    let (mut items, mut seen) = (Vec::new(), 0);
    for (id, key) in series {
        if seen >= LOOKED_AT || items.len() >= MOST {
            return Ok((items, Some(*id)));
        }
        let readings = reader.readings(*id, from, to, OF_ONE)?;
        seen += readings.len();
        stretches(*id, key, &readings, &mut items);
    }
    Ok((items, None))
}

fn stretches(id: SeriesId, key: &SeriesKey, readings: &[CheckedReading], items: &mut Vec<Doubt>) {
    let mut open: Option<(Doubt, CheckSet)> = None;
    for reading in readings {
        let state = state(reading);
        let same = open.as_ref().is_some_and(|(doubt, _)| Some(doubt.state) == state);
        if !same {
            items.extend(open.take().map(done));
        }
        let Some(state) = state else { continue };
        let (doubt, failed) =
            open.get_or_insert_with(|| (start(id, key, reading, state), CheckSet::NONE));
        doubt.to = reading.observed_at;
        doubt.count += 1;
        doubt.flag = doubt.flag.max(reading.verdict.flag.number());
        failed.0 |= reading.verdict.failed.0;
        if let Some(value) = reading.value {
            doubt.min = Some(doubt.min.map_or(value, |least| least.min(value)));
            doubt.max = Some(doubt.max.map_or(value, |most| most.max(value)));
        }
    }
    items.extend(open.map(done));
}

fn start(id: SeriesId, key: &SeriesKey, reading: &CheckedReading, state: &'static str) -> Doubt {
    Doubt {
        series: id.0,
        station: key.station.clone(),
        parameter: key.parameter.clone(),
        sensor: key.sensor.to_string(),
        from: reading.observed_at,
        to: reading.observed_at,
        count: 0,
        flag: 0,
        failed: Vec::new(),
        min: None,
        max: None,
        state,
    }
}

fn done((doubt, failed): (Doubt, CheckSet)) -> Doubt {
    Doubt { failed: failed.iter().collect(), ..doubt }
}

/// `None` = nothing to judge, and nobody did.
fn state(reading: &CheckedReading) -> Option<&'static str> {
    match (reading.origin, reading.verdict.flag) {
        (Origin::Reviewed | Origin::Corrected, QcFlag::Bad) => Some("rejected"),
        (Origin::Corrected, _) => Some("corrected"),
        (Origin::Reviewed, _) => Some("accepted"),
        (_, QcFlag::Suspect | QcFlag::Bad) => Some("open"),
        _ => None,
    }
}
