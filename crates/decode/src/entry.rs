//! The outer levels of the form: the message, its entries, the `readings` of an entry.

use std::borrow::Cow;

use domain::SetAsideReason::{DuplicateName, WrongForm, WrongTime};
use domain::Time;
use domain::form::folded;
use serde::de::{self, MapAccess, SeqAccess};

use crate::collector::{Collector, Complaint, repeated};
use crate::keys::{EntryKey, of_entry};
use crate::member::Member;
use crate::reading::{Place, entry_pointer, in_entry, shortened};
use crate::scalar::{Key, Level, Scalar, Skip, Walk};
use crate::when;

/// The message: one entry, or an array of them.
pub(crate) struct Body<'c, 'de>(pub(crate) &'c mut Collector<'de>);

impl<'de> Walk<'de> for Body<'_, 'de> {
    type Out = ();
    fn depth(&self) -> usize {
        0
    }
    fn scalar<E: de::Error>(self, value: Scalar<'de>) -> Result<(), E> {
        Entry { collector: self.0, index: None, depth: 0 }.scalar(value)
    }
    fn array<A: SeqAccess<'de>>(self, mut seq: A, depth: usize) -> Result<(), A::Error> {
        for index in 0.. {
            let entry = Entry { collector: &mut *self.0, index: Some(index), depth };
            if seq.next_element_seed(Level(entry))?.is_none() {
                break;
            }
        }
        Ok(())
    }
    fn object<A: MapAccess<'de>>(self, map: A, depth: usize) -> Result<(), A::Error> {
        Entry { collector: self.0, index: None, depth: 0 }.object(map, depth)
    }
}

/// One time and its readings.
pub(crate) struct Entry<'c, 'de> {
    pub(crate) collector: &'c mut Collector<'de>,
    pub(crate) index: Option<u32>,
    pub(crate) depth: usize,
}

/// A time as it was read, or why it could not be.
type Read = Result<Option<Time>, Complaint>;

/// What an entry has said so far.
#[derive(Default)]
struct Said<'de> {
    time: Option<Read>,
    /// The same under another name, with that name.
    also: Option<(Cow<'de, str>, Read)>,
    /// The first key of which nobody knows what it means.
    unknown: Option<Cow<'de, str>>,
    readings: u32,
}

impl<'de> Walk<'de> for Entry<'_, 'de> {
    type Out = ();
    fn depth(&self) -> usize {
        self.depth
    }
    fn scalar<E: de::Error>(self, value: Scalar<'de>) -> Result<(), E> {
        let detail =
            format!("{} is not an entry: send an object with 'time' and 'readings'", value.shown());
        self.collector.put_aside((WrongForm, detail), entry_pointer(self.index))?;
        self.collector.entry_complete(false);
        Ok(())
    }
    fn object<A: MapAccess<'de>>(mut self, mut map: A, depth: usize) -> Result<(), A::Error> {
        let marks = (self.collector.count(), self.collector.rejects());
        let mut said = Said::default();
        while let Some(key) = map.next_key_seed(Key)? {
            match of_entry(&key) {
                EntryKey::Time => {
                    let value = map.next_value_seed(Level(Skip { depth }))?;
                    said.time = Some(match said.time {
                        None => when::of(&value).map_err(|why| (WrongTime, why)),
                        Some(_) => Err(twice("time")),
                    });
                }
                EntryKey::AlsoTime => {
                    let value = map.next_value_seed(Level(Skip { depth }))?;
                    said.also_time(key, when::of(&value).map_err(|why| (WrongTime, why)));
                }
                EntryKey::Readings if said.readings == 0 => {
                    said.readings = 1;
                    let collector = &mut *self.collector;
                    let readings = Readings { collector, entry: self.index, depth };
                    map.next_value_seed(Level(readings))?;
                }
                EntryKey::Readings => {
                    map.next_value_seed(Level(Skip { depth }))?;
                    said.readings += 1;
                }
                known @ (EntryKey::Aside | EntryKey::Unknown) => {
                    let may_be_time = map.next_value_seed(Level(MayBeTime { depth }))?;
                    self.skipped(&key)?;
                    if known == EntryKey::Unknown && may_be_time {
                        said.unknown.get_or_insert(key);
                    }
                }
            }
        }
        self.finish(said, marks)
    }
}

impl<'de> Said<'de> {
    /// Another name for the time. Two that agree are one; two that do not are none.
    fn also_time(&mut self, key: Cow<'de, str>, read: Read) {
        match &mut self.also {
            Some((_, Ok(known))) if read == Ok(*known) || read == Ok(None) => {}
            Some((_, known @ Ok(None))) => *known = read,
            Some((first, known @ Ok(_))) => {
                let (first, key) = (shortened(first), shortened(&key));
                let detail =
                    format!("'{first}' and '{key}' are not the same time: send 'time' only");
                *known = Err((WrongTime, detail));
            }
            Some((_, Err(_))) => {}
            None => self.also = Some((key, read)),
        }
    }

    /// When the entry was, and under which key that stands. What nobody knows the meaning of may be the time, and
    /// then the readings are not of now.
    fn when(self) -> (String, Read) {
        match (self.time, self.also, self.unknown) {
            (Some(Err(why)), ..) => ("time".to_owned(), Err(why)),
            (Some(Ok(Some(time))), ..) => ("time".to_owned(), Ok(Some(time))),
            (_, Some((key, read @ (Err(_) | Ok(Some(_))))), _) => (key.into_owned(), read),
            (_, _, Some(key)) => {
                let detail = format!(
                    "there is no 'time', and '{}' may be meant as one: call the time 'time'",
                    shortened(&key)
                );
                (key.into_owned(), Err((WrongTime, detail)))
            }
            _ => ("time".to_owned(), Ok(None)),
        }
    }
}

impl Entry<'_, '_> {
    fn skipped<E: de::Error>(&mut self, key: &str) -> Result<(), E> {
        let detail = format!(
            "'{}' is not a key of an entry: use 'time' and 'readings', and send measured values inside 'readings'",
            shortened(key)
        );
        self.collector.skip((WrongForm, detail), in_entry(self.index, key))
    }

    /// Dates the readings, or drops them when nobody can say when they were or which they are.
    fn finish<E: de::Error>(
        self,
        said: Said<'_>,
        (first, reject): (usize, usize),
    ) -> Result<(), E> {
        let Self { collector, index, .. } = self;
        let readings = said.readings;
        match readings {
            0 => {
                collector.forget_rejects(reject);
                let detail =
                    "there is no 'readings' here: send an object with 'time' and 'readings'";
                collector.put_aside((WrongForm, detail.to_owned()), entry_pointer(index))?;
            }
            1 => {}
            _ => {
                collector.forget(first);
                collector.put_aside(twice("readings"), in_entry(index, "readings"))?;
            }
        }
        let (key, time) = said.when();
        match time {
            Ok(time) => collector.date(first, time),
            // Without readings there is nothing to date.
            Err(_) if readings == 0 => {}
            Err((reason, why)) => {
                let dropped = collector.count() - first;
                collector.forget(first);
                let detail = format!("{why}; {dropped} readings without a usable time");
                collector.put_aside((reason, detail), in_entry(index, &key))?;
            }
        }
        collector.entry_complete(readings > 0);
        Ok(())
    }
}

/// Whether a value could be meant as a time: anything plain, or a flat list or object of plain parts.
struct MayBeTime {
    depth: usize,
}

impl<'de> Walk<'de> for MayBeTime {
    type Out = bool;
    fn depth(&self) -> usize {
        self.depth
    }
    fn scalar<E: de::Error>(self, value: Scalar<'de>) -> Result<bool, E> {
        Ok(!matches!(value, Scalar::Bool(_)))
    }
    fn array<A: SeqAccess<'de>>(self, mut seq: A, depth: usize) -> Result<bool, A::Error> {
        let mut flat = true;
        while let Some(part) = seq.next_element_seed(Level(Skip { depth }))? {
            flat &= !matches!(part, Scalar::Array | Scalar::Object);
        }
        Ok(flat)
    }
    fn object<A: MapAccess<'de>>(self, mut map: A, depth: usize) -> Result<bool, A::Error> {
        let mut flat = true;
        while map.next_key_seed(Key)?.is_some() {
            let part = map.next_value_seed(Level(Skip { depth }))?;
            flat &= !matches!(part, Scalar::Array | Scalar::Object);
        }
        Ok(flat)
    }
}

/// The `readings` object.
struct Readings<'c, 'de> {
    collector: &'c mut Collector<'de>,
    entry: Option<u32>,
    depth: usize,
}

impl<'de> Walk<'de> for Readings<'_, 'de> {
    type Out = ();
    fn depth(&self) -> usize {
        self.depth
    }
    fn scalar<E: de::Error>(self, value: Scalar<'de>) -> Result<(), E> {
        let detail = format!(
            "{} is not an object of readings such as {{\"water_level\":8.0}}",
            value.shown()
        );
        self.collector.put_aside((WrongForm, detail), in_entry(self.entry, "readings"))
    }
    fn object<A: MapAccess<'de>>(self, mut map: A, depth: usize) -> Result<(), A::Error> {
        let Self { collector, entry, .. } = self;
        let first = collector.count();
        collector.names.clear();
        let mut member = 0;
        while let Some(parameter) = map.next_key_seed(Key)? {
            collector.names.push(one_form(&parameter));
            let place = Place { entry, member, index: None };
            let collector = &mut *collector;
            map.next_value_seed(Level(Member { collector, place, parameter, depth }))?;
            member += 1;
        }
        put_repeated_names_aside(collector, entry, first)
    }
}

/// Names that differ only in how they are written are one name.
fn one_form<'de>(name: &Cow<'de, str>) -> Cow<'de, str> {
    match name {
        Cow::Borrowed(name) => folded(name),
        Cow::Owned(name) => Cow::Owned(folded(name).into_owned()),
    }
}

/// Of two values under one name nobody can say which is meant: both go.
fn put_repeated_names_aside<E: de::Error>(
    collector: &mut Collector<'_>,
    entry: Option<u32>,
    first: usize,
) -> Result<(), E> {
    let repeats = repeated(&collector.names);
    if repeats.is_empty() {
        return Ok(());
    }
    collector
        .weed(first, |reading| repeats.binary_search(&(reading.place.member as usize)).is_ok());
    let names = std::mem::take(&mut collector.names);
    for repeat in repeats {
        let place = Place { entry, member: 0, index: None };
        collector.put_aside(twice(&names[repeat]), place.pointer(&names[repeat]))?;
    }
    Ok(())
}

/// The complaint about a name that stands twice in one object.
pub(crate) fn twice(name: &str) -> Complaint {
    let name = shortened(name);
    let detail = format!(
        "'{name}' stands more than once in one object, so none of them can be trusted: send it once"
    );
    (DuplicateName, detail)
}
