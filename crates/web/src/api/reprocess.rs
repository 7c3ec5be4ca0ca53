//! Processes again what was put aside, after the configuration was put right.

use std::collections::BTreeSet;

use axum::Json;
use domain::{Arrival, ArrivalBody};
use futures::future::try_join_all;
use serde::{Deserialize, Serialize};
use store::{Reader, StoreError};
use utoipa::ToSchema;

use crate::access::{Access, Forecaster};
use crate::input::Body;
use crate::problem::{Kind, Problem};

/// Most messages in one request.
const MOST: usize = 2_000;
/// Messages handed in at a time, so that they share a commit and stations are not kept waiting.
const AT_ONCE: usize = 100;

/// Which messages: some by their arrival, or all that are not settled.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Reprocess {
    /// Arrivals, at most 2000.
    #[serde(default)]
    seqs: Vec<u64>,
    /// All that are not settled; 2000 at a time, oldest first.
    #[serde(default)]
    all: bool,
}

/// What was done.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Reprocessed {
    /// Messages processed again; look into the list for those that are put aside again.
    reprocessed: usize,
    /// There were more than one request takes: repeat it.
    more: bool,
}

/// Processes messages again that were put aside. They keep the time of their first receipt.
#[utoipa::path(post, path = "/api/v1/set-aside/reprocess", tag = "intake", request_body = Reprocess,
    responses((status = 200, body = Reprocessed)))]
pub(crate) async fn reprocess(
    access: Access<Forecaster>,
    Body(wanted): Body<Reprocess>,
) -> Result<Json<Reprocessed>, Problem> {
    if wanted.all != wanted.seqs.is_empty() || wanted.seqs.len() > MOST {
        let detail = format!("give either seqs, at most {MOST}, or all");
        return Err(Problem::new(Kind::NotUsable, detail));
    }
    let (arrivals, more) = access.read(move |reader| find(reader, &wanted)).await?;
    let bodies: Vec<_> = arrivals.into_iter().filter_map(again).collect();
    let ledger = &access.app().parts.ledger;
    for piece in bodies.chunks(AT_ONCE) {
        try_join_all(piece.iter().map(|body| ledger.submit(body.clone()))).await?;
    }
    let (reprocessed, who) = (bodies.len(), access.name()?);
    let detail = format!("{reprocessed} messages");
    ledger.audit(who, "processed again what was put aside".to_owned(), detail).await?;
    Ok(Json(Reprocessed { reprocessed, more }))
}

fn find(reader: &Reader, wanted: &Reprocess) -> Result<(Vec<Arrival>, bool), StoreError> {
    let mut seqs: BTreeSet<u64> = wanted.seqs.iter().copied().collect();
    let mut more = false;
    let mut after = 0;
    while wanted.all && !more {
        let records = reader.set_aside(after, MOST, false)?;
        let Some(last) = records.last() else { break };
        after = last.id;
        seqs.extend(records.iter().map(|record| record.seq));
        more = seqs.len() > MOST;
    }
    let found = seqs.into_iter().take(MOST).map(|seq| reader.arrival(seq));
    Ok((found.filter_map(Result::transpose).collect::<Result<_, _>>()?, more))
}

/// The same message once more; what was said of it before is settled by that.
fn again(arrival: Arrival) -> Option<ArrivalBody> {
    let ArrivalBody::Telemetry { station, topic, payload, retained, dup, again } = arrival.body
    else {
        return None;
    };
    let received_at = again.map_or(arrival.received_at, |(_, first)| first);
    let again = Some((arrival.seq, received_at));
    Some(ArrivalBody::Telemetry { station, topic, payload, retained, dup, again })
}
