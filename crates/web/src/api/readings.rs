//! Readings of one series.

use axum::Json;
use domain::bucket::{Bucket, Buckets, Method};
use domain::{CheckedReading, ParameterId, SeriesId, Span, StationId, Time};
use serde::{Deserialize, Serialize};
use store::Reader;
use utoipa::{IntoParams, ToSchema};

use crate::access::{Access, Reading};
use crate::input::{Ask, Named, text, time};
use crate::paging::{cursor, limit};
use crate::problem::{Kind, Problem};
use crate::series::{Incomplete, Older, Point, Thin, Wanted};

/// Readings looked at for one answer, of those that are remembered until it is given.
const LOOKED_AT: usize = 200_000;
/// The same, of those that are forgotten at once: two years of every minute.
const PASSED_BY: usize = 1_100_000;
/// Readings read at a time.
const AT_ONCE: usize = 10_000;
/// What is shown when no `from` is given.
const DEFAULT_RANGE: Span = Span::days(3);
const HOUR: Span = Span::hours(1);
const DAY: Span = Span::days(1);

/// Readings of a series.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Readings {
    series: u32,
    #[schema(value_type = String)]
    station: StationId,
    #[schema(value_type = String)]
    parameter: ParameterId,
    /// Symbol of the unit.
    unit: &'static str,
    items: Vec<Point>,
    /// Pass it as `cursor` to get the next page; null = this is the last.
    next: Option<String>,
    /// What is missing although it was measured; null = nothing.
    incomplete: Option<Incomplete>,
}

/// Which readings, and how.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
pub(crate) struct ReadingsQuery {
    /// From this instant, inclusive. Default three days before `to`.
    #[serde(deserialize_with = "time")]
    #[param(value_type = Option<String>, format = DateTime)]
    from: Option<Time>,
    /// To this instant, inclusive. Default now.
    #[serde(deserialize_with = "time")]
    #[param(value_type = Option<String>, format = DateTime)]
    to: Option<Time>,
    /// In buckets of this length from midnight in Viet Nam, such as `1h`: mean of states, sum of amounts,
    /// with min, max and count. Bad values do not count.
    #[serde(deserialize_with = "text")]
    #[param(value_type = Option<String>)]
    every: Option<Span>,
    /// Thinned to about so many, 5 to 20000, with every peak kept. Over months that the ledger does not keep any more
    /// the points are hours or days with their min and max.
    points: Option<usize>,
    /// Items on a page, 1 to 20000. Default 5000.
    limit: Option<usize>,
    /// Where to go on, from `next` of the page before.
    cursor: Option<String>,
    /// As it was known at this instant: what came later is left out. Not together with `every`, `points`.
    #[serde(deserialize_with = "time")]
    #[param(value_type = Option<String>, format = DateTime)]
    known_at: Option<Time>,
}

#[derive(Clone, Copy)]
struct Plan {
    series: SeriesId,
    from: Time,
    to: Time,
    limit: usize,
    shape: Shape,
}

#[derive(Clone, Copy)]
enum Shape {
    Raw,
    Known(Time),
    Points(usize),
    Every(Span, Method),
}

/// Readings of a series in order of their time. Gaps stay gaps; bad values are shown with their flag.
#[utoipa::path(get, path = "/api/v1/series/{id}/readings", tag = "readings",
    params(("id" = u32, Path), ReadingsQuery),
    responses((status = 200, body = Readings), (status = 404)))]
pub(crate) async fn list(
    access: Access<Reading>,
    Named(id): Named<u32>,
    Ask(query): Ask<ReadingsQuery>,
) -> Result<Json<Readings>, Problem> {
    let app = access.app();
    let series = SeriesId(id);
    let row = app.live.latest.row(series).ok_or_else(|| Problem::no_such("series", id))?;
    let pack = (app.parts.pack)();
    let parameter = pack.parameters.get(&row.key.parameter);
    let method = parameter.map_or(Method::Mean, Method::of);
    let interval = pack.stations.get(&row.key.station).map(|station| station.interval);
    let plan = plan(series, &query, method, app.parts.ledger.now())?;
    let (from, shape) = (plan.from, plan.shape);
    let mut before = access.read(move |reader| kept(reader, from, shape)).await?;
    let (items, next, incomplete) = loop {
        let plan = if before.is_some() { plan.coarser(method) } else { plan };
        let older = match before {
            Some((kept, known)) => {
                let wanted = plan.wanted(known);
                Older::ask(&app.parts.history, series, &row.key, kept, &wanted).await
            }
            None => Older::default(),
        };
        let incomplete = older.incomplete.clone();
        let reading = move |reader: &Reader| {
            let done = work(reader, &plan, &older, interval);
            Ok((done, kept(reader, from, shape)?))
        };
        let (done, after) = access.read(reading).await?;
        let from_when = |kept: Option<(Time, Option<u64>)>| kept.map(|(at, _)| at);
        if from_when(after) == from_when(before) {
            let (items, next) = done?;
            break (items, next, incomplete);
        }
        // The ledger dropped some of it meanwhile, once a day: that is asked of the history.
        before = after;
    };
    Ok(Json(Readings {
        series: id,
        station: row.key.station,
        parameter: row.key.parameter,
        unit: parameter.map_or("", |parameter| parameter.unit.symbol()),
        items,
        next: next.map(|at| at.millis().to_string()),
        incomplete,
    }))
}

fn plan(
    series: SeriesId,
    query: &ReadingsQuery,
    method: Method,
    now: Time,
) -> Result<Plan, Problem> {
    let refuse = |detail: &'static str| Err(Problem::new(Kind::Malformed, detail));
    let to = query.to.unwrap_or(now);
    let from = query.from.unwrap_or(to - DEFAULT_RANGE);
    let start = cursor::<i64>(query.cursor.as_deref())?.map(Time::from_millis);
    if from > to {
        return refuse("from is after to");
    }
    let shape = match (query.every, query.points, query.known_at) {
        (None, None, None) => Shape::Raw,
        (None, None, Some(at)) => Shape::Known(at),
        (None, Some(points @ 5..=20_000), None) => Shape::Points(points),
        (None, Some(_), None) => return refuse("points is 5 to 20000"),
        (Some(every), None, None) if every >= Span::seconds(1) && every <= Span::days(366) => {
            Shape::Every(every, method)
        }
        (Some(_), None, None) => return refuse("every is 1s to 366d"),
        _ => return refuse("give one of every, points and known_at"),
    };
    // A page that goes on begins where the one before ended.
    let (from, to) = match shape {
        Shape::Every(every, method) => method.inside(from, to, every),
        _ => (from, to),
    };
    let from = start.unwrap_or(from).max(from);
    Ok(Plan { series, from, to, limit: limit(query.limit, 5_000, 20_000)?, shape })
}

/// From when on the ledger has everything, if that is after `from`; with the arrival that was the last at the instant
/// as of which it is asked.
fn kept(
    reader: &Reader,
    from: Time,
    shape: Shape,
) -> Result<Option<(Time, Option<u64>)>, store::StoreError> {
    let Some(kept) = reader.kept_from()?.filter(|kept| from < *kept) else {
        return Ok(None);
    };
    let known = match shape {
        Shape::Known(at) => Some(reader.last_arrival_at(at)?),
        _ => None,
    };
    Ok(Some((kept, known)))
}

/// (points of this page, where the next page begins).
type Answer = (Vec<Point>, Option<Time>);

impl Plan {
    /// The same, with few points of a long time as whole hours or days.
    fn coarser(mut self, method: Method) -> Self {
        let Shape::Points(points) = self.shape else { return self };
        let each = (self.to - self.from).millis() / i64::try_from(points).unwrap_or(i64::MAX);
        let unit = if each > DAY.millis() { DAY } else { HOUR };
        if self.to - self.from > Wanted::LONG && each * 2 > HOUR.millis() {
            self.shape = Shape::Every(unit.times(each / unit.millis() + 1), method);
            self.limit = points;
        }
        self
    }

    fn wanted(&self, known: Option<u64>) -> Wanted {
        let (limit, every) = match self.shape {
            Shape::Raw | Shape::Known(_) => (self.limit + 1, None),
            Shape::Points(_) => (LOOKED_AT, None),
            Shape::Every(every, method) => (LOOKED_AT, Some((every, method))),
        };
        Wanted { from: self.from, to: self.to, limit, known, every }
    }
}

fn work(
    reader: &Reader,
    plan: &Plan,
    older: &Older,
    interval: Option<Span>,
) -> Result<Answer, Problem> {
    let (range, limit) = ((plan.from, plan.to), plan.limit + 1);
    match plan.shape {
        Shape::Raw => Ok(page(older.readings(reader, plan.series, range, limit)?, plan.limit)),
        Shape::Known(at) => {
            let found = reader.readings_known_at(plan.series, range, at, limit, LOOKED_AT)?;
            // What the history has of that time is the newest version there is, so it holds.
            let found = found.ok_or_else(|| too_many(LOOKED_AT))?.into_iter();
            let found = older.with(found.map(|reading| (0, reading)).collect(), range, limit);
            Ok(page(found, plan.limit))
        }
        Shape::Points(points) => {
            let mut thin = Thin::new(range, points);
            walk(reader, plan, older, plan.from, |reading| {
                thin.push(reading);
                false
            })?;
            let kept = thin.finish();
            Ok((kept.iter().map(Point::from).collect(), None))
        }
        Shape::Every(every, method) => {
            let (found, next) = buckets(reader, plan, older, method, every)?;
            let point = |bucket: &Bucket| Point::of_bucket(bucket, every, method, interval);
            Ok((found.iter().map(point).collect(), next))
        }
    }
}

fn too_many(most: usize) -> Problem {
    let detail = format!("more than {most} readings in that range: ask for less time");
    Problem::new(Kind::NotUsable, detail)
}

fn page(mut found: Vec<CheckedReading>, limit: usize) -> Answer {
    let next = found.get(limit).map(|reading| reading.observed_at);
    found.truncate(limit);
    (found.iter().map(Point::from).collect(), next)
}

fn buckets(
    reader: &Reader,
    plan: &Plan,
    older: &Older,
    method: Method,
    every: Span,
) -> Result<(Vec<Bucket>, Option<Time>), Problem> {
    let mut buckets = Buckets::new(every, method);
    let (mut next, mut from) = (None, plan.from);
    if let Some(shorter) = &older.buckets {
        from = method.reach(older.kept(), every).0;
        for bucket in shorter {
            buckets.push_bucket(bucket);
            if buckets.complete() >= plan.limit {
                // An amount at the very beginning belongs to the bucket before.
                let next = method.reach(bucket.start, every).0;
                return Ok((first(buckets, plan.limit), Some(next)));
            }
        }
    }
    walk(reader, plan, older, from, |reading| {
        buckets.push(reading);
        // The bucket after the last one that fits has begun: it starts the next page.
        let full = buckets.complete() >= plan.limit;
        next = full.then_some(reading.observed_at);
        full
    })?;
    Ok((first(buckets, plan.limit), next))
}

fn first(buckets: Buckets, limit: usize) -> Vec<Bucket> {
    let mut found = buckets.finish();
    found.truncate(limit);
    found
}

/// Shows every reading of the range from `from` on, in pieces, until `enough`.
fn walk(
    reader: &Reader,
    plan: &Plan,
    older: &Older,
    from: Time,
    mut enough: impl FnMut(&CheckedReading) -> bool,
) -> Result<(), Problem> {
    if older.is_cut() {
        return Err(too_many(LOOKED_AT));
    }
    let (mut from, mut seen) = (from, 0);
    loop {
        let piece = older.readings(reader, plan.series, (from, plan.to), AT_ONCE)?;
        if piece.iter().any(&mut enough) {
            return Ok(());
        }
        seen += piece.len();
        match piece.last() {
            Some(last) if piece.len() == AT_ONCE => from = last.observed_at + Span::from_millis(1),
            _ => return Ok(()),
        }
        if seen >= PASSED_BY {
            return Err(too_many(PASSED_BY));
        }
    }
}
