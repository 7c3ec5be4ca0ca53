//! After a start: what is in force stands on its topics again. The broker keeps retained messages in memory only,
//! and who subscribes after a restart must not take their absence for the end of a warning.

use std::time::Duration;

use crate::attempt::Office;
use crate::error::Failure;

/// Others wait as long as that.
const WITHIN: Duration = Duration::from_secs(2);

/// Publishes again what stands on topics. It was handed over before, so nothing is noted.
pub(crate) async fn topics(office: &Office) -> Result<(), String> {
    let publishing = tokio::time::timeout(WITHIN, publish(office)).await;
    publishing.unwrap_or_else(|_| Err("the broker does not answer".to_owned()))
}

async fn publish(office: &Office) -> Result<(), String> {
    let notices = office.outbox.on_topics().await?;
    let count = notices.len();
    for notice in notices {
        match office.hand_over_even_if_old(&notice).await {
            Ok(_) => {}
            Err(Failure::Later { reason, .. }) => return Err(reason),
            Err(Failure::Never(reason)) => {
                tracing::warn!(
                    notice = notice.id,
                    reason,
                    "a message is not on its topic any more"
                );
            }
        }
    }
    if count > 0 {
        tracing::info!(count, "the warnings in force are on their topics again");
    }
    Ok(())
}
