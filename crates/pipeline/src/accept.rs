//! From a reading as it was sent to a value in the parameter's unit, or why it cannot be used.

use std::collections::{BTreeMap, BTreeSet};

use decode::{RawReading, RawValue};
use domain::form::folded;
use domain::{ParameterId, SensorId, SetAsideReason, Span, Time, Unit};

use crate::plan::{Measured, Place};
use crate::state::{StationState, Value};
use pack::About;

/// Most sensors of one parameter at one station.
const MOST_SENSORS: usize = 8;

/// Why something cannot be used, and the same in a sentence.
pub(crate) type Refusal = (SetAsideReason, String);

/// Takes a reading of a station; `received` stands in for a time that it does not have.
pub(crate) fn accept(
    about: &About,
    place: &Place,
    raw: &RawReading<'_>,
    retained: bool,
    received: Time,
) -> Result<Value, Refusal> {
    let measured = parameter(place, &raw.parameter)?;
    if retained && raw.observed_at.is_none() {
        let detail = "a retained copy without a time of its own says nothing of when".to_owned();
        return Err((SetAsideReason::RetainedWithoutTime, detail));
    }
    check_time(raw.observed_at, received, about.future_tolerance, about.oldest)?;
    let value = match raw.value {
        RawValue::Missing => None,
        RawValue::Number(number) => {
            Some(value(number, raw.unit.as_deref(), measured, &about.sentinels)?)
        }
    };
    Ok(Value {
        parameter: measured.parameter.id.clone(),
        sensor: sensor(raw.sensor.as_deref())?,
        value,
        own_time: raw.observed_at.is_some(),
        mark: raw.mark.as_deref().map(str::to_owned),
        span: None,
        sure: None,
    })
}

fn parameter<'p>(place: &'p Place, name: &str) -> Result<&'p Measured, Refusal> {
    place.measured(name).or_else(|| place.measured(&folded(name))).ok_or_else(|| {
        let detail = format!("'{name}' is no parameter of this station: add it to stations.toml");
        (SetAsideReason::UnknownParameter, detail)
    })
}

fn sensor(text: Option<&str>) -> Result<SensorId, Refusal> {
    let Some(text) = text else { return Ok(SensorId::main()) };
    let fault = |e: domain::id::IdError| (SetAsideReason::WrongForm, e.to_string());
    folded(text).parse().map_err(fault)
}

fn check_time(
    observed: Option<Time>,
    received: Time,
    tolerance: Span,
    oldest: Time,
) -> Result<(), Refusal> {
    match observed {
        Some(at) if at - received > tolerance => {
            let detail =
                format!("{at} is more than {tolerance} after it was received: set the clock");
            Err((SetAsideReason::FutureTime, detail))
        }
        Some(at) if at < oldest => {
            let detail = format!("{at} is before {oldest}: a clock after a power loss");
            Err((SetAsideReason::AncientTime, detail))
        }
        _ => Ok(()),
    }
}

/// The number in the parameter's unit, unless it is one of those that stand for "no value".
///
/// Such a number is what the logger wrote, or what it became when somebody multiplied it. In another unit it may be a
/// value like any other, 99999 Pa for one; then it has to be one that this parameter can have.
fn value(
    number: f64,
    unit: Option<&str>,
    measured: &Measured,
    sentinels: &[f64],
) -> Result<f64, Refusal> {
    let to = measured.parameter.unit;
    let from = match unit.map(|text| (text, Unit::parse(text))) {
        None => to,
        Some((_, Some(known))) => known,
        Some((text, None)) => return Err(unusable(text, to)),
    };
    let converted = from.convert(number, to).filter(|value| value.is_finite());
    let value = converted.ok_or_else(|| unusable(unit.unwrap_or_default(), to))?;
    let same = |sentinel: &f64, number: f64| (sentinel - number).abs() <= sentinel.abs() * 1e-12;
    let none = |number: f64| sentinels.iter().any(|sentinel| same(sentinel, number));
    let legitimate = from != to && measured.can_be(value);
    if none(value) || none(number) && !legitimate {
        let detail = format!("{number} is what loggers send for 'no value'");
        return Err((SetAsideReason::Sentinel, detail));
    }
    Ok(value)
}

fn unusable(unit: &str, to: Unit) -> Refusal {
    let shown: String = unit.chars().take(20).collect();
    let detail = format!("unit '{shown}' cannot be turned into {}", to.symbol());
    (SetAsideReason::UnknownUnit, detail)
}

impl Measured {
    /// Whether a value lies where nobody doubts it, as far as anybody said.
    fn can_be(&self, value: f64) -> bool {
        self.limits.gross.is_some_and(|gross| {
            let least = gross.suspect_min.or(gross.fail_min);
            let most = gross.suspect_max.or(gross.fail_max);
            (least.is_some() || most.is_some())
                && least.is_none_or(|least| value >= least)
                && most.is_none_or(|most| value <= most)
        })
    }
}

/// What of a message could not be used.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Refused {
    /// So many readings, or pieces of the message.
    pub(crate) count: usize,
    /// It says that the station sends nonsense.
    pub(crate) nonsense: bool,
}

/// The sensors of each parameter, counted once for a message and only when it brings a name that nobody knows.
#[derive(Default)]
pub(crate) struct Sensors(Option<BTreeMap<ParameterId, BTreeSet<SensorId>>>);

impl Sensors {
    /// Whether a value would be of one sensor too many. A series is for ever, so names made up on the way must not
    /// make any number of them.
    pub(crate) fn has_no_room(
        &mut self,
        place: &Place,
        station: Option<&StationState>,
        so_far: &BTreeMap<Time, Vec<Value>>,
        value: &Value,
    ) -> bool {
        let series = station.map_or(&[][..], |station| &station.series);
        let known = |(parameter, sensor): (&ParameterId, &SensorId)| {
            *parameter == value.parameter && *sensor == value.sensor
        };
        let named = place.station.as_ref().is_some_and(|s| s.sensors.contains(&value.sensor));
        if named
            || value.sensor == SensorId::main()
            || series.iter().any(|series| known((&series.parameter, &series.sensor)))
        {
            self.note(value);
            return false;
        }
        let all = self.0.get_or_insert_with(|| {
            let coming = so_far.values().flatten().map(|v| (&v.parameter, &v.sensor));
            let old = series.iter().map(|series| (&series.parameter, &series.sensor));
            let mut all: BTreeMap<ParameterId, BTreeSet<SensorId>> = BTreeMap::new();
            for (parameter, sensor) in old.chain(coming) {
                all.entry(parameter.clone()).or_default().insert(sensor.clone());
            }
            all
        });
        let sensors = all.entry(value.parameter.clone()).or_default();
        let full = !sensors.contains(&value.sensor) && sensors.len() >= MOST_SENSORS;
        if !full {
            sensors.insert(value.sensor.clone());
        }
        full
    }

    fn note(&mut self, value: &Value) {
        let Some(all) = &mut self.0 else { return };
        let sensors = all.entry(value.parameter.clone()).or_default();
        if !sensors.contains(&value.sensor) {
            sensors.insert(value.sensor.clone());
        }
    }
}

/// The complaint about a sensor for which there is no room.
pub(crate) fn one_sensor_too_many(sensor: &SensorId) -> Refusal {
    let detail = format!(
        "'{sensor}' would be one sensor more than the {MOST_SENSORS} that a station may have of one parameter: name \
         the sensors that it has in stations.toml"
    );
    (SetAsideReason::WrongForm, detail)
}

/// Whether what was put aside for that reason says that a station sends nonsense. A value that it does not have, a
/// clock that is wrong and a copy that somebody keeps are whole; the first two are told under their own names.
pub(crate) const fn is_nonsense(reason: SetAsideReason) -> bool {
    use SetAsideReason::{
        AncientTime, FutureTime, RetainedWithoutTime, Sentinel, UnknownParameter, UnknownStation,
    };
    !matches!(
        reason,
        Sentinel
            | RetainedWithoutTime
            | FutureTime
            | AncientTime
            | UnknownParameter
            | UnknownStation
    )
}
