//! The secrets that simulated stations connect with.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context, Result, bail};
use domain::StationId;

/// Secret by station.
pub(crate) type Credentials = BTreeMap<StationId, String>;

/// Reads a file with one `station secret` per line; `#` begins a remark.
pub(crate) fn read(path: &Path) -> Result<Credentials> {
    let shown = path.display();
    let text = std::fs::read_to_string(path).with_context(|| format!("cannot read '{shown}'"))?;
    let lines = text.lines().enumerate().map(|(n, line)| (n + 1, line.trim()));
    let mut credentials = Credentials::new();
    for (n, line) in lines.filter(|(_, line)| !line.is_empty() && !line.starts_with('#')) {
        // The line is not repeated in the message: it holds a secret.
        let Some((station, secret)) = line.split_once(char::is_whitespace) else {
            bail!("'{shown}' line {n} is not 'station secret'");
        };
        let station = station.parse().with_context(|| format!("'{shown}' line {n}"))?;
        credentials.insert(station, secret.trim().to_owned());
    }
    Ok(credentials)
}
