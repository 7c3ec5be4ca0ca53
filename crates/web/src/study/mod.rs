//! What is asked of the history: an export or a report of a choice of series, out of the ledger and the history server,
//! described by the pack.
//!
//! The command line and the API ask the same way, so they get the same bytes.

mod choose;
mod reports;
mod source;

// The words of `analysis` that whoever asks needs.
pub use analysis::report::book::Period;
pub use analysis::sheet::{Language, Style};
pub use analysis::{Error, Format, Incomplete, Written};
pub use choose::{Choice, Unfit};
pub use reports::{Kind, Prepared, Report};

use std::io::Write;

use analysis::{Head, Piece};
use domain::{Realm, Span, Time};
use history::Archive;
use pack::Pack;
use store::Reader;

use choose::Chosen;
use source::Source;

/// Longest and shortest bucket.
const EVERY: std::ops::RangeInclusive<Span> = Span::seconds(1)..=Span::days(366);

/// The mark at the beginning of a text by which Excel knows that it is UTF-8.
const BOM: &[u8] = b"\xef\xbb\xbf";

/// Readings that are asked for.
#[derive(Debug, Clone)]
pub struct Export {
    /// Of which series.
    pub choice: Choice,
    /// From this event time on.
    pub from: Time,
    /// Until this event time, exclusive.
    pub to: Time,
    /// In buckets of this length, from midnight in Viet Nam, 1 s to 366 d.
    pub every: Option<Span>,
    /// Times in UTC instead of Viet Nam's.
    pub utc: bool,
    /// How.
    pub format: Format,
    /// CSV begins with the mark by which Excel knows UTF-8; other programs may stumble over it.
    pub bom: bool,
}

/// An export that can be written: what it is of is known, and was found to exist.
pub struct Planned {
    head: Head,
    chosen: Vec<Chosen>,
    format: Format,
    bom: bool,
    source: Source,
}

impl Export {
    /// Finds the series that are asked for.
    ///
    /// # Errors
    /// Something that was named does not exist, or the range is none.
    pub fn plan(&self, reader: &Reader, pack: &Pack, realm: Realm) -> Result<Planned, Unfit> {
        if self.from >= self.to {
            return Err(Unfit::Range { from: self.from, to: self.to });
        }
        if let Some(every) = self.every.filter(|every| !EVERY.contains(every)) {
            return Err(Unfit::Every(every));
        }
        let chosen = choose::existing(&self.choice, reader, pack)?;
        let head = Head {
            from: self.from,
            to: self.to,
            every: self.every,
            utc: self.utc,
            realm,
            series: chosen.iter().map(|one| one.series.clone()).collect(),
            stations: choose::places(&chosen, pack),
            incomplete: None,
        };
        let (format, bom) = (self.format, self.bom);
        Ok(Planned { head, chosen, format, bom, source: Source::of_ledger(reader)? })
    }
}

impl Planned {
    /// The same, with what the ledger does not keep any more from the history server. What cannot be had is said in
    /// the file.
    pub async fn joined(mut self, archive: Option<Archive>) -> Self {
        self.head.incomplete = self.source.join(archive, self.head.from, &self.chosen).await;
        self
    }

    /// What is missing although it was measured.
    #[must_use]
    pub const fn incomplete(&self) -> Option<&Incomplete> {
        self.head.incomplete.as_ref()
    }

    /// Reads and writes it, piece by piece; blocks.
    ///
    /// # Errors
    /// The readings cannot be read to the end, or `out` cannot be written.
    pub fn write(&self, mut out: impl Write + Send) -> Result<Written, Error> {
        if self.bom && self.format == Format::Csv {
            out.write_all(BOM).map_err(|error| Error::Write(error.into()))?;
        }
        let Head { from, to, every, .. } = self.head;
        let pieces = self.chosen.iter().enumerate().flat_map(|(series, one)| {
            let (first, last) = match every {
                Some(_) => one.series.edges(from, to),
                None => (from, to - Span::from_millis(1)),
            };
            let pieces = self.source.pieces(one, first, last);
            pieces.map(move |piece| piece.map(|readings| Piece { series, readings }))
        });
        analysis::export(&self.head, self.format, pieces, out)
    }

    /// A name for the file: `quantrac_20251101T0000_20251201T0000.csv`, times of Viet Nam.
    #[must_use]
    pub fn file_name(&self) -> String {
        let (from, to) = (stamp(self.head.from), stamp(self.head.to));
        format!("quantrac_{from}_{to}.{}", self.format.ending())
    }
}

fn stamp(at: Time) -> String {
    let local = at.in_vietnam();
    let (year, month, day) = (local.year(), local.month(), local.day());
    format!("{year:04}{month:02}{day:02}T{:02}{:02}", local.hour(), local.minute())
}
