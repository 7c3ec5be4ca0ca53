//! The last frames, for clients that were away for a moment.

use std::collections::VecDeque;

use super::frame::Told;

/// Most frames kept: two minutes at four a second.
const MOST: usize = 512;
/// Most bytes kept.
const MOST_BYTES: usize = 8 << 20;

/// The last frames in order. A frame's seq is the newest arrival it tells of.
#[derive(Debug)]
pub(super) struct Ring {
    frames: VecDeque<(u64, Told)>,
    bytes: usize,
    /// Frames up to here are not kept.
    forgotten: u64,
}

impl Ring {
    /// Empty; what came up to `seq` is not known.
    pub(super) const fn new(seq: u64) -> Self {
        Self { frames: VecDeque::new(), bytes: 0, forgotten: seq }
    }

    /// Adds a frame; its seq is above all others.
    pub(super) fn push(&mut self, seq: u64, frame: Told) {
        self.bytes += frame.len();
        self.frames.push_back((seq, frame));
        while self.frames.len() > MOST || self.bytes > MOST_BYTES {
            let Some((seq, frame)) = self.frames.pop_front() else { return };
            self.bytes -= frame.len();
            self.forgotten = seq;
        }
    }

    /// The newest seq told.
    pub(super) fn newest(&self) -> u64 {
        self.frames.back().map_or(self.forgotten, |(seq, _)| *seq)
    }

    /// Every frame after that seq, or `None` when some are gone or the seq is not from here.
    pub(super) fn after(&self, seq: u64) -> Option<Vec<Told>> {
        if seq < self.forgotten || seq > self.newest() {
            return None;
        }
        let first = self.frames.partition_point(|(known, _)| *known <= seq);
        Some(self.frames.range(first..).map(|(_, frame)| frame.clone()).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::super::frame::Sent;
    use super::*;

    fn ring(frames: impl IntoIterator<Item = u64>) -> Ring {
        let mut ring = Ring::new(10);
        frames.into_iter().for_each(|seq| ring.push(seq, Sent::from(seq.to_string()).into()));
        ring
    }

    #[test]
    fn resumes_after_what_was_seen_or_says_that_it_cannot() {
        let check = |seq: u64, expected: Option<&[&str]>| {
            let got = ring([12, 15, 20]).after(seq);
            let expected = expected
                .map(|list| list.iter().map(|s| Told::from(Sent::from(s.to_string()))).collect());
            assert_eq!(got, expected, "after {seq}");
        };
        check(9, None);
        check(10, Some(&["12", "15", "20"]));
        check(13, Some(&["15", "20"]));
        check(20, Some(&[]));
        check(21, None);
    }

    #[test]
    fn keeps_a_bounded_number_and_a_bounded_size() {
        let many = ring(11..11 + 2 * MOST as u64);
        assert_eq!(many.frames.len(), MOST);
        assert!(many.after(11).is_none());
        let mut fat = Ring::new(0);
        (1..=20).for_each(|seq| fat.push(seq, Sent::from("0".repeat(1 << 20)).into()));
        assert!(fat.bytes <= MOST_BYTES && fat.newest() == 20);
    }
}
