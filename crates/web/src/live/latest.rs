//! The newest reading of every series, in memory, and which of several sensors is shown.

use std::collections::HashMap;
use std::sync::{PoisonError, RwLock, RwLockReadGuard};

use domain::sensor::{self, Newest};
use domain::{
    CheckedReading, Origin, Outcome, ParameterId, SeriesId, SeriesKey, Span, StationId, Time,
};
use pack::Pack;
use serde::Serialize;
use store::SeriesInfo;
use utoipa::ToSchema;

use crate::series::Point;

/// The newest reading of every series; series are numbered from 0 without holes.
#[derive(Debug, Default)]
pub(crate) struct Latest(RwLock<Rows>);

#[derive(Debug, Default)]
struct Rows {
    all: Vec<Option<Row>>,
    /// Series by station and what they go with, see [`family`].
    places: HashMap<(StationId, ParameterId), Vec<SeriesId>>,
}

/// A series and its newest reading.
#[derive(Debug, Clone)]
pub(crate) struct Row {
    pub(crate) key: SeriesKey,
    pub(crate) last: Option<CheckedReading>,
}

/// The newest reading of a series, as sent.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct LatestItem {
    /// The series' number.
    series: u32,
    #[schema(value_type = String)]
    station: StationId,
    #[schema(value_type = String)]
    parameter: ParameterId,
    sensor: String,
    /// Whether this sensor is the one that pages and papers show of its place: `main` as long as it lives, else the
    /// one that does.
    shown: bool,
    /// Symbol of the unit.
    unit: &'static str,
    #[serde(flatten)]
    reading: Point,
    /// `station`, `receive_time`, `derived`, `reviewed` or `corrected`.
    #[schema(value_type = String)]
    origin: Origin,
}

impl Latest {
    /// Takes what the store has; a newer reading that came live stays.
    pub(crate) fn load(&self, series: Vec<SeriesInfo>) {
        let mut rows = self.0.write().unwrap_or_else(PoisonError::into_inner);
        for info in series {
            rows.set_key(info.id, info.key);
            if let Some(reading) = info.last {
                rows.set_reading(&reading);
            }
        }
    }

    /// Takes what an arrival led to. `changed` hears which series have a new reading, and which stand beside one with a
    /// new reading: another of them may be the one that is shown.
    pub(crate) fn take(&self, outcome: &Outcome, mut changed: impl FnMut(SeriesId)) {
        if outcome.readings.is_empty() && outcome.new_series.is_empty() {
            return;
        }
        let mut rows = self.0.write().unwrap_or_else(PoisonError::into_inner);
        for (id, key) in &outcome.new_series {
            rows.set_key(*id, key.clone());
        }
        for reading in &outcome.readings {
            if rows.set_reading(reading) {
                changed(reading.series);
                rows.beside(reading.series).iter().for_each(|id| changed(*id));
            }
        }
    }

    /// Series from number `from` on that `wanted` takes, with their numbers.
    pub(crate) fn rows(
        &self,
        from: u32,
        limit: usize,
        wanted: impl Fn(&SeriesKey) -> bool,
    ) -> Vec<(SeriesId, Row)> {
        let rows = self.read();
        let numbered = (0..).map(SeriesId).zip(rows.all.iter()).skip(from as usize);
        let present = numbered.filter_map(|(id, row)| Some((id, row.as_ref()?)));
        let wanted = present.filter(|(_, row)| wanted(&row.key));
        wanted.map(|(id, row)| (id, row.clone())).take(limit).collect()
    }

    /// One series.
    pub(crate) fn row(&self, id: SeriesId) -> Option<Row> {
        self.read().row(id).cloned()
    }

    /// Whether pages and papers show this series of its place.
    pub(crate) fn shows(&self, id: SeriesId, pack: &Pack) -> bool {
        self.read().shows(id, pack)
    }

    /// The series that is shown of each place and parameter.
    pub(crate) fn shown(&self, pack: &Pack) -> HashMap<(StationId, ParameterId), (SeriesId, Row)> {
        let rows = self.read();
        let numbered = (0..).map(SeriesId).zip(rows.all.iter());
        let present = numbered.filter_map(|(id, row)| Some((id, row.as_ref()?)));
        let shown = present.filter(|(id, _)| rows.shows(*id, pack));
        let place = |row: &Row| (row.key.station.clone(), row.key.parameter.clone());
        shown.map(|(id, row)| (place(row), (id, row.clone()))).collect()
    }

    /// The newest reading of a series as sent, if there is one.
    pub(crate) fn item(&self, id: SeriesId, pack: &Pack) -> Option<LatestItem> {
        let rows = self.read();
        rows.row(id)?.item(id, rows.shows(id, pack), pack)
    }

    /// When something was measured last at a station, by any sensor.
    pub(crate) fn observed(&self, station: &StationId) -> Option<Time> {
        let rows = self.read();
        let here = rows.all.iter().flatten().filter(|row| row.key.station == *station);
        let measured =
            here.filter_map(|row| row.last).filter(|last| last.origin != Origin::Derived);
        measured.map(|last| last.observed_at).max()
    }

    fn read(&self) -> RwLockReadGuard<'_, Rows> {
        self.0.read().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Row {
    /// As sent, when there is a reading.
    fn item(&self, id: SeriesId, shown: bool, pack: &Pack) -> Option<LatestItem> {
        let last = self.last.as_ref()?;
        let parameter = pack.parameters.get(&self.key.parameter);
        Some(LatestItem {
            series: id.0,
            station: self.key.station.clone(),
            parameter: self.key.parameter.clone(),
            sensor: self.key.sensor.to_string(),
            shown,
            unit: parameter.map_or("", |parameter| parameter.unit.symbol()),
            reading: Point::from(last),
            origin: last.origin,
        })
    }
}

/// What is worked out of a stage is shown of the sensor whose stage is: a rate of another gauge would stand beside it.
fn family(parameter: &ParameterId) -> ParameterId {
    const STAGE: &str = "water_level";
    match parameter.as_str().strip_prefix(STAGE) {
        Some(rest) if rest.starts_with('_') => STAGE.parse().expect("it is a name"),
        _ => parameter.clone(),
    }
}

impl Rows {
    fn row(&self, id: SeriesId) -> Option<&Row> {
        self.all.get(id.0 as usize)?.as_ref()
    }

    fn of_place(&self, key: &SeriesKey) -> &[SeriesId] {
        let place = (key.station.clone(), family(&key.parameter));
        self.places.get(&place).map_or(&[], Vec::as_slice)
    }

    /// The series of its place, when there is more than one sensor.
    fn beside(&self, id: SeriesId) -> &[SeriesId] {
        let Some(row) = self.row(id) else { return &[] };
        let all = self.of_place(&row.key);
        let other =
            |id: &SeriesId| self.row(*id).is_some_and(|one| one.key.sensor != row.key.sensor);
        if all.iter().any(other) { all } else { &[] }
    }

    fn shows(&self, id: SeriesId, pack: &Pack) -> bool {
        let Some(row) = self.row(id) else { return false };
        let beside = self.beside(id);
        if beside.is_empty() {
            return true;
        }
        let newest = |parameter: &ParameterId| -> Vec<Newest<'_>> {
            let rows = beside.iter().filter_map(|id| self.row(*id));
            let rows = rows.filter(|one| one.key.parameter == *parameter);
            rows.filter_map(|one| Some(Newest::of(&one.key.sensor, one.last.as_ref()?))).collect()
        };
        let mut sensors = newest(&family(&row.key.parameter));
        if sensors.is_empty() {
            sensors = newest(&row.key.parameter);
        }
        sensor::shown(&sensors, silent_after(pack, &row.key.station)) == Some(&row.key.sensor)
    }

    fn set_key(&mut self, id: SeriesId, key: SeriesKey) {
        let index = id.0 as usize;
        if index >= self.all.len() {
            self.all.resize_with(index + 1, || None);
        }
        if self.all[index].is_none() {
            let place = (key.station.clone(), family(&key.parameter));
            self.places.entry(place).or_default().push(id);
            self.all[index] = Some(Row { key, last: None });
        }
    }

    /// Whether it is the newest now. A second version of the same instant replaces the first.
    fn set_reading(&mut self, reading: &CheckedReading) -> bool {
        let Some(Some(row)) = self.all.get_mut(reading.series.0 as usize) else { return false };
        let newer = row.last.is_none_or(|last| last.observed_at <= reading.observed_at);
        if newer {
            row.last = Some(*reading);
        }
        newer
    }
}

/// How old the newest value of a sensor may be beside another's; basins have one series each.
pub(crate) fn silent_after(pack: &Pack, station: &StationId) -> Span {
    pack.stations.get(station).map_or(Span::ZERO, |station| station.silent_after)
}

impl FromIterator<(SeriesId, SeriesKey, CheckedReading)> for Latest {
    fn from_iter<I: IntoIterator<Item = (SeriesId, SeriesKey, CheckedReading)>>(all: I) -> Self {
        let mut rows = Rows::default();
        for (id, key, reading) in all {
            rows.set_key(id, key);
            rows.set_reading(&reading);
        }
        Self(RwLock::new(rows))
    }
}

#[cfg(test)]
mod tests {
    use domain::{SensorId, Time, Verdict};

    use super::*;

    fn reading(series: u32, at: i64, value: f64) -> CheckedReading {
        CheckedReading {
            series: SeriesId(series),
            observed_at: Time::from_millis(at),
            value: Some(value),
            verdict: Verdict::GOOD,
            origin: Origin::Station,
            completeness: 100,
            late: false,
        }
    }

    #[test]
    fn late_readings_do_not_replace_newer_ones_but_new_versions_do() {
        let key = SeriesKey {
            station: "thanh-hoa".parse().expect("a name"),
            parameter: "water_level".parse().expect("a name"),
            sensor: SensorId::main(),
        };
        let latest = Latest::default();
        let take = |readings: Vec<CheckedReading>| {
            let new_series = vec![(SeriesId(2), key.clone())];
            let outcome = Outcome { readings, new_series, ..Outcome::default() };
            let mut changed = Vec::new();
            latest.take(&outcome, |id| changed.push(id.0));
            (changed, latest.row(SeriesId(2)).and_then(|row| row.last?.value))
        };
        assert_eq!(take(vec![reading(2, 100, 1.0)]), (vec![2], Some(1.0)));
        assert_eq!(take(vec![reading(2, 50, 9.0)]), (vec![], Some(1.0)));
        assert_eq!(take(vec![reading(2, 100, 2.0)]), (vec![2], Some(2.0)));
        assert_eq!(take(vec![reading(7, 100, 2.0)]), (vec![], Some(2.0)), "an unknown series");
        assert_eq!(latest.rows(0, 10, |_| true).len(), 1);
    }
}
