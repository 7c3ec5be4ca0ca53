//! The station's own word about a value.

use domain::form::bare;

use crate::score::Answer;

/// Words for a value that is fine. `00` is "measuring" in the Vietnamese data files (Circular 10/2021).
///
/// All words here are in the form of [`bare`]: they are compared without capitals and marks.
const GOOD: [&str; 18] = [
    "good",
    "ok",
    "valid",
    "pass",
    "passed",
    "normal",
    "measuring",
    "1",
    "00",
    "g",
    "tot",
    "binh thuong",
    "hop le",
    "dat",
    "in service",
    "do tot",
    "do binh thuong",
    "hoat dong binh thuong",
];
/// Words for a value to be doubted; 3 is QARTOD's number.
const SUSPECT: [&str; 25] = [
    "suspect",
    "suspicious",
    "doubtful",
    "questionable",
    "uncertain",
    "unsure",
    "estimated",
    "interpolated",
    "warning",
    "probably bad",
    "out of range",
    "over range",
    "3",
    "s",
    "nghi ngo",
    "dang ngo",
    "nghi van",
    "khong chac",
    "khong chac chan",
    "khong tin cay",
    "can kiem tra",
    "uoc tinh",
    "uoc luong",
    "noi suy",
    "canh bao",
];
/// Words for a value that measures nothing; `01` is "calibrating", `02` "device error", 4 and 9 are QARTOD's.
const BAD: [&str; 77] = [
    "bad",
    "fail",
    "failed",
    "failure",
    "error",
    "err",
    "fault",
    "faulty",
    "broken",
    "defect",
    "defective",
    "malfunction",
    "invalid",
    "rejected",
    "missing",
    "no data",
    "no signal",
    "no power",
    "power loss",
    "power fail",
    "power failure",
    "out of order",
    "out of service",
    "not measuring",
    "disconnected",
    "calibration",
    "calibrating",
    "maintenance",
    "maint",
    "servicing",
    "repair",
    "repairing",
    "inspection",
    "verification",
    "test",
    "testing",
    "4",
    "9",
    "01",
    "02",
    "b",
    "loi",
    "loi do",
    "hong",
    "hu",
    "hu hong",
    "su co",
    "sai",
    "sai so lieu",
    "khong hop le",
    "khong dat",
    "khong do",
    "khong do duoc",
    "khong hoat dong",
    "khong co so lieu",
    "khong co du lieu",
    "khong co tin hieu",
    "ngung hoat dong",
    "ngung do",
    "dung do",
    "tam dung",
    "tam ngung",
    "hieu chuan",
    "kiem chuan",
    "kiem dinh",
    "bao tri",
    "bao duong",
    "sua chua",
    "sua",
    "thay the",
    "thu nghiem",
    "chay thu",
    "thao",
    "mat nguon",
    "mat dien",
    "mat tin hieu",
    "mat ket noi",
];
/// What may stand before a word and says only that it goes on: "đang bảo trì", "under maintenance".
const BEFORE: [&str; 6] = ["dang", "bi", "under", "in", "being", "currently"];
/// What the word may be said of: "lỗi cảm biến" and "cảm biến lỗi" are one thing.
const THINGS: [&str; 12] = [
    "cam bien",
    "thiet bi",
    "dau do",
    "may do",
    "may",
    "tram",
    "sensor",
    "device",
    "instrument",
    "station",
    "equipment",
    "dinh ky",
];

/// What the mark says. `None` when it says nothing against the value; a word we do not know leaves it undecided.
///
/// Words are compared in one form ([`domain::form::bare`]): capitals, spaces, decomposed letters and a keyboard
/// without Vietnamese marks make no difference.
///
/// ```
/// use quality::mark::meaning;
/// use quality::score::Answer;
/// assert_eq!(meaning("Good"), None);
/// assert_eq!(meaning("02"), Some(Answer::Fail));
/// assert_eq!(meaning("ĐANG BẢO TRÌ"), Some(Answer::Fail));
/// assert_eq!(meaning("splendid"), Some(Answer::Undecided));
/// ```
#[must_use]
pub fn meaning(mark: &str) -> Option<Answer> {
    let word = bare(mark);
    let spaced = spaced(&word);
    if spaced.is_empty() {
        // What is written but says nothing, such as "-", is no word that we know.
        return (!word.is_empty()).then_some(Answer::Undecided);
    }
    known(&spaced).unwrap_or_else(|| known(core(&spaced)).unwrap_or(Some(Answer::Undecided)))
}

/// What a word means that we know.
fn known(word: &str) -> Option<Option<Answer>> {
    if GOOD.contains(&word) {
        Some(None)
    } else if SUSPECT.contains(&word) {
        Some(Some(Answer::Suspect))
    } else if BAD.contains(&word) {
        Some(Some(Answer::Fail))
    } else {
        None
    }
}

/// The words with one space between them, whatever else joined or ended them. Numbers stay as they are: `-1` is
/// not `1`.
fn spaced(word: &str) -> String {
    if word.bytes().any(|byte| byte.is_ascii_digit()) {
        return word.to_owned();
    }
    let words = word.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    words.collect::<Vec<_>>().join(" ")
}

/// The word without what stands around it and adds nothing.
fn core(words: &str) -> &str {
    let mut rest = words;
    loop {
        let before = BEFORE.iter().chain(&THINGS).find_map(|word| after(rest, word));
        let shorter = before.or_else(|| THINGS.iter().find_map(|word| until(rest, word)));
        match shorter {
            Some(shorter) => rest = shorter,
            None => return rest,
        }
    }
}

fn after<'a>(words: &'a str, first: &str) -> Option<&'a str> {
    words.strip_prefix(first)?.strip_prefix(' ')
}

fn until<'a>(words: &'a str, last: &str) -> Option<&'a str> {
    words.strip_suffix(last)?.strip_suffix(' ')
}
