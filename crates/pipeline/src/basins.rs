//! Basins: their mean rain, stated once per step when everybody who speaks has reported; again when something came late.
//!
//! Nobody waits for a gauge that is silent or many steps behind. A station speaks by its main gauge while that lives, else
//! by the freshest that the configuration names, else by any. When the grace runs out, all steps that lie behind are
//! stated at once.

use std::sync::Arc;

use domain::{Condition, SensorId, SeriesKey, Span, StationId, Time};
use warning::Observation;

use crate::agenda::Due;
use crate::plan::{Place, Plan};
use crate::processor::{Pipeline, Work};
use crate::reading::derived_reading;
use crate::state::SeriesState;
use crate::sums::seen;
use derive::{BASIN_RAIN, Rain, mean, slack};

/// Most steps of a basin that are stated at once after a hole.
const CATCH_UP: i64 = 432;
/// A gauge that is this many of its reports, or of the basin's steps, behind is not waited for, and another one speaks.
const BEHIND: i64 = 3;

impl Pipeline {
    /// A station of a basin reported: steps may be complete, or come out differently.
    pub(crate) fn basin_heard(&mut self, work: &mut Work, id: &StationId) {
        let plan = Arc::clone(&work.plan);
        let rained = work.rained.take();
        let station = plan.pack.stations.get(id);
        let Some(basin) = station.and_then(|s| s.basin.as_ref()) else { return };
        let Some(step) = plan.pack.basins.get(basin).map(|entry| entry.step) else { return };
        let Some(newest) = self.newest_rain(&plan, id) else { return };
        let off = plan.stations.get(id).map_or(Span::ZERO, Place::off);
        let Some(state) = self.state.basins.get_mut(basin) else { return };
        let known = state.slot;
        let begin = rained.map_or(newest, |(first, _)| first).max(newest - step.times(CATCH_UP));
        let slot = *state.slot.get_or_insert_with(|| ceil(begin - off, step));
        if let Some(((first, last), known)) = rained.zip(known) {
            self.restate_basin(work, basin, (ceil(first - off, step), last), known);
        }
        if newest + off < slot {
            return;
        }
        self.give_grace(&plan, basin);
        self.basin_complete(work, basin);
    }

    /// States the steps of a basin that every station has reached that is waited for.
    pub(crate) fn basin_complete(&mut self, work: &mut Work, basin: &StationId) {
        let plan = Arc::clone(&work.plan);
        let Some(entry) = plan.pack.basins.get(basin) else { return };
        let members = plan.rain_members.get(basin).map_or(&[][..], Vec::as_slice);
        while let Some(slot) = self.state.basins.get(basin).and_then(|state| state.slot) {
            let waiting = |id: &StationId| self.is_awaited(&plan, id, slot, entry.step);
            if members.iter().any(waiting) || !self.is_reached(&plan, basin, slot) {
                return;
            }
            self.next_step(work, basin, slot);
        }
    }

    /// The grace for a step ran out: it is stated, with all before the step that may still be coming in.
    pub(crate) fn basin_step(&mut self, work: &mut Work, basin: &StationId) {
        let plan = Arc::clone(&work.plan);
        let Some(step) = plan.pack.basins.get(basin).map(|entry| entry.step) else { return };
        let mut first = true;
        while let Some(slot) = self.state.basins.get(basin).and_then(|state| state.slot)
            && (first || self.is_reached(&plan, basin, slot + step))
        {
            self.next_step(work, basin, slot);
            first = false;
        }
        self.basin_complete(work, basin);
    }

    /// Whether a step waits for that station: it speaks, is not far behind, and its report of that time is still to come.
    fn is_awaited(&self, plan: &Plan, id: &StationId, slot: Time, step: Span) -> bool {
        let (Some(station), Some(place)) = (self.state.stations.get(id), plan.stations.get(id))
        else {
            return false;
        };
        let Some(series) = followed(&station.series, place, slot, step) else { return false };
        let speaks = station.health.last_received.is_some()
            && !station.is(Condition::Silent)
            && !series.silent;
        let newest = series.rain.as_ref().and_then(Rain::newest);
        speaks
            && newest.is_some_and(|newest| {
                newest + place.interval() <= slot + place.off()
                    && slot - newest <= step.max(place.interval()).times(BEHIND)
            })
    }

    /// Whether any station reported of that step.
    fn is_reached(&self, plan: &Plan, basin: &StationId, slot: Time) -> bool {
        let members = plan.rain_members.get(basin).map_or(&[][..], Vec::as_slice);
        members.iter().any(|id| {
            let off = plan.stations.get(id).map_or(Span::ZERO, Place::off);
            self.newest_rain(plan, id).is_some_and(|newest| newest + off >= slot)
        })
    }

    /// Up to when a station reported rain by a gauge that counts.
    fn newest_rain(&self, plan: &Plan, id: &StationId) -> Option<Time> {
        let place = plan.stations.get(id)?;
        let series = self.state.stations.get(id)?.series.iter();
        let counts = series.filter(|series| !place.is_retired(&series.sensor));
        counts.filter_map(|series| series.rain.as_ref()?.newest()).max()
    }

    fn give_grace(&mut self, plan: &Plan, basin: &StationId) {
        let until = self.state.now + plan.pack.about.basin_grace;
        let Some(state) = self.state.basins.get_mut(basin) else { return };
        if state.grace_until.is_none() {
            state.grace_until = Some(until);
            self.agenda.add(until, Due::Basin(basin.clone()));
        }
    }

    /// States a step and waits for the next.
    fn next_step(&mut self, work: &mut Work, basin: &StationId, slot: Time) {
        let plan = Arc::clone(&work.plan);
        let Some(step) = plan.pack.basins.get(basin).map(|entry| entry.step) else { return };
        self.state_means(work, basin, slot, |_| true, false);
        let members = plan.rain_members.get(basin).map_or(&[][..], Vec::as_slice);
        let newest = members.iter().filter_map(|id| self.newest_rain(&plan, id)).max();
        let oldest = newest.map(|newest| newest.floor(step, Span::ZERO) - step.times(CATCH_UP));
        let next = Some(slot + step).max(oldest);
        if let Some(state) = self.state.basins.get_mut(basin) {
            (state.slot, state.grace_until) = (next, None);
        }
        if next.is_some_and(|next| self.is_reached(&plan, basin, next)) {
            self.give_grace(&plan, basin);
        }
    }

    /// States the steps before `slot` again that late reports touched.
    fn restate_basin(
        &mut self,
        work: &mut Work,
        basin: &StationId,
        (first, last): (Time, Time),
        slot: Time,
    ) {
        let plan = Arc::clone(&work.plan);
        let Some(step) = plan.pack.basins.get(basin).map(|entry| entry.step) else { return };
        let longest = Span::hours(72);
        let mut then = first.max(slot - step.times(CATCH_UP));
        while then < slot && then - longest < last {
            // The newest is news of now.
            let late = then + step < slot;
            self.state_means(work, basin, then, |window| then - window < last, late);
            then = then + step;
        }
    }

    fn state_means(
        &mut self,
        work: &mut Work,
        basin: &StationId,
        slot: Time,
        wanted: impl Fn(Span) -> bool,
        late: bool,
    ) {
        let plan = Arc::clone(&work.plan);
        let (Some(entry), Some(members)) =
            (plan.pack.basins.get(basin), plan.rain_members.get(basin))
        else {
            return;
        };
        let gauge = |id: &StationId| {
            let (station, place) = (self.state.stations.get(id)?, plan.stations.get(id)?);
            let series = followed(&station.series, place, slot, entry.step)?;
            Some((series.rain.as_ref()?, place.interval()))
        };
        let gauges: Vec<_> = members.iter().map(gauge).collect();
        let means = BASIN_RAIN.iter().enumerate().filter_map(|(index, (name, _))| {
            let parameter = plan.pack.parameters.get(*name)?;
            let window = parameter.window.filter(|window| wanted(*window))?;
            let whole = |rain: &Rain| rain.whole_from(window).is_some_and(|from| from <= slot);
            let sum = |gauge: &Option<(&Rain, Span)>| {
                let (rain, interval) = gauge.filter(|(rain, _)| whole(rain))?;
                rain.sum_about(slot, window, interval, entry.step)
            };
            let sums: Vec<_> = gauges.iter().map(sum).collect();
            Some((index, parameter.id.clone(), seen(mean(&sums, entry.quorum)?, slot)))
        });
        let means: Vec<(usize, domain::ParameterId, Observation)> = means.collect();
        for (index, parameter, seen) in means {
            let series = self.basin_number(work, basin, index, &parameter);
            work.out.readings.push(derived_reading(series, seen, late));
            self.watch_basin(work, basin, &parameter, seen, late);
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

/// The gauge by which a station speaks at a step: the main one while it lives, else the freshest that is expected there,
/// else the freshest of all that are not retired.
fn followed<'a>(
    all: &'a [SeriesState],
    place: &Place,
    slot: Time,
    step: Span,
) -> Option<&'a SeriesState> {
    let until = slot + place.off();
    let lately = step.max(place.interval()).times(BEHIND);
    let gauges = all.iter().filter(|s| s.rain.is_some() && !place.is_retired(&s.sensor));
    let rank = |series: &&SeriesState| {
        let spoke = series.rain.as_ref().and_then(|rain| rain.spoke(until));
        let lives = spoke.is_some_and(|spoke| slot - spoke <= lately);
        let expected = place.is_expected(&series.sensor);
        let main = series.sensor == SensorId::main();
        // Of those that are equal in everything the one that was known first.
        (lives, lives && main, expected, spoke, main, std::cmp::Reverse(series.id.0))
    };
    gauges.max_by_key(rank)
}

/// The first step that is not before that instant.
fn ceil(at: Time, step: Span) -> Time {
    let floor = at.floor(step, Span::ZERO);
    if floor < at { floor + step } else { floor }
}

impl Place {
    /// How far the stamps of its reports may be off a round time.
    fn off(&self) -> Span {
        Span::from_millis(slack(self.interval().millis()))
    }
}
