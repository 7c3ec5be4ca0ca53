//! The task that carries the journal over: pieces, back-off, and what to do when the server lost what it had.

use std::time::Duration;

use domain::Realm;
use metrics::{counter, gauge};
use rand::Rng as _;
use tokio::sync::watch;
use tokio::time::{Instant, sleep, timeout};
use tokio_util::sync::CancellationToken;

use crate::carrier::{Carrier, Fault};
use crate::config::HistoryConfig;
use crate::duty;
use crate::influx::{InfluxError, Token};
use crate::measures;
use crate::state::{HistoryState, HistoryStatus, HistoryWatch};
use store::{Ledger, RefusedPoint};

/// First pause after a fault; it doubles up to [`LAST_PAUSE`]. Each is shortened by chance.
const FIRST_PAUSE: Duration = Duration::from_secs(1);
const LAST_PAUSE: Duration = Duration::from_secs(60);
/// Longest pause that a server may ask for.
const LONGEST_ASKED: Duration = Duration::from_secs(600);
/// How often the server is asked whether it still has what it had.
const LOOK_EVERY: Duration = Duration::from_secs(30);
/// How often the cursor is written to the ledger while pieces go over.
const NOTE_EVERY: Duration = Duration::from_secs(1);

/// Feeds the history from a ledger that is being written.
pub struct Relay {
    ledger: Ledger,
    config: HistoryConfig,
    realm: Realm,
    token: Token,
    watch: HistoryWatch,
    pause: Duration,
}

impl Relay {
    /// A relay, to be [`run`](Self::run). Nothing is spoken yet.
    #[must_use]
    pub fn new(ledger: Ledger, config: HistoryConfig, realm: Realm, token: Token) -> Self {
        let bucket = Some(config.bucket(realm, "raw"));
        let state = HistoryState::Starting;
        let watch = HistoryWatch::new(HistoryStatus { state, bucket, ..HistoryStatus::off() });
        Self { ledger, config, realm, token, watch, pause: FIRST_PAUSE }
    }

    /// How it stands, while it runs.
    #[must_use]
    pub fn watch(&self) -> HistoryWatch {
        self.watch.clone()
    }

    /// Carries over what is committed, until the stop signal. Whatever the server does, it comes back.
    pub async fn run(self, stop: CancellationToken) {
        let (ledger, watch) = (self.ledger.clone(), self.watch.clone());
        let after = Duration::from_secs(self.config.alarm_after_seconds);
        tokio::select! {
            () = self.carry_until(stop) => {}
            () = duty::watch_over(&ledger, &watch, after) => {}
        }
    }

    async fn carry_until(mut self, stop: CancellationToken) {
        loop {
            let carried = tokio::select! {
                () = stop.cancelled() => return,
                fault = self.carry() => fault,
            };
            let pause = self.failed(&carried);
            tokio::select! {
                () = stop.cancelled() => return,
                () = sleep(pause) => {}
            }
        }
    }

    /// Works until something fails.
    async fn carry(&mut self) -> Fault {
        match self.carry_on().await {
            Ok(never) => match never {},
            Err(fault) => fault,
        }
    }

    async fn carry_on(&mut self) -> Result<std::convert::Infallible, Fault> {
        let reader = self.ledger.reader();
        let mut carrier = Carrier::connect(&self.config, self.realm, &self.token, reader).await?;
        let mut cursor = self.begin(&mut carrier).await?;
        let mut seen = self.ledger.last_seq();
        let (mut looked, mut noted) = (Instant::now(), Instant::now());
        let mut unnoted = false;
        loop {
            if looked.elapsed() >= LOOK_EVERY {
                cursor = self.look(&mut carrier, cursor).await?;
                looked = Instant::now();
            }
            if *seen.borrow_and_update() <= cursor {
                self.all_there(cursor);
                if unnoted {
                    self.note(&carrier, cursor, Vec::new()).await;
                    unnoted = false;
                }
                let rest = LOOK_EVERY.saturating_sub(looked.elapsed());
                // Nothing new is no fault: then the server is looked at.
                let _news = timeout(rest, seen.changed()).await;
                self.gather(&mut seen, cursor).await;
                continue;
            }
            let piece = carrier.read(cursor, self.config.batch_points).await?;
            let refused = carrier.send(&piece).await?;
            cursor = piece.through;
            self.pause = FIRST_PAUSE;
            self.carried(cursor, *seen.borrow(), piece.points(), piece.expired);
            if !refused.is_empty() || noted.elapsed() >= NOTE_EVERY {
                self.put_aside(&carrier, cursor, refused).await?;
                (noted, unnoted) = (Instant::now(), false);
            } else {
                unnoted = true;
            }
        }
    }

    /// Where to begin: behind what the server has. A server that has less than it had is filled again.
    async fn begin(&mut self, carrier: &mut Carrier) -> Result<u64, Fault> {
        let reader = self.ledger.reader();
        let (cursor, refused) = carrier.cursor().await?;
        let count = tokio::task::spawn_blocking(move || reader.count_refused_points());
        let count = count.await.map_err(Fault::gone)??;
        self.watch.change(|status| status.refused = count.max(refused));
        self.look(carrier, cursor).await
    }

    async fn look(&mut self, carrier: &mut Carrier, cursor: u64) -> Result<u64, Fault> {
        let has = carrier.has(cursor).await?;
        if has < cursor {
            tracing::error!(
                cursor,
                has,
                bucket = carrier.bucket(),
                "InfluxDB has lost what it had: everything behind is written again from the ledger"
            );
            counter!(measures::EMPTIED).increment(1);
            self.note(carrier, has, Vec::new()).await;
            self.watch.lose_after(has);
            self.watch.change(|status| {
                status.state = HistoryState::Emptied;
                status.cursor = has;
            });
        }
        Ok(has)
    }

    /// Waits for others to come along, but not for many and not for long.
    async fn gather(&self, seen: &mut watch::Receiver<u64>, cursor: u64) {
        let end = Instant::now() + Duration::from_secs(self.config.batch_seconds);
        let enough = |last: &u64| *last - (*last).min(cursor) >= self.config.batch_points as u64;
        let _enough = tokio::time::timeout_at(end, seen.wait_for(enough)).await;
    }

    /// Keeps what was refused before the cursor goes beyond it.
    async fn put_aside(
        &self,
        carrier: &Carrier,
        cursor: u64,
        refused: Vec<(crate::feed::Point, String)>,
    ) -> Result<(), Fault> {
        let at = self.ledger.now();
        let new = refused.len() as u64;
        if let Some((point, reason)) = refused.first() {
            tracing::warn!(
                points = new,
                first = point.line,
                reason,
                "InfluxDB refuses points; they are put aside and the rest goes on"
            );
        }
        let one = |(point, reason): (crate::feed::Point, String)| RefusedPoint {
            id: 0,
            seq: point.seq,
            at,
            line: point.line,
            reason,
        };
        let refused = refused.into_iter().map(one).collect();
        let noted = self.note(carrier, cursor, refused).await;
        if new == 0 {
            return Ok(());
        }
        if !noted {
            return Err(Fault::Ledger("what InfluxDB refused cannot be put aside".to_owned()));
        }
        counter!(measures::REFUSED).increment(new);
        let reader = self.ledger.reader();
        let count = tokio::task::spawn_blocking(move || reader.count_refused_points());
        let count = count.await.map_err(Fault::gone)??;
        self.watch.change(|status| status.refused = count);
        Ok(())
    }

    /// Writes the cursor to the ledger. One that is not written is written later: it only saves work.
    async fn note(&self, carrier: &Carrier, cursor: u64, refused: Vec<RefusedPoint>) -> bool {
        let ledger = carrier.ledger().to_owned();
        self.ledger.note_history(cursor, ledger, refused).await.is_ok()
    }

    fn carried(&self, cursor: u64, last: u64, points: u64, expired: u64) {
        counter!(measures::POINTS).increment(points);
        let behind = last.saturating_sub(cursor);
        self.set(|status| {
            status.points += points;
            status.expired += expired;
            status.cursor = cursor;
            status.behind = behind;
            let refilling = status.state == HistoryState::Emptied && behind > 0;
            if !refilling {
                status.state =
                    if behind > 0 { HistoryState::CatchingUp } else { HistoryState::Current };
            }
            (status.failing_since, status.reason) = (None, None);
        });
    }

    fn all_there(&self, cursor: u64) {
        self.set(|status| {
            (status.cursor, status.behind) = (cursor, 0);
            status.state = HistoryState::Current;
            (status.failing_since, status.reason) = (None, None);
        });
    }

    /// Names the fault, and says how long to wait.
    fn failed(&mut self, fault: &Fault) -> Duration {
        let (state, now) = (fault.state(), self.ledger.now());
        let (last, reason) = (self.ledger.status().last_seq, fault.to_string());
        let before = self.watch.now();
        counter!(measures::FAILURES).increment(1);
        self.set(|status| {
            status.state = state;
            status.behind = last.saturating_sub(status.cursor);
            status.failing_since.get_or_insert(now);
            status.reason = Some(reason.clone());
        });
        let asked = match fault {
            Fault::Server(InfluxError::TooMany { after, .. }) => *after,
            _ => None,
        };
        let pause = asked.map_or_else(|| self.shortened(), |asked| asked.min(LONGEST_ASKED));
        self.pause = (self.pause * 2).min(LAST_PAUSE);
        if before.state != state {
            tracing::error!(
                state = state.name(),
                reason,
                pause_ms = pause.as_millis() as u64,
                "the history cannot be written; the ledger keeps everything until it can"
            );
        }
        pause
    }

    /// By up to a half, so that many do not come back at once.
    fn shortened(&self) -> Duration {
        self.pause.mul_f64(rand::rng().random_range(0.5..=1.0))
    }

    fn set(&self, change: impl FnOnce(&mut HistoryStatus)) {
        self.watch.change(change);
        let status = self.watch.now();
        gauge!(measures::BEHIND).set(status.behind as f64);
        for state in HistoryState::ALL {
            let is = f64::from(u8::from(state == status.state));
            gauge!(measures::STATE, "state" => state.name()).set(is);
        }
    }
}
