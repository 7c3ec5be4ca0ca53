//! The way in: a payload, taken apart.

use domain::{SetAsideReason, Time};
use serde::de::DeserializeSeed;

use crate::DEEPEST;
use crate::collector::{Collector, TOO_MANY};
use crate::entry::Body;
use crate::reading::{Decoded, Rejected, entry_pointer};
use crate::repair::{Repaired, repair};
use crate::scalar::{Level, TOO_DEEP};

/// Most readings, good or put aside, of one message: six a minute for a day are 8,640.
pub const MOST_READINGS: usize = 10_000;

/// Takes a telemetry message of the form `quantrac/v1` apart. Never panics, never drops anything silently.
///
/// * A reading is a number, a number as plain text, `null` or `"NAN"` (missing), an object with `value`, `unit`,
///   `sensor`, `quality`, or an array of such objects, one per sensor.
/// * `time` is RFC 3339 with offset, or seconds or milliseconds since 1970 ([`crate::when`]); absent or `null`
///   leaves `observed_at` empty.
/// * Whoever sends a bare `nan` or `1e999` loses that reading only.
/// * Of a body that ends or breaks in the middle, the entries that were complete before are kept.
///
/// `received_at` is for forms with times relative to it; this form has none.
///
/// ```
/// let body = br#"{"time":"2025-11-19T07:00:00+07:00","readings":{"water_level":8.00,"rain":nan}}"#;
/// let decoded = decode::telemetry(body, domain::Time::from_millis(0));
/// assert_eq!(decoded.readings[0].value, decode::RawValue::Number(8.0));
/// assert_eq!(decoded.set_aside[0].reason, domain::SetAsideReason::NotANumber);
/// assert_eq!(decoded.set_aside[0].pointer, "/readings/rain");
/// ```
#[must_use]
pub fn telemetry(payload: &[u8], _received_at: Time) -> Decoded<'_> {
    let text = match std::str::from_utf8(payload) {
        Ok(text) => text,
        Err(error) => {
            let detail = format!("byte {} is not UTF-8: send UTF-8", error.valid_up_to());
            return refused(SetAsideReason::NotUtf8, detail);
        }
    };
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    if text.trim().is_empty() {
        let detail = "the body is empty: send an object with 'time' and 'readings'".to_owned();
        return refused(SetAsideReason::Empty, detail);
    }
    let bom = payload.len() - text.len();
    let stopped = match read(text) {
        Ok(decoded) => return decoded,
        Err(stopped) => stopped,
    };
    match repair(text) {
        Some(repaired) if stopped.is_syntax() => {
            let second = read(&repaired.text).map_err(|stopped| stopped.moved(&repaired));
            second.unwrap_or_else(|stopped| stopped.close(bom)).into_owned()
        }
        _ => stopped.close(bom),
    }
}

fn refused(reason: SetAsideReason, detail: String) -> Decoded<'static> {
    Decoded {
        readings: Vec::new(),
        set_aside: vec![Rejected { reason, detail, pointer: String::new() }],
    }
}

/// One pass over the text.
fn read(text: &str) -> Result<Decoded<'_>, Stopped<'_>> {
    let mut collector = Collector::new();
    let mut json = serde_json::Deserializer::from_str(text);
    let done = Level(Body(&mut collector)).deserialize(&mut json).and_then(|()| json.end());
    match done {
        Ok(()) => Ok(collector.whole()),
        Err(error) => {
            let (entries, kept) = collector.up_to_last_complete_entry();
            let backlog = text.trim_start().starts_with('[');
            Err(Stopped { at: position(text, &error), error, entries, backlog, kept })
        }
    }
}

/// Reading stopped before the end.
struct Stopped<'a> {
    error: serde_json::Error,
    /// Byte in the text.
    at: usize,
    /// Entries that were complete by then.
    entries: u32,
    /// Whether the message is an array of entries.
    backlog: bool,
    /// What they gave.
    kept: Decoded<'a>,
}

impl<'a> Stopped<'a> {
    fn is_syntax(&self) -> bool {
        !self.error.is_data()
    }

    fn moved(self, repaired: &Repaired) -> Self {
        Self { at: repaired.original(self.at), ..self }
    }

    /// What was kept, with what stopped it; `skipped` bytes stood before the text.
    fn close(self, skipped: usize) -> Decoded<'a> {
        let said = self.error.to_string();
        let said = said.split(" at line ").next().unwrap_or_default();
        let (reason, problem) = match said {
            TOO_DEEP => {
                let problem = format!("nested deeper than {DEEPEST} brackets");
                (SetAsideReason::TooMuch, problem)
            }
            TOO_MANY => {
                let problem = format!("more than {MOST_READINGS} readings: send fewer at once");
                (SetAsideReason::TooMuch, problem)
            }
            other => {
                let problem = format!("not JSON at byte {}: {other}", self.at + skipped);
                (SetAsideReason::NotJson, problem)
            }
        };
        let pointer = entry_pointer(self.backlog.then_some(self.entries));
        let detail = match self.entries {
            0 => problem,
            entries => format!("{problem}; the {entries} complete entries before are kept"),
        };
        let mut kept = self.kept;
        kept.set_aside.push(Rejected { reason, detail, pointer });
        kept
    }
}

/// The byte at which the parser stopped; it counts lines and columns.
fn position(text: &str, error: &serde_json::Error) -> usize {
    let lines_before = error.line().saturating_sub(1);
    let start: usize = text.split_inclusive('\n').take(lines_before).map(str::len).sum();
    (start + error.column()).min(text.len())
}
