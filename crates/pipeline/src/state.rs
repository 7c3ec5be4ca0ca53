//! All that the pipeline remembers: what a checkpoint holds.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use domain::{
    AlarmRecord, Condition, DutyDesk, EpisodeId, Level, Maintenance, ParameterId, Point, QcFlag,
    Realm, RuleId, SensorId, SeriesId, SeriesKey, Span, StationHealth, StationId, Time,
};
use quality::Track;
use serde::{Deserialize, Serialize};
use warning::{Desk, Watcher};

use crate::clock::Clock;
use crate::counting::Tally;
use crate::faults::Fault;
use crate::roster::Roster;
use derive::Rain;

/// Everything.
pub(crate) struct State {
    /// Processing time: the newest receive time, or the deadline being handled.
    pub(crate) now: Time,
    /// Series by number.
    pub(crate) series: Vec<SeriesKey>,
    pub(crate) stations: Roster,
    pub(crate) basins: BTreeMap<StationId, BasinState>,
    /// When telemetry of any station was last received.
    pub(crate) heard: Option<Time>,
    /// Other brokers that bring nothing, and since when.
    pub(crate) links: BTreeMap<StationId, Time>,
    /// What the journal last said of the clock.
    pub(crate) clock: Clock,
    pub(crate) alarms: BTreeMap<(RuleId, StationId), AlarmRecord>,
    /// Alarms that stood when they were no longer observed, by the episode in which they did.
    pub(crate) unobserved: BTreeSet<(EpisodeId, RuleId, StationId)>,
    pub(crate) desk: Desk,
    pub(crate) duty: DutyDesk,
}

/// The step a basin waits for.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct BasinState {
    /// Event time of the step; `None` before the first rain.
    pub(crate) slot: Option<Time>,
    /// When the grace for it runs out (processing time); set when a station first reached it.
    pub(crate) grace_until: Option<Time>,
    /// Watchers of the rules at this basin.
    pub(crate) watchers: Vec<(RuleId, Watcher)>,
    /// Numbers of its series, by place in [`derive::BASIN_RAIN`].
    pub(crate) series: Vec<Option<SeriesId>>,
}

/// A station.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct StationState {
    pub(crate) series: Vec<SeriesState>,
    /// In the order of the plan's watches.
    pub(crate) watchers: Vec<(RuleId, Watcher)>,
    pub(crate) health: HealthState,
    /// The last messages without any time of their own: when each was received, and [`crate::telemetry::imprint`].
    pub(crate) timeless: VecDeque<(Time, u64)>,
}

/// Readings of one message for one time.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Set {
    pub(crate) at: Time,
    pub(crate) values: Vec<Value>,
}

/// A reading in canonical units, not yet judged.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Value {
    pub(crate) parameter: ParameterId,
    pub(crate) sensor: SensorId,
    pub(crate) value: Option<f64>,
    pub(crate) own_time: bool,
    pub(crate) mark: Option<String>,
    /// Time an amount speaks for, when that is not the station's interval: a counter's after a gap.
    pub(crate) span: Option<Span>,
    /// What of a doubted amount is certain.
    pub(crate) sure: Option<f64>,
}

/// The step a series keeps: one seen twice in a row, so that a single gap is not taken for it.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub(crate) struct Step {
    last: Option<Span>,
    before: Option<Span>,
}

impl Step {
    pub(crate) fn see(&mut self, distance: Option<Span>) {
        self.before = std::mem::replace(&mut self.last, distance);
    }

    pub(crate) fn kept(self) -> Option<Span> {
        Some(self.last?.min(self.before?))
    }
}

/// A value that waits.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Held {
    pub(crate) at: Time,
    pub(crate) value: Value,
    /// When it was received (processing time).
    pub(crate) since: Time,
    /// A copy that a broker kept: no sign that its sensor lives.
    pub(crate) retained: bool,
}

/// What a person decided about the value of one time.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(crate) struct Decided {
    /// What the station had sent.
    pub(crate) measured: Option<f64>,
    /// What holds.
    pub(crate) value: Option<f64>,
    pub(crate) flag: QcFlag,
    pub(crate) failed: u16,
    /// The person gave the value.
    pub(crate) given: bool,
}

/// A measured series.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct SeriesState {
    pub(crate) id: SeriesId,
    pub(crate) parameter: ParameterId,
    pub(crate) sensor: SensorId,
    pub(crate) track: Track,
    /// Recent values in event time.
    pub(crate) recent: Vec<Point>,
    pub(crate) rain: Option<Rain>,
    /// Distances of values that came in order.
    pub(crate) step: Step,
    /// Values that wait for what is missing before them; ascending.
    pub(crate) held: VecDeque<Held>,
    /// Totals of a counter.
    pub(crate) counter: Tally,
    /// Silence of the sensor is counted from here (processing time): its last usable value, or an excuse.
    pub(crate) usable_at: Option<Time>,
    /// No usable value for longer than `silent_after`, though the station is heard.
    pub(crate) silent: bool,
    /// What contradicts it.
    pub(crate) fault: Option<Fault>,
    /// The checks before the newest value: another value for its time is judged with them.
    pub(crate) before: Option<(Time, Track)>,
    /// Its newest value had a time of its own.
    pub(crate) own_time: bool,
    /// Since when it shows the same value, event time.
    pub(crate) still_since: Option<Time>,
    /// Times of remembered values that nothing this sensor repeats makes sure.
    pub(crate) doubted: BTreeSet<Time>,
    /// Another sensor that showed something else when they were last compared.
    /// … and whether that one shows more.
    pub(crate) disputed: Option<(SensorId, bool)>,
    /// Other sensors that showed the same, and when they last did.
    pub(crate) agreed: Vec<(SensorId, Time)>,
    /// Numbers of the series derived from this one, by slot of [`derive::DERIVED`].
    pub(crate) derived: Vec<Option<SeriesId>>,
    /// What people decided, by time; kept when the values themselves are forgotten.
    pub(crate) decided: BTreeMap<Time, Decided>,
}

/// What is known of a station apart from what it measures.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct HealthState {
    pub(crate) connected: Option<bool>,
    pub(crate) last_received: Option<Time>,
    /// Silence is counted from here: the last message, or the start after a stop.
    pub(crate) listening_from: Option<Time>,
    pub(crate) last_observed: Option<Time>,
    pub(crate) conditions: Vec<(Condition, Time)>,
    pub(crate) battery_volts: Option<f64>,
    pub(crate) messages: u64,
    pub(crate) set_aside: u64,
    pub(crate) duplicates: u64,
    /// The last messages, newest in bit 0: 1 = something of it was put aside.
    pub(crate) nonsense: u32,
    /// Messages in a row whose newest reading is older than the clock tolerance.
    pub(crate) lagging: u8,
    /// Somebody works on it.
    pub(crate) maintenance: Option<Maintenance>,
}

/// The rarely large part of a checkpoint, as JSON: its enums are written for people.
#[derive(Serialize, Deserialize)]
struct Rare {
    alarms: Vec<AlarmRecord>,
    unobserved: BTreeSet<(EpisodeId, RuleId, StationId)>,
    clock: Clock,
    desk: Desk,
    duty: DutyDesk,
}

/// The often large part, compact.
#[derive(Serialize, Deserialize)]
struct Bulk {
    now: Time,
    series: Vec<SeriesKey>,
    stations: BTreeMap<StationId, StationState>,
    basins: BTreeMap<StationId, BasinState>,
    heard: Option<Time>,
    links: BTreeMap<StationId, Time>,
}

impl State {
    pub(crate) fn new(realm: Realm) -> Self {
        Self {
            now: Time::default(),
            series: Vec::new(),
            stations: Roster::default(),
            basins: BTreeMap::new(),
            heard: None,
            links: BTreeMap::new(),
            clock: Clock::default(),
            alarms: BTreeMap::new(),
            unobserved: BTreeSet::new(),
            desk: Desk::new(realm),
            duty: DutyDesk::default(),
        }
    }

    /// An alarm that stands is not observed any more.
    pub(crate) fn note_unobserved(&mut self, alarm: &AlarmRecord) {
        if alarm.level() > Level(0) {
            let key = (alarm.episode.clone(), alarm.rule.clone(), alarm.target.clone());
            self.unobserved.insert(key);
        }
    }

    /// A rule forgets what it saw at a target.
    pub(crate) fn forget_watcher(&mut self, rule: &RuleId, target: &StationId) {
        let station = self.stations.get_mut(target).map(|station| &mut station.watchers);
        let basin = self.basins.get_mut(target).map(|basin| &mut basin.watchers);
        let watchers = station.into_iter().chain(basin).flatten();
        watchers
            .filter(|(id, _)| id == rule)
            .for_each(|(_, watcher)| *watcher = Watcher::default());
    }

    /// What a rule saw at a target.
    pub(crate) fn watcher_mut(
        &mut self,
        rule: &RuleId,
        target: &StationId,
    ) -> Option<&mut Watcher> {
        let station = self.stations.get_mut(target).map(|station| &mut station.watchers);
        let basin = self.basins.get_mut(target).map(|basin| &mut basin.watchers);
        let mut watchers = station.into_iter().chain(basin).flatten();
        watchers.find(|(id, _)| id == rule).map(|(_, watcher)| watcher)
    }

    /// A series of a station.
    pub(crate) fn series_mut(&mut self, id: &StationId, index: usize) -> Option<&mut SeriesState> {
        self.stations.get_mut(id)?.series.get_mut(index)
    }

    /// The two parts as bytes.
    pub(crate) fn write(&self) -> (Vec<u8>, Vec<u8>) {
        let rare = Rare {
            alarms: self.alarms.values().cloned().collect(),
            unobserved: self.unobserved.clone(),
            clock: self.clock.clone(),
            desk: self.desk.clone(),
            duty: self.duty.clone(),
        };
        let bulk = Bulk {
            now: self.now,
            series: self.series.clone(),
            stations: self.stations.iter().map(|(id, s)| (id.clone(), s.clone())).collect(),
            basins: self.basins.clone(),
            heard: self.heard,
            links: self.links.clone(),
        };
        let bulk = postcard::to_stdvec(&bulk).expect("plain data always serialises");
        let rare = serde_json::to_vec(&rare).expect("names are the only map keys");
        (bulk, rare)
    }

    pub(crate) fn read(bulk: &[u8], rare: &[u8]) -> Result<Self, String> {
        let bulk: Bulk = postcard::from_bytes(bulk).map_err(|error| error.to_string())?;
        let rare: Rare = serde_json::from_slice(rare).map_err(|error| error.to_string())?;
        let key = |alarm: &AlarmRecord| (alarm.rule.clone(), alarm.target.clone());
        Ok(Self {
            now: bulk.now,
            series: bulk.series,
            stations: bulk.stations.into_iter().collect(),
            basins: bulk.basins,
            heard: bulk.heard,
            links: bulk.links,
            clock: rare.clock,
            alarms: rare.alarms.into_iter().map(|alarm| (key(&alarm), alarm)).collect(),
            unobserved: rare.unobserved,
            desk: rare.desk,
            duty: rare.duty,
        })
    }
}

impl StationState {
    /// The newest value of a parameter that is not bad, of any sensor.
    pub(crate) fn newest(&self, parameter: &str) -> Option<Point> {
        let of = |series: &&SeriesState| series.parameter.as_str() == parameter;
        let usable = |point: &&Point| !matches!(point.flag, QcFlag::Bad | QcFlag::Missing);
        let newest = |series: &SeriesState| series.recent.iter().rev().find(usable).copied();
        self.series.iter().filter(of).filter_map(newest).max_by_key(|point| point.at)
    }

    pub(crate) fn is(&self, condition: Condition) -> bool {
        self.health.conditions.iter().any(|(known, _)| *known == condition)
    }

    pub(crate) fn report(&self, station: &StationId) -> StationHealth {
        let health = &self.health;
        StationHealth {
            station: station.clone(),
            connected: health.connected,
            last_received: health.last_received,
            last_observed: health.last_observed,
            conditions: health.conditions.clone(),
            battery_volts: health.battery_volts,
            messages: health.messages,
            set_aside: health.set_aside,
            duplicates: health.duplicates,
            maintenance: health.maintenance.clone(),
        }
    }
}
