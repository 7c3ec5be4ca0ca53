//! What comes out of a message.

use std::borrow::Cow;

use domain::{SetAsideReason, Time};

/// A message taken apart.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Decoded<'a> {
    /// What can be used, in the order of the message.
    pub readings: Vec<RawReading<'a>>,
    /// What cannot, and why.
    pub set_aside: Vec<Rejected>,
}

/// A reading as the station sent it: nothing looked up, nothing converted.
#[derive(Debug, Clone, PartialEq)]
pub struct RawReading<'a> {
    /// Its name in the message.
    pub parameter: Cow<'a, str>,
    /// The sensor, when the message names one.
    pub sensor: Option<Cow<'a, str>>,
    /// The value, in `unit`.
    pub value: RawValue,
    /// The unit as written; `None` = the parameter's canonical unit.
    pub unit: Option<Cow<'a, str>>,
    /// When it was observed; `None` = the message has no time, so the receive time stands in and is marked so.
    pub observed_at: Option<Time>,
    /// The station's own word about the value (`quality`).
    pub mark: Option<Cow<'a, str>>,
    /// Where it stands in the message.
    pub(crate) place: Place,
}

/// A value as the station sent it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum RawValue {
    /// A finite number.
    Number(f64),
    /// The station says it has none: `null`, `"NAN"`, `"MISSING"`.
    Missing,
}

/// What was put aside, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rejected {
    /// Why.
    pub reason: SetAsideReason,
    /// The input and what to do, in one sentence.
    pub detail: String,
    /// JSON Pointer (RFC 6901) into the payload; empty = the whole message.
    pub pointer: String,
    /// It was skipped and cost no reading: an unknown key beside whole readings, bytes after the end.
    pub harmless: bool,
}

/// Position of a reading, from which its JSON Pointer is made only when somebody asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Place {
    /// Index in a backlog.
    pub(crate) entry: Option<u32>,
    /// Which name of `readings` it is, counted from 0.
    pub(crate) member: u32,
    /// Index among several sensors.
    pub(crate) index: Option<u32>,
}

impl RawReading<'_> {
    /// JSON Pointer to the reading.
    #[must_use]
    pub fn pointer(&self) -> String {
        self.place.pointer(&self.parameter)
    }

    /// The same, independent of the payload.
    #[must_use]
    pub fn into_owned(self) -> RawReading<'static> {
        let own = |text: Cow<'_, str>| Cow::Owned(text.into_owned());
        RawReading {
            parameter: own(self.parameter),
            sensor: self.sensor.map(own),
            value: self.value,
            unit: self.unit.map(own),
            observed_at: self.observed_at,
            mark: self.mark.map(own),
            place: self.place,
        }
    }
}

impl Decoded<'_> {
    /// The same, independent of the payload.
    #[must_use]
    pub fn into_owned(self) -> Decoded<'static> {
        Decoded {
            readings: self.readings.into_iter().map(RawReading::into_owned).collect(),
            set_aside: self.set_aside,
        }
    }
}

impl Place {
    pub(crate) fn pointer(self, parameter: &str) -> String {
        let mut pointer = in_entry(self.entry, "readings");
        pointer.push('/');
        pointer.push_str(&escaped(parameter));
        if let Some(index) = self.index {
            pointer.push_str(&format!("/{index}"));
        }
        pointer
    }
}

/// JSON Pointer to an entry of the message.
pub(crate) fn entry_pointer(entry: Option<u32>) -> String {
    entry.map(|index| format!("/{index}")).unwrap_or_default()
}

/// JSON Pointer to a key of an entry.
pub(crate) fn in_entry(entry: Option<u32>, key: &str) -> String {
    format!("{}/{}", entry_pointer(entry), escaped(key))
}

fn escaped(key: &str) -> String {
    shortened(key).replace('~', "~0").replace('/', "~1")
}

/// The text, cut to what fits into a sentence.
pub(crate) fn shortened(text: &str) -> Cow<'_, str> {
    const LONGEST: usize = 80;
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => Cow::Owned(format!("{}…", &text[..end])),
        None => Cow::Borrowed(text),
    }
}
