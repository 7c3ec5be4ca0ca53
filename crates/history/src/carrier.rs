//! A connected server and the journal that goes there: what the relay and a rebuild have in common.

use std::time::{SystemTime, UNIX_EPOCH};

use domain::{Realm, Span, Time};

use crate::config::HistoryConfig;
use crate::feed::{Feed, Piece};
use crate::influx::{Influx, InfluxError, Token};
use crate::line;
use crate::send::{Refused, send};
use crate::state::HistoryState;
use store::{Reader, StoreError};

/// What is nearly too old for its bucket is left out: it would be gone before anybody asked.
const MARGIN: Span = Span::hours(1);

/// Why nothing goes over.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Fault {
    #[error(transparent)]
    Server(#[from] InfluxError),
    #[error("{0}")]
    Ledger(String),
}

impl From<StoreError> for Fault {
    fn from(error: StoreError) -> Self {
        Self::Ledger(error.to_string())
    }
}

impl Fault {
    pub(crate) fn gone(error: tokio::task::JoinError) -> Self {
        Self::Ledger(error.to_string())
    }

    pub(crate) fn state(&self) -> HistoryState {
        match self {
            Self::Server(error) => error.into(),
            Self::Ledger(_) => HistoryState::Unreadable,
        }
    }
}

/// A server with its buckets, and the journal in pieces.
pub(crate) struct Carrier {
    server: Influx,
    reader: Reader,
    feed: Option<Feed>,
    bucket: String,
    keeps: Option<Span>,
    /// Name of the ledger in the server.
    ledger: String,
}

impl Carrier {
    /// Reaches the server and makes the buckets that are missing.
    pub(crate) async fn connect(
        config: &HistoryConfig,
        realm: Realm,
        token: &Token,
        reader: Reader,
    ) -> Result<Self, Fault> {
        let url = config.url.as_deref().unwrap_or_default();
        let server = Influx::new(url, &config.org, token, config.patience())?;
        server.ensure(&config.buckets(realm)).await?;
        let known = blocking(&reader, |reader| reader.history_ledger()).await?;
        let ledger = known.unwrap_or_else(|| format!("{:016x}", rand::random::<u64>()));
        let days = config.retention_raw_days;
        let keeps = (days > 0).then(|| Span::days(days.into()));
        let bucket = config.bucket(realm, "raw");
        let feed = Some(Feed::new(reader.clone()));
        Ok(Self { server, reader, feed, bucket, keeps, ledger })
    }

    pub(crate) fn bucket(&self) -> &str {
        &self.bucket
    }

    pub(crate) fn ledger(&self) -> &str {
        &self.ledger
    }

    /// The same without the journal: to send one piece while the next is read.
    pub(crate) fn twin(&self) -> Self {
        Self {
            server: self.server.clone(),
            reader: self.reader.clone(),
            feed: None,
            bucket: self.bucket.clone(),
            keeps: self.keeps,
            ledger: self.ledger.clone(),
        }
    }

    /// Up to which arrival the ledger says that the server has it, and how many points were refused.
    pub(crate) async fn cursor(&self) -> Result<(u64, u64), Fault> {
        blocking(&self.reader, |reader| {
            Ok((reader.history_cursor()?.unwrap_or(0), reader.count_refused_points()?))
        })
        .await
    }

    /// Up to which arrival, at most `cursor`, the server has it by its own marks: less when it was emptied, or
    /// filled from an old copy.
    pub(crate) async fn has(&self, cursor: u64) -> Result<u64, Fault> {
        // Whatever either clock shows, a mark is found.
        let flux = format!(
            "from(bucket: {:?}) |> range(start: 0, stop: 2200-01-01T00:00:00Z) |> filter(fn: (r) => r._measurement == \"{}\" and \
             r._field == \"cursor\" and r.ledger == \"{}\")",
            self.bucket,
            line::MARK,
            self.ledger
        );
        let mut highest = 0;
        let mut each = |row: &crate::flux::Row<'_>| {
            let mark = row.get("_value").and_then(|text| text.parse().ok()).unwrap_or(0);
            highest = highest.max(mark);
        };
        self.server.query(&flux, &mut each).await?;
        Ok(highest.min(cursor))
    }

    /// The arrivals after `after`, about `most` points of them.
    pub(crate) async fn read(&mut self, after: u64, most: usize) -> Result<Piece, Fault> {
        let oldest = self.keeps.map(|keeps| self.server.now() - keeps + MARGIN);
        let mut feed = self.feed.take().unwrap_or_else(|| Feed::new(self.reader.clone()));
        let reading = move || {
            let piece = feed.read(after, most, oldest);
            (feed, piece)
        };
        let (feed, piece) = tokio::task::spawn_blocking(reading).await.map_err(Fault::gone)?;
        self.feed = Some(feed);
        Ok(piece?)
    }

    /// Writes a piece; gives what the server does not take.
    pub(crate) async fn send(&self, piece: &Piece) -> Result<Vec<Refused>, Fault> {
        // A bucket that keeps everything has one mark; one that forgets has one a day.
        let day = 86_400_000;
        let now = || self.server.now().millis();
        let at = if self.keeps.is_some() { now().div_euclid(day) * day } else { 0 };
        let mark = line::mark(&self.ledger, piece.through, at.saturating_mul(1_000_000));
        Ok(send(&self.server, &self.bucket, piece, &mark).await?)
    }
}

/// Whether the server answers, and takes the token and the organisation. Writes nothing.
///
/// # Errors
/// What is wrong.
pub async fn check(config: &HistoryConfig, token: &Token) -> Result<(), InfluxError> {
    let url = config.url.as_deref().unwrap_or_default();
    Influx::new(url, &config.org, token, config.patience())?.query("buckets()", |_| {}).await
}

/// The time of day in the world, not a drill's.
pub(crate) fn now() -> Time {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Time::from_millis(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}

pub(crate) async fn blocking<T: Send + 'static>(
    reader: &Reader,
    work: impl FnOnce(&Reader) -> Result<T, StoreError> + Send + 'static,
) -> Result<T, Fault> {
    let reader = reader.clone();
    Ok(tokio::task::spawn_blocking(move || work(&reader)).await.map_err(Fault::gone)??)
}
