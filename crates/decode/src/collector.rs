//! Where readings and rejects are gathered while a message is walked over.

use std::borrow::Cow;

use domain::{SetAsideReason, Time};
use serde::de;

use crate::reading::{Decoded, RawReading, Rejected, entry_pointer};
use crate::telemetry::{MOST_READINGS, MOST_REJECTS};

/// What the error of too many readings says; the caller recognises it by this.
pub(crate) const TOO_MANY: &str = "too many readings";

/// Why something is put aside, and the sentence about it.
pub(crate) type Complaint = (SetAsideReason, String);

/// Readings and rejects so far.
pub(crate) struct Collector<'de> {
    out: Decoded<'de>,
    /// How many entries were read to their closing bracket, and the lengths of `out` then.
    complete: (u32, usize, usize),
    /// How many entries had readings at all.
    dated_or_not: u32,
    /// Names of the `readings` object that is being read.
    pub(crate) names: Vec<Cow<'de, str>>,
}

impl<'de> Collector<'de> {
    /// Nothing yet, with room for an ordinary message.
    pub(crate) fn new() -> Self {
        const ORDINARY: usize = 8;
        let out = Decoded { readings: Vec::with_capacity(ORDINARY), set_aside: Vec::new() };
        Self { out, complete: (0, 0, 0), dated_or_not: 0, names: Vec::with_capacity(ORDINARY) }
    }

    pub(crate) fn take<E: de::Error>(&mut self, reading: RawReading<'de>) -> Result<(), E> {
        if self.out.readings.len() >= MOST_READINGS {
            return Err(E::custom(TOO_MANY));
        }
        self.out.readings.push(reading);
        Ok(())
    }

    /// Puts something aside that cost a reading, or may have.
    pub(crate) fn put_aside<E: de::Error>(
        &mut self,
        complaint: Complaint,
        pointer: String,
    ) -> Result<(), E> {
        self.reject(complaint, pointer, false)
    }

    /// Names something that was skipped and cost nothing.
    pub(crate) fn skip<E: de::Error>(
        &mut self,
        complaint: Complaint,
        pointer: String,
    ) -> Result<(), E> {
        self.reject(complaint, pointer, true)
    }

    fn reject<E: de::Error>(
        &mut self,
        (reason, detail): Complaint,
        pointer: String,
        harmless: bool,
    ) -> Result<(), E> {
        if self.out.set_aside.len() >= MOST_REJECTS {
            return Err(E::custom(TOO_MANY));
        }
        self.out.set_aside.push(Rejected { reason, detail, pointer, harmless });
        Ok(())
    }

    /// How many readings there are: a mark for the methods below.
    pub(crate) fn count(&self) -> usize {
        self.out.readings.len()
    }

    /// How many rejects there are.
    pub(crate) fn rejects(&self) -> usize {
        self.out.set_aside.len()
    }

    /// The readings from a mark on.
    pub(crate) fn since(&self, mark: usize) -> &[RawReading<'de>] {
        &self.out.readings[mark..]
    }

    /// Dates the readings from a mark on.
    pub(crate) fn date(&mut self, mark: usize, time: Option<Time>) {
        self.out.readings[mark..].iter_mut().for_each(|reading| reading.observed_at = time);
    }

    /// Forgets the readings from a mark on.
    pub(crate) fn forget(&mut self, mark: usize) {
        self.out.readings.truncate(mark);
    }

    /// Forgets the rejects from a mark on.
    pub(crate) fn forget_rejects(&mut self, mark: usize) {
        self.out.set_aside.truncate(mark);
    }

    /// Forgets those readings from a mark on for which `unwanted` says so.
    pub(crate) fn weed(&mut self, mark: usize, unwanted: impl Fn(&RawReading<'de>) -> bool) {
        let tail = self.out.readings.split_off(mark);
        self.out.readings.extend(tail.into_iter().filter(|reading| !unwanted(reading)));
    }

    /// An entry has been read to its end; whether it had readings.
    pub(crate) fn entry_complete(&mut self, had_readings: bool) {
        let (entries, ..) = self.complete;
        self.complete = (entries + 1, self.out.readings.len(), self.out.set_aside.len());
        self.dated_or_not += u32::from(had_readings);
    }

    /// What there is, when the message was read to its end.
    pub(crate) fn whole(mut self) -> Decoded<'de> {
        if self.dated_or_not > 1 {
            self.put_timeless_aside();
        }
        self.out
    }

    /// What was complete when reading stopped, and how many entries that are; `more` = another may have followed.
    pub(crate) fn up_to_last_complete_entry(mut self, more: bool) -> (u32, Decoded<'de>) {
        let (entries, readings, rejects) = self.complete;
        self.out.readings.truncate(readings);
        self.out.set_aside.truncate(rejects);
        if more || self.dated_or_not > 1 {
            self.put_timeless_aside();
        }
        (entries, self.out)
    }

    /// Of several entries only those with a time are of a known instant; the others are not all of now.
    fn put_timeless_aside(&mut self) {
        let mut lost: Vec<(Option<u32>, usize)> = Vec::new();
        self.out.readings.retain(|reading| {
            let (timeless, entry) = (reading.observed_at.is_none(), reading.place.entry);
            match lost.last_mut() {
                Some((last, count)) if timeless && *last == entry => *count += 1,
                _ if timeless => lost.push((entry, 1)),
                _ => {}
            }
            !timeless
        });
        for (entry, count) in lost {
            let detail = format!(
                "one of several entries, and without a time of its own, so nobody can say when its {count} readings \
                 were: send 'time' with each entry"
            );
            let (reason, pointer) = (SetAsideReason::WrongTime, entry_pointer(entry));
            self.out.set_aside.push(Rejected { reason, detail, pointer, harmless: false });
        }
    }
}

/// Positions of the items that occur more than once, ascending.
pub(crate) fn repeated<T: Ord>(items: &[T]) -> Vec<usize> {
    const FEW: usize = 16;
    let pairwise = || items.iter().enumerate().any(|(i, item)| items[..i].contains(item));
    if items.len() <= FEW && !pairwise() {
        return Vec::new();
    }
    let mut order: Vec<usize> = (0..items.len()).collect();
    order.sort_by_key(|position| &items[*position]);
    let equal = order.chunk_by(|a, b| items[*a] == items[*b]).filter(|chunk| chunk.len() > 1);
    let mut found: Vec<usize> = equal.flatten().copied().collect();
    found.sort_unstable();
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn repeated_items_are_found_among_few_and_among_many() {
        assert_eq!(repeated(&["a", "b", "a", "c", "b", "a"]), [0, 1, 2, 4, 5]);
        assert_eq!(repeated::<u8>(&[]), [0; 0]);
        let mut many: Vec<u32> = (0..1000).collect();
        assert_eq!(repeated(&many), [0; 0]);
        many[700] = 3;
        assert_eq!(repeated(&many), [3, 700]);
    }
}
