//! CSV: lines of comment, a heading, rows.

use std::fmt::Write as _;
use std::io::Write;

use super::head::{COLUMNS, Head, SPREAD};
use super::row::Row;
use super::stamp::Stamp;
use super::{Error, Sink};
use crate::about::Incomplete;

/// A table that is being written.
pub(super) struct Csv<'a, W: Write> {
    head: &'a Head,
    out: csv::Writer<W>,
    stamp: Stamp,
    number: String,
}

impl<'a, W: Write> Csv<'a, W> {
    /// Writes the comments and the heading.
    pub(super) fn begin(head: &'a Head, mut out: W) -> Result<Self, Error> {
        out.write_all(comments(head).as_bytes()).map_err(Error::write)?;
        let mut out = csv::Writer::from_writer(out);
        let spread = head.every.iter().flat_map(|_| SPREAD);
        out.write_record(COLUMNS.into_iter().chain(spread)).map_err(Error::write)?;
        Ok(Self { head, out, stamp: Stamp::new(head.utc), number: String::new() })
    }

    fn field(&mut self, text: &[u8]) -> Result<(), Error> {
        self.out.write_field(text).map_err(Error::write)
    }

    /// A number in its shortest form that reads back as the same; nothing for none.
    fn number(&mut self, number: Option<impl std::fmt::Display>) -> Result<(), Error> {
        self.number.clear();
        if let Some(number) = number {
            // Writing to a text cannot fail.
            let _ = write!(self.number, "{number}");
        }
        self.out.write_field(&self.number).map_err(Error::write)
    }

    fn row(&mut self, series: usize, row: &Row) -> Result<(), Error> {
        let about = &self.head.series[series];
        let at = self.stamp.text(row.at);
        self.out.write_field(at).map_err(Error::write)?;
        self.field(about.key.station.as_str().as_bytes())?;
        self.field(about.key.parameter.as_str().as_bytes())?;
        self.field(about.key.sensor.as_str().as_bytes())?;
        self.number(row.value)?;
        self.field(about.symbol().as_bytes())?;
        self.number(Some(row.flag.number()))?;
        self.field(row.failed().as_bytes())?;
        self.number(row.completeness)?;
        self.number(Some(row.version))?;
        if let Some(spread) = row.spread {
            self.number(spread.min)?;
            self.number(spread.max)?;
            self.number(Some(spread.count))?;
        }
        self.out.write_record(None::<&[u8]>).map_err(Error::write)
    }
}

impl<W: Write> Sink for Csv<'_, W> {
    fn rows(&mut self, series: usize, rows: &[Row]) -> Result<(), Error> {
        rows.iter().try_for_each(|row| self.row(series, row))
    }

    fn finish(mut self: Box<Self>) -> Result<(), Error> {
        self.out.flush().map_err(Error::write)
    }
}

/// Every line begins with `# `. Stations and series are JSON, so that a program can read them too.
fn comments(head: &Head) -> String {
    let mut lines = vec![
        "quantrac export".to_owned(),
        format!("from {} until {} (exclusive)", head.from, head.to),
        format!("time zone: {}", head.zone()),
    ];
    let realm = serde_json::to_value(head.realm).unwrap_or_default();
    lines.push(format!("realm: {}", realm.as_str().unwrap_or_default()));
    lines.extend(head.incomplete.iter().map(|incomplete| {
        let Incomplete { before, reason } = incomplete;
        format!("INCOMPLETE: what was observed before {before} is missing, or some of it: {reason}")
    }));
    lines.extend(head.meanings());
    let json = |what: &str, value: serde_json::Result<String>| {
        format!("{what}: {}", value.unwrap_or_default())
    };
    lines.extend(head.stations.iter().map(|one| json("station", serde_json::to_string(one))));
    lines.extend(head.series.iter().map(|one| json("series", serde_json::to_string(one))));
    lines.iter().map(|line| format!("# {line}\n")).collect()
}
