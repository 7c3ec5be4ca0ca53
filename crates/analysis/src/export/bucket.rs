//! Buckets in event time, counted from midnight in Viet Nam. A bucket without readings does not exist.

use domain::{CheckSet, CheckedReading, QcFlag, Span, Time};

use super::row::{Row, Spread};
use crate::about::{Method, Series, percent};
use crate::usable;

/// Turns readings of one series, in order, into buckets.
pub(super) struct Buckets<'a> {
    series: &'a Series,
    every: Span,
    method: Method,
    open: Option<Open>,
}

struct Open {
    start: Time,
    sum: f64,
    last: f64,
    min: f64,
    max: f64,
    count: u32,
    /// Intervals that have a value, the last of them, and the completeness of their values, summed.
    slots: u32,
    slot: Option<i64>,
    share: f64,
    /// The worst of those that count, and of those that do not.
    counted: Option<QcFlag>,
    uncounted: Option<QcFlag>,
    failed: CheckSet,
    version: u64,
}

impl<'a> Buckets<'a> {
    pub(super) fn new(series: &'a Series, every: Span) -> Self {
        Self { series, every, method: series.method(), open: None }
    }

    /// Takes the next reading; gives the bucket that it closes.
    pub(super) fn push(&mut self, seq: u64, reading: &CheckedReading) -> Option<Row> {
        // An amount belongs to the bucket that ends with it.
        let inside = match self.method {
            Method::Sum => reading.observed_at - Span::from_millis(1),
            _ => reading.observed_at,
        };
        let start = inside.floor(self.every, Span::ZERO);
        let closed = match &self.open {
            Some(open) if open.start != start => self.close(),
            _ => None,
        };
        let slot = self.series.slot(reading.observed_at);
        self.open.get_or_insert_with(|| Open::new(start)).add(seq, reading, slot);
        closed
    }

    /// The bucket that is open; nothing comes after it.
    pub(super) fn close(&mut self) -> Option<Row> {
        let open = self.open.take()?;
        let counts = open.count > 0;
        let value = match self.method {
            Method::Mean => Some(open.sum / f64::from(open.count)),
            Method::Sum => Some(open.sum),
            Method::Last => Some(open.last),
            Method::Extremes => None,
        };
        let end = open.start + self.every;
        let expected = self.series.interval.map(|interval| {
            let time = self.series.in_operation(open.start, end).millis();
            time as f64 / interval.millis().max(1) as f64
        });
        Some(Row {
            at: if self.method == Method::Sum { end } else { open.start },
            value: value.filter(|_| counts),
            flag: open.counted.or(open.uncounted).unwrap_or(QcFlag::Missing),
            failed: open.failed,
            completeness: expected.and_then(|expected| percent(open.share / 100.0, expected)),
            version: open.version,
            spread: Some(Spread {
                min: counts.then_some(open.min),
                max: counts.then_some(open.max),
                count: open.count,
            }),
        })
    }
}

impl Open {
    const fn new(start: Time) -> Self {
        Self {
            start,
            sum: 0.0,
            last: 0.0,
            min: f64::INFINITY,
            max: f64::NEG_INFINITY,
            count: 0,
            slots: 0,
            slot: None,
            share: 0.0,
            counted: None,
            uncounted: None,
            failed: CheckSet::NONE,
            version: 0,
        }
    }

    fn add(&mut self, seq: u64, reading: &CheckedReading, slot: Option<i64>) {
        self.version = self.version.max(seq);
        let flag = reading.verdict.flag;
        let Some(value) = usable(reading) else {
            self.uncounted = self.uncounted.max(Some(flag));
            return;
        };
        self.counted = self.counted.max(Some(flag));
        self.failed.0 |= reading.verdict.failed.0;
        self.sum += value;
        self.last = value;
        self.min = self.min.min(value);
        self.max = self.max.max(value);
        self.count += 1;
        if self.slots == 0 || slot != self.slot {
            self.slots += 1;
            self.share += f64::from(reading.completeness);
        }
        self.slot = slot;
    }
}
