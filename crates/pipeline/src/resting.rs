//! What alarms rest on after readings were judged anew: by a person, by the values after them, or by a correction.
//!
//! Every level that stands is looked at again, as far as the values since it was raised are remembered: none of them
//! usable any more, and it is taken back, whether it was sure or provisional; a good one among them, and it is sure. What
//! was judged of the time before it was raised changes nothing of now.

use std::collections::BTreeSet;
use std::sync::Arc;

use domain::{
    AlarmRecord, AlarmState, Decision, EpisodeId, Evidence, ParameterId, QcFlag, Review, SensorId,
    Span, Time,
};
use warning::{Change, Observation, Rests, Step};

use crate::plan::Role;
use crate::plan::{Measured, Place, Plan};
use crate::processor::{Pipeline, Work};
use crate::reading::{KEEP, KEEP_POINTS, KEEP_RAIN, Spot};
use crate::sensors::rests_on;
use crate::state::SeriesState;
use crate::sums::{rain_sum, rain_window};
use crate::watching::with_threshold;
use crate::worth;

/// A reading that was judged anew: its time, the value that holds, its flag.
pub(crate) type Anew = (Time, Option<f64>, QcFlag);

/// A value that is remembered of a parameter, measured or derived.
struct Known {
    sensor: SensorId,
    seen: Observation,
}

/// All that is remembered of a parameter at a station, ascending in time.
#[derive(Default)]
struct Memory {
    known: Vec<Known>,
    /// From when on it is whole; `None` = nobody gives it.
    whole_from: Option<Time>,
}

impl Pipeline {
    /// Looks again at the alarms on readings that were judged anew, and on what is derived from them.
    pub(crate) fn reconsider(
        &mut self,
        work: &mut Work,
        spot: Spot<'_>,
        measured: &Measured,
        points: &[Anew],
        by: Option<(&str, &Review)>,
    ) {
        let plan = Arc::clone(&work.plan);
        let (Some(first), Some(last)) = (points.first(), points.last()) else { return };
        let (first, last) = (first.0, last.0);
        let slots = slots(measured.role);
        let derived = slots.clone().flat_map(|slot| &spot.place.derived_watches[slot]);
        let watches: BTreeSet<usize> = measured.watches.iter().chain(derived).copied().collect();
        let mut touched = BTreeSet::new();
        for index in watches {
            let direct = measured.watches.contains(&index);
            let reach = if direct { Span::ZERO } else { reach(&plan, measured.role) };
            let judged = (points, last + reach, by.is_some());
            self.reconsider_rule(work, spot, index, judged, &mut touched);
        }
        let until = last + reach(&plan, measured.role);
        let Some((user, review)) = by else { return };
        let about = |evidence: &Evidence| {
            evidence.station == *spot.id
                && evidence.sensor == review.series.sensor
                && rests_on(evidence, &measured.parameter.id)
                && (first..=until).contains(&evidence.observed_at)
        };
        let mine = self.state.alarms.values().filter(|alarm| alarm.target == *spot.id);
        let episodes: BTreeSet<EpisodeId> = mine.map(|alarm| alarm.episode.clone()).collect();
        let name = spot.place.station.as_ref().map_or("", |station| station.name.as_str());
        for episode in episodes {
            let line = warning::Judged {
                who: user.to_owned(),
                what: match review.decision {
                    Decision::Accept => "values_accepted",
                    Decision::Reject => "values_rejected",
                    Decision::Correct => "values_corrected",
                },
                detail: format!("{name}: {}", review.reason.trim()),
                wrong: review.decision != Decision::Accept,
                touched: touched.contains(&episode),
            };
            let actions = self.state.desk.judged(self.state.now, &episode, &line, about);
            if !actions.warnings.is_empty() {
                work.dirty.insert(episode);
            }
            crate::episodes::keep(work, actions);
        }
    }

    fn reconsider_rule(
        &mut self,
        work: &mut Work,
        spot: Spot<'_>,
        index: usize,
        (points, until, by_person): (&[Anew], Time, bool),
        touched: &mut BTreeSet<EpisodeId>,
    ) {
        let plan = Arc::clone(&work.plan);
        let watched = &spot.place.watches[index];
        let threshold = &watched.threshold;
        let Some(station) = self.state.stations.get(spot.id) else { return };
        let watcher = &station.watchers[index].1;
        let (Some(since), Some(newest)) = (watcher.rests_since(), watcher.newest()) else { return };
        if until < since {
            return;
        }
        let memory = self.memory(&plan, spot, &threshold.parameter, points);
        let key = (watched.rule.id.clone(), spot.id.clone());
        if let Some(alarm) = self.state.alarms.get_mut(&key)
            && memory.restate(alarm)
        {
            work.out.alarms.push(alarm.clone());
            work.dirty.insert(alarm.episode.clone());
            touched.insert(alarm.episode.clone());
        }
        let rests = Rests {
            known: memory.known.iter().map(|k| (k.sensor.clone(), k.seen)).collect(),
            whole_from: memory.whole_from,
            judged: (!by_person).then(|| points.iter().map(|(at, ..)| *at).collect()),
        };
        let steps = watched.steps.at(newest);
        let Some(station) = self.state.stations.get_mut(spot.id) else { return };
        let change = station.watchers[index].1.reconsider(threshold, steps, &rests);
        let Some(change) = change else { return };
        let alarm = self.state.alarms.get(&key);
        let evidence = memory.evidence(spot, &threshold.parameter, steps, change, alarm);
        let evidence: Vec<_> = evidence
            .into_iter()
            .map(|evidence| with_threshold(evidence, &watched.rule, steps, change))
            .collect();
        self.transition(work, &watched.rule, spot.id, change, evidence);
        if let Some(alarm) = self.state.alarms.get(&key) {
            touched.insert(alarm.episode.clone());
        }
    }

    /// What is remembered of a parameter at the station of a review.
    fn memory(
        &self,
        plan: &Plan,
        spot: Spot<'_>,
        parameter: &ParameterId,
        points: &[Anew],
    ) -> Memory {
        let mut memory = Memory::default();
        let Some(station) = self.state.stations.get(spot.id) else { return memory };
        for (index, series) in station.series.iter().enumerate() {
            let Some(measured) = spot.place.measured(series.parameter.as_str()) else { continue };
            let is_it = |slot: &usize| {
                plan.derived[*slot].as_ref().is_some_and(|derived| derived.id == *parameter)
            };
            let slot = slots(measured.role).find(is_it);
            if series.parameter != *parameter && slot.is_none() {
                continue;
            }
            let slot = slot.filter(|_| series.parameter != *parameter);
            let judged = if index == spot.index { points } else { &[] };
            memory.add(plan, spot.place, series, measured.role, slot, judged);
        }
        memory.known.sort_by_key(|known| known.seen.at);
        memory
    }
}

impl Memory {
    /// Adds what a series gives of the parameter: itself, or what is derived from it in a slot.
    fn add(
        &mut self,
        plan: &Plan,
        place: &Place,
        series: &SeriesState,
        role: Role,
        slot: Option<usize>,
        judged: &[Anew],
    ) {
        let sensor = &series.sensor;
        let known = |seen| Known { sensor: sensor.clone(), seen };
        let mut whole = series.remembers_from(role);
        let about = &plan.pack.about;
        match slot {
            Some(derive::RISE) => {
                let all = (Time::from_millis(i64::MIN), Time::from_millis(i64::MAX));
                self.known.extend(series.rises(all, about).into_iter().map(known));
                whole = whole.map(|from| from + about.rise_max);
            }
            Some(slot) if role == Role::Rain => {
                let window = rain_window(plan, slot);
                if let (Some(rain), Some(window)) = (&series.rain, window) {
                    whole = rain.whole_from(window);
                    let from = Time::from_millis(i64::MIN);
                    let times = rain.whole_sums(from, window);
                    let sums = times.filter_map(|at| rain_sum(rain, plan, slot, at));
                    self.known.extend(sums.map(known));
                }
            }
            slot => {
                let value = |at, value| value_of(plan, place, slot, at, value);
                let recent = series.recent.iter().filter(|p| p.flag != QcFlag::Missing);
                let seen = recent.filter_map(|point| {
                    let value = value(point.at, point.value)?;
                    Some(series.remembered(point.at, value, point.flag))
                });
                self.known.extend(seen.map(known));
                let first = series.recent.first().map(|point| point.at);
                let older = judged.iter().filter(|(at, ..)| first.is_some_and(|first| *at < first));
                let older = older.filter_map(|(at, given, flag)| {
                    Some(worth::remembered(*at, value(*at, (*given)?)?, *flag))
                });
                self.known.extend(older.map(known));
                // A review holds every reading of its range: with it, the memory reaches further back.
                let range = judged.first().zip(judged.last()).map(|(a, b)| (a.0, b.0));
                if let Some((from, _)) = range.filter(|(_, to)| first.is_some_and(|f| *to >= f)) {
                    whole = whole.map(|whole| whole.min(from));
                }
            }
        }
        self.whole_from = self.whole_from.max(whole);
    }

    fn of(&self, evidence: &Evidence) -> Option<Observation> {
        let same = |known: &&Known| {
            known.seen.at == evidence.observed_at && known.sensor == evidence.sensor
        };
        self.known.iter().find(same).map(|known| known.seen)
    }

    /// Brings an alarm's values up to what is known of them now; whether something changed.
    fn restate(&self, alarm: &mut AlarmRecord) -> bool {
        if !matches!(alarm.state, AlarmState::Level(_)) {
            return false;
        }
        let since = alarm.since;
        let mut changed = false;
        let mut restate = |slot: &mut Evidence| {
            let Some(seen) = self.of(slot) else { return false };
            let differs = seen.flag != slot.flag || seen.value.to_bits() != slot.value.to_bits();
            (slot.value, slot.flag, slot.completeness) = (seen.value, seen.flag, seen.completeness);
            changed |= differs;
            differs
        };
        let usable = || self.known.iter().filter(|k| k.seen.at >= since && is_usable(&k.seen));
        for crossing in &mut alarm.evidence {
            let threshold = crossing.threshold.unwrap_or(f64::INFINITY);
            if restate(crossing) && crossing.flag == QcFlag::Bad
                || crossing.value < threshold && crossing.threshold.is_some()
            {
                let first = usable().find(|known| known.seen.value >= threshold);
                first.iter().for_each(|known| take(crossing, known));
            }
        }
        if alarm.latest.as_mut().is_some_and(&mut restate) {
            let newest = usable().next_back();
            replace(&mut alarm.latest, newest);
        }
        if alarm.highest.as_mut().is_some_and(&mut restate) {
            let highest = usable().max_by(|a, b| a.seen.value.total_cmp(&b.seen.value));
            replace(&mut alarm.highest, highest);
        }
        changed
    }

    /// What a change of a level shows: the best value that bears it, or what it rested on.
    fn evidence(
        &self,
        spot: Spot<'_>,
        parameter: &ParameterId,
        steps: &[Step],
        change: Change,
        alarm: Option<&AlarmRecord>,
    ) -> Option<Evidence> {
        let AlarmState::Level(level) = change.to else {
            return alarm.and_then(|alarm| alarm.evidence.first()).cloned();
        };
        let raise = steps.iter().find(|step| step.level == level).map(|step| step.raise)?;
        let bears = |known: &&Known| known.seen.value >= raise && is_usable(&known.seen);
        let good = |known: &&Known| (known.seen.flag == QcFlag::Good, known.seen.at);
        let best = self.known.iter().filter(bears).max_by_key(good)?;
        Some(crate::watching::seen_there(spot.id, parameter, &best.sensor, best.seen))
    }
}

impl SeriesState {
    /// From when on its recent values are all that came.
    fn remembers_from(&self, role: Role) -> Option<Time> {
        let (first, newest) = (self.recent.first()?.at, self.recent.last()?.at);
        let keep = if matches!(role, Role::Rain | Role::Counter) { KEEP_RAIN } else { KEEP };
        Some(if self.recent.len() < KEEP_POINTS { first.min(newest - keep) } else { first })
    }
}

fn is_usable(seen: &Observation) -> bool {
    !matches!(seen.flag, QcFlag::Bad | QcFlag::Missing)
}

fn take(slot: &mut Evidence, known: &Known) {
    slot.sensor = known.sensor.clone();
    slot.observed_at = known.seen.at;
    (slot.value, slot.flag) = (known.seen.value, known.seen.flag);
    slot.completeness = known.seen.completeness;
}

fn replace(slot: &mut Option<Evidence>, known: Option<&Known>) {
    match (slot.as_mut(), known) {
        (Some(slot), Some(known)) => take(slot, known),
        _ => *slot = None,
    }
}

/// Slots of what is derived from a role's values.
fn slots(role: Role) -> std::vec::IntoIter<usize> {
    let all = match role {
        Role::Rain => derive::RAIN_SUMS.chain([derive::RAIN_DAY]).collect(),
        Role::Stage => std::iter::once(derive::RISE).chain(derive::OVER_BD).collect(),
        Role::WindMean => vec![derive::WIND_FORCE],
        Role::WindGust => vec![derive::GUST_FORCE],
        Role::Counter | Role::Battery | Role::Other => Vec::new(),
    };
    all.into_iter()
}

/// How long after a value something derived may rest on it.
fn reach(plan: &Plan, role: Role) -> Span {
    match role {
        Role::Rain => Span::hours(72),
        Role::Stage => plan.pack.about.rise_max,
        _ => Span::ZERO,
    }
}

/// A measured value itself, or what is derived from it alone.
fn value_of(plan: &Plan, place: &Place, slot: Option<usize>, at: Time, value: f64) -> Option<f64> {
    match slot {
        None => Some(value),
        Some(derive::WIND_FORCE | derive::GUST_FORCE) => plan.pack.force(value).map(f64::from),
        Some(slot) => {
            let level = derive::OVER_BD.iter().position(|over| *over == slot)?;
            Some(derive::over(value, place.stage.at(at).get(level)?.raise))
        }
    }
}
