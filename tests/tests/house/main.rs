//! The rules of absence: what must not be in this house, kept by reading `cargo metadata` and the sources.
//!
//! * [`layers`] arrows only point down, and who may depend on what; [`words`] which words belong to one crate
//! * [`size`] files and functions that fit on a screen; [`licence`] licences and bans of `deny.toml`
//! * [`tree`] what lies in the repository; [`shipped`] every shipped pack parses, and its numbers are the printed ones
//!
//! Every rule has its counter-example: a planted fault that it must find, so that no rule sleeps.

mod layers;
mod licence;
mod shipped;
mod size;
mod source;
mod tree;
mod words;

use std::path::PathBuf;
use std::process::Command;

use serde_json::Value;

/// The repository.
fn root() -> PathBuf {
    let here = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    here.parent().expect("the tests package lies in the repository").to_path_buf()
}

/// Runs a program in the repository and gives what it printed.
fn output(program: &str, arguments: &[&str]) -> String {
    let out = Command::new(program).args(arguments).current_dir(root()).output();
    let out = out.unwrap_or_else(|error| panic!("cannot run '{program}': {error}"));
    let said = String::from_utf8_lossy(&out.stderr);
    assert!(out.status.success(), "'{program} {}' failed: {said}", arguments.join(" "));
    String::from_utf8(out.stdout).expect("UTF-8")
}

/// `cargo metadata` for the machine the tests run on.
fn metadata() -> Value {
    let cargo = std::env::var("CARGO").expect("cargo runs the tests");
    let version = output("rustc", &["-vV"]);
    let host = version.lines().find_map(|line| line.strip_prefix("host: "));
    let host = host.expect("rustc names its host");
    let printed = output(
        &cargo,
        &["metadata", "--format-version", "1", "--locked", "--filter-platform", host],
    );
    serde_json::from_str(&printed).expect("JSON")
}

/// Fails with every violation on a line of its own.
fn none(violations: &[String]) {
    assert!(violations.is_empty(), "{} violations:\n{}", violations.len(), violations.join("\n"));
}
