//! Ledgers filled through the same pipeline, without a network.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};
use domain::{ArrivalBody, PackFiles, Realm, Time};

/// Messages on their way at once.
const AT_ONCE: usize = 1_000;

/// A clock that always shows the same instant.
struct Still(Time);

impl store::Clock for Still {
    fn now(&self) -> Time {
        self.0
    }
    fn until(&self, _at: Time) -> Duration {
        Duration::from_secs(1)
    }
}

/// Puts messages (station, body) into a new ledger, with that pack in force and that time of arrival. Gives how many.
///
/// # Errors
/// The ledger or the pack cannot be used, or a message was not committed.
pub async fn fill(
    ledger: &Path,
    pack: &Path,
    arrived_at: Time,
    messages: impl IntoIterator<Item = (String, Vec<u8>)>,
) -> Result<u64> {
    let mut files = PackFiles::new();
    for entry in std::fs::read_dir(pack)? {
        let path = entry?.path();
        let name = path.file_name().context("a file has a name")?.to_string_lossy().into_owned();
        files.insert(name, std::fs::read_to_string(&path)?);
    }
    let first = ArrivalBody::Config { by: "bench".to_owned(), files, reason: None };
    let pipeline = Box::new(pipeline::Pipeline::new(Realm::Actual));
    fill_through(ledger, pipeline, Some(first), arrived_at, messages).await
}

/// The same through any processor, after an arrival that is to be first.
///
/// # Errors
/// As [`fill`].
pub async fn fill_through(
    ledger: &Path,
    processor: Box<dyn domain::Processor>,
    first: Option<ArrivalBody>,
    arrived_at: Time,
    messages: impl IntoIterator<Item = (String, Vec<u8>)>,
) -> Result<u64> {
    let options = store::Options {
        path: ledger.to_owned(),
        realm: Realm::Actual,
        batch: 512,
        queue: 4_096,
        fold_readings: store::FOLD_READINGS,
    };
    let clock = Arc::new(Still(arrived_at));
    let (ledger, thread) = store::Ledger::open(options, processor, clock)?;
    if let Some(first) = first {
        ledger.submit(first).await?;
    }
    let (mut count, mut waiting) = (0, Vec::with_capacity(AT_ONCE));
    for (station, payload) in messages {
        let topic = format!("quantrac/v1/{station}/telemetry");
        let station = station.parse()?;
        let (retained, dup, again) = (false, false, None);
        let body = ArrivalBody::Telemetry { station, topic, payload, retained, dup, again };
        let ledger = ledger.clone();
        waiting.push(tokio::spawn(async move { ledger.submit(body).await }));
        count += 1;
        if waiting.len() == AT_ONCE {
            for wait in waiting.drain(..) {
                wait.await??;
            }
        }
    }
    for wait in waiting {
        wait.await??;
    }
    drop(ledger);
    thread.stop()?;
    Ok(count)
}
