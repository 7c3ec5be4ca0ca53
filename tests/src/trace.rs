//! What a process did to its disk and said to its clients, read from `strace`, in the order in which it happened.

use std::path::Path;

use anyhow::{Context, Result, bail};

/// Program and arguments that trace what matters here into a file; the traced program follows.
#[must_use]
pub fn tracer(into: &Path) -> Vec<String> {
    let calls = "trace=pwrite64,ftruncate,fdatasync,fsync,sendto,write,writev";
    let words = ["strace", "-f", "-q", "--seccomp-bpf", "-yy", "-xx", "-s", "70000", "-e", calls];
    let mut words: Vec<String> = words.map(str::to_owned).to_vec();
    words.extend(["-o".to_owned(), into.display().to_string()]);
    words
}

/// One thing that happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// Bytes were handed to the system for a file; they are on disk some time later.
    Write {
        /// Name of the file, without its folder.
        file: String,
        /// Where.
        offset: u64,
        /// What.
        data: Vec<u8>,
    },
    /// A file was cut or extended.
    Truncate {
        /// Name of the file.
        file: String,
        /// New length.
        length: u64,
    },
    /// Everything written to the file before this is on disk.
    Synced {
        /// Name of the file.
        file: String,
    },
    /// Bytes were sent to a client.
    Sent {
        /// Its port.
        port: u16,
        /// What.
        data: Vec<u8>,
    },
}

/// Reads a trace. A call counts when it begins, a sync when it has succeeded; a write that fails is no event.
///
/// # Errors
/// The file cannot be read, or a line about a file is not as `strace` writes it.
pub fn read(path: &Path) -> Result<Vec<Event>> {
    let text = std::fs::read(path).with_context(|| format!("cannot read '{}'", path.display()))?;
    let text = String::from_utf8_lossy(&text);
    let mut events = Vec::new();
    // A sync that was interrupted in the trace by another thread: thread and file.
    let mut syncing: Vec<(&str, String)> = Vec::new();
    for line in text.lines() {
        let (thread, call) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
        let call = call.trim_start();
        if call.contains("sync resumed>") {
            let index = syncing.iter().position(|(waiting, _)| *waiting == thread);
            let (_, file) = syncing.swap_remove(index.context("a sync that ends has begun")?);
            if succeeded(call) {
                events.push(Event::Synced { file });
            }
            continue;
        }
        let Some((name, rest)) = call.split_once('(') else { continue };
        if matches!(name, "fdatasync" | "fsync") && rest.ends_with("<unfinished ...>") {
            syncing.extend(file(rest).map(|file| (thread, file)));
        } else if let Some(event) = event(name, rest).with_context(|| shortened(line))? {
            events.push(event);
        }
    }
    Ok(events)
}

fn event(name: &str, rest: &str) -> Result<Option<Event>> {
    if rest.rsplit(" = ").next().is_some_and(|result| result.starts_with("-1 ")) {
        return Ok(None);
    }
    let event = match (name, file(rest), port(rest)) {
        ("pwrite64", Some(file), _) => {
            let offset = number(rest, 3)?;
            Event::Write { file, offset, data: bytes(rest)? }
        }
        ("ftruncate", Some(file), _) => Event::Truncate { file, length: number(rest, 1)? },
        ("fdatasync" | "fsync", Some(file), _) => Event::Synced { file },
        ("sendto" | "write" | "writev", _, Some(port)) => Event::Sent { port, data: bytes(rest)? },
        _ => return Ok(None),
    };
    Ok(Some(event))
}

fn succeeded(call: &str) -> bool {
    call.rsplit('=').next().is_some_and(|result| result.trim() == "0")
}

/// `9<\x2f\x61…>, …` → the last part of the path; nothing for what is no file.
fn file(rest: &str) -> Option<String> {
    let path = what(rest)?;
    path.starts_with('/').then(|| path.rsplit('/').next().unwrap_or(&path).to_owned())
}

/// `15<TCP:[127.0.0.1:1883->127.0.0.1:55555]>, …` → `55555`.
fn port(rest: &str) -> Option<u16> {
    let socket = what(rest)?;
    let ends = socket.strip_prefix("TCP:[")?.strip_suffix(']')?;
    ends.rsplit(':').next()?.parse().ok()
}

/// What a descriptor stands for; `strace -xx` writes paths in digits too.
fn what(rest: &str) -> Option<String> {
    let named = rest.split_once('<')?.1;
    // The arrow of a socket has a '>' of its own.
    let end = named.find(">,").or_else(|| named.find(">)")).or_else(|| named.find("> "))?;
    let named = &named[..end];
    if !named.starts_with("\\x") {
        return Some(named.to_owned());
    }
    String::from_utf8(digits(named).ok()?).ok()
}

/// The argument of that place, counted without the quoted texts.
fn number(rest: &str, place: usize) -> Result<u64> {
    let bare: String = rest.split('"').step_by(2).collect::<Vec<_>>().join("x");
    let bare = bare.split_once(">,").map_or(bare.as_str(), |(_, after)| after);
    let words: Vec<&str> = bare.split([',', ')']).map(str::trim).collect();
    let word = words.get(place - 1).context("too few arguments")?;
    let word = word.split_whitespace().next().unwrap_or("");
    word.parse().with_context(|| format!("'{word}' is no number"))
}

/// Every quoted text, `\x40\x02…`, joined.
fn bytes(rest: &str) -> Result<Vec<u8>> {
    let mut all = Vec::new();
    for text in rest.split('"').skip(1).step_by(2) {
        all.extend(digits(text)?);
    }
    if rest.contains("\"...") {
        bail!("a text is cut off: raise the tracer's limit");
    }
    Ok(all)
}

/// `\x40\x02` → two bytes.
fn digits(text: &str) -> Result<Vec<u8>> {
    let byte = |two: &str| u8::from_str_radix(two, 16).with_context(|| format!("'{two}'"));
    text.split("\\x").skip(1).map(byte).collect()
}

fn shortened(line: &str) -> String {
    format!("a line of the trace: {}", line.chars().take(200).collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn events(text: &str) -> Vec<Event> {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("trace");
        std::fs::write(&path, text).expect("written");
        read(&path).expect("a trace")
    }

    #[test]
    fn calls_are_read_in_their_order() {
        let text = concat!(
            "7 pwrite64(9<\\x2f\\x61\\x2f\\x6c\\x2e\\x64\\x62\\x2d\\x77\\x61\\x6c>, \"\\x37\\x7f\", 2, 32) = 2\n",
            "7 fdatasync(9</a/l.db-wal> <unfinished ...>\n",
            "8 sendto(5<TCP:[127.0.0.1:1883->127.0.0.1:40001]>, \"\\x40\\x02\\x00\\x01\", 4, MSG_NOSIGNAL, NULL, 0) = 4\n",
            "7 <... fdatasync resumed>)          = 0\n",
            "7 ftruncate(9</a/l.db-wal>, 4096)    = 0\n",
            "7 fsync(8</a/l.db>)                  = -1 EIO (Input/output error)\n",
            "7 write(2</dev/pts/0>, \"\\x41\", 1)  = 1\n",
        );
        let wal = || "l.db-wal".to_owned();
        let expected = [
            Event::Write { file: wal(), offset: 32, data: vec![0x37, 0x7f] },
            Event::Sent { port: 40_001, data: vec![0x40, 2, 0, 1] },
            Event::Synced { file: wal() },
            Event::Truncate { file: wal(), length: 4096 },
        ];
        assert_eq!(events(text), expected);
    }
}
