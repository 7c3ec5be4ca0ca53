//! Files that are not what was asked for.

use super::*;
use crate::StoreError;

fn try_open(path: &Path, realm: Realm) -> Result<(), StoreError> {
    let options = Options { realm, ..options(path) };
    let (_, thread) = Ledger::open(options, Box::new(Gauge::default()), Hand::at(0))?;
    thread.stop()
}

fn check(path: &Path, realm: Realm, expected: &str) {
    let error = try_open(path, realm).expect_err("refused");
    let text = error.to_string();
    assert!(text.contains(expected), "'{text}' does not say '{expected}'");
    assert!(text.contains("l.db"), "'{text}' does not name the file");
}

#[test]
fn a_file_that_is_no_ledger_of_this_realm_and_version_is_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("l.db");
    std::fs::write(&path, "not a database, but long enough to look at ".repeat(40))
        .expect("written");
    check(&path, Realm::Actual, "is not a quantrac ledger");
    std::fs::remove_file(&path).expect("removed");

    rusqlite::Connection::open(&path)
        .expect("a database")
        .execute_batch("CREATE TABLE a(b)")
        .expect("a table");
    check(&path, Realm::Actual, "is not a quantrac ledger");
    std::fs::remove_file(&path).expect("removed");

    try_open(&path, Realm::Exercise).expect("made");
    check(&path, Realm::Actual, "is a ledger of realm exercise, asked for was Actual");
    try_open(&path, Realm::Exercise).expect("opened again");

    let later = rusqlite::Connection::open(&path).expect("a database");
    later.execute_batch("PRAGMA user_version = 99").expect("a newer version");
    check(&path, Realm::Exercise, "has schema 99");
}

#[test]
fn a_folder_that_does_not_exist_is_named() {
    let folder = tempfile::tempdir().expect("a folder");
    check(&folder.path().join("nowhere").join("l.db"), Realm::Actual, "cannot be opened");
}

#[test]
fn a_ledger_that_is_open_is_refused_to_a_second_writer_but_not_to_readers() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("l.db");
    let (_ledger, thread) = open(&path);
    check(&path, Realm::Exercise, "is in use");
    assert_eq!(Reader::open(&path).expect("a reader").arrivals(0, 10).expect("arrivals").len(), 1);
    thread.stop().expect("stopped in order");
    try_open(&path, Realm::Exercise).expect("free again");
}
