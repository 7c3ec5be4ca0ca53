//! Reading what only the history server has any more.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use domain::bucket::Bucket;
use domain::{
    Check, CheckSet, CheckedReading, Origin, QcFlag, Realm, SeriesId, SeriesKey, Span, Time,
    Verdict,
};

use tokio::sync::Semaphore;

use crate::config::HistoryConfig;
use crate::flux::Row;
use crate::influx::{Influx, InfluxError, Token};
use crate::line;

/// Reads the history server. Cheap to clone.
#[derive(Clone)]
pub struct Archive {
    config: Arc<HistoryConfig>,
    realm: Realm,
    token: Token,
    server: Arc<Mutex<Option<Influx>>>,
    asking: Arc<Semaphore>,
}

/// Questions asked at once: a crowd waits here and not in the server.
const AT_ONCE: usize = 4;

/// What stands at one instant of one series: field → value.
type Fields = BTreeMap<String, String>;

impl Archive {
    /// Of the server in the settings. Nothing is asked yet.
    #[must_use]
    pub fn new(config: HistoryConfig, realm: Realm, token: Token) -> Self {
        Self {
            config: Arc::new(config),
            realm,
            token,
            server: Arc::default(),
            asking: Arc::new(Semaphore::new(AT_ONCE)),
        }
    }

    /// Readings of a series in `[from, to]` in order of time with the arrival that brought each, at most `limit`.
    /// The server has the newest version of each instant only.
    ///
    /// # Errors
    /// The server did not answer, or not what was asked.
    pub async fn readings(
        &self,
        series: SeriesId,
        key: &SeriesKey,
        (from, to): (Time, Time),
        limit: usize,
    ) -> Result<Vec<Version>, InfluxError> {
        let points = self.points("raw", "reading", key, (from, to), limit).await?;
        let one = |(at, fields): (&Time, &Fields)| reading(series, *at, fields);
        // Beyond the limit are rows of instants whose other fields were cut off.
        let found: Option<Vec<_>> = points.iter().take(limit).map(one).collect();
        found.ok_or_else(|| not_ours("reading"))
    }

    /// Hours of a series that begin in `[from, to]`, or civil days.
    ///
    /// # Errors
    /// The server did not answer, or not what was asked.
    pub async fn buckets(
        &self,
        key: &SeriesKey,
        (from, to): (Time, Time),
        every: Span,
    ) -> Result<Vec<Bucket>, InfluxError> {
        let name = if every == Span::days(1) { "daily" } else { "hourly" };
        let points = self.points(name, name, key, (from, to), usize::MAX).await?;
        let found: Option<Vec<_>> = points.iter().map(|(at, fields)| bucket(*at, fields)).collect();
        found.ok_or_else(|| not_ours(name))
    }

    async fn points(
        &self,
        kind: &str,
        measurement: &str,
        key: &SeriesKey,
        (from, to): (Time, Time),
        limit: usize,
    ) -> Result<BTreeMap<Time, Fields>, InfluxError> {
        let limit = match limit {
            usize::MAX => String::new(),
            // Per field; where an instant has no value, the values go on further than the rest.
            limit => format!(" |> limit(n: {limit})"),
        };
        // Each field comes as a table of its own: cheaper for the server than to put them side by side.
        let flux = format!(
            "from(bucket: {:?}) |> range(start: {}, stop: {}) |> filter(fn: (r) => r._measurement == {measurement:?} \
             and r.station == {:?} and r.parameter == {:?} and r.sensor == {:?}){limit} \
             |> drop(columns: [\"_start\", \"_stop\", \"_measurement\", \"station\", \"parameter\", \"sensor\"])",
            self.config.bucket(self.realm, kind),
            utc(from),
            utc(to + Span::from_millis(1)),
            key.station.as_str(),
            key.parameter.as_str(),
            key.sensor.as_str(),
        );
        let (mut points, mut odd) = (BTreeMap::<Time, Fields>::new(), false);
        let each = |row: &Row<'_>| {
            let at = row.get("_time").and_then(|text| text.parse().ok());
            match (at, row.get("_field")) {
                (Some(at), Some(field)) => {
                    let value = row.get("_value").unwrap_or_default().to_owned();
                    points.entry(at).or_default().insert(field.to_owned(), value);
                }
                _ => odd = true,
            }
        };
        // Nobody closes it.
        let _turn = self.asking.acquire().await;
        let server = self.server()?;
        let asked = server.query(&flux, each).await;
        if matches!(asked, Err(InfluxError::Unauthorized(_))) {
            *self.server.lock().unwrap_or_else(PoisonError::into_inner) = None;
        }
        asked?;
        if odd { Err(not_ours(measurement)) } else { Ok(points) }
    }

    /// The connection; made anew after the token was refused, for there may be a new one.
    fn server(&self) -> Result<Influx, InfluxError> {
        let mut known = self.server.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(server) = &*known {
            return Ok(server.clone());
        }
        let url = self.config.url.as_deref().unwrap_or_default();
        let server = Influx::new(url, &self.config.org, &self.token, self.config.patience())?;
        *known = Some(server.clone());
        Ok(server)
    }
}

/// A reading with the arrival that brought it.
pub type Version = (u64, CheckedReading);

/// What the server and the ledger have, both in order of time. Where both have an instant, the later arrival holds: a
/// correction may be dropped before the chunk that has what it corrects.
#[must_use]
pub fn join(older: Vec<Version>, own: Vec<Version>) -> Vec<Version> {
    if older.is_empty() {
        return own;
    }
    let mut joined = Vec::with_capacity(older.len() + own.len());
    let mut older = older.into_iter().peekable();
    for version in own {
        let at = version.1.observed_at;
        while let Some(before) = older.next_if(|(_, before)| before.observed_at < at) {
            joined.push(before);
        }
        let same = older.next_if(|(_, same)| same.observed_at == at);
        joined.push(same.filter(|same| same.0 > version.0).unwrap_or(version));
    }
    joined.extend(older);
    joined
}

fn not_ours(measurement: &str) -> InfluxError {
    InfluxError::Refused(format!("its measurement '{measurement}' is not as quantrac writes it"))
}

fn utc(at: Time) -> String {
    // Flux takes an offset as it is written.
    at.to_string()
}

fn reading(series: SeriesId, at: Time, fields: &Fields) -> Option<Version> {
    let failed = CheckSet(whole(fields, "failed")?);
    let review = fields.get("review").and_then(|text| text.parse::<i64>().ok());
    let origin = match (fields.get("derived")?.as_str(), review) {
        ("true", _) => Origin::Derived,
        (_, Some(line::CORRECTED)) => Origin::Corrected,
        (_, Some(line::REVIEWED)) => Origin::Reviewed,
        _ if failed.contains(Check::Clock) => Origin::ReceiveTime,
        _ => Origin::Station,
    };
    let flag = QcFlag::from_number(whole(fields, "flag")?)?;
    let value = fields.get("value").map(|text| text.parse()).transpose().ok()?;
    let reading = CheckedReading {
        series,
        observed_at: at,
        value: value.filter(|_| flag != QcFlag::Missing),
        verdict: Verdict { flag, failed },
        origin,
        completeness: whole(fields, "completeness")?,
        late: fields.get("late")? == "true",
    };
    Some((whole(fields, "version")?, reading))
}

fn bucket(start: Time, fields: &Fields) -> Option<Bucket> {
    let count = whole(fields, "count")?;
    let number = |name: &str, none: f64| match (fields.get(name), count) {
        (Some(text), _) => text.parse().ok(),
        (None, 0) => Some(none),
        (None, _) => None,
    };
    Some(Bucket {
        start,
        sum: number("sum", 0.0)?,
        // Only directions have them.
        north: fields.get("north").map_or(Some(0.0), |text| text.parse().ok())?,
        east: fields.get("east").map_or(Some(0.0), |text| text.parse().ok())?,
        last: number("last", 0.0)?,
        min: number("min", f64::INFINITY)?,
        max: number("max", f64::NEG_INFINITY)?,
        count,
        suspect: whole(fields, "suspect")?,
        flag: whole(fields, "flag")?,
        failed: CheckSet(whole(fields, "failed")?),
        least: whole(fields, "least")?,
        late: fields.get("late")? == "true",
    })
}

fn whole<T: std::str::FromStr>(fields: &Fields, name: &str) -> Option<T> {
    fields.get(name)?.parse().ok()
}
