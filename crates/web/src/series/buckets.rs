//! Buckets in event time, counted from midnight in Viet Nam.
//!
//! A bucket without readings does not exist: a gap stays a gap. Bad values are counted nowhere; a bucket
//! that has nothing else is there, without a value and with their flag.

use domain::parameter::{Kind, Parameter};
use domain::{CheckSet, CheckedReading, Span, Time};

use super::point::{Point, usable};

/// What a bucket's value is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Method {
    /// Mean of states at instants; `[start, end)`.
    Mean,
    /// Sum of amounts; `(start, end]`, because an amount's time is the end of its interval.
    Sum,
    /// Last value of a running total.
    Last,
}

/// How readings of a parameter go together. A derived sum reaches over its window already: sums of
/// sums would count rain many times.
pub(crate) fn method(parameter: &Parameter) -> Method {
    match parameter.kind {
        Kind::Amount if parameter.window.is_none() => Method::Sum,
        Kind::Counter => Method::Last,
        Kind::Instant | Kind::Amount => Method::Mean,
    }
}

/// Fills buckets from readings in event time order.
#[derive(Debug)]
pub(crate) struct Buckets {
    every: Span,
    method: Method,
    done: Vec<Point>,
    open: Option<Open>,
}

#[derive(Debug)]
struct Open {
    start: Time,
    sum: f64,
    last: f64,
    min: f64,
    max: f64,
    count: u32,
    /// Flag and completeness of those that count, and of those that do not.
    flags: [u8; 2],
    completeness: u8,
    failed: CheckSet,
    late: bool,
}

impl Buckets {
    /// Empty buckets of that length, 1 ms or more.
    pub(crate) const fn new(every: Span, method: Method) -> Self {
        Self { every, method, done: Vec::new(), open: None }
    }

    /// The beginning of the bucket that holds this instant.
    pub(crate) fn start(&self, at: Time) -> Time {
        let inside = match self.method {
            Method::Sum => at - Span::from_millis(1),
            Method::Mean | Method::Last => at,
        };
        inside.floor(self.every, Span::ZERO)
    }

    /// The next reading.
    pub(crate) fn push(&mut self, reading: &CheckedReading) {
        let start = self.start(reading.observed_at);
        if self.open.as_ref().is_some_and(|open| open.start != start) {
            self.close();
        }
        self.open.get_or_insert_with(|| Open::new(start)).add(reading);
    }

    /// How many buckets are complete.
    pub(crate) fn complete(&self) -> usize {
        self.done.len()
    }

    /// All buckets; the last one may be fed by readings that are still to come.
    pub(crate) fn finish(mut self) -> Vec<Point> {
        self.close();
        self.done
    }

    fn close(&mut self) {
        if let Some(open) = self.open.take() {
            self.done.push(open.point(self.every, self.method));
        }
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
            flags: [0, 0],
            completeness: 100,
            failed: CheckSet::NONE,
            late: false,
        }
    }

    fn add(&mut self, reading: &CheckedReading) {
        let flag = reading.verdict.flag.number();
        let Some(value) = usable(reading) else {
            self.flags[1] = self.flags[1].max(flag);
            return;
        };
        self.flags[0] = self.flags[0].max(flag);
        self.sum += value;
        self.last = value;
        self.min = self.min.min(value);
        self.max = self.max.max(value);
        self.count += 1;
        self.completeness = self.completeness.min(reading.completeness);
        self.failed.0 |= reading.verdict.failed.0;
        self.late |= reading.late;
    }

    fn point(&self, every: Span, method: Method) -> Point {
        let some = |value: f64| (self.count > 0).then_some(value);
        let (observed_at, value) = match method {
            Method::Sum => (self.start + every, self.sum),
            Method::Mean => (self.start, self.sum / f64::from(self.count)),
            Method::Last => (self.start, self.last),
        };
        Point {
            observed_at,
            value: some(value),
            flag: if self.count > 0 { self.flags[0] } else { self.flags[1] },
            failed: self.failed.iter().collect(),
            completeness: if self.count > 0 { self.completeness } else { 0 },
            late: self.late,
            min: some(self.min),
            max: some(self.max),
            count: Some(self.count),
        }
    }
}

#[cfg(test)]
mod tests {
    use domain::{Origin, QcFlag, SeriesId, Verdict};

    use super::*;

    fn reading(at: &str, value: f64, flag: QcFlag) -> CheckedReading {
        CheckedReading {
            series: SeriesId(0),
            observed_at: format!("2025-11-19T{at}:00+07:00").parse().expect("a time"),
            value: Some(value),
            verdict: Verdict { flag, failed: CheckSet::NONE },
            origin: Origin::Station,
            completeness: 100,
            late: false,
        }
    }

    fn check(method: Method, readings: &[(&str, f64, QcFlag)], expected: &[&str]) {
        let mut buckets = Buckets::new(Span::hours(1), method);
        readings.iter().for_each(|(at, value, flag)| buckets.push(&reading(at, *value, *flag)));
        let shown = |point: &Point| {
            let clock = domain::text::clock(point.observed_at);
            let (count, flag) = (point.count.unwrap_or(99), point.flag);
            format!("{clock} {:?} {:?}..{:?} n{count} f{flag}", point.value, point.min, point.max)
        };
        let got: Vec<_> = buckets.finish().iter().map(shown).collect();
        assert_eq!(got, expected);
    }

    #[test]
    fn instants_are_averaged_from_the_hour_on_and_a_gap_stays_a_gap() {
        use QcFlag::Good;
        check(
            Method::Mean,
            &[("01:00", 1.0, Good), ("01:30", 3.0, Good), ("04:00", 5.0, Good)],
            &[
                "01:00 Some(2.0) Some(1.0)..Some(3.0) n2 f1",
                "04:00 Some(5.0) Some(5.0)..Some(5.0) n1 f1",
            ],
        );
    }

    #[test]
    fn amounts_belong_to_the_hour_that_ends_with_them() {
        use QcFlag::Good;
        check(
            Method::Sum,
            &[("01:00", 1.0, Good), ("01:10", 2.0, Good), ("02:00", 4.0, Good)],
            &[
                "01:00 Some(1.0) Some(1.0)..Some(1.0) n1 f1",
                "02:00 Some(6.0) Some(2.0)..Some(4.0) n2 f1",
            ],
        );
    }

    #[test]
    fn bad_values_count_nowhere_but_are_not_hidden() {
        use QcFlag::{Bad, Good, Suspect};
        check(
            Method::Mean,
            &[
                ("01:00", 1.0, Suspect),
                ("01:10", 999.0, Bad),
                ("02:00", 999.0, Bad),
                ("03:00", 2.0, Good),
            ],
            &[
                "01:00 Some(1.0) Some(1.0)..Some(1.0) n1 f3",
                "02:00 None None..None n0 f4",
                "03:00 Some(2.0) Some(2.0)..Some(2.0) n1 f1",
            ],
        );
    }

    #[test]
    fn days_begin_at_midnight_in_viet_nam() {
        let buckets = Buckets::new(Span::days(1), Method::Mean);
        let at: Time = "2025-11-19T16:30:00Z".parse().expect("a time");
        assert_eq!(buckets.start(at).to_string(), "2025-11-19T00:00:00+07:00");
    }
}
