//! A table of measurements: one row per time, one column per series.

use std::path::Path;

use anyhow::{Context, Result, anyhow, bail};
use domain::{Span, StationId, Time};

use super::{Recording, Value};

/// Which column is what.
#[derive(Debug, Clone, PartialEq)]
pub struct Mapping {
    /// Heading of the column.
    pub column: String,
    /// Whose.
    pub station: StationId,
    /// What; its value is filled in row by row.
    pub template: Value,
}

/// How to read a table.
#[derive(Debug, Clone, PartialEq)]
pub struct Layout {
    /// Heading of the column of times.
    pub time_column: String,
    /// What local times without an offset mean: hours east of Greenwich.
    pub utc_offset: Span,
    /// The other columns that matter.
    pub mappings: Vec<Mapping>,
}

impl std::str::FromStr for Mapping {
    type Err = anyhow::Error;

    /// `column=station:parameter[:unit[:sensor]]`.
    fn from_str(text: &str) -> Result<Self> {
        let form = || anyhow!("'{text}' is not column=station:parameter[:unit[:sensor]]");
        let (column, series) = text.split_once('=').ok_or_else(form)?;
        let mut parts = series.split(':');
        let (station, parameter) = (parts.next().ok_or_else(form)?, parts.next().ok_or_else(form)?);
        let unit = parts.next().filter(|unit| !unit.is_empty()).map(str::to_owned);
        let sensor = parts.next().map(str::parse).transpose()?;
        if column.is_empty() || parts.next().is_some() {
            return Err(form());
        }
        if let Some(unit) = unit.as_deref().filter(|unit| domain::Unit::parse(unit).is_none()) {
            bail!("'{text}': unit '{unit}' is unknown: use one such as m, cm, mm or m3/s");
        }
        let template = Value { parameter: parameter.parse()?, sensor, unit, value: 0.0 };
        Ok(Self { column: column.to_owned(), station: station.parse()?, template })
    }
}

/// Reads a table. An empty cell is no value; anything else that is not a number is an error.
///
/// # Errors
/// The file cannot be read, a column is absent, or a cell cannot be understood; with file and line.
pub fn read(path: &Path, layout: &Layout) -> Result<Recording> {
    let shown = path.display();
    let mut reader =
        csv::Reader::from_path(path).with_context(|| format!("cannot read '{shown}'"))?;
    let headings = reader.headers().with_context(|| format!("'{shown}' has no headings"))?.clone();
    let place = |name: &str| {
        let found = headings.iter().position(|heading| heading.trim() == name);
        found.with_context(|| format!("'{shown}' has no column '{name}', it has: {headings:?}"))
    };
    let time_place = place(&layout.time_column)?;
    let mapped: Vec<(usize, &Mapping)> = layout
        .mappings
        .iter()
        .map(|mapping| Ok((place(&mapping.column)?, mapping)))
        .collect::<Result<_>>()?;
    let mut recording = Recording::default();
    for row in reader.records() {
        let row = row.with_context(|| format!("'{shown}' is not a table"))?;
        let line = row.position().map_or(0, csv::Position::line);
        let cell = |place: usize| row.get(place).unwrap_or("").trim();
        let at = time(cell(time_place), layout.utc_offset)
            .with_context(|| format!("'{shown}' line {line}"))?;
        for (place, mapping) in &mapped {
            let text = cell(*place);
            if text.is_empty() {
                continue;
            }
            let value: f64 = text
                .parse()
                .with_context(|| format!("'{shown}' line {line}: '{text}' is not a number"))?;
            recording.add(&mapping.station, at, Value { value, ..mapping.template.clone() });
        }
    }
    recording.sort();
    Ok(recording)
}

/// RFC 3339, or `2016-07-05 13:00[:00]` (also with `T`) in local time.
fn time(text: &str, utc_offset: Span) -> Result<Time> {
    if let Ok(time) = text.parse() {
        return Ok(time);
    }
    let seconds = if text.matches(':').count() == 1 { ":00" } else { "" };
    let utc = format!("{}{seconds}Z", text.replacen(' ', "T", 1));
    let time: Time =
        utc.parse().map_err(|_| anyhow!("'{text}' is not a time such as 2016-07-05 13:00"))?;
    Ok(time - utc_offset)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn layout(mappings: &[&str]) -> Layout {
        Layout {
            time_column: "time".to_owned(),
            utc_offset: Span::hours(9),
            mappings: mappings.iter().map(|text| text.parse().expect("a mapping")).collect(),
        }
    }

    fn table(text: &str) -> tempfile::NamedTempFile {
        let file = tempfile::NamedTempFile::new().expect("a file");
        std::fs::write(file.path(), text).expect("written");
        file
    }

    #[test]
    fn rows_become_observations_and_empty_cells_nothing() {
        let file = table("time,wl,rain\n2016-07-05 13:00:00,2.5,\n2016-07-05T14:00,,3\n");
        let layout = layout(&["wl=jingwan:water_level", "rain=jingwan:rain:mm:bucket"]);
        let recording = read(file.path(), &layout).expect("a recording");
        let track = &recording.stations["jingwan"];
        assert_eq!(track.len(), 2);
        assert_eq!(track[0].at.to_string(), "2016-07-05T11:00:00+07:00");
        assert_eq!(track[1].values[0].unit.as_deref(), Some("mm"));
        assert_eq!(track[1].values[0].value, 3.0);
    }

    #[test]
    fn a_fault_names_file_line_and_cell() {
        let told = |text: &str| {
            let file = table(text);
            format!("{:#}", read(file.path(), &layout(&["wl=a:water_level"])).expect_err("a fault"))
        };
        assert!(told("time,x\n").contains("no column 'wl'"));
        let fault = told("time,wl\n2016-07-05 13:00,1\n2016-07-05 14:00,high\n");
        assert!(fault.contains("line 3") && fault.contains("'high'"), "{fault}");
        assert!(told("time,wl\nyesterday,1\n").contains("'yesterday'"));
    }

    #[test]
    fn mappings_are_checked_when_they_are_given() {
        for text in ["", "wl", "wl=a", "=a:rain", "wl=A:rain", "wl=a:rain:furlong", "w=a:b:m:s:x"] {
            assert!(text.parse::<Mapping>().is_err(), "{text}");
        }
    }
}
