//! What the next gauges say: up and down the river of a stage, around a rain gauge.
//!
//! A level that a lone gauge raised on values that nobody bears out is sure as far as the next gauge up or down the river
//! has it too. A gauge that stands still while the next one moves, or that reports no rain among gauges that do, is contradicted.

use domain::{AlarmRecord, Level, QcFlag, Span, StationId, Time};
use quality::Point;
use warning::Rule;

use crate::derive::Role;
use crate::faults::{Against, Why};
use crate::plan::Measured;
use crate::processor::{Pipeline, Work};
use crate::reading::Spot;
use crate::state::StationState;

/// Rain is compared over this long.
const DRY: Span = Span::hours(3);
/// … with at least so many others of the basin.
const WET_OTHERS: usize = 2;
/// A fall is compared with the gauge above over this long.
const WHILE: Span = Span::hours(3);
/// Water takes its time: what the gauge above shows must have had so many times as long as what the gauge below shows.
const FROM_ABOVE: i64 = 3;

impl Pipeline {
    /// Makes levels sure that the next gauge of the river has too: of the target, and of its neighbours.
    pub(crate) fn agree_along_the_river(
        &mut self,
        work: &mut Work,
        rule: &Rule,
        target: &StationId,
    ) {
        let plan = std::sync::Arc::clone(&work.plan);
        let Some(neighbours) = plan.neighbours.get(target) else { return };
        for id in std::iter::once(target).chain(neighbours) {
            if let Some(level) = self.borne_out_by_the_next(work, rule, id) {
                self.bear_out(work, rule, id, level);
            }
        }
    }

    /// The level up to which the next gauge bears out what is provisional at a target.
    fn borne_out_by_the_next(&self, work: &Work, rule: &Rule, id: &StationId) -> Option<Level> {
        let alarm = |id: &StationId| self.state.alarms.get(&(rule.id.clone(), id.clone()));
        let mine = alarm(id).filter(|alarm| alarm.provisional && !alarm.late)?;
        let sure = |alarm: &&AlarmRecord| !alarm.provisional && !alarm.late && !alarm.blind;
        let next = work.plan.neighbours.get(id)?.iter().filter_map(alarm).filter(sure);
        let level = next.map(AlarmRecord::level).max()?.min(mine.level());
        (level > Level(0)).then_some(level)
    }

    fn bear_out(&mut self, work: &mut Work, rule: &Rule, id: &StationId, level: Level) {
        let plan = std::sync::Arc::clone(&work.plan);
        let Some(place) = plan.stations.get(id) else { return };
        let index = place.watches.iter().position(|watched| watched.rule.id == rule.id);
        let Some(station) = self.state.stations.get_mut(id) else { return };
        let Some(watcher) = index.map(|index| &mut station.watchers[index].1) else { return };
        let Some(change) = watcher.bear_out(level) else { return };
        let key = (rule.id.clone(), id.clone());
        let evidence = self.state.alarms.get(&key).map_or_else(Vec::new, |a| a.evidence.clone());
        self.transition(work, rule, id, change, evidence);
    }

    /// What the next gauges say against a value.
    pub(crate) fn contradicted_by_neighbours(
        &self,
        work: &Work,
        spot: Spot<'_>,
        measured: &Measured,
        at: Time,
        value: f64,
    ) -> Option<Against> {
        match measured.role {
            Role::Stage => self
                .stands_still(work, spot, measured, at, value)
                .or_else(|| self.falls_alone(work, spot, at)),
            Role::Rain if value == 0.0 => self.is_dry_among_wet(work, spot, at),
            _ => None,
        }
    }

    /// A stage near the alarm levels that stands still while the next gauge of the river moves.
    fn stands_still(
        &self,
        work: &Work,
        spot: Spot<'_>,
        measured: &Measured,
        at: Time,
        value: f64,
    ) -> Option<Against> {
        let about = &work.plan.pack.about;
        let station = spot.place.station.as_ref()?;
        let since = self.state.stations.get(spot.id)?.series[spot.index].still_since?;
        let longest = about.neighbour_still.max(station.interval.times(2));
        let calm = measured.limits.flat_line.and_then(|flat| flat.ignore_at_or_below);
        let lowest = spot.place.stage.at(at).first().map(|step| step.raise)?;
        let matters = calm.map_or(value >= lowest, |calm| value > calm);
        if at - since < longest || !matters {
            return None;
        }
        let moved = |id: &StationId| {
            let is_below = station.downstream.as_ref() == Some(id);
            let enough = if is_below { longest } else { longest.times(FROM_ABOVE) };
            let moved = self.state.stations.get(id)?.moved_since(since, at)?;
            (at - since >= enough && moved.abs() >= about.neighbour_moves).then_some(moved)
        };
        let moved = work.plan.neighbours.get(spot.id)?.iter().find_map(moved)?;
        Some(Against { why: Why::Neighbour, value: Some(moved) })
    }

    /// A stage that falls while every gauge above it that is known, one of them at an alarm level, does not.
    fn falls_alone(&self, work: &Work, spot: Spot<'_>, at: Time) -> Option<Against> {
        let about = &work.plan.pack.about;
        let above = |id: &&StationId| {
            let station = work.plan.pack.stations.get(*id);
            station.is_some_and(|station| station.downstream.as_ref() == Some(spot.id))
        };
        let mut above = work.plan.neighbours.get(spot.id)?.iter().filter(above).peekable();
        above.peek()?;
        let own = &self.state.stations.get(spot.id)?.series[spot.index].recent;
        let fell = -moved(own, at - WHILE, at)?;
        if fell < about.neighbour_moves {
            return None;
        }
        let mut highest: Option<f64> = None;
        for id in above {
            let moved = self.state.stations.get(id)?.moved_since(at - WHILE, at)?;
            let newest = self.state.stations.get(id)?.newest("water_level")?;
            let lowest = work.plan.stations.get(id)?.stage.at(at).first().map(|step| step.raise)?;
            if moved < -fell / 3.0 || newest.value < lowest {
                return None;
            }
            highest = Some(newest.value.max(highest.unwrap_or(f64::NEG_INFINITY)));
        }
        highest.map(|value| Against { why: Why::Above, value: Some(value) })
    }

    /// No rain for hours among gauges of the basin that report it.
    fn is_dry_among_wet(&self, work: &Work, spot: Spot<'_>, at: Time) -> Option<Against> {
        let basin = spot.place.station.as_ref()?.basin.as_ref()?;
        let rain = |id: &StationId| {
            let station = self.state.stations.get(id)?;
            let sums = station.series.iter().filter_map(|s| s.rain.as_ref()?.sum(at, DRY));
            sums.filter(|sum| sum.completeness >= 80).map(|sum| sum.value).max_by(f64::total_cmp)
        };
        let mine = self.state.stations.get(spot.id)?.series[spot.index].rain.as_ref()?;
        if mine.sum(at, DRY).is_none_or(|sum| sum.value > 0.0 || sum.completeness < 80) {
            return None;
        }
        let members = work.plan.rain_members.get(basin)?;
        let others: Vec<f64> =
            members.iter().filter(|id| *id != spot.id).filter_map(rain).collect();
        let wet = others.iter().filter(|mm| **mm >= work.plan.pack.about.neighbour_wet).count();
        let least = others.iter().copied().min_by(f64::total_cmp)?;
        let all_but_one = wet >= WET_OTHERS && wet + 1 >= others.len();
        all_but_one.then_some(Against { why: Why::Dry, value: Some(least) })
    }
}

impl StationState {
    /// How far a trusted stage has moved since then, m; `None` when that is not known.
    fn moved_since(&self, since: Time, at: Time) -> Option<f64> {
        let stages = self.series.iter().filter(|s| s.parameter.as_str() == "water_level");
        let moved = stages.filter_map(|series| moved(&series.recent, since, at));
        moved.max_by(|a, b| a.abs().total_cmp(&b.abs()))
    }
}

/// How far good values moved since then, where the newest is fresh.
fn moved(recent: &[Point], since: Time, at: Time) -> Option<f64> {
    let good = |point: &&Point| point.flag == QcFlag::Good;
    let newest = recent.iter().rev().find(good)?;
    let then = recent.iter().rev().filter(good).find(|point| point.at <= since)?;
    (at - newest.at <= DRY).then_some(newest.value - then.value)
}
