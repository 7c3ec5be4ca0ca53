//! Licences, bans and sources of everything we link, against `deny.toml`. Works without a network.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::{metadata, none, root};

/// The only place where crates may come from.
const CRATES_IO: &str = "registry+https://github.com/rust-lang/crates.io-index";

fn policy() -> toml::Table {
    let path = root().join("deny.toml");
    std::fs::read_to_string(path).expect("deny.toml").parse().expect("TOML")
}

fn texts<'a>(policy: &'a toml::Table, section: &str, key: &str) -> Vec<&'a str> {
    let list = policy[section][key].as_array().expect("a list");
    let name = |entry: &'a toml::Value| match entry {
        toml::Value::String(name) => name.as_str(),
        table => table["crate"].as_str().expect("a crate's name"),
    };
    list.iter().map(name).collect()
}

/// Whether a licence expression (SPDX, and the older `MIT/Apache-2.0`) can be met with allowed licences.
fn permitted(expression: &str, allowed: &BTreeSet<&str>) -> bool {
    let spaced = expression.replace('/', " OR ").replace('(', " ( ").replace(')', " ) ");
    let words: Vec<&str> = spaced.split_whitespace().collect();
    let mut at = 0;
    let met = any(&words, &mut at, allowed);
    met && at == words.len()
}

fn any(words: &[&str], at: &mut usize, allowed: &BTreeSet<&str>) -> bool {
    let mut met = every(words, at, allowed);
    while words.get(*at) == Some(&"OR") {
        *at += 1;
        met |= every(words, at, allowed);
    }
    met
}

fn every(words: &[&str], at: &mut usize, allowed: &BTreeSet<&str>) -> bool {
    let mut met = one(words, at, allowed);
    while words.get(*at) == Some(&"AND") {
        *at += 1;
        met &= one(words, at, allowed);
    }
    met
}

fn one(words: &[&str], at: &mut usize, allowed: &BTreeSet<&str>) -> bool {
    let Some(word) = words.get(*at) else { return false };
    *at += 1;
    if *word == "(" {
        let met = any(words, at, allowed);
        *at += 1;
        return met;
    }
    if words.get(*at) == Some(&"WITH") {
        let with = words.get(*at + 1).map_or("", |exception| exception);
        *at += 2;
        return allowed.contains(format!("{word} WITH {with}").as_str());
    }
    allowed.contains(word)
}

fn faults(package: &Value, allowed: &BTreeSet<&str>, banned: &[&str]) -> Vec<String> {
    let shown = |key: &str| package[key].as_str().unwrap_or("");
    let label = format!("{} {}", shown("name"), shown("version"));
    let mut found = Vec::new();
    if !permitted(shown("license"), allowed) {
        found.push(format!("{label}: licence '{}' is not in deny.toml", shown("license")));
    }
    let name_and_version = format!("{}@{}", shown("name"), shown("version"));
    if banned.iter().any(|ban| *ban == shown("name") || name_and_version.starts_with(*ban)) {
        found.push(format!("{label}: is banned in deny.toml"));
    }
    if !package["source"].is_null() && shown("source") != CRATES_IO {
        found.push(format!("{label}: comes from '{}'", shown("source")));
    }
    found
}

#[test]
fn everything_we_link_has_a_permitted_licence_a_known_source_and_no_ban() {
    let (metadata, policy) = (metadata(), policy());
    let allowed: BTreeSet<&str> = texts(&policy, "licenses", "allow").into_iter().collect();
    let banned = texts(&policy, "bans", "deny");
    let packages = metadata["packages"].as_array().expect("packages");
    assert!(packages.len() > 100, "the packages are found");
    none(&packages.iter().flat_map(|p| faults(p, &allowed, &banned)).collect::<Vec<_>>());
}

#[test]
fn our_own_licence_is_apache_2() {
    let text = std::fs::read_to_string(root().join("LICENSE")).expect("LICENSE");
    assert!(text.contains("Apache License") && text.contains("Version 2.0, January 2004"));
    let metadata = metadata();
    let own = metadata["packages"].as_array().into_iter().flatten();
    let other = own.filter(|p| p["source"].is_null() && p["license"] != "Apache-2.0");
    none(&other.map(|p| p["name"].to_string()).collect::<Vec<_>>());
}

#[test]
fn licence_expressions_are_understood() {
    let allowed = BTreeSet::from(["MIT", "Apache-2.0", "Apache-2.0 WITH LLVM-exception"]);
    let check = |expression: &str, expected: bool| {
        assert_eq!(permitted(expression, &allowed), expected, "{expression}");
    };
    check("MIT", true);
    check("GPL-3.0-only", false);
    check("GPL-2.0-only OR MIT", true);
    check("MIT/Apache-2.0", true);
    check("MIT AND GPL-2.0-only", false);
    check("(MIT OR GPL-2.0-only) AND Apache-2.0", true);
    check("(MIT OR Apache-2.0) AND Unicode-3.0", false);
    check("Apache-2.0 WITH LLVM-exception OR GPL-2.0-only", true);
    check("Apache-2.0 WITH other-exception", false);
    check("", false);
}

#[test]
fn a_planted_licence_ban_and_source_are_found() {
    let package = serde_json::json!({
        "name": "openssl-wrapper", "version": "0.1.0", "license": "GPL-3.0-only",
        "source": "git+https://example.org/x",
    });
    let found = faults(&package, &BTreeSet::from(["MIT"]), &["openssl-wrapper@0.1"]);
    assert_eq!(found.len(), 3, "{found:?}");
}
