//! Stopping in order, and saying who is late.

use std::time::Duration;

use anyhow::{Result, bail};
use tokio::time::timeout;

/// How long each part may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// Waits for one part. Who is late is named, and left behind.
pub(super) async fn wait<T>(who: &'static str, stopping: impl Future<Output = T>) -> Result<T> {
    match timeout(PATIENCE, stopping).await {
        Ok(done) => {
            tracing::info!(who, "stopped");
            Ok(done)
        }
        Err(_) => {
            let waited_s = PATIENCE.as_secs();
            tracing::error!(who, waited_s, "did not stop in time and is left behind");
            bail!("{who} did not stop within {waited_s} s")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn who_is_late_is_named() {
        let late = wait("the broker", std::future::pending::<()>()).await.expect_err("late");
        assert_eq!(late.to_string(), "the broker did not stop within 10 s");
        assert_eq!(wait("the web", async { 7 }).await.expect("in time"), 7);
    }
}
