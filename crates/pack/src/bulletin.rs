//! When bulletins go out.

use std::fmt;
use std::str::FromStr;

use domain::{Span, Time};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use super::Pack;

/// A time of day in Viet Nam, written `03:30`.
///
/// ```
/// let time: pack::TimeOfDay = "03:30".parse().expect("a time of day");
/// assert_eq!(time.to_string(), "03:30");
/// assert!("24:00".parse::<pack::TimeOfDay>().is_err());
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct TimeOfDay(u16);

/// A text that is no time of day.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("'{0}' is not a time of day: write 00:00 to 23:59")]
pub struct NoTimeOfDay(String);

impl FromStr for TimeOfDay {
    type Err = NoTimeOfDay;
    fn from_str(text: &str) -> Result<Self, NoTimeOfDay> {
        let part = |text: &str, most: u16| {
            let digits = text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_digit());
            text.parse().ok().filter(|value: &u16| digits && *value < most)
        };
        let minutes = text
            .split_once(':')
            .and_then(|(hour, minute)| Some(part(hour, 24)? * 60 + part(minute, 60)?));
        minutes.map(Self).ok_or_else(|| NoTimeOfDay(text.to_owned()))
    }
}

impl fmt::Display for TimeOfDay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02}:{:02}", self.0 / 60, self.0 % 60)
    }
}

impl Serialize for TimeOfDay {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for TimeOfDay {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

impl TimeOfDay {
    /// The first instant after `at` at which it is that time.
    fn after(self, at: Time) -> Time {
        let day = Span::days(1);
        at.floor(day, Span::minutes(self.0.into())) + day
    }
}

impl Pack {
    /// When the next bulletin goes out after that instant; `None` = nobody has said.
    #[must_use]
    pub fn next_bulletin(&self, at: Time) -> Option<Time> {
        self.about.bulletin_times.iter().map(|time| time.after(at)).min()
    }
}
