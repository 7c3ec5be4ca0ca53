//! What a person at the terminal reads: the only file that prints.

/// Prints one line to standard output: results, and secrets that are shown once.
pub fn say(line: impl std::fmt::Display) {
    use std::io::Write as _;
    // A closed pipe (`| head`) is the reader's way to say "enough"; it is no fault.
    let mut out = std::io::stdout().lock();
    let _ = writeln!(out, "{line}").and_then(|()| out.flush());
}

/// Prints one line to standard error: why a command failed.
pub fn complain(line: impl std::fmt::Display) {
    use std::io::Write as _;
    let _ = writeln!(std::io::stderr().lock(), "{line}");
}

/// Prints over the line before on standard error: how far something is.
pub fn complain_over(line: impl std::fmt::Display) {
    use std::io::Write as _;
    let mut out = std::io::stderr().lock();
    let _ = write!(out, "\r{line}").and_then(|()| out.flush());
}
