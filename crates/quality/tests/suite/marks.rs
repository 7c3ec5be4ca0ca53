//! What a station says of its value, however it writes it.

use domain::{Check, QcFlag};
use icu_normalizer::{ComposingNormalizerBorrowed, DecomposingNormalizerBorrowed};
use proptest::prelude::*;
use quality::mark::meaning;
use quality::score::Answer;
use quality::{Limits, Track};

use crate::common::minute;

/// A word as it is in the book, and what it means.
const WORDS: [(&str, Option<Answer>); 27] = [
    ("tốt", None),
    ("bình thường", None),
    ("hợp lệ", None),
    ("good", None),
    ("nghi ngờ", Some(Answer::Suspect)),
    ("ước tính", Some(Answer::Suspect)),
    ("probably_bad", Some(Answer::Suspect)),
    ("lỗi", Some(Answer::Fail)),
    ("lỗi cảm biến", Some(Answer::Fail)),
    ("cảm biến hỏng", Some(Answer::Fail)),
    ("hỏng", Some(Answer::Fail)),
    ("hư hỏng", Some(Answer::Fail)),
    ("sự cố", Some(Answer::Fail)),
    ("hiệu chuẩn", Some(Answer::Fail)),
    ("đang hiệu chuẩn", Some(Answer::Fail)),
    ("bảo trì", Some(Answer::Fail)),
    ("đang bảo trì", Some(Answer::Fail)),
    ("bảo trì định kỳ", Some(Answer::Fail)),
    ("bảo dưỡng", Some(Answer::Fail)),
    ("sửa chữa", Some(Answer::Fail)),
    ("đang sửa", Some(Answer::Fail)),
    ("kiểm định", Some(Answer::Fail)),
    ("mất nguồn", Some(Answer::Fail)),
    ("mất điện", Some(Answer::Fail)),
    ("mất tín hiệu", Some(Answer::Fail)),
    ("không có số liệu", Some(Answer::Fail)),
    ("under maintenance", Some(Answer::Fail)),
];

/// One way to write a word: its letters composed or not, each in capitals or not, the spaces wide.
fn written(word: &str, apart: bool, capitals: &[bool], marks: bool, space: &str) -> String {
    let whole = DecomposingNormalizerBorrowed::new_nfd().normalize(word);
    let bare = |c: &char| marks || !('\u{300}'..='\u{36f}').contains(c);
    let plain = |c: char| if marks || c != 'đ' { c } else { 'd' };
    let letters = whole.chars().filter(bare).map(plain).enumerate();
    let cased = letters.flat_map(|(n, c)| match capitals[n % capitals.len()] {
        true => c.to_uppercase().collect::<Vec<_>>(),
        false => vec![c],
    });
    let text = cased.collect::<String>().replace(' ', space);
    let text = if apart {
        text
    } else {
        ComposingNormalizerBorrowed::new_nfc().normalize(&text).into_owned()
    };
    format!("{space}{text}{space}")
}

proptest! {
    #[test]
    fn a_word_means_the_same_however_it_is_written(
        word in prop::sample::select(WORDS.to_vec()),
        apart: bool,
        marks: bool,
        capitals in prop::collection::vec(any::<bool>(), 1..8),
        space in prop::sample::select(vec![" ", "  ", "\t", "\u{a0}"]),
    ) {
        let text = written(word.0, apart, &capitals, marks, space);
        prop_assert_eq!(meaning(&text), word.1, "{:?}", text);
    }

    #[test]
    fn any_text_is_understood_or_undecided(text in "\\PC{0,40}") {
        let said = meaning(&text);
        prop_assert_eq!(said, meaning(&text.to_lowercase()));
    }
}

#[test]
fn an_unknown_word_is_undecided_and_is_no_evidence() {
    for word in
        ["splendid", "lạ", "-1", "-", "2", "not bad", "không lỗi", "đã hiệu chuẩn", "xyz", "đỏ"]
    {
        assert_eq!(meaning(word), Some(Answer::Undecided), "{word}");
    }
    assert_eq!(meaning("  "), None);
    assert_eq!(meaning("in service"), None);
}

#[test]
fn an_unknown_word_is_seen_in_every_verdict_that_it_spoils() {
    let mut track = Track::default();
    for at in 0..6 {
        let value = Some(5.0 + at as f64 / 100.0);
        let mark = Some("trạng thái lạ");
        let judged = track.judge(&Limits::default(), minute(at * 10), value, mark, true, &[]);
        assert_eq!(judged.verdict.flag, QcFlag::NotEvaluated);
        assert!(judged.verdict.failed.contains(Check::StationMark), "{:?}", judged.verdict);
    }
    let late =
        track.judge_late(&Limits::default(), None, None, minute(5), Some(5.0), Some("lạ"), true);
    assert!(late.failed.contains(Check::StationMark));
}
