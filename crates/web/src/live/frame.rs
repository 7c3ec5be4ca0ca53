//! Text of the stream (WHATWG HTML §9.2, server-sent events).

use axum::body::Bytes;
use serde::Serialize;

/// Some events that go out together. Only the last carries the id: a client that saw it saw them all.
#[derive(Debug, Default)]
pub(super) struct Frame(String);

/// The same moment for two kinds of readers. Cheap to clone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Told {
    /// For signed-in people.
    pub(super) staff: Bytes,
    /// For everybody; empty when it tells them nothing.
    pub(super) public: Bytes,
}

impl Told {
    /// What that reader gets.
    pub(super) fn to(&self, signed_in: bool) -> Bytes {
        if signed_in { self.staff.clone() } else { self.public.clone() }
    }

    /// How much memory it takes.
    pub(super) fn len(&self) -> usize {
        let shared = self.staff.as_ptr() == self.public.as_ptr();
        self.staff.len() + if shared { 0 } else { self.public.len() }
    }
}

/// For both alike.
impl From<Bytes> for Told {
    fn from(frame: Bytes) -> Self {
        Self { staff: frame.clone(), public: frame }
    }
}

impl Frame {
    /// Adds an event.
    pub(super) fn event(&mut self, name: &str, data: &impl Serialize) {
        // JSON has no raw line break, so the data is one line.
        let Ok(data) = serde_json::to_string(data) else { return };
        self.end_event();
        self.0.push_str("event: ");
        self.0.push_str(name);
        self.0.push_str("\ndata: ");
        self.0.push_str(&data);
        self.0.push('\n');
    }

    /// The bytes to send; the last event gets the id.
    pub(super) fn finish(mut self, id: Option<u64>) -> Bytes {
        if let Some(id) = id.filter(|_| !self.0.is_empty()) {
            self.0.push_str(&format!("id: {id}\n"));
        }
        self.end_event();
        Bytes::from(self.0)
    }

    fn end_event(&mut self) {
        if !self.0.is_empty() {
            self.0.push('\n');
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_last_event_has_the_id_and_line_breaks_stay_inside_the_data() {
        let mut frame = Frame::default();
        frame.event("alarms", &["a\nb"]);
        frame.event("readings", &1);
        let expected = "event: alarms\ndata: [\"a\\nb\"]\n\nevent: readings\ndata: 1\nid: 7\n\n";
        assert_eq!(frame.finish(Some(7)), expected);
        assert_eq!(Frame::default().finish(Some(7)), "");
    }
}
