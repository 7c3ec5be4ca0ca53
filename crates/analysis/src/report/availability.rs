//! What came of what was expected, and how good it was.

use domain::{CheckedReading, QcFlag, Realm, Span, Time};

use super::{KEYS, Readings, each, keys};
use crate::Error;
use crate::about::{Series, percent};
use crate::sheet::{Cell, Column, Head, Note, Sheet, column};

const COLUMNS: &[Column] = &[
    column("interval", "bước đo", "interval"),
    column("expected", "phải có", "expected"),
    column("received", "đã nhận", "received"),
    column("availability", "tỷ lệ nhận", "available"),
    column("usable", "dùng được", "usable"),
    column("good", "tốt", "good"),
    column("not_evaluated", "chưa kiểm", "not evaluated"),
    column("suspect", "nghi ngờ", "suspect"),
    column("bad", "sai", "bad"),
    column("missing", "báo thiếu", "missing"),
    column("late", "đến muộn", "late"),
    column("longest_gap_h", "trống dài nhất (h)", "longest gap, h"),
    column("longest_gap_from", "từ lúc", "from"),
    column("last_at", "trị cuối", "last value"),
];

const NOTES: &[Note] = &[
    Note {
        vi: "Phải có: theo bước đo đã cấu hình, trong thời gian trạm hoạt động; đã nhận: số bước đo có ít nhất một trị; \
             dùng được: tốt, chưa kiểm hoặc nghi ngờ. Tỷ lệ làm tròn xuống.",
        en: "Expected: by the configured interval, while the station is in operation; received: intervals with at least \
             one value; usable: good, not evaluated or suspect. Shares are rounded down",
    },
    Note {
        vi: "Trống dài nhất: khoảng dài nhất giữa hai trị, kể cả từ đầu kỳ và đến cuối kỳ.",
        en: "Longest gap: the longest time between two values, that from the beginning and that to the end included",
    },
];

/// What the report is.
#[must_use]
pub const fn head(from: Time, to: Time, realm: Realm) -> Head {
    let title = Note { vi: "Tình trạng số liệu của trạm", en: "Station availability" };
    Head {
        kind: "availability",
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

/// One line for one series in `[from, to)`; also for one of which nothing ever came.
///
/// # Errors
/// The readings cannot be read.
pub fn sheet(
    series: &Series,
    (from, to): (Time, Time),
    readings: impl Readings,
) -> Result<Sheet, Error> {
    let mut tally = Tally::default();
    // Outside of its operation a station owes nothing.
    let begins = series.valid_from.map_or(from, |first| first.clamp(from, to));
    let ends = series.valid_to.map_or(to, |last| last.clamp(begins, to));
    let mut gap = Gap { last: begins, longest: (Span::ZERO, begins) };
    each(readings, |reading| {
        tally.take(series, reading);
        if reading.verdict.flag != QcFlag::Missing {
            gap.close(reading.observed_at);
        }
    })?;
    gap.close(ends);
    let interval = series.interval.filter(|interval| *interval > Span::ZERO);
    let operation = (ends - begins).millis();
    let expected = interval.map(|interval| operation as f64 / interval.millis() as f64);
    let share = |part: u64| Cell::percent(expected.and_then(|all| percent(part as f64, all)));
    let count = |flag: QcFlag| Cell::Count(tally.by_flag[place(flag)]);
    let row = vec![
        interval.map_or(Cell::Empty, |interval| Cell::text(interval.to_string())),
        expected.map_or(Cell::Empty, |expected| Cell::Count(expected.ceil() as u64)),
        Cell::Count(tally.received.count),
        share(tally.received.count),
        share(tally.usable.count),
        count(QcFlag::Good),
        count(QcFlag::NotEvaluated),
        count(QcFlag::Suspect),
        count(QcFlag::Bad),
        count(QcFlag::Missing),
        Cell::Count(tally.late),
        Cell::Number(gap.longest.0.as_hours(), 1),
        Cell::Time(gap.longest.1),
        Cell::time(tally.last),
    ];
    Ok(Sheet { keys: keys(series), rows: vec![row] })
}

#[derive(Debug, Default)]
struct Tally {
    received: Slots,
    usable: Slots,
    by_flag: [u64; 5],
    late: u64,
    last: Option<Time>,
}

/// Counts intervals that have something.
#[derive(Debug, Default)]
struct Slots {
    count: u64,
    last: Option<i64>,
}

impl Slots {
    fn take(&mut self, slot: Option<i64>) {
        self.count += u64::from(slot.is_none() || slot != self.last);
        self.last = slot;
    }
}

impl Tally {
    fn take(&mut self, series: &Series, reading: &CheckedReading) {
        let slot = series.slot(reading.observed_at);
        let flag = reading.verdict.flag;
        self.by_flag[place(flag)] += 1;
        self.late += u64::from(reading.late);
        self.last = Some(reading.observed_at);
        if flag != QcFlag::Missing {
            self.received.take(slot);
        }
        if !matches!(flag, QcFlag::Missing | QcFlag::Bad) {
            self.usable.take(slot);
        }
    }
}

const fn place(flag: QcFlag) -> usize {
    match flag {
        QcFlag::Good => 0,
        QcFlag::NotEvaluated => 1,
        QcFlag::Suspect => 2,
        QcFlag::Bad => 3,
        QcFlag::Missing => 4,
    }
}

struct Gap {
    last: Time,
    longest: (Span, Time),
}

impl Gap {
    fn close(&mut self, at: Time) {
        let gap = at - self.last;
        if gap > self.longest.0 {
            self.longest = (gap, self.last);
        }
        self.last = self.last.max(at);
    }
}
