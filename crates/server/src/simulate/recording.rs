//! What stations measured: the input of a simulation.

use std::collections::BTreeMap;

use domain::{ParameterId, SensorId, Span, StationId, Time};
use serde_json::{Map, Number, Value as Json, json};

/// One value of a station at one time.
#[derive(Debug, Clone, PartialEq)]
pub struct Value {
    /// Of what.
    pub parameter: ParameterId,
    /// By which sensor; `None` = the only one.
    pub sensor: Option<SensorId>,
    /// In which unit; `None` = the parameter's own.
    pub unit: Option<String>,
    /// The value.
    pub value: f64,
}

/// What a station measured at one time.
#[derive(Debug, Clone, PartialEq)]
pub struct Observation {
    /// When, by the station's clock.
    pub at: Time,
    /// What; sensors of one parameter are told apart.
    pub values: Vec<Value>,
}

/// What stations measured, each in order of time.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Recording {
    /// By station.
    pub stations: BTreeMap<StationId, Vec<Observation>>,
}

impl Recording {
    /// Adds one value; values of one station and time come together in one observation.
    pub fn add(&mut self, station: &StationId, at: Time, value: Value) {
        let track = self.stations.entry(station.clone()).or_default();
        match track.last_mut() {
            Some(last) if last.at == at => last.values.push(value),
            _ => track.push(Observation { at, values: vec![value] }),
        }
    }

    /// Puts every station's observations in order of time. Two of one time become one.
    pub fn sort(&mut self) {
        for track in self.stations.values_mut() {
            track.sort_by_key(|observation| observation.at);
            track.dedup_by(|later, earlier| {
                let same = later.at == earlier.at;
                if same {
                    earlier.values.append(&mut later.values);
                }
                same
            });
        }
    }

    /// Only what was measured in `[from, to)`.
    pub fn cut(&mut self, from: Option<Time>, to: Option<Time>) {
        for track in self.stations.values_mut() {
            track.retain(|observation| {
                from.is_none_or(|from| from <= observation.at)
                    && to.is_none_or(|to| observation.at < to)
            });
        }
        self.stations.retain(|_, track| !track.is_empty());
    }

    /// Moves everything, so that an old flood happens today.
    pub fn shift(&mut self, by: Span) {
        let all = self.stations.values_mut().flatten();
        all.for_each(|observation| observation.at = observation.at + by);
    }

    /// The first and the last time of all.
    #[must_use]
    pub fn bounds(&self) -> Option<(Time, Time)> {
        let times = || self.stations.values().flatten().map(|observation| observation.at);
        Some((times().min()?, times().max()?))
    }

    /// How many values there are.
    #[must_use]
    pub fn values(&self) -> usize {
        self.stations.values().flatten().map(|observation| observation.values.len()).sum()
    }
}

/// The message of a station: one object, or an array of them when it is a backlog.
///
/// ```
/// use server::simulate::recording::{Observation, Value, message};
/// let value = Value {
///     parameter: "water_level".parse().expect("a name"), sensor: None, unit: None, value: 8.0,
/// };
/// let at = "2025-11-19T07:00:00+07:00".parse().expect("a time");
/// let bytes = message(&[Observation { at, values: vec![value] }]);
/// let expected = br#"{"readings":{"water_level":8.0},"time":"2025-11-19T07:00:00+07:00"}"#;
/// assert_eq!(bytes, expected);
/// ```
#[must_use]
pub fn message(observations: &[Observation]) -> Vec<u8> {
    let mut objects: Vec<Json> = observations.iter().flat_map(objects).collect();
    let body = if objects.len() == 1 { objects.remove(0) } else { Json::Array(objects) };
    body.to_string().into_bytes()
}

/// One object; more when sensors of one parameter meet, because an object has each name once.
fn objects(observation: &Observation) -> Vec<Json> {
    let mut objects: Vec<Map<String, Json>> = vec![Map::new()];
    for value in &observation.values {
        let name = value.parameter.as_str();
        let free = objects.iter().position(|object| !object.contains_key(name));
        let place = free.unwrap_or_else(|| {
            objects.push(Map::new());
            objects.len() - 1
        });
        objects[place].insert(name.to_owned(), reading(value));
    }
    let time = observation.at.to_string();
    objects.into_iter().map(|readings| json!({"time": time, "readings": readings})).collect()
}

fn reading(value: &Value) -> Json {
    // What is no number (NaN of a broken record) travels as null: the station has no value.
    let number = Number::from_f64(value.value).map_or(Json::Null, Json::Number);
    if value.unit.is_none() && value.sensor.is_none() {
        return number;
    }
    let mut object = Map::from_iter([("value".to_owned(), number)]);
    if let Some(unit) = &value.unit {
        object.insert("unit".to_owned(), json!(unit));
    }
    if let Some(sensor) = &value.sensor {
        object.insert("sensor".to_owned(), json!(sensor.as_str()));
    }
    Json::Object(object)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(sensor: Option<&str>, unit: Option<&str>, value: f64) -> Value {
        Value {
            parameter: "water_level".parse().expect("a name"),
            sensor: sensor.map(|name| name.parse().expect("a name")),
            unit: unit.map(str::to_owned),
            value,
        }
    }

    #[test]
    fn units_sensors_and_missing_values_are_written_out() {
        let at = Time::from_millis(0);
        let values = vec![value(Some("radar"), Some("cm"), 800.0), value(None, None, f64::NAN)];
        let bytes = message(&[Observation { at, values }]);
        let expected = concat!(
            r#"[{"readings":{"water_level":{"sensor":"radar","unit":"cm","value":800.0}},"#,
            r#""time":"1970-01-01T07:00:00+07:00"},"#,
            r#"{"readings":{"water_level":null},"time":"1970-01-01T07:00:00+07:00"}]"#,
        );
        assert_eq!(String::from_utf8(bytes).expect("text"), expected);
    }

    #[test]
    fn sorting_brings_values_of_one_time_together() {
        let mut recording = Recording::default();
        let station = "a".parse().expect("a name");
        for minute in [10, 0, 10] {
            let at = Time::from_millis(0) + Span::minutes(minute);
            recording.add(&station, at, value(None, None, minute as f64));
        }
        recording.sort();
        let sizes: Vec<usize> =
            recording.stations[&station].iter().map(|one| one.values.len()).collect();
        assert_eq!(sizes, [1, 2]);
        recording.cut(Some(Time::from_millis(1)), None);
        assert_eq!(recording.values(), 2);
    }
}
