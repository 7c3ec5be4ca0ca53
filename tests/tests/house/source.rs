//! Sources as the rules see them: without comments, and without what is only there for tests.

use std::fs;

use crate::{output, root};

/// A file of the repository.
#[derive(Debug, Clone)]
pub(crate) struct Source {
    /// Path from the repository's top.
    pub(crate) path: String,
    /// Its text.
    pub(crate) text: String,
}

/// Every file that git knows or would take, that still exists.
pub(crate) fn files() -> Vec<String> {
    let listed = output("git", &["ls-files", "--cached", "--others", "--exclude-standard"]);
    let exists = |path: &&str| root().join(path).is_file();
    listed.lines().filter(exists).map(str::to_owned).collect()
}

/// Every file with one of these endings.
pub(crate) fn sources(endings: &[&str]) -> Vec<Source> {
    let wanted = |path: &String| endings.iter().any(|ending| path.ends_with(ending));
    let read = |path: String| {
        let text = fs::read_to_string(root().join(&path));
        let text = text.unwrap_or_else(|error| panic!("cannot read '{path}': {error}"));
        Source { path, text }
    };
    files().into_iter().filter(wanted).map(read).collect()
}

impl Source {
    /// The crate it belongs to.
    pub(crate) fn owner(&self) -> &str {
        let mut parts = self.path.split('/');
        match (parts.next(), parts.next()) {
            (Some("crates"), Some(name)) => name,
            (Some(top), _) => top,
            (None, _) => "",
        }
    }

    /// Exists only for tests: a `tests` folder or file, or the tests package.
    pub(crate) fn is_test(&self) -> bool {
        self.path.split('/').any(|part| matches!(part, "tests" | "tests.rs" | "benches"))
    }

    /// The text without comments and without test modules.
    pub(crate) fn code(&self) -> String {
        let mut code = String::with_capacity(self.text.len());
        let mut lines = self.text.lines();
        while let Some(line) = lines.next() {
            if line.trim() == "#[cfg(test)]" {
                skip_item(&mut lines);
                continue;
            }
            code.push_str(without_comment(line));
            code.push('\n');
        }
        code
    }
}

/// Skips what follows an attribute: one line, or a block up to the brace that closes it.
fn skip_item<'a>(lines: &mut impl Iterator<Item = &'a str>) {
    let first = lines.find(|line| !line.trim_start().starts_with("#["));
    let Some(first) = first.filter(|line| line.trim_end().ends_with('{')) else { return };
    let indent: String = first.chars().take_while(|c| *c == ' ').collect();
    let end = format!("{indent}}}");
    let _ = lines.find(|line| *line == end);
}

/// Cuts `// …`, but not the slashes of an address in a text.
fn without_comment(line: &str) -> &str {
    let starts = line.match_indices("//").map(|(at, _)| at);
    let comment = |at: &usize| !line[..*at].ends_with([':', '/', '"']);
    starts.filter(comment).min().map_or(line, |at| &line[..at])
}

#[test]
fn code_is_what_is_left_without_comments_and_tests() {
    let text = "//! no tokio\nfn a() { b(\"http://x\"); } // tokio\n#[cfg(test)]\nmod t;\nfn c() {}\n\
                #[cfg(test)]\nmod tests {\n    fn d() {\n    }\n}\nfn e() {}\n";
    let source = Source { path: "crates/domain/src/x.rs".to_owned(), text: text.to_owned() };
    let code = source.code();
    assert!(code.contains("http://x") && code.contains("fn c") && code.contains("fn e"), "{code}");
    assert!(!code.contains("tokio") && !code.contains("fn d"), "{code}");
    assert_eq!(source.owner(), "domain");
}
