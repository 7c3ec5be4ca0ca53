//! How stations are: heard or silent, clock, battery, nonsense; basins going blind.

use std::sync::Arc;

use domain::{AlarmState, Condition, Evidence, Level, QcFlag, SensorId, Span, StationId, Time};
use warning::{Change, Rule, Watch};

use crate::accept::Refused;
use crate::agenda::Due;
use crate::plan::{Place, Plan};
use crate::processor::{Pipeline, Work};
use crate::state::Set;

/// How many of the last messages are remembered as nonsense or not.
const REMEMBERED: u32 = 20;
/// A low battery is no longer low when it is this much above the limit: a voltage that wavers at the limit is one
/// fault, not many.
const CHARGED: f64 = 1.02;
/// So many lagging messages in a row make a wrong clock.
const LAGGING: u8 = 3;

impl Pipeline {
    pub(crate) fn presence(&mut self, work: &mut Work, id: &StationId, connected: bool) {
        if !work.plan.stations.contains_key(id) {
            return;
        }
        let station = self.state.stations.get_or_add(id);
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
        refused: Refused,
        (received, world): (Time, Time),
    ) {
        let about = &work.plan.pack.about;
        let station = self.state.stations.get_or_add(id);
        let health = &mut station.health;
        let first = health.last_received.is_none();
        let pause = health.last_received.map_or(Span::ZERO, |last| received - last);
        health.last_received = Some(received);
        health.listening_from = Some(received);
        health.messages += 1;
        health.set_aside += refused.count as u64;
        let nonsense = u32::from(refused.nonsense);
        health.nonsense = (health.nonsense << 1 | nonsense) & ((1 << REMEMBERED) - 1);
        let newest = sets.last().map(|set| set.at);
        health.last_observed = health.last_observed.max(newest);
        let interval = place.station.as_ref().map_or(Span::ZERO, |s| s.interval);
        let late = about.clock_tolerance.min(about.late_after.max(interval.times(2)));
        match newest.map(|at| world - at) {
            Some(lag) if lag <= late => health.lagging = 0,
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
        let was_silent = station.is(Condition::Silent);
        if first {
            work.out.health.push(station.report(id));
        }
        if was_silent || pause > place.station.as_ref().map_or(Span::ZERO, |s| s.silent_after) {
            station.excuse_sensors(self.state.now);
        }
        self.condition(work, id, Condition::Silent, Some(false));
        self.condition(work, id, Condition::SendsNonsense, Some(nonsense));
        let clock = if wrong { Some(true) } else { right.then_some(false) };
        self.condition(work, id, Condition::ClockWrong, clock);
        if (first || was_silent)
            && let Some(at) = self.silent_at(&work.plan, id)
        {
            self.agenda.add(at, Due::Silence(id.clone()));
            self.await_sensors(&Arc::clone(&work.plan), id);
        }
        self.intake_heard(work, received);
    }

    /// Sets or clears a condition; `None` = nothing new is known.
    pub(crate) fn condition(
        &mut self,
        work: &mut Work,
        id: &StationId,
        what: Condition,
        is: Option<bool>,
    ) {
        let now = self.state.now;
        let Some(station) = self.state.stations.get_mut(id) else { return };
        let (Some(is), was) = (is, station.is(what)) else { return };
        let of_sensors = matches!(what, Condition::SensorSilent | Condition::Implausible);
        if is == was {
            // Another sensor may have joined the first.
            if is && of_sensors {
                self.station_rules(work, id);
            }
            return;
        }
        if is {
            station.health.conditions.push((what, now));
            station.health.conditions.sort();
        } else {
            station.health.conditions.retain(|(known, _)| *known != what);
        }
        work.out.health.push(station.report(id));
        if what == Condition::Silent && is {
            self.mark_blind(work, id, |evidence| evidence.parameter.as_str() != "silent");
        }
        self.station_rules(work, id);
        if what == Condition::Silent {
            self.blindness(work, id);
            self.lose_sight_of_basins(work, id);
        }
    }

    /// The mean of a basin of which too few gauges are left says nothing of now.
    pub(crate) fn lose_sight_of_basins(&mut self, work: &mut Work, id: &StationId) {
        let plan = Arc::clone(&work.plan);
        for (basin, members) in plan.rain_members.iter().filter(|(_, all)| all.contains(id)) {
            let Some(entry) = plan.pack.basins.get(basin) else { continue };
            let speaks = |id: &&StationId| self.reports_rain(&plan, id);
            let needed = (members.len() as f64 * entry.quorum).ceil().max(1.0) as usize;
            if members.iter().filter(speaks).count() < needed {
                self.mark_blind(work, basin, |_| true);
            }
        }
    }

    fn reports_rain(&self, plan: &Plan, id: &StationId) -> bool {
        let (Some(station), Some(place)) = (self.state.stations.get(id), plan.stations.get(id))
        else {
            return false;
        };
        let mut rain = station.series.iter().filter(|series| series.rain.is_some());
        let heard = station.health.last_received.is_some() && !station.is(Condition::Silent);
        heard && rain.any(|series| !series.silent && !place.is_retired(&series.sensor))
    }

    pub(crate) fn battery(
        &mut self,
        work: &mut Work,
        spot: crate::reading::Spot<'_>,
        volts: f64,
        flag: QcFlag,
    ) {
        if matches!(flag, QcFlag::Bad | QcFlag::Missing) {
            return;
        }
        let low = spot.place.station.as_ref().and_then(|station| station.battery_low);
        if let Some(station) = self.state.stations.get_mut(spot.id) {
            station.health.battery_volts = Some(volts);
        }
        let was_low = self.state.stations.get(spot.id).is_some_and(|s| s.is(Condition::BatteryLow));
        let is_low = low.map(|low| volts < if was_low { low * CHARGED } else { low });
        self.condition(work, spot.id, Condition::BatteryLow, is_low);
    }

    /// Every station of the plan is expected to speak from now on, heard before or not.
    pub(crate) fn expect_stations(&mut self, plan: &Plan) {
        let now = self.state.now;
        for id in plan.stations.keys() {
            let station = self.state.stations.get_or_add(id);
            station.health.listening_from.get_or_insert(now);
        }
        self.state.heard.get_or_insert(now);
    }

    /// Whether a station is in operation now.
    pub(crate) fn in_operation(&self, plan: &Plan, id: &StationId) -> bool {
        let station = plan.stations.get(id).and_then(|place| place.station.as_ref());
        station.is_some_and(|station| {
            station.valid_from.is_none_or(|from| from <= self.state.now)
                && station.valid_to.is_none_or(|to| self.state.now < to)
        })
    }

    /// When a station becomes silent.
    pub(crate) fn silent_at(&self, plan: &Plan, id: &StationId) -> Option<Time> {
        let station = self.state.stations.get(id)?;
        let place = plan.stations.get(id)?.station.as_ref()?;
        let from = station.health.listening_from.filter(|_| !station.is(Condition::Silent))?;
        place.missed_at(from)
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

    /// Alarms that rest on what is not seen any more stand, but nobody knows whether they are still true.
    pub(crate) fn mark_blind(
        &mut self,
        work: &mut Work,
        id: &StationId,
        unseen: impl Fn(&Evidence) -> bool,
    ) {
        let mut denied = Vec::new();
        for alarm in self.state.alarms.values_mut() {
            let about = alarm.evidence.first().is_some_and(&unseen);
            let alarmed = matches!(alarm.state, AlarmState::Level(_));
            if alarm.target == *id && alarmed && about && !alarm.blind {
                alarm.blind = true;
                work.out.alarms.push(alarm.clone());
                work.dirty.insert(alarm.episode.clone());
                let stands = self.state.desk.denied(&alarm.episode, &alarm.rule, id);
                denied.extend(stands.map(|stands| (alarm.clone(), stands)));
            }
        }
        // What comes after a silence is asked anew, though a person denied what was before it.
        for (alarm, stands) in denied {
            self.lower_denied(work, alarm, stands);
        }
        self.combine(work, id, self.state.now);
    }

    /// The rules on stations' own state: level 1 as long as something is wrong.
    pub(crate) fn station_rules(&mut self, work: &mut Work, id: &StationId) {
        let plan = Arc::clone(&work.plan);
        let Some(station) = self.state.stations.get(id) else { return };
        let muted = station.health.maintenance.is_some();
        let conditions = station.health.conditions.iter().filter(|_| !muted);
        let evidence: Vec<Evidence> = conditions
            .flat_map(|(what, at)| match of_condition(id, *what, *at) {
                Some(evidence) => vec![evidence],
                None => station.of_sensors(id, *what, *at),
            })
            .collect();
        for rule in plan.pack.rules.iter().filter(|rule| matches!(rule.watch, Watch::Station)) {
            let to = if evidence.is_empty() { AlarmState::Normal } else { LEVEL_1 };
            self.technical(work, rule, id, to, evidence.clone(), self.state.now);
        }
    }

    pub(crate) fn technical(
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
        let silent =
            |id: &&StationId| self.state.stations.get(id).is_some_and(|s| s.is(Condition::Silent));
        let members = members.iter().filter(|id| self.in_operation(&plan, id));
        let members: Vec<&StationId> = members.collect();
        let total = members.len();
        let gone = members.iter().filter(|id| silent(id)).count();
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
}

const LEVEL_1: AlarmState = AlarmState::Level(Level(1));

pub(crate) fn technical_evidence(
    station: &StationId,
    what: &str,
    at: Time,
    value: f64,
) -> Evidence {
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

/// What is wrong with the station as a whole; `None` when it is its sensors.
fn of_condition(station: &StationId, what: Condition, at: Time) -> Option<Evidence> {
    let name = match what {
        Condition::Silent => "silent",
        Condition::ClockWrong => "clock_wrong",
        Condition::BatteryLow => "battery_low",
        Condition::SendsNonsense => "sends_nonsense",
        Condition::MaintenanceOver => "maintenance_over",
        Condition::SensorSilent | Condition::Implausible => return None,
    };
    Some(technical_evidence(station, name, at, 1.0))
}

fn of_blindness(basin: &StationId, silent: usize, total: usize, at: Time) -> Evidence {
    let evidence = technical_evidence(basin, "blind", at, silent as f64);
    Evidence { threshold: Some(total as f64), ..evidence }
}
