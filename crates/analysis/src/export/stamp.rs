//! Times as text, quickly: the date is worked out once a day.

use std::fmt::Write as _;

use domain::{Span, Time};

/// Writes times as ISO 8601 with offset.
pub(super) struct Stamp {
    utc: bool,
    day: Option<Time>,
    date: String,
    text: String,
}

const DAY: Span = Span::days(1);
const VIETNAM: Span = Span::hours(7);

impl Stamp {
    pub(super) const fn new(utc: bool) -> Self {
        Self { utc, day: None, date: String::new(), text: String::new() }
    }

    /// `2025-11-19T07:00:00+07:00` or `2025-11-19T00:00:00Z`.
    pub(super) fn text(&mut self, at: Time) -> &str {
        let anchor = if self.utc { VIETNAM } else { Span::ZERO };
        let midnight = at.floor(DAY, anchor);
        if self.day != Some(midnight) {
            let shown = if self.utc { midnight - VIETNAM } else { midnight };
            self.date = shown.to_string().chars().take_while(|c| *c != 'T').collect();
            self.day = Some(midnight);
        }
        let millis = (at - midnight).millis();
        let (seconds, rest) = (millis / 1_000, millis % 1_000);
        let (hour, minute, second) = (seconds / 3_600, seconds / 60 % 60, seconds % 60);
        self.text.clear();
        self.text.push_str(&self.date);
        // Writing to a text cannot fail.
        let _ = write!(self.text, "T{hour:02}:{minute:02}:{second:02}");
        if rest != 0 {
            let _ = write!(self.text, ".{rest:03}");
        }
        self.text.push_str(if self.utc { "Z" } else { "+07:00" });
        &self.text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_written_as_everywhere_else_and_reads_back() {
        for at in
            ["2024-02-29T23:59:59.999+07:00", "2025-01-01T00:00:00+07:00", "1969-07-20T20:17:40Z"]
        {
            let at: Time = at.parse().expect("a time");
            assert_eq!(Stamp::new(false).text(at), at.to_string());
            let utc = Stamp::new(true).text(at).to_owned();
            assert!(utc.ends_with('Z'), "{utc}");
            assert_eq!(utc.parse::<Time>().expect("a time"), at);
        }
    }
}
