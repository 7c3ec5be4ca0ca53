//! Fills a server from a ledger that nobody writes.

use std::path::Path;
use std::time::{Duration, Instant};

use store::{AtRest, RefusedPoint, StoreError};

use crate::carrier::{Carrier, Fault, now};
use crate::config::HistoryConfig;
use crate::feed::Piece;
use crate::influx::Token;
use crate::send::Refused;

/// How far a rebuild is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// Everything up to this arrival is there.
    pub cursor: u64,
    /// The last arrival of the ledger.
    pub last: u64,
    /// Points written so far.
    pub points: u64,
}

/// What a rebuild did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rebuilt {
    /// Arrivals carried over.
    pub arrivals: u64,
    /// Points written.
    pub points: u64,
    /// Points older than the bucket keeps, left out.
    pub expired: u64,
    /// Points that the server refused, put aside.
    pub refused: u64,
    /// How long it took.
    pub took: Duration,
}

/// Carries the whole journal over, whatever the server has already: points that are there become the same again, and
/// what was refused is tried again. Hours and days are worked out again by `quantrac serve`.
/// The ledger is locked meanwhile. `each` hears of every piece. Stops at the first fault of the server; what is
/// there is remembered, and `quantrac serve` goes on from there.
///
/// # Errors
/// The ledger is in use or cannot be read, or the server does not do as asked; says which.
pub async fn rebuild(
    path: &Path,
    config: &HistoryConfig,
    token: &Token,
    mut each: impl FnMut(Progress),
) -> Result<Rebuilt, String> {
    let told = |error: StoreError| error.to_string();
    let mut book = AtRest::open(path).map_err(told)?;
    let (reader, realm) = (book.reader(), book.realm());
    let begun = Instant::now();
    let last = reader.last_seq().map_err(told)?;
    let mut done = Rebuilt { arrivals: 0, points: 0, expired: 0, refused: 0, took: Duration::ZERO };
    let server = |fault: Fault| fault.to_string();
    let mut carrier = Carrier::connect(config, realm, token, reader).await.map_err(server)?;
    book.begin().map_err(told)?;
    let mut piece = carrier.read(0, config.batch_points).await.map_err(server)?;
    while piece.through > done.arrivals {
        let after = piece.through;
        let keeper = carrier.twin();
        // The next piece is read while this one is on its way.
        let (sent, next) =
            tokio::join!(keeper.send(&piece), carrier.read(after, config.batch_points));
        let refused = sent.map_err(server)?;
        done.refused += refused.len() as u64;
        done.take(&piece);
        book.note(after, carrier.ledger(), &refusals(refused)).map_err(told)?;
        each(Progress { cursor: after, last, points: done.points });
        piece = next.map_err(server)?;
    }
    done.took = begun.elapsed();
    Ok(done)
}

impl Rebuilt {
    fn take(&mut self, piece: &Piece) {
        self.arrivals = piece.through;
        self.points += piece.points();
        self.expired += piece.expired;
    }
}

/// What was refused, as the ledger keeps it.
fn refusals(refused: Vec<Refused>) -> Vec<RefusedPoint> {
    let at = now();
    let point = |(point, reason): Refused| RefusedPoint {
        id: 0,
        seq: point.seq,
        at,
        line: point.line,
        reason,
    };
    refused.into_iter().map(point).collect()
}
