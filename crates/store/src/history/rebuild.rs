//! Fills a server from a ledger that nobody writes.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use domain::Realm;
use rusqlite::{Connection, TransactionBehavior};

use super::aside::{self, RefusedPoint};
use super::carrier::{Carrier, Fault, now};
use super::config::HistoryConfig;
use super::feed::Piece;
use super::influx::Token;
use super::prune;
use super::send::Refused;
use crate::read::Reader;
use crate::{StoreError, schema};

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
    let _held_until_the_end = lock(path).map_err(told)?;
    let reader = Reader::open(path).map_err(told)?;
    let realm = reader.realm().map_err(told)?;
    let mut book = Book::open(path, realm).map_err(told)?;
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
        book.note(&carrier, after, refused).map_err(told)?;
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

/// The ledger, for what is noted in it.
struct Book(Connection);

impl Book {
    fn open(path: &Path, realm: Realm) -> Result<Self, StoreError> {
        schema::open_to_write(path, realm).map(Self)
    }

    /// What was refused is tried again, and hours and days are worked out again by the server of quantrac.
    fn begin(&mut self) -> Result<(), StoreError> {
        let tx = self.0.transaction_with_behavior(TransactionBehavior::Immediate)?;
        aside::forget(&tx)?;
        prune::note_summed(&tx, 0)?;
        Ok(tx.commit()?)
    }

    fn note(
        &mut self,
        carrier: &Carrier,
        cursor: u64,
        refused: Vec<Refused>,
    ) -> Result<(), StoreError> {
        let at = now();
        let points = refused.into_iter().map(|(point, reason)| RefusedPoint {
            id: 0,
            seq: point.seq,
            at,
            line: point.line,
            reason,
        });
        let points: Vec<_> = points.collect();
        let tx = self.0.transaction_with_behavior(TransactionBehavior::Immediate)?;
        aside::note(&tx, cursor, carrier.ledger(), &points)?;
        Ok(tx.commit()?)
    }
}

/// Nobody else may write the ledger meanwhile.
fn lock(path: &Path) -> Result<File, StoreError> {
    if !path.is_file() {
        let reason = "there is no such file".to_owned();
        return Err(StoreError::Open { path: PathBuf::from(path), reason });
    }
    crate::ledger::lock(path)
}
