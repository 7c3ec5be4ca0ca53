//! The time of a message: RFC 3339 with offset, or seconds or milliseconds since 1970.

use domain::Time;

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

/// The instant of a text: RFC 3339 with an offset, or an epoch number written as text.
#[must_use]
pub fn text(text: &str) -> Option<Time> {
    let text = text.trim();
    text.parse().ok().or_else(|| crate::member::plain_number(text).and_then(epoch))
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
        check("2025-11-19T07:00:00", None);
        check("2025-11-19", None);
        check("2025-13-19T07:00:00Z", None);
        check("19/11/2025 07:00", None);
        check("", None);
        check("nan", None);
    }
}
