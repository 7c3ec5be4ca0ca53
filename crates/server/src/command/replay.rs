//! `quantrac replay`: the same journal, the same warnings.

use anyhow::{Result, bail};
use pipeline::Pipeline;
use store::Reader;

use crate::cli::Replay;
use crate::console::say;

/// Replays a ledger into a fresh file and tells whether the same came out.
///
/// # Errors
/// A file cannot be used, or something differs.
pub fn run(options: &Replay) -> Result<()> {
    let realm = Reader::open(&options.from)?.realm()?;
    let begun = std::time::Instant::now();
    let processor = Box::new(Pipeline::new(realm));
    let report = store::replay(&options.from, &options.to, processor)?;
    let (arrivals, readings) = (report.arrivals, report.readings);
    let seconds = begun.elapsed().as_secs_f64();
    say(format!("{arrivals} arrivals and {readings} readings replayed in {seconds:.1} s"));
    for (what, count) in &report.compared {
        say(format!("{what:<12} {count} compared"));
    }
    if let Some(first) = &report.first_difference {
        bail!("{} differences, the first: {first}", report.differences);
    }
    say("everything is the same, byte for byte");
    Ok(())
}
