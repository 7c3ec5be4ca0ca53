//! Rules: a value is shown to the watchers of its place; what changes becomes an alarm and moves its episode.

use std::sync::Arc;

use domain::{
    AlarmRecord, AlarmState, Beneath, EpisodeId, Evidence, Level, ParameterId, QcFlag, RuleId,
    SensorId, StationId, Time, Transition,
};
use warning::{Change, Observation, Rule, Step, Watch, Watcher};

use crate::agenda::Due;
use crate::plan::{Place, Plan, Watched};
use crate::processor::{Pipeline, Work};
use crate::reading::Spot;
use crate::sensors::BEYOND;
use pack::Pack;

impl Pipeline {
    /// Lines the watchers of every place up with the rules of a new plan; the state of rules that stay is kept.
    pub(crate) fn fit_watchers(&mut self, plan: &Plan) {
        for (id, place) in &plan.stations {
            let station = self.state.stations.get_or_add(id);
            fit(&mut station.watchers, place);
        }
        for (id, place) in &plan.basins {
            let basin = self.state.basins.entry(id.clone()).or_default();
            fit(&mut basin.watchers, place);
        }
    }

    /// When the next rule that has raised something, or its thresholds, are no longer in force.
    pub(crate) fn rule_ends(&self, plan: &Plan) -> Option<Time> {
        let raised = self.state.alarms.values().filter(|alarm| alarm.state != AlarmState::Unknown);
        raised.filter_map(|a| plan.ends_at(&a.rule, &a.target, self.state.now)).min()
    }

    /// Alarms whose rule, thresholds or station are not watched any more are unknown from now on, and that is told. What is
    /// remembered of them is forgotten, so that the first value raises them anew when they are watched again.
    pub(crate) fn retire(&mut self, work: &mut Work) {
        let (plan, now) = (Arc::clone(&work.plan), self.state.now);
        let open = self.state.alarms.values().filter(|alarm| alarm.state != AlarmState::Unknown);
        let gone: Vec<AlarmRecord> =
            open.filter(|alarm| !plan.watches(&alarm.rule, &alarm.target, now)).cloned().collect();
        let some = !gone.is_empty();
        for alarm in gone {
            self.state.forget_watcher(&alarm.rule, &alarm.target);
            self.lose(work, alarm);
        }
        for basin in plan.basins.keys().filter(|_| some) {
            self.combine(work, basin, now);
        }
        if let Some(at) = self.rule_ends(&plan) {
            self.agenda.add(at, Due::Rule);
        }
    }

    /// An alarm is not observed any more: nobody knows what has become of it.
    fn lose(&mut self, work: &mut Work, alarm: AlarmRecord) {
        let (now, from, to) = (self.state.now, alarm.state, AlarmState::Unknown);
        work.out.transitions.push(Transition {
            rule: alarm.rule.clone(),
            target: alarm.target.clone(),
            episode: alarm.episode.clone(),
            from,
            to,
            at: now,
            provisional: false,
            late: false,
            evidence: Vec::new(),
        });
        self.state.note_unobserved(&alarm);
        let record = AlarmRecord {
            state: to,
            provisional: false,
            blind: false,
            since: now,
            evidence: Vec::new(),
            ..alarm
        };
        work.out.alarms.push(record.clone());
        work.dirty.insert(record.episode.clone());
        self.state.alarms.insert((record.rule.clone(), record.target.clone()), record);
    }

    /// Shows a value of a station to the rules on it.
    pub(crate) fn watch(
        &mut self,
        work: &mut Work,
        spot: Spot<'_>,
        rules: &[usize],
        parameter: &ParameterId,
        seen: Observation,
        late: bool,
    ) {
        let seen = self.as_evidence(work, spot, seen);
        for &index in rules {
            let watched = &spot.place.watches[index];
            let (rule, threshold) = (&watched.rule, &watched.threshold);
            if !rule.in_force(seen.at) {
                continue;
            }
            let Some(station) = self.state.stations.get_mut(spot.id) else { return };
            let steps = watched.steps.at(seen.at);
            let sensor = station.series[spot.index].sensor.clone();
            let watcher = &mut station.watchers[index].1;
            if watcher.lacks(steps)
                && let Some(alarm) = self.state.alarms.get(&(rule.id.clone(), spot.id.clone()))
            {
                let alarm = alarm.clone();
                self.state.note_unobserved(&alarm);
            }
            let Some(station) = self.state.stations.get_mut(spot.id) else { return };
            let watcher = &mut station.watchers[index].1;
            let change = match late {
                true => watcher.see_late(threshold, steps, seen),
                false => watcher.see(threshold, steps, &sensor, seen),
            };
            let alarmed = matches!(watcher.state(), AlarmState::Level(_));
            if seen.flag == QcFlag::Bad && steps.first().is_some_and(|s| seen.value >= s.raise) {
                self.contradict(work, spot, seen.at, seen.value, Some(BEYOND));
            }
            if change.is_none() && !alarmed {
                continue;
            }
            let evidence = seen_there(spot.id, parameter, &sensor, seen);
            self.consider(work, rule, spot.id, steps, evidence.clone(), change);
            let spoken = if late { Vec::new() } else { self.spoken_for(spot, index, steps, seen) };
            for change in spoken {
                self.consider(work, rule, spot.id, steps, evidence.clone(), Some(change));
            }
            if !late {
                self.follow_denial(work, spot, index, steps, evidence);
            }
            if parameter.as_str() == "water_level" {
                self.agree_along_the_river(work, rule, spot.id);
            }
        }
    }

    /// Shows a basin mean to the rules of the basin.
    pub(crate) fn watch_basin(
        &mut self,
        work: &mut Work,
        id: &StationId,
        parameter: &ParameterId,
        seen: Observation,
        late: bool,
    ) {
        let plan = Arc::clone(&work.plan);
        let Some(place) = plan.basins.get(id) else { return };
        for (index, watched) in place.watches.iter().enumerate() {
            let (rule, threshold) = (&watched.rule, &watched.threshold);
            if threshold.parameter != *parameter || !rule.in_force(seen.at) {
                continue;
            }
            let Some(basin) = self.state.basins.get_mut(id) else { return };
            let main = SensorId::main();
            let watcher = &mut basin.watchers[index].1;
            let change = if late {
                watcher.see_late(threshold, &threshold.levels, seen)
            } else {
                watcher.see(threshold, &threshold.levels, &main, seen)
            };
            let evidence = seen_there(id, parameter, &main, seen);
            self.consider(work, rule, id, &threshold.levels, evidence, change);
        }
    }

    /// A change becomes a transition; without one, fresh data refresh an alarm that rested on old ones.
    pub(crate) fn consider(
        &mut self,
        work: &mut Work,
        rule: &Rule,
        target: &StationId,
        steps: &[Step],
        evidence: Evidence,
        change: Option<Change>,
    ) {
        match change {
            Some(change) => {
                let evidence = with_threshold(evidence, rule, steps, change);
                self.transition(work, rule, target, change, vec![evidence]);
            }
            None => self.refresh(work, rule, target, evidence),
        }
    }

    /// An alarm keeps the newest and the highest value; found in old data or gone blind, it is news of now when
    /// fresh data bear it out.
    fn refresh(&mut self, work: &mut Work, rule: &Rule, target: &StationId, fresh: Evidence) {
        if matches!(fresh.flag, QcFlag::Bad | QcFlag::Missing) {
            return;
        }
        let is_fresh = self.age(fresh.observed_at) <= work.plan.pack.about.late_after;
        let key = (rule.id.clone(), target.clone());
        let Some(alarm) = self.state.alarms.get_mut(&key) else { return };
        let Some(crossing) = alarm.evidence.first() else { return };
        let in_order =
            alarm.latest.as_ref().is_none_or(|known| known.observed_at <= fresh.observed_at);
        if !matches!(alarm.state, AlarmState::Level(_)) {
            return;
        }
        if !in_order {
            return note_crest(work, alarm, fresh);
        }
        let stands = crossing.threshold.is_some_and(|threshold| fresh.value >= threshold);
        let (late, blind) = (alarm.late && !(is_fresh && stands), alarm.blind && !is_fresh);
        let changed = (late, blind) != (alarm.late, alarm.blind);
        (alarm.late, alarm.blind) = (late, blind);
        let fresh = Evidence {
            threshold: crossing.threshold,
            threshold_name: crossing.threshold_name.clone(),
            source: crossing.source.clone(),
            ..fresh
        };
        if alarm.highest.as_ref().is_none_or(|highest| fresh.value > highest.value) {
            alarm.highest = Some(fresh.clone());
        }
        alarm.latest = Some(fresh);
        if changed {
            work.out.alarms.push(alarm.clone());
            work.dirty.insert(alarm.episode.clone());
            self.combine(work, target, self.state.now);
        }
    }

    /// Records a change of a rule's state at a target.
    pub(crate) fn transition(
        &mut self,
        work: &mut Work,
        rule: &Rule,
        target: &StationId,
        change: Change,
        evidence: Vec<Evidence>,
    ) {
        let Some(episode) = work.plan.pack.episode_of(&rule.hazard, target.as_str()) else {
            return;
        };
        let episode = episode.id.clone();
        let old = self.age(change.at) > work.plan.pack.about.late_after;
        work.out.transitions.push(Transition {
            rule: rule.id.clone(),
            target: target.clone(),
            episode: episode.clone(),
            from: change.from,
            to: change.to,
            at: change.at,
            provisional: change.provisional,
            late: change.late || old,
            evidence: evidence.clone(),
        });
        if (change.late || old)
            && let AlarmState::Level(level) = change.to
        {
            note_late(work, &episode, level, change.at, &evidence);
        }
        work.dirty.insert(episode.clone());
        if change.late {
            return;
        }
        self.set_alarm(work, rule, target, episode, change, evidence);
        self.combine(work, target, change.at);
    }

    fn set_alarm(
        &mut self,
        work: &mut Work,
        rule: &Rule,
        target: &StationId,
        episode: EpisodeId,
        change: Change,
        evidence: Vec<Evidence>,
    ) {
        let key = (rule.id.clone(), target.clone());
        self.state.unobserved.remove(&(episode.clone(), rule.id.clone(), target.clone()));
        let before = self.state.alarms.get(&key);
        let was = before.filter(|alarm| alarm.state == change.to);
        let since = was.map_or(change.at, |alarm| alarm.since);
        let measured = matches!(rule.watch, Watch::Threshold(_));
        let latest = evidence.first().filter(|_| measured).cloned();
        // A provisional level that is taken back was never a crest.
        let kept = before.filter(|alarm| {
            let taken_back = alarm.provisional && change.to < alarm.state;
            matches!(alarm.state, AlarmState::Level(_)) && !taken_back
        });
        let highest = kept.and_then(|alarm| alarm.highest.clone());
        let higher = |known: &Evidence| latest.as_ref().is_none_or(|new| known.value >= new.value);
        let record = AlarmRecord {
            rule: rule.id.clone(),
            target: target.clone(),
            episode,
            state: change.to,
            provisional: change.provisional,
            since,
            blind: false,
            late: measured && self.age(change.at) > work.plan.pack.about.late_after,
            beneath: before.filter(|_| change.provisional).and_then(|b| beneath(b, change.to)),
            highest: highest.filter(higher).or_else(|| latest.clone()),
            latest,
            evidence,
        };
        work.out.alarms.push(record.clone());
        self.state.alarms.insert(key, record);
        if let Some(end) = work.plan.ends_at(&rule.id, target, self.state.now) {
            self.agenda.add(end, Due::Rule);
        }
    }

    /// Looks again at the combined rules of the target's basin.
    pub(crate) fn combine(&mut self, work: &mut Work, target: &StationId, at: Time) {
        let plan = Arc::clone(&work.plan);
        let pack = &plan.pack;
        let basin = pack.stations.get(target).and_then(|station| station.basin.clone());
        let basin = basin.or_else(|| pack.basins.get(target).map(|basin| basin.id.clone()));
        let Some(basin) = basin else { return };
        for rule in pack.rules.iter().filter(|rule| rule.in_force(at)) {
            let Watch::Combined { level, conditions } = &rule.watch else { continue };
            let key = (rule.id.clone(), basin.clone());
            let before = self.state.alarms.get(&key);
            let from = before.map_or(AlarmState::Normal, |alarm| alarm.state);
            let was_provisional = before.is_some_and(|alarm| alarm.provisional);
            let met = |now: bool| -> Option<Vec<_>> {
                conditions.iter().map(|c| self.met(pack, &basin, c, now)).collect()
            };
            let stands = matches!(from, AlarmState::Level(_));
            // What is blind or late raises nothing, but its silence does not end what it has raised.
            let (to, alarms) = match met(true) {
                Some(met) => (AlarmState::Level(*level), met.concat()),
                None if stands && met(false).is_some() => continue,
                None => (AlarmState::Normal, Vec::new()),
            };
            let lost = stands
                && to == AlarmState::Normal
                && conditions.iter().any(|c| {
                    let is_it = |(_, rule, target): &(EpisodeId, RuleId, StationId)| {
                        let gone = !pack.stations.contains_key(target);
                        *rule == c.rule && (gone || is_inside(pack, &basin, target))
                    };
                    self.state.unobserved.iter().any(is_it)
                });
            let provisional = alarms.iter().any(|alarm| alarm.provisional);
            // It holds since the last of its conditions does, whichever was heard of first.
            let at = alarms.iter().map(|alarm| alarm.since).max().unwrap_or(at);
            if to == from && (provisional == was_provisional || to == AlarmState::Normal) {
                continue;
            }
            let change = Change { from, to, at, provisional, late: false };
            let evidence = alarms.iter().filter_map(|alarm| alarm.evidence.first()).take(6);
            let evidence = evidence.cloned().collect();
            self.transition(work, rule, &basin, change, evidence);
            if lost && let Some(alarm) = self.state.alarms.get(&key) {
                let entry = (alarm.episode.clone(), key.0.clone(), key.1.clone());
                self.state.unobserved.insert(entry);
            }
        }
    }

    /// The alarms that meet a condition, or `None` when it is not met; `now`: only by what is seen now.
    fn met(
        &self,
        pack: &Pack,
        basin: &StationId,
        condition: &warning::Condition,
        now: bool,
    ) -> Option<Vec<&AlarmRecord>> {
        let alarms = self.state.alarms.values().filter(|alarm| {
            alarm.rule == condition.rule
                && alarm.state >= AlarmState::Level(condition.level)
                && is_inside(pack, basin, &alarm.target)
                && !(now && (alarm.blind || alarm.late))
        });
        let found: Vec<_> = alarms.collect();
        (found.len() >= usize::from(condition.stations)).then_some(found)
    }
}

/// Whether a target is a basin or one of its stations.
fn is_inside(pack: &Pack, basin: &StationId, target: &StationId) -> bool {
    let station = pack.stations.get(target);
    target == basin || station.is_some_and(|s| s.basin.as_ref() == Some(basin))
}

/// A good value that came late may have been the crest.
fn note_crest(work: &mut Work, alarm: &mut AlarmRecord, late: Evidence) {
    let higher = alarm.highest.as_ref().is_some_and(|highest| late.value > highest.value);
    if !higher || late.flag != QcFlag::Good || late.observed_at < alarm.since {
        return;
    }
    let crossing = alarm.evidence.first();
    alarm.highest = Some(Evidence {
        threshold: crossing.and_then(|e| e.threshold),
        threshold_name: crossing.and_then(|e| e.threshold_name.clone()),
        source: crossing.and_then(|e| e.source.clone()),
        ..late
    });
    work.out.alarms.push(alarm.clone());
    work.dirty.insert(alarm.episode.clone());
}

/// Keeps for the episode the highest that late data say was.
fn note_late(work: &mut Work, episode: &EpisodeId, level: Level, at: Time, evidence: &[Evidence]) {
    let known = work.late.get(episode).map(|(known, ..)| *known);
    if known.is_none_or(|known| known < level) {
        work.late.insert(episode.clone(), (level, at, evidence.to_vec()));
    }
}

/// What of an alarm stays sure when suspect values lift it.
fn beneath(before: &AlarmRecord, to: AlarmState) -> Option<Beneath> {
    let known = match (before.provisional, before.level()) {
        (true, _) => before.beneath.clone(),
        (false, Level(0)) => None,
        (false, level) => {
            let evidence = before.latest.as_ref().or(before.evidence.first())?.clone();
            Some(Beneath { level, since: before.since, evidence })
        }
    };
    known.filter(|known| AlarmState::Level(known.level) < to)
}

pub(crate) fn with_threshold(
    mut evidence: Evidence,
    rule: &Rule,
    steps: &[Step],
    change: Change,
) -> Evidence {
    let level = match (change.to, change.from) {
        (AlarmState::Level(level), _) | (_, AlarmState::Level(level)) => level,
        _ => Level(0),
    };
    if let Some(step) = steps.iter().find(|step| step.level == level) {
        evidence.threshold = Some(step.raise);
        evidence.threshold_name = Some(step.name.clone());
        evidence.source = Some(step.source.clone().unwrap_or_else(|| rule.source.clone()));
    }
    evidence
}

fn fit(watchers: &mut Vec<(RuleId, Watcher)>, place: &Place) {
    let old = std::mem::take(watchers);
    let keep = |watched: &Watched| {
        let id = &watched.rule.id;
        let known = old.iter().find(|(known, _)| known == id);
        (id.clone(), known.map(|(_, watcher)| watcher.clone()).unwrap_or_default())
    };
    *watchers = place.watches.iter().map(keep).collect();
}

/// What was seen, as evidence for a change that is not named yet.
pub(crate) fn seen_there(
    station: &StationId,
    parameter: &ParameterId,
    sensor: &domain::SensorId,
    seen: Observation,
) -> Evidence {
    Evidence {
        station: station.clone(),
        parameter: parameter.clone(),
        sensor: sensor.clone(),
        observed_at: seen.at,
        value: seen.value,
        flag: seen.flag,
        completeness: seen.completeness,
        threshold: None,
        threshold_name: None,
        source: None,
    }
}
