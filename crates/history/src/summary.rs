//! Hours and days of every series, worked out by us in event time, so that late data work them out again.
//!
//! A second cursor over the same journal, never before the relay's: the journal says which hours were touched, the
//! readings as they are now say what these come to.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use domain::bucket::{Buckets, Method};
use domain::{CheckedReading, Realm, SeriesId, SeriesKey, Span, Time};
use store::{Ledger, Reader, StoreError};
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use crate::archive::{Archive, join};
use crate::carrier::{Fault, blocking};
use crate::config::HistoryConfig;
use crate::influx::{Influx, Token};
use crate::line;
use crate::prune::drop_older;
use crate::state::HistoryWatch;

/// How readings of a series go together, and at which interval they should come.
pub type Describe = Arc<dyn Fn(&SeriesKey) -> (Method, Option<Span>) + Send + Sync>;

/// Hours of series that one pass takes at most: what is remembered meanwhile.
const MOST_HOURS: usize = 100_000;
const HOUR: Span = Span::hours(1);
const DAY: Span = Span::days(1);
/// Pause after a fault, and longest pause when they follow each other.
const FIRST_PAUSE: Duration = Duration::from_secs(2);
const LAST_PAUSE: Duration = Duration::from_secs(60);

/// Works out the hours and days of a ledger that is being written.
pub struct Summaries {
    ledger: Ledger,
    config: HistoryConfig,
    realm: Realm,
    token: Token,
    watch: HistoryWatch,
    describe: Describe,
}

/// Which hours arrivals touched.
struct Touched {
    /// Arrivals up to this one.
    through: u64,
    hours: BTreeMap<SeriesId, BTreeSet<Time>>,
}

/// Lines for the two buckets.
#[derive(Default)]
struct Lines {
    hourly: String,
    daily: String,
    points: usize,
}

impl Summaries {
    /// To be [`run`](Self::run) beside the relay whose status `watch` is.
    #[must_use]
    pub fn new(
        ledger: Ledger,
        config: HistoryConfig,
        realm: Realm,
        token: Token,
        watch: HistoryWatch,
        describe: Describe,
    ) -> Self {
        Self { ledger, config, realm, token, watch, describe }
    }

    /// Follows the relay until the stop signal.
    pub async fn run(self, stop: CancellationToken) {
        let mut pause = FIRST_PAUSE;
        loop {
            let passed = tokio::select! {
                () = stop.cancelled() => return,
                passed = self.follow() => passed,
            };
            let Err(fault) = passed;
            // The relay meets the same server and says so; here is nothing to alarm about.
            tracing::warn!(%fault, "hours and days of the history wait");
            tokio::select! {
                () = stop.cancelled() => return,
                () = sleep(pause) => {}
            }
            pause = (pause * 2).min(LAST_PAUSE);
        }
    }

    async fn follow(&self) -> Result<std::convert::Infallible, Fault> {
        let reader = self.ledger.reader();
        let url = self.config.url.as_deref().unwrap_or_default();
        let server = Influx::new(url, &self.config.org, &self.token, self.config.patience())?;
        let buckets = self.config.buckets(self.realm);
        let made = server.ensure(&buckets).await?;
        let archive = Archive::new(self.config.clone(), self.realm, self.token.clone());
        let mut summed = blocking(&reader, Reader::history_summed).await?.unwrap_or(0);
        if made.iter().skip(1).any(|(_, made)| *made) {
            summed = 0;
        }
        let mut pruned = None;
        self.tell(&reader, summed).await?;
        loop {
            let carried = self.watch.now().cursor;
            // A server that was emptied is filled from where the relay begins again, maybe long since.
            if let Some(lost) = self.watch.take_lost() {
                summed = summed.min(lost);
                let _noted = self.ledger.note_history_summed(summed).await;
            }
            if summed < carried {
                let describe = self.describe.clone();
                let (config, realm) = (&self.config, self.realm);
                let pass = Pass {
                    reader: &reader,
                    archive: &archive,
                    server: &server,
                    describe,
                    config,
                    realm,
                };
                summed = pass.work((summed, carried)).await?;
                // One that is not written is written later: it only saves work.
                let _noted = self.ledger.note_history_summed(summed).await;
                self.watch.change(|status| status.summed = summed);
            }
            if summed >= carried {
                if self.prune(&mut pruned).await? {
                    self.tell(&reader, summed).await?;
                }
                sleep(Duration::from_secs(self.config.summary_seconds)).await;
            }
        }
    }
}

impl Summaries {
    async fn tell(&self, reader: &Reader, summed: u64) -> Result<(), Fault> {
        let kept = blocking(reader, Reader::kept_from).await?;
        self.watch.change(|status| (status.summed, status.kept_from) = (summed, kept));
        Ok(())
    }

    /// Once a day; whether something was done.
    async fn prune(&self, last: &mut Option<Time>) -> Result<bool, Fault> {
        let today = self.ledger.now().floor(DAY, Span::ZERO);
        let keep = self.config.ledger_keep_days;
        if keep == 0 || *last == Some(today) {
            return Ok(false);
        }
        let (dropped, left) = drop_older(&self.ledger, DAY.times(keep.into())).await?;
        if left == 0 {
            *last = Some(today);
        }
        if dropped > 0 {
            tracing::info!(
                dropped,
                keep_days = keep,
                "chunks that the history has are dropped from the ledger"
            );
        }
        Ok(true)
    }
}

/// One pass over some arrivals.
pub(crate) struct Pass<'a> {
    pub(crate) reader: &'a Reader,
    pub(crate) archive: &'a Archive,
    pub(crate) server: &'a Influx,
    pub(crate) describe: Describe,
    pub(crate) config: &'a HistoryConfig,
    pub(crate) realm: Realm,
}

impl Pass<'_> {
    /// Works out what the arrivals of `(after, upto]` touched, as many as fit; gives up to which arrival.
    pub(crate) async fn work(&self, (after, upto): (u64, u64)) -> Result<u64, Fault> {
        let describe = self.describe.clone();
        let series = blocking(self.reader, Reader::series).await?;
        let keys: BTreeMap<_, _> = series.into_iter().map(|info| (info.id, info.key)).collect();
        let methods: BTreeMap<_, _> = keys.iter().map(|(id, key)| (*id, describe(key).0)).collect();
        let touched =
            blocking(self.reader, move |reader| touched(reader, after, upto, &methods)).await?;
        let mut lines = Lines::default();
        for (id, hours) in &touched.hours {
            let Some(key) = keys.get(id) else { continue };
            self.one(*id, key, hours, touched.through, &mut lines).await?;
            if lines.points >= self.config.batch_points {
                self.send(std::mem::take(&mut lines)).await?;
            }
        }
        self.send(lines).await?;
        Ok(touched.through)
    }

    async fn send(&self, lines: Lines) -> Result<(), Fault> {
        for (every, lines) in [(HOUR, lines.hourly), (DAY, lines.daily)] {
            if !lines.is_empty() {
                self.server.write(&self.bucket(every), lines).await?;
            }
        }
        Ok(())
    }

    /// The touched hours of a series and their days.
    async fn one(
        &self,
        id: SeriesId,
        key: &SeriesKey,
        hours: &BTreeSet<Time>,
        version: u64,
        lines: &mut Lines,
    ) -> Result<(), Fault> {
        let (method, interval) = (self.describe)(key);
        let days: BTreeSet<Time> = hours.iter().map(|hour| hour.floor(DAY, Span::ZERO)).collect();
        for (first, last) in runs(&days) {
            let (from, to) = (method.reach(first, DAY).0, method.reach(last, DAY).1);
            let readings = self.readings(id, key, from, to).await?;
            let (mut of_hours, mut of_days) =
                (Buckets::new(HOUR, method), Buckets::new(DAY, method));
            for reading in &readings {
                of_hours.push(reading);
                of_days.push(reading);
            }
            let hours = of_hours.finish().into_iter().filter(|hour| hours.contains(&hour.start));
            let days = of_days.finish().into_iter().filter(|day| days.contains(&day.start));
            for (bucket, every) in hours.map(|hour| (hour, HOUR)).chain(days.map(|day| (day, DAY)))
            {
                let name = if every == DAY { "daily" } else { "hourly" };
                if bucket.count == 0 {
                    // What is not written would stay as it was, when everything in it turned out bad.
                    let predicate = line::predicate(name, key);
                    self.server.delete(&self.bucket(every), bucket.start, &predicate).await?;
                }
                let completeness = bucket.completeness(every, interval);
                lines
                    .add(line::summary(name, key, (&bucket, method), completeness, version), every);
                if bucket.count == 0 {
                    // Whoever asks meanwhile finds it missing, so not for long.
                    self.send(std::mem::take(lines)).await?;
                }
            }
        }
        Ok(())
    }

    fn bucket(&self, every: Span) -> String {
        self.config.bucket(self.realm, if every == DAY { "daily" } else { "hourly" })
    }

    /// From the ledger, and what it does not keep any more from the server.
    async fn readings(
        &self,
        id: SeriesId,
        key: &SeriesKey,
        from: Time,
        to: Time,
    ) -> Result<Vec<CheckedReading>, Fault> {
        let (kept, own) = blocking(self.reader, move |reader| {
            Ok((reader.kept_from()?, reader.numbered_readings(id, from, to, usize::MAX)?))
        })
        .await?;
        let older = match kept.filter(|kept| from < *kept) {
            Some(kept) => self.archive.readings(id, key, (from, to.min(kept)), usize::MAX).await?,
            None => Vec::new(),
        };
        Ok(join(older, own).into_iter().map(|(_, reading)| reading).collect())
    }
}

impl Lines {
    fn add(&mut self, line: Option<String>, every: Span) {
        let Some(line) = line else { return };
        let text = if every == DAY { &mut self.daily } else { &mut self.hourly };
        text.push_str(&line);
        text.push('\n');
        self.points += 1;
    }
}

/// Which hours the arrivals touched; stops early when these are many.
fn touched(
    reader: &Reader,
    after: u64,
    upto: u64,
    methods: &BTreeMap<SeriesId, Method>,
) -> Result<Touched, StoreError> {
    let (mut hours, mut count) = (BTreeMap::<SeriesId, BTreeSet<Time>>::new(), 0);
    let through = reader.each_outcome(after, upto, |readings| {
        for reading in readings {
            let method = methods.get(&reading.series).copied().unwrap_or(Method::Mean);
            let hour = method.start(reading.observed_at, HOUR);
            count += usize::from(hours.entry(reading.series).or_default().insert(hour));
        }
        count < MOST_HOURS
    })?;
    Ok(Touched { through, hours })
}

/// Days that follow each other, as (first, last); no run is longer than a month.
fn runs(days: &BTreeSet<Time>) -> Vec<(Time, Time)> {
    let mut runs: Vec<(Time, Time)> = Vec::new();
    for day in days {
        match runs.last_mut() {
            Some((first, last)) if *last + DAY == *day && *day - *first < Span::days(31) => {
                *last = *day
            }
            _ => runs.push((*day, *day)),
        }
    }
    runs
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_that_follow_each_other_are_read_at_once_but_not_years() {
        let day = |n: i64| Time::from_millis(0).floor(DAY, Span::ZERO) + DAY.times(n);
        let of = |numbers: &[i64]| runs(&numbers.iter().map(|n| day(*n)).collect());
        assert_eq!(of(&[1, 2, 3, 7]), [(day(1), day(3)), (day(7), day(7))]);
        let year: Vec<i64> = (0..365).collect();
        assert!(of(&year).iter().all(|(first, last)| *last - *first <= Span::days(31)));
    }
}
