//! All versions of readings: who gave which value when, and why.

use std::collections::{BTreeMap, BTreeSet};

use axum::Json;
use domain::{Check, CheckedReading, Decision, Origin, SeriesId, SeriesKey, Span, Time};
use serde::{Deserialize, Serialize};
use store::{Reader, ReviewFilter, ReviewRecord, StoreError};
use utoipa::{IntoParams, ToSchema};

use crate::access::{Access, SignedIn};
use crate::input::{Ask, Named, time};
use crate::paging::{Page, cursor, limit};
use crate::problem::{Kind, Problem};

/// The longest range of one answer.
const LONGEST: Span = Span::days(31);
/// Reviews looked at for one answer.
const REVIEWS: usize = 1_000;

/// A reading with all its versions.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Versions {
    #[schema(value_type = String, format = DateTime)]
    observed_at: Time,
    /// In order of arrival; the last one holds.
    versions: Vec<Version>,
}

/// One version of a reading.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Version {
    /// The arrival that brought it.
    seq: u64,
    /// When that was received.
    #[schema(value_type = Option<String>, format = DateTime)]
    received_at: Option<Time>,
    value: Option<f64>,
    /// QARTOD flag: 1 good, 2 not evaluated, 3 suspect, 4 bad, 9 missing.
    flag: u8,
    /// Checks that failed.
    #[schema(value_type = Vec<String>)]
    failed: Vec<Check>,
    /// Came after newer values.
    late: bool,
    /// `measured` the first; `sent` another value of the station; `checked` the checks judged anew; `derived` worked
    /// out again; `accept`, `reject`, `correct` a person.
    how: &'static str,
    /// The person.
    #[serde(skip_serializing_if = "Option::is_none")]
    who: Option<String>,
    /// What they gave as the reason.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
}

/// Of which time.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
pub(crate) struct VersionsQuery {
    /// From this instant, inclusive. Default a day before `to`.
    #[serde(deserialize_with = "time")]
    #[param(value_type = Option<String>, format = DateTime)]
    from: Option<Time>,
    /// To this instant, inclusive; at most 31 days after `from`. Default now.
    #[serde(deserialize_with = "time")]
    #[param(value_type = Option<String>, format = DateTime)]
    to: Option<Time>,
    /// Readings on a page, 1 to 5000. Default 1000.
    limit: Option<usize>,
    /// Where to go on, from `next` of the page before.
    cursor: Option<String>,
}

/// Versions of the readings of a series, as far as the ledger keeps them.
#[utoipa::path(get, path = "/api/v1/series/{id}/versions", tag = "reviews",
    params(("id" = u32, Path), VersionsQuery),
    responses((status = 200, body = Page<Versions>), (status = 404)))]
pub(crate) async fn list(
    access: Access<SignedIn>,
    Named(id): Named<u32>,
    Ask(query): Ask<VersionsQuery>,
) -> Result<Json<Page<Versions>>, Problem> {
    let app = access.app();
    let series = SeriesId(id);
    let row = app.live.latest.row(series).ok_or_else(|| Problem::no_such("series", id))?;
    let limit = limit(query.limit, 1_000, 5_000)?;
    let to = query.to.unwrap_or_else(|| app.parts.ledger.now());
    let from = query.from.unwrap_or(to - Span::days(1));
    if to < from || to - from > LONGEST {
        return Err(Problem::new(Kind::Malformed, "ask for at most 31 days, from before to"));
    }
    let next = cursor::<i64>(query.cursor.as_deref())?.map(Time::from_millis);
    let from = next.unwrap_or(from).max(from);
    let key = row.key;
    let work = move |reader: &Reader| versions(reader, series, &key, (from, to), limit);
    Ok(Json(access.read(work).await?))
}

fn versions(
    reader: &Reader,
    series: SeriesId,
    key: &SeriesKey,
    (from, to): (Time, Time),
    limit: usize,
) -> Result<Page<Versions>, StoreError> {
    let mut by_time: BTreeMap<Time, Vec<(u64, CheckedReading)>> = BTreeMap::new();
    for (seq, reading) in reader.versions(series, from, to, None)? {
        by_time.entry(reading.observed_at).or_default().push((seq, reading));
    }
    let filter = ReviewFilter {
        station: Some(key.station.clone()),
        parameter: Some(key.parameter.clone()),
        sensor: Some(key.sensor.clone()),
        from: Some(from),
        to: Some(to),
    };
    let reviews = reader.reviews(&filter, u64::MAX, REVIEWS)?;
    let next = by_time.keys().nth(limit).map(|at| at.millis().to_string());
    let shown: Vec<_> = by_time.into_iter().take(limit).collect();
    let seqs: BTreeSet<u64> = shown.iter().flat_map(|(_, all)| all).map(|(seq, _)| *seq).collect();
    let received = reader.received(seqs)?;
    let items = shown.into_iter().map(|(observed_at, all)| {
        let mut before: Option<CheckedReading> = None;
        let version = |(seq, reading): (u64, CheckedReading)| {
            let review = reading.origin.by_person().then(|| said(&reviews, seq, observed_at));
            let review = review.flatten();
            let how = how(&reading, before.replace(reading).as_ref(), review);
            Version {
                seq,
                received_at: received.get(&seq).copied(),
                value: reading.value,
                flag: reading.verdict.flag.number(),
                failed: reading.verdict.failed.iter().collect(),
                late: reading.late,
                how,
                who: review.map(|review| review.who.clone()),
                reason: review.map(|review| review.reason.clone()),
            }
        };
        Versions { observed_at, versions: all.into_iter().map(version).collect() }
    });
    Ok(Page { items: items.collect(), next })
}

/// The review that a version comes from: its own arrival, or the newest before it when it was only stated again.
fn said(reviews: &[ReviewRecord], seq: u64, at: Time) -> Option<&ReviewRecord> {
    reviews.iter().find(|review| review.seq <= seq && review.from <= at && at <= review.to)
}

fn how(
    reading: &CheckedReading,
    before: Option<&CheckedReading>,
    review: Option<&ReviewRecord>,
) -> &'static str {
    match (reading.origin, before) {
        (Origin::Reviewed | Origin::Corrected, _) => {
            review.map_or(Decision::Correct, |review| review.decision).name()
        }
        (Origin::Derived, _) => "derived",
        (_, None) => "measured",
        (_, Some(before)) if before.value == reading.value => "checked",
        (_, Some(_)) => "sent",
    }
}
