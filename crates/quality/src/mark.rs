//! The station's own word about a value.

use crate::score::Answer;

/// Words for a value that is fine. `00` is "measuring" in the Vietnamese data files (Circular 10/2021).
const GOOD: [&str; 9] = ["good", "ok", "valid", "pass", "normal", "1", "00", "g", "tốt"];
/// Words for a value to be doubted; 3 is QARTOD's number.
const SUSPECT: [&str; 10] = [
    "suspect",
    "doubtful",
    "questionable",
    "uncertain",
    "estimated",
    "warning",
    "probably_bad",
    "3",
    "s",
    "nghi ngờ",
];
/// Words for a value that measures nothing; `01` is "calibrating", `02` "device error", 4 and 9 are QARTOD's.
const BAD: [&str; 18] = [
    "bad",
    "fail",
    "failed",
    "error",
    "fault",
    "invalid",
    "missing",
    "calibration",
    "calibrating",
    "maintenance",
    "4",
    "9",
    "01",
    "02",
    "b",
    "lỗi",
    "hỏng",
    "hiệu chuẩn",
];

/// What the mark says. `None` when it says nothing against the value; a word we do not know leaves it undecided.
///
/// ```
/// use quality::mark::meaning;
/// use quality::score::Answer;
/// assert_eq!(meaning("Good"), None);
/// assert_eq!(meaning("02"), Some(Answer::Fail));
/// assert_eq!(meaning("splendid"), Some(Answer::Undecided));
/// ```
#[must_use]
pub fn meaning(mark: &str) -> Option<Answer> {
    let mark = mark.trim();
    let among = |words: &[&str]| words.iter().any(|word| word.eq_ignore_ascii_case(mark));
    if mark.is_empty() || among(&GOOD) {
        None
    } else if among(&SUSPECT) {
        Some(Answer::Suspect)
    } else if among(&BAD) {
        Some(Answer::Fail)
    } else {
        Some(Answer::Undecided)
    }
}
