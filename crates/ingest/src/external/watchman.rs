//! Tells the journal of a broker that brings nothing, and of its return: the pipeline makes an alarm of it.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use domain::arrival::LINK_TARGETS;
use domain::{AlarmState, ArrivalBody, Span, StationId, Time};
use store::Ledger;
use tokio::time::Instant;

use super::about::About;
use super::board::{Board, Counts, LinkState};

/// How often it looks.
const EVERY: Duration = Duration::from_secs(1);
/// A broker that is back within this time was never gone: reconnects leave no line in the journal.
const SETTLE: Span = Span::seconds(30);
/// A link on which messages wait and none is committed for this long is not shown as one that works.
const STANDS_AFTER: Duration = Duration::from_secs(30);

/// Watches one broker until everything stops.
pub(super) async fn watch(about: Arc<About>, board: Arc<Board>) {
    let Ok(broker) = about.config.name.parse::<StationId>() else { return };
    let (mut journal, mut down_since) = (None, None);
    let mut progress = Progress::default();
    let mut ticks = tokio::time::interval(EVERY);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            _ = ticks.tick() => {}
            () = about.stopped() => return,
        }
        let status = board.status();
        let state = status.link.state;
        if let Some(waiting) = progress.stands(status.counts, Instant::now()) {
            let seconds = STANDS_AFTER.as_secs();
            let reason = format!("{waiting} messages wait, and none was committed for {seconds} s");
            board.pause(Some(reason), about.ledger.now());
        }
        // A pause is the ledger's own trouble, which it tells itself.
        let up = matches!(state, LinkState::Connected | LinkState::Paused);
        let now = about.ledger.now();
        down_since = if up { None } else { Some(down_since.unwrap_or(now)) };
        if let Some(change) = change(journal, down_since, now) {
            let body = ArrivalBody::Link { broker: broker.clone(), down_since: change };
            if about.ledger.submit(body).await.is_ok() {
                journal = Some(change.is_none());
            }
        }
    }
}

/// Whether what has come is also taken.
#[derive(Default)]
struct Progress(Option<(u64, Instant)>);

impl Progress {
    /// How many messages wait while nothing has moved for too long. The taker says when something moves again.
    fn stands(&mut self, counts: Counts, now: Instant) -> Option<u64> {
        let waiting = counts.messages.saturating_sub(counts.settled);
        match self.0 {
            Some((settled, since)) if waiting > 0 && settled == counts.settled => {
                (now.duration_since(since) >= STANDS_AFTER).then_some(waiting)
            }
            _ => {
                self.0 = Some((counts.settled, now));
                None
            }
        }
    }
}

/// What the journal should be told: since when it is gone, or `None` = it is there. The process before may have
/// left it gone, so that it is there is told once in any case.
fn change(journal: Option<bool>, down_since: Option<Time>, now: Time) -> Option<Option<Time>> {
    match down_since {
        None if journal != Some(true) => Some(None),
        Some(since) if journal != Some(false) && now - since >= SETTLE => Some(Some(since)),
        _ => None,
    }
}

/// Brokers that are no longer in the settings are missed by nobody.
pub(super) async fn forget_others(ledger: &Ledger, named: BTreeSet<String>) {
    let reader = ledger.reader();
    let alarms = tokio::task::spawn_blocking(move || reader.alarms()).await;
    let alarms = alarms.map_or_else(|_| Vec::new(), Result::unwrap_or_default);
    for alarm in alarms {
        let Some(broker) = alarm.target.as_str().strip_prefix(LINK_TARGETS) else { continue };
        if !matches!(alarm.state, AlarmState::Level(_)) || named.contains(broker) {
            continue;
        }
        let Ok(broker) = broker.parse() else { continue };
        let body = ArrivalBody::Link { broker, down_since: None };
        if let Err(refusal) = ledger.submit(body).await {
            tracing::warn!(%refusal, "the alarm of a broker that was taken out stays for now");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_stands_when_messages_wait_and_none_is_taken() {
        let (mut progress, start) = (Progress::default(), Instant::now());
        let mut look = |messages, settled, seconds| {
            let counts = Counts { messages, settled, ..Counts::default() };
            progress.stands(counts, start + Duration::from_secs(seconds))
        };
        assert_eq!(look(0, 0, 0), None);
        assert_eq!(look(0, 0, 100), None, "nothing waits");
        assert_eq!(look(5, 3, 101), None);
        assert_eq!(look(9, 4, 131), None, "it is slow, but it moves");
        assert_eq!(look(9, 4, 160), None);
        assert_eq!(look(12, 4, 161), Some(8));
        assert_eq!(look(12, 12, 162), None);
    }

    #[test]
    fn only_what_lasts_is_told_and_only_once() {
        let at = |seconds: i64| Time::from_millis(seconds * 1_000);
        assert_eq!(change(None, Some(at(0)), at(29)), None);
        assert_eq!(change(None, Some(at(0)), at(30)), Some(Some(at(0))));
        assert_eq!(change(Some(true), Some(at(0)), at(29)), None);
        assert_eq!(change(Some(true), Some(at(0)), at(31)), Some(Some(at(0))));
        assert_eq!(change(Some(false), Some(at(0)), at(99)), None);
        assert_eq!(change(Some(false), None, at(99)), Some(None));
        assert_eq!(change(Some(true), None, at(99)), None);
        assert_eq!(change(None, None, at(1)), Some(None));
    }
}
