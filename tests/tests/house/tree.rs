//! What lies in the repository.

use crate::source::files;
use crate::{none, root};

/// Everything at the top: the house, and what tools demand.
const TOP: [&str; 14] = [
    ".ci",
    ".gitignore",
    "Cargo.lock",
    "Cargo.toml",
    "LICENSE",
    "Makefile",
    "README.md",
    "clippy.toml",
    "config",
    "crates",
    "dashboards",
    "deny.toml",
    "rustfmt.toml",
    "tests",
];

/// Largest file, bytes: sources and lock files are smaller, recordings and binaries do not belong here.
const LARGEST: u64 = 400_000;

fn strange(path: &str) -> bool {
    let top = path.split('/').next().unwrap_or(path);
    let built = ["/node_modules/", "/target/", "/dist/"];
    !TOP.contains(&top) || built.iter().any(|folder| path.contains(folder))
}

fn secret(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    let endings = [".pem", ".key", ".p12", ".db", ".db-wal", ".db-shm", ".env", ".log"];
    endings.iter().any(|ending| name.ends_with(ending)) || path.starts_with("var/")
}

#[test]
fn the_top_level_holds_the_house_and_what_tools_demand() {
    none(&files().into_iter().filter(|path| strange(path)).collect::<Vec<_>>());
}

#[test]
fn no_secret_and_no_ledger_is_in_the_repository() {
    none(&files().into_iter().filter(|path| secret(path)).collect::<Vec<_>>());
}

#[test]
fn no_file_is_too_large_to_read() {
    let size = |path: &String| std::fs::metadata(root().join(path)).map_or(0, |file| file.len());
    none(&files().into_iter().filter(|path| size(path) > LARGEST).collect::<Vec<_>>());
}

#[test]
fn the_map_names_only_files_that_are_there() {
    let map = std::fs::read_to_string(root().join("crates/README.md")).expect("the map");
    let named: Vec<&str> =
        map.split('`').skip(1).step_by(2).filter(|n| n.ends_with(".rs")).collect();
    assert!(named.len() > 20, "the map names files");
    let lost = named.iter().filter(|name| !root().join("crates").join(name).is_file());
    none(&lost.map(|name| format!("crates/README.md: '{name}' is not there")).collect::<Vec<_>>());
}

#[test]
fn planted_strangers_are_found() {
    assert!(strange("util/x.rs") && strange("dashboards/web/node_modules/a/b.js"));
    assert!(!strange("crates/domain/src/lib.rs") && !strange(".ci/run"));
    assert!(
        secret("var/secrets/x") && secret("config/a.key") && !secret("config/binh-dinh/pack.toml")
    );
}
