//! The outer levels of the form: the message, its entries, the `readings` of an entry.

use domain::SetAsideReason::{DuplicateName, WrongForm};
use domain::{SetAsideReason, Time};
use serde::de::{self, MapAccess, SeqAccess};

use crate::collector::{Collector, Complaint, repeated};
use crate::member::Member;
use crate::reading::{Place, entry_pointer, in_entry};
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
struct Entry<'c, 'de> {
    collector: &'c mut Collector<'de>,
    index: Option<u32>,
    depth: usize,
}

/// What an entry has said so far.
#[derive(Default)]
struct Said {
    time: Option<Result<Option<Time>, Complaint>>,
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
        self.collector.entry_complete();
        Ok(())
    }
    fn object<A: MapAccess<'de>>(mut self, mut map: A, depth: usize) -> Result<(), A::Error> {
        let marks = (self.collector.count(), self.collector.rejects());
        let mut said = Said::default();
        while let Some(key) = map.next_key_seed(Key)? {
            match &*key {
                "time" => {
                    let value = map.next_value_seed(Level(Skip { depth }))?;
                    said.time = Some(match said.time {
                        None => when::of(&value).map_err(|why| (SetAsideReason::WrongTime, why)),
                        Some(_) => Err(twice("time")),
                    });
                }
                "readings" if said.readings == 0 => {
                    said.readings = 1;
                    let collector = &mut *self.collector;
                    let readings = Readings { collector, entry: self.index, depth };
                    map.next_value_seed(Level(readings))?;
                }
                other => {
                    map.next_value_seed(Level(Skip { depth }))?;
                    if other == "readings" {
                        said.readings += 1;
                    } else {
                        self.unknown(other)?;
                    }
                }
            }
        }
        self.finish(said, marks)
    }
}

impl Entry<'_, '_> {
    fn unknown<E: de::Error>(&mut self, key: &str) -> Result<(), E> {
        let detail = format!(
            "'{}' is not a key of an entry: use 'time' and 'readings', and send measured values inside 'readings'",
            crate::reading::shortened(key)
        );
        self.collector.put_aside((WrongForm, detail), in_entry(self.index, key))
    }

    /// Dates the readings, or drops them when nobody can say when they were or which they are.
    fn finish<E: de::Error>(self, said: Said, (first, reject): (usize, usize)) -> Result<(), E> {
        let Self { collector, index, .. } = self;
        match said.readings {
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
        match said.time.unwrap_or(Ok(None)) {
            Ok(time) => collector.date(first, time),
            Err((reason, why)) => {
                let dropped = collector.count() - first;
                collector.forget(first);
                let detail = format!("{why}; {dropped} readings without a usable time");
                collector.put_aside((reason, detail), in_entry(index, "time"))?;
            }
        }
        collector.entry_complete();
        Ok(())
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
            collector.names.push(parameter.clone());
            let place = Place { entry, member, index: None };
            let collector = &mut *collector;
            map.next_value_seed(Level(Member { collector, place, parameter, depth }))?;
            member += 1;
        }
        put_repeated_names_aside(collector, entry, first)
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
    let name = crate::reading::shortened(name);
    let detail = format!(
        "'{name}' stands more than once in one object, so none of them can be trusted: send it once"
    );
    (DuplicateName, detail)
}
