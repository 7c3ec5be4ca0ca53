//! How stations are: heard or silent, clock, battery, nonsense; basins going blind; the whole intake dead.

use std::sync::Arc;

use domain::{
    AlarmState, Condition, Evidence, Level, QcFlag, SensorId, SeriesKey, Span, StationId, Time,
};
use warning::{Change, Observation, Rule, Watch};

use crate::agenda::Due;
use crate::derive::{BASIN_RAIN, mean};
use crate::plan::{Place, Plan};
use crate::processor::{Pipeline, Work};
use crate::reading::derived_reading;
use crate::state::Set;

/// A pause of the process longer than this is a stop: stations get their time anew.
const PAUSE: Span = Span::minutes(1);
/// How many of the last messages are remembered as nonsense or not.
const REMEMBERED: u32 = 20;
/// So many lagging messages in a row make a wrong clock.
const LAGGING: u8 = 3;
/// Most steps of a basin that are stated at once after a hole.
const CATCH_UP: i64 = 432;

impl Pipeline {
    pub(crate) fn presence(&mut self, work: &mut Work, id: &StationId, connected: bool) {
        if !work.plan.stations.contains_key(id) {
            return;
        }
        let station = self.state.stations.entry(id.clone()).or_default();
        if station.health.connected != Some(connected) {
            station.health.connected = Some(connected);
            work.out.health.push(station.report(id));
        }
    }

    /// Takes note of a message: who, when, how much of it was of use, and what its times say of the clock.
    pub(crate) fn heard_from(
        &mut self,
        work: &mut Work,
        place: &Place,
        id: &StationId,
        sets: &[Set],
        refused: usize,
        received: Time,
    ) {
        let about = &work.plan.pack.about;
        let station = self.state.stations.entry(id.clone()).or_default();
        let health = &mut station.health;
        let first = health.last_received.is_none();
        let pause = health.last_received.map_or(Span::ZERO, |last| received - last);
        health.last_received = Some(received);
        health.listening_from = Some(received);
        health.messages += 1;
        health.set_aside += refused as u64;
        health.nonsense = (health.nonsense << 1 | u32::from(refused > 0)) & ((1 << REMEMBERED) - 1);
        let newest = sets.last().map(|set| set.at);
        health.last_observed = health.last_observed.max(newest);
        let interval = place.station.as_ref().map_or(Span::ZERO, |s| s.interval);
        match newest.map(|at| received - at) {
            Some(lag) if lag <= about.clock_tolerance => health.lagging = 0,
            Some(_) if pause.times(2) >= interval => {
                health.lagging = health.lagging.saturating_add(1)
            }
            _ => {}
        }
        let limit = u32::from(about.nonsense_messages);
        let nonsense = health.nonsense.count_ones() >= limit;
        let of_time = |item: &domain::SetAside| {
            use domain::SetAsideReason::{AncientTime, FutureTime};
            matches!(item.reason, AncientTime | FutureTime)
        };
        let wrong = health.lagging >= LAGGING || work.out.set_aside.iter().any(of_time);
        let right = newest.is_some() && health.lagging == 0;
        let silent_entry = first || station.is(Condition::Silent);
        if first {
            work.out.health.push(station.report(id));
        }
        self.condition(work, id, Condition::Silent, Some(false));
        self.condition(work, id, Condition::SendsNonsense, Some(nonsense));
        let clock = if wrong { Some(true) } else { right.then_some(false) };
        self.condition(work, id, Condition::ClockWrong, clock);
        if silent_entry && let Some(at) = self.silent_at(&work.plan, id) {
            self.agenda.add(at, Due::Silence(id.clone()));
        }
        self.intake_heard(work, received);
    }

    /// Sets or clears a condition; `None` = nothing new is known.
    fn condition(&mut self, work: &mut Work, id: &StationId, what: Condition, is: Option<bool>) {
        let now = self.state.now;
        let Some(station) = self.state.stations.get_mut(id) else { return };
        let (Some(is), was) = (is, station.is(what)) else { return };
        if is == was {
            return;
        }
        if is {
            station.health.conditions.push((what, now));
            station.health.conditions.sort();
        } else {
            station.health.conditions.retain(|(known, _)| *known != what);
        }
        work.out.health.push(station.report(id));
        if what == Condition::Silent {
            self.mark_blind(work, id, is);
        }
        self.station_rules(work, id);
        if what == Condition::Silent {
            self.blindness(work, id);
        }
    }

    /// A bad value above an alarm level: somebody must look.
    pub(crate) fn implausible(&mut self, work: &mut Work, id: &StationId) {
        self.condition(work, id, Condition::SendsNonsense, Some(true));
    }

    pub(crate) fn battery(
        &mut self,
        work: &mut Work,
        spot: crate::reading::Spot<'_>,
        volts: f64,
        flag: QcFlag,
        _at: Time,
    ) {
        if matches!(flag, QcFlag::Bad | QcFlag::Missing) {
            return;
        }
        let low = spot.place.station.as_ref().and_then(|station| station.battery_low);
        if let Some(station) = self.state.stations.get_mut(spot.id) {
            station.health.battery_volts = Some(volts);
        }
        let is_low = low.map(|low| volts < low);
        self.condition(work, spot.id, Condition::BatteryLow, is_low);
    }

    /// When a station that has been heard becomes silent.
    pub(crate) fn silent_at(&self, plan: &Plan, id: &StationId) -> Option<Time> {
        let station = self.state.stations.get(id)?;
        let after = plan.stations.get(id)?.station.as_ref()?.silent_after;
        let from = station.health.listening_from.filter(|_| !station.is(Condition::Silent))?;
        Some(from + after)
    }

    pub(crate) fn fell_silent(&mut self, work: &mut Work, id: &StationId) {
        self.condition(work, id, Condition::Silent, Some(true));
        let plan = Arc::clone(&work.plan);
        for (basin, members) in &plan.rain_members {
            if members.contains(id) {
                self.basin_complete(work, basin);
            }
        }
    }

    /// Its alarms stand, but nobody knows whether they are still true.
    fn mark_blind(&mut self, work: &mut Work, id: &StationId, blind: bool) {
        for alarm in self.state.alarms.values_mut() {
            let about = alarm.evidence.first().is_some_and(|e| e.parameter.as_str() != "silent");
            let alarmed = matches!(alarm.state, AlarmState::Level(_));
            if alarm.target == *id && alarmed && about && blind && !alarm.blind {
                alarm.blind = true;
                work.out.alarms.push(alarm.clone());
                work.dirty.insert(alarm.episode.clone());
            }
        }
    }

    /// The rules on stations' own state: level 1 as long as something is wrong.
    fn station_rules(&mut self, work: &mut Work, id: &StationId) {
        let plan = Arc::clone(&work.plan);
        let Some(station) = self.state.stations.get(id) else { return };
        let evidence: Vec<Evidence> = station
            .health
            .conditions
            .iter()
            .map(|(what, at)| of_condition(id, *what, *at))
            .collect();
        for rule in plan.pack.rules.iter().filter(|rule| matches!(rule.watch, Watch::Station)) {
            let to = if evidence.is_empty() { AlarmState::Normal } else { LEVEL_1 };
            self.technical(work, rule, id, to, evidence.clone(), self.state.now);
        }
    }

    fn technical(
        &mut self,
        work: &mut Work,
        rule: &Rule,
        target: &StationId,
        to: AlarmState,
        evidence: Vec<Evidence>,
        at: Time,
    ) {
        let known = self.state.alarms.get(&(rule.id.clone(), target.clone()));
        let from = known.map_or(AlarmState::Normal, |alarm| alarm.state);
        let same = known.map_or(evidence.is_empty(), |alarm| alarm.evidence == evidence);
        if rule.in_force(at) && (from != to || !same) {
            let change = Change { from, to, at, provisional: false, late: false };
            self.transition(work, rule, target, change, evidence);
        }
    }

    /// Basins of which too many stations are silent.
    fn blindness(&mut self, work: &mut Work, id: &StationId) {
        let plan = Arc::clone(&work.plan);
        let basin = plan.pack.stations.get(id).and_then(|station| station.basin.as_ref());
        let Some((basin, members)) = basin.and_then(|b| Some((b, plan.members.get(b)?))) else {
            return;
        };
        let heard = |id: &&StationId| {
            self.state.stations.get(*id).is_some_and(|s| s.health.last_received.is_some())
        };
        let silent =
            |id: &&StationId| self.state.stations.get(*id).is_some_and(|s| s.is(Condition::Silent));
        let total = members.iter().filter(heard).count();
        let gone = members.iter().filter(silent).count();
        for rule in &plan.pack.rules {
            let Watch::Blindness { share } = rule.watch else { continue };
            let blind = total > 0 && gone as f64 >= share * total as f64;
            let (to, evidence) = match blind {
                true => (
                    AlarmState::Level(Level(2)),
                    vec![of_blindness(basin, gone, total, self.state.now)],
                ),
                false => (AlarmState::Normal, Vec::new()),
            };
            self.technical(work, rule, basin, to, evidence, self.state.now);
        }
    }

    pub(crate) fn intake_dead_at(&self, plan: &Plan) -> Option<Time> {
        let heard = self.state.heard?;
        let waiting = |rule: &&Rule| !self.alarmed(rule, &intake());
        let after = |rule: &Rule| match rule.watch {
            Watch::Intake { after } => Some(heard + after),
            _ => None,
        };
        plan.pack.rules.iter().filter(waiting).filter_map(after).min()
    }

    fn alarmed(&self, rule: &Rule, target: &StationId) -> bool {
        let alarm = self.state.alarms.get(&(rule.id.clone(), target.clone()));
        alarm.is_some_and(|alarm| matches!(alarm.state, AlarmState::Level(_)))
    }

    pub(crate) fn intake_dead(&mut self, work: &mut Work) {
        let Some(heard) = self.state.heard else { return };
        self.intake_rules(work, |after, now| now - heard >= after, heard);
    }

    fn intake_heard(&mut self, work: &mut Work, received: Time) {
        let was_dead = self.state.heard.is_some() && self.intake_dead_at(&work.plan).is_none();
        let first = self.state.heard.is_none();
        self.state.heard = self.state.heard.max(Some(received));
        if was_dead {
            self.intake_rules(work, |_, _| false, received);
        }
        if (first || was_dead)
            && let Some(at) = self.intake_dead_at(&work.plan)
        {
            self.agenda.add(at, Due::Intake);
        }
    }

    fn intake_rules(&mut self, work: &mut Work, dead: impl Fn(Span, Time) -> bool, since: Time) {
        let plan = Arc::clone(&work.plan);
        for rule in &plan.pack.rules {
            let Watch::Intake { after } = rule.watch else { continue };
            let (to, evidence) = match dead(after, self.state.now) {
                true => (AlarmState::Level(Level(3)), vec![of_intake(since)]),
                false => (AlarmState::Normal, Vec::new()),
            };
            self.technical(work, rule, &intake(), to, evidence, self.state.now);
        }
    }

    /// After a stop nobody is blamed for the time in which nobody listened; the stop itself is told.
    pub(crate) fn started(&mut self, work: &mut Work, alive_at: Option<Time>) {
        let now = self.state.now;
        let Some(stopped) = alive_at.filter(|alive| now - *alive >= PAUSE) else { return };
        for station in self.state.stations.values_mut() {
            if let Some(from) = &mut station.health.listening_from {
                *from = (*from).max(now);
            }
        }
        if self.state.heard.is_none() {
            return;
        }
        self.intake_rules(work, |after, now| now - stopped >= after, stopped);
        self.state.heard = Some(now);
    }

    /// A station of a basin reported: the basin's step may be complete.
    pub(crate) fn basin_heard(&mut self, work: &mut Work, id: &StationId) {
        let plan = Arc::clone(&work.plan);
        let Some(basin) = plan.pack.stations.get(id).and_then(|s| s.basin.as_ref()) else { return };
        let Some(entry) = plan.pack.basins.get(basin) else { return };
        let Some(newest) = self.newest_rain(id) else { return };
        let grace = plan.pack.about.basin_grace;
        let now = self.state.now;
        let Some(state) = self.state.basins.get_mut(basin) else { return };
        let slot = *state.slot.get_or_insert_with(|| {
            let floor = newest.floor(entry.step, Span::ZERO);
            if floor < newest { floor + entry.step } else { floor }
        });
        if newest < slot {
            return;
        }
        if state.grace_until.is_none() {
            state.grace_until = Some(now + grace);
            self.agenda.add(now + grace, Due::Basin(basin.clone()));
        }
        self.basin_complete(work, basin);
    }

    /// States the step of a basin if every station that is not silent has reached it.
    fn basin_complete(&mut self, work: &mut Work, basin: &StationId) {
        let plan = Arc::clone(&work.plan);
        while let (Some(state), Some(members)) =
            (self.state.basins.get(basin), plan.rain_members.get(basin))
        {
            let Some(slot) = state.slot else { return };
            let waiting = |id: &&StationId| {
                let station = self.state.stations.get(*id);
                let speaks = station
                    .is_some_and(|s| s.health.last_received.is_some() && !s.is(Condition::Silent));
                speaks && self.newest_rain(id).is_some_and(|newest| newest < slot)
            };
            let reached = |id: &StationId| self.newest_rain(id).is_some_and(|at| at >= slot);
            if !members.iter().any(reached) || members.iter().filter(waiting).count() > 0 {
                return;
            }
            self.basin_step(work, basin);
        }
    }

    fn newest_rain(&self, id: &StationId) -> Option<Time> {
        let series = &self.state.stations.get(id)?.series;
        series.iter().filter_map(|s| s.rain.as_ref()?.newest()).max()
    }

    /// States the mean of the step that is waited for, and waits for the next.
    pub(crate) fn basin_step(&mut self, work: &mut Work, basin: &StationId) {
        let plan = Arc::clone(&work.plan);
        let (Some(entry), Some(members)) =
            (plan.pack.basins.get(basin), plan.rain_members.get(basin))
        else {
            return;
        };
        let Some(slot) = self.state.basins.get(basin).and_then(|state| state.slot) else { return };
        let rains: Vec<_> = members
            .iter()
            .map(|id| self.state.stations.get(id)?.series.iter().find_map(|s| s.rain.as_ref()))
            .collect();
        let means = BASIN_RAIN.iter().enumerate().filter_map(|(index, (name, _))| {
            let parameter = plan.pack.parameters.get(*name)?;
            let sum = mean(&rains, slot, parameter.window?, entry.quorum)?;
            Some((index, parameter.id.clone(), sum))
        });
        let means: Vec<_> = means.collect();
        for (index, parameter, sum) in means {
            let seen = Observation {
                at: slot,
                value: sum.value,
                flag: sum.flag,
                completeness: sum.completeness,
            };
            let series = self.basin_number(work, basin, index, &parameter);
            work.out.readings.push(derived_reading(series, seen, false));
            self.watch_basin(work, basin, &parameter, seen);
        }
        self.next_slot(&plan, basin, entry.step);
    }

    fn next_slot(&mut self, plan: &Plan, basin: &StationId, step: Span) {
        let members = plan.rain_members.get(basin).map_or(&[][..], Vec::as_slice);
        let newest = members.iter().filter_map(|id| self.newest_rain(id)).max();
        let grace = plan.pack.about.basin_grace;
        let now = self.state.now;
        let Some(state) = self.state.basins.get_mut(basin) else { return };
        let mut next = state.slot.map(|slot| slot + step);
        if let (Some(slot), Some(newest)) = (next, newest)
            && newest - slot > step.times(CATCH_UP)
        {
            next = Some(newest.floor(step, Span::ZERO));
        }
        state.slot = next;
        let reached = next.zip(newest).is_some_and(|(slot, newest)| newest >= slot);
        state.grace_until = reached.then_some(now + grace);
        if reached {
            self.agenda.add(now + grace, Due::Basin(basin.clone()));
        }
    }

    fn basin_number(
        &mut self,
        work: &mut Work,
        basin: &StationId,
        index: usize,
        parameter: &domain::ParameterId,
    ) -> domain::SeriesId {
        let state = self.state.basins.entry(basin.clone()).or_default();
        if let Some(Some(id)) = state.series.get(index) {
            return *id;
        }
        let (station, sensor) = (basin.clone(), SensorId::main());
        let id = self.number(work, SeriesKey { station, parameter: parameter.clone(), sensor });
        let state = self.state.basins.entry(basin.clone()).or_default();
        state.series.resize(state.series.len().max(index + 1), None);
        state.series[index] = Some(id);
        id
    }
}

const LEVEL_1: AlarmState = AlarmState::Level(Level(1));

/// The target of the rule on the whole intake.
fn intake() -> StationId {
    "intake".parse().expect("a plain word is a name")
}

fn technical_evidence(station: &StationId, what: &str, at: Time, value: f64) -> Evidence {
    Evidence {
        station: station.clone(),
        parameter: what.parse().expect("a plain word is a name"),
        sensor: SensorId::main(),
        observed_at: at,
        value,
        flag: QcFlag::Good,
        completeness: 100,
        threshold: None,
        threshold_name: None,
        source: None,
    }
}

fn of_condition(station: &StationId, what: Condition, at: Time) -> Evidence {
    let name = match what {
        Condition::Silent => "silent",
        Condition::ClockWrong => "clock_wrong",
        Condition::BatteryLow => "battery_low",
        Condition::SendsNonsense => "sends_nonsense",
    };
    technical_evidence(station, name, at, 1.0)
}

fn of_blindness(basin: &StationId, silent: usize, total: usize, at: Time) -> Evidence {
    let evidence = technical_evidence(basin, "blind", at, silent as f64);
    Evidence { threshold: Some(total as f64), ..evidence }
}

fn of_intake(since: Time) -> Evidence {
    technical_evidence(&intake(), "intake", since, 1.0)
}
