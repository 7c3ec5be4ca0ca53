//! The way in: a payload, taken apart.

use domain::{SetAsideReason, Time};
use serde::de::DeserializeSeed;

use crate::DEEPEST;
use crate::collector::{Collector, TOO_MANY};
use crate::entry::{Body, Entry};
use crate::reading::{Decoded, Rejected, entry_pointer};
use crate::repair::{Repaired, repair};
use crate::scalar::{Level, TOO_DEEP};

/// Most readings of one message. A backlog as large as a station may send by default (256 KiB) has fewer.
pub const MOST_READINGS: usize = 50_000;

/// Most things of one message that are put aside one by one.
pub(crate) const MOST_REJECTS: usize = 10_000;

/// Takes a telemetry message of the form `quantrac/v1` apart. Never panics, never drops anything silently.
///
/// * A reading is a number, a number as plain text, `null` or `"NAN"` (missing), an object with `value`, `unit`,
///   `sensor`, `quality`, or an array of such objects, one per sensor.
/// * `time` is RFC 3339 with offset, or seconds or milliseconds since 1970 ([`crate::when`]); absent or `null`
///   leaves `observed_at` empty.
/// * Names of keys, parameters and sensors are compared without capitals; what can only be meant as `time` is taken
///   as such (`ts`, `timestamp`, `observed_at`, `thời gian`).
/// * An entry without time that has a key nobody knows, and one of several entries without time, are put aside: they
///   are not of now.
/// * Several objects after each other, on lines or not, are taken as an array of them.
/// * White space and NUL after the end are nothing; anything else there is named, and what stood before it is kept.
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
    let (payload, after_nul) = up_to_nul(payload);
    let text = match std::str::from_utf8(payload) {
        Ok(text) => text,
        Err(error) => {
            let detail = format!("byte {} is not UTF-8: send UTF-8", error.valid_up_to());
            return refused(SetAsideReason::NotUtf8, detail);
        }
    };
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    if text.trim().is_empty() {
        let detail = match after_nul {
            0 => "the body is empty: send an object with 'time' and 'readings'".to_owned(),
            _ => "the body begins with a NUL byte: send an object with 'time' and 'readings'"
                .to_owned(),
        };
        return refused(SetAsideReason::Empty, detail);
    }
    let bom = payload.len() - text.len();
    let mut decoded = taken(text, bom);
    if after_nul > 0 {
        let detail = format!("{after_nul} bytes after a NUL are not read: send the message alone");
        let (reason, pointer) = (SetAsideReason::NotJson, String::new());
        decoded.set_aside.push(Rejected { reason, detail, pointer, harmless: true });
    }
    decoded
}

/// What stands before a NUL, which ends a text where C is spoken, and how many bytes that mean something follow it.
fn up_to_nul(payload: &[u8]) -> (&[u8], usize) {
    let Some(end) = payload.iter().position(|byte| *byte == 0) else { return (payload, 0) };
    let (text, rest) = payload.split_at(end);
    let more = rest.iter().any(|byte| *byte != 0 && !byte.is_ascii_whitespace());
    (text, if more { rest.len() - 1 } else { 0 })
}

/// Bytes at the end that say nothing.
pub(crate) fn blank(c: char) -> bool {
    c == '\0' || c.is_whitespace()
}

fn taken(text: &str, skipped: usize) -> Decoded<'_> {
    let stopped = match read(text) {
        Ok(decoded) => return decoded,
        Err(stopped) => stopped,
    };
    match repair(text) {
        Some(repaired) if stopped.is_syntax() => {
            let second = read(&repaired.text).map_err(|stopped| stopped.moved(&repaired));
            second.unwrap_or_else(|stopped| stopped.close(skipped)).into_owned()
        }
        _ => stopped.close(skipped),
    }
}

fn refused(reason: SetAsideReason, detail: String) -> Decoded<'static> {
    Decoded {
        readings: Vec::new(),
        set_aside: vec![Rejected { reason, detail, pointer: String::new(), harmless: false }],
    }
}

/// One pass over the text; another when it turns out to be several objects.
fn read(text: &str) -> Result<Decoded<'_>, Stopped<'_>> {
    let mut collector = Collector::new();
    let mut json = serde_json::Deserializer::from_str(text);
    let message = Level(Body(&mut collector)).deserialize(&mut json);
    let complete = message.is_ok();
    let backlog = text.trim_start().starts_with('[');
    match message.and_then(|()| json.end()) {
        Ok(()) => Ok(collector.whole()),
        Err(error) => {
            let at = position(text, &error);
            let rest = text.get(at.saturating_sub(1)..).unwrap_or_default();
            if complete && !backlog && rest.starts_with('{') {
                return read_several(text);
            }
            Err(Stopped::new(text, error, collector, complete, backlog))
        }
    }
}

/// Objects one after the other, as an array of them.
fn read_several(text: &str) -> Result<Decoded<'_>, Stopped<'_>> {
    let mut collector = Collector::new();
    let mut json = serde_json::Deserializer::from_str(text);
    for index in 0.. {
        let entry = Entry { collector: &mut collector, index: Some(index), depth: 0 };
        if let Err(error) = Level(entry).deserialize(&mut json) {
            return Err(Stopped::new(text, error, collector, false, true));
        }
        if json.end().is_ok() {
            break;
        }
    }
    Ok(collector.whole())
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
    /// The message was complete; only what follows it is wrong.
    complete: bool,
}

impl<'a> Stopped<'a> {
    fn new(
        text: &str,
        error: serde_json::Error,
        collector: Collector<'a>,
        complete: bool,
        backlog: bool,
    ) -> Self {
        let at = position(text, &error);
        let rest = text.get(at.saturating_sub(1)..).unwrap_or(text);
        // Another entry follows, or may follow.
        let more = backlog || rest.contains('{');
        let (entries, kept) = collector.up_to_last_complete_entry(more);
        Self { error, at, entries, backlog, kept, complete: complete && !more }
    }

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
                let problem = format!(
                    "more than {MOST_READINGS} readings, or {MOST_REJECTS} that cannot be used: send what follows \
                     here again, fewer at once"
                );
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
        kept.set_aside.push(Rejected { reason, detail, pointer, harmless: self.complete });
        kept
    }
}

/// The byte at which the parser stopped; it counts lines and columns.
fn position(text: &str, error: &serde_json::Error) -> usize {
    let lines_before = error.line().saturating_sub(1);
    let start: usize = text.split_inclusive('\n').take(lines_before).map(str::len).sum();
    (start + error.column()).min(text.len())
}
