//! Sensors of stations that are heard: one that gives nothing usable, or what cannot be.

use domain::{Condition, Evidence, ParameterId, QcFlag, StationId, Time};

use crate::agenda::Due;
use crate::derive::Role;
use crate::plan::{Measured, Plan};
use crate::processor::{Pipeline, Work};
use crate::reading::Spot;
use crate::state::{Implausible, SeriesState, StationState};
use crate::stations::technical_evidence;

/// So many usable values in a row, and what could not be is forgiven.
const CONVINCING: u8 = 6;

impl Pipeline {
    /// Takes note of how usable a judged value is.
    pub(crate) fn sensed(
        &mut self,
        work: &mut Work,
        spot: Spot<'_>,
        measured: &Measured,
        at: Time,
        value: Option<f64>,
        flag: QcFlag,
    ) {
        match (flag, value) {
            (QcFlag::Bad, Some(value)) if measured.is_beyond(value) => {
                self.implausible(work, spot, at, value);
            }
            (QcFlag::Bad | QcFlag::Missing, _) => {}
            _ => self.usable(work, spot, measured),
        }
    }

    /// A bad value that would have raised an alarm is not dropped in silence: somebody must look.
    pub(crate) fn implausible(&mut self, work: &mut Work, spot: Spot<'_>, at: Time, value: f64) {
        let Some(series) = self.state.series_mut(spot.id, spot.index) else { return };
        match &mut series.implausible {
            Some(known) => known.usable_since = 0,
            None => series.implausible = Some(Implausible { at, value, usable_since: 0 }),
        }
        self.sensor_conditions(work, spot.id);
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
        let mut forgiven = false;
        if let Some(known) = &mut series.implausible {
            known.usable_since += 1;
            forgiven = known.usable_since >= CONVINCING;
        }
        if forgiven {
            series.implausible = None;
        }
        if spoke_again || forgiven {
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
        let after = place.station.as_ref()?.silent_after;
        let heard = !station.is(Condition::Silent) && self.in_operation(plan, id);
        let watched = |series: &&SeriesState| {
            let measured = place.measured(series.parameter.as_str());
            heard && !series.silent && measured.is_some_and(Measured::is_watched)
        };
        let usable = station.series.iter().filter(watched).filter_map(|series| series.usable_at);
        usable.min().map(|at| at + after)
    }

    /// Sensors gave nothing usable for too long.
    pub(crate) fn sensors_fell_silent(&mut self, work: &mut Work, id: &StationId) {
        let now = self.state.now;
        let plan = std::sync::Arc::clone(&work.plan);
        let Some(place) = plan.stations.get(id) else { return };
        let Some(after) = place.station.as_ref().map(|station| station.silent_after) else {
            return;
        };
        let Some(station) = self.state.stations.get_mut(id) else { return };
        let mut lost: Vec<ParameterId> = Vec::new();
        for series in &mut station.series {
            let watched =
                place.measured(series.parameter.as_str()).is_some_and(Measured::is_watched);
            if watched && !series.silent && series.usable_at.is_some_and(|at| at + after <= now) {
                series.silent = true;
                lost.push(series.parameter.clone());
            }
        }
        lost.retain(|parameter| !station.speaks(parameter));
        for parameter in &lost {
            self.mark_blind(work, id, |evidence| rests_on(evidence, parameter));
        }
        self.sensor_conditions(work, id);
        self.await_sensors(&plan, id);
    }

    pub(crate) fn sensor_conditions(&mut self, work: &mut Work, id: &StationId) {
        let Some(station) = self.state.stations.get(id) else { return };
        let silent = station.series.iter().any(|series| series.silent);
        let implausible = station.series.iter().any(|series| series.implausible.is_some());
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

impl StationState {
    /// It was not heard, or nobody listened, for a while: its sensors get their time anew.
    pub(crate) fn excuse_sensors(&mut self, now: Time) {
        for series in self.series.iter_mut().filter(|series| series.usable_at.is_some()) {
            series.usable_at = Some(now);
        }
    }

    /// Whether any sensor of a parameter still gives usable values.
    fn speaks(&self, parameter: &ParameterId) -> bool {
        self.series.iter().any(|series| series.parameter == *parameter && !series.silent)
    }

    /// What is wrong with the sensors, one piece of evidence each; the parameter's name is the threshold's.
    pub(crate) fn of_sensors(&self, id: &StationId, what: Condition, since: Time) -> Vec<Evidence> {
        let name = |series: &SeriesState, evidence: Evidence| Evidence {
            sensor: series.sensor.clone(),
            threshold_name: Some(series.parameter.to_string()),
            ..evidence
        };
        let of = |series: &SeriesState| match what {
            Condition::SensorSilent if series.silent => {
                Some(name(series, technical_evidence(id, "sensor_silent", since, 1.0)))
            }
            Condition::Implausible => {
                let known = series.implausible?;
                Some(name(series, technical_evidence(id, "implausible", known.at, known.value)))
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
