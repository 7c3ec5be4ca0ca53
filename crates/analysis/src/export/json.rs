//! JSON: one object, `{"about": …, "rows": […]}`, one row on a line.

use std::io::Write;

use domain::Check;
use serde::Serialize;

use super::head::Head;
use super::row::Row;
use super::stamp::Stamp;
use super::{Error, Sink};

/// An object that is being written.
pub(super) struct Json<'a, W: Write> {
    head: &'a Head,
    out: W,
    stamp: Stamp,
    line: Vec<u8>,
    begun: bool,
}

#[derive(Serialize)]
struct Line<'a> {
    time: &'a str,
    station: &'a str,
    parameter: &'a str,
    sensor: &'a str,
    value: Option<f64>,
    unit: &'static str,
    flag: u8,
    failed: Vec<Check>,
    completeness: Option<u8>,
    version: u64,
    // Of buckets only; a bucket in which nothing counts has no extremes.
    #[serde(skip_serializing_if = "Option::is_none")]
    min: Option<Option<f64>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    max: Option<Option<f64>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    count: Option<u32>,
}

#[derive(Serialize)]
struct About<'a> {
    #[serde(flatten)]
    head: &'a Head,
    time_zone: &'static str,
    meanings: Vec<String>,
}

impl<'a, W: Write> Json<'a, W> {
    /// Writes everything before the rows.
    pub(super) fn begin(head: &'a Head, mut out: W) -> Result<Self, Error> {
        let about = About { head, time_zone: head.zone(), meanings: head.meanings() };
        let about = serde_json::to_string(&about).map_err(Error::write)?;
        write!(out, "{{\"about\":{about},\n\"rows\":[").map_err(Error::write)?;
        Ok(Self { head, out, stamp: Stamp::new(head.utc), line: Vec::new(), begun: false })
    }
}

impl<W: Write> Sink for Json<'_, W> {
    fn rows(&mut self, series: usize, rows: &[Row]) -> Result<(), Error> {
        let about = &self.head.series[series];
        for row in rows {
            let line = Line {
                time: self.stamp.text(row.at),
                station: about.key.station.as_str(),
                parameter: about.key.parameter.as_str(),
                sensor: about.key.sensor.as_str(),
                value: row.value,
                unit: about.symbol(),
                flag: row.flag.number(),
                failed: row.failed.iter().collect(),
                completeness: row.completeness,
                version: row.version,
                min: row.spread.map(|spread| spread.min),
                max: row.spread.map(|spread| spread.max),
                count: row.spread.map(|spread| spread.count),
            };
            self.line.clear();
            self.line.extend_from_slice(if self.begun { b",\n" } else { b"\n" });
            serde_json::to_writer(&mut self.line, &line).map_err(Error::write)?;
            self.out.write_all(&self.line).map_err(Error::write)?;
            self.begun = true;
        }
        Ok(())
    }

    fn finish(mut self: Box<Self>) -> Result<(), Error> {
        self.out.write_all(b"\n]}\n").map_err(Error::write)?;
        self.out.flush().map_err(Error::write)
    }
}
