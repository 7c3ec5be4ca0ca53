//! A day of a river as a line of a few hundred bytes; what is missing stays a gap.

use std::fmt::Write as _;

use domain::{CheckedReading, Span, Time};
use pack::StageLevel;

use crate::pages::html::escape;

const WIDTH: f64 = 288.0;
const HEIGHT: f64 = 60.0;
/// One point in so long is enough.
const STEP: Span = Span::minutes(30);
/// A longer silence is a gap.
const GAP: Span = Span::minutes(65);
const DAY: Span = Span::days(1);

/// The line with the alarm levels it comes near to; empty when there are not two readings.
pub(super) fn spark(
    readings: &[CheckedReading],
    levels: &[&StageLevel],
    now: Time,
    label: &str,
) -> String {
    let mut points: Vec<(Time, f64)> = Vec::new();
    for reading in readings {
        let Some(value) = reading.usable() else { continue };
        let at = reading.observed_at;
        if at >= now - DAY && points.last().is_none_or(|(last, _)| at - *last >= STEP) {
            points.push((at, value));
        }
    }
    if points.len() < 2 {
        return String::new();
    }
    let fold = |start, pick: fn(f64, f64) -> f64| points.iter().map(|(_, v)| *v).fold(start, pick);
    let (low, high) = (fold(f64::INFINITY, f64::min), fold(f64::NEG_INFINITY, f64::max));
    let near: Vec<_> =
        levels.iter().filter(|level| level.value > low - 1.0 && level.value < high + 1.0).collect();
    let low = near.iter().map(|level| level.value).fold(low, f64::min) - 0.1;
    let high = near.iter().map(|level| level.value).fold(high, f64::max) + 0.1;
    let y = |value: f64| ((high - value) / (high - low) * HEIGHT).round();
    let x = |at: Time| ((at - (now - DAY)).millis() as f64 / DAY.millis() as f64 * WIDTH).round();
    let mut svg = format!(
        "<svg viewBox=\"0 0 {} {HEIGHT}\" role=img aria-label=\"{}\" fill=none stroke=currentColor>",
        WIDTH + 60.0,
        escape(label)
    );
    for level in near {
        let (y, name) = (y(level.value), escape(&level.name));
        let _ = write!(
            svg,
            "<path d=\"M0 {y}H{WIDTH}\" stroke-dasharray=\"4 3\"/>\
             <text x={} y={} font-size=9 fill=currentColor stroke=none>{name} </text>",
            WIDTH + 3.0,
            y + 3.0
        );
    }
    svg.push_str("<path stroke-width=2 d=\"");
    let mut before: Option<Time> = None;
    for (at, value) in points {
        let joined = before.is_some_and(|before| at - before <= GAP);
        let _ = write!(svg, "{}{} {}", if joined { 'L' } else { 'M' }, x(at), y(value));
        before = Some(at);
    }
    svg.push_str("\"/></svg>");
    svg
}

#[cfg(test)]
mod tests {
    use domain::{Origin, SeriesId, Verdict};

    use super::*;

    fn reading(minutes: i64, value: f64) -> CheckedReading {
        CheckedReading {
            series: SeriesId(0),
            observed_at: Time::from_millis(minutes * 60_000),
            value: Some(value),
            verdict: Verdict::GOOD,
            origin: Origin::Station,
            completeness: 100,
            late: false,
        }
    }

    #[test]
    fn a_gap_stays_a_gap_and_one_reading_is_no_line() {
        let now = Time::from_millis(24 * 3_600_000);
        let svg = spark(&[reading(0, 1.0), reading(30, 1.5), reading(600, 2.0)], &[], now, "a & b");
        let line = svg.split(" d=\"").nth(1).expect("a line");
        assert_eq!(line.matches('M').count(), 2, "{line}");
        assert_eq!(line.matches('L').count(), 1, "{line}");
        assert!(svg.contains("aria-label=\"a &amp; b\""));
        assert_eq!(spark(&[reading(0, 1.0)], &[], now, ""), "");
    }
}
