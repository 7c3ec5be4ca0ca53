//! Sensors of stations that are heard: one that gives nothing usable, or what something contradicts.

use domain::{AlarmState, Condition, Evidence, ParameterId, QcFlag, StationId, Time, Verdict};

use crate::agenda::Due;
use crate::faults::{self, Against, Why};
use crate::plan::Role;
use crate::plan::{Measured, Place, Plan};
use crate::processor::{Pipeline, Work};
use crate::reading::Spot;
use crate::state::{SeriesState, StationState};
use crate::stations::technical_evidence;
use crate::worth;

impl Pipeline {
    /// Takes note of how usable a judged value is, and of what speaks against it.
    pub(crate) fn sensed(
        &mut self,
        work: &mut Work,
        spot: Spot<'_>,
        measured: &Measured,
        at: Time,
        value: Option<f64>,
        verdict: Verdict,
    ) {
        let Some(value) = value else { return };
        if !matches!(verdict.flag, QcFlag::Bad | QcFlag::Missing) {
            self.usable(work, spot, measured);
        }
        if measured.is_watched() {
            let sibling = self.sibling_value(spot, at);
            let beyond = measured.is_beyond(value);
            let Some(station) = self.state.stations.get(spot.id) else { return };
            let series = &station.series[spot.index];
            let against = faults::of_verdict(series, value, verdict, sibling, beyond);
            let next = || self.contradicted_by_neighbours(work, spot, measured, at, value);
            let becalmed = || {
                let still = worth::is_becalmed(measured.role, at, series.still_since);
                let told = still && self.stands_at(spot.id);
                told.then_some(Against { why: Why::Still, value: Some(value) })
            };
            let against = against.or_else(next).or_else(becalmed);
            self.contradict(work, spot, at, value, against);
        }
    }

    /// Takes note of what speaks against a value, or that nothing does.
    pub(crate) fn contradict(
        &mut self,
        work: &mut Work,
        spot: Spot<'_>,
        at: Time,
        value: f64,
        against: Option<Against>,
    ) {
        let now = self.state.now;
        let matters = against.is_some() && self.stands_at(spot.id);
        let Some(series) = self.state.series_mut(spot.id, spot.index) else { return };
        let changed = series.contradicted(now, at, value, against, matters);
        if let Some(due) = series.fault.and_then(|fault| fault.due()) {
            self.agenda.add(due, Due::Fault(spot.id.clone()));
        }
        if changed {
            self.sensor_conditions(work, spot.id);
        }
    }

    /// Whether a level that readings raised stands at a station.
    fn stands_at(&self, id: &StationId) -> bool {
        let Some(station) = self.state.stations.get(id) else { return false };
        let raised = |watcher: &warning::Watcher| matches!(watcher.state(), AlarmState::Level(_));
        station.watchers.iter().any(|(_, watcher)| raised(watcher))
    }

    /// When somebody must be told of the next contradiction of a station.
    pub(crate) fn fault_due(&self, id: &StationId) -> Option<Time> {
        let series = &self.state.stations.get(id)?.series;
        series.iter().filter_map(|series| series.fault?.due()).min()
    }

    pub(crate) fn faults_are_due(&mut self, work: &mut Work, id: &StationId) {
        let now = self.state.now;
        let Some(station) = self.state.stations.get_mut(id) else { return };
        let told = station.series.iter_mut().filter_map(|s| s.tell_fault(now).then_some(()));
        if told.count() > 0 {
            self.sensor_conditions(work, id);
        }
        if let Some(at) = self.fault_due(id) {
            self.agenda.add(at, Due::Fault(id.clone()));
        }
    }

    fn sibling_value(&self, spot: Spot<'_>, at: Time) -> Option<f64> {
        let station = self.state.stations.get(spot.id)?;
        let mine = &station.series[spot.index];
        let others = station
            .series
            .iter()
            .enumerate()
            .filter(|(index, other)| *index != spot.index && other.parameter == mine.parameter);
        let points = others.filter_map(|(_, other)| other.recent.last());
        points.min_by_key(|point| (point.at - at).abs()).map(|point| point.value)
    }

    fn usable(&mut self, work: &mut Work, spot: Spot<'_>, measured: &Measured) {
        if work.retained {
            return;
        }
        let now = self.state.now;
        let Some(series) = self.state.series_mut(spot.id, spot.index) else { return };
        let first = series.usable_at.is_none();
        series.usable_at = Some(now);
        let spoke_again = std::mem::take(&mut series.silent);
        if spoke_again {
            self.sensor_conditions(work, spot.id);
        }
        if (first || spoke_again) && measured.is_watched() {
            self.await_sensors(&work.plan, spot.id);
        }
    }

    pub(crate) fn await_sensors(&mut self, plan: &Plan, id: &StationId) {
        if let Some(at) = self.sensor_silent_at(plan, id) {
            self.agenda.add(at, Due::Sensor(id.clone()));
        }
    }

    /// When the next sensor of a station that is heard becomes silent.
    pub(crate) fn sensor_silent_at(&self, plan: &Plan, id: &StationId) -> Option<Time> {
        let (station, place) = (self.state.stations.get(id)?, plan.stations.get(id)?);
        let about = place.station.as_ref().filter(|_| !station.is(Condition::Silent))?;
        let awaited = station.series.iter().filter(|s| !s.silent && place.awaits(s));
        awaited.filter_map(|series| about.missed_at(series.usable_at?)).min()
    }

    /// Sensors gave nothing usable for too long.
    pub(crate) fn sensors_fell_silent(&mut self, work: &mut Work, id: &StationId) {
        let now = self.state.now;
        let plan = std::sync::Arc::clone(&work.plan);
        let Some(place) = plan.stations.get(id) else { return };
        let Some(about) = &place.station else { return };
        let Some(station) = self.state.stations.get_mut(id) else { return };
        let mut lost: Vec<ParameterId> = Vec::new();
        for series in &mut station.series {
            let missed = series.usable_at.and_then(|at| about.missed_at(at));
            let over = missed.is_some_and(|at| at <= now);
            if place.awaits(series) && !series.silent && over {
                series.silent = true;
                lost.push(series.parameter.clone());
            }
        }
        lost.retain(|parameter| !station.speaks(place, parameter));
        for parameter in &lost {
            self.mark_blind(work, id, |evidence| rests_on(evidence, parameter));
        }
        self.sensor_conditions(work, id);
        self.lose_sight_of_basins(work, id);
        self.await_sensors(&plan, id);
    }

    pub(crate) fn sensor_conditions(&mut self, work: &mut Work, id: &StationId) {
        let Some(station) = self.state.stations.get(id) else { return };
        let silent = station.series.iter().any(|series| series.silent);
        let implausible = station.series.iter().any(|series| series.told_fault().is_some());
        self.condition(work, id, Condition::SensorSilent, Some(silent));
        self.condition(work, id, Condition::Implausible, Some(implausible));
    }
}

impl Measured {
    /// Whether rules rest on it, directly or through what is derived from it.
    pub(crate) fn is_watched(&self) -> bool {
        !self.watches.is_empty() || !matches!(self.role, Role::Other | Role::Battery)
    }

    /// Whether a bad value is beyond what can be on the side of danger.
    fn is_beyond(&self, value: f64) -> bool {
        let most = self.limits.gross.and_then(|gross| gross.fail_max);
        self.is_watched() && most.is_some_and(|most| value > most)
    }
}

impl Place {
    /// Whether a series that has spoken is missed when it is silent.
    fn awaits(&self, series: &SeriesState) -> bool {
        let measured = self.measured(series.parameter.as_str());
        self.is_expected(&series.sensor) && measured.is_some_and(Measured::is_watched)
    }
}

impl StationState {
    /// It was not heard, or nobody listened, for a while: its sensors get their time anew.
    pub(crate) fn excuse_sensors(&mut self, now: Time) {
        for series in self.series.iter_mut().filter(|series| series.usable_at.is_some()) {
            series.usable_at = Some(now);
        }
    }

    /// Whether any sensor of a parameter still gives usable values.
    fn speaks(&self, place: &Place, parameter: &ParameterId) -> bool {
        let of = |series: &&SeriesState| series.parameter == *parameter;
        self.series
            .iter()
            .filter(of)
            .any(|series| !series.silent && place.is_expected(&series.sensor))
    }

    /// What is wrong with the sensors, one piece of evidence each; the parameter's name is the threshold's.
    pub(crate) fn of_sensors(&self, id: &StationId, what: Condition, since: Time) -> Vec<Evidence> {
        let of = |series: &SeriesState| match what {
            Condition::SensorSilent if series.silent => Some(Evidence {
                sensor: series.sensor.clone(),
                threshold_name: Some(series.parameter.to_string()),
                ..technical_evidence(id, "sensor_silent", since, 1.0)
            }),
            Condition::Implausible => {
                let fault = series.told_fault()?;
                Some(fault.evidence(id, series))
            }
            _ => None,
        };
        self.series.iter().filter_map(of).collect()
    }
}

/// Whether an alarm's evidence is of that parameter or derived from it.
pub(crate) fn rests_on(evidence: &Evidence, parameter: &ParameterId) -> bool {
    let (about, from) = (evidence.parameter.as_str(), parameter.as_str());
    let sums = matches!(from, "rain" | "rain_counter") && about.starts_with("rain");
    let derived = about.strip_prefix(from).is_some_and(|rest| rest.starts_with('_'));
    let force = matches!((from, about), ("wind_speed", "wind_force") | ("wind_gust", "gust_force"));
    about == from || derived || sums || force
}

/// A bad value that would have raised an alarm is not dropped in silence.
pub(crate) const BEYOND: Against = Against { why: Why::Beyond, value: None };
