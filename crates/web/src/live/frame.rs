//! Text of the stream (WHATWG HTML §9.2, server-sent events), and the same compressed once for all who take it so.
//!
//! Every frame is deflated by itself and ends at a byte with nothing left over (a full flush, RFC 1951 §3.2.4 with zlib's
//! `Z_FULL_FLUSH`). So the same bytes can follow any other frames: each reader's answer is [`GZIP_HEAD`] and then the frames that
//! all share. It has no trailer, because it has no end.

use axum::body::Bytes;
use flate2::{Compress, Compression, FlushCompress};
use serde::Serialize;

/// What a gzip file begins with (RFC 1952): deflate, no name, no time, any system.
pub(super) const GZIP_HEAD: [u8; 10] = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff];
/// So much is added to the room for a compressed frame at a time, bytes.
const ROOM: usize = 4_096;

/// Some events that go out together. Only the last carries the id: a client that saw it saw them all.
#[derive(Debug, Default)]
pub(super) struct Frame(String);

/// A frame as it leaves. Cheap to clone.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Sent {
    text: Bytes,
    /// The same for who accepts gzip.
    packed: Bytes,
}

impl Sent {
    /// The bytes for a reader that accepts gzip or not.
    pub(super) fn bytes(&self, packed: bool) -> Bytes {
        if packed { self.packed.clone() } else { self.text.clone() }
    }

    /// Whether it tells nothing.
    pub(super) const fn is_empty(&self) -> bool {
        self.text.is_empty()
    }

    fn len(&self) -> usize {
        self.text.len() + self.packed.len()
    }
}

impl From<String> for Sent {
    fn from(text: String) -> Self {
        if text.is_empty() {
            return Self::default();
        }
        let packed = Bytes::from(packed(text.as_bytes()));
        Self { text: Bytes::from(text), packed }
    }
}

/// Deflated by itself, up to a full flush.
fn packed(text: &[u8]) -> Vec<u8> {
    let mut deflate = Compress::new(Compression::fast(), false);
    let mut out = Vec::with_capacity(text.len() / 8 + ROOM);
    loop {
        let taken = usize::try_from(deflate.total_in()).unwrap_or(text.len());
        deflate
            .compress_vec(&text[taken..], &mut out, FlushCompress::Full)
            .expect("deflate takes any bytes");
        // The flush is whole when it left room.
        if out.len() < out.capacity() {
            return out;
        }
        out.reserve(ROOM);
    }
}

/// The same moment for two kinds of readers. Cheap to clone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Told {
    /// For signed-in people.
    pub(super) staff: Sent,
    /// For everybody; empty when it tells them nothing.
    pub(super) public: Sent,
}

impl Told {
    /// What that reader gets.
    pub(super) fn to(&self, signed_in: bool) -> Sent {
        if signed_in { self.staff.clone() } else { self.public.clone() }
    }

    /// How much memory it takes.
    pub(super) fn len(&self) -> usize {
        let shared = self.staff.text.as_ptr() == self.public.text.as_ptr();
        self.staff.len() + if shared { 0 } else { self.public.len() }
    }
}

/// For both alike.
impl From<Sent> for Told {
    fn from(frame: Sent) -> Self {
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

    /// What to send; the last event gets the id.
    pub(super) fn finish(mut self, id: Option<u64>) -> Sent {
        if let Some(id) = id.filter(|_| !self.0.is_empty()) {
            self.0.push_str(&format!("id: {id}\n"));
        }
        self.end_event();
        self.0.into()
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
        assert_eq!(frame.finish(Some(7)).text, expected);
        assert!(Frame::default().finish(Some(7)).is_empty());
    }

    #[test]
    fn compressed_frames_can_follow_each_other_in_any_order() {
        // Noise does not get smaller, so that the room grows; what repeats does.
        let mut seed = 1_u32;
        let mut noise = || {
            seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            char::from(b' ' + u8::try_from(seed >> 25).expect("seven bits"))
        };
        let noise: String = (0..100_000).map(|_| noise()).collect();
        let all: Vec<Sent> = ["event: ping\n\n".to_owned(), noise, "sông Kôn ".repeat(20_000)]
            .map(Sent::from)
            .into();
        assert!(all[2].packed.len() * 30 < all[2].text.len());
        for order in [[0, 1, 2], [2, 0, 1], [1, 1, 0]] {
            let mut stream = GZIP_HEAD.to_vec();
            let mut expected = Vec::<u8>::new();
            for index in order {
                stream.extend(&all[index].packed);
                expected.extend(&all[index].text);
                // Everything sent so far can be read, though the stream goes on.
                let mut read = vec![0; expected.len()];
                let mut reader = flate2::read::GzDecoder::new(stream.as_slice());
                std::io::Read::read_exact(&mut reader, &mut read).expect("all of it");
                assert_eq!(read, expected);
            }
        }
    }
}
