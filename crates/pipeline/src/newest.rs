//! The newest value of a series: judged beside the other sensors, and what it says of the values before it.

use domain::{CheckedReading, Origin, ParameterId, Point, QcFlag, SensorId, Span, Time, Verdict};
use quality::check;

use crate::plan::Measured;
use crate::processor::{Pipeline, Work};
use crate::reading::{Spot, checked, limits};
use crate::state::{SeriesState, Set, StationState, Value};
use crate::worth;

/// What the message that is worked on says of a sensor, before it is judged.
pub(crate) struct Peer {
    pub(crate) parameter: ParameterId,
    pub(crate) sensor: SensorId,
    pub(crate) at: Time,
    pub(crate) value: f64,
}

/// The values of a set, for those that are judged before others of the same time.
pub(crate) fn peers(set: &Set) -> Vec<Peer> {
    let peer = |value: &Value| {
        let (parameter, sensor) = (value.parameter.clone(), value.sensor.clone());
        value.value.map(|number| Peer { parameter, sensor, at: set.at, value: number })
    };
    let several = set.values.len() > 1;
    set.values.iter().filter(|_| several).filter_map(peer).collect()
}

impl Pipeline {
    /// Another value for the newest time: the station corrects itself. What rested on the first one follows.
    pub(crate) fn corrected(
        &mut self,
        work: &mut Work,
        spot: Spot<'_>,
        measured: &Measured,
        at: Time,
        value: &Value,
    ) {
        let Some(series) = self.state.series_mut(spot.id, spot.index) else { return };
        let Some((_, before)) = series.before else { return };
        series.track = before;
        series.recent.pop();
        let verdict = self.judged_in_order(work, spot, measured, at, value);
        let points = [(at, value.value, verdict.flag)];
        self.amend_rain(spot, measured, &points);
        // A correction that is itself doubted, or no value at all, takes nothing back.
        let still = self.state.series_mut(spot.id, spot.index).and_then(|s| s.still_since);
        let seen = value.value.map(|v| worth::measured(at, v, verdict, measured.role, still));
        if seen.is_some_and(|seen| self.as_evidence(work, spot, seen).withdraws) {
            self.reconsider(work, spot, measured, &points, None);
        }
        self.follow(work, spot, measured, at, value, verdict, false);
    }

    pub(crate) fn in_order(
        &mut self,
        work: &mut Work,
        spot: Spot<'_>,
        measured: &Measured,
        at: Time,
        value: &Value,
    ) {
        let Some(series) = self.state.series_mut(spot.id, spot.index) else { return };
        series.step.see(series.recent.last().map(|last| at - last.at));
        let verdict = self.judged_in_order(work, spot, measured, at, value);
        self.follow(work, spot, measured, at, value, verdict, false);
    }

    /// Judges the newest value; what it says of older ones is stated, and followed.
    fn judged_in_order(
        &mut self,
        work: &mut Work,
        spot: Spot<'_>,
        measured: &Measured,
        at: Time,
        value: &Value,
    ) -> Verdict {
        let peers = std::mem::take(&mut work.peers);
        let Some(station) = self.state.stations.get_mut(spot.id) else { return Verdict::MISSING };
        let siblings = siblings(station, spot, (at, value.value), &peers);
        work.peers = peers;
        let series = &mut station.series[spot.index];
        let mark = value.mark.as_deref();
        let limits = limits(spot.place, measured, value);
        series.before = Some((at, series.track));
        let timed = std::mem::replace(&mut series.own_time, value.own_time);
        let judged = series.track.judge(&limits, at, value.value, mark, value.own_time, &siblings);
        series.moves(at, value.value);
        series.note_worth(at, judged.verdict);
        series.remember(at, value.value, judged.verdict.flag, measured.role);
        work.out.readings.push(checked(series.id, at, value, judged.verdict, false));
        if let Some(revised) = judged.revised {
            let origin = if timed { Origin::Station } else { Origin::ReceiveTime };
            self.found_a_spike(work, spot, measured, revised, origin);
        }
        if let Some(since) = judged.bears_out {
            self.borne_out(work, spot, measured, since, at);
        }
        if judged.verdict.flag < QcFlag::Bad {
            self.compare_siblings(spot, at, value.value);
        }
        judged.verdict
    }

    /// A value turned out to be a spike: it, and what rests on it, is stated anew, unless a person decided about it.
    fn found_a_spike(
        &mut self,
        work: &mut Work,
        spot: Spot<'_>,
        measured: &Measured,
        (then, value, verdict): (Time, f64, Verdict),
        origin: Origin,
    ) {
        let Some(series) = self.state.series_mut(spot.id, spot.index) else { return };
        if series.decided.contains_key(&then) {
            return;
        }
        series.revise(then, verdict.flag);
        series.note_worth(then, verdict);
        work.out.readings.push(CheckedReading {
            series: series.id,
            observed_at: then,
            value: Some(value),
            verdict,
            origin,
            completeness: 100,
            late: false,
        });
        self.rejudged(work, spot, measured, &[(then, Some(value), verdict.flag)]);
    }

    /// A run of doubted values is borne out by the value of `at`: they are as good as their range lets them be.
    fn borne_out(
        &mut self,
        work: &mut Work,
        spot: Spot<'_>,
        measured: &Measured,
        since: Time,
        at: Time,
    ) {
        let Some(series) = self.state.series_mut(spot.id, spot.index) else { return };
        series.fault = series.fault.filter(|fault| !fault.is_of_course());
        let gross = measured.limits.gross.unwrap_or_default();
        let doubted = |point: &&mut Point| {
            (since..at).contains(&point.at)
                && point.flag == QcFlag::Suspect
                && check::gross(&gross, point.value) == quality::score::Answer::Pass
        };
        let mut points = Vec::new();
        for point in series.recent.iter_mut().filter(doubted) {
            point.flag = QcFlag::Good;
            points.push((point.at, Some(point.value), QcFlag::Good));
        }
        points.retain(|(then, ..)| !series.decided.contains_key(then));
        let id = series.id;
        let stated = points.iter().map(|(then, value, _)| CheckedReading {
            series: id,
            observed_at: *then,
            value: *value,
            verdict: Verdict::GOOD,
            origin: Origin::Station,
            completeness: 100,
            late: false,
        });
        work.out.readings.extend(stated);
        self.rejudged(work, spot, measured, &points);
        self.sensor_conditions(work, spot.id);
    }

    /// Takes note of which other sensors show the same, and which do not, where neither is doubted for its own course.
    fn compare_siblings(&mut self, spot: Spot<'_>, at: Time, value: Option<f64>) {
        let Some(station) = self.state.stations.get_mut(spot.id) else { return };
        let mine = &station.series[spot.index];
        let measured = spot.place.measured(mine.parameter.as_str());
        let cross = measured.and_then(|m| m.limits.cross_check);
        let (Some(cross), Some(value)) = (cross, value.filter(|_| mine.track.doubt().is_none()))
        else {
            return;
        };
        let (name, parameter) = (mine.sensor.clone(), mine.parameter.clone());
        let mut found = Vec::new();
        for (index, other) in station.series.iter_mut().enumerate() {
            let Some(last) = other.recent.last().copied() else { continue };
            let near = (last.at - at).abs() <= cross.within && last.flag < QcFlag::Bad;
            let same = index != spot.index && other.parameter == parameter;
            if same && near && other.track.doubt().is_none() {
                let agrees = check::agree(&cross, last.value, value);
                other.compared(&name, at, agrees, value > last.value);
                found.push((other.sensor.clone(), agrees, last.value > value));
            }
        }
        for (sensor, agrees, higher) in found {
            station.series[spot.index].compared(&sensor, at, agrees, higher);
        }
    }
}

/// Points of the other sensors of the same parameter to compare with: their newest, and what the same message says of the
/// same time, not judged yet. One that is doubted accuses nobody; one that the configuration does not know only while it
/// speaks; one that began to speak after what is doubted was last trusted has seen nothing of it, and bears nothing out.
fn siblings(
    station: &StationState,
    spot: Spot<'_>,
    (at, value): (Time, Option<f64>),
    peers: &[Peer],
) -> Vec<Point> {
    let mine = &station.series[spot.index];
    let within = spot.place.measured(mine.parameter.as_str());
    let within = within.and_then(|m| m.limits.cross_check).map_or(Span::ZERO, |c| c.within);
    let mut points = Vec::new();
    for (index, other) in station.series.iter().enumerate() {
        let same = index != spot.index && other.parameter == mine.parameter;
        let counts = same && !spot.place.is_retired(&other.sensor);
        if !counts || other.track.doubt().is_some() {
            continue;
        }
        let known = spot.place.is_expected(&other.sensor);
        let last = other.recent.last().copied().map(|last| match mine.trusted_at() {
            Some(then) if last.flag == QcFlag::Good && !other.spoke_by(then) => {
                Point { flag: QcFlag::NotEvaluated, ..last }
            }
            _ => last,
        });
        points.extend(last.filter(|last| known || (last.at - at).abs() <= within));
        let moved = last.zip(value).and_then(|(last, value)| {
            let now = Point { at, value, flag: QcFlag::NotEvaluated };
            let value = match last.at > at {
                true => value_at(&other.recent, at)?,
                false => last.value + value - value_at_with(&mine.recent, now, last.at)?,
            };
            (last.flag < QcFlag::Bad).then_some(Point { value, ..now })
        });
        points.extend(moved);
        let is_it = |peer: &&Peer| {
            peer.at == at && peer.parameter == other.parameter && peer.sensor == other.sensor
        };
        let peer = peers.iter().find(is_it).filter(|_| last.is_none_or(|last| last.at < at));
        points.extend(peer.map(|p| Point { at, value: p.value, flag: QcFlag::NotEvaluated }));
    }
    points
}

impl SeriesState {
    /// When its course was last trusted.
    fn trusted_at(&self) -> Option<Time> {
        let doubted = self.track.doubt().map(|doubt| doubt.trusted.at);
        doubted.or(self.track.last_good().map(|point| point.at))
    }

    /// Whether it gave something usable by then, as far as it is remembered.
    fn spoke_by(&self, then: Time) -> bool {
        self.recent.iter().find(|point| point.flag < QcFlag::Bad).is_some_and(|p| p.at <= then)
    }
}

/// The value at a time between two points of a series, of the last few.
fn value_at(recent: &[Point], at: Time) -> Option<f64> {
    let pair =
        recent.windows(2).rev().take(3).find(|pair| (pair[0].at..pair[1].at).contains(&at))?;
    let (before, after) = (&pair[0], &pair[1]);
    let share = (at - before.at).millis() as f64 / (after.at - before.at).millis() as f64;
    Some(before.value + (after.value - before.value) * share)
}

/// The same with a value that is not among them yet.
fn value_at_with(recent: &[Point], newest: Point, at: Time) -> Option<f64> {
    let first = recent.len().saturating_sub(3);
    let points: Vec<Point> = recent[first..].iter().copied().chain([newest]).collect();
    value_at(&points, at)
}
