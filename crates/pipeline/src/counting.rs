//! Running counters: their totals, and the amounts that these feed.
//!
//! An amount is stated at once. A total that shows later what the ones before it were (the counter came back, a backlog
//! fills a hole, a person judged one) has them counted anew, and what comes out differently is stated again.

use domain::{QcFlag, Span, StationId, Time};
use quality::score::Answer;
use quality::{Amount, Counter, Total};
use serde::{Deserialize, Serialize};

use crate::plan::{Measured, Place};
use crate::processor::{Pipeline, Work};
use crate::reading::{KEEP_POINTS, KEEP_RAIN, Spot, limits_over};
use crate::state::{SeriesState, Value};

/// The totals of a counter that are remembered, ascending, and what is known of the counter before and after them.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct Tally {
    before: Counter,
    now: Counter,
    totals: Vec<Kept>,
}

/// A total, or a time at which none holds any more, with the amount that was stated for it.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
struct Kept {
    at: Time,
    total: Option<Total>,
    said: Option<Amount>,
}

/// An amount that is to be stated again, with what was stated.
struct Changed {
    at: Time,
    was: Option<Amount>,
    now: Option<Amount>,
}

impl Pipeline {
    /// Takes a total of a counter, and states what was counted.
    pub(crate) fn derive_increment(
        &mut self,
        work: &mut Work,
        spot: Spot<'_>,
        measured: &Measured,
        at: Time,
        given: &Value,
        flag: QcFlag,
    ) {
        let usable = given.value.filter(|_| !matches!(flag, QcFlag::Bad | QcFlag::Missing));
        let total = usable.map(|value| Total { at, value, flag, own_time: given.own_time });
        let Some(series) = self.state.series_mut(spot.id, spot.index) else { return };
        if !series.counter.put(at, total) {
            work.recount.insert((spot.id.clone(), spot.index));
        } else if let Some(total) = total {
            let believable = believable(spot.place, measured);
            let rolls = measured.parameter.rolls_over_at;
            let said = series.counter.now.see(total, rolls, &believable);
            if said.back_to.is_some() || said.settled.is_some() {
                return self.recount(work, spot, measured);
            }
            series.counter.said(said.amount);
            series.counter.forget(rolls, believable);
            if said.amount.is_some() {
                let changed = Changed { at, was: None, now: said.amount };
                self.state_amount(work, spot, measured, &changed);
            }
        }
    }

    /// Counts the totals that are remembered anew, and states what comes out differently.
    pub(crate) fn recount(&mut self, work: &mut Work, spot: Spot<'_>, measured: &Measured) {
        let Some(series) = self.state.series_mut(spot.id, spot.index) else { return };
        let believable = believable(spot.place, measured);
        let rolls = measured.parameter.rolls_over_at;
        let changed = series.counter.count(rolls, &believable);
        series.counter.forget(rolls, believable);
        for changed in changed {
            self.state_amount(work, spot, measured, &changed);
        }
    }

    fn state_amount(
        &mut self,
        work: &mut Work,
        spot: Spot<'_>,
        measured: &Measured,
        changed: &Changed,
    ) {
        let Some(feeds) = measured.parameter.feeds.clone() else { return };
        let Some(series) = self.state.series_mut(spot.id, spot.index) else { return };
        let (at, amount) = (changed.at, changed.now);
        let mark = match amount.map(|amount| (amount.flag, amount.own_time)) {
            Some((QcFlag::Suspect, _)) => Some("suspect"),
            Some((QcFlag::NotEvaluated, true)) => Some("not evaluated"),
            _ => None,
        };
        let value = Value {
            parameter: feeds,
            sensor: series.sensor.clone(),
            value: amount.map(|amount| (amount.value * 1_000.0).round() / 1_000.0),
            own_time: amount.is_none_or(|amount| amount.own_time),
            mark: mark.map(str::to_owned),
            span: amount.map(|amount| at - amount.since),
            sure: amount.filter(|amount| amount.sure < amount.value).map(|amount| amount.sure),
        };
        let index = self.series_index(work, spot.id, &value);
        let spot = Spot::new(spot.place, spot.id, index);
        let same = |was: Amount, now: Amount| Amount { since: now.since, ..was } == now;
        match (changed.was, amount) {
            (None, Some(_)) => self.reading(work, spot, at, &value),
            (Some(was), Some(now)) if same(was, now) => self.respan_rain(work, spot, at, &value),
            _ => self.restate(work, spot, at, &value),
        }
    }

    /// Counters whose totals did not come in order are counted anew, and late rain is taken into all sums it touches.
    pub(crate) fn settle(&mut self, work: &mut Work, place: &Place, id: &StationId) {
        for (station, index) in std::mem::take(&mut work.recount) {
            let Some(series) = self.state.series_mut(&station, index) else { continue };
            let parameter = series.parameter.clone();
            if let Some(measured) = place.measured(parameter.as_str()).filter(|_| station == *id) {
                self.recount(work, Spot::new(place, id, index), measured);
            }
        }
        let late: Vec<usize> = work.late_rain.keys().copied().collect();
        for index in late {
            self.restate_sums(work, Spot::new(place, id, index));
        }
    }
}

/// Whether the limits of what a counter feeds believe an amount in such a time.
fn believable(place: &Place, counter: &Measured) -> impl Fn(f64, Span) -> bool + use<> {
    let fed = counter.parameter.feeds.as_ref().and_then(|feeds| place.measured(feeds.as_str()));
    let interval = place.station.as_ref().map_or(Span::ZERO, |station| station.interval);
    let limits = fed.map(|fed| fed.limits.clone());
    move |amount, span| {
        let gross =
            limits.as_ref().and_then(|limits| limits_over(interval, limits, Some(span)).gross);
        gross.is_none_or(|gross| quality::check::gross(&gross, amount) == Answer::Pass)
    }
}

impl Tally {
    /// Takes a total; whether it is the newest and nothing of what was counted changes by it.
    fn put(&mut self, at: Time, total: Option<Total>) -> bool {
        match self.totals.last() {
            Some(last) if last.at >= at => {
                let place = self.totals.partition_point(|kept| kept.at < at);
                match self.totals.get_mut(place).filter(|kept| kept.at == at) {
                    Some(known) => known.total = total,
                    None => self.totals.insert(place, Kept { at, total, said: None }),
                }
                false
            }
            _ => {
                self.totals.extend(total.map(|total| Kept { at, total: Some(total), said: None }));
                true
            }
        }
    }

    /// Takes what a person said of the total of a time.
    pub(crate) fn judged(&mut self, at: Time, value: Option<f64>) {
        if self.totals.iter().any(|kept| kept.at == at) || value.is_some() {
            let total = |value| Total { at, value, flag: QcFlag::Good, own_time: true };
            self.put(at, value.map(total));
        }
    }

    fn said(&mut self, amount: Option<Amount>) {
        if let Some(newest) = self.totals.last_mut() {
            newest.said = amount;
        }
    }

    fn count(
        &mut self,
        rolls_over_at: Option<f64>,
        believable: impl Fn(f64, Span) -> bool,
    ) -> Vec<Changed> {
        let mut counter = self.before.clone();
        let totals = self.totals.iter().filter_map(|kept| kept.total);
        let mut counted = quality::recount(&mut counter, totals, rolls_over_at, believable)
            .into_iter()
            .peekable();
        self.now = counter;
        let mut changed = Vec::new();
        for kept in &mut self.totals {
            let now = counted.next_if(|(at, _)| *at == kept.at).and_then(|(_, amount)| amount);
            let was = std::mem::replace(&mut kept.said, now);
            if was != now {
                changed.push(Changed { at: kept.at, was, now });
            }
        }
        changed
    }

    /// Drops totals that are too old to be counted again.
    fn forget(&mut self, rolls_over_at: Option<f64>, believable: impl Fn(f64, Span) -> bool) {
        let Some(newest) = self.totals.last().map(|kept| kept.at) else { return };
        let old = self.totals.partition_point(|kept| newest - kept.at > KEEP_RAIN);
        let many = self.totals.len().saturating_sub(KEEP_POINTS);
        for kept in self.totals.drain(..old.max(many)) {
            if let Some(total) = kept.total {
                self.before.see(total, rolls_over_at, &believable);
            }
        }
    }
}

impl SeriesState {
    /// Whether what is stated for that time is bad: then it says no amount already.
    pub(crate) fn is_bad(&self, at: Time) -> bool {
        let there = self.recent.get(self.place(at)).filter(|point| point.at == at);
        there.is_some_and(|point| point.flag == QcFlag::Bad)
    }
}

impl Pipeline {
    /// An amount that stays speaks for another time.
    fn respan_rain(&mut self, work: &mut Work, spot: Spot<'_>, at: Time, value: &Value) {
        let Some(series) = self.state.series_mut(spot.id, spot.index) else { return };
        let there = series.recent.get(series.place(at)).filter(|point| point.at == at);
        let Some(flag) = there.map(|point| point.flag) else { return };
        self.derive_rain(work, spot, at, value, flag);
    }
}
