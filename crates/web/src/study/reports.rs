//! Reports of a choice of series.

use std::io::Write;

use analysis::report::{availability, book, floods, rain};
use analysis::sheet::{self, Sheet, Style};
use analysis::{Error, Incomplete, Place, Series};
use domain::parameter::Kind as Nature;
use domain::warning::LocalText;
use domain::{Realm, Span, Time, WarningId, WarningMessage};
use history::Archive;
use pack::Pack;
use store::{Reader, StoreError};

use super::choose::{self, Choice, Chosen, Unfit};
use super::source::Source;
use super::{BOM, Period, stamp};

/// Warnings read at once.
const PAGE: usize = 200;

/// Which report.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// The days of a month or a year, its months, the year.
    Book(Period),
    /// Flood events.
    Floods,
    /// Rain maxima per duration.
    Rain,
    /// What came of what was expected.
    Availability,
}

/// A report that is asked for.
#[derive(Debug, Clone)]
pub struct Report {
    /// Which.
    pub kind: Kind,
    /// Of which series.
    pub choice: Choice,
    /// From this event time on; a book has its own.
    pub from: Time,
    /// Until this event time, exclusive; of amounts inclusive.
    pub to: Time,
    /// What lies after it has not happened yet, and is not expected.
    pub known_until: Time,
    /// How.
    pub style: Style,
    /// CSV begins with the mark by which Excel knows UTF-8.
    pub bom: bool,
}

/// A report that can be written: what it is of is known, and was found to exist.
pub struct Prepared {
    report: Report,
    head: sheet::Head,
    gauges: Vec<Gauge>,
    /// What went out in that time, without the texts.
    messages: Vec<WarningMessage>,
    source: Source,
}

struct Gauge {
    chosen: Chosen,
    /// Of a flood report.
    flood: Option<(Place, floods::Manner)>,
}

impl Kind {
    /// The report of that name; a `book` is of a month or a year.
    ///
    /// # Errors
    /// There is no such report, or it has no period.
    pub fn named(name: &str, period: Option<Period>) -> Result<Self, Unfit> {
        match (name, period) {
            ("book", Some(period)) => Ok(Self::Book(period)),
            ("book", None) => Err(Unfit::NoPeriod),
            ("floods", _) => Ok(Self::Floods),
            ("rain", _) => Ok(Self::Rain),
            ("availability", _) => Ok(Self::Availability),
            _ => Err(Unfit::NoReport(name.chars().take(80).collect())),
        }
    }
}

impl Report {
    /// Finds the series that are asked for.
    ///
    /// # Errors
    /// Something that was named does not exist, the range is none, or the ledger cannot be read.
    pub fn plan(mut self, reader: &Reader, pack: &Pack, realm: Realm) -> Result<Prepared, Unfit> {
        if let Kind::Book(period) = self.kind {
            (self.from, self.to) = (period.from(), period.to());
        }
        if self.from >= self.to {
            return Err(Unfit::Range { from: self.from, to: self.to });
        }
        let (from, to) = (self.from, self.to);
        let head = match self.kind {
            Kind::Book(period) => book::head(period, realm),
            Kind::Floods => floods::head(from, to, realm),
            Kind::Rain => rain::head(from, to, realm),
            Kind::Availability => availability::head(from, to, realm),
        };
        let kind = self.kind;
        let fits = |series: &Series| match kind {
            Kind::Book(_) | Kind::Availability => true,
            Kind::Rain => series.kind == Nature::Amount && series.window.is_none(),
            Kind::Floods => pack.levels.iter().any(|level| {
                level.station == series.key.station && level.parameter == series.key.parameter
            }),
        };
        let chosen = choose::expected(&self.choice, reader, pack, fits)?;
        let gauges = chosen.into_iter().map(|chosen| gauge(kind, chosen, pack));
        let gauges = gauges.collect::<Result<_, _>>()?;
        let source = Source::of_ledger(reader)?;
        let messages = match kind {
            Kind::Floods => messages(reader, from, to)?,
            _ => Vec::new(),
        };
        Ok(Prepared { report: self, head, gauges, messages, source })
    }
}

/// When a flood is over is what the rule says that warns of it.
fn gauge(kind: Kind, chosen: Chosen, pack: &Pack) -> Result<Gauge, Unfit> {
    if kind != Kind::Floods {
        return Ok(Gauge { chosen, flood: None });
    }
    let key = &chosen.series.key;
    let place = choose::place(&key.station, pack);
    let hold = pack.hold_of_levels(&key.station, &key.parameter);
    match (place, hold) {
        (Some(place), Some(hold)) => {
            let manner = floods::Manner {
                clear_margin: hold.clear_margin,
                clear_hold: hold.clear_hold,
                max_gap: pack.max_gap_at(hold, &key.station),
                rise_min: pack.about.rise_min,
                rise_window: pack.about.rise_window,
                rise_max: pack.about.rise_max,
            };
            Ok(Gauge { chosen, flood: Some((place, manner)) })
        }
        _ => Err(Unfit::NoRule(key.parameter.clone())),
    }
}

/// Messages of warnings that may rest on what was seen in that time.
fn messages(reader: &Reader, from: Time, to: Time) -> Result<Vec<WarningMessage>, StoreError> {
    let mut found = Vec::new();
    let mut after: Option<WarningId> = None;
    loop {
        let page = reader.issued_warnings(false, after.as_ref(), PAGE)?;
        for warning in &page {
            if warning.onset > to || warning.changed_at < from || warning.realm == Realm::Test {
                continue;
            }
            let messages = reader.messages(&warning.id)?;
            found.extend(messages.into_iter().map(|message| WarningMessage {
                text: LocalText::default(),
                areas: Vec::new(),
                ..message
            }));
        }
        match page.last() {
            Some(last) if page.len() == PAGE => after = Some(last.id.clone()),
            _ => return Ok(found),
        }
    }
}

impl Prepared {
    /// The same, with what the ledger does not keep any more from the history server. What cannot be had is said in
    /// the report.
    pub async fn joined(mut self, archive: Option<Archive>) -> Self {
        let chosen: Vec<Chosen> = self.gauges.iter().map(|gauge| gauge.chosen.clone()).collect();
        let from = chosen.iter().map(|one| self.reads(&one.series).0).min();
        let from = from.unwrap_or(self.report.from);
        self.head.incomplete = self.source.join(archive, from, &chosen).await;
        self
    }

    /// What is missing although it was measured.
    #[must_use]
    pub const fn incomplete(&self) -> Option<&Incomplete> {
        self.head.incomplete.as_ref()
    }

    /// Works it out and writes it, one series after the other; blocks.
    ///
    /// # Errors
    /// The readings cannot be read to the end, or `out` cannot be written.
    pub fn write(&self, mut out: impl Write) -> Result<(), Error> {
        if self.report.bom && self.report.style == Style::Csv {
            out.write_all(BOM).map_err(|error| Error::Write(error.into()))?;
        }
        let sheets = self.gauges.iter().map(|gauge| self.sheet(gauge));
        // Of a flood report only gauges that had one.
        let told = |sheet: &Result<Sheet, Error>| {
            self.report.kind != Kind::Floods || !sheet.as_ref().is_ok_and(|s| s.rows.is_empty())
        };
        sheet::write(&self.head, self.report.style, sheets.filter(told), out)
    }

    /// What must be read for it, both ends inclusive.
    fn reads(&self, series: &Series) -> (Time, Time) {
        let Report { kind, from, to, .. } = self.report;
        match kind {
            Kind::Book(period) => period.reads(),
            // An amount at the end belongs to the time before it.
            Kind::Rain => (from, to),
            Kind::Availability => series.edges(from, to),
            Kind::Floods => (from, to - Span::from_millis(1)),
        }
    }

    fn sheet(&self, gauge: &Gauge) -> Result<Sheet, Error> {
        let Report { kind, from, to, known_until, .. } = self.report;
        let series = &gauge.chosen.series;
        let (first, last) = self.reads(series);
        let readings = self.source.pieces(&gauge.chosen, first, last);
        let until = known_until.clamp(from, to);
        match (kind, &gauge.flood) {
            (Kind::Book(period), _) => book::sheet(series, period, known_until, readings),
            (Kind::Floods, Some((place, manner))) => {
                floods::sheet(series, place, *manner, &self.messages, readings)
            }
            (Kind::Floods, None) => Ok(Sheet::default()),
            (Kind::Rain, _) => rain::sheet(series, (from, until), readings),
            (Kind::Availability, _) => availability::sheet(series, (from, until), readings),
        }
    }

    /// A name for the file.
    #[must_use]
    pub fn file_name(&self) -> String {
        let ending = match self.report.style {
            Style::Screen(_) => "txt",
            Style::Csv => "csv",
            Style::Json => "json",
        };
        let (from, to) = (stamp(self.head.from), stamp(self.head.to));
        format!("quantrac_{}_{from}_{to}.{ending}", self.head.kind)
    }
}
