//! Files and functions that can be read.

use crate::none;
use crate::source::{Source, sources};

/// Longest file, lines without tests and comments.
const FILE: usize = 500;
/// Longest function, lines.
const FUNCTION: usize = 70;

fn too_long(source: &Source) -> Vec<String> {
    if source.is_test() {
        return Vec::new();
    }
    let text = if source.path.ends_with(".rs") { source.code() } else { source.text.clone() };
    let lines = text.lines().count();
    let mut violations = Vec::new();
    if lines > FILE {
        violations.push(format!("{}: {lines} lines, more than {FILE}: split it", source.path));
    }
    if source.path.ends_with(".rs") {
        let long = functions(&text).into_iter().filter(|(_, lines)| *lines > FUNCTION);
        violations
            .extend(long.map(|(name, lines)| format!("{}: {name} has {lines} lines", source.path)));
    }
    violations
}

/// Functions with their lengths. Formatted code closes a function at the column where it began.
fn functions(text: &str) -> Vec<(String, usize)> {
    let lines: Vec<&str> = text.lines().collect();
    let mut found = Vec::new();
    for (n, line) in lines.iter().enumerate() {
        let trimmed = line.trim_start();
        let indent = line.len() - trimmed.len();
        let starts =
            ["fn ", "pub fn ", "pub(crate) fn ", "pub(super) fn ", "async fn ", "pub async fn "];
        if !starts.iter().any(|start| trimmed.starts_with(start)) {
            continue;
        }
        let end = format!("{}}}", " ".repeat(indent));
        if let Some(length) = lines[n..].iter().position(|line| *line == end) {
            found.push((trimmed.chars().take(40).collect(), length + 1));
        }
    }
    found
}

#[test]
fn no_file_is_longer_than_500_lines_and_no_function_than_70() {
    let mut endings = sources(&[".rs", ".ts", ".svelte", ".css"]);
    endings.retain(|source| !source.path.contains("/node_modules/"));
    none(&endings.iter().flat_map(too_long).collect::<Vec<_>>());
}

#[test]
fn a_planted_giant_is_found() {
    let body = "    step();\n".repeat(80);
    let text = format!("pub fn giant() {{\n{body}}}\n");
    let source = Source { path: "crates/web/src/a.rs".to_owned(), text };
    assert_eq!(too_long(&source).len(), 1);
    let source = Source { path: "dashboards/web/src/a.ts".to_owned(), text: "x\n".repeat(501) };
    assert_eq!(too_long(&source).len(), 1);
}
