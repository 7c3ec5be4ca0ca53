//! A disk that may lose what was not synced: what a power cut leaves behind.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context, Result};
use rand::Rng;

use crate::trace::Event;

/// What a disk writes whole or not at all, bytes.
const SECTOR: usize = 512;

/// Files as they are on disk, and what is still on its way there.
#[derive(Debug, Clone, Default)]
pub struct Disk(BTreeMap<String, File>);

#[derive(Debug, Clone, Default)]
struct File {
    durable: Vec<u8>,
    pending: Vec<Event>,
}

impl Disk {
    /// A disk on which these files are safe.
    ///
    /// # Errors
    /// A file cannot be read.
    pub fn with(folder: &Path, names: &[&str]) -> Result<Self> {
        let mut disk = Self::default();
        for name in names {
            let path = folder.join(name);
            let durable = std::fs::read(&path)
                .with_context(|| format!("cannot read '{}'", path.display()))?;
            disk.0.insert((*name).to_owned(), File { durable, pending: Vec::new() });
        }
        Ok(disk)
    }

    /// Takes note of what happened.
    pub fn happen(&mut self, event: &Event) {
        match event {
            Event::Write { file, .. } | Event::Truncate { file, .. } => {
                self.0.entry(file.clone()).or_default().pending.push(event.clone());
            }
            Event::Synced { file } => {
                let file = self.0.entry(file.clone()).or_default();
                for event in std::mem::take(&mut file.pending) {
                    apply(&mut file.durable, &event);
                }
            }
            Event::Sent { .. } => {}
        }
    }

    /// What a power cut leaves now: all that was synced; of the rest, by chance, some, none, or a torn part.
    pub fn cut(&self, chance: &mut impl Rng) -> BTreeMap<String, Vec<u8>> {
        let left = |file: &File| {
            let mut content = file.durable.clone();
            for event in &file.pending {
                match chance.random_range(0..3) {
                    0 => apply(&mut content, event),
                    1 => apply(&mut content, &torn(event, chance)),
                    _ => {}
                }
            }
            content
        };
        let mut left = left;
        self.0.iter().map(|(name, file)| (name.clone(), left(file))).collect()
    }
}

/// Some sectors of a write from its beginning.
fn torn(event: &Event, chance: &mut impl Rng) -> Event {
    let Event::Write { file, offset, data } = event else { return event.clone() };
    let sectors = chance.random_range(0..=data.len() / SECTOR);
    Event::Write { file: file.clone(), offset: *offset, data: data[..sectors * SECTOR].to_vec() }
}

fn apply(content: &mut Vec<u8>, event: &Event) {
    let place = |number: u64| usize::try_from(number).expect("a test's file is small");
    match event {
        Event::Write { offset, data, .. } if !data.is_empty() => {
            let begin = place(*offset);
            let end = begin + data.len();
            content.resize(content.len().max(end), 0);
            content[begin..end].copy_from_slice(data);
        }
        Event::Truncate { length, .. } => content.resize(place(*length), 0),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::SeedableRng as _;

    #[test]
    fn what_was_synced_stays_and_the_rest_may_go() {
        let file = || "f".to_owned();
        let write = |byte| Event::Write { file: file(), offset: 0, data: vec![byte; 1024] };
        let mut disk = Disk::default();
        disk.happen(&write(1));
        disk.happen(&Event::Synced { file: file() });
        disk.happen(&write(2));
        let mut chance = rand::rngs::StdRng::seed_from_u64(1);
        let left: Vec<_> = (0..50).map(|_| disk.cut(&mut chance)["f"].clone()).collect();
        assert!(left.iter().all(|bytes| bytes.len() == 1024 && bytes.iter().all(|b| *b != 0)));
        assert!(left.iter().any(|bytes| bytes.iter().all(|b| *b == 1)), "all of it may go");
        assert!(left.iter().any(|bytes| bytes[0] == 2 && bytes[1023] == 1), "it may be torn");
        assert!(left.iter().any(|bytes| bytes.iter().all(|b| *b == 2)), "all of it may stay");
    }
}
