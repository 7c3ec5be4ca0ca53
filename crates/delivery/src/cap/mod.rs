//! CAP 1.2 (OASIS Common Alerting Protocol, 1 July 2010): one document per issued message.
//!
//! The end of a danger is an `Update` with `responseType` `AllClear`, not a `Cancel`: in CAP, `Cancel` takes a
//! message back as if it had not been right, and we keep it for false warnings. A reader that knows
//! neither still sees the level fall and the short `expires`.

mod alert;
mod config;
mod identity;
mod xml;

use std::borrow::Cow;

use domain::{Level, WarningMessage};
use icu_normalizer::ComposingNormalizerBorrowed;
use store::CapDocument;

use crate::compose::Bulletin;
use crate::error::{Failure, Handed};
use crate::outbox::Outbox;
pub use config::{
    CapConfig, Category, Certainty, HazardEntry, LevelEntry, ResponseType, Severity, Urgency,
};

/// Documents to look through for those still in force; a province issues a few a day.
const LOOK_BACK: usize = 1_000;

/// Puts the message into the feed, replacing what is in force of its warning.
pub(crate) async fn publish(
    outbox: &dyn Outbox,
    config: &CapConfig,
    public_url: &str,
    bulletin: &Bulletin,
) -> Result<Handed, Failure> {
    let identifier = identity::identifier(config, bulletin);
    let known = outbox.caps(LOOK_BACK).await.map_err(Failure::later)?;
    let message = bulletin.message();
    let same = known.iter().filter(|document| document.warning == message.warning);
    let before: Vec<&CapDocument> = same.filter(|d| d.identifier != identifier).collect();
    let live = identity::live(&before);
    let takes_back = message.kind.is_over();
    if live.is_empty() && takes_back {
        return Ok(Handed::Delivered(
            "the feed has nothing of this warning to take back".to_owned(),
        ));
    }
    let document = alert::document(config, public_url, bulletin, identifier, &live);
    let identifier = document.identifier.clone();
    outbox.put_cap(document).await.map_err(Failure::later)?;
    Ok(Handed::Delivered(format!("in the feed as {identifier}")))
}

/// The text as CAP readers expect it: NFC, and only characters that XML 1.0 allows.
fn clean(text: &str) -> String {
    let allowed =
        |c: char| matches!(c, '\t' | '\n' | ' '..) && !matches!(c, '\u{fffe}' | '\u{ffff}');
    let normal: Cow<'_, str> = ComposingNormalizerBorrowed::new_nfc().normalize(text);
    normal.chars().filter(|c| allowed(*c)).collect::<String>().trim().to_owned()
}

/// The entry of that level: the highest that is not above it, else the lowest.
fn level_entry(levels: &[LevelEntry], level: Level) -> LevelEntry {
    let reached =
        levels.iter().filter(|entry| entry.level <= level).max_by_key(|entry| entry.level);
    let lowest = || levels.iter().min_by_key(|entry| entry.level);
    reached.or_else(lowest).cloned().unwrap_or_else(LevelEntry::lowest)
}

/// What is said of that hazard; one that is not configured is named as it is.
fn hazard_entry(config: &CapConfig, message: &WarningMessage) -> HazardEntry {
    let known = config.hazards.iter().find(|entry| entry.hazard == message.hazard);
    known.cloned().unwrap_or_else(|| HazardEntry::unnamed(&message.hazard))
}
