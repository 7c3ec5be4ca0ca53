//! Readings of a series put together over equal lengths of event time, counted from midnight in Viet Nam.
//!
//! A bucket without readings does not exist: a gap stays a gap. Bad and missing values are counted nowhere; a
//! bucket that has nothing else is there, without a value and with their flag.

use crate::parameter::{Kind, Parameter};
use crate::{CheckSet, CheckedReading, Origin, QcFlag, Span, Time, Unit};

/// How readings of a parameter go together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// Mean of states at instants; `[start, end)`.
    Mean,
    /// Mean of directions as unit vectors, degrees clockwise from north; `[start, end)`. 350° and 10° are 360°, not 180°.
    Direction,
    /// Sum of amounts; `(start, end]`, because an amount's time is the end of its interval.
    Sum,
    /// Last value of a running total; `[start, end)`.
    Last,
}

impl Method {
    /// The method for a parameter. A derived sum reaches over its window already: sums of sums would count rain
    /// many times.
    #[must_use]
    pub fn of(parameter: &Parameter) -> Self {
        match parameter.kind {
            Kind::Amount if parameter.window.is_none() => Self::Sum,
            Kind::Counter => Self::Last,
            Kind::Instant if parameter.unit == Unit::Degree => Self::Direction,
            Kind::Instant | Kind::Amount => Self::Mean,
        }
    }

    /// The beginning of the bucket that holds this instant.
    #[must_use]
    pub fn start(self, at: Time, every: Span) -> Time {
        let inside = match self {
            Self::Sum => at - Span::from_millis(1),
            Self::Mean | Self::Direction | Self::Last => at,
        };
        inside.floor(every, Span::ZERO)
    }

    /// The readings that can belong to the bucket that begins then: from the first to the last instant, inclusive.
    #[must_use]
    pub fn reach(self, start: Time, every: Span) -> (Time, Time) {
        let end = start + every;
        match self {
            Self::Sum => (start + Span::from_millis(1), end),
            Self::Mean | Self::Direction | Self::Last => (start, end - Span::from_millis(1)),
        }
    }

    /// The readings of the time from one instant to another, both inclusive, as buckets hold them: an amount at the
    /// beginning fell before it, and a state at the end begins a bucket of another time when one begins there.
    #[must_use]
    pub fn inside(self, from: Time, to: Time, every: Span) -> (Time, Time) {
        let on_edge = |at: Time| at.floor(every, Span::ZERO) == at;
        match self {
            Self::Sum => (from + Span::from_millis(1), to),
            _ => (from, to - Span::from_millis(i64::from(on_edge(to) && from < to))),
        }
    }
}

/// What the readings of one bucket come to.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bucket {
    /// Its beginning.
    pub start: Time,
    /// Sum of the values that count, in the parameter's unit; meaningful for amounts, and to make means of means.
    pub sum: f64,
    /// Sum of the unit vectors of directions, towards the north …
    pub north: f64,
    /// … and the east; both 0 of what is no direction.
    pub east: f64,
    /// Last value that counts.
    pub last: f64,
    /// Least value that counts; +∞ when none does.
    pub min: f64,
    /// Greatest value that counts; −∞ when none does.
    pub max: f64,
    /// Values that count.
    pub count: u32,
    /// Those of them that are suspect.
    pub suspect: u32,
    /// The worst flag of those that count; when none does, of those that do not. QARTOD's number.
    pub flag: u8,
    /// Checks that failed in those that count.
    pub failed: CheckSet,
    /// The least completeness of derived values that count, %; 100 when all are measured.
    pub least: u8,
    /// Something in it came after newer values.
    pub late: bool,
}

impl Bucket {
    /// One in which nothing is yet.
    #[must_use]
    pub const fn new(start: Time) -> Self {
        Self {
            start,
            sum: 0.0,
            north: 0.0,
            east: 0.0,
            last: 0.0,
            min: f64::INFINITY,
            max: f64::NEG_INFINITY,
            count: 0,
            suspect: 0,
            flag: 0,
            failed: CheckSet::NONE,
            least: 100,
            late: false,
        }
    }

    /// Takes a reading in.
    pub fn add(&mut self, reading: &CheckedReading, method: Method) {
        let flag = reading.verdict.flag;
        let Some(value) = reading.usable() else {
            if self.count == 0 {
                self.flag = self.flag.max(flag.number());
            }
            return;
        };
        let worst = if self.count == 0 { 0 } else { self.flag };
        self.flag = worst.max(flag.number());
        self.sum += value;
        if method == Method::Direction {
            let (east, north) = value.to_radians().sin_cos();
            self.north += north;
            self.east += east;
        }
        self.last = value;
        self.min = self.min.min(value);
        self.max = self.max.max(value);
        self.count += 1;
        self.suspect += u32::from(flag == QcFlag::Suspect);
        self.failed.0 |= reading.verdict.failed.0;
        self.late |= reading.late;
        if reading.origin == Origin::Derived {
            self.least = self.least.min(reading.completeness);
        }
    }

    /// Takes a later bucket in, so that hours become a day. Both lie in the same longer bucket.
    pub fn join(&mut self, later: &Self) {
        let before = *self;
        self.flag = match (before.count, later.count) {
            (0, 0) | (1.., 1..) => before.flag.max(later.flag),
            (0, _) => later.flag,
            (_, 0) => before.flag,
        };
        if later.count > 0 {
            self.last = later.last;
        }
        self.sum += later.sum;
        self.north += later.north;
        self.east += later.east;
        self.min = self.min.min(later.min);
        self.max = self.max.max(later.max);
        self.count += later.count;
        self.suspect += later.suspect;
        self.failed.0 |= later.failed.0;
        self.least = self.least.min(later.least);
        self.late |= later.late;
    }

    /// The value that the method makes of it, in the parameter's unit; `None` when no value counts.
    #[must_use]
    pub fn value(&self, method: Method) -> Option<f64> {
        match method {
            _ if self.count == 0 => None,
            Method::Sum => Some(self.sum),
            Method::Mean => Some(self.sum / f64::from(self.count)),
            // In calm air it is 0 all the time.
            Method::Direction if self.max == 0.0 => Some(0.0),
            Method::Direction => direction(self.north, self.east),
            Method::Last => Some(self.last),
        }
    }

    /// The share of the bucket that is covered, %: of measured values by their number, when it is known at which
    /// `interval` they should come; of derived ones the least of their own.
    #[must_use]
    pub fn completeness(&self, every: Span, interval: Option<Span>) -> u8 {
        let expected = interval.filter(|interval| *interval > Span::ZERO);
        let share = match expected {
            _ if self.count == 0 => return 0,
            Some(interval) => {
                interval.times(self.count.into()).millis() * 100 / every.millis().max(1)
            }
            None => 100,
        };
        u8::try_from(share.min(self.least.into())).unwrap_or(0)
    }
}

/// Where a sum of unit vectors points to, degrees in (0, 360]; `None` when they cancel out.
///
/// ```
/// use domain::bucket::direction;
/// let of = |all: &[f64]| {
///     let sum = |part: fn(f64) -> f64| all.iter().map(|one| part(one.to_radians())).sum();
///     direction(sum(f64::cos), sum(f64::sin))
/// };
/// assert_eq!(of(&[350.0, 10.0]), Some(360.0));
/// assert_eq!(of(&[90.0, 180.0]), Some(135.0));
/// assert_eq!(of(&[0.0, 180.0]), None);
/// ```
#[must_use]
pub fn direction(north: f64, east: f64) -> Option<f64> {
    if north.hypot(east) < 1e-9 {
        return None;
    }
    let degrees = (east.atan2(north).to_degrees() * 1e6).round() / 1e6;
    Some(if degrees <= 0.0 { degrees + 360.0 } else { degrees })
}

/// Fills buckets from readings in event time order.
#[derive(Debug)]
pub struct Buckets {
    every: Span,
    method: Method,
    done: Vec<Bucket>,
    open: Option<Bucket>,
}

impl Buckets {
    /// Empty buckets of that length, 1 ms or more.
    #[must_use]
    pub const fn new(every: Span, method: Method) -> Self {
        Self { every, method, done: Vec::new(), open: None }
    }

    /// The next reading.
    pub fn push(&mut self, reading: &CheckedReading) {
        let method = self.method;
        self.at(reading.observed_at).add(reading, method);
    }

    /// The next bucket of a shorter length of which this one is a multiple.
    pub fn push_bucket(&mut self, shorter: &Bucket) {
        // The beginning of a shorter bucket is inside the longer one whatever the method.
        let start = shorter.start.floor(self.every, Span::ZERO);
        self.open_at(start).join(shorter);
    }

    /// How many buckets are complete.
    #[must_use]
    pub fn complete(&self) -> usize {
        self.done.len()
    }

    /// All buckets; the last one may be fed by readings that are still to come.
    #[must_use]
    pub fn finish(mut self) -> Vec<Bucket> {
        self.done.extend(self.open);
        self.done
    }

    fn at(&mut self, at: Time) -> &mut Bucket {
        self.open_at(self.method.start(at, self.every))
    }

    fn open_at(&mut self, start: Time) -> &mut Bucket {
        if self.open.is_some_and(|open| open.start != start) {
            self.done.extend(self.open.take());
        }
        self.open.get_or_insert(Bucket::new(start))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{SeriesId, Verdict};

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

    fn filled(method: Method, every: Span, readings: &[(&str, f64, QcFlag)]) -> Vec<Bucket> {
        let mut buckets = Buckets::new(every, method);
        readings.iter().for_each(|(at, value, flag)| buckets.push(&reading(at, *value, *flag)));
        buckets.finish()
    }

    fn check(method: Method, readings: &[(&str, f64, QcFlag)], expected: &[&str]) {
        let shown = |bucket: &Bucket| {
            let clock = crate::text::clock(bucket.start);
            let range = (bucket.count > 0).then_some((bucket.min, bucket.max));
            format!(
                "{clock} {:?} {range:?} n{} f{}",
                bucket.value(method),
                bucket.count,
                bucket.flag
            )
        };
        let got: Vec<_> = filled(method, Span::hours(1), readings).iter().map(shown).collect();
        assert_eq!(got, expected);
    }

    #[test]
    fn instants_are_averaged_from_the_hour_on_and_a_gap_stays_a_gap() {
        use QcFlag::Good;
        check(
            Method::Mean,
            &[("01:00", 1.0, Good), ("01:30", 3.0, Good), ("04:00", 5.0, Good)],
            &["01:00 Some(2.0) Some((1.0, 3.0)) n2 f1", "04:00 Some(5.0) Some((5.0, 5.0)) n1 f1"],
        );
    }

    #[test]
    fn amounts_belong_to_the_hour_that_ends_with_them() {
        use QcFlag::Good;
        check(
            Method::Sum,
            &[("01:00", 1.0, Good), ("01:10", 2.0, Good), ("02:00", 4.0, Good)],
            &["00:00 Some(1.0) Some((1.0, 1.0)) n1 f1", "01:00 Some(6.0) Some((2.0, 4.0)) n2 f1"],
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
                ("03:00", 999.0, Bad),
                ("03:10", 2.0, Good),
            ],
            &[
                "01:00 Some(1.0) Some((1.0, 1.0)) n1 f3",
                "02:00 None None n0 f4",
                "03:00 Some(2.0) Some((2.0, 2.0)) n1 f1",
            ],
        );
    }

    #[test]
    fn days_begin_at_midnight_in_viet_nam() {
        let at: Time = "2025-11-19T16:30:00Z".parse().expect("a time");
        let start = Method::Mean.start(at, Span::days(1));
        assert_eq!(start.to_string(), "2025-11-19T00:00:00+07:00");
        let midnight = start + Span::days(1);
        assert_eq!(Method::Sum.start(midnight, Span::days(1)), start, "an amount ends there");
        let (first, last) = Method::Sum.reach(start, Span::days(1));
        assert_eq!((first - start, last), (Span::from_millis(1), midnight));
    }

    #[test]
    fn hours_make_the_same_day_as_the_readings_do() {
        use QcFlag::{Bad, Good, Suspect};
        let all = [
            ("00:10", 1.5, Good),
            ("00:20", 0.5, Bad),
            ("05:00", 2.25, Suspect),
            ("06:00", 0.25, Good),
        ];
        for method in [Method::Mean, Method::Direction, Method::Sum, Method::Last] {
            let mut day = Buckets::new(Span::days(1), method);
            filled(method, Span::hours(1), &all).iter().for_each(|hour| day.push_bucket(hour));
            assert_eq!(day.finish(), filled(method, Span::days(1), &all), "{method:?}");
        }
    }

    #[test]
    fn directions_are_averaged_as_directions() {
        use QcFlag::Good;
        let mean = |all: &[(&str, f64, QcFlag)]| {
            filled(Method::Direction, Span::hours(1), all)[0].value(Method::Direction)
        };
        assert_eq!(mean(&[("01:00", 350.0, Good), ("01:30", 10.0, Good)]), Some(360.0));
        assert_eq!(mean(&[("01:00", 270.0, Good), ("01:30", 0.0, Good)]), Some(315.0));
        assert_eq!(mean(&[("01:00", 90.0, Good), ("01:30", 270.0, Good)]), None);
        assert_eq!(mean(&[("01:00", 0.0, Good), ("01:30", 0.0, Good)]), Some(0.0), "calm");
        let of = |unit, kind| Parameter {
            id: "wind_direction".parse().expect("a name"),
            name_vi: String::new(),
            name_en: String::new(),
            unit,
            decimals: 0,
            kind,
            feeds: None,
            rolls_over_at: None,
            window: None,
        };
        assert_eq!(Method::of(&of(Unit::Degree, Kind::Instant)), Method::Direction);
        assert_eq!(Method::of(&of(Unit::Metre, Kind::Instant)), Method::Mean);
    }

    #[test]
    fn whole_buckets_hold_no_reading_of_another_time() {
        let at = |text: &str| format!("2025-11-19T{text}+07:00").parse::<Time>().expect("a time");
        let (from, to) = (at("01:00:00"), at("03:00:00"));
        let inside = |method: Method| method.inside(from, to, Span::hours(1));
        assert_eq!(inside(Method::Sum), (at("01:00:00.001"), to));
        assert_eq!(inside(Method::Mean), (from, at("02:59:59.999")));
        let (from, to) = (at("01:10:00"), at("03:10:00"));
        assert_eq!(Method::Mean.inside(from, to, Span::hours(1)), (from, to));
    }

    #[test]
    fn completeness_is_what_came_of_what_should_have_come() {
        use QcFlag::{Bad, Good};
        let half =
            [("01:00", 1.0, Good), ("01:10", 1.0, Bad), ("01:20", 1.0, Good), ("01:50", 1.0, Good)];
        let hour = filled(Method::Mean, Span::hours(1), &half)[0];
        assert_eq!(hour.completeness(Span::hours(1), Some(Span::minutes(10))), 50);
        assert_eq!(hour.completeness(Span::hours(1), None), 100);
        let bad = filled(Method::Mean, Span::hours(1), &[("01:00", 1.0, Bad)])[0];
        assert_eq!(bad.completeness(Span::hours(1), None), 0);
    }
}
