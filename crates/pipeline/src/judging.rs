//! A person judges readings: new versions beside what was measured, and what follows from them.
//!
//! A decision is about a time. Accepted and corrected values stand whatever the station sends for that time later; it is
//! kept as a version beneath. A rejection is about a value: another one for the same time is judged by itself. Neither a
//! copy of the message, nor the spike check, nor processing it again undoes a decision, however old it is.
//!
//! The newest value of a series is shown to the rules as any value in order is; older ones as late values are.

use std::sync::Arc;

use domain::{
    CheckedReading, CommandError, Decision, Origin, Point, QcFlag, Review, ReviewedPoint, SeriesId,
    Time, Verdict,
};
use warning::{Observation, Standing};

use crate::plan::Role;
use crate::plan::{Measured, Place};
use crate::processor::{Pipeline, Work};
use crate::reading::Spot;
use crate::resting::Anew;
use crate::state::{Decided, SeriesState};
use crate::worth;

/// Decisions remembered of one series; the oldest are forgotten first.
const KEEP_DECISIONS: usize = 100_000;

impl Pipeline {
    pub(crate) fn reviewed(&mut self, work: &mut Work, user: &str, review: &Review) {
        let done = self.judge(work, user, review);
        work.out.command = Some(done);
    }

    fn judge(&mut self, work: &mut Work, user: &str, review: &Review) -> Result<(), CommandError> {
        let plan = Arc::clone(&work.plan);
        let key = &review.series;
        let refuse =
            |why: &str| CommandError::NotReviewable { series: key.clone(), why: why.to_owned() };
        if review.reason.trim().is_empty() {
            return Err(CommandError::ReasonMissing);
        }
        if let Some(fault) = review.fault() {
            return Err(refuse(fault));
        }
        let place = plan.stations.get(&key.station);
        let measured =
            place.and_then(|place| Some((place, place.measured(key.parameter.as_str())?)));
        let (place, measured) = measured.ok_or_else(|| {
            refuse("they are not measured there; judge what they are worked out from")
        })?;
        let station = self.state.stations.get(&key.station);
        let same = |s: &SeriesState| s.parameter == key.parameter && s.sensor == key.sensor;
        let index = station.and_then(|station| station.series.iter().position(same));
        let index = index.ok_or_else(|| refuse("nothing of that sensor was ever received"))?;
        let spot = Spot::new(place, &key.station, index);
        if let Some(series) = self.state.series_mut(&key.station, index) {
            let changed = review.points.iter().find(|point| !series.still_has(point));
            if let Some(point) = changed {
                return Err(CommandError::ReadingChanged { at: point.observed_at });
            }
        }
        let after = |point: &ReviewedPoint| {
            (point.observed_at, point.after(review.decision), review.decision.flag())
        };
        let points: Vec<Anew> = review.points.iter().map(after).collect();
        self.take_review(work, spot, measured, review, &points);
        self.reconsider(work, spot, measured, &points, Some((user, review)));
        self.follow_review(work, spot, measured, review);
        self.settle(work, place, &key.station);
        self.basin_heard(work, &key.station);
        Ok(())
    }

    /// Remembers the decisions, and states the readings anew.
    fn take_review(
        &mut self,
        work: &mut Work,
        spot: Spot<'_>,
        measured: &Measured,
        review: &Review,
        points: &[Anew],
    ) {
        let Some(series) = self.state.series_mut(spot.id, spot.index) else { return };
        let newest = series.recent.last().map(|point| point.at);
        for point in &review.points {
            let known = series.decide(point, review.decision);
            let late = newest != Some(point.observed_at);
            work.out.readings.push(known.reading(series.id, point.observed_at, late));
        }
        // Only now, for what a value is compared with may be among them.
        for point in &review.points {
            let (at, value) = (point.observed_at, point.after(review.decision));
            series.tell_checks(at, value, review.decision);
            if measured.role == Role::Counter {
                series.counter.judged(at, value.filter(|_| review.decision.flag() == QcFlag::Good));
            }
        }
        self.amend_rain(spot, measured, points);
        let Some(series) = self.state.series_mut(spot.id, spot.index) else { return };
        // Somebody looked at what could not be.
        let looked_at = |at: Time| review.points.iter().any(|point| point.observed_at >= at);
        series.disputed = None;
        if series.fault.is_some_and(|fault| looked_at(fault.at)) {
            series.fault = None;
            self.sensor_conditions(work, spot.id);
        }
    }

    /// What is derived from the readings, and the rules on it.
    fn follow_review(
        &mut self,
        work: &mut Work,
        spot: Spot<'_>,
        measured: &Measured,
        review: &Review,
    ) {
        let Some(series) = self.state.series_mut(spot.id, spot.index) else { return };
        let newest = series.recent.last().map(|point| point.at);
        let flag = review.decision.flag();
        for point in &review.points {
            let Some(value) = point.after(review.decision) else { continue };
            let (at, late) = (point.observed_at, newest != Some(point.observed_at));
            let seen = worth::measured(at, value, worth::by_person(flag), measured.role, None);
            if flag != QcFlag::Bad {
                self.watch(work, spot, &measured.watches, &measured.parameter.id, seen, late);
            }
            self.derive_alone(work, spot, measured, seen, late);
            if measured.role == Role::Battery && !late {
                self.battery(work, spot, value, flag);
            }
        }
        let (Some(first), Some(last)) = (review.points.first(), review.points.last()) else {
            return;
        };
        let range = (first.observed_at, last.observed_at);
        match measured.role {
            Role::Stage => self.follow_rise(work, spot, range),
            Role::Rain => {
                work.rained = Some(range);
                self.follow_rain(work, spot, range, false);
            }
            Role::Counter => self.recount(work, spot, measured),
            _ => {}
        }
    }

    /// What is derived from a value alone.
    pub(crate) fn derive_alone(
        &mut self,
        work: &mut Work,
        spot: Spot<'_>,
        measured: &Measured,
        seen: Observation,
        late: bool,
    ) {
        match measured.role {
            Role::Stage => self.derive_over(work, spot, seen, late),
            Role::WindMean => self.derive_force(work, spot, derive::WIND_FORCE, seen, late),
            Role::WindGust => self.derive_force(work, spot, derive::GUST_FORCE, seen, late),
            _ => {}
        }
    }

    /// Older readings have another verdict: what rests on them, and what is derived from them, follows.
    pub(crate) fn rejudged(
        &mut self,
        work: &mut Work,
        spot: Spot<'_>,
        measured: &Measured,
        points: &[Anew],
    ) {
        let (Some(first), Some(last)) = (points.first(), points.last()) else { return };
        self.amend_rain(spot, measured, points);
        self.reconsider(work, spot, measured, points, None);
        for (at, value, flag) in points {
            let Some(value) = value else { continue };
            let seen = worth::remembered(*at, *value, *flag);
            let plan = Arc::clone(&work.plan);
            for (slot, value) in alone(&plan, spot.place, measured.role, *at, *value) {
                let seen = worth::derived(&seen, value, *flag);
                self.derived_then(work, spot, slot, seen, None, false);
            }
        }
        match measured.role {
            Role::Stage => self.follow_rise(work, spot, (first.0, last.0)),
            Role::Rain => self.follow_rain(work, spot, (first.0, last.0), false),
            _ => {}
        }
    }

    /// The sums know what reports are worth now.
    pub(crate) fn amend_rain(&mut self, spot: Spot<'_>, measured: &Measured, points: &[Anew]) {
        let interval = spot.place.interval();
        let Some(series) = self.state.series_mut(spot.id, spot.index) else { return };
        if let Some(rain) = series.rain.as_mut().filter(|_| measured.role == Role::Rain) {
            rain.amend(points.iter().copied(), interval);
        }
    }

    /// The rates of rise that a value of the range is part of.
    pub(crate) fn follow_rise(
        &mut self,
        work: &mut Work,
        spot: Spot<'_>,
        (first, last): (Time, Time),
    ) {
        let plan = Arc::clone(&work.plan);
        let about = &plan.pack.about;
        let Some(series) = self.state.series_mut(spot.id, spot.index) else { return };
        let newest = series.recent.last().map(|point| point.at);
        let rises = series.rises((first, last + about.rise_max), about);
        for seen in rises {
            self.derived_then(work, spot, derive::RISE, seen, newest, false);
        }
    }
}

/// What is derived from a value alone, by slot.
fn alone(
    plan: &crate::plan::Plan,
    place: &Place,
    role: Role,
    at: Time,
    value: f64,
) -> Vec<(usize, f64)> {
    let force = |slot| plan.pack.force(value).map(|force| (slot, f64::from(force)));
    match role {
        Role::Stage => {
            let levels = derive::OVER_BD.into_iter().zip(place.stage.at(at));
            levels.map(|(slot, known)| (slot, derive::over(value, known.raise))).collect()
        }
        Role::WindMean => force(derive::WIND_FORCE).into_iter().collect(),
        Role::WindGust => force(derive::GUST_FORCE).into_iter().collect(),
        _ => Vec::new(),
    }
}

impl SeriesState {
    /// Whether a reading is as the person saw it, as far as it is remembered.
    fn still_has(&self, seen: &ReviewedPoint) -> bool {
        let at = seen.observed_at;
        if self.recent.last().is_none_or(|newest| newest.at < at) {
            return false;
        }
        let same = |value: Option<f64>, flag: QcFlag| {
            flag == seen.flag && value.map(f64::to_bits) == seen.seen.map(f64::to_bits)
        };
        let there = self.recent.get(self.place(at)).filter(|point| point.at == at);
        match (there, self.decided.get(&at)) {
            (Some(Point { value, flag, .. }), _) => {
                same(Some(*value).filter(|_| *flag != QcFlag::Missing), *flag)
            }
            (None, Some(known)) => same(known.value, known.flag),
            (None, None) => true,
        }
    }

    /// Remembers a decision, and takes it for what holds.
    fn decide(&mut self, point: &ReviewedPoint, decision: Decision) -> Decided {
        let at = point.observed_at;
        let before = self.decided.get(&at);
        let known = Decided {
            measured: before.filter(|k| k.value == point.seen).map_or(point.seen, |k| k.measured),
            value: point.after(decision),
            flag: decision.flag(),
            failed: point.failed.0,
            given: decision == Decision::Correct
                || before.is_some_and(|known| known.given && known.value == point.seen),
        };
        self.decided.insert(at, known);
        while self.decided.len() > KEEP_DECISIONS {
            self.decided.pop_first();
        }
        let index = self.place(at);
        if let Some(there) = self.recent.get_mut(index).filter(|there| there.at == at) {
            there.value = known.value.unwrap_or_default();
            there.flag = known.flag;
        }
        known
    }

    /// Lets the running checks know.
    fn tell_checks(&mut self, at: Time, value: Option<f64>, decision: Decision) {
        let index = self.place(at);
        let usable = |point: &&Point| !matches!(point.flag, QcFlag::Bad | QcFlag::Missing);
        let before = self.recent[..index].iter().rev().find(usable).copied();
        let good = value.filter(|_| decision.flag() == QcFlag::Good);
        self.track.decided(at, good, before);
    }

    /// Rates of rise at the values of a range, those that are bad too.
    pub(crate) fn rises(
        &self,
        (first, last): (Time, Time),
        about: &pack::About,
    ) -> Vec<Observation> {
        let mut all = Vec::new();
        for (index, now) in self.recent.iter().enumerate() {
            if now.at < first || now.at > last || now.flag == QcFlag::Missing {
                continue;
            }
            let start = self.recent.partition_point(|point| now.at - point.at > about.rise_max);
            let mut points = self.recent[start..=index].to_vec();
            if let Some(own) = points.last_mut().filter(|own| own.flag == QcFlag::Bad) {
                own.flag = QcFlag::Suspect;
            }
            let rise = derive::rise(&points, about.rise_min, about.rise_window, about.rise_max);
            let Some((value, flag)) = rise else { continue };
            let flag = if now.flag == QcFlag::Bad { QcFlag::Bad } else { flag };
            let near = self.doubted.range(now.at - about.rise_max..=now.at).next().is_some();
            let standing = if near { Standing::Doubted } else { Standing::Counts };
            all.push(Observation { standing, ..worth::remembered(now.at, value, flag) });
        }
        all
    }
}

impl Decided {
    /// Whether a value is the one that was decided about, or the one that holds since.
    pub(crate) fn is_of(&self, value: Option<f64>) -> bool {
        let bits = value.map(f64::to_bits);
        [self.measured, self.value].iter().any(|known| known.map(f64::to_bits) == bits)
    }

    /// Whether it holds against other values of the station too: it says what is right, not only what is wrong.
    pub(crate) fn stands(&self) -> bool {
        self.flag != QcFlag::Bad
    }

    pub(crate) const fn reading(&self, series: SeriesId, at: Time, late: bool) -> CheckedReading {
        CheckedReading {
            series,
            observed_at: at,
            value: self.value,
            verdict: Verdict { flag: self.flag, failed: domain::CheckSet(self.failed) },
            origin: if self.given { Origin::Corrected } else { Origin::Reviewed },
            completeness: 100,
            late,
        }
    }
}
