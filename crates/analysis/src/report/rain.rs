//! The most rain in 10 minutes, 1, 3, 6, 12, 24 and 72 hours.

use std::collections::VecDeque;

use domain::{CheckedReading, QcFlag, Realm, Span, Time};

use super::{KEYS, Readings, each, keys};
use crate::about::{Series, percent};
use crate::sheet::{Cell, Column, Head, Note, Sheet, column};
use crate::{Error, usable};

/// Durations that rain is told of.
const DURATIONS: [Span; 7] = [
    Span::minutes(10),
    Span::hours(1),
    Span::hours(3),
    Span::hours(6),
    Span::hours(12),
    Span::hours(24),
    Span::hours(72),
];

/// Amounts are summed in whole millionths of their unit, so that sliding leaves no remainder.
const MICRO: f64 = 1e6;

const COLUMNS: &[Column] = &[
    column("duration", "thời khoảng", "duration"),
    column("max", "lớn nhất", "max"),
    column("ends", "kết thúc lúc", "ends"),
    column("completeness", "đầy đủ", "complete"),
    column("suspect", "nghi ngờ", "suspect"),
    column("covered", "đầy đủ cả kỳ", "period complete"),
];

const NOTES: &[Note] = &[
    Note {
        vi: "Tổng trượt theo từng trị; độ đầy đủ của chính thời khoảng đó: dưới 100 % nghĩa là ít nhất bằng trị đã nêu. \
             Đầy đủ cả kỳ: phần thời gian có số liệu.",
        en: "Sliding sums at every value; with the completeness of that very window: less than 100 % means at least as \
             much. Period complete: the share of time that has values",
    },
    Note {
        vi: "Thời khoảng ngắn hơn bước đo của trạm thì để trống. Trị sai và thiếu không được tính. Lượng mưa máy đếm gộp \
             qua thời gian mất số liệu chỉ được tính cho thời khoảng dài hơn.",
        en: "Durations shorter than the station's interval are left empty. Bad and missing values are not counted. What a \
             counter gathered over a gap counts for longer durations only",
    },
];

/// What the report is.
#[must_use]
pub const fn head(from: Time, to: Time, realm: Realm) -> Head {
    let title =
        Note { vi: "Mưa lớn nhất theo thời khoảng", en: "Rain maxima by duration" };
    Head {
        kind: "rain",
        title,
        from,
        to,
        realm,
        keys: KEYS,
        columns: COLUMNS,
        notes: NOTES,
        incomplete: None,
    }
}

/// The maxima of one gauge in `(from, to]`. Readings are of `[from, to]`, both ends inclusive.
///
/// # Errors
/// The readings cannot be read.
pub fn sheet(
    series: &Series,
    (from, to): (Time, Time),
    readings: impl Readings,
) -> Result<Sheet, Error> {
    let mut windows: Vec<Window> = DURATIONS.into_iter().map(Window::new).collect();
    let mut amounts = VecDeque::new();
    let (mut first, mut slots, mut last_slot) = (0_usize, 0_u64, None);
    let mut before = series.counted.then_some(from);
    each(readings, |reading| {
        let Some(amount) = Amount::of(series, reading, before) else { return };
        before = Some(amount.at);
        if amount.at <= from {
            return;
        }
        slots += u64::from(amount.slot.is_none() || amount.slot != last_slot) + amount.more;
        last_slot = amount.slot;
        amounts.push_back(amount);
        for window in &mut windows {
            window.slide(&amounts, first);
        }
        let oldest = windows.iter().map(|window| window.first).min().unwrap_or(first);
        amounts.drain(..oldest - first);
        first = oldest;
    })?;
    let interval = series.interval.filter(|interval| *interval > Span::ZERO);
    let in_time = |length: Span| interval.map(|i| length.millis() as f64 / i.millis() as f64);
    let expected = in_time(series.in_operation(from, to));
    let covered = expected.and_then(|expected| percent(slots as f64, expected));
    let row = |window: &Window| {
        let told = interval.is_none_or(|interval| interval <= window.length);
        let best = window.best.filter(|_| told);
        let completeness = best.and_then(|best| {
            in_time(window.length).and_then(|expected| percent(best.slots as f64, expected))
        });
        vec![
            Cell::text(window.length.to_string()),
            Cell::number(best.map(|best| best.sum as f64 / MICRO), series.decimals),
            Cell::time(best.map(|best| best.at)),
            Cell::percent(completeness),
            best.map_or(Cell::Empty, |best| Cell::Count(best.suspect)),
            Cell::percent(covered),
        ]
    };
    Ok(Sheet { keys: keys(series), rows: windows.iter().map(row).collect() })
}

#[derive(Debug, Clone, Copy)]
struct Amount {
    at: Time,
    /// The round time that its stamp is some seconds off.
    end: Time,
    /// A window that begins then or before holds it: just before its end; of what was gathered over a gap where that began,
    /// but for what a clock may be off.
    since: Time,
    /// Intervals that it speaks for beyond its own.
    more: u64,
    micro: i64,
    slot: Option<i64>,
    suspect: bool,
}

impl Amount {
    fn of(series: &Series, reading: &CheckedReading, before: Option<Time>) -> Option<Self> {
        let at = reading.observed_at;
        let since = series.since(before, at);
        let interval = series.interval.map_or(1, |interval| interval.millis().max(1));
        let gathered = series.is_gathered(since, at);
        let intervals = ((at - since).millis() + interval / 2) / interval;
        let end = series.nominal(at);
        let just_before = end - Span::from_millis(1);
        Some(Self {
            at,
            end,
            since: if gathered { since + series.off() } else { just_before },
            more: if gathered { u64::try_from(intervals - 1).unwrap_or(0) } else { 0 },
            micro: (usable(reading)? * MICRO).round() as i64,
            slot: series.slot(reading.observed_at),
            suspect: reading.verdict.flag == QcFlag::Suspect,
        })
    }
}

/// The most that a window had.
#[derive(Debug, Clone, Copy)]
struct Most {
    at: Time,
    sum: i64,
    slots: u64,
    suspect: u64,
}

/// A window that slides over the amounts, `(end − length, end]`.
struct Window {
    length: Span,
    /// Number of its first amount, counted from the beginning.
    first: usize,
    sum: i64,
    slots: u64,
    suspect: u64,
    best: Option<Most>,
}

impl Window {
    const fn new(length: Span) -> Self {
        Self { length, first: 0, sum: 0, slots: 0, suspect: 0, best: None }
    }

    /// Takes in the newest of the amounts, of which the first has number `offset`.
    fn slide(&mut self, amounts: &VecDeque<Amount>, offset: usize) {
        let Some(newest) = amounts.back() else { return };
        let place = amounts.len() - 1;
        let before = place.checked_sub(1).filter(|before| before + offset >= self.first);
        let differs =
            |a: Option<&Amount>, b: &Amount| a.is_none_or(|a| a.slot.is_none() || a.slot != b.slot);
        // What was gathered over a longer time says nothing of so short a one.
        let length = self.length;
        let fits = |one: &Amount| one.end - one.since <= length;
        if fits(newest) {
            self.sum += newest.micro;
            self.suspect += u64::from(newest.suspect);
            self.slots += u64::from(differs(before.and_then(|n| amounts.get(n)), newest));
            self.slots += newest.more;
        }
        while let Some(old) = amounts.get(self.first - offset)
            && newest.end - old.since > length
        {
            if fits(old) {
                self.sum -= old.micro;
                self.suspect -= u64::from(old.suspect);
                self.slots -= u64::from(differs(amounts.get(self.first - offset + 1), old));
                self.slots -= old.more;
            }
            self.first += 1;
        }
        if fits(newest) && self.best.is_none_or(|best| self.sum > best.sum) {
            let (sum, slots, suspect) = (self.sum, self.slots, self.suspect);
            self.best = Some(Most { at: newest.at, sum, slots, suspect });
        }
    }
}
