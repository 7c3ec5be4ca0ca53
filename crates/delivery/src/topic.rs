//! A topic on our own broker.

use std::time::Duration;

use crate::Outlet;
use crate::compose::Topic;
use crate::error::{Failure, Handed};

/// Our own broker answers at once or not at all.
const TIMEOUT: Duration = Duration::from_secs(10);

pub(crate) async fn publish(outlet: &dyn Outlet, letter: Topic) -> Result<Handed, Failure> {
    let (topic, body, retain) = letter.into_parts();
    let published = tokio::time::timeout(TIMEOUT, outlet.publish(&topic, body, retain)).await;
    match published {
        // Whoever listens has it; whether anybody does is not known.
        Ok(Ok(())) => Ok(Handed::Sent(format!("published to '{topic}'"))),
        Ok(Err(reason)) => Err(Failure::later(format!("the broker did not take it: {reason}"))),
        Err(_) => Err(Failure::later("the broker did not answer in time")),
    }
}
