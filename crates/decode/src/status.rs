//! What a station says of itself on its status topic.

use std::borrow::Cow;

use domain::form::folded;
use serde::Deserialize;

use crate::telemetry::blank;

/// The state in a status message; other keys (`reason`, `clientId`) are of no interest.
#[derive(Deserialize)]
struct State<'a> {
    #[serde(borrow)]
    state: Cow<'a, str>,
}

/// Whether the station says it is online: `{"state":"online"}`, or the bare word. `None` = it says something else.
///
/// ```
/// assert_eq!(decode::status(br#"{"state":"online"}"#), Some(true));
/// assert_eq!(decode::status(b"Offline"), Some(false));
/// assert_eq!(decode::status(b"asleep"), None);
/// ```
#[must_use]
pub fn status(payload: &[u8]) -> Option<bool> {
    let text = std::str::from_utf8(payload).ok()?;
    let text = text.trim_start_matches('\u{feff}').trim_end_matches(blank).trim_start();
    if text.starts_with('{') {
        let message: State<'_> = serde_json::from_str(text).ok()?;
        return word(&message.state);
    }
    word(text.trim_matches('"'))
}

fn word(state: &str) -> Option<bool> {
    match &*folded(state) {
        "online" => Some(true),
        "offline" => Some(false),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn loggers_say_online_and_offline_in_several_ways() {
        let check = |payload: &str, expected: Option<bool>| {
            assert_eq!(status(payload.as_bytes()), expected, "{payload}");
        };
        check(r#"{"state":"online"}"#, Some(true));
        check(r#" {"clientId":"a","state":"offline","reason":"will"} "#, Some(false));
        check("\u{feff}{\"state\":\"Online\"}", Some(true));
        check("Online", Some(true));
        check("offline\n", Some(false));
        check("\"online\"", Some(true));
        check("ONLINE\0", Some(true));
        check("{\"state\":\"OffLine \"}\r\n\0", Some(false));
        check(r#"{"state":1}"#, None);
        check(r#"{"state":"online""#, None);
        check("", None);
        check("line", None);
        assert_eq!(status(&[0xff, 0xfe]), None);
    }
}
