//! The folder of secrets: made for us alone, kept, and refused when others can read it.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use server::secrets::{Secrets, generate};

fn mode(path: &Path) -> u32 {
    fs::metadata(path).expect("there").permissions().mode() & 0o777
}

fn chmod(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).expect("changed");
}

#[test]
fn folders_and_keys_are_for_us_alone() {
    let home = tempfile::tempdir().expect("a folder");
    let data = home.path().join("var");
    let secrets = Secrets::open(&data).expect("opened");
    secrets.key("receipt.key").expect("a key");
    assert_eq!(mode(&data), 0o700);
    assert_eq!(mode(&data.join("secrets")), 0o700);
    assert_eq!(mode(&data.join("secrets/receipt.key")), 0o600);
}

#[test]
fn a_key_is_random_and_stays_the_same() {
    let home = tempfile::tempdir().expect("a folder");
    let key = |name| Secrets::open(home.path()).expect("opened").key(name).expect("a key");
    assert_eq!(key("a"), key("a"));
    assert_ne!(key("a"), key("b"));
    assert_eq!(key("a").len(), 32);
}

#[test]
fn a_secret_that_others_can_read_is_refused() {
    let home = tempfile::tempdir().expect("a folder");
    let secrets = Secrets::open(home.path()).expect("opened");
    secrets.key("a").expect("a key");
    chmod(&home.path().join("secrets/a"), 0o640);
    let told = secrets.key("a").expect_err("open to others").to_string();
    assert!(told.contains("others can read") && told.contains("chmod"), "{told}");
    chmod(&home.path().join("secrets"), 0o755);
    assert!(Secrets::open(home.path()).is_err());
}

#[test]
fn a_short_key_an_empty_secret_and_a_wrong_name_are_refused() {
    let home = tempfile::tempdir().expect("a folder");
    let secrets = Secrets::open(home.path()).expect("opened");
    assert!(secrets.put_new("short", "abc").expect("written"));
    assert!(!secrets.put_new("short", "other").expect("kept"));
    assert!(secrets.key("short").expect_err("short").to_string().contains("3 bytes"));
    assert_eq!(secrets.text("short").expect("read").as_deref(), Some("abc"));
    assert!(secrets.put_new("empty", "\n").expect("written"));
    assert!(secrets.text("empty").is_err());
    assert_eq!(secrets.text("absent").expect("read"), None);
    for name in ["", "../receipt.key", ".hidden", "a/b"] {
        assert!(secrets.text(name).is_err(), "{name}");
    }
}

#[test]
fn generated_passwords_differ_and_have_no_letters_that_look_alike() {
    let (one, two) = (generate(28), generate(28));
    assert_ne!(one, two);
    assert_eq!(one.len(), 28);
    assert!(!(one + &two).contains(['0', 'O', '1', 'l', 'I', 'o']));
}
