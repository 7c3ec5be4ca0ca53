//! The only file that speaks to `InfluxDB`, and the only one that names `influxdb2`.
//!
//! That crate writes, and looks after the buckets. It drops a path of the address (`config` refuses one), waits
//! for ever (each call is inside a time-out), panics on answers it does not understand (each call is caught), and
//! writes points as they are (our own line protocol). What it cannot do safely goes the second way, two endpoints
//! over `reqwest`: questions (it panics on an empty value and on a connection that is cut, and keeps the whole
//! answer in memory), deletions (whole seconds only), and `Retry-After`, which it throws away.

use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use domain::{Span, Time};
use futures::FutureExt as _;
use influxdb2::api::buckets::ListBucketsRequest;
use influxdb2::api::organization::ListOrganizationRequest;
use influxdb2::models::PostBucketRequest;
use influxdb2::models::retention_rule::{RetentionRule, Type};
use tokio::time::timeout;

use crate::config::checked;
use crate::flux::{Row, Rows};

/// The token, asked for at each connection, so that a new one needs no restart. Its error says which is missing.
pub type Token = Arc<dyn Fn() -> Result<String, String> + Send + Sync>;

/// Longest reason kept of what the server says, characters.
const REASON: usize = 500;
/// Seconds of a day.
const DAY_S: i32 = 86_400;

/// Why the server did not do as asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InfluxError {
    /// Nobody answers there, or the connection was cut.
    #[error("InfluxDB is not reached: {0}")]
    Unreachable(String),
    /// It took the connection and did not answer in time.
    #[error("InfluxDB does not answer within {0:?}")]
    Hung(Duration),
    /// The token is missing, wrong, or may not do this.
    #[error("InfluxDB refuses the token: {0}")]
    Unauthorized(String),
    /// There is no such bucket or organisation.
    #[error("InfluxDB has no such bucket or organisation: {0}")]
    NoBucket(String),
    /// It does not take what was sent, whoever sends it.
    #[error("InfluxDB refuses what was sent: {0}")]
    Refused(String),
    /// It wants less, or later.
    #[error("InfluxDB wants fewer requests: {reason}")]
    TooMany {
        /// What it said.
        reason: String,
        /// When to come back, if it said so.
        after: Option<Duration>,
    },
    /// Its disk is full or read-only.
    #[error("InfluxDB cannot store: {0}")]
    Full(String),
    /// Something else is wrong with it.
    #[error("InfluxDB is broken: {0}")]
    ServerError(String),
}

/// The two ways to the server.
#[derive(Clone)]
pub struct Influx {
    writing: influxdb2::Client,
    asking: reqwest::Client,
    url: reqwest::Url,
    org: String,
    token: String,
    patience: Duration,
    clock: ItsClock,
}

/// What the server's clock showed when it answered last: its retention goes by that one, and neither needs to be
/// right.
#[derive(Clone, Default)]
struct ItsClock(Arc<Mutex<Option<(Instant, Time)>>>);

impl Influx {
    /// Makes the two ways; speaks to nobody yet.
    ///
    /// # Errors
    /// The address or the token cannot be used.
    pub fn new(
        url: &str,
        org: &str,
        token: &Token,
        patience: Duration,
    ) -> Result<Self, InfluxError> {
        let url = checked(url).map_err(InfluxError::Unreachable)?;
        let token = token().map_err(InfluxError::Unauthorized)?;
        if !token.bytes().all(|byte| byte.is_ascii_graphic()) {
            let reason = "it has spaces or other signs that no token has";
            return Err(InfluxError::Unauthorized(reason.to_owned()));
        }
        let asking = reqwest::Client::builder().connect_timeout(patience).build();
        let asking = asking.map_err(|error| InfluxError::Unreachable(error.to_string()))?;
        let base = url.as_str().trim_end_matches('/').to_owned();
        let (organisation, secret) = (org.to_owned(), token.clone());
        let make = move || influxdb2::ClientBuilder::new(base, organisation, secret).build();
        let writing = std::panic::catch_unwind(make)
            .map_err(|_| InfluxError::Unreachable("the address is not understood".to_owned()))?
            .map_err(|error| InfluxError::Unreachable(error.to_string()))?;
        let (org, clock) = (org.to_owned(), ItsClock::default());
        Ok(Self { writing, asking, url, org, token, patience, clock })
    }

    /// Writes lines (nanoseconds) into a bucket. The last of equal points wins.
    ///
    /// # Errors
    /// As the kinds say. After [`InfluxError::Refused`] some lines may have been taken.
    pub async fn write(&self, bucket: &str, lines: String) -> Result<(), InfluxError> {
        let written = self.guard(self.writing.write_line_protocol(&self.org, bucket, lines)).await;
        match written {
            Err(InfluxError::TooMany { reason, .. }) => {
                let after = self.retry_after(bucket).await;
                Err(InfluxError::TooMany { reason, after })
            }
            other => other,
        }
    }

    /// Takes the points of one instant away, where the predicate says so.
    ///
    /// # Errors
    /// As the kinds say.
    pub async fn delete(&self, bucket: &str, at: Time, predicate: &str) -> Result<(), InfluxError> {
        // Both ends belong to the range.
        let at = at.to_string();
        let body = serde_json::json!({"start": at, "stop": at, "predicate": predicate});
        let request = self.post("/api/v2/delete").query(&[("bucket", bucket), ("org", &self.org)]);
        self.ask(request.body(body.to_string())).await.map(drop)
    }

    /// Asks in Flux and gives each row as it comes; a row is gone afterwards, so memory stays small.
    ///
    /// # Errors
    /// As the kinds say; what was given before stays given.
    pub async fn query(
        &self,
        flux: &str,
        mut each: impl FnMut(&Row<'_>) + Send,
    ) -> Result<(), InfluxError> {
        let body = serde_json::json!({
            "query": flux, "type": "flux",
            "dialect": {"header": true, "annotations": ["datatype"], "delimiter": ","},
        });
        let request = self.post("/api/v2/query").query(&[("org", &self.org)]);
        let mut answer = self.ask(request.body(body.to_string())).await?;
        let mut rows = Rows::default();
        loop {
            let chunk = timeout(self.patience, answer.chunk()).await;
            let chunk = chunk.map_err(|_| InfluxError::Hung(self.patience))?.map_err(of_reqwest)?;
            let Some(bytes) = chunk else { break };
            rows.take(&bytes, &mut each).map_err(InfluxError::Refused)?;
        }
        rows.end(&mut each).map_err(InfluxError::Refused)
    }

    /// What the server's clock shows; what ours does, before it was asked anything.
    pub(crate) fn now(&self) -> Time {
        self.clock.now().unwrap_or_else(|| time(SystemTime::now()))
    }

    /// Makes those of the buckets (name, days kept, 0 = for ever) that are missing. Gives their ids in the same
    /// order, and which had to be made.
    ///
    /// # Errors
    /// As the kinds say: the token may be one that cannot look at buckets or make them.
    pub async fn ensure(
        &self,
        buckets: &[(String, u32)],
    ) -> Result<Vec<(String, bool)>, InfluxError> {
        let mut ids = Vec::new();
        for (name, days) in buckets {
            let (id, made) = match self.bucket(name).await? {
                Some(id) => (id, false),
                None => {
                    match self.create(name, *days).await {
                        // The relay and the summaries begin at the same time.
                        Err(InfluxError::Refused(reason)) if reason.contains("already exists") => {}
                        made => made?,
                    }
                    let lost = || {
                        InfluxError::NoBucket(format!("'{name}' is not there though it was made"))
                    };
                    (self.bucket(name).await?.ok_or_else(lost)?, true)
                }
            };
            ids.push((id, made));
        }
        Ok(ids)
    }

    async fn bucket(&self, name: &str) -> Result<Option<String>, InfluxError> {
        let (name, org) = (Some(name.to_owned()), Some(self.org.clone()));
        let request = ListBucketsRequest { name, org, ..ListBucketsRequest::default() };
        match self.guard(self.writing.list_buckets(Some(request))).await {
            Ok(found) => Ok(found.buckets.into_iter().find_map(|bucket| bucket.id)),
            Err(InfluxError::NoBucket(reason)) if reason.contains("bucket") => Ok(None),
            Err(error) => Err(error),
        }
    }

    async fn create(&self, name: &str, days: u32) -> Result<(), InfluxError> {
        let asked = ListOrganizationRequest {
            org: Some(self.org.clone()),
            descending: None,
            limit: None,
            offset: None,
            org_id: None,
            user_id: None,
        };
        let found = self.guard(self.writing.list_organizations(asked)).await?;
        let org = found.orgs.into_iter().find(|org| org.name == self.org).and_then(|org| org.id);
        let org =
            org.ok_or_else(|| InfluxError::NoBucket(format!("no organisation '{}'", self.org)))?;
        let seconds = i32::try_from(days).unwrap_or(i32::MAX).saturating_mul(DAY_S);
        let keeps = (days > 0).then(|| RetentionRule::new(Type::Expire, seconds));
        let retention_rules = keeps.into_iter().collect();
        let request =
            PostBucketRequest { retention_rules, ..PostBucketRequest::new(org, name.to_owned()) };
        self.guard(self.writing.create_bucket(Some(request))).await?;
        tracing::info!(bucket = name, days, "a bucket was made in InfluxDB");
        Ok(())
    }

    /// Waits not for ever, and turns a panic into an error.
    async fn guard<T>(
        &self,
        call: impl Future<Output = Result<T, influxdb2::RequestError>>,
    ) -> Result<T, InfluxError> {
        match timeout(self.patience, AssertUnwindSafe(call).catch_unwind()).await {
            Err(_) => Err(InfluxError::Hung(self.patience)),
            Ok(Err(_)) => Err(InfluxError::ServerError("its answer is not understood".to_owned())),
            Ok(Ok(done)) => done.map_err(of_crate),
        }
    }

    fn post(&self, path: &str) -> reqwest::RequestBuilder {
        let mut url = self.url.clone();
        url.set_path(path);
        let token = format!("Token {}", self.token);
        self.asking
            .post(url)
            .header("Authorization", token)
            .header("Content-Type", "application/json")
    }

    async fn ask(
        &self,
        request: reqwest::RequestBuilder,
    ) -> Result<reqwest::Response, InfluxError> {
        let hung = |_| InfluxError::Hung(self.patience);
        let answer = timeout(self.patience, request.send()).await.map_err(hung)?;
        let answer = answer.map_err(of_reqwest)?;
        self.clock.hear(&answer);
        if answer.status().is_success() {
            return Ok(answer);
        }
        let (status, after) = (answer.status().as_u16(), after(&answer));
        let text = timeout(self.patience, answer.text()).await.map_err(hung)?;
        Err(kind(status, &text.unwrap_or_default(), after))
    }

    /// An empty write, to hear when to come back.
    async fn retry_after(&self, bucket: &str) -> Option<Duration> {
        let request = self.post("/api/v2/write").query(&[("bucket", bucket), ("org", &self.org)]);
        match self.ask(request.body("")).await {
            Err(InfluxError::TooMany { after, .. }) => after,
            _ => None,
        }
    }
}

impl ItsClock {
    fn hear(&self, answer: &reqwest::Response) {
        let date = answer.headers().get("Date").and_then(|date| date.to_str().ok());
        if let Some(shown) = date.and_then(|date| httpdate::parse_http_date(date).ok()) {
            let heard = (Instant::now(), time(shown));
            *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(heard);
        }
    }

    fn now(&self) -> Option<Time> {
        let (then, shown) = (*self.0.lock().unwrap_or_else(PoisonError::into_inner))?;
        let passed = i64::try_from(then.elapsed().as_millis()).unwrap_or(i64::MAX);
        Some(shown + Span::from_millis(passed))
    }
}

fn time(at: SystemTime) -> Time {
    let since = at.duration_since(UNIX_EPOCH).unwrap_or_default();
    Time::from_millis(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}

fn after(answer: &reqwest::Response) -> Option<Duration> {
    let seconds = answer.headers().get("Retry-After")?.to_str().ok()?.trim().parse().ok()?;
    Some(Duration::from_secs(seconds))
}

fn of_crate(error: influxdb2::RequestError) -> InfluxError {
    match error {
        influxdb2::RequestError::ReqwestProcessing { source } if source.is_decode() => {
            InfluxError::ServerError("its answer is not understood".to_owned())
        }
        influxdb2::RequestError::ReqwestProcessing { source } => {
            InfluxError::Unreachable(causes(&source.without_url()))
        }
        influxdb2::RequestError::Http { status, text } => kind(status.as_u16(), &text, None),
        other => InfluxError::ServerError(cut(&other.to_string())),
    }
}

fn of_reqwest(error: reqwest::Error) -> InfluxError {
    InfluxError::Unreachable(causes(&error.without_url()))
}

/// An error with what caused it.
fn causes(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        text = format!("{text}: {cause}");
        next = cause.source();
    }
    cut(&text)
}

/// What an answer means. `InfluxDB` says so in JSON; a proxy before it, in whatever it likes.
fn kind(status: u16, text: &str, after: Option<Duration>) -> InfluxError {
    let told: Option<serde_json::Value> = serde_json::from_str(text).ok();
    let told = told.as_ref().and_then(|told| told["message"].as_str()).unwrap_or(text);
    let reason = cut(&format!("{} ({status})", told.trim()));
    let said = |words: &[&str]| words.iter().any(|word| told.contains(word));
    let disk = ["no space left", "read-only file system", "file too large", "disk quota"];
    match status {
        401 | 403 => InfluxError::Unauthorized(reason),
        404 => InfluxError::NoBucket(reason),
        429 => InfluxError::TooMany { reason, after },
        507 => InfluxError::Full(reason),
        500.. if said(&disk) => InfluxError::Full(reason),
        500.. => InfluxError::ServerError(reason),
        _ if said(&disk) => InfluxError::Full(reason),
        _ => InfluxError::Refused(reason),
    }
}

fn cut(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(REASON).collect()
}
