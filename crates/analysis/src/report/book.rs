//! Month and year books, as hydrological year books have them: each day, each month, the year.

use std::collections::BTreeMap;

use domain::bucket::Method;
use domain::{Realm, Span, Time};
use jiff::civil::{Date, date};

use super::frame::{self, Every, Group};
use super::{KEYS, Readings, keys};
use crate::Error;
use crate::about::{Series, percent};
use crate::sheet::{Cell, Column, Head, Note, Sheet, column};

/// A month or a year on Viet Nam's calendar.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Period {
    /// 1–9999.
    year: i16,
    /// 1–12; `None` = the whole year.
    month: Option<i8>,
}

/// No clock is taken to be off by more.
const OFF: Span = Span::minutes(3);

/// A text that is no period.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("'{0}' is not a month such as 2025-11 or a year such as 2025")]
pub struct PeriodError(String);

impl std::str::FromStr for Period {
    type Err = PeriodError;
    fn from_str(text: &str) -> Result<Self, PeriodError> {
        let refuse = || PeriodError(text.chars().take(80).collect());
        let (year, month) = match text.split_once('-') {
            Some((year, month)) => (year, Some(month)),
            None => (text, None),
        };
        let digits =
            |text: &str, count| text.len() == count && text.bytes().all(|b| b.is_ascii_digit());
        if !digits(year, 4) || month.is_some_and(|month| !digits(month, 2)) {
            return Err(refuse());
        }
        let year =
            year.parse().ok().filter(|year| (1..=9_998).contains(year)).ok_or_else(refuse)?;
        let month = month.map(|month| month.parse().map_err(|_| refuse())).transpose()?;
        if month.is_some_and(|month: i8| !(1..=12).contains(&month)) {
            return Err(refuse());
        }
        Ok(Self { year, month })
    }
}

impl Period {
    /// Its first instant.
    #[must_use]
    pub fn from(self) -> Time {
        midnight(self.first())
    }

    /// The first instant after it.
    #[must_use]
    pub fn to(self) -> Time {
        midnight(self.last())
    }

    /// Whether it is a single month.
    #[must_use]
    pub const fn is_month(self) -> bool {
        self.month.is_some()
    }

    /// What must be read for it, both ends inclusive: its first rain day begins at 19 h of the day before, and an
    /// amount at its end belongs to it, also of a clock that is some seconds off.
    #[must_use]
    pub fn reads(self) -> (Time, Time) {
        (self.from() - Span::hours(5), self.to() + OFF)
    }

    fn first(self) -> Date {
        date(self.year, self.month.unwrap_or(1), 1)
    }

    fn last(self) -> Date {
        match self.month {
            Some(month) if month < 12 => date(self.year, month + 1, 1),
            _ => date(self.year + 1, 1, 1),
        }
    }

    /// Where its groups of a length begin.
    fn starts(self, every: Every) -> Vec<Time> {
        let mut starts = Vec::new();
        let mut day = self.first();
        while day < self.last() {
            let wanted = match every {
                Every::Day | Every::RainDay => true,
                Every::Month => day.day() == 1,
                Every::Year => day.day_of_year() == 1 && self.month.is_none(),
            };
            if wanted {
                let start = midnight(day);
                starts.push(if every == Every::RainDay { start - Span::hours(5) } else { start });
            }
            day = day.tomorrow().unwrap_or_else(|_| self.last());
        }
        starts
    }
}

fn midnight(day: Date) -> Time {
    Time::from(day.at(0, 0, 0, 0))
}

const COLUMNS: &[Column] = &[
    column("span", "thời đoạn", "span"),
    column("begins", "ngày", "date"),
    column("mean", "trung bình", "mean"),
    column("min", "nhỏ nhất", "min"),
    column("min_at", "lúc", "at"),
    column("max", "lớn nhất", "max"),
    column("max_at", "lúc", "at"),
    column("sum", "tổng", "sum"),
    column("counted", "số trị", "values"),
    column("suspect", "nghi ngờ", "suspect"),
    column("bad", "sai", "bad"),
    column("missing", "báo thiếu", "missing"),
    column("completeness", "đầy đủ", "complete"),
];

const NOTES: &[Note] = &[
    Note {
        vi: "Ngày, tháng, năm theo giờ Việt Nam (UTC+7); ngày mưa từ 19 giờ hôm trước đến 19 giờ; lượng mưa tính cho \
             thời đoạn kết thúc lúc ghi.",
        en: "Days, months and years are those of Viet Nam (UTC+7); a rain day is from 19 h of the day before to 19 h; \
             an amount belongs to the interval that ends at its time",
    },
    Note {
        vi: "Trị sai và thiếu không được tính; trị nghi ngờ được tính và nêu số lượng. Trung bình là trung bình cộng \
             các trị được tính. Thiếu số liệu thì để trống, không nội suy; độ đầy đủ làm tròn xuống.",
        en: "Bad and missing values are not counted; suspect ones are, and their number is stated. Means are those of \
             the values that count. Gaps are left empty, never filled; completeness is rounded down",
    },
    Note {
        vi: "Trung bình của hướng (°) là trung bình véc-tơ. Tổng trượt và số đếm cộng dồn không có trung bình và tổng. \
             Lượng mưa máy đếm gộp qua thời gian mất số liệu được tính vào tổng, không vào trị lớn nhất.",
        en: "The mean of directions (°) is that of their vectors. Sliding sums and running totals have neither mean nor \
             sum. What a counter gathered over a gap is in the sum, and is no greatest value",
    },
];

/// What a book is.
#[must_use]
pub fn head(period: Period, realm: Realm) -> Head {
    let title = match period.is_month() {
        true => Note { vi: "Sổ tháng", en: "Month book" },
        false => Note { vi: "Niên giám", en: "Year book" },
    };
    Head {
        kind: "book",
        title,
        from: period.from(),
        to: period.to(),
        realm,
        keys: KEYS,
        columns: COLUMNS,
        notes: NOTES,
        incomplete: None,
    }
}

/// The book of one series. `known_until`: what lies after it has not happened yet, and is not expected.
///
/// # Errors
/// The readings cannot be read.
pub fn sheet(
    series: &Series,
    period: Period,
    known_until: Time,
    readings: impl Readings,
) -> Result<Sheet, Error> {
    let frame = frame::frame(series, readings)?;
    let method = series.method();
    let mut spans = vec![Every::Day];
    if method == Some(Method::Sum) {
        spans.push(Every::RainDay);
    }
    spans.push(Every::Month);
    if !period.is_month() {
        spans.push(Every::Year);
    }
    let mut rows = Vec::new();
    for every in spans {
        let groups = frame::groups(&frame, every, method)?;
        let mut groups: BTreeMap<Time, Group> =
            groups.into_iter().map(|group| (group.start, group)).collect();
        let starts = period.starts(every);
        for (n, start) in starts.iter().enumerate().filter(|(_, start)| **start < known_until) {
            let end = starts.get(n + 1).copied().unwrap_or_else(|| match every {
                Every::RainDay => period.to() - Span::hours(5),
                _ => period.to(),
            });
            let expected = expected(series, *start, end.min(known_until));
            rows.push(row(series, every, *start, groups.remove(start), expected));
        }
    }
    Ok(Sheet { keys: keys(series), rows })
}

/// How many values are expected in `[from, to)`.
fn expected(series: &Series, from: Time, to: Time) -> Option<f64> {
    let interval = series.interval.filter(|interval| *interval > Span::ZERO)?;
    Some(series.in_operation(from, to).millis() as f64 / interval.millis() as f64)
}

fn row(
    series: &Series,
    every: Every,
    start: Time,
    group: Option<Group>,
    expected: Option<f64>,
) -> Vec<Cell> {
    let span = match every {
        Every::Day => column("day", "ngày", "day"),
        Every::RainDay => column("rain_day", "ngày mưa", "rain day"),
        Every::Month => column("month", "tháng", "month"),
        Every::Year => column("year", "năm", "year"),
    };
    let group = group.as_ref();
    let decimals = series.decimals;
    let method = series.method();
    let averaged = matches!(method, Some(Method::Mean | Method::Direction));
    let mean = group.and_then(|g| g.mean).filter(|_| averaged);
    let sum = group.and_then(|g| g.sum).filter(|_| method == Some(Method::Sum));
    let (min, max) = (group.and_then(|g| g.min), group.and_then(|g| g.max));
    let count = |of: fn(&Group) -> u64| Cell::Count(group.map_or(0, of));
    let covered = group.map_or(0.0, |g| g.covered);
    vec![
        Cell::Word(span),
        Cell::text(begins(every, start)),
        Cell::number(mean, decimals),
        Cell::number(min.map(|(value, _)| value), decimals),
        Cell::time(min.map(|(_, at)| at)),
        Cell::number(max.map(|(value, _)| value), decimals),
        Cell::time(max.map(|(_, at)| at)),
        Cell::number(sum, decimals),
        count(|g| g.counted),
        count(|g| g.suspect),
        count(|g| g.bad),
        count(|g| g.missing),
        Cell::percent(expected.and_then(|expected| percent(covered, expected))),
    ]
}

/// `2025-11-19`, `2025-11` or `2025`. A rain day is called after the day it ends in.
fn begins(every: Every, start: Time) -> String {
    let local = match every {
        Every::RainDay => start + Span::hours(5),
        _ => start,
    };
    let local = local.in_vietnam();
    let (year, month, day) = (local.year(), local.month(), local.day());
    match every {
        Every::Day | Every::RainDay => format!("{year:04}-{month:02}-{day:02}"),
        Every::Month => format!("{year:04}-{month:02}"),
        Every::Year => format!("{year:04}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_period_is_a_month_or_a_year_and_nothing_else() {
        let check = |text: &str, from: &str, to: &str| {
            let period: Period = text.parse().expect("a period");
            assert_eq!(
                (period.from().to_string(), period.to().to_string()),
                (from.into(), to.into())
            );
        };
        check("2024-02", "2024-02-01T00:00:00+07:00", "2024-03-01T00:00:00+07:00");
        check("2025-12", "2025-12-01T00:00:00+07:00", "2026-01-01T00:00:00+07:00");
        check("2025", "2025-01-01T00:00:00+07:00", "2026-01-01T00:00:00+07:00");
        for text in ["", "25", "2025-13", "2025-00", "2025-1", "2025-11-19", "+025", "0000", "9999"]
        {
            assert!(text.parse::<Period>().is_err(), "{text}");
        }
    }
}
