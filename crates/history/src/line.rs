//! Line protocol: one point, one line. Times in nanoseconds UTC.

use std::fmt::Write as _;

use domain::bucket::{Bucket, Method};
use domain::{
    AlarmState, CheckedReading, Condition, MessageKind, Origin, SeriesKey, StationHealth, Time,
    Transition, WarningMessage,
};

const NANOS: i64 = 1_000_000;

/// A point in the making: its head, then its fields.
struct Line(String, bool);

impl Line {
    fn new(measurement: &str, tags: &[(&str, &str)]) -> Self {
        let mut head = measurement.to_owned();
        for (key, value) in tags.iter().filter(|(_, value)| !value.is_empty()) {
            let _ = write!(head, ",{key}=");
            tag(&mut head, value);
        }
        Self(head, false)
    }

    fn put(&mut self, key: &str, value: impl std::fmt::Display) -> &mut Self {
        let before = if self.1 { ',' } else { ' ' };
        self.1 = true;
        let _ = write!(self.0, "{before}{key}={value}");
        self
    }

    fn int(&mut self, key: &str, value: i64) -> &mut Self {
        self.put(key, format_args!("{value}i"))
    }

    fn text(&mut self, key: &str, value: &str) -> &mut Self {
        self.put(key, format_args!("\"{}\"", quoted(value)))
    }

    fn at(mut self, nanos: i64) -> String {
        let _ = write!(self.0, " {nanos}");
        self.0
    }
}

/// Measurement of the readings.
pub(crate) const READING: &str = "reading";

/// What every point of a series begins with.
pub(crate) fn head(measurement: &str, key: &SeriesKey) -> String {
    let (station, parameter, sensor) = names(key);
    Line::new(measurement, &[("parameter", parameter), ("sensor", sensor), ("station", station)]).0
}

/// The condition that finds the points of a series, for a deletion.
pub(crate) fn predicate(measurement: &str, key: &SeriesKey) -> String {
    let (station, parameter, sensor) = names(key);
    format!(
        "_measurement=\"{measurement}\" AND parameter=\"{parameter}\" AND sensor=\"{sensor}\" AND station=\"{station}\""
    )
}

fn names(key: &SeriesKey) -> (&str, &str, &str) {
    (key.station.as_str(), key.parameter.as_str(), key.sensor.as_str())
}

/// What an hour or a day of a series comes to, at its beginning.
pub(crate) fn summary(
    measurement: &str,
    key: &SeriesKey,
    (bucket, method): (&Bucket, Method),
    completeness: u8,
    version: u64,
) -> Option<String> {
    let mut line = Line(head(measurement, key), false);
    if bucket.count > 0 {
        line.put("min", bucket.min)
            .put("max", bucket.max)
            .put("sum", bucket.sum)
            .put("last", bucket.last);
        let mean = match method {
            Method::Direction => bucket.value(method),
            _ => bucket.value(Method::Mean),
        };
        if let Some(mean) = mean {
            line.put("mean", mean);
        }
        if method == Method::Direction {
            line.put("north", bucket.north).put("east", bucket.east);
        }
    }
    line.int("count", bucket.count.into())
        .int("suspect", bucket.suspect.into())
        .int("completeness", completeness.into())
        .int("least", bucket.least.into())
        .int("flag", bucket.flag.into())
        .int("failed", bucket.failed.0.into())
        .put("late", bucket.late)
        .int("version", whole(version));
    Some(line.at(nanos(bucket.start)?))
}

/// Values of the field `review`, which only readings have that a person judged.
pub(crate) const REVIEWED: i64 = 1;
/// … or gave.
pub(crate) const CORRECTED: i64 = 2;

/// A reading; `None` when the format cannot hold its time.
pub(crate) fn reading(head: &str, reading: &CheckedReading, seq: u64) -> Option<String> {
    let nanos = nanos(reading.observed_at)?;
    let mut line = Line(String::with_capacity(head.len() + 96), false);
    line.0.push_str(head);
    if let Some(value) = reading.value.filter(|value| value.is_finite()) {
        line.put("value", value);
    }
    line.int("flag", reading.verdict.flag.number().into())
        .int("failed", reading.verdict.failed.0.into())
        .int("completeness", reading.completeness.into())
        .put("late", reading.late)
        .put("derived", reading.origin == Origin::Derived)
        .int("version", whole(seq));
    match reading.origin {
        Origin::Reviewed => _ = line.int("review", REVIEWED),
        Origin::Corrected => _ = line.int("review", CORRECTED),
        Origin::Station | Origin::ReceiveTime | Origin::Derived => {}
    }
    Some(line.at(nanos))
}

/// What came with one message.
pub(crate) struct Counts {
    pub(crate) readings: u32,
    pub(crate) set_aside: u32,
    pub(crate) duplicates: u32,
    /// The newest time observed.
    pub(crate) newest: Option<Time>,
}

/// An arrival of a station's message. Points of one millisecond differ by their numbers.
pub(crate) fn arrival(
    station: &str,
    received_at: Time,
    seq: u64,
    counts: &Counts,
) -> Option<String> {
    let nanos = nanos(received_at)?.checked_add(whole(seq) % NANOS)?;
    let mut line = Line::new("arrival", &[("station", station)]);
    line.int("readings", counts.readings.into())
        .int("set_aside", counts.set_aside.into())
        .int("duplicates", counts.duplicates.into());
    if let Some(newest) = counts.newest {
        line.int("delay_ms", (received_at - newest).millis());
    }
    line.int("seq", whole(seq));
    Some(line.at(nanos))
}

/// A change of an alarm's state, at its event time.
pub(crate) fn alarm(transition: &Transition, seq: u64) -> Option<String> {
    let tags = [("rule", transition.rule.as_str()), ("target", transition.target.as_str())];
    let mut line = Line::new("alarm", &tags);
    let level = match transition.to {
        AlarmState::Unknown => -1,
        AlarmState::Normal => 0,
        AlarmState::Level(level) => level.0.into(),
    };
    line.int("level", level).put("provisional", transition.provisional).int("seq", whole(seq));
    Some(line.at(nanos(transition.at)?))
}

/// A message of a warning.
pub(crate) fn warning(message: &WarningMessage, episode: &str, seq: u64) -> Option<String> {
    let kind = match message.kind {
        MessageKind::Issue => "issue",
        MessageKind::Update => "update",
        MessageKind::End => "end",
        MessageKind::Cancel => "cancel",
    };
    let mut line = Line::new("warning", &[("episode", episode), ("kind", kind)]);
    line.text("id", message.warning.as_str())
        .int("number", message.number.into())
        .int("level", message.level.0.into())
        .text("headline", &message.text.vi.headline)
        .int("seq", whole(seq));
    Some(line.at(nanos(message.sent_at)?))
}

/// A change of a station's health.
pub(crate) fn health(health: &StationHealth, received_at: Time, seq: u64) -> Option<String> {
    let is = |what| health.conditions.iter().any(|(condition, _)| *condition == what);
    let mut line = Line::new("station_health", &[("station", health.station.as_str())]);
    if let Some(connected) = health.connected {
        line.put("connected", connected);
    }
    line.put("silent", is(Condition::Silent))
        .put("clock_wrong", is(Condition::ClockWrong))
        .put("battery_low", is(Condition::BatteryLow))
        .put("nonsense", is(Condition::SendsNonsense))
        .int("seq", whole(seq));
    Some(line.at(nanos(received_at)?))
}

/// Measurement of the marks.
pub(crate) const MARK: &str = "quantrac_marker";

/// How far a ledger has been written, so that a server that lost it is found out.
pub(crate) fn mark(ledger: &str, cursor: u64, nanos: i64) -> String {
    let mut line = Line::new(MARK, &[("ledger", ledger)]);
    line.int("cursor", whole(cursor));
    line.at(nanos)
}

fn nanos(at: Time) -> Option<i64> {
    at.millis().checked_mul(NANOS)
}

fn whole(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// Names need no escape; what does is escaped all the same, and what cannot be is replaced.
fn tag(out: &mut String, value: &str) {
    for c in value.chars() {
        match c {
            ',' | '=' | ' ' => out.extend(['\\', c]),
            '\\' => out.push('/'),
            c if c.is_control() => out.push('_'),
            c => out.push(c),
        }
    }
}

fn quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            c if c.is_control() => out.push(' '),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use domain::{CheckSet, QcFlag, SeriesId, Verdict};

    use super::*;

    fn key() -> SeriesKey {
        let name = "t1".parse().expect("a name");
        let parameter = "water_level".parse().expect("a name");
        SeriesKey { station: name, parameter, sensor: domain::SensorId::main() }
    }

    fn value(value: Option<f64>) -> CheckedReading {
        CheckedReading {
            series: SeriesId(0),
            observed_at: Time::from_millis(1_000),
            value,
            verdict: Verdict { flag: QcFlag::Suspect, failed: CheckSet(5) },
            origin: Origin::Station,
            completeness: 100,
            late: true,
        }
    }

    #[test]
    fn a_reading_is_one_line_and_no_value_is_no_field() {
        let check = |input: Option<f64>, expected: &str| {
            let line = reading(&head(READING, &key()), &value(input), 7).expect("a line");
            assert_eq!(
                line,
                format!(
                    "reading,parameter=water_level,sensor=main,station=t1 {expected}flag=3i,failed=5i,\
                     completeness=100i,late=true,derived=false,version=7i 1000000000"
                )
            );
        };
        check(Some(2.5), "value=2.5,");
        check(Some(-0.1), "value=-0.1,");
        check(Some(3.0), "value=3,");
        check(None, "");
        check(Some(f64::NAN), "");
        check(Some(f64::INFINITY), "");
    }

    #[test]
    fn a_time_beyond_the_format_makes_no_line() {
        let late = CheckedReading { observed_at: Time::from_millis(i64::MAX), ..value(Some(1.0)) };
        assert_eq!(reading("reading", &late, 1), None);
    }

    #[test]
    fn words_of_people_cannot_break_out_of_a_line() {
        assert_eq!(quoted("a \"b\" c\\\nd"), "a \\\"b\\\" c\\\\ d");
        let mut out = String::new();
        tag(&mut out, "a b,c=d\\\ne");
        assert_eq!(out, "a\\ b\\,c\\=d/_e");
    }
}
