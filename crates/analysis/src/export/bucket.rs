//! Buckets as rows: what the readings come to, with the share of time that they cover and the newest arrival among them.

use domain::bucket::{Bucket, Method};
use domain::{CheckedReading, QcFlag, Span};

use super::row::{Row, Spread};
use crate::about::{Series, percent};
use crate::usable;

/// Turns readings of one series, in order, into buckets.
pub(super) struct Buckets<'a> {
    series: &'a Series,
    every: Span,
    method: Option<Method>,
    open: Option<Open>,
}

struct Open {
    bucket: Bucket,
    /// Intervals that have a value: the last of them, and the completeness of their values, summed.
    slot: Option<i64>,
    share: f64,
    version: u64,
}

impl<'a> Buckets<'a> {
    pub(super) fn new(series: &'a Series, every: Span) -> Self {
        Self { series, every, method: series.method(), open: None }
    }

    /// Takes the next reading; gives the bucket that it closes.
    pub(super) fn push(&mut self, seq: u64, reading: &CheckedReading) -> Option<Row> {
        let method = self.method.unwrap_or(Method::Mean);
        let start = method.start(reading.observed_at, self.every);
        let closed = match &self.open {
            Some(open) if open.bucket.start != start => self.close(),
            _ => None,
        };
        let slot = self.series.slot(reading.observed_at);
        let new = Open { bucket: Bucket::new(start), slot: None, share: 0.0, version: 0 };
        self.open.get_or_insert(new).add(seq, reading, method, slot);
        closed
    }

    /// The bucket that is open; nothing comes after it.
    pub(super) fn close(&mut self) -> Option<Row> {
        let Open { bucket, share, version, .. } = self.open.take()?;
        let counts = bucket.count > 0;
        let end = bucket.start + self.every;
        let expected = self.series.interval.map(|interval| {
            let time = self.series.in_operation(bucket.start, end).millis();
            time as f64 / interval.millis().max(1) as f64
        });
        Some(Row {
            at: if self.method == Some(Method::Sum) { end } else { bucket.start },
            value: self.method.and_then(|method| bucket.value(method)),
            flag: QcFlag::from_number(bucket.flag).unwrap_or(QcFlag::Missing),
            failed: bucket.failed,
            completeness: expected.and_then(|expected| percent(share / 100.0, expected)),
            version,
            spread: Some(Spread {
                min: counts.then_some(bucket.min),
                max: counts.then_some(bucket.max),
                count: bucket.count,
            }),
        })
    }
}

impl Open {
    fn add(&mut self, seq: u64, reading: &CheckedReading, method: Method, slot: Option<i64>) {
        self.version = self.version.max(seq);
        if usable(reading).is_some() {
            if self.bucket.count == 0 || slot != self.slot {
                self.share += f64::from(reading.completeness);
            }
            self.slot = slot;
        }
        self.bucket.add(reading, method);
    }
}
