//! Looks after the connections from time to time.

use std::sync::Arc;
use std::time::Duration;

use rmqtt::context::ServerContext;

use crate::intake::Intake;

/// Ended connections are noticed within this time.
const EVERY: Duration = Duration::from_secs(1);
/// Credentials are looked at each so many times: a withdrawn one ends its connections within 5 s.
const CREDENTIALS_EACH: u32 = 4;

/// Looks after the connections until it is dropped.
pub(crate) async fn keep(context: ServerContext, intake: Arc<Intake>) {
    for round in 1_u32.. {
        tokio::time::sleep(EVERY).await;
        intake.registry.ended().iter().for_each(|member| intake.left(member));
        forget_ended_sessions(&context).await;
        close_departed(&context, &intake).await;
        if round.is_multiple_of(CREDENTIALS_EACH) {
            close_withdrawn(&intake).await;
        }
    }
}

/// A client that said goodbye has to be closed, if it does not do so itself; rmqtt waits for it. A station
/// whose modem sleeps after DISCONNECT would count as connected until its keep-alive runs out.
async fn close_departed(context: &ServerContext, intake: &Intake) {
    for (id, _) in intake.registry.members() {
        let session = context.extends.shared().await.entry(id.clone()).session();
        let Some(session) = session.filter(|session| session.id == id) else { continue };
        if matches!(session.disconnect().await, Ok(Some(_))) {
            intake.registry.close(&id);
        }
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
