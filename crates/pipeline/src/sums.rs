//! Rain and its sums: those of a report in order at once; those that a late one touches once per message, however many
//! came late, each at its own time.

use std::sync::Arc;

use domain::{QcFlag, Span, Time};
use warning::Observation;

use crate::plan::Plan;
use crate::processor::{Pipeline, Work};
use crate::reading::{Spot, derived_reading};
use crate::state::Value;
use derive::{Report, Sum};

/// Share of what is covered, %, that must be beyond doubt so that a doubted sum may lower a level.
const FIRM: u8 = 50;
/// The longest window of a rain sum.
const LONGEST: Span = Span::hours(72);

impl Pipeline {
    /// Takes a report of rain, and states the sums that end with it.
    pub(crate) fn derive_rain(
        &mut self,
        work: &mut Work,
        spot: Spot<'_>,
        at: Time,
        given: &Value,
        flag: QcFlag,
    ) {
        let plan = Arc::clone(&work.plan);
        let interval = spot.place.interval();
        let Some(series) = self.state.series_mut(spot.id, spot.index) else { return };
        let newest = series.rain.get_or_insert_default().newest();
        let waiting = work.late_rain.contains_key(&spot.index);
        // Another amount for the newest report is worked out together with those that came late before it.
        let late = newest.is_some_and(|newest| at < newest || at == newest && waiting);
        if !late && waiting {
            // What came late is judged as things were before this.
            self.restate_sums(work, spot);
        }
        let Some(series) = self.state.series_mut(spot.id, spot.index) else { return };
        let rain = series.rain.get_or_insert_default();
        let report = Report { mm: given.value, flag, sure: given.sure, span: given.span };
        rain.add(at, report, interval);
        let wider = |range: Option<(Time, Time)>| {
            range.map_or((at, at), |(first, last)| (first.min(at), last.max(at)))
        };
        work.rained = Some(wider(work.rained));
        if late {
            let known = work.late_rain.get(&spot.index).copied();
            work.late_rain.insert(spot.index, wider(known));
            return;
        }
        let sums = derive::RAIN_SUMS.chain([derive::RAIN_DAY]);
        let sums: Vec<_> =
            sums.filter_map(|slot| Some((slot, rain_sum(rain, &plan, slot, at)?))).collect();
        for (slot, seen) in sums {
            self.derived(work, spot, slot, seen, false);
        }
    }

    /// States the sums again that the late reports of this message touched.
    pub(crate) fn restate_sums(&mut self, work: &mut Work, spot: Spot<'_>) {
        if let Some(range) = work.late_rain.remove(&spot.index) {
            self.follow_rain(work, spot, range, true);
        }
    }

    /// The sums that a report of the range is part of, as far as they are known whole. Those of late reports are shown to
    /// the rules; after a review the alarms are looked at by themselves.
    pub(crate) fn follow_rain(
        &mut self,
        work: &mut Work,
        spot: Spot<'_>,
        (first, last): (Time, Time),
        told: bool,
    ) {
        let plan = Arc::clone(&work.plan);
        let Some(series) = self.state.series_mut(spot.id, spot.index) else { return };
        let Some(rain) = &series.rain else { return };
        let newest = rain.newest();
        let mut all = Vec::new();
        for slot in derive::RAIN_SUMS.chain([derive::RAIN_DAY]) {
            let Some(window) = rain_window(&plan, slot) else { continue };
            let reaches = |at: &Time| match slot {
                derive::RAIN_DAY => rain.day_of(*at) <= last,
                _ => *at - window < last,
            };
            let times = rain.whole_sums(first, window).filter(reaches);
            all.extend(times.filter_map(|at| Some((slot, rain_sum(rain, &plan, slot, at)?))));
        }
        // What is true now first: late ones are compared with it.
        all.sort_by_key(|(_, seen)| newest != Some(seen.at));
        for (slot, seen) in all {
            self.derived_then(work, spot, slot, seen, newest, told);
        }
    }

    /// States a derived value anew. The newest is news of now; older ones are only what was.
    pub(crate) fn derived_then(
        &mut self,
        work: &mut Work,
        spot: Spot<'_>,
        slot: usize,
        seen: Observation,
        newest: Option<Time>,
        told: bool,
    ) {
        if told || newest == Some(seen.at) {
            return self.derived(work, spot, slot, seen, newest != Some(seen.at));
        }
        let plan = Arc::clone(&work.plan);
        let Some(parameter) = &plan.derived[slot] else { return };
        let series = self.derived_number(work, spot, slot, &parameter.id);
        work.out.readings.push(derived_reading(series, seen, true));
    }
}

/// How far back a rain sum looks at most.
pub(crate) fn rain_window(plan: &Plan, slot: usize) -> Option<Span> {
    let parameter = plan.derived[slot].as_ref()?;
    let window = if slot == derive::RAIN_DAY { Span::days(1) } else { parameter.window? };
    (window <= LONGEST).then_some(window)
}

/// The rain sum of a slot at a time.
pub(crate) fn rain_sum(
    rain: &derive::Rain,
    plan: &Plan,
    slot: usize,
    at: Time,
) -> Option<Observation> {
    let sum = match slot {
        derive::RAIN_DAY => rain.sum_of_day(at),
        _ => rain.sum(at, plan.derived[slot].as_ref()?.window?),
    }?;
    Some(seen(sum, at))
}

/// The sum as rules see it: sure as far as its certain part reaches, and below for certain when all of it is, unless most
/// of it is doubted.
pub(crate) fn seen(sum: Sum, at: Time) -> Observation {
    let plain = Observation::new(at, sum.value, sum.flag);
    let firm = sum.flag == QcFlag::Suspect && sum.firm >= FIRM;
    Observation {
        completeness: sum.completeness,
        sure: sum.sure,
        lowers: plain.lowers || firm,
        withdraws: plain.withdraws || firm,
        ..plain
    }
}
