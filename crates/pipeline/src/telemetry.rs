//! From a message to sets of readings in event-time order.
//!
//! A value that follows the one before it goes on at once. One that comes after a hole waits at most
//! `reorder_hold` for what is missing, so a burst that arrives in the wrong order is processed in the right one.

use std::collections::{BTreeMap, BTreeSet};

use decode::{Decoded, RawReading, RawValue};
use domain::{ParameterId, SensorId, SetAside, SetAsideReason, Span, StationId, Time};

use crate::agenda::Due;
use crate::plan::Place;
use crate::processor::{Pipeline, Work};
use crate::reading::Spot;
use crate::state::{Held, SeriesState, Set, Value};

/// Most sensors of one parameter at one station.
const MOST_SENSORS: usize = 8;

/// A station that got no acknowledgement sends again within this time.
const SENT_AGAIN_WITHIN: Span = Span::minutes(10);

/// Most messages of one station that are recognised when they are sent again: a broker may have this many on
/// their way at once (Mosquitto's `max_inflight_messages` is 20).
const MOST_TIMELESS: usize = 32;

impl Pipeline {
    /// Whether a message that was sent again for want of an acknowledgement is the one we have. One with a time
    /// of its own finds its own place; one without would be counted twice, once at each receipt.
    pub(crate) fn is_repetition(
        &mut self,
        id: &StationId,
        payload: &[u8],
        dup: bool,
        received: Time,
    ) -> bool {
        let Some(station) = self.state.stations.get_mut(id) else { return false };
        let imprint = imprint(payload);
        let same =
            |(at, known): &(Time, u64)| *known == imprint && received - *at <= SENT_AGAIN_WITHIN;
        let repeats = dup && station.timeless.iter().any(same);
        station.health.duplicates += u64::from(repeats);
        repeats
    }

    pub(crate) fn telemetry(
        &mut self,
        work: &mut Work,
        id: &StationId,
        payload: &[u8],
        retained: bool,
        received: Time,
        again: bool,
    ) {
        let plan = std::sync::Arc::clone(&work.plan);
        let Some(place) = plan.stations.get(id) else {
            let detail = format!("'{id}' is not in stations.toml: add it, then process this again");
            return set_aside(work, id, SetAsideReason::UnknownStation, detail, String::new());
        };
        let decoded = decode::telemetry(payload, received);
        let timeless = decoded.readings.iter().all(|raw| raw.observed_at.is_none());
        let before = work.out.set_aside.len();
        let sets = self.resolve(work, place, id, decoded, retained, received);
        let refused = work.out.set_aside.len() - before;
        if !again {
            self.heard_from(work, place, id, &sets, refused, received);
            if let Some(station) = self.state.stations.get_mut(id)
                && timeless
                && !sets.is_empty()
            {
                station.timeless.truncate(MOST_TIMELESS - 1);
                station.timeless.push_front((received, imprint(payload)));
            }
        }
        for set in sets {
            for value in set.values {
                self.offer(work, place, id, set.at, value);
            }
        }
        self.settle(work, place, id);
        self.basin_heard(work, id);
    }

    /// Readings in canonical units, grouped by time, ascending; what cannot be used is put aside.
    fn resolve(
        &self,
        work: &mut Work,
        place: &Place,
        id: &StationId,
        decoded: Decoded<'_>,
        retained: bool,
        received: Time,
    ) -> Vec<Set> {
        for rejected in decoded.set_aside {
            set_aside(work, id, rejected.reason, rejected.detail, rejected.pointer);
        }
        let mut sets: BTreeMap<Time, Vec<Value>> = BTreeMap::new();
        for raw in &decoded.readings {
            match self.accept(work, place, raw, retained, received) {
                Err((reason, detail)) => set_aside(work, id, reason, detail, raw.pointer()),
                Ok(value) if self.makes_one_series_too_many(place, id, &value, &sets) => {
                    let detail = format!(
                        "'{}' would be one sensor more than the {MOST_SENSORS} that a station may have of one \
                         parameter",
                        value.sensor
                    );
                    set_aside(work, id, SetAsideReason::WrongForm, detail, raw.pointer());
                }
                Ok(value) => {
                    sets.entry(raw.observed_at.unwrap_or(received)).or_default().push(value);
                }
            }
        }
        sets.into_iter().map(|(at, values)| Set { at, values }).collect()
    }

    /// A series is for ever, so names made up on the way must not make any number of them.
    fn makes_one_series_too_many(
        &self,
        place: &Place,
        id: &StationId,
        value: &Value,
        sets: &BTreeMap<Time, Vec<Value>>,
    ) -> bool {
        let same = |p: &ParameterId, s: &SensorId| *p == value.parameter && *s == value.sensor;
        let known = self.state.stations.get(id).map_or(&[][..], |station| &station.series);
        let named = place.station.as_ref().is_some_and(|s| s.sensors.contains(&value.sensor));
        if named
            || value.sensor == SensorId::main()
            || known.iter().any(|s| same(&s.parameter, &s.sensor))
        {
            return false;
        }
        let coming = sets.values().flatten().filter(|v| v.parameter == value.parameter);
        let old = known.iter().filter(|s| s.parameter == value.parameter).map(|s| &s.sensor);
        let sensors: BTreeSet<&SensorId> = coming.map(|v| &v.sensor).chain(old).collect();
        !sensors.contains(&value.sensor) && sensors.len() >= MOST_SENSORS
    }

    fn accept(
        &self,
        work: &Work,
        place: &Place,
        raw: &RawReading<'_>,
        retained: bool,
        received: Time,
    ) -> Result<Value, (SetAsideReason, String)> {
        let about = &work.plan.pack.about;
        let name: &str = &raw.parameter;
        let Some(measured) = place.measured(name) else {
            let detail =
                format!("'{name}' is no parameter of this station: add it to stations.toml");
            return Err((SetAsideReason::UnknownParameter, detail));
        };
        if retained && raw.observed_at.is_none() {
            let detail =
                "a retained copy without a time of its own says nothing of when".to_owned();
            return Err((SetAsideReason::RetainedWithoutTime, detail));
        }
        check_time(raw.observed_at, received, about.future_tolerance, about.oldest)?;
        let unit = measured.parameter.unit;
        let value = match raw.value {
            RawValue::Missing => None,
            RawValue::Number(number) if about.sentinels.contains(&number) => {
                let detail = format!("{number} is what loggers send for 'no value'");
                return Err((SetAsideReason::Sentinel, detail));
            }
            RawValue::Number(number) => Some(convert(number, raw.unit.as_deref(), unit)?),
        };
        let sensor = sensor(raw.sensor.as_deref())?;
        Ok(Value {
            parameter: measured.parameter.id.clone(),
            sensor,
            value,
            own_time: raw.observed_at.is_some(),
            mark: raw.mark.as_deref().map(str::to_owned),
            span: None,
            sure: None,
        })
    }

    /// Processes a value, or lets it wait for what is missing before it.
    fn offer(&mut self, work: &mut Work, place: &Place, id: &StationId, at: Time, value: Value) {
        let hold = work.plan.pack.about.reorder_hold;
        let interval = place.station.as_ref().map_or(Span::ZERO, |station| station.interval);
        let index = self.series_index(work, id, &value);
        let now = self.state.now;
        let Some(series) = self.state.series_mut(id, index) else { return };
        let behind_held = series.held.front().is_some_and(|first| at >= first.at);
        if hold > Span::ZERO && (behind_held || series.leaves_hole(at, interval)) {
            let first = series.held.is_empty();
            series.hold(Held { at, value, since: now });
            if first {
                self.agenda.add(now + hold, Due::Hold(id.clone()));
            }
            return;
        }
        self.reading(work, Spot::new(place, id, index), at, &value);
        self.release_joined(work, place, id, index, interval);
    }

    /// Processes held values that now follow without a hole.
    fn release_joined(
        &mut self,
        work: &mut Work,
        place: &Place,
        id: &StationId,
        index: usize,
        interval: Span,
    ) {
        while let Some(series) = self.state.series_mut(id, index) {
            let joined = |first: &Held| !series.leaves_hole(first.at, interval);
            if !series.held.front().is_some_and(joined) {
                return;
            }
            let Some(first) = series.held.pop_front() else { return };
            self.reading(work, Spot::new(place, id, index), first.at, &first.value);
        }
    }

    /// When the wait of the first held value of a station is over.
    pub(crate) fn hold_ends(&self, id: &StationId, hold: Span) -> Option<Time> {
        let series = &self.state.stations.get(id)?.series;
        let held = series.iter().flat_map(|series| &series.held);
        held.map(|held| held.since).min().map(|since| since + hold)
    }

    /// The wait of some is over: processes them and what they waited with, in order, and what then follows.
    pub(crate) fn let_go(&mut self, work: &mut Work, id: &StationId) {
        let plan = std::sync::Arc::clone(&work.plan);
        let (hold, now) = (plan.pack.about.reorder_hold, self.state.now);
        let Some(place) = plan.stations.get(id) else { return };
        let interval = place.station.as_ref().map_or(Span::ZERO, |station| station.interval);
        let count = self.state.stations.get(id).map_or(0, |station| station.series.len());
        for index in 0..count {
            let Some(series) = self.state.series_mut(id, index) else { continue };
            let over = series.held.iter().rposition(|held| held.since + hold <= now);
            let Some(last) = over else { continue };
            let free: Vec<Held> = series.held.drain(..=last).collect();
            for held in free {
                self.reading(work, Spot::new(place, id, index), held.at, &held.value);
            }
            self.release_joined(work, place, id, index, interval);
        }
        self.settle(work, place, id);
        self.basin_heard(work, id);
        if let Some(at) = self.hold_ends(id, hold) {
            self.agenda.add(at, Due::Hold(id.clone()));
        }
    }
}

impl SeriesState {
    fn hold(&mut self, held: Held) {
        let index = self.held.partition_point(|other| other.at <= held.at);
        self.held.insert(index, held);
    }

    /// Whether something is missing between the newest processed value and `at`. The expected step is the station's
    /// interval, or the step the series really keeps when that is longer.
    fn leaves_hole(&self, at: Time, interval: Span) -> bool {
        let Some(last) = self.recent.last() else { return false };
        let step = self.step.kept().map_or(interval, |step| step.max(interval));
        (at - last.at).millis() * 2 > step.millis() * 3
    }
}

/// What a message is recognised by: FNV-1a, 64 bits, the same in every version of this program.
fn imprint(payload: &[u8]) -> u64 {
    payload.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

fn sensor(text: Option<&str>) -> Result<SensorId, (SetAsideReason, String)> {
    let Some(text) = text else { return Ok(SensorId::main()) };
    let fault = |e: domain::id::IdError| (SetAsideReason::WrongForm, e.to_string());
    text.to_ascii_lowercase().parse().map_err(fault)
}

fn check_time(
    observed: Option<Time>,
    received: Time,
    tolerance: Span,
    oldest: Time,
) -> Result<(), (SetAsideReason, String)> {
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

fn convert(
    number: f64,
    unit: Option<&str>,
    to: domain::Unit,
) -> Result<f64, (SetAsideReason, String)> {
    let Some(text) = unit else { return Ok(number) };
    let known = domain::Unit::parse(text).and_then(|unit| unit.convert(number, to));
    known.filter(|value| value.is_finite()).ok_or_else(|| {
        let shown: String = text.chars().take(20).collect();
        let detail = format!("unit '{shown}' cannot be turned into {}", to.symbol());
        (SetAsideReason::UnknownUnit, detail)
    })
}

pub(crate) fn set_aside(
    work: &mut Work,
    station: &StationId,
    reason: SetAsideReason,
    detail: String,
    pointer: String,
) {
    work.out.set_aside.push(SetAside { station: station.clone(), reason, detail, pointer });
}
