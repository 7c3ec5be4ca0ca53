//! One form for texts that people type and stations send, so that what looks the same is the same.
//!
//! The same Vietnamese word comes composed (`ỗ`), decomposed (`o` and two marks), in capitals, without marks, or with a
//! space too many. Three strengths: [`composed`] changes nothing that can be seen, [`folded`] forgets capitals and
//! spaces, [`bare`] forgets the marks as well.

use std::borrow::Cow;

use icu_normalizer::{ComposingNormalizerBorrowed, DecomposingNormalizerBorrowed};

/// The text with its letters composed (NFC): for names and passwords.
///
/// ```
/// assert_eq!(domain::form::composed("la\u{0323}nh"), "l\u{1ea1}nh");
/// ```
#[must_use]
pub fn composed(text: &str) -> Cow<'_, str> {
    if text.is_ascii() {
        return Cow::Borrowed(text);
    }
    ComposingNormalizerBorrowed::new_nfc().normalize(text)
}

/// The text with its letters taken apart (NFD), as some keyboards send it.
#[must_use]
pub fn decomposed(text: &str) -> Cow<'_, str> {
    if text.is_ascii() {
        return Cow::Borrowed(text);
    }
    DecomposingNormalizerBorrowed::new_nfd().normalize(text)
}

/// The text as words are compared: NFKC, lower case, one space between words, none around, nothing invisible.
///
/// ```
/// use domain::form::folded;
/// assert_eq!(folded(" HIE\u{0323}\u{0302}U  CHUA\u{0302}\u{0309}N\n"), "hiệu chuẩn");
/// assert_eq!(folded("m³/s"), "m3/s");
/// ```
#[must_use]
pub fn folded(text: &str) -> Cow<'_, str> {
    if is_folded(text) {
        return Cow::Borrowed(text);
    }
    let normalizer = ComposingNormalizerBorrowed::new_nfkc();
    let lower = normalizer.normalize(text).to_lowercase();
    let seen: String = normalizer.normalize(&lower).chars().filter(|c| !is_unseen(*c)).collect();
    Cow::Owned(seen.split_whitespace().collect::<Vec<_>>().join(" "))
}

/// The folded text without its marks, as it is written where a keyboard has none.
///
/// ```
/// assert_eq!(domain::form::bare("Đang bảo dưỡng"), "dang bao duong");
/// ```
#[must_use]
pub fn bare(text: &str) -> Cow<'_, str> {
    let folded = folded(text);
    if folded.is_ascii() {
        return folded;
    }
    let apart = DecomposingNormalizerBorrowed::new_nfkd().normalize(&folded);
    let plain = apart.chars().filter(|c| !is_mark(*c));
    Cow::Owned(plain.map(|c| if c == 'đ' { 'd' } else { c }).collect())
}

/// Whether nothing is left to fold; most of what stations send is so already.
fn is_folded(text: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_graphic() && !byte.is_ascii_uppercase();
    let single = |pair: &[u8]| pair.iter().any(|byte| plain(*byte));
    let bytes = text.as_bytes();
    let ends = [bytes.first(), bytes.last()];
    ends.into_iter().flatten().all(|byte| plain(*byte))
        && bytes.iter().all(|byte| plain(*byte) || *byte == b' ')
        && bytes.windows(2).all(single)
}

/// Characters that are not seen: soft hyphen, zero-width spaces and joiners, a byte order mark, controls.
fn is_unseen(c: char) -> bool {
    let unseen = ['\u{ad}', '\u{200b}', '\u{200c}', '\u{200d}', '\u{2060}', '\u{feff}'];
    unseen.contains(&c) || c.is_control() && !c.is_whitespace()
}

/// Combining marks of Latin letters.
fn is_mark(c: char) -> bool {
    ('\u{300}'..='\u{36f}').contains(&c)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_that_look_the_same_are_the_same() {
        let ways =
            ["lỗi", "LỖI", "lo\u{302}\u{303}i", "LO\u{302}\u{303}I", " Lỗi\u{a0}", "l\u{200b}ỗi"];
        for way in ways {
            assert_eq!(folded(way), "lỗi", "{way:?}");
            assert_eq!(bare(way), "loi", "{way:?}");
        }
        assert_eq!(folded("Nghi\t ngờ"), folded("nghi ngo\u{31b}\u{300}"));
        assert_eq!(bare("HỎNG, Đã tháo"), "hong, da thao");
    }

    #[test]
    fn what_is_folded_is_lent() {
        for text in ["water_level", "rain 1h", "", "m3/s"] {
            assert!(matches!(folded(text), Cow::Borrowed(_)), "{text}");
            assert!(matches!(bare(text), Cow::Borrowed(_)), "{text}");
        }
        for (text, expected) in
            [(" a", "a"), ("a  b", "a b"), ("A", "a"), ("  ", ""), ("\0a\0", "a")]
        {
            assert_eq!(folded(text), expected);
        }
    }
}
