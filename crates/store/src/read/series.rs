//! Which series there are. Answered from memory.

use domain::{CheckedReading, ParameterId, SensorId, SeriesId, SeriesKey, StationId};
use serde::Serialize;

use super::Reader;
use crate::StoreError;
use crate::recent::Tail;

/// A series and its newest reading.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SeriesInfo {
    /// Its number.
    pub id: SeriesId,
    /// What it is.
    pub key: SeriesKey,
    /// The newest reading by event time, in its newest version.
    pub last: Option<CheckedReading>,
}

impl Reader {
    /// Every series, in order of first appearance.
    ///
    /// # Errors
    /// None at present.
    pub fn series(&self) -> Result<Vec<SeriesInfo>, StoreError> {
        Ok(self.0.recent.read().tails().map(info).collect())
    }

    /// The series of a station, all or of one parameter or sensor.
    ///
    /// # Errors
    /// None at present.
    pub fn find_series(
        &self,
        station: &StationId,
        parameter: Option<&ParameterId>,
        sensor: Option<&SensorId>,
    ) -> Result<Vec<SeriesInfo>, StoreError> {
        let fits = |key: &SeriesKey| {
            parameter.is_none_or(|wanted| *wanted == key.parameter)
                && sensor.is_none_or(|wanted| *wanted == key.sensor)
        };
        let recent = self.0.recent.read();
        Ok(recent.of_station(station).filter(|(_, tail)| fits(&tail.key)).map(info).collect())
    }
}

fn info((id, tail): (SeriesId, &Tail)) -> SeriesInfo {
    SeriesInfo { id, key: tail.key.clone(), last: tail.last }
}
