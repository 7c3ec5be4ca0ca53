//! Reports: each turns the readings of one series into one [`Sheet`](crate::sheet::Sheet).
//!
//! * [`book`] month and year books; [`floods`] flood events; [`rain`] rain maxima; [`availability`] of stations
//! * `frame` readings as a table for polars, and its groups by day, month and year

pub mod availability;
pub mod book;
pub mod floods;
mod frame;
pub mod rain;

use domain::CheckedReading;

use crate::about::Series;
use crate::sheet::{Column, column};
use crate::{Error, Failure};

/// Readings of one series in order of time, in pieces, each with its arrival.
pub trait Readings: IntoIterator<Item = Result<Vec<(u64, CheckedReading)>, Failure>> {}
impl<T: IntoIterator<Item = Result<Vec<(u64, CheckedReading)>, Failure>>> Readings for T {}

/// What a sheet is of.
const KEYS: &[Column] = &[
    column("station", "trạm", "station"),
    column("station_name", "tên trạm", "station name"),
    column("parameter", "yếu tố", "parameter"),
    column("sensor", "cảm biến", "sensor"),
    column("unit", "đơn vị", "unit"),
];

fn keys(series: &Series) -> Vec<String> {
    vec![
        series.key.station.to_string(),
        series.station_name.clone(),
        series.key.parameter.to_string(),
        series.key.sensor.to_string(),
        series.symbol().to_owned(),
    ]
}

/// Shows every reading.
fn each(readings: impl Readings, mut show: impl FnMut(&CheckedReading)) -> Result<(), Error> {
    for piece in readings {
        let piece = piece.map_err(Error::Source)?;
        piece.iter().for_each(|(_, reading)| show(reading));
    }
    Ok(())
}
