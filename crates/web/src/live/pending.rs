//! What happened since the last frame, with only the newest of each thing.

use std::collections::{BTreeMap, BTreeSet};

use domain::{
    AlarmRecord, ArrivalBody, DutyDesk, RuleId, SeriesId, SetAsideReason, StationHealth, StationId,
    Time, Warning, WarningId,
};
use pack::Pack;
use serde::Serialize;
use serde_json::json;
use store::Applied;

use super::frame::{Frame, Sent, Told};
use super::{Latest, Live};
use crate::public;

/// What was not told yet.
#[derive(Debug, Default)]
pub(super) struct Pending {
    seq: u64,
    received_at: Time,
    readings: Vec<SeriesId>,
    /// Which series are in `readings`, by number.
    marked: Vec<bool>,
    alarms: BTreeMap<(RuleId, StationId), AlarmRecord>,
    warnings: BTreeMap<WarningId, Warning>,
    health: BTreeMap<StationId, StationHealth>,
    set_aside: BTreeMap<(StationId, SetAsideReason), u64>,
    /// The duty desk as it is now.
    desk: Option<DutyDesk>,
    /// New lines of the shift log.
    duty: Vec<DutyLine>,
    /// Arrivals that changed forecasts: whoever shows some asks again.
    forecasts: BTreeSet<u64>,
}

/// That the shift log grew; who wants the line reads it.
#[derive(Debug, Serialize)]
struct DutyLine {
    seq: u64,
    what: &'static str,
    warning: Option<WarningId>,
}

#[derive(Serialize)]
struct Items<T> {
    items: T,
}

impl Pending {
    /// Nothing; arrivals up to `seq` are told.
    pub(super) fn new(seq: u64) -> Self {
        Self { seq, ..Self::default() }
    }

    /// The newest arrival taken.
    pub(super) const fn seq(&self) -> u64 {
        self.seq
    }

    /// Adds what an arrival led to.
    pub(super) fn add(&mut self, applied: &Applied, latest: &Latest) {
        let Applied { arrival, outcome } = applied;
        self.seq = self.seq.max(arrival.seq);
        self.received_at = arrival.received_at;
        latest.take(outcome, |id| self.mark(id));
        for alarm in &outcome.alarms {
            self.alarms.insert((alarm.rule.clone(), alarm.target.clone()), alarm.clone());
        }
        for warning in &outcome.warnings {
            self.warnings.insert(warning.id.clone(), warning.clone());
        }
        for health in &outcome.health {
            self.health.insert(health.station.clone(), health.clone());
        }
        self.desk = outcome.duty_desk.clone().or_else(|| self.desk.take());
        self.duty.extend(outcome.duty.as_ref().map(|record| DutyLine {
            seq: arrival.seq,
            what: record.name(),
            warning: record.entry.warning().cloned(),
        }));
        if matches!(arrival.body, ArrivalBody::Forecast { .. }) && outcome.command == Some(Ok(())) {
            self.forecasts.insert(arrival.seq);
        }
        for item in &outcome.set_aside {
            *self.set_aside.entry((item.station.clone(), item.reason)).or_default() += 1;
        }
    }

    fn mark(&mut self, id: SeriesId) {
        let index = id.0 as usize;
        if index >= self.marked.len() {
            self.marked.resize(index + 1, false);
        }
        if !std::mem::replace(&mut self.marked[index], true) {
            self.readings.push(id);
        }
    }

    /// Whether there is anything to tell.
    pub(super) fn is_empty(&self) -> bool {
        self.readings.is_empty()
            && self.alarms.is_empty()
            && self.warnings.is_empty()
            && self.health.is_empty()
            && self.set_aside.is_empty()
            && !self.tells_of_duty()
            && self.forecasts.is_empty()
    }

    /// Everything as one frame with its seq, what matters most first.
    pub(super) fn frame(&mut self, live: &Live, pack: &Pack) -> (u64, Told) {
        let mut told = Told::from(self.text(self.warnings.values().cloned(), true, live, pack));
        if !self.warnings.is_empty() || self.tells_of_duty() || self.tells_of_work() {
            let shown = self.warnings.values().filter_map(public::warning);
            told.public = self.text(shown, false, live, pack);
        }
        let seq = self.seq;
        self.clear();
        (seq, told)
    }

    const fn tells_of_duty(&self) -> bool {
        self.desk.is_some() || !self.duty.is_empty()
    }

    /// Whether somebody works on a station: who that is, is for colleagues.
    fn tells_of_work(&self) -> bool {
        self.health.values().any(|health| health.maintenance.is_some())
    }

    fn text(
        &self,
        warnings: impl Iterator<Item = Warning>,
        staff: bool,
        live: &Live,
        pack: &Pack,
    ) -> Sent {
        let mut frame = Frame::default();
        let warnings: Vec<_> = warnings.map(|warning| live.expiries.line(warning)).collect();
        if !warnings.is_empty() {
            frame.event("warnings", &Items { items: warnings });
        }
        if staff && self.tells_of_duty() {
            frame.event("duty", &json!({"desk": self.desk, "lines": self.duty}));
        }
        if !self.alarms.is_empty() {
            frame.event("alarms", &Items { items: self.alarms.values().collect::<Vec<_>>() });
        }
        if !self.health.is_empty() {
            let shown = self.health.values().map(|one| public::health(one.clone(), staff));
            frame.event("health", &Items { items: shown.collect::<Vec<_>>() });
        }
        for ((station, reason), count) in &self.set_aside {
            frame
                .event("set_aside", &json!({"station": station, "reason": reason, "count": count}));
        }
        if !self.forecasts.is_empty() {
            frame.event("forecasts", &Items { items: &self.forecasts });
        }
        let rows = self.readings.iter().filter_map(|id| live.latest.item(*id, pack));
        let items: Vec<_> = rows.collect();
        if !items.is_empty() {
            let (seq, received_at) = (self.seq, self.received_at);
            frame.event(
                "readings",
                &json!({"seq": seq, "received_at": received_at, "items": items}),
            );
        }
        frame.finish(Some(self.seq))
    }

    /// Forgets everything: nobody listens, or all must be read anew.
    pub(super) fn clear(&mut self) {
        for id in self.readings.drain(..) {
            self.marked[id.0 as usize] = false;
        }
        self.alarms.clear();
        self.warnings.clear();
        self.health.clear();
        self.set_aside.clear();
        self.desk = None;
        self.duty.clear();
        self.forecasts.clear();
    }
}
