//! Tables of a report, and how they are written: for people, as CSV, as JSON.

mod write;

use domain::{Realm, Time};

use crate::about::Incomplete;

pub use write::{Language, Style, write};

/// A column: its name in files, and on screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Column {
    /// In CSV and JSON.
    pub id: &'static str,
    /// On screen, Vietnamese.
    pub vi: &'static str,
    /// On screen, English.
    pub en: &'static str,
}

/// A column, in short.
pub(crate) const fn column(id: &'static str, vi: &'static str, en: &'static str) -> Column {
    Column { id, vi, en }
}

/// One place of a table.
#[derive(Debug, Clone, PartialEq)]
pub enum Cell {
    /// Nothing is known.
    Empty,
    /// Words.
    Text(String),
    /// A word that has its own in each language.
    Word(Column),
    /// A number with that many decimals.
    Number(f64, u8),
    /// How many.
    Count(u64),
    /// An instant.
    Time(Time),
    /// Per cent, rounded down: 100 is everything.
    Percent(u8),
}

impl Cell {
    pub(crate) fn number(value: Option<f64>, decimals: u8) -> Self {
        value.map_or(Self::Empty, |value| Self::Number(value, decimals))
    }
    pub(crate) fn time(at: Option<Time>) -> Self {
        at.map_or(Self::Empty, Self::Time)
    }
    pub(crate) fn percent(share: Option<u8>) -> Self {
        share.map_or(Self::Empty, Self::Percent)
    }
    pub(crate) fn text(text: impl Into<String>) -> Self {
        Self::Text(text.into())
    }
}

/// A remark in both languages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Note {
    /// Vietnamese.
    pub vi: &'static str,
    /// English.
    pub en: &'static str,
}

/// What a report is, before its tables.
#[derive(Debug, Clone, PartialEq)]
pub struct Head {
    /// Its name in commands and addresses.
    pub kind: &'static str,
    /// Its title.
    pub title: Note,
    /// From this event time on.
    pub from: Time,
    /// Until this event time.
    pub to: Time,
    /// Real data, or those of an exercise.
    pub realm: Realm,
    /// What each table is of: columns in files, a line above the table on screen.
    pub keys: &'static [Column],
    /// The columns of every table.
    pub columns: &'static [Column],
    /// How the numbers are to be read.
    pub notes: &'static [Note],
    /// What is missing although it was measured.
    pub incomplete: Option<Incomplete>,
}

/// One table: of one series, or of one station.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Sheet {
    /// One for each key of the head.
    pub keys: Vec<String>,
    /// One cell for each column of the head.
    pub rows: Vec<Vec<Cell>>,
}
