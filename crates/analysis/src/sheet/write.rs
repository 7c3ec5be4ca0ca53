//! Writes sheets one after the other, as they are worked out.

use std::io::Write;

use domain::text::{moment, number, number_en};
use serde_json::{Map, Value, json};

use super::{Cell, Column, Head, Note, Sheet};
use crate::Error;
use crate::about::Incomplete;

/// For whom.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Language {
    /// Vietnamese: decimal comma.
    #[default]
    Vietnamese,
    /// English: decimal point.
    English,
}

/// How.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Style {
    /// For people: aligned columns under a title.
    Screen(Language),
    /// CSV with lines of comment.
    Csv,
    /// One JSON object.
    Json,
}

impl Language {
    const fn of(self, note: Note) -> &'static str {
        match self {
            Self::Vietnamese => note.vi,
            Self::English => note.en,
        }
    }
    const fn name(self, column: Column) -> &'static str {
        self.of(Note { vi: column.vi, en: column.en })
    }
}

/// Writes a report; of its sheets one is in memory at a time.
///
/// # Errors
/// A sheet cannot be worked out, or nothing can be written.
pub fn write(
    head: &Head,
    style: Style,
    sheets: impl IntoIterator<Item = Result<Sheet, Error>>,
    mut out: impl Write,
) -> Result<(), Error> {
    match style {
        Style::Screen(language) => screen(head, language, sheets, &mut out)?,
        Style::Csv => csv(head, sheets, &mut out)?,
        Style::Json => json(head, sheets, &mut out)?,
    }
    out.flush().map_err(Error::write)
}

fn screen(
    head: &Head,
    language: Language,
    sheets: impl IntoIterator<Item = Result<Sheet, Error>>,
    out: &mut impl Write,
) -> Result<(), Error> {
    let (from, to) = (moment(head.from), moment(head.to));
    let mut text = format!("{}: {from} – {to}\n", language.of(head.title));
    if let Some(warning) = exercise(head) {
        text += &format!("{}\n", language.of(warning));
    }
    if let Some(warning) = lack(head, language) {
        text += &format!("{warning}\n");
    }
    out.write_all(text.as_bytes()).map_err(Error::write)?;
    for sheet in sheets {
        let sheet = sheet?;
        out.write_all(block(head, language, &sheet).as_bytes()).map_err(Error::write)?;
    }
    let notes = head.notes.iter().map(|note| format!("· {}\n", language.of(*note)));
    out.write_all(format!("\n{}", notes.collect::<String>()).as_bytes()).map_err(Error::write)
}

fn exercise(head: &Head) -> Option<Note> {
    let note = Note {
        vi: "DIỄN TẬP: không phải số liệu thật", en: "EXERCISE: not real data"
    };
    (head.realm != domain::Realm::Actual).then_some(note)
}

fn lack(head: &Head, language: Language) -> Option<String> {
    let Incomplete { before, reason } = head.incomplete.as_ref()?;
    let before = moment(*before);
    Some(match language {
        Language::Vietnamese => {
            format!("KHÔNG ĐẦY ĐỦ: thiếu số liệu, hoặc một phần, trước {before} ({reason})")
        }
        Language::English => {
            format!(
                "INCOMPLETE: what was observed before {before} is missing, or some of it ({reason})"
            )
        }
    })
}

/// A table with its title, columns as wide as their widest cell.
fn block(head: &Head, language: Language, sheet: &Sheet) -> String {
    let title = sheet.keys.iter().filter(|key| !key.is_empty()).cloned().collect::<Vec<_>>();
    let heading: Vec<String> =
        head.columns.iter().map(|column| language.name(*column).to_owned()).collect();
    let mut lines = vec![heading];
    lines.extend(sheet.rows.iter().map(|row| row.iter().map(|c| shown(c, language)).collect()));
    // A column in which nothing is known says nothing.
    let told =
        |n: usize| lines.iter().skip(1).any(|line| line.get(n).is_some_and(|c| !c.is_empty()));
    let kept: Vec<usize> = (0..head.columns.len()).filter(|n| told(*n)).collect();
    let width = |n: usize| {
        lines.iter().filter_map(|line| line.get(n)).map(|c| c.chars().count()).max().unwrap_or(0)
    };
    let mut text = format!("\n{}\n", title.join(" · "));
    for line in &lines {
        let cells = kept.iter().filter_map(|n| Some((line.get(*n)?, width(*n))));
        let padded: Vec<String> = cells.map(|(cell, width)| format!("{cell:>width$}")).collect();
        text += padded.join("  ").trim_end();
        text.push('\n');
    }
    text
}

fn shown(cell: &Cell, language: Language) -> String {
    match cell {
        Cell::Empty => String::new(),
        Cell::Text(text) => text.clone(),
        Cell::Word(word) => language.name(*word).to_owned(),
        Cell::Number(value, decimals) => match language {
            Language::Vietnamese => number(*value, *decimals),
            Language::English => number_en(*value, *decimals),
        },
        Cell::Count(count) => count.to_string(),
        Cell::Time(at) => moment(*at),
        Cell::Percent(share) => format!("{share} %"),
    }
}

fn csv(
    head: &Head,
    sheets: impl IntoIterator<Item = Result<Sheet, Error>>,
    out: &mut impl Write,
) -> Result<(), Error> {
    let mut comments = vec![
        format!("quantrac report {}: {}", head.kind, head.title.en),
        format!("from {} until {}; times are UTC+7", head.from, head.to),
    ];
    comments.extend(exercise(head).map(|note| note.en.to_owned()));
    comments.extend(lack(head, Language::English));
    comments.extend(head.notes.iter().map(|note| note.en.to_owned()));
    let comments: String = comments.iter().map(|line| format!("# {line}\n")).collect();
    out.write_all(comments.as_bytes()).map_err(Error::write)?;
    let mut table = csv::Writer::from_writer(out);
    let ids = head.keys.iter().chain(head.columns).map(|column| column.id);
    table.write_record(ids).map_err(Error::write)?;
    for sheet in sheets {
        let sheet = sheet?;
        for row in &sheet.rows {
            let cells = sheet.keys.iter().cloned().chain(row.iter().map(plain));
            table.write_record(cells).map_err(Error::write)?;
        }
    }
    table.flush().map_err(Error::write)
}

/// As a program reads it.
fn plain(cell: &Cell) -> String {
    match cell {
        Cell::Time(at) => at.to_string(),
        Cell::Percent(share) => share.to_string(),
        Cell::Word(word) => word.id.to_owned(),
        other => shown(other, Language::English),
    }
}

fn json(
    head: &Head,
    sheets: impl IntoIterator<Item = Result<Sheet, Error>>,
    out: &mut impl Write,
) -> Result<(), Error> {
    let about = json!({
        "report": head.kind,
        "title_vi": head.title.vi,
        "title_en": head.title.en,
        "from": head.from,
        "to": head.to,
        "realm": head.realm,
        "incomplete": head.incomplete,
        "notes_vi": head.notes.iter().map(|note| note.vi).collect::<Vec<_>>(),
        "notes_en": head.notes.iter().map(|note| note.en).collect::<Vec<_>>(),
    });
    write!(out, "{{\"about\":{about},\n\"rows\":[").map_err(Error::write)?;
    let mut begun = false;
    for sheet in sheets {
        let sheet = sheet?;
        for row in &sheet.rows {
            let keys = head.keys.iter().zip(&sheet.keys);
            let mut line: Map<String, Value> =
                keys.map(|(column, key)| (column.id.to_owned(), json!(key))).collect();
            let cells = head.columns.iter().zip(row);
            line.extend(cells.map(|(column, cell)| (column.id.to_owned(), value(cell))));
            let comma = if begun { "," } else { "" };
            write!(out, "{comma}\n{}", Value::Object(line)).map_err(Error::write)?;
            begun = true;
        }
    }
    out.write_all(b"\n]}\n").map_err(Error::write)
}

fn value(cell: &Cell) -> Value {
    match cell {
        Cell::Empty => Value::Null,
        Cell::Text(text) => json!(text),
        Cell::Word(word) => json!(word.id),
        Cell::Number(value, decimals) => {
            json!(number_en(*value, *decimals).parse::<f64>().unwrap_or(*value))
        }
        Cell::Count(count) => json!(count),
        Cell::Time(at) => json!(at),
        Cell::Percent(share) => json!(share),
    }
}
