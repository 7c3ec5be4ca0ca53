//! The newest reading of every series, in memory.

use std::sync::{PoisonError, RwLock};

use domain::{CheckedReading, Origin, Outcome, ParameterId, SeriesId, SeriesKey, StationId};
use pipeline::Pack;
use serde::Serialize;
use store::SeriesInfo;
use utoipa::ToSchema;

use crate::series::Point;

/// The newest reading of every series; series are numbered from 0 without holes.
#[derive(Debug, Default)]
pub(crate) struct Latest(RwLock<Vec<Option<Row>>>);

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
            set_key(&mut rows, info.id, info.key);
            if let Some(reading) = info.last {
                set_reading(&mut rows, &reading);
            }
        }
    }

    /// Takes what an arrival led to. `changed` hears which series have a new reading.
    pub(crate) fn take(&self, outcome: &Outcome, mut changed: impl FnMut(SeriesId)) {
        if outcome.readings.is_empty() && outcome.new_series.is_empty() {
            return;
        }
        let mut rows = self.0.write().unwrap_or_else(PoisonError::into_inner);
        for (id, key) in &outcome.new_series {
            set_key(&mut rows, *id, key.clone());
        }
        for reading in &outcome.readings {
            if set_reading(&mut rows, reading) {
                changed(reading.series);
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
        let rows = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let numbered = (0..).map(SeriesId).zip(rows.iter()).skip(from as usize);
        let present = numbered.filter_map(|(id, row)| Some((id, row.as_ref()?)));
        let wanted = present.filter(|(_, row)| wanted(&row.key));
        wanted.map(|(id, row)| (id, row.clone())).take(limit).collect()
    }

    /// One series.
    pub(crate) fn row(&self, id: SeriesId) -> Option<Row> {
        let rows = self.0.read().unwrap_or_else(PoisonError::into_inner);
        rows.get(id.0 as usize).cloned().flatten()
    }
}

impl Row {
    /// As sent, when there is a reading.
    pub(crate) fn item(&self, id: SeriesId, pack: &Pack) -> Option<LatestItem> {
        let last = self.last.as_ref()?;
        let parameter = pack.parameters.get(&self.key.parameter);
        Some(LatestItem {
            series: id.0,
            station: self.key.station.clone(),
            parameter: self.key.parameter.clone(),
            sensor: self.key.sensor.to_string(),
            unit: parameter.map_or("", |parameter| parameter.unit.symbol()),
            reading: Point::from(last),
            origin: last.origin,
        })
    }
}

fn set_key(rows: &mut Vec<Option<Row>>, id: SeriesId, key: SeriesKey) {
    let index = id.0 as usize;
    if index >= rows.len() {
        rows.resize_with(index + 1, || None);
    }
    rows[index].get_or_insert(Row { key, last: None });
}

/// Whether it is the newest now. A second version of the same instant replaces the first.
fn set_reading(rows: &mut [Option<Row>], reading: &CheckedReading) -> bool {
    let Some(Some(row)) = rows.get_mut(reading.series.0 as usize) else { return false };
    let newer = row.last.is_none_or(|last| last.observed_at <= reading.observed_at);
    if newer {
        row.last = Some(*reading);
    }
    newer
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
