//! What people say of readings: accepted, rejected, corrected. Every review is an arrival in the journal.

use std::collections::BTreeMap;

use axum::Json;
use domain::{
    ArrivalBody, CheckedReading, Decision, ParameterId, Review, ReviewedPoint, SensorId, SeriesId,
    SeriesKey, StationId, Time,
};
use serde::{Deserialize, Serialize};
use store::{Reader, ReviewFilter, ReviewRecord, StoreError};
use utoipa::{IntoParams, ToSchema};

use super::commands::prose;
use crate::access::{Access, DutyOfficer, SignedIn};
use crate::input::{Ask, Body, time};
use crate::paging::{Page, cursor, limit};
use crate::problem::{Kind, Problem};

/// A review that was carried out.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ReviewView {
    /// Its place in the journal.
    seq: u64,
    /// When it was decided.
    #[schema(value_type = String, format = DateTime)]
    at: Time,
    /// By whom.
    who: String,
    #[schema(value_type = String)]
    station: StationId,
    #[schema(value_type = String)]
    parameter: ParameterId,
    sensor: String,
    /// The first reading that was judged.
    #[schema(value_type = String, format = DateTime)]
    from: Time,
    /// The last.
    #[schema(value_type = String, format = DateTime)]
    to: Time,
    /// `accept`, `reject` or `correct`.
    #[schema(value_type = String)]
    decision: Decision,
    reason: String,
    /// How many readings.
    points: u64,
}

/// Which reviews.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
pub(crate) struct ReviewsQuery {
    /// Only of this station.
    #[param(value_type = Option<String>)]
    station: Option<StationId>,
    /// Only of this parameter.
    #[param(value_type = Option<String>)]
    parameter: Option<ParameterId>,
    /// Only of this sensor.
    #[param(value_type = Option<String>)]
    sensor: Option<SensorId>,
    /// Only of readings at this instant or later.
    #[serde(deserialize_with = "time")]
    #[param(value_type = Option<String>, format = DateTime)]
    from: Option<Time>,
    /// Only of readings at this instant or before.
    #[serde(deserialize_with = "time")]
    #[param(value_type = Option<String>, format = DateTime)]
    to: Option<Time>,
    /// Items on a page, 1 to 500. Default 50.
    limit: Option<usize>,
    /// Where to go on, from `next` of the page before.
    cursor: Option<String>,
}

/// What a person says of the readings of a stretch of one measured series. Derived series follow.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ReviewBody {
    #[schema(value_type = String)]
    station: StationId,
    #[schema(value_type = String)]
    parameter: ParameterId,
    /// Absent = `main`.
    #[schema(value_type = Option<String>)]
    sensor: Option<SensorId>,
    /// The first reading, inclusive.
    #[schema(value_type = String, format = DateTime)]
    from: Time,
    /// The last, inclusive. At most 5000 readings lie between.
    #[schema(value_type = String, format = DateTime)]
    to: Time,
    /// `accept`: they are right. `reject`: they are wrong. `correct`: other values are right.
    #[schema(value_type = String)]
    decision: Decision,
    /// The new values of a correction, one for each reading of the range; in the parameter's unit.
    #[serde(default)]
    values: Vec<NewValue>,
    /// Why; it cannot be empty.
    reason: String,
    /// What was on the screen; when it is something else meanwhile, nothing is done.
    seen: Option<Seen>,
}

/// A new value.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewValue {
    #[schema(value_type = String, format = DateTime)]
    observed_at: Time,
    value: f64,
}

/// What a person saw of a range.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Seen {
    /// How many readings.
    count: usize,
    /// The highest `seq` among their newest versions.
    seq: u64,
}

/// A review that is on disk.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Reviewed {
    /// Its place in the journal.
    seq: u64,
    /// How many readings were judged.
    points: usize,
}

impl From<ReviewRecord> for ReviewView {
    fn from(record: ReviewRecord) -> Self {
        Self {
            seq: record.seq,
            at: record.at,
            who: record.who,
            station: record.series.station,
            parameter: record.series.parameter,
            sensor: record.series.sensor.to_string(),
            from: record.from,
            to: record.to,
            decision: record.decision,
            reason: record.reason,
            points: record.points,
        }
    }
}

/// Reviews, the newest first.
#[utoipa::path(get, path = "/api/v1/reviews", tag = "reviews", params(ReviewsQuery),
    responses((status = 200, body = Page<ReviewView>)))]
pub(crate) async fn list(
    access: Access<SignedIn>,
    Ask(query): Ask<ReviewsQuery>,
) -> Result<Json<Page<ReviewView>>, Problem> {
    let limit = limit(query.limit, 50, 500)?;
    let before = cursor(query.cursor.as_deref())?.unwrap_or(u64::MAX);
    let ReviewsQuery { station, parameter, sensor, from, to, .. } = query;
    let filter = ReviewFilter { station, parameter, sensor, from, to };
    let found = access.read(move |reader| reader.reviews(&filter, before, limit + 1)).await?;
    Ok(Json(Page::cut(found, limit, |record| record.seq.to_string()).map(ReviewView::from)))
}

/// Judges readings. New versions are stored beside what was measured; what is derived and the alarms follow.
#[utoipa::path(post, path = "/api/v1/reviews", tag = "reviews", request_body = ReviewBody,
    responses((status = 200, body = Reviewed),
        (status = 409, description = "a reading is not the one that was seen", body = crate::problem::ProblemBody, content_type = "application/problem+json")))]
pub(crate) async fn review(
    access: Access<DutyOfficer>,
    Body(body): Body<ReviewBody>,
) -> Result<Json<Reviewed>, Problem> {
    prose("reason", &body.reason)?;
    if body.reason.trim().is_empty() {
        return Err(domain::CommandError::ReasonMissing.into());
    }
    let sensor = body.sensor.clone().unwrap_or_else(SensorId::main);
    let key =
        SeriesKey { station: body.station.clone(), parameter: body.parameter.clone(), sensor };
    let (wanted, range) = (key.clone(), (body.from, body.to));
    let found = access.read(move |reader| in_range(reader, &wanted, range)).await?;
    let (id, kept, found) = found;
    if id.is_none() {
        let name = format!("{}/{}/{}", key.station, key.parameter, key.sensor);
        return Err(Problem::no_such("series", name));
    }
    if let Some(kept) = kept.filter(|kept| body.from < *kept) {
        let detail = format!("what was observed before {kept} is kept by the history server only");
        return Err(Problem::new(Kind::NotUsable, detail));
    }
    if let Some(seen) = &body.seen {
        let newest = found.iter().map(|(seq, _)| *seq).max().unwrap_or(0);
        if (found.len(), newest) != (seen.count, seen.seq) {
            let detail = "the readings of that range are others meanwhile: look again, then decide";
            return Err(Problem::new(Kind::Changed, detail));
        }
    }
    let points = points(&body, &found)?;
    let judged = points.len();
    let (decision, reason) = (body.decision, body.reason.trim().to_owned());
    let review = Review { series: key, decision, reason, points };
    if let Some(fault) = review.fault() {
        return Err(Problem::new(Kind::NotUsable, fault));
    }
    let body = ArrivalBody::Review { user: access.signature()?, review };
    let committed = access.app().parts.ledger.submit(body).await?;
    if let Some(done) = committed.command {
        done?;
    }
    Ok(Json(Reviewed { seq: committed.seq, points: judged }))
}

/// (the series, from when on the ledger has all, readings of the range with their arrivals).
type Found = (Option<SeriesId>, Option<Time>, Vec<(u64, CheckedReading)>);

fn in_range(
    reader: &Reader,
    key: &SeriesKey,
    (from, to): (Time, Time),
) -> Result<Found, StoreError> {
    let series = reader.find_series(&key.station, Some(&key.parameter), Some(&key.sensor))?;
    let id = series.first().map(|info| info.id);
    let most = domain::review::MOST_REVIEWED + 1;
    let found = match id {
        Some(id) => reader.numbered_readings(id, from, to, most)?,
        None => Vec::new(),
    };
    Ok((id, reader.kept_from()?, found))
}

fn points(
    body: &ReviewBody,
    found: &[(u64, CheckedReading)],
) -> Result<Vec<ReviewedPoint>, Problem> {
    let mut values: BTreeMap<Time, f64> = BTreeMap::new();
    for new in &body.values {
        values.insert(new.observed_at, new.value);
    }
    let correct = body.decision == Decision::Correct;
    if !correct && !values.is_empty() {
        return Err(Problem::new(Kind::NotUsable, "only a correction has values"));
    }
    let point = |reading: &CheckedReading| ReviewedPoint {
        observed_at: reading.observed_at,
        seen: reading.value,
        flag: reading.verdict.flag,
        failed: reading.verdict.failed,
        value: values.get(&reading.observed_at).copied(),
    };
    let points: Vec<_> = found.iter().map(|(_, reading)| point(reading)).collect();
    if let Some(left) = points.iter().find(|point| correct && point.value.is_none()) {
        let detail = format!("the reading of {} gets no value: give one", left.observed_at);
        return Err(Problem::new(Kind::NotUsable, detail));
    }
    let known = |at: &Time| points.iter().any(|point| point.observed_at == *at);
    if let Some(at) = values.keys().find(|at| !known(at)) {
        let detail = format!("there is no reading of {at} in that range");
        return Err(Problem::new(Kind::NotUsable, detail));
    }
    Ok(points)
}
