//! What the ledger need not keep any more because the history server has it: chunks of readings. The journal stays,
//! so the server can always be filled again.

use domain::Span;
use store::{Ledger, Refusal};

use crate::carrier::{Fault, blocking};

/// Chunks dropped in one transaction, so that no station waits for it.
const AT_ONCE: usize = 200;

/// Drops what is older than `keep` in small transactions; gives how many chunks were dropped and how many are left,
/// which the server does not have yet.
pub(crate) async fn drop_older(ledger: &Ledger, keep: Span) -> Result<(usize, usize), Fault> {
    let before = (ledger.now() - keep).floor(Span::days(1), Span::ZERO);
    let reader = ledger.reader();
    let chunks = blocking(&reader, move |reader| reader.chunks_before(before)).await?;
    for some in chunks.chunks(AT_ONCE) {
        let refused = |refusal: Refusal| Fault::Ledger(refusal.to_string());
        ledger.note_prune(before, some.to_vec()).await.map_err(refused)?;
    }
    let left = blocking(&reader, move |reader| reader.chunks_before(before)).await?.len();
    Ok((chunks.len().saturating_sub(left), left))
}
