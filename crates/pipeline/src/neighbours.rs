//! What the next gauges say: up and down the river of a stage, around a rain gauge.
//!
//! A level that a lone gauge raised on values that nobody bears out is sure as far as the next gauge up or down the river
//! has it too. A gauge that stands still while the next one moves, or that reports no rain among gauges that do, is contradicted.

use domain::{AlarmRecord, Level, Point, QcFlag, Span, StationId, Time};
use warning::Rule;

use crate::faults::{Against, Why};
use crate::plan::Measured;
use crate::plan::Role;
use crate::processor::{Pipeline, Work};
use crate::reading::Spot;
use crate::state::{SeriesState, StationState};

/// Rain is compared over this long.
const DRY: Span = Span::hours(3);
/// … with at least so many others of the basin, one more for one that is dry too.
const WET_OTHERS: usize = 2;
/// … which must have been wet in each of so many parts of it: a thunderstorm passes a gauge by, rain of hours does not.
const PARTS: i64 = 3;
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
        let own = &self.state.stations.get(spot.id)?.series[spot.index].recent;
        let before = moved(own, since - longest, since);
        // Water takes its time: a crest stands here while it still rises below, and has passed above. It does not come to
        // a stand out of the midst of a rise.
        let sudden = before.is_some_and(|before| before.abs() >= about.neighbour_moves);
        let long = at - since >= longest.times(FROM_ABOVE);
        let moved = |id: &StationId| {
            let is_below = station.downstream.as_ref() == Some(id);
            let (from, to) = match (is_below, long) {
                (true, _) if sudden => (since, at),
                (true, true) => (at - longest, at),
                (false, true) => (since, at - longest.times(FROM_ABOVE - 1)),
                (_, false) => return None,
            };
            let moved = self.state.stations.get(id)?.moved(from, to)?;
            (moved.abs() >= about.neighbour_moves).then_some(moved)
        };
        let moved = work.plan.neighbours.get(spot.id)?.iter().find_map(moved)?;
        Some(Against { why: Why::Neighbour, value: Some(moved) })
    }

    /// A stage that falls while every gauge above it that is known, one of them at an alarm level, does not, and has not for
    /// as long as water is on its way: another wave may rise above while the last one runs off below.
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
            let sank =
                self.state.stations.get(id)?.sank(at - WHILE, at - WHILE.times(FROM_ABOVE))?;
            let newest = self.state.stations.get(id)?.newest("water_level")?;
            let lowest = work.plan.stations.get(id)?.stage.at(at).first().map(|step| step.raise)?;
            if sank > fell / 3.0 || newest.value < lowest {
                return None;
            }
            highest = Some(newest.value.max(highest.unwrap_or(f64::NEG_INFINITY)));
        }
        highest.map(|value| Against { why: Why::Above, value: Some(value) })
    }

    /// No rain for hours among gauges of the basin that report it.
    fn is_dry_among_wet(&self, work: &Work, spot: Spot<'_>, at: Time) -> Option<Against> {
        let basin = spot.place.station.as_ref()?.basin.as_ref()?;
        let mine = self.state.stations.get(spot.id)?.series[spot.index].rain.as_ref()?;
        if mine.sum(at, DRY).is_none_or(|sum| sum.value > 0.0 || sum.completeness < 80) {
            return None;
        }
        let (mut wet, mut dry, mut least) = (0, 0, f64::INFINITY);
        let enough = work.plan.pack.about.neighbour_wet;
        for id in work.plan.rain_members.get(basin)?.iter().filter(|id| *id != spot.id) {
            let Some(station) = self.state.stations.get(id) else { continue };
            let Some(mm) = station.rained(at, DRY) else { continue };
            if mm >= enough && station.rained_all_along(at, enough) {
                wet += 1;
                least = least.min(mm);
            } else {
                dry += 1;
            }
            // Where it is dry at others too, a shower passed by; only of many may one be out of order.
            if dry > 1 {
                return None;
            }
        }
        let all_but_one = wet >= WET_OTHERS + dry;
        all_but_one.then_some(Against { why: Why::Dry, value: Some(least) })
    }
}

impl StationState {
    fn stages(&self) -> impl Iterator<Item = &SeriesState> {
        self.series.iter().filter(|series| series.parameter.as_str() == "water_level")
    }

    /// How far a trusted stage moved from then to then, m; `None` when that is not known.
    fn moved(&self, since: Time, at: Time) -> Option<f64> {
        let moved = self.stages().filter_map(|series| moved(&series.recent, since, at));
        moved.max_by(|a, b| a.abs().total_cmp(&b.abs()))
    }

    /// How far a trusted stage, known since a time, sank since an earlier one from any height it had; m.
    fn sank(&self, known: Time, since: Time) -> Option<f64> {
        self.stages().filter_map(|series| sank(&series.recent, known, since)).max_by(f64::total_cmp)
    }

    /// Its rain up to a time, mm.
    fn rained(&self, at: Time, window: Span) -> Option<f64> {
        let sums = self.series.iter().filter_map(|s| s.rain.as_ref()?.sum(at, window));
        sums.filter(|sum| sum.completeness >= 80).map(|sum| sum.value).max_by(f64::total_cmp)
    }

    /// Whether it rained in each part of the time, and not in one shower.
    fn rained_all_along(&self, at: Time, enough: f64) -> bool {
        let part = Span::from_millis(DRY.millis() / PARTS);
        let least = enough / (2 * PARTS) as f64;
        (0..PARTS).all(|n| self.rained(at - part.times(n), part).is_some_and(|mm| mm >= least))
    }
}

/// How far good values sank since then from any height they had, where they are known long enough.
fn sank(recent: &[Point], known: Time, since: Time) -> Option<f64> {
    let good = |point: &&Point| point.flag == QcFlag::Good;
    recent.iter().find(good).filter(|first| first.at <= known)?;
    let after = recent[recent.partition_point(|point| point.at < since)..].iter().filter(good);
    let (mut highest, mut most) = (f64::NEG_INFINITY, 0.0_f64);
    for point in after {
        highest = highest.max(point.value);
        most = most.max(highest - point.value);
    }
    Some(most)
}

/// How far good values moved from then to then, where the newest is fresh.
fn moved(recent: &[Point], since: Time, at: Time) -> Option<f64> {
    let good = |point: &&Point| point.flag == QcFlag::Good;
    let newest = recent.iter().rev().filter(good).find(|point| point.at <= at)?;
    let then = recent.iter().rev().filter(good).find(|point| point.at <= since)?;
    (at - newest.at <= DRY).then_some(newest.value - then.value)
}
