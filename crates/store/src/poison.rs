//! What made the processor panic, kept as a file: it is in no journal, the station sends it again, and
//! whoever mends the program needs the bytes.

use std::fs::OpenOptions;
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use domain::{Arrival, ArrivalBody};

/// Writes the raw payload of an arrival, or an arrival that has none as JSON, to `poison-<seq>.bin` beside
/// the ledger, readable by us alone, and says where it is.
pub(crate) fn keep(ledger: &Path, arrival: &Arrival) {
    let seq = arrival.seq;
    let path = ledger.with_file_name(format!("poison-{seq}.bin"));
    let shown = path.display();
    match write(&path, arrival) {
        Ok(()) => tracing::error!(
            seq,
            path = %shown,
            "an arrival makes the program fail; it is not acknowledged, its bytes are kept in this file"
        ),
        Err(error) => tracing::error!(
            seq,
            path = %shown,
            %error,
            "an arrival makes the program fail, and its bytes cannot be kept"
        ),
    }
}

fn write(path: &PathBuf, arrival: &Arrival) -> io::Result<()> {
    let json;
    let bytes = match &arrival.body {
        ArrivalBody::Telemetry { payload, .. } => payload,
        body => {
            json = serde_json::to_vec(body)?;
            &json
        }
    };
    let mut file =
        OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}
