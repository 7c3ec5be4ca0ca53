//! Parquet: a row group for every so many rows, so that memory does not grow with the range.

use std::io::Write;

use polars::prelude::*;
use polars_io::parquet::write::{BatchedWriter, KeyValueMetadata, ParquetWriter};

use super::head::{COLUMNS, Head};
use super::row::Row;
use super::{Error, Sink};

/// Rows of one group: some megabytes while it is gathered.
const GROUP: usize = 131_072;

/// A file that is being written.
pub(super) struct Parquet<'a, W: Write> {
    head: &'a Head,
    out: BatchedWriter<W>,
    zone: Option<TimeZone>,
    rows: Vec<(usize, Row)>,
}

impl<'a, W: Write + Send> Parquet<'a, W> {
    /// Begins the file. Stations, series and meanings stand in its metadata under `quantrac`.
    pub(super) fn begin(head: &'a Head, out: W) -> Result<Self, Error> {
        // UTC+7 in every year, which Asia/Ho_Chi_Minh is not before 1975; IANA writes it with the other sign.
        let zone = TimeZone::opt_try_new(Some(if head.utc { "UTC" } else { "Etc/GMT-7" }))?;
        let about = serde_json::json!({"about": head, "meanings": head.meanings()}).to_string();
        let metadata = KeyValueMetadata::from_static(vec![("quantrac".to_owned(), about)]);
        let empty = frame(head, zone.clone(), &[])?;
        let out = ParquetWriter::new(out)
            // Its pool would take every CPU from those who store and warn.
            .set_parallel(false)
            .with_key_value_metadata(Some(metadata))
            .batched(empty.schema())?;
        Ok(Self { head, out, zone, rows: Vec::new() })
    }

    fn group(&mut self) -> Result<(), Error> {
        if !self.rows.is_empty() {
            let frame = frame(self.head, self.zone.clone(), &self.rows)?;
            self.out.write_batch(&frame).map_err(Error::write)?;
            self.rows.clear();
        }
        Ok(())
    }
}

impl<W: Write + Send> Sink for Parquet<'_, W> {
    fn rows(&mut self, series: usize, rows: &[Row]) -> Result<(), Error> {
        self.rows.extend(rows.iter().map(|row| (series, *row)));
        if self.rows.len() >= GROUP { self.group() } else { Ok(()) }
    }

    fn finish(mut self: Box<Self>) -> Result<(), Error> {
        self.group()?;
        self.out.finish().map_err(Error::write)?;
        Ok(())
    }
}

fn frame<'a>(
    head: &'a Head,
    zone: Option<TimeZone>,
    rows: &[(usize, Row)],
) -> PolarsResult<DataFrame> {
    let series = |n: usize| &head.series[n];
    let text = |name: &str, of: &dyn Fn(usize) -> &'a str| {
        let texts = rows.iter().map(|(n, _)| Some(of(*n)));
        StringChunked::from_iter_options(name.into(), texts).into_column()
    };
    let whole = |name: &str, of: &dyn Fn(&Row) -> Option<i32>| {
        Int32Chunked::from_iter_options(name.into(), rows.iter().map(|(_, row)| of(row)))
            .into_column()
    };
    let real = |name: &str, of: &dyn Fn(&Row) -> Option<f64>| {
        Float64Chunked::from_iter_options(name.into(), rows.iter().map(|(_, row)| of(row)))
            .into_column()
    };
    let [time, station, parameter, sensor, value, unit, flag, failed, completeness, version] =
        COLUMNS;
    let times =
        Int64Chunked::from_iter_values(time.into(), rows.iter().map(|(_, r)| r.at.millis()));
    let failures = rows.iter().map(|(_, row)| (row.failed.0 != 0).then(|| row.failed()));
    let versions = rows.iter().map(|(_, row)| i64::try_from(row.version).unwrap_or(i64::MAX));
    let mut columns = vec![
        times.into_datetime(TimeUnit::Milliseconds, zone).into_column(),
        text(station, &|n| series(n).key.station.as_str()),
        text(parameter, &|n| series(n).key.parameter.as_str()),
        text(sensor, &|n| series(n).key.sensor.as_str()),
        real(value, &|row| row.value),
        text(unit, &|n| series(n).symbol()),
        whole(flag, &|row| Some(row.flag.number().into())),
        StringChunked::from_iter_options(failed.into(), failures).into_column(),
        whole(completeness, &|row| row.completeness.map(i32::from)),
        Int64Chunked::from_iter_values(version.into(), versions).into_column(),
    ];
    if head.every.is_some() {
        let [min, max, count] = super::head::SPREAD;
        columns.push(real(min, &|row| row.spread?.min));
        columns.push(real(max, &|row| row.spread?.max));
        columns.push(whole(count, &|row| i32::try_from(row.spread?.count).ok()));
    }
    DataFrame::new(rows.len(), columns)
}
