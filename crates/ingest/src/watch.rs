//! Looks after the connections from time to time.

use std::sync::Arc;
use std::time::Duration;

use rmqtt::context::ServerContext;

use crate::intake::Intake;

/// A withdrawn credential ends its connections within this time.
const EVERY: Duration = Duration::from_secs(4);

/// Looks after the connections until it is dropped.
pub(crate) async fn keep(context: ServerContext, intake: Arc<Intake>) {
    loop {
        tokio::time::sleep(EVERY).await;
        intake.registry.ended().iter().for_each(|member| intake.left(member));
        forget_ended_sessions(&context).await;
        close_withdrawn(&intake).await;
    }
}

async fn close_withdrawn(intake: &Intake) {
    let members = intake.registry.members();
    if members.is_empty() {
        return;
    }
    let (ids, who): (Vec<_>, Vec<_>) = members.into_iter().unzip();
    let withdrawn = intake.gate.withdrawn(&who).await;
    for ((id, who), _) in ids.iter().zip(&who).zip(&withdrawn).filter(|(_, gone)| **gone) {
        tracing::info!(account = %who.name, "the credential was changed, the connection is closed");
        intake.registry.close(id);
    }
}

/// A client that is gone before its CONNACK leaves a session behind in rmqtt that counts against the limit.
async fn forget_ended_sessions(context: &ServerContext) {
    let shared = context.extends.shared().await;
    let ended: Vec<_> =
        shared.iter().filter(|entry| entry.tx().is_some_and(|tx| tx.is_closed())).collect();
    for mut entry in ended {
        let id = entry.id();
        if let Err(error) = entry.remove_with(&id).await {
            tracing::debug!(%error, "an ended session could not be forgotten");
        }
    }
}
