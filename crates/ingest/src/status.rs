//! A station's own word whether it is there.

use serde::Deserialize;

/// What a station says about itself: `{"state":"online"}`, `"online"` or just `online`, and likewise
/// `offline`. `None` = something else.
pub(crate) fn parse(payload: &[u8]) -> Option<bool> {
    #[derive(Deserialize)]
    struct Status<'a> {
        state: &'a str,
    }
    let word = match serde_json::from_slice::<Status<'_>>(payload) {
        Ok(status) => status.state,
        Err(_) => std::str::from_utf8(payload).ok()?.trim().trim_matches('"'),
    };
    match word {
        "online" => Some(true),
        "offline" => Some(false),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn online_and_offline_are_understood_and_nothing_else() {
        let cases: [(&[u8], Option<bool>); 9] = [
            (br#"{"state":"online"}"#, Some(true)),
            (br#"{ "state" : "offline", "battery": 12.4 }"#, Some(false)),
            (b"online", Some(true)),
            (b"\"offline\"\n", Some(false)),
            (b"", None),
            (b"ONLINE", None),
            (br#"{"state":1}"#, None),
            (br#"{"state":"asleep"}"#, None),
            (b"\xff\xfe", None),
        ];
        for (payload, expected) in cases {
            assert_eq!(parse(payload), expected, "{}", String::from_utf8_lossy(payload));
        }
    }
}
