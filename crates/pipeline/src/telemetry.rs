//! From a message to sets of readings in event-time order.
//!
//! A value that follows the one before it goes on at once. One that comes after a hole waits at most
//! `reorder_hold` for what is missing, so a burst that arrives in the wrong order is processed in the right one.

use std::collections::BTreeMap;

use decode::Decoded;
use domain::{SetAside, SetAsideReason, Span, StationId, Time};

use crate::accept::{self, Refused, Sensors};
use crate::agenda::Due;
use crate::plan::Place;
use crate::processor::{Pipeline, Work};
use crate::reading::Spot;
use crate::state::{Held, SeriesState, Set, StationState, Value};

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
        let newest = decoded.readings.iter().filter_map(|raw| raw.observed_at).max();
        let world = match again {
            true => self.state.clock.world_then(received),
            false => self.state.clock.world(received, newest),
        };
        if let (Some(stamp), false) = (newest, again || retained) {
            self.witnesses.heard(id, received, stamp);
        }
        let timeless = decoded.readings.iter().all(|raw| raw.observed_at.is_none());
        let (sets, refused) = self.resolve(work, place, id, decoded, retained, world);
        // A copy, kept by a broker or sent again, says nothing of how the station is now.
        let heard = !retained && self.is_news(id, &sets);
        work.retained = retained;
        if !again && !heard {
            self.put_aside_of(id, refused.count);
        }
        if !again && heard {
            self.heard_from(work, place, id, &sets, refused, (received, world));
            if let Some(station) = self.state.stations.get_mut(id)
                && timeless
                && !sets.is_empty()
            {
                station.timeless.truncate(MOST_TIMELESS - 1);
                station.timeless.push_front((received, imprint(payload)));
            }
        }
        for set in sets {
            work.peers = crate::newest::peers(&set);
            for value in set.values {
                self.offer(work, place, id, set.at, value);
            }
        }
        work.peers.clear();

        self.settle(work, place, id);
        work.retained = false;
        self.basin_heard(work, id);
    }

    /// Whether anything in it is not known yet. A message that brings something newer is asked nothing more.
    fn is_news(&self, id: &StationId, sets: &[Set]) -> bool {
        let Some(station) = self.state.stations.get(id) else { return true };
        let Some(newest) = sets.last().map(|set| set.at) else { return true };
        station.health.last_observed.is_none_or(|last| newest > last)
            || sets.iter().any(|set| set.values.iter().any(|value| !station.has(set.at, value)))
    }

    pub(crate) fn put_aside_of(&mut self, id: &StationId, count: usize) {
        if let Some(station) = self.state.stations.get_mut(id) {
            station.health.set_aside += count as u64;
        }
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
    ) -> (Vec<Set>, Refused) {
        let (plan, station) = (std::sync::Arc::clone(&work.plan), self.state.stations.get(id));
        let mut refused = Refused::default();
        let mut unknown = false;
        let mut aside = |reason, detail, pointer, harmless: bool| {
            refused.count += 1;
            refused.nonsense |= !harmless && accept::is_nonsense(reason);
            unknown |= reason == SetAsideReason::UnknownParameter;
            set_aside(work, id, reason, detail, pointer);
        };
        for rejected in decoded.set_aside {
            aside(rejected.reason, rejected.detail, rejected.pointer, rejected.harmless);
        }
        let mut sets: BTreeMap<Time, Vec<Value>> = BTreeMap::new();
        let mut sensors = Sensors::default();
        for raw in &decoded.readings {
            match accept::accept(&plan.pack.about, place, raw, retained, received) {
                Err((reason, detail)) => aside(reason, detail, raw.pointer(), false),
                Ok(value) if sensors.has_no_room(place, station, &sets, &value) => {
                    let (reason, detail) = accept::one_sensor_too_many(&value.sensor);
                    aside(reason, detail, raw.pointer(), false);
                }
                Ok(value) => {
                    sets.entry(raw.observed_at.unwrap_or(received)).or_default().push(value);
                }
            }
        }
        // Names that nobody configured are nonsense only where nothing else is there.
        refused.nonsense |= unknown && sets.is_empty();
        (sets.into_iter().map(|(at, values)| Set { at, values }).collect(), refused)
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
            series.hold(Held { at, value, since: now, retained: work.retained });
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
            self.waited(work, Spot::new(place, id, index), &first);
        }
    }

    /// A held value is processed as what it was when it came.
    fn waited(&mut self, work: &mut Work, spot: Spot<'_>, held: &Held) {
        if spot.place.measured(held.value.parameter.as_str()).is_none() {
            return not_measured(work, spot.id, held);
        }
        let before = std::mem::replace(&mut work.retained, held.retained);
        self.reading(work, spot, held.at, &held.value);
        work.retained = before;
    }

    /// The station was taken out of the configuration while its values waited.
    fn put_held_aside(&mut self, work: &mut Work, id: &StationId) {
        let Some(station) = self.state.stations.get_mut(id) else { return };
        let waiting: Vec<Held> =
            station.series.iter_mut().flat_map(|series| series.held.drain(..)).collect();
        station.health.set_aside += waiting.len() as u64;
        for held in &waiting {
            not_measured(work, id, held);
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
        let Some(place) = plan.stations.get(id) else { return self.put_held_aside(work, id) };
        let interval = place.station.as_ref().map_or(Span::ZERO, |station| station.interval);
        let count = self.state.stations.get(id).map_or(0, |station| station.series.len());
        for index in 0..count {
            let Some(series) = self.state.series_mut(id, index) else { continue };
            let over = series.held.iter().rposition(|held| held.since + hold <= now);
            let Some(last) = over else { continue };
            let free: Vec<Held> = series.held.drain(..=last).collect();
            for held in &free {
                self.waited(work, Spot::new(place, id, index), held);
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

impl StationState {
    /// Whether that value is known for that time, or waits.
    fn has(&self, at: Time, value: &Value) -> bool {
        let same = |s: &&SeriesState| s.parameter == value.parameter && s.sensor == value.sensor;
        self.series.iter().find(same).is_some_and(|series| {
            let decided = series.decided.get(&at);
            series.knows(at, value.value)
                || decided.is_some_and(|known| known.is_of(value.value))
                || series.held.iter().any(|held| held.at == at && held.value.value == value.value)
        })
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

/// Says of a value that waited why nobody will ever see it: what it measured was taken out of the configuration.
fn not_measured(work: &mut Work, id: &StationId, held: &Held) {
    let Held { at, value, .. } = held;
    let (reason, what) = match work.plan.stations.contains_key(id) {
        true => (SetAsideReason::UnknownParameter, "parameter"),
        false => (SetAsideReason::UnknownStation, "station"),
    };
    let shown = value.value.map_or_else(|| "no value".to_owned(), |value| value.to_string());
    let detail = format!(
        "'{}' of {at} ({shown}) waited for values before it while its {what} was taken out of the configuration: put \
         it back, then process the message again",
        value.parameter
    );
    set_aside(work, id, reason, detail, String::new());
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
