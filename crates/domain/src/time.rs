//! Instants and spans, in milliseconds, and Viet Nam time (UTC+7, no daylight saving).

use std::fmt;
use std::ops::{Add, Sub};
use std::str::FromStr;

use jiff::Timestamp;
use jiff::tz::{Offset, TimeZone};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// Viet Nam's offset from UTC: +07:00 all year.
pub const VIETNAM: Offset = Offset::constant(7);

/// An instant: milliseconds since 1970-01-01T00:00:00Z.
///
/// In human-readable formats it is written as RFC 3339 with Viet Nam's offset, in binary ones as the number.
///
/// ```
/// use domain::Time;
/// let t: Time = "2025-11-19T07:00:00+07:00".parse().expect("a valid instant");
/// assert_eq!(t.to_string(), "2025-11-19T07:00:00+07:00");
/// assert_eq!(t, "2025-11-19T00:00:00Z".parse().expect("a valid instant"));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Time(i64);

/// A length of time in milliseconds; may be negative.
///
/// Written and read as `"90s"`, `"10min"`, `"2h"`, `"3d"`.
///
/// ```
/// use domain::Span;
/// assert_eq!("10min".parse::<Span>().expect("a span"), Span::minutes(10));
/// assert_eq!(Span::hours(72).to_string(), "3d");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Span(i64);

/// A text that is not an instant or a span.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TimeError {
    /// Not RFC 3339 with an offset.
    #[error("'{0}' is not a time with offset such as 2025-11-19T07:00:00+07:00")]
    Instant(String),
    /// Not a number with a unit.
    #[error("'{0}' is not a span such as 90s, 10min, 2h or 3d")]
    Span(String),
}

impl Time {
    /// The instant that many milliseconds after the Unix epoch.
    #[must_use]
    pub const fn from_millis(millis: i64) -> Self {
        Self(millis)
    }

    /// Milliseconds since the Unix epoch.
    #[must_use]
    pub const fn millis(self) -> i64 {
        self.0
    }

    /// The same instant on Viet Nam's calendar. Instants outside years −9999 … 9999 are clamped.
    #[must_use]
    pub fn in_vietnam(self) -> jiff::civil::DateTime {
        let stamp = Timestamp::from_millisecond(self.0).unwrap_or(if self.0 < 0 {
            Timestamp::MIN
        } else {
            Timestamp::MAX
        });
        VIETNAM.to_datetime(stamp)
    }

    /// The largest `anchor + n·step` that is not after `self`, for a whole `n`.
    ///
    /// `anchor` is a span after midnight in Viet Nam, so the 19 h day starts at
    /// `floor(Span::days(1), Span::hours(19))`.
    #[must_use]
    pub const fn floor(self, step: Span, anchor: Span) -> Self {
        let offset = 7 * 3_600_000 - anchor.0;
        Self((self.0 + offset).div_euclid(step.0) * step.0 - offset)
    }
}

impl Span {
    /// No time at all.
    pub const ZERO: Self = Self(0);

    /// That many milliseconds.
    #[must_use]
    pub const fn from_millis(millis: i64) -> Self {
        Self(millis)
    }
    /// That many seconds.
    #[must_use]
    pub const fn seconds(n: i64) -> Self {
        Self(n * 1_000)
    }
    /// That many minutes.
    #[must_use]
    pub const fn minutes(n: i64) -> Self {
        Self(n * 60_000)
    }
    /// That many hours.
    #[must_use]
    pub const fn hours(n: i64) -> Self {
        Self(n * 3_600_000)
    }
    /// That many days of 24 hours.
    #[must_use]
    pub const fn days(n: i64) -> Self {
        Self(n * 86_400_000)
    }
    /// Milliseconds.
    #[must_use]
    pub const fn millis(self) -> i64 {
        self.0
    }
    /// Hours, with fraction.
    #[must_use]
    pub fn as_hours(self) -> f64 {
        self.0 as f64 / 3_600_000.0
    }
    /// The span without its sign.
    #[must_use]
    pub const fn abs(self) -> Self {
        Self(self.0.abs())
    }
    /// The span times a whole number.
    #[must_use]
    pub const fn times(self, n: i64) -> Self {
        Self(self.0 * n)
    }
}

impl Add<Span> for Time {
    type Output = Self;
    fn add(self, span: Span) -> Self {
        Self(self.0.saturating_add(span.0))
    }
}

impl Sub<Span> for Time {
    type Output = Self;
    fn sub(self, span: Span) -> Self {
        Self(self.0.saturating_sub(span.0))
    }
}

impl Sub for Time {
    type Output = Span;
    fn sub(self, earlier: Self) -> Span {
        Span(self.0.saturating_sub(earlier.0))
    }
}

impl Sub for Span {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }
}

impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let local = self.in_vietnam();
        let (year, month, day) = (local.year(), local.month(), local.day());
        let (hour, minute, second) = (local.hour(), local.minute(), local.second());
        write!(f, "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}")?;
        match local.millisecond() {
            0 => {}
            millis => write!(f, ".{millis:03}")?,
        }
        f.write_str("+07:00")
    }
}

impl FromStr for Time {
    type Err = TimeError;
    fn from_str(text: &str) -> Result<Self, TimeError> {
        Timestamp::from_str(text)
            .map(|stamp| Self(stamp.as_millisecond()))
            .map_err(|_| TimeError::Instant(text.to_owned()))
    }
}

impl From<jiff::civil::DateTime> for Time {
    /// The instant of a date and time on Viet Nam's clocks.
    fn from(local: jiff::civil::DateTime) -> Self {
        let millis =
            TimeZone::fixed(VIETNAM).to_timestamp(local).map_or(0, Timestamp::as_millisecond);
        Self(millis)
    }
}

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let units = [(86_400_000, "d"), (3_600_000, "h"), (60_000, "min"), (1_000, "s")];
        let exact = units.iter().find(|(size, _)| self.0 != 0 && self.0 % size == 0);
        match exact {
            Some((size, unit)) => write!(f, "{}{unit}", self.0 / size),
            None if self.0 == 0 => f.write_str("0s"),
            None => write!(f, "{}ms", self.0),
        }
    }
}

impl FromStr for Span {
    type Err = TimeError;
    fn from_str(text: &str) -> Result<Self, TimeError> {
        let refuse = || TimeError::Span(text.to_owned());
        let split = text.find(|c: char| c.is_ascii_alphabetic()).ok_or_else(refuse)?;
        let (number, unit) = text.split_at(split);
        let size = match unit {
            "ms" => 1,
            "s" => 1_000,
            "min" => 60_000,
            "h" => 3_600_000,
            "d" => 86_400_000,
            _ => return Err(refuse()),
        };
        let count: i64 = number.trim().parse().map_err(|_| refuse())?;
        count.checked_mul(size).map(Self).ok_or_else(refuse)
    }
}

/// Serde as text in human-readable formats and as the number of milliseconds in binary ones.
macro_rules! text_or_millis {
    ($type:ident) => {
        impl Serialize for $type {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                if serializer.is_human_readable() {
                    serializer.collect_str(self)
                } else {
                    serializer.serialize_i64(self.0)
                }
            }
        }
        impl<'de> Deserialize<'de> for $type {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                if deserializer.is_human_readable() {
                    let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
                    text.parse().map_err(de::Error::custom)
                } else {
                    i64::deserialize(deserializer).map(Self)
                }
            }
        }
    };
}
text_or_millis!(Time);
text_or_millis!(Span);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nineteen_hour_day_starts_at_nineteen_local() {
        let check = |at: &str, expected: &str| {
            let at: Time = at.parse().expect("a time");
            assert_eq!(at.floor(Span::days(1), Span::hours(19)).to_string(), expected);
        };
        check("2025-11-19T18:59:59+07:00", "2025-11-18T19:00:00+07:00");
        check("2025-11-19T19:00:00+07:00", "2025-11-19T19:00:00+07:00");
        check("2025-11-19T17:00:00Z", "2025-11-19T19:00:00+07:00");
    }

    #[test]
    fn spans_print_and_parse() {
        for text in ["0s", "90s", "10min", "2h", "3d", "1500ms"] {
            assert_eq!(text.parse::<Span>().expect("a span").to_string(), text);
        }
        assert!("10 fortnights".parse::<Span>().is_err());
    }
}
