//! The second try for bodies that are JSON but for bare values: `nan`, `-inf`, `.`, `1e999`, `007`.
//!
//! Real loggers print floating-point numbers with a C format and get these. Each is put into quotes, so that the
//! parser sees a text that is no number and puts that one reading aside.

use std::ops::Range;

/// A body with bare values put into quotes.
pub(crate) struct Repaired {
    pub(crate) text: String,
    /// Where in `text` bytes were added, ascending.
    added: Vec<Range<usize>>,
}

/// Why a quoted bare value is no number, as the reject shows it.
const REMARK: &str = " (bare, not JSON)";

impl Repaired {
    /// The position in the original body of a position in the repaired one.
    pub(crate) fn original(&self, position: usize) -> usize {
        let before = self.added.iter().take_while(|range| range.start < position);
        position - before.map(|range| range.end.min(position) - range.start).sum::<usize>()
    }
}

/// Puts bare values after a colon into quotes. `None` when there is none.
pub(crate) fn repair(text: &str) -> Option<Repaired> {
    let mut repaired = Repaired { text: String::new(), added: Vec::new() };
    let mut copied = 0;
    for token in BareValues::of(text) {
        if is_json(&text[token.clone()]) {
            continue;
        }
        repaired.text.push_str(&text[copied..token.start]);
        repaired.add("\"");
        repaired.text.push_str(&text[token.clone()]);
        repaired.add(REMARK);
        repaired.add("\"");
        copied = token.end;
    }
    if repaired.added.is_empty() {
        return None;
    }
    repaired.text.push_str(&text[copied..]);
    Some(repaired)
}

impl Repaired {
    fn add(&mut self, text: &str) {
        let start = self.text.len();
        self.text.push_str(text);
        self.added.push(start..self.text.len());
    }
}

/// Whether the parser can read the token: a literal, or a number that a float can hold.
fn is_json(token: &str) -> bool {
    serde_json::from_str::<serde::de::IgnoredAny>(token).is_ok()
        && token.parse::<f64>().is_ok_and(f64::is_finite)
        || matches!(token, "true" | "false" | "null")
}

/// The unquoted values after a colon, as ranges.
struct BareValues<'a> {
    bytes: &'a [u8],
    at: usize,
    after_colon: bool,
}

impl<'a> BareValues<'a> {
    fn of(text: &'a str) -> Self {
        Self { bytes: text.as_bytes(), at: 0, after_colon: false }
    }

    /// Skips a string that begins at `at`.
    fn skip_string(&mut self) {
        self.at += 1;
        while let Some(&byte) = self.bytes.get(self.at) {
            self.at += if byte == b'\\' { 2 } else { 1 };
            if byte == b'"' {
                return;
            }
        }
    }

    fn token(&mut self) -> Range<usize> {
        let start = self.at;
        let rest = self.bytes.iter().skip(start);
        self.at += rest.take_while(|byte| is_bare(**byte)).count();
        start..self.at
    }
}

impl Iterator for BareValues<'_> {
    type Item = Range<usize>;
    fn next(&mut self) -> Option<Range<usize>> {
        while let Some(&byte) = self.bytes.get(self.at) {
            let after_colon = std::mem::take(&mut self.after_colon);
            match byte {
                b'"' => self.skip_string(),
                b if b.is_ascii_whitespace() => {
                    self.after_colon = after_colon;
                    self.at += 1;
                }
                b if is_bare(b) => {
                    let token = self.token();
                    if after_colon {
                        return Some(token);
                    }
                }
                b => {
                    self.after_colon = b == b':';
                    self.at += 1;
                }
            }
        }
        None
    }
}

/// Bytes of a bare value: neither structure, nor space, nor anything that would need escaping inside quotes.
fn is_bare(byte: u8) -> bool {
    byte >= 0x80 || byte.is_ascii_graphic() && !b"{}[]:,\"\\".contains(&byte)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_bare_values_are_put_into_quotes() {
        let check = |text: &str, expected: Option<&str>| {
            let got = repair(text).map(|repaired| repaired.text.replace(REMARK, ""));
            assert_eq!(got.as_deref(), expected, "{text}");
        };
        check(r#"{"a":1,"b":null,"c":"nan"}"#, None);
        check(r#"{"a":nan}"#, Some(r#"{"a":"nan"}"#));
        check(r#"{"a": -inf , "b":1e999}"#, Some(r#"{"a": "-inf" , "b":"1e999"}"#));
        check(r#"{"a":-,"b":.}"#, Some(r#"{"a":"-","b":"."}"#));
        check(r#"{"a:nan":1,"b":"x\":nan"}"#, None);
        check(r#"{a:1}"#, None);
        check(r#"{"a":∞}"#, Some(r#"{"a":"∞"}"#));
        check(r#"{"a":007}"#, Some(r#"{"a":"007"}"#));
        check(r#"{"a":"unfinished\"#, None);
    }

    #[test]
    fn positions_lead_back_to_the_original() {
        let text = r#"{"a":nan,"b":inf,"c":5"#;
        let repaired = repair(text).expect("something to repair");
        let five = repaired.text.find('5').expect("a five");
        assert_eq!(repaired.original(five), text.find('5').expect("a five"));
        assert_eq!(repaired.original(repaired.text.len()), text.len());
        assert_eq!(repaired.original(3), 3);
    }
}
