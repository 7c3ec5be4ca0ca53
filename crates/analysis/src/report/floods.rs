//! Flood events of a gauge: from the first value at the lowest alarm level to the first below it, as long as the water
//! stays away for a while.
//!
//! Times are those of values that were observed; nothing between two values is made up. A stretch counts as above a
//! level from one value to the next when it begins at or above it.

use std::collections::{BTreeMap, VecDeque};

use domain::{CheckedReading, MessageKind, QcFlag, Realm, Span, Time, Unit, WarningMessage};

use super::{KEYS, Readings, each, keys};
use crate::about::{AlarmLevel, Place, Series};
use crate::sheet::{Cell, Column, Head, Note, Sheet, column};
use crate::{Error, usable};

/// When an event is over, and how its rise is measured; from the configuration.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Manner {
    /// It is over when the value stayed this far below the lowest level …
    pub clear_margin: f64,
    /// … for this long.
    pub clear_hold: Span,
    /// Two values further apart than this do not make a continuous time.
    pub max_gap: Span,
    /// Rate of rise: looks back at least this long …
    pub rise_min: Span,
    /// … ideally this long …
    pub rise_window: Span,
    /// … and at most this long.
    pub rise_max: Span,
}

const COLUMNS: &[Column] = &[
    column("start", "bắt đầu", "start"),
    column("start_known", "thấy lúc lên", "rise seen"),
    column("bd1", "BĐ1", "BĐ1"),
    column("bd2", "BĐ2", "BĐ2"),
    column("bd3", "BĐ3", "BĐ3"),
    column("reached", "mức", "level"),
    column("peak", "đỉnh", "peak"),
    column("peak_at", "lúc", "at"),
    column("peak_flag", "cờ đỉnh", "peak flag"),
    column("rise_max", "lên nhanh nhất/h", "max rise/h"),
    column("rise_mean", "lên trung bình/h", "mean rise/h"),
    column("rise_unit", "đv", "unit"),
    column("above_bd1_h", "giờ trên BĐ1", "h above BĐ1"),
    column("above_bd2_h", "giờ trên BĐ2", "h above BĐ2"),
    column("above_bd3_h", "giờ trên BĐ3", "h above BĐ3"),
    column("unknown_h", "giờ không rõ", "h unknown"),
    column("end", "kết thúc", "end"),
    column("suspect", "nghi ngờ", "suspect"),
    column("warnings", "tin đã phát", "messages"),
    column("first_warning_at", "tin đầu", "first at"),
    column("warning_ids", "cảnh báo", "warnings"),
];

const NOTES: &[Note] = &[
    Note {
        vi: "Bắt đầu: trị đầu tiên đạt BĐ1; kết thúc: trị đầu tiên dưới BĐ1 khi nước không lên lại trong thời gian giữ của \
             quy tắc; để trống = chưa kết thúc. Mức báo động là mức có hiệu lực lúc bắt đầu.",
        en: "Start: the first value at BĐ1; end: the first below it, when the water stays away for the rule's hold; empty \
             = not over yet. Alarm levels are those in force at the start",
    },
    Note {
        vi: "Thời gian trên báo động chỉ tính giữa hai trị liền nhau; khoảng trống ghi ở cột không rõ, đỉnh có thể nằm \
             trong đó. Trị sai không được tính; trị nghi ngờ được tính và nêu số lượng.",
        en: "Time above a level is counted between neighbouring values only; holes are in the column unknown, and the peak \
             may lie in one. Bad values are not counted; suspect ones are, and their number is stated",
    },
    Note {
        vi: "Tin đã phát: tin ban hành hoặc cập nhật có dẫn trị của trạm này trong đợt lũ.",
        en: "Messages: those issued or updated that rest on a value of this station in the event",
    },
];

/// What the report is.
#[must_use]
pub const fn head(from: Time, to: Time, realm: Realm) -> Head {
    let title = Note { vi: "Các đợt lũ", en: "Flood events" };
    Head {
        kind: "floods",
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

/// The events of one gauge, with the messages that went out.
///
/// # Errors
/// The readings cannot be read.
pub fn sheet(
    series: &Series,
    place: &Place,
    manner: Manner,
    messages: &[WarningMessage],
    readings: impl Readings,
) -> Result<Sheet, Error> {
    let levels = place.levels.iter().filter(|one| one.parameter == series.key.parameter.as_str());
    let mut river = River { manner, levels: levels.collect(), ..River::new(manner) };
    each(readings, |reading| river.take(reading))?;
    let events = river.finish();
    Ok(Sheet {
        keys: keys(series),
        rows: events.iter().map(|event| row(series, event, messages)).collect(),
    })
}

/// A value that counts.
#[derive(Debug, Clone, Copy)]
struct Seen {
    at: Time,
    value: f64,
}

struct River<'a> {
    manner: Manner,
    levels: Vec<&'a AlarmLevel>,
    /// What the rate of rise looks back to.
    lately: VecDeque<Seen>,
    open: Option<Event>,
    done: Vec<Event>,
}

#[derive(Debug, Clone)]
struct Event {
    start: Seen,
    /// A value below the level stands right before it.
    start_known: bool,
    /// In force at the start, by number.
    levels: BTreeMap<u8, f64>,
    peak: Seen,
    peak_flag: QcFlag,
    rise_max: Option<f64>,
    above: BTreeMap<u8, Span>,
    unknown: Span,
    suspect: u64,
    /// First value below the lowest level since the last at or above it.
    end: Option<Time>,
    /// Since when it is far enough below.
    clear_since: Option<Time>,
}

impl<'a> River<'a> {
    const fn new(manner: Manner) -> Self {
        Self { manner, levels: Vec::new(), lately: VecDeque::new(), open: None, done: Vec::new() }
    }

    fn take(&mut self, reading: &CheckedReading) {
        let Some(value) = usable(reading) else { return };
        let seen = Seen { at: reading.observed_at, value };
        let before = self.lately.back().copied();
        let levels = self.in_force(seen.at);
        let lowest = levels.values().copied().reduce(f64::min);
        if self.open.is_none() && lowest.is_some_and(|lowest| value >= lowest) {
            let near = before.is_some_and(|before| seen.at - before.at <= self.manner.max_gap);
            self.open = Some(Event::begin(seen, reading.verdict.flag, near, levels));
        }
        if let (Some(event), Some(lowest)) = (&mut self.open, lowest) {
            event.take(seen, reading.verdict.flag, before, lowest, &self.manner);
            event.rise(seen, &self.lately, &self.manner);
            if event.is_over(seen.at, &self.manner) {
                self.done.extend(self.open.take());
            }
        }
        self.lately.push_back(seen);
        // The last value stays, however old: it is the neighbour of the next.
        while self.lately.len() > 1
            && self.lately.front().is_some_and(|old| seen.at - old.at > self.manner.rise_max)
        {
            self.lately.pop_front();
        }
    }

    fn in_force(&self, at: Time) -> BTreeMap<u8, f64> {
        let levels = self.levels.iter().filter(|level| level.in_force(at));
        levels.map(|level| (level.level.0, level.value)).collect()
    }

    /// An event that is not over has no end.
    fn finish(mut self) -> Vec<Event> {
        if let Some(event) = self.open.take() {
            self.done.push(Event { end: None, ..event });
        }
        self.done
    }
}

impl Event {
    fn begin(start: Seen, flag: QcFlag, start_known: bool, levels: BTreeMap<u8, f64>) -> Self {
        Self {
            start,
            start_known,
            above: levels.keys().map(|level| (*level, Span::ZERO)).collect(),
            levels,
            peak: start,
            peak_flag: flag,
            rise_max: None,
            unknown: Span::ZERO,
            suspect: 0,
            end: None,
            clear_since: None,
        }
    }

    fn take(
        &mut self,
        seen: Seen,
        flag: QcFlag,
        before: Option<Seen>,
        lowest: f64,
        manner: &Manner,
    ) {
        self.suspect += u64::from(flag == QcFlag::Suspect);
        if seen.value > self.peak.value {
            (self.peak, self.peak_flag) = (seen, flag);
        }
        let mut hole = false;
        if let Some(before) = before.filter(|before| before.at >= self.start.at) {
            let passed = seen.at - before.at;
            hole = passed > manner.max_gap;
            if hole && (before.value >= lowest || seen.value >= lowest) {
                self.unknown = Span::from_millis(self.unknown.millis() + passed.millis());
            }
            for (level, above) in self.above.iter_mut().filter(|_| !hole) {
                if self.levels.get(level).is_some_and(|threshold| before.value >= *threshold) {
                    *above = Span::from_millis(above.millis() + passed.millis());
                }
            }
        }
        if seen.value >= lowest {
            self.end = None;
        } else {
            self.end.get_or_insert(seen.at);
        }
        if seen.value >= lowest - manner.clear_margin {
            self.clear_since = None;
        } else if hole || self.clear_since.is_none() {
            self.clear_since = Some(seen.at);
        }
    }

    /// Compares with the value that is nearest to one window before.
    fn rise(&mut self, seen: Seen, lately: &VecDeque<Seen>, manner: &Manner) {
        let ages = lately.iter().map(|old| (seen.at - old.at, old.value));
        let fit = ages.filter(|(age, _)| (manner.rise_min..=manner.rise_max).contains(age));
        let best = fit.min_by_key(|(age, _)| (age.millis() - manner.rise_window.millis()).abs());
        let rate = best.map(|(age, value)| (seen.value - value) / age.as_hours());
        self.rise_max = match (self.rise_max, rate) {
            (Some(most), Some(rate)) => Some(most.max(rate)),
            (most, rate) => most.or(rate),
        };
    }

    fn is_over(&self, now: Time, manner: &Manner) -> bool {
        self.clear_since.is_some_and(|since| now - since >= manner.clear_hold)
    }

    fn reached(&self) -> Option<u8> {
        let reached = self.levels.iter().filter(|(_, value)| self.peak.value >= **value);
        reached.map(|(level, _)| *level).max()
    }

    fn rise_mean(&self) -> Option<f64> {
        let hours = (self.peak.at - self.start.at).as_hours();
        (hours > 0.0).then(|| (self.peak.value - self.start.value) / hours)
    }
}

fn row(series: &Series, event: &Event, messages: &[WarningMessage]) -> Vec<Cell> {
    let decimals = series.decimals;
    let until = event.end.unwrap_or(Time::from_millis(i64::MAX));
    let mut mine: Vec<&WarningMessage> = messages
        .iter()
        .filter(|message| matches!(message.kind, MessageKind::Issue | MessageKind::Update))
        .filter(|message| {
            message.evidence.iter().any(|evidence| {
                evidence.station == series.key.station
                    && (event.start.at..=until).contains(&evidence.observed_at)
            })
        })
        .collect();
    mine.sort_by_key(|message| message.sent_at);
    let mut ids: Vec<&str> = mine.iter().map(|message| message.warning.as_str()).collect();
    ids.sort_unstable();
    ids.dedup();
    // A rise of a stage is told in centimetres; one of a discharge in its own unit.
    let centimetres = series.unit.and_then(|unit| unit.convert(1.0, Unit::Centimetre));
    let (scale, unit) = match centimetres {
        Some(scale) => (scale, "cm".to_owned()),
        None => (1.0, series.symbol().to_owned()),
    };
    let level = |number| Cell::number(event.levels.get(&number).copied(), decimals);
    let above = |number| Cell::number(event.above.get(&number).map(|above| above.as_hours()), 1);
    let rise = |rate: Option<f64>| Cell::number(rate.map(|rate| rate * scale), 1);
    let known = match event.start_known {
        true => column("yes", "có", "yes"),
        false => column("no", "không", "no"),
    };
    vec![
        Cell::Time(event.start.at),
        Cell::Word(known),
        level(1),
        level(2),
        level(3),
        event.reached().map_or(Cell::Empty, |level| Cell::Count(level.into())),
        Cell::Number(event.peak.value, decimals),
        Cell::Time(event.peak.at),
        Cell::Count(event.peak_flag.number().into()),
        rise(event.rise_max),
        rise(event.rise_mean()),
        Cell::Text(unit),
        above(1),
        above(2),
        above(3),
        Cell::Number(event.unknown.as_hours(), 1),
        Cell::time(event.end),
        Cell::Count(event.suspect),
        Cell::Count(mine.len() as u64),
        Cell::time(mine.first().map(|message| message.sent_at)),
        Cell::text(ids.join(" ")),
    ]
}
