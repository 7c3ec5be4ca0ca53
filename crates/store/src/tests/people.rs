//! Users, sessions, secrets, the audit trail.

use super::*;
use crate::{People, Role, Session, User, secret_hash};

fn user(password_hash: &str, disabled: bool) -> User {
    User {
        name: "an".to_owned(),
        full_name: "An".to_owned(),
        role: Role::DutyOfficer,
        password_hash: password_hash.to_owned(),
        disabled,
    }
}

fn session(token_hash: &str, expires_at: i64) -> Session {
    let expires_at = Time::from_millis(expires_at);
    Session { token_hash: token_hash.to_owned(), user: "an".to_owned(), expires_at }
}

#[tokio::test]
async fn sessions_end_when_told_when_over_and_when_the_password_changes() {
    let folder = tempfile::tempdir().expect("a folder");
    let (ledger, _thread) = open(&folder.path().join("l.db"));
    let there = |token: &str| ledger.reader().session(token).expect("read").is_some();
    ledger.put_user(user("p1", false)).await.expect("noted");
    for (token, until) in [("old", 1), ("a", 2_000_000), ("b", 2_000_000)] {
        ledger.put_session(session(token, until)).await.expect("noted");
    }
    assert_eq!([there("old"), there("a"), there("b")], [false, true, true]);
    ledger.end_session("a".to_owned()).await.expect("noted");
    ledger.put_user(user("p1", false)).await.expect("noted");
    assert_eq!([there("a"), there("b")], [false, true]);
    ledger.put_user(user("p2", false)).await.expect("noted");
    assert!(!there("b"));
    ledger.put_session(session("c", 2_000_000)).await.expect("noted");
    ledger.put_user(user("p2", true)).await.expect("noted");
    assert!(!there("c"));
    assert_eq!(ledger.reader().users().expect("read"), [user("p2", true)]);
}

#[tokio::test]
async fn the_command_line_changes_people_while_the_server_runs() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("l.db");
    let (ledger, _thread) = open(&path);
    let mut people = People::open(&path, Realm::Exercise).expect("opened");
    let station = "s1".parse().expect("a name");
    people.put_user(&user("p1", false)).expect("written");
    people.put_credential(&station, &secret_hash("xyz")).expect("written");
    people.audit(Time::from_millis(1), "root", "user", "an").expect("written");
    ledger.audit("an".to_owned(), "sign in".to_owned(), String::new()).await.expect("noted");
    let reader = ledger.reader();
    assert_eq!(reader.user("an").expect("read"), Some(user("p1", false)));
    let hash = reader.credential(&station).expect("read").expect("a secret");
    assert!(crate::verify_secret("xyz", &hash) && !crate::verify_secret("xyy", &hash));
    assert_eq!(reader.credentials().expect("read"), [(station, hash)]);
    assert_eq!(reader.first_broken_audit_line().expect("read"), None);
}

#[tokio::test]
async fn an_audit_line_that_was_changed_or_taken_out_shows() {
    for (tamper, broken) in [
        ("UPDATE audit SET detail = 'no' WHERE n = 2", 2),
        ("DELETE FROM audit WHERE n = 2", 3),
        ("UPDATE audit SET at = 0 WHERE n = 3", 3),
        ("UPDATE audit SET who = 'anlo', what = 'oked' WHERE n = 1", 1),
    ] {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("l.db");
        let (ledger, _thread) = open(&path);
        for detail in ["a", "b", "c"] {
            let line = ("an".to_owned(), "looked".to_owned(), detail.to_owned());
            ledger.audit(line.0, line.1, line.2).await.expect("noted");
        }
        assert_eq!(ledger.reader().first_broken_audit_line().expect("read"), None);
        let other = rusqlite::Connection::open(&path).expect("a connection");
        other.execute(tamper, []).expect("tampered");
        assert_eq!(
            ledger.reader().first_broken_audit_line().expect("read"),
            Some(broken),
            "{tamper}"
        );
    }
}

#[test]
fn a_secret_hash_that_is_none_fits_nothing() {
    for hash in ["", "sha256", "sha256:", "sha256::", "md5:a:b", "sha256:a:b:c"] {
        assert!(!crate::verify_secret("", hash), "{hash}");
    }
    assert_ne!(secret_hash("x"), secret_hash("x"), "each has its own salt");
}
