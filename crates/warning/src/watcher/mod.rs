//! One threshold rule at one place: latches in event time for each sensor, up fast and down slow.
//!
//! A level is raised when values of any sensor were at or above its threshold for `hold`, without a gap. It is lowered by
//! evidence that the danger went, and by nothing else: each sensor on which it rests was below its clear threshold
//! for `clear_hold`, without a gap, with values that are trusted and that move. Bad, missing, doubted and late values do not lower,
//! nor does silence; of a sensor that is silent or doubted another one may speak that showed the same before. A level on
//! which a person left no usable value is taken back.

mod latch;
mod seen;

use domain::{AlarmState, Level, QcFlag, SensorId, Span, Time};
use serde::{Deserialize, Serialize};

use crate::rule::{Step, Threshold};
use latch::Latch;
pub use seen::{Observation, Standing};

/// How far back late values are compared with what was known (and older ones are history, not news).
const MEMORY: Span = Span::days(30);
/// Late alarms of the same level closer together than this are one.
const LATE_ONCE: Span = Span::days(1);

/// A change of state.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Change {
    /// Before.
    pub from: AlarmState,
    /// After.
    pub to: AlarmState,
    /// Event time.
    pub at: Time,
    /// Rests on suspect or unevaluated values only.
    pub provisional: bool,
    /// What was, not what is.
    pub late: bool,
}

/// The state of one rule at one place.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Watcher {
    sensors: Vec<Sensor>,
    /// A good value has been seen.
    known: bool,
    /// Levels as they were, from when; ascending in time.
    past: Vec<(Time, Level)>,
    /// Late alarms given.
    late: Vec<(Time, Level)>,
}

/// What one sensor says.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Sensor {
    name: SensorId,
    latches: Vec<Latch>,
    /// When its newest value that counted was observed, and what it was.
    last: Option<Time>,
    value: f64,
}

/// What levels rest on, after values were judged anew.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Rests {
    /// Values known, ascending in time: also those that were judged, as they are now.
    pub known: Vec<(SensorId, Observation)>,
    /// From when on these are all there are.
    pub whole_from: Option<Time>,
    /// The instants that the checks judged anew; `None` = a person judged. What the station sent late for other instants is
    /// no reason to take a level back.
    pub judged: Option<Vec<Time>>,
}

impl Watcher {
    /// The state now.
    #[must_use]
    pub fn state(&self) -> AlarmState {
        match self.top() {
            Some(level) => AlarmState::Level(level),
            None if self.known => AlarmState::Normal,
            None => AlarmState::Unknown,
        }
    }

    /// Whether the present level rests on suspect values only. Two sensors that contradict each other and are both over a
    /// threshold agree about that.
    #[must_use]
    pub fn provisional(&self) -> bool {
        let Some(top) = self.top() else { return false };
        let raised = || self.latches().filter(move |latch| latch.level == top && latch.raised);
        let disputed = raised().filter(|latch| latch.disputed && latch.over_since.is_some());
        raised().all(|latch| latch.provisional) && disputed.count() < 2
    }

    /// Event time of the newest value that counted.
    #[must_use]
    pub fn newest(&self) -> Option<Time> {
        self.sensors.iter().filter_map(|sensor| sensor.last).max()
    }

    /// Takes the next value of a sensor in event time and says what changed. `steps` are those in force at `seen.at`; where
    /// there are none, nothing can be said.
    pub fn see(
        &mut self,
        rule: &Threshold,
        steps: &[Step],
        name: &SensorId,
        seen: Observation,
    ) -> Option<Change> {
        if !seen.usable() || steps.is_empty() {
            return None;
        }
        let before = (self.state(), self.provisional());
        let sensor = self.sensor(name, steps);
        let gap = sensor.last.is_some_and(|last| seen.at - last > rule.max_gap);
        for (latch, step) in sensor.latches.iter_mut().zip(steps) {
            if gap {
                latch.forget_time();
            }
            latch.see(rule, step, seen);
        }
        if sensor.last.is_none_or(|last| last <= seen.at) {
            (sensor.last, sensor.value) = (Some(seen.at), seen.value);
        }
        self.known |= seen.flag == QcFlag::Good || seen.withdraws;
        self.changed(before, seen.at)
    }

    /// Lets a sensor that has fallen speak for another that showed the same while both were trusted, and that is silent or
    /// doubted since.
    pub fn speaks_for(
        &mut self,
        rule: &Threshold,
        name: &SensorId,
        other: &SensorId,
    ) -> Option<Change> {
        let before = (self.state(), self.provisional());
        let speaker = self.sensors.iter().find(|sensor| sensor.name == *name)?;
        let (at, fallen) = (speaker.last?, speaker.fallen(rule));
        let other = self.sensors.iter_mut().find(|sensor| sensor.name == *other)?;
        for latch in other.latches.iter_mut().filter(|latch| fallen.contains(&latch.level)) {
            latch.lower();
        }
        self.changed(before, at)
    }

    /// Takes back what a sensor that nobody expects raised provisionally before it fell silent, where a good value of
    /// another is below.
    pub fn outlives(
        &mut self,
        steps: &[Step],
        other: &SensorId,
        seen: Observation,
    ) -> Option<Change> {
        let before = (self.state(), self.provisional());
        let other = self.sensors.iter_mut().find(|sensor| sensor.name == *other)?;
        for (latch, step) in other.latches.iter_mut().zip(steps) {
            if latch.provisional && seen.value < step.clear && seen.withdraws {
                latch.lower();
            }
        }
        self.changed(before, seen.at)
    }

    /// Something else bears a level out, such as the next gauge of the river: it is sure up to there.
    pub fn bear_out(&mut self, level: Level) -> Option<Change> {
        let before = (self.state(), self.provisional());
        let at = self.newest()?;
        let sensors = self.sensors.iter_mut().flat_map(|sensor| &mut sensor.latches);
        sensors.filter(|latch| latch.level <= level).for_each(|latch| latch.provisional = false);
        self.changed(before, at)
    }

    /// A person denied what is above `stands`: where a sensor does not show it any more it is lowered, trusted or not, and
    /// where it has been silent for longer than `silent_after` while another spoke, and everywhere when all data have
    /// stopped (`blind`). What stays raised would hide the next flood from them.
    pub fn over(
        &mut self,
        steps: &[Step],
        stands: Level,
        (blind, silent_after): (bool, Span),
    ) -> Option<Change> {
        let before = (self.state(), self.provisional());
        let at = self.newest()?;
        for sensor in &mut self.sensors {
            let silent = blind || sensor.last.is_none_or(|last| at - last > silent_after);
            for latch in sensor.latches.iter_mut().filter(|latch| latch.level > stands) {
                let step = steps.iter().find(|step| step.level == latch.level);
                if silent || step.is_some_and(|step| sensor.value < step.clear) {
                    latch.lower();
                }
            }
        }
        self.changed(before, at)
    }

    /// Forgets sensors that are no more; whether a level rested on one of them.
    pub fn retire(&mut self, gone: &[SensorId]) -> bool {
        let state = self.state();
        self.sensors.retain(|sensor| !gone.contains(&sensor.name));
        self.state() != state
    }

    /// Whether a level that stands has no threshold any more.
    #[must_use]
    pub fn lacks(&self, steps: &[Step]) -> bool {
        let mut raised = self.latches().filter(|latch| latch.raised);
        !steps.is_empty() && raised.any(|latch| steps.iter().all(|step| step.level != latch.level))
    }

    /// Names of the sensors that were seen, each with its newest time.
    pub fn sensors(&self) -> impl Iterator<Item = (&SensorId, Option<Time>)> {
        self.sensors.iter().map(|sensor| (&sensor.name, sensor.last))
    }

    /// Takes a value that came after newer ones were processed. It never changes the state; when it was
    /// higher than what was known for its time it gives one late alarm.
    pub fn see_late(
        &mut self,
        rule: &Threshold,
        steps: &[Step],
        seen: Observation,
    ) -> Option<Change> {
        let newest = self.newest()?;
        if !seen.usable() || rule.hold > Span::ZERO || newest - seen.at > MEMORY {
            return None;
        }
        let step = steps.iter().rev().find(|step| seen.value >= step.raise)?;
        let level = step.level;
        let told =
            |(at, known): &(Time, Level)| *known >= level && (*at - seen.at).abs() < LATE_ONCE;
        let now = self.top().unwrap_or_default();
        if now >= level || self.level_at(seen.at) >= level || self.late.iter().any(told) {
            return None;
        }
        self.late.retain(|(at, _)| newest - *at <= MEMORY);
        self.late.push((seen.at, level));
        Some(Change {
            from: self.state(),
            to: AlarmState::Level(level),
            at: seen.at,
            provisional: seen.sure < step.raise,
            late: true,
        })
    }

    /// Since when something that was raised, or is about to be, rests on values; `None` = nothing is.
    #[must_use]
    pub fn rests_since(&self) -> Option<Time> {
        self.latches().flat_map(|latch| [latch.since, latch.over_since]).flatten().min()
    }

    /// Looks again at what is raised, for values on which it may rest are others now. A level that has no usable value
    /// at or above its threshold since it was raised is taken back; one that has a good one, or enough that agree, is
    /// sure; another is provisional. What was raised on values that are not remembered stays as it is.
    pub fn reconsider(
        &mut self,
        rule: &Threshold,
        steps: &[Step],
        rests: &Rests,
    ) -> Option<Change> {
        let at = self.newest()?;
        let before = (self.state(), self.provisional());
        for sensor in &mut self.sensors {
            sensor.fit(steps);
            let mine = rests.known.iter().filter(|(name, _)| *name == sensor.name);
            let known: Vec<Observation> = mine.map(|(_, seen)| *seen).collect();
            for (latch, step) in sensor.latches.iter_mut().zip(steps) {
                let since = latch.since;
                if !latch.reconsider(rule, step, &known, rests) {
                    continue;
                }
                let beneath = Level(latch.level.0.saturating_sub(1));
                let wrong = self.past.iter_mut().filter(|(from, _)| Some(*from) >= since);
                wrong.for_each(|(_, then)| *then = (*then).min(beneath));
            }
        }
        self.changed(before, at)
    }

    /// The level that was known for that event time.
    fn level_at(&self, at: Time) -> Level {
        let known = self.past.iter().rev().find(|(from, _)| *from <= at);
        known.map_or(Level(0), |(_, level)| *level)
    }

    fn latches(&self) -> impl Iterator<Item = &Latch> {
        self.sensors.iter().flat_map(|sensor| &sensor.latches)
    }

    fn top(&self) -> Option<Level> {
        self.latches().filter(|latch| latch.raised).map(|latch| latch.level).max()
    }

    /// That sensor, with one latch for each step.
    fn sensor(&mut self, name: &SensorId, steps: &[Step]) -> &mut Sensor {
        let place = self.sensors.iter().position(|sensor| sensor.name == *name);
        let place = place.unwrap_or_else(|| {
            let sensor = Sensor { name: name.clone(), latches: Vec::new(), last: None, value: 0.0 };
            self.sensors.push(sensor);
            self.sensors.len() - 1
        });
        for sensor in &mut self.sensors {
            sensor.fit(steps);
        }
        &mut self.sensors[place]
    }

    fn changed(&mut self, before: (AlarmState, bool), at: Time) -> Option<Change> {
        let (to, provisional) = (self.state(), self.provisional());
        if (to, provisional) == before {
            return None;
        }
        if to != before.0 {
            let level = self.top().unwrap_or_default();
            self.past.retain(|(from, _)| at - *from <= MEMORY);
            self.past.push((at, level));
        }
        Some(Change { from: before.0, to, at, provisional, late: false })
    }
}

impl Sensor {
    /// One latch per step, keeping those whose level is still there.
    fn fit(&mut self, steps: &[Step]) {
        let same = self.latches.len() == steps.len()
            && self.latches.iter().zip(steps).all(|(latch, step)| latch.level == step.level);
        if same {
            return;
        }
        let old = std::mem::take(&mut self.latches);
        let keep = |step: &Step| old.iter().find(|latch| latch.level == step.level).cloned();
        self.latches =
            steps.iter().map(|step| keep(step).unwrap_or(Latch::new(step.level))).collect();
    }

    fn fallen(&self, rule: &Threshold) -> Vec<Level> {
        let fallen = self.latches.iter().filter(|latch| latch.has_fallen(rule, self.last));
        fallen.map(|latch| latch.level).collect()
    }
}

#[cfg(test)]
mod tests;
