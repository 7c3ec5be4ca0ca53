//! Words that must not be there, or only in one place.

use crate::layers::PURE;
use crate::none;
use crate::source::{Source, sources};

/// Words of I/O, clocks and threads.
const IMPURE: [&str; 12] = [
    "tokio",
    "std::fs",
    "std::net",
    "std::env",
    "std::thread",
    "std::process",
    "std::io",
    "SystemTime",
    "Instant::now",
    "Timestamp::now",
    "Zoned::now",
    "async fn",
];

/// A word and the paths under which it may stand.
const PLACES: [(&str, &[&str]); 17] = [
    ("rumqttc::", &["crates/ingest/"]),
    ("rmqtt::", &["crates/ingest/"]),
    ("influxdb2::", &["crates/history/src/influx.rs"]),
    ("|> range(", &["crates/history/", "dashboards/grafana/"]),
    ("rusqlite", &["crates/store/"]),
    ("SELECT ", &["crates/store/"]),
    ("INSERT INTO", &["crates/store/"]),
    ("DELETE FROM", &["crates/store/"]),
    ("CREATE TABLE", &["crates/store/"]),
    ("PRAGMA ", &["crates/store/"]),
    ("lettre::", &["crates/delivery/"]),
    ("quick_xml", &["crates/delivery/"]),
    ("urn:oasis:names", &["crates/delivery/"]),
    ("axum::", &["crates/web/"]),
    // A webhook's receiver answers with a status too: that one file reads it.
    ("StatusCode", &["crates/web/", "crates/delivery/src/webhook.rs"]),
    ("asin()", &[]),
    ("6_371", &[]),
];

/// Words that are nowhere: unfinished work, tests that do not run.
const NOWHERE: [&str; 6] = ["TODO", "FIXME", "XXX", "todo!(", "unimplemented!(", "#[ignore"];

/// Words for tests only, and what to do instead.
const FOR_TESTS: [(&str, &str); 3] = [
    (".unwrap()", "is for tests: say with expect(\"…\") why it cannot fail"),
    ("#[allow(", "silences a lint without a reason: use #[expect(…, reason = \"…\")]"),
    ("#![allow(", "silences a lint without a reason: use #![expect(…, reason = \"…\")]"),
];

fn impure(source: &Source) -> Vec<String> {
    let code = match source.owner() {
        _ if source.is_test() => return Vec::new(),
        // It writes into what its caller brings, and to nothing else.
        "analysis" => source.code().replace("use std::io::Write;", ""),
        owner if PURE.contains(&owner) => source.code(),
        _ => return Vec::new(),
    };
    found(source, &code, &IMPURE, "is no word of a pure crate")
}

fn misplaced(source: &Source) -> Vec<String> {
    if source.is_test() {
        return Vec::new();
    }
    let elsewhere =
        |(_, places): &&(&str, &[&str])| !places.iter().any(|place| source.path.starts_with(place));
    let words: Vec<&str> = PLACES.iter().filter(elsewhere).map(|(word, _)| *word).collect();
    found(source, &source.code(), &words, "belongs to another place")
}

fn nowhere(source: &Source) -> Vec<String> {
    let mut violations = found(source, &source.text, &NOWHERE, "must not be there");
    if !source.is_test() {
        let code = source.code();
        violations
            .extend(FOR_TESTS.iter().flat_map(|(word, why)| found(source, &code, &[word], why)));
    }
    violations
}

fn found(source: &Source, text: &str, words: &[&str], why: &str) -> Vec<String> {
    let there = words.iter().filter(|word| text.contains(**word));
    there.map(|word| format!("{}: '{word}' {why}", source.path)).collect()
}

/// Rust sources, except this house's own lists of words.
fn rust() -> Vec<Source> {
    let mut sources = sources(&[".rs"]);
    sources.retain(|source| !source.path.starts_with("tests/tests/house/"));
    assert!(sources.len() > 50, "the sources are found");
    sources
}

fn all(rule: fn(&Source) -> Vec<String>) -> Vec<String> {
    rust().iter().flat_map(rule).collect()
}

#[test]
fn pure_crates_name_no_clock_no_file_and_no_thread() {
    none(&all(impure));
}

#[test]
fn words_of_one_room_are_spoken_in_that_room_only() {
    none(&all(misplaced));
}

#[test]
fn nothing_is_unfinished_unwrapped_ignored_or_silenced() {
    none(&all(nowhere));
}

#[test]
fn each_crate_opens_with_its_purpose() {
    let heads = rust().into_iter().filter(|source| source.path.ends_with("src/lib.rs"));
    let bare = heads.filter(|source| !source.text.starts_with("//! "));
    none(&bare.map(|source| source.path).collect::<Vec<_>>());
}

#[test]
fn planted_words_are_found() {
    let source = |path: &str, text: &str| Source { path: path.to_owned(), text: text.to_owned() };
    assert_eq!(impure(&source("crates/quality/src/a.rs", "let t = Instant::now();")).len(), 1);
    assert_eq!(
        impure(&source("crates/quality/src/a.rs", "// Instant::now() is not here")).len(),
        0
    );
    assert_eq!(impure(&source("crates/analysis/src/a.rs", "use std::io::Write;")).len(), 0);
    assert_eq!(impure(&source("crates/analysis/src/a.rs", "use std::io::Read;")).len(), 1);
    assert_eq!(misplaced(&source("crates/web/src/a.rs", "\"SELECT value FROM r\"")).len(), 1);
    assert_eq!(misplaced(&source("crates/store/src/a.rs", "\"SELECT value FROM r\"")).len(), 0);
    assert_eq!(
        misplaced(&source("crates/server/src/a.rs", "use axum::http::StatusCode;")).len(),
        2
    );
    assert_eq!(nowhere(&source("crates/web/src/a.rs", "x.unwrap()")).len(), 1);
    assert_eq!(nowhere(&source("crates/web/src/tests/a.rs", "x.unwrap()")).len(), 0);
    assert_eq!(nowhere(&source("tests/tests/a.rs", "#[ignore]\nfn a() {}")).len(), 1);
}
