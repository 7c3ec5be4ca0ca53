//! Basins: their mean rain, stated once per step when everybody who speaks has reported.

use std::sync::Arc;

use domain::{Condition, SensorId, SeriesKey, Span, StationId, Time};
use warning::Observation;

use crate::agenda::Due;
use crate::derive::{BASIN_RAIN, mean};
use crate::plan::Plan;
use crate::processor::{Pipeline, Work};
use crate::reading::derived_reading;

/// Most steps of a basin that are stated at once after a hole.
const CATCH_UP: i64 = 432;

impl Pipeline {
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
    pub(crate) fn basin_complete(&mut self, work: &mut Work, basin: &StationId) {
        let plan = Arc::clone(&work.plan);
        while let (Some(state), Some(members)) =
            (self.state.basins.get(basin), plan.rain_members.get(basin))
        {
            let Some(slot) = state.slot else { return };
            let waiting = |id: &StationId| {
                let station = self.state.stations.get(id);
                let speaks = station
                    .filter(|s| s.health.last_received.is_some() && !s.is(Condition::Silent));
                speaks.and_then(|s| s.rain_until).is_some_and(|newest| newest < slot)
            };
            let reached = |id: &StationId| self.newest_rain(id).is_some_and(|at| at >= slot);
            if members.iter().any(waiting) || !members.iter().any(reached) {
                return;
            }
            self.basin_step(work, basin);
        }
    }

    fn newest_rain(&self, id: &StationId) -> Option<Time> {
        self.state.stations.get(id)?.rain_until
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
                completeness: sum.completeness,
                ..Observation::new(slot, sum.value, sum.flag)
            };
            let series = self.basin_number(work, basin, index, &parameter);
            work.out.readings.push(derived_reading(series, seen, false));
            self.watch_basin(work, basin, &parameter, seen, sum.at_least);
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
