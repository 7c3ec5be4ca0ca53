//! `quantrac check-config`: every fault at once.

use anyhow::{Result, bail};
use pack::{Fault, Pack};

use crate::cli::CheckConfig;
use crate::console::say;
use crate::{packs, settings};

/// Tells every fault, or what the pack holds.
///
/// # Errors
/// Something cannot be read, or has faults.
pub fn run(options: &CheckConfig) -> Result<()> {
    let mut faults: Vec<Fault> = Vec::new();
    if let Some(path) = &options.settings {
        faults.extend(settings::read(path)?.err().unwrap_or_default());
    }
    let pack = Pack::parse(&packs::read(&options.config)?);
    let shown = options.config.display();
    match pack {
        Ok(pack) if faults.is_empty() => {
            say(format!("'{shown}' is good: {}", pack.summary()));
            pack.remarks().iter().for_each(|remark| say(format!("note: {remark}")));
            return Ok(());
        }
        Ok(_) => {}
        Err(found) => faults.extend(found),
    }
    say(packs::listed(&faults));
    bail!("{} faults; nothing of '{shown}' would come into force", faults.len())
}
