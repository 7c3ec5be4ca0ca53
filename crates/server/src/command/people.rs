//! The ledger of a data folder, opened for a moment beside a server that may be running.

use std::io::Read as _;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use domain::Time;
use store::{Clock as _, People, Reader};

use crate::clock::SystemClock;

/// Shown in the audit trail for what is done on the command line.
const WHO: &str = "command line";

/// Where a data folder keeps its ledger.
#[must_use]
pub fn ledger_path(data: &Path) -> PathBuf {
    data.join("quantrac.db")
}

/// Opens the people of an existing ledger, of whichever realm it is.
pub(crate) fn open(data: &Path) -> Result<People> {
    let path = existing(data)?;
    let realm = Reader::open(&path)?.realm()?;
    Ok(People::open(&path, realm)?)
}

/// Opens an existing ledger for reading.
pub(crate) fn reader(data: &Path) -> Result<Reader> {
    Ok(Reader::open(&existing(data)?)?)
}

fn existing(data: &Path) -> Result<PathBuf> {
    let path = ledger_path(data);
    if !path.is_file() {
        bail!(
            "there is no ledger '{}': run 'quantrac serve' once, or name its folder with --data",
            path.display()
        );
    }
    Ok(path)
}

/// Notes what was done, with the real time.
pub(crate) fn audit(people: &mut People, what: &str, detail: &str) -> Result<()> {
    let now: Time = SystemClock.now();
    people.audit(now, WHO, what, detail).context("cannot write the audit trail")
}

/// Reads a password from standard input, without its line end.
pub(crate) fn password_from_stdin() -> Result<String> {
    let mut text = String::new();
    std::io::stdin()
        .lock()
        .take(1024)
        .read_to_string(&mut text)
        .context("cannot read a password")?;
    Ok(text.trim_end_matches(['\r', '\n']).to_owned())
}
