//! Forecasts as people or models hand them in, with what follows from each.

use std::sync::Arc;

use axum::Json;
use domain::forecast::{Facts, LONGEST_REMARK, Mark, prose_fault};
use domain::{
    ArrivalBody, Forecast, ForecastAct, ForecastPoint, ParameterId, Span, StationId, Time,
};
use pack::Pack;
use serde::{Deserialize, Serialize};
use store::{ForecastRecord, WhichForecasts, Withdrawal};
use utoipa::{IntoParams, ToSchema};

use crate::access::{Access, Forecaster, Reading};
use crate::app::Inner;
use crate::input::{Ask, Body, Named, time};
use crate::openapi::words;
use crate::paging::{Page, cursor, limit};
use crate::problem::{Kind, Problem};

/// A forecast that ended longer ago is not among the current ones when no `from` is given.
const DEFAULT_RANGE: Span = Span::days(3);

/// A forecast as it was issued, and what follows from it.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ForecastView {
    /// Its place in the journal, by which it is withdrawn.
    seq: u64,
    #[schema(value_type = String, format = DateTime)]
    received_at: Time,
    /// Who handed it in; only for signed-in people.
    by: Option<String>,
    #[schema(value_type = String)]
    station: StationId,
    #[schema(value_type = String)]
    parameter: ParameterId,
    /// Symbol of the unit.
    unit: &'static str,
    /// Decimals on screen.
    decimals: u8,
    /// Who made it.
    source: String,
    #[schema(value_type = String, format = DateTime)]
    issued_at: Time,
    /// A forecaster stands behind it. Others are shown to signed-in people only.
    refined: bool,
    remark: String,
    #[schema(value_type = Vec<words::ForecastPoint>)]
    points: Vec<ForecastPoint>,
    /// The newest of its source that was not withdrawn.
    current: bool,
    withdrawn: Option<WithdrawalView>,
    #[serde(flatten)]
    #[schema(value_type = words::ForecastFacts)]
    facts: Facts,
}

/// That a forecast must not be used any more.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct WithdrawalView {
    seq: u64,
    #[schema(value_type = String, format = DateTime)]
    at: Time,
    by: String,
    reason: String,
}

/// Which forecasts.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
pub(crate) struct ForecastsQuery {
    /// Only for this station.
    #[param(value_type = Option<String>)]
    station: Option<StationId>,
    /// Only of this parameter.
    #[param(value_type = Option<String>)]
    parameter: Option<ParameterId>,
    /// As they were known at that instant: what came or was withdrawn later does not count.
    #[serde(deserialize_with = "time")]
    #[param(value_type = Option<String>, format = DateTime)]
    known_at: Option<Time>,
    /// That say something of this instant or later. Default three days ago; with `all`, the beginning.
    #[serde(deserialize_with = "time")]
    #[param(value_type = Option<String>, format = DateTime)]
    from: Option<Time>,
    /// Issued at this instant or earlier.
    #[serde(deserialize_with = "time")]
    #[param(value_type = Option<String>, format = DateTime)]
    to: Option<Time>,
    /// Every issue: also those that a later one of the same source replaced, and, for signed-in people, withdrawn
    /// ones.
    all: bool,
    /// Items on a page, 1 to 500. Default 100.
    limit: Option<usize>,
    /// Where to go on, from `next` of the page before.
    cursor: Option<String>,
}

/// Why a forecast is withdrawn.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct WithdrawForecast {
    reason: String,
}

/// Forecasts, the last handed in first: the current one of each source, or every issue. Peak, levels and values at
/// bulletin hours are worked out from the newest reading and the forecast, as of now or of `known_at`.
#[utoipa::path(get, path = "/api/v1/forecasts", tag = "forecasts", params(ForecastsQuery),
    responses((status = 200, body = Page<ForecastView>)))]
pub(crate) async fn list(
    access: Access<Reading>,
    Ask(query): Ask<ForecastsQuery>,
) -> Result<Json<Page<ForecastView>>, Problem> {
    let limit = limit(query.limit, 100, 500)?;
    let before = cursor(query.cursor.as_deref())?.unwrap_or(u64::MAX);
    let now = query.known_at.unwrap_or_else(|| access.app().parts.ledger.now());
    let everything = WhichForecasts::default();
    let which = WhichForecasts {
        from: match query.all {
            false => query.from.unwrap_or(now - DEFAULT_RANGE),
            true => query.from.unwrap_or(everything.from),
        },
        to: query.to.unwrap_or(everything.to),
        station: query.station,
        parameter: query.parameter,
        known_at: query.known_at,
        all: query.all,
        public: !access.signed_in(),
        before,
    };
    let pack = access.pack(query.known_at).await?;
    let found = access.read(move |reader| reader.forecasts(&which, limit + 1)).await?;
    let page = Page::cut(found, limit, |record| record.seq.to_string());
    let teller = Teller {
        pack,
        app: access.app(),
        now,
        then: query.known_at.is_some(),
        staff: access.signed_in(),
    };
    Ok(Json(page.map(|record| teller.view(record))))
}

/// Hands in a forecast. An earlier one of the same source stays and is no longer current; one that was issued
/// before the current one is kept and does not become current.
#[utoipa::path(post, path = "/api/v1/forecasts", tag = "forecasts",
    request_body = inline(words::Forecast),
    responses((status = 200, body = ForecastView), (status = 422, description = "it names what is wrong", body = crate::problem::ProblemBody, content_type = "application/problem+json")))]
pub(crate) async fn issue(
    access: Access<Forecaster>,
    Body(forecast): Body<Forecast>,
) -> Result<Json<ForecastView>, Problem> {
    let pack = access.pack(None).await?;
    // Looked at here too, so that the journal is spared what the processor will refuse.
    let now = access.app().parts.ledger.now();
    if let Some(fault) = pipeline::forecasts::fault(&pack, &forecast, now) {
        return Err(Problem::new(Kind::NotUsable, fault));
    }
    let seq = act(&access, ForecastAct::Issue(forecast)).await?;
    one(&access, seq).await
}

/// Withdraws a forecast: it stays in the history with the reason, and the one before it is current again.
#[utoipa::path(post, path = "/api/v1/forecasts/{seq}/withdraw", tag = "forecasts",
    params(("seq" = u64, Path)), request_body = WithdrawForecast,
    responses((status = 200, body = ForecastView), (status = 404), (status = 409, description = "it was withdrawn already", body = crate::problem::ProblemBody, content_type = "application/problem+json")))]
pub(crate) async fn withdraw(
    access: Access<Forecaster>,
    Named(forecast): Named<u64>,
    Body(WithdrawForecast { reason }): Body<WithdrawForecast>,
) -> Result<Json<ForecastView>, Problem> {
    if let Some(fault) = prose_fault("reason", &reason, LONGEST_REMARK) {
        return Err(Problem::new(Kind::NotUsable, fault));
    }
    if reason.trim().is_empty() {
        return Err(domain::CommandError::ReasonMissing.into());
    }
    let known = access.read(move |reader| reader.forecast(forecast)).await?;
    let known = known.ok_or_else(|| Problem::no_such("forecast", forecast))?;
    if let Some(withdrawn) = &known.withdrawn {
        return Err(withdrawn_already(forecast, withdrawn));
    }
    let seq = act(&access, ForecastAct::Withdraw { forecast, reason }).await?;
    let now = access.read(move |reader| reader.forecast(forecast)).await?;
    match now.and_then(|record| record.withdrawn) {
        Some(withdrawn) if withdrawn.seq != seq => Err(withdrawn_already(forecast, &withdrawn)),
        _ => one(&access, forecast).await,
    }
}

fn withdrawn_already(forecast: u64, withdrawn: &Withdrawal) -> Problem {
    let Withdrawal { at, by, .. } = withdrawn;
    Problem::new(Kind::Changed, format!("forecast {forecast} was withdrawn by {by} at {at}"))
}

/// Journals the act; gives its place.
async fn act(access: &Access<Forecaster>, act: ForecastAct) -> Result<u64, Problem> {
    let body = ArrivalBody::Forecast { user: access.signature()?, act };
    let committed = access.app().parts.ledger.submit(body).await?;
    if let Some(done) = committed.command {
        done?;
    }
    Ok(committed.seq)
}

async fn one(access: &Access<Forecaster>, seq: u64) -> Result<Json<ForecastView>, Problem> {
    let found = access.read(move |reader| reader.forecast(seq)).await?;
    let record = found.ok_or_else(|| Problem::no_such("forecast", seq))?;
    let (pack, app) = (access.pack(None).await?, access.app());
    let teller = Teller { pack, app, now: app.parts.ledger.now(), then: false, staff: true };
    Ok(Json(teller.view(record)))
}

/// Tells of forecasts at one instant.
struct Teller<'a> {
    pack: Arc<Pack>,
    app: &'a Inner,
    now: Time,
    /// The instant is past: what was measured last is not known any more.
    then: bool,
    staff: bool,
}

impl Teller<'_> {
    fn view(&self, record: ForecastRecord) -> ForecastView {
        let ForecastRecord { seq, received_at, by, forecast, current, withdrawn } = record;
        let parameter = self.pack.parameters.get(&forecast.parameter);
        let decimals = parameter.map_or(2, |parameter| parameter.decimals);
        let (station, name) = (forecast.station.as_str(), forecast.parameter.as_str());
        let mark = |level: &pack::StageLevel| Mark {
            level: level.level,
            name: level.name.clone(),
            value: level.value,
        };
        let levels = self.pack.levels_at(station, name, self.now);
        let marks: Vec<_> = levels.into_iter().map(mark).collect();
        let stale_after = self.pack.about.forecast_stale_after;
        let facts = forecast.facts(&marks, self.seen(&forecast), self.now, stale_after, decimals);
        let withdrawn = withdrawn.map(|Withdrawal { seq, at, by, reason }| WithdrawalView {
            seq,
            at,
            by,
            reason,
        });
        ForecastView {
            seq,
            received_at,
            by: self.staff.then_some(by),
            unit: parameter.map_or("", |parameter| parameter.unit.symbol()),
            decimals,
            station: forecast.station,
            parameter: forecast.parameter,
            source: forecast.source,
            issued_at: forecast.issued_at,
            refined: forecast.refined,
            remark: forecast.remark,
            points: forecast.points,
            current,
            withdrawn,
            facts,
        }
    }

    /// The newest reading there of the sensor that is shown, when it can be used.
    fn seen(&self, forecast: &Forecast) -> Option<(Time, f64)> {
        if self.then {
            return None;
        }
        let here = |key: &domain::SeriesKey| {
            key.station == forecast.station && key.parameter == forecast.parameter
        };
        let latest = &self.app.live.latest;
        let rows = latest.rows(0, usize::MAX, here);
        let (_, row) = rows.into_iter().find(|(id, _)| latest.shows(*id, &self.pack))?;
        let last = row.last?;
        Some((last.observed_at, last.usable()?))
    }
}
