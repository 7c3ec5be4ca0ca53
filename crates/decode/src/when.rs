//! The time of a message: RFC 3339 with offset, or seconds or milliseconds since 1970.

use domain::{Span, Time};

use crate::scalar::Scalar;

/// Numbers smaller than this are seconds (until the year 5138), others milliseconds (from March 1973 on).
const FIRST_MILLIS: f64 = 1e11;
/// Numbers from here on are neither seconds nor milliseconds (the year 5138): microseconds, or nonsense.
const FIRST_NONSENSE: f64 = 1e14;

/// The instant of a number, or `None` when it is neither seconds nor milliseconds since 1970.
///
/// ```
/// use decode::when::epoch;
/// assert_eq!(epoch(1_763_510_400.5), epoch(1_763_510_400_500.0));
/// assert_eq!(epoch(1_763_510_400_500_000.0), None);
/// ```
#[must_use]
pub fn epoch(number: f64) -> Option<Time> {
    let size = number.abs();
    if size < FIRST_MILLIS {
        Some(Time::from_millis((number * 1_000.0).round() as i64))
    } else if size < FIRST_NONSENSE {
        Some(Time::from_millis(number.round() as i64))
    } else {
        None
    }
}

/// The instant of a text: RFC 3339 with an offset, or an epoch number written as text. `24:00:00` is the end of its
/// day, so 00:00:00 of the next (ISO 8601:2004, 4.2.3).
///
/// ```
/// use decode::when::text;
/// assert_eq!(text("2025-11-19T24:00:00+07:00"), text("2025-11-20T00:00:00+07:00"));
/// assert_eq!(text("2025-11-19T24:00:01+07:00"), None);
/// ```
#[must_use]
pub fn text(text: &str) -> Option<Time> {
    let text = text.trim_matches(crate::telemetry::blank);
    let number = || crate::member::plain_number(text).and_then(epoch);
    text.parse().ok().or_else(|| end_of_day(text)).or_else(number)
}

/// The instant of a text whose clock shows 24:00.
fn end_of_day(text: &str) -> Option<Time> {
    const DATE: usize = "2025-11-19T".len();
    let (date, clock) = text.split_at_checked(DATE)?;
    let clock = clock.strip_prefix("24:00")?;
    // Seconds that are not zero are after the end of the day.
    let offset = clock.trim_start_matches([':', '.', '0']);
    let (zeros, offset) = match offset.strip_prefix(['+', '-', 'Z', 'z', ' ']) {
        Some(_) => clock.split_at(clock.len() - offset.len()),
        None => return None,
    };
    let start: Time = format!("{date}00:00{zeros}{offset}").parse().ok()?;
    Some(start + Span::days(1))
}

/// The time of an entry: `Ok(None)` when the station says it has none, `Err` when it cannot be read.
pub(crate) fn of(value: &Scalar<'_>) -> Result<Option<Time>, String> {
    let found = match value {
        Scalar::Null => return Ok(None),
        Scalar::Number(number) => epoch(*number),
        Scalar::Text(written) => text(written),
        Scalar::Bool(_) | Scalar::Array | Scalar::Object => None,
    };
    found.map(Some).ok_or_else(|| {
        format!(
            "{} is not a time: send RFC 3339 with offset such as 2025-11-19T07:00:00+07:00, \
             or seconds or milliseconds since 1970",
            value.shown()
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stations_write_times_in_many_ways() {
        let check = |written: &str, expected: Option<&str>| {
            let expected = expected.map(|text| text.parse().expect("a time"));
            assert_eq!(text(written), expected, "{written}");
        };
        let seven = Some("2025-11-19T07:00:00+07:00");
        check("2025-11-19T07:00:00+07:00", seven);
        check("2025-11-19T00:00:00Z", seven);
        check("2025-11-19T00:00:00.0Z", seven);
        check("2025-11-19 07:00:00+07:00", seven);
        check("2025-11-19T07:00:00+0700", seven);
        check(" 1763510400 ", seven);
        check("1763510400.0", seven);
        check("1763510400000", seven);
        check("2025-11-18T24:00:00+07:00", Some("2025-11-19T00:00:00+07:00"));
        check("2025-11-18 24:00:00.000+07:00", Some("2025-11-19T00:00:00+07:00"));
        check("2025-12-31T24:00:00Z", Some("2026-01-01T00:00:00Z"));
        check("2024-02-28T24:00:00+0700", Some("2024-02-29T00:00:00+07:00"));
        check("2025-11-18T24:00:00", None);
        check("2025-11-18T24:00:01+07:00", None);
        check("2025-11-18T24:10:00+07:00", None);
        check("2025-11-18T25:00:00+07:00", None);
        check("24:00:00", None);
        check("2025-11-19T07:00:00+07:00\0", seven);
        check("2025-11-19T07:00:00", None);
        check("2025-11-19", None);
        check("2025-13-19T07:00:00Z", None);
        check("19/11/2025 07:00", None);
        check("", None);
        check("nan", None);
    }
}
