//! Tells the people on duty, through the journal like everything else that can raise an alarm.

use std::time::Duration;

use domain::{ArrivalBody, Time};
use tokio::time::{Instant, sleep};

use crate::state::{HistoryState, HistoryWatch};
use store::Ledger;

/// How often it looks.
const EVERY: Duration = Duration::from_secs(1);
/// Target of the alarm.
const TARGET: &str = "history";

/// Journals a fault that has lasted for `after`, and its end. Runs until it is dropped.
pub(crate) async fn watch_over(ledger: &Ledger, watch: &HistoryWatch, after: Duration) {
    let mut told = stands(ledger).await;
    let mut failing: Option<(Time, Instant)> = None;
    loop {
        sleep(EVERY).await;
        let status = watch.now();
        match status.failing_since {
            Some(since) => {
                let (since, from) = *failing.get_or_insert((since, Instant::now()));
                if !told && from.elapsed() >= after {
                    told = tell(ledger, Some(since)).await;
                }
            }
            None if status.state != HistoryState::Starting => {
                failing = None;
                if told {
                    told = !tell(ledger, None).await;
                }
            }
            None => {}
        }
    }
}

/// Ends an alarm that stands from a time in which there was a server to feed.
pub async fn put_to_rest(ledger: &Ledger) {
    if stands(ledger).await {
        tell(ledger, None).await;
    }
}

/// Whether it is in the journal.
async fn tell(ledger: &Ledger, failing_since: Option<Time>) -> bool {
    ledger.submit(ArrivalBody::History { failing_since }).await.is_ok()
}

async fn stands(ledger: &Ledger) -> bool {
    let reader = ledger.reader();
    let alarms = tokio::task::spawn_blocking(move || reader.alarms()).await;
    let alarms = alarms.map(Result::unwrap_or_default).unwrap_or_default();
    alarms.iter().any(|alarm| alarm.target.as_str() == TARGET && alarm.level().0 > 0)
}
