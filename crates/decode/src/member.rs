//! The inner levels of the form: one name of `readings` with its value, object or array of objects.

use std::borrow::Cow;

use domain::SetAsideReason::{DuplicateName, NotANumber, WrongForm};
use domain::form::folded;
use serde::de::{self, MapAccess, SeqAccess};

use crate::collector::{Collector, Complaint, repeated};
use crate::entry::twice;
use crate::keys::{ReadingKey, of_reading};
use crate::reading::{Place, RawReading, RawValue, shortened};
use crate::scalar::{Key, Level, Scalar, Skip, Walk};

/// What stands under one name.
pub(crate) struct Member<'c, 'de> {
    pub(crate) collector: &'c mut Collector<'de>,
    pub(crate) place: Place,
    pub(crate) parameter: Cow<'de, str>,
    pub(crate) depth: usize,
}

impl<'de> Walk<'de> for Member<'_, 'de> {
    type Out = ();
    fn depth(&self) -> usize {
        self.depth
    }
    fn scalar<E: de::Error>(self, value: Scalar<'de>) -> Result<(), E> {
        let parts = Parts { value: Some(value), ..Parts::default() };
        self.keep(Ok(parts))
    }
    fn object<A: MapAccess<'de>>(self, map: A, depth: usize) -> Result<(), A::Error> {
        let parts = Parts::read(map, depth)?;
        self.keep(parts)
    }
    fn array<A: SeqAccess<'de>>(self, mut seq: A, depth: usize) -> Result<(), A::Error> {
        let Self { collector, place, parameter, .. } = self;
        let first = collector.count();
        for index in 0.. {
            let place = Place { index: Some(index), ..place };
            let (collector, parameter) = (&mut *collector, parameter.clone());
            let element = Element(Member { collector, place, parameter, depth });
            if seq.next_element_seed(Level(element))?.is_none() {
                break;
            }
        }
        put_repeated_sensors_aside(collector, first)
    }
}

impl<'de> Member<'_, 'de> {
    /// Takes the reading, or puts it aside.
    fn keep<E: de::Error>(self, parts: Result<Parts<'de>, Complaint>) -> Result<(), E> {
        let Self { collector, place, parameter, .. } = self;
        let pointer = |parameter: &str| place.pointer(parameter);
        let parts = match parts {
            Ok(parts) => parts,
            Err(complaint) => return collector.put_aside(complaint, pointer(&parameter)),
        };
        match parts.settle(&parameter, place) {
            Ok((value, unit, sensor, mark)) => collector.take(RawReading {
                parameter,
                sensor,
                value,
                unit,
                observed_at: None,
                mark,
                place,
            }),
            Err(complaint) => collector.put_aside(complaint, pointer(&parameter)),
        }
    }
}

/// One of several sensors: only an object says which.
struct Element<'c, 'de>(Member<'c, 'de>);

impl<'de> Walk<'de> for Element<'_, 'de> {
    type Out = ();
    fn depth(&self) -> usize {
        self.0.depth
    }
    fn scalar<E: de::Error>(self, value: Scalar<'de>) -> Result<(), E> {
        let detail = format!(
            "{} does not say which sensor it is from: send objects with 'value' and 'sensor'",
            value.shown()
        );
        self.0.keep(Err((WrongForm, detail)))
    }
    fn object<A: MapAccess<'de>>(self, map: A, depth: usize) -> Result<(), A::Error> {
        self.0.object(map, depth)
    }
}

/// Of two values of one sensor at one time nobody can say which is meant: both go.
fn put_repeated_sensors_aside<E: de::Error>(
    collector: &mut Collector<'_>,
    first: usize,
) -> Result<(), E> {
    let readings = collector.since(first);
    let sensors: Vec<_> = readings.iter().map(|reading| reading.sensor.as_deref()).collect();
    // Who names no sensor means the main one.
    let same =
        |sensor: &Option<&'_ str>| sensor.map_or("main".to_owned(), |s| folded(s).into_owned());
    let repeats = repeated(&sensors.iter().map(same).collect::<Vec<_>>());
    if repeats.is_empty() {
        return Ok(());
    }
    let complaints: Vec<_> = repeats
        .iter()
        .map(|repeat| (twice_sensor(sensors[*repeat]), readings[*repeat].pointer()))
        .collect();
    let indices: Vec<_> = repeats.iter().map(|repeat| readings[*repeat].place.index).collect();
    collector.weed(first, |reading| indices.contains(&reading.place.index));
    for (complaint, pointer) in complaints {
        collector.put_aside(complaint, pointer)?;
    }
    Ok(())
}

fn twice_sensor(sensor: Option<&str>) -> Complaint {
    let detail = match sensor {
        Some(sensor) => format!(
            "sensor '{}' stands more than once, so none of its values can be trusted: send it once",
            shortened(sensor)
        ),
        None => "more than one value does not name its sensor: add 'sensor' to each".to_owned(),
    };
    (DuplicateName, detail)
}

/// The keys of a reading that is an object.
#[derive(Default)]
struct Parts<'de> {
    value: Option<Scalar<'de>>,
    unit: Option<Scalar<'de>>,
    sensor: Option<Scalar<'de>>,
    quality: Option<Scalar<'de>>,
}

/// Value, unit, sensor, mark.
type Settled<'de> = (RawValue, Option<Cow<'de, str>>, Option<Cow<'de, str>>, Option<Cow<'de, str>>);

impl<'de> Parts<'de> {
    /// Reads the object to its end, whatever is wrong with it; the first thing wrong is the complaint.
    ///
    /// A key we do not know costs the reading: it may be a misspelt unit.
    fn read<A: MapAccess<'de>>(
        mut map: A,
        depth: usize,
    ) -> Result<Result<Self, Complaint>, A::Error> {
        let mut parts = Self::default();
        let mut complaint = None;
        while let Some(key) = map.next_key_seed(Key)? {
            let value = map.next_value_seed(Level(Skip { depth }))?;
            let slot = match of_reading(&key) {
                Some(ReadingKey::Value) => &mut parts.value,
                Some(ReadingKey::Unit) => &mut parts.unit,
                Some(ReadingKey::Sensor) => &mut parts.sensor,
                Some(ReadingKey::Quality) => &mut parts.quality,
                None => {
                    complaint.get_or_insert_with(|| unknown(&key));
                    continue;
                }
            };
            if slot.replace(value).is_some() {
                complaint.get_or_insert_with(|| twice(&key));
            }
        }
        Ok(complaint.map_or(Ok(parts), Err))
    }

    fn settle(self, parameter: &str, place: Place) -> Result<Settled<'de>, Complaint> {
        let parameter = || place.pointer(parameter);
        let Some(value) = self.value else {
            let detail = format!("{} has no 'value': send null when there is none", parameter());
            return Err((WrongForm, detail));
        };
        let value = number(&value).ok_or_else(|| {
            let shown = value.shown();
            (NotANumber, format!("{shown} is not a number: send null when there is none"))
        })?;
        let unit = text("unit", self.unit)?;
        let sensor = text("sensor", self.sensor)?.filter(|sensor| !sensor.is_empty());
        Ok((value, unit, sensor, text("quality", self.quality)?))
    }
}

fn unknown(key: &str) -> Complaint {
    let detail = format!(
        "'{}' is not a key of a reading: use 'value', 'unit', 'sensor' and 'quality'",
        shortened(key)
    );
    (WrongForm, detail)
}

/// A text that may be absent; numbers are taken as they are printed (`"sensor":2`).
fn text<'de>(key: &str, value: Option<Scalar<'de>>) -> Result<Option<Cow<'de, str>>, Complaint> {
    match value {
        None | Some(Scalar::Null) => Ok(None),
        Some(Scalar::Text(text)) => Ok(Some(text)),
        Some(Scalar::Number(number)) => Ok(Some(Cow::Owned(number.to_string()))),
        Some(other) => Err((WrongForm, format!("{} is not a text: '{key}' is one", other.shown()))),
    }
}

/// The value of a reading; `None` when it is neither a number nor a way to say "none".
fn number(value: &Scalar<'_>) -> Option<RawValue> {
    match value {
        Scalar::Null => Some(RawValue::Missing),
        Scalar::Number(number) => number.is_finite().then_some(RawValue::Number(*number)),
        Scalar::Text(text) => {
            let text = folded(text);
            if ["nan", "-nan", "missing"].contains(&&*text) {
                return Some(RawValue::Missing);
            }
            plain_number(&text).map(RawValue::Number)
        }
        Scalar::Bool(_) | Scalar::Array | Scalar::Object => None,
    }
}

/// A number written plainly: sign, digits, decimal point. No exponent, no comma, no unit.
pub(crate) fn plain_number(text: &str) -> Option<f64> {
    let plain = text.bytes().all(|byte| byte.is_ascii_digit() || b"+-.".contains(&byte));
    plain.then(|| text.parse().ok()).flatten().filter(|number: &f64| number.is_finite())
}
