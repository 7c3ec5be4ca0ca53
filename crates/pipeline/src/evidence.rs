//! What of a value is evidence that a danger went, and for which sensors it speaks.

use domain::{Evidence, Span};
use warning::{Change, Observation, Standing, Step};

use crate::processor::{Pipeline, Work};
use crate::reading::Spot;
use crate::state::SeriesState;

impl Pipeline {
    /// What a person denied is lowered as soon as the sensor does not show it any more, whatever is doubted of its values.
    pub(crate) fn follow_denial(
        &mut self,
        work: &mut Work,
        spot: Spot<'_>,
        index: usize,
        steps: &[Step],
        evidence: Evidence,
    ) {
        let rule = &spot.place.watches[index].rule;
        let Some(alarm) = self.state.alarms.get(&(rule.id.clone(), spot.id.clone())) else {
            return;
        };
        let denied = self.state.desk.denied(&alarm.episode, &rule.id, spot.id);
        let after = spot.place.silent_after();
        let Some(station) = self.state.stations.get_mut(spot.id) else { return };
        let watcher = &mut station.watchers[index].1;
        let change = denied.and_then(|stands| watcher.over(steps, stands, (false, after)));
        if change.is_some() {
            self.consider(work, rule, spot.id, steps, evidence, change);
        }
    }

    /// What is late, of a station on which somebody works, or contradicted by others lowers no level.
    pub(crate) fn as_evidence(
        &self,
        work: &Work,
        spot: Spot<'_>,
        seen: Observation,
    ) -> Observation {
        let Some(station) = self.state.stations.get(spot.id) else { return seen };
        let in_time = self.age(seen.at) <= work.plan.pack.about.late_after;
        let worked_on = station.health.maintenance.is_some();
        let series = &station.series[spot.index];
        let measured = spot.place.measured(series.parameter.as_str());
        let proven = measured.is_none_or(|measured| series.track.is_proven(&measured.limits));
        let unsettled = seen.standing == Standing::Disputed && series.disputed.is_none();
        let contradicted =
            series.is_forbidden_to_lower() || series.is_beneath_another() || unsettled;
        let believed = in_time && !worked_on && !contradicted && !work.retained;
        let withdraws = seen.withdraws && believed;
        Observation { lowers: seen.lowers && believed && proven, withdraws, ..seen }
    }

    /// A trusted sensor speaks for others of its parameter that showed the same and are silent or doubted since, or that
    /// show less than it does, and outlives those that nobody expects.
    pub(crate) fn spoken_for(
        &mut self,
        spot: Spot<'_>,
        index: usize,
        steps: &[Step],
        seen: Observation,
    ) -> Vec<Change> {
        let watched = &spot.place.watches[index];
        let threshold = &watched.threshold;
        let Some(station) = self.state.stations.get_mut(spot.id) else { return Vec::new() };
        let mine = &station.series[spot.index];
        let (name, parameter) = (mine.sensor.clone(), mine.parameter.clone());
        if !seen.lowers {
            return Vec::new();
        }
        let after = spot.place.silent_after();
        let within = spot.place.measured(parameter.as_str());
        let within = within.and_then(|m| m.limits.cross_check).map_or(Span::ZERO, |c| c.within);
        let (series, watchers) = (&station.series, &mut station.watchers);
        let watcher = &mut watchers[index].1;
        let others: Vec<_> = watcher.sensors().filter(|(other, _)| **other != name).collect();
        let others: Vec<_> = others.into_iter().map(|(other, at)| (other.clone(), at)).collect();
        let mut changes = Vec::new();
        for (other, last) in others {
            let of = |s: &&SeriesState| s.parameter == parameter && s.sensor == other;
            let Some(known) = series.iter().find(of) else { continue };
            let silent = last.is_some_and(|last| seen.at - last > after);
            let same =
                (silent || known.track.doubt().is_some()) && known.agreed_with(&name, within);
            if same || known.is_beneath(&name) {
                changes.extend(watcher.speaks_for(threshold, &name, &other));
            }
            if silent && spot.place.is_expected(&name) && !spot.place.is_expected(&other) {
                changes.extend(watcher.outlives(steps, &other, seen));
            }
        }
        changes
    }
}
