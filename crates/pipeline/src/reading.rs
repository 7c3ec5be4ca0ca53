//! One reading: known already, in order or late; verdict; history; what is derived from it.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, VecDeque};

use domain::{
    CheckedReading, Origin, Parameter, ParameterId, Point, QcFlag, SeriesId, SeriesKey, Span,
    StationId, Time, Verdict,
};
use quality::Limits;
use warning::Observation;

use crate::copies::copies;
use crate::plan::Role;
use crate::plan::{Measured, Place};
use crate::processor::{Pipeline, Work};
use crate::state::{Decided, SeriesState, Step, Value};
use crate::worth;

/// How long values are remembered to recognise copies and to compare with.
pub(crate) const KEEP: Span = Span::hours(12);
/// … and for rain, whose sums reach further.
pub(crate) const KEEP_RAIN: Span = Span::hours(80);
/// Most values remembered of one series.
pub(crate) const KEEP_POINTS: usize = 2_048;
/// So many are forgotten at once, or more.
pub(crate) const PIECE: usize = 32;

/// Where a value is while it is worked on.
#[derive(Clone, Copy)]
pub(crate) struct Spot<'a> {
    pub(crate) place: &'a Place,
    pub(crate) id: &'a StationId,
    /// Index in the station's series.
    pub(crate) index: usize,
    /// Numbers of the series derived from it, as far as they are known.
    numbers: [Option<SeriesId>; derive::DERIVED.len()],
}

impl<'a> Spot<'a> {
    pub(crate) const fn new(place: &'a Place, id: &'a StationId, index: usize) -> Self {
        Self { place, id, index, numbers: [None; derive::DERIVED.len()] }
    }
}

impl Pipeline {
    pub(crate) fn reading(&mut self, work: &mut Work, spot: Spot<'_>, at: Time, value: &Value) {
        let Some(measured) = spot.place.measured(value.parameter.as_str()) else { return };
        let Some(station) = self.state.stations.get_mut(spot.id) else { return };
        let series = &mut station.series[spot.index];
        let mut spot = spot;
        for (slot, number) in spot.numbers.iter_mut().zip(&series.derived) {
            *slot = *number;
        }
        let newest = series.recent.last().map(|point| point.at);
        let decided = series.decided.get(&at).copied();
        if series.knows(at, value.value) || decided.is_some_and(|known| known.is_of(value.value)) {
            work.out.duplicates += 1;
            station.health.duplicates += 1;
        } else if let Some(known) = decided.filter(|known| known.stands()) {
            self.overruled(work, spot, measured, at, value, known);
        } else if series.is_forgotten(at)
            && copies(&work.past.stored(series.id, at, work.seq), value.value)
        {
            work.out.duplicates += 1;
            station.health.duplicates += 1;
        } else if newest.is_none_or(|newest| newest < at) {
            self.in_order(work, spot, measured, at, value);
        } else if newest == Some(at) && series.before.is_some_and(|(then, _)| then == at) {
            self.corrected(work, spot, measured, at, value);
        } else {
            self.out_of_order(work, spot, measured, at, value);
        }
    }

    /// An amount that comes out differently: stated again even when only what is thought of it changed.
    pub(crate) fn restate(&mut self, work: &mut Work, spot: Spot<'_>, at: Time, value: &Value) {
        let Some(measured) = spot.place.measured(value.parameter.as_str()) else { return };
        let Some(series) = self.state.series_mut(spot.id, spot.index) else { return };
        let decided = series.decided.get(&at).copied();
        if let Some(known) = decided {
            if known.stands() {
                self.overruled(work, spot, measured, at, value, known);
            }
        } else if series.recent.last().is_none_or(|newest| newest.at < at) {
            self.in_order(work, spot, measured, at, value);
        } else if value.value.is_some() || !series.is_bad(at) {
            self.out_of_order(work, spot, measured, at, value);
        }
    }

    /// A value that came after newer ones, or another value for a time that has one.
    fn out_of_order(
        &mut self,
        work: &mut Work,
        spot: Spot<'_>,
        measured: &Measured,
        at: Time,
        value: &Value,
    ) {
        let Some(station) = self.state.stations.get_mut(spot.id) else { return };
        let series = &mut station.series[spot.index];
        let (before, after) = series.neighbours(at);
        let mark = value.mark.as_deref();
        let limits = limits(spot.place, measured, value);
        let verdict =
            series.track.judge_late(&limits, before, after, at, value.value, mark, value.own_time);
        series.remember(at, value.value, verdict.flag, measured.role);
        work.out.readings.push(checked(series.id, at, value, verdict, true));
        self.follow(work, spot, measured, at, value, verdict, true);
    }

    /// Another value for a time of which a person said what was right: it is kept, and what they said stays on top.
    fn overruled(
        &mut self,
        work: &mut Work,
        spot: Spot<'_>,
        measured: &Measured,
        at: Time,
        value: &Value,
        known: Decided,
    ) {
        let Some(series) = self.state.series_mut(spot.id, spot.index) else { return };
        let (before, after) = series.neighbours(at);
        let (mark, limits) = (value.mark.as_deref(), limits(spot.place, measured, value));
        let verdict =
            series.track.judge_late(&limits, before, after, at, value.value, mark, value.own_time);
        work.out.readings.push(checked(series.id, at, value, verdict, true));
        work.out.readings.push(known.reading(series.id, at, true));
    }

    /// Everything that follows from a judged value: derived series and rules.
    #[expect(clippy::too_many_arguments, reason = "a judged value with its place")]
    pub(crate) fn follow(
        &mut self,
        work: &mut Work,
        spot: Spot<'_>,
        measured: &Measured,
        at: Time,
        given: &Value,
        verdict: Verdict,
        late: bool,
    ) {
        let value = given.value;
        if !late {
            self.sensed(work, spot, measured, at, value, verdict);
        }
        let still = self.state.series_mut(spot.id, spot.index).and_then(|s| s.still_since);
        let seen = value.map(|value| worth::measured(at, value, verdict, measured.role, still));
        if let Some(seen) = seen {
            self.watch(work, spot, &measured.watches, &measured.parameter.id, seen, late);
        }
        match (measured.role, seen) {
            (Role::Rain, _) => self.derive_rain(work, spot, at, given, verdict.flag),
            (Role::Counter, _) => {
                self.derive_increment(work, spot, measured, at, given, verdict.flag);
            }
            (Role::Stage, Some(level)) => self.derive_stage(work, spot, level, late),
            (Role::WindMean, Some(speed)) => {
                self.derive_force(work, spot, derive::WIND_FORCE, speed, late);
            }
            (Role::WindGust, Some(speed)) => {
                self.derive_force(work, spot, derive::GUST_FORCE, speed, late);
            }
            (Role::Battery, Some(volts)) if !late => {
                self.battery(work, spot, volts.value, verdict.flag);
            }
            _ => {}
        }
    }

    fn derive_stage(&mut self, work: &mut Work, spot: Spot<'_>, level: Observation, late: bool) {
        let plan = std::sync::Arc::clone(&work.plan);
        self.derive_over(work, spot, level, late);
        if late {
            return self.follow_rise(work, spot, (level.at, level.at));
        }
        let about = &plan.pack.about;
        let Some(station) = self.state.stations.get(spot.id) else { return };
        let recent = &station.series[spot.index].recent;
        let rise = derive::rise(recent, about.rise_min, about.rise_window, about.rise_max);
        let still = station.series[spot.index].still_since;
        if let Some((value, flag)) = rise {
            let seen = worth::derived(&level, value, flag);
            let moves = still.is_none_or(|since| level.at - since < about.rise_min);
            let seen = Observation { lowers: seen.lowers && moves, ..seen };
            self.derived(work, spot, derive::RISE, seen, false);
        }
    }

    pub(crate) fn derive_over(
        &mut self,
        work: &mut Work,
        spot: Spot<'_>,
        level: Observation,
        late: bool,
    ) {
        for (slot, known) in derive::OVER_BD.into_iter().zip(spot.place.stage.at(level.at)) {
            let value = derive::over(level.value, known.raise);
            self.derived(work, spot, slot, worth::derived(&level, value, level.flag), late);
        }
    }

    pub(crate) fn derive_force(
        &mut self,
        work: &mut Work,
        spot: Spot<'_>,
        slot: usize,
        speed: Observation,
        late: bool,
    ) {
        let Some(force) = work.plan.pack.force(speed.value) else { return };
        let seen = worth::derived(&speed, f64::from(force), speed.flag);
        self.derived(work, spot, slot, seen, late);
    }

    /// States a derived value and shows it to the rules.
    pub(crate) fn derived(
        &mut self,
        work: &mut Work,
        spot: Spot<'_>,
        slot: usize,
        seen: Observation,
        late: bool,
    ) {
        let plan = std::sync::Arc::clone(&work.plan);
        let Some(Parameter { id: parameter, .. }) = &plan.derived[slot] else { return };
        let series = self.derived_number(work, spot, slot, parameter);
        work.out.readings.push(derived_reading(series, seen, late));
        if !matches!(seen.flag, QcFlag::Bad) {
            let rules = &spot.place.derived_watches[slot];
            self.watch(work, spot, rules, parameter, seen, late);
        }
    }

    pub(crate) fn derived_number(
        &mut self,
        work: &mut Work,
        spot: Spot<'_>,
        slot: usize,
        parameter: &ParameterId,
    ) -> SeriesId {
        if let Some(id) = spot.numbers[slot] {
            return id;
        }
        let station = self.state.stations.get(spot.id).expect("its reading is being worked on");
        let series = &station.series[spot.index];
        if let Some(Some(id)) = series.derived.get(slot) {
            return *id;
        }
        let key = SeriesKey {
            station: spot.id.clone(),
            parameter: parameter.clone(),
            sensor: series.sensor.clone(),
        };
        let id = self.number(work, key);
        let station = self.state.stations.get_mut(spot.id).expect("its reading is being worked on");
        let derived = &mut station.series[spot.index].derived;
        derived.resize(derived.len().max(slot + 1), None);
        derived[slot] = Some(id);
        id
    }

    pub(crate) fn series_index(&mut self, work: &mut Work, id: &StationId, value: &Value) -> usize {
        let station = self.state.stations.get_or_add(id);
        let same = |s: &SeriesState| s.parameter == value.parameter && s.sensor == value.sensor;
        if let Some(index) = station.series.iter().position(same) {
            return index;
        }
        let (parameter, sensor) = (value.parameter.clone(), value.sensor.clone());
        let key = SeriesKey { station: id.clone(), parameter, sensor };
        let number = self.number(work, key);
        let station = self.state.stations.get_mut(id).expect("just made");
        station.series.push(SeriesState {
            id: number,
            parameter: value.parameter.clone(),
            sensor: value.sensor.clone(),
            track: quality::Track::default(),
            recent: Vec::new(),
            rain: None,
            step: Step::default(),
            held: VecDeque::new(),
            counter: crate::counting::Tally::default(),
            usable_at: None,
            silent: false,
            fault: None,
            before: None,
            own_time: true,
            still_since: None,
            agreed: Vec::new(),
            doubted: BTreeSet::new(),
            disputed: None,
            derived: Vec::new(),
            decided: BTreeMap::new(),
        });
        station.series.len() - 1
    }
}

impl SeriesState {
    /// Whether that value is known for that time.
    pub(crate) fn knows(&self, at: Time, value: Option<f64>) -> bool {
        let index = self.place(at);
        let there = self.recent.get(index).filter(|point| point.at == at);
        there.is_some_and(|point| match value {
            Some(value) => {
                point.flag != QcFlag::Missing && point.value.to_bits() == value.to_bits()
            }
            None => point.flag == QcFlag::Missing,
        })
    }

    pub(crate) fn remember(&mut self, at: Time, value: Option<f64>, flag: QcFlag, role: Role) {
        let point = Point { at, value: value.unwrap_or(0.0), flag };
        let index = self.place(at);
        match self.recent.get_mut(index) {
            Some(there) if there.at == at => *there = point,
            _ => self.recent.insert(index, point),
        }
        let keep = if matches!(role, Role::Rain | Role::Counter) { KEEP_RAIN } else { KEEP };
        let newest = self.recent.last().map_or(at, |point| point.at);
        let is_old = |point: &Point| newest - point.at > keep;
        let many = self.recent.len().saturating_sub(KEEP_POINTS);
        if many > PIECE || self.recent.get(PIECE).is_some_and(is_old) {
            let old = self.recent.partition_point(is_old);
            self.recent.drain(..old.max(many));
            let first = self.recent.first().map(|point| point.at);
            self.doubted.retain(|at| Some(*at) >= first);
        }
    }

    /// Where a value of that time stands, or would. Most are newer than all that are known.
    pub(crate) fn place(&self, at: Time) -> usize {
        match self.recent.last() {
            Some(newest) if newest.at >= at => self.recent.partition_point(|point| point.at < at),
            _ => self.recent.len(),
        }
    }

    pub(crate) fn revise(&mut self, at: Time, flag: QcFlag) {
        if let Some(point) = self.recent.iter_mut().rev().find(|point| point.at == at) {
            point.flag = flag;
        }
    }

    pub(crate) fn neighbours(&self, at: Time) -> (Option<Point>, Option<Point>) {
        let index = self.place(at);
        let after = self.recent[index..].iter().find(|point| point.at > at).copied();
        (index.checked_sub(1).map(|before| self.recent[before]), after)
    }
}

/// The limits for a value.
pub(crate) fn limits<'a>(place: &Place, measured: &'a Measured, value: &Value) -> Cow<'a, Limits> {
    limits_over(place.interval(), &measured.limits, value.span)
}

/// The limits for a value: an amount gathered over several intervals may be as many times as large.
pub(crate) fn limits_over(interval: Span, limits: &Limits, span: Option<Span>) -> Cow<'_, Limits> {
    let longer = span.filter(|span| *span > interval && interval > Span::ZERO);
    match (longer, limits.gross) {
        (Some(span), Some(gross)) => {
            let times = span.millis() as f64 / interval.millis() as f64;
            let gross = quality::limits::Gross {
                fail_max: gross.fail_max.map(|most| most * times),
                suspect_max: gross.suspect_max.map(|most| most * times),
                ..gross
            };
            Cow::Owned(Limits { gross: Some(gross), ..limits.clone() })
        }
        _ => Cow::Borrowed(limits),
    }
}

pub(crate) fn checked(
    series: SeriesId,
    at: Time,
    value: &Value,
    verdict: Verdict,
    late: bool,
) -> CheckedReading {
    let origin = if value.own_time { Origin::Station } else { Origin::ReceiveTime };
    CheckedReading {
        series,
        observed_at: at,
        value: value.value,
        verdict,
        origin,
        completeness: 100,
        late,
    }
}

pub(crate) fn derived_reading(series: SeriesId, seen: Observation, late: bool) -> CheckedReading {
    let mut failed = domain::CheckSet::NONE;
    if seen.completeness < 100 {
        failed.insert(domain::Check::Completeness);
    }
    CheckedReading {
        series,
        observed_at: seen.at,
        value: Some(seen.value),
        verdict: Verdict { flag: seen.flag, failed },
        origin: Origin::Derived,
        completeness: seen.completeness,
        late,
    }
}
