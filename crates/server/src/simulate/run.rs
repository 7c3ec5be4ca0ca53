//! The plan, carried out: one MQTT client per station, each waiting for its PUBACK.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::Duration;

use anyhow::{Context, Result};
use domain::{StationId, Time};
use ingest::client::{Address, Publisher, PublisherCounts, PublisherOptions};
use store::Clock;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::recording::message;
use super::{Sending, secrets::Credentials};

/// How often to look whether everybody is there.
const LOOK: Duration = Duration::from_millis(20);

/// How fast the plan is carried out.
#[derive(Clone)]
pub enum Pace {
    /// Each message when that clock says so.
    Clock(Arc<dyn Clock>),
    /// As fast as it is acknowledged. What is sent at one time is acknowledged before the next time begins.
    Fastest,
}

/// Connected stations.
pub struct Fleet(BTreeMap<StationId, Arc<Publisher>>);

/// How far it is, for whoever watches.
#[derive(Debug, Default)]
pub struct Progress {
    acked: AtomicU64,
    newest: AtomicI64,
}

impl Progress {
    /// Messages acknowledged.
    #[must_use]
    pub fn acked(&self) -> u64 {
        self.acked.load(Ordering::Relaxed)
    }

    /// The newest time of sending that was acknowledged; `None` before the first.
    #[must_use]
    pub fn newest(&self) -> Option<Time> {
        let newest = self.newest.load(Ordering::Relaxed);
        (newest != 0).then(|| Time::from_millis(newest))
    }

    fn note(&self, sending: &Sending) {
        self.acked.fetch_add(1, Ordering::Relaxed);
        self.newest.fetch_max(sending.at.millis(), Ordering::Relaxed);
    }
}

impl Fleet {
    /// Starts a client for every station of the plan.
    ///
    /// # Errors
    /// A station has no secret.
    pub fn connect(broker: &Address, plan: &[Sending], credentials: &Credentials) -> Result<Self> {
        let mut fleet = BTreeMap::new();
        for station in plan.iter().map(|sending| &sending.station) {
            if fleet.contains_key(station) {
                continue;
            }
            let secret = credentials.get(station).with_context(|| {
                format!("there is no secret for station '{station}': add a line for it")
            })?;
            let options = PublisherOptions {
                broker: broker.clone(),
                station: station.clone(),
                secret: secret.clone(),
                keep_alive: Duration::from_secs(60),
                first_wait: Duration::from_millis(200),
            };
            fleet.insert(station.clone(), Arc::new(Publisher::connect(options)));
        }
        Ok(Self(fleet))
    }

    /// Waits until every station has been connected once, but no longer than `patience`.
    pub async fn gather(&self, patience: Duration) {
        let there = || self.0.values().all(|publisher| publisher.counts().connections > 0);
        let waiting = async {
            while !there() {
                tokio::time::sleep(LOOK).await;
            }
        };
        // Who is late is missed by the rules, not by us.
        let _late = tokio::time::timeout(patience, waiting).await;
    }

    /// Carries out a plan that is in order of time.
    ///
    /// # Errors
    /// The broker refuses a station. What waits then for a PUBACK is given up.
    pub async fn run(
        &self,
        plan: Vec<Sending>,
        pace: Pace,
        progress: &Arc<Progress>,
        stop: &CancellationToken,
    ) -> Result<()> {
        let work = async {
            match pace {
                Pace::Clock(clock) => self.by_the_clock(plan, clock, progress).await,
                Pace::Fastest => self.fastest(plan, progress).await,
            }
        };
        stop.run_until_cancelled(work).await.unwrap_or(Ok(()))
    }

    /// Every station at its own speed: one that waits for its PUBACK holds up no other.
    async fn by_the_clock(
        &self,
        plan: Vec<Sending>,
        clock: Arc<dyn Clock>,
        progress: &Arc<Progress>,
    ) -> Result<()> {
        let mut each: BTreeMap<StationId, Vec<Sending>> = BTreeMap::new();
        for sending in plan {
            each.entry(sending.station.clone()).or_default().push(sending);
        }
        let mut tasks = JoinSet::new();
        for (station, sendings) in each {
            let publisher = self.publisher(&station)?;
            let (clock, progress) = (Arc::clone(&clock), Arc::clone(progress));
            tasks.spawn(async move {
                for sending in sendings {
                    tokio::time::sleep(clock.until(sending.at)).await;
                    publisher.publish(message(&sending.observations)).await?;
                    progress.note(&sending);
                }
                anyhow::Ok(())
            });
        }
        all(tasks).await
    }

    async fn fastest(&self, plan: Vec<Sending>, progress: &Arc<Progress>) -> Result<()> {
        for together in plan.chunk_by(|a, b| a.at == b.at) {
            let mut tasks = JoinSet::new();
            for own in together.chunk_by(|a, b| a.station == b.station) {
                let (publisher, own) = (self.publisher(&own[0].station)?, own.to_vec());
                let progress = Arc::clone(progress);
                tasks.spawn(async move {
                    for sending in own {
                        publisher.publish(message(&sending.observations)).await?;
                        progress.note(&sending);
                    }
                    anyhow::Ok(())
                });
            }
            all(tasks).await?;
        }
        Ok(())
    }

    fn publisher(&self, station: &StationId) -> Result<Arc<Publisher>> {
        let found = self.0.get(station);
        found.cloned().with_context(|| format!("station '{station}' is not connected"))
    }

    /// Closes every connection; what they did together.
    pub async fn close(self) -> PublisherCounts {
        let mut sum = PublisherCounts::default();
        for publisher in self.0.into_values() {
            let counts = match Arc::try_unwrap(publisher) {
                Ok(publisher) => publisher.close().await,
                // Somebody still publishes, after a stop: the connection goes when they do.
                Err(shared) => shared.counts(),
            };
            sum.published += counts.published;
            sum.acked += counts.acked;
            sum.resent += counts.resent;
            sum.connections += counts.connections;
        }
        sum
    }
}

/// The first failure ends the others.
async fn all(mut tasks: JoinSet<Result<()>>) -> Result<()> {
    while let Some(done) = tasks.join_next().await {
        done.context("a simulated station ended by a fault")??;
    }
    Ok(())
}
