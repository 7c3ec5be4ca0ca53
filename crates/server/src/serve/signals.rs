//! When to stop, and when to look at the configuration at once.

use anyhow::{Context, Result};
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio_util::sync::CancellationToken;

use crate::console::complain;

/// Exit status after a second signal, as shells number an end by SIGINT.
const AT_ONCE: i32 = 130;

/// A token that the first SIGTERM or SIGINT cancels; a second one ends the process at once.
///
/// # Errors
/// The system gives no signals.
pub fn stop_token() -> Result<CancellationToken> {
    let stop = CancellationToken::new();
    let (mut terminate, mut interrupt) =
        (listen(SignalKind::terminate())?, listen(SignalKind::interrupt())?);
    let first = stop.clone();
    tokio::spawn(async move {
        either(&mut terminate, &mut interrupt).await;
        first.cancel();
        either(&mut terminate, &mut interrupt).await;
        complain("a second signal: the process ends at once, without order");
        std::process::exit(AT_ONCE);
    });
    Ok(stop)
}

/// SIGHUP: look at the configuration now.
pub(super) fn hangup() -> Result<Signal> {
    listen(SignalKind::hangup())
}

fn listen(kind: SignalKind) -> Result<Signal> {
    signal(kind).context("cannot listen for signals")
}

async fn either(one: &mut Signal, other: &mut Signal) {
    tokio::select! {
        _ = one.recv() => {}
        _ = other.recv() => {}
    }
}
