//! Where in a file a fault is, so that whoever edits it is led there.

/// The line (from 1) that the key of a [`Fault`](super::Fault) speaks of; `None` = it is not there to be shown.
///
/// ```
/// let text = "[[actual]]\nid = \"a\"\n\n[[actual]]\nid = \"b\"\nrole = \"boss\"\n";
/// let line = pack::place::line_of;
/// assert_eq!(line(text, "actual (b).role"), Some(6));
/// assert_eq!(line(text, "actual[1] (b)"), Some(4));
/// assert_eq!(line(text, "line 2"), Some(2));
/// assert_eq!(line(text, "exercise"), None);
/// ```
#[must_use]
pub fn line_of(text: &str, key: &str) -> Option<usize> {
    let lines: Vec<&str> = text.lines().collect();
    if let Some(number) = key.strip_prefix("line ") {
        return number.parse().ok().filter(|n| (1..=lines.len().max(1)).contains(n));
    }
    let key = Key::read(key);
    let blocks: Vec<(usize, usize)> = blocks(&lines, key.name);
    if blocks.is_empty() {
        return plain(&lines, key.whole);
    }
    let chosen = match (key.index, key.named) {
        (Some(index), _) => blocks.get(index),
        (None, Some(named)) => blocks.iter().find(|block| is_named(&lines, **block, named)),
        (None, None) => blocks.first(),
    };
    let &(from, to) = chosen?;
    let field = key.field.and_then(|field| starts(&lines[from..to], field));
    Some(from + field.unwrap_or(0) + 1)
}

/// `station[3] (thanh-hoa).interval` in its parts.
struct Key<'a> {
    whole: &'a str,
    name: &'a str,
    index: Option<usize>,
    named: Option<&'a str>,
    field: Option<&'a str>,
}

impl<'a> Key<'a> {
    fn read(whole: &'a str) -> Self {
        let end = whole.find(['[', ' ', '.']).unwrap_or(whole.len());
        let (name, mut rest) = whole.split_at(end);
        let (mut index, mut named) = (None, None);
        if let Some((number, after)) = rest.strip_prefix('[').and_then(|r| r.split_once(']')) {
            (index, rest) = (number.parse().ok(), after);
        }
        if let Some(after) = rest.strip_prefix(" (") {
            // A name may have brackets of its own: the last one before the field ends it.
            let close = after.find(").").or_else(|| after.rfind(')')).unwrap_or(after.len());
            (named, rest) = (Some(&after[..close]), after[close..].trim_start_matches(')'));
        }
        let field = rest.strip_prefix('.');
        let field = field.map(|field| &field[..field.find(['.', '[']).unwrap_or(field.len())]);
        Self { whole, name, index, named, field }
    }
}

/// First and last line of each `[[name]]`, the last exclusive.
fn blocks(lines: &[&str], name: &str) -> Vec<(usize, usize)> {
    let head = format!("[[{name}]]");
    let inner = [format!("[[{name}."), format!("[{name}.")];
    let begins = |line: &str| line.trim_start().starts_with('[');
    let own = |line: &str| inner.iter().any(|start| line.trim_start().starts_with(start));
    let heads = lines.iter().enumerate().filter(|(_, line)| line.trim().starts_with(&head));
    let end = |from: usize| {
        let after = lines[from + 1..].iter().position(|line| begins(line) && !own(line));
        after.map_or(lines.len(), |n| from + 1 + n)
    };
    heads.map(|(from, _)| (from, end(from))).collect()
}

fn is_named(lines: &[&str], (from, to): (usize, usize), named: &str) -> bool {
    let has = |word: &str| {
        let quoted = format!("\"{word}\"");
        let value = |line: &&str| line.split_once('=').map(|(_, value)| value.trim().to_owned());
        let mut values = lines[from..to].iter().filter_map(value);
        values.any(|value| value == word || value.starts_with(&quoted))
    };
    has(named) || named.split_once(' ').is_some_and(|(first, rest)| has(first) && has(rest))
}

/// A key outside of every list: alone, or below the head of its table.
fn plain(lines: &[&str], key: &str) -> Option<usize> {
    if let Some(line) = starts(lines, key) {
        return Some(line + 1);
    }
    let (table, field) = key.rsplit_once('.')?;
    let head = lines.iter().position(|line| line.trim() == format!("[{table}]"))?;
    let after = &lines[head + 1..];
    let end = after.iter().position(|line| line.trim_start().starts_with('['));
    let found = starts(&after[..end.unwrap_or(after.len())], field);
    Some(found.map_or(head + 1, |line| head + line + 2))
}

fn starts(lines: &[&str], field: &str) -> Option<usize> {
    let is = |line: &&str| {
        let rest = line.trim_start().strip_prefix(field);
        rest.is_some_and(|rest| rest.trim_start().starts_with('='))
    };
    lines.iter().position(is)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_of_a_key_leads_to_its_line() {
        let text = "\
# levels
[[level]]
station = \"kon\"
name = \"BĐ1\"
value = 6.0

[[level]]
station = \"kon\"
name = \"100 mm/24 h\" # (old)
value = 7.0

[[force]]
force = 6

[flood]
headline = \"x\"

[[rule]]
id = \"r\"
[[rule.levels]]
raise = 1
[[rule]]
id = \"s\"
share = 2";
        let check = |key: &str, line: Option<usize>| assert_eq!(line_of(text, key), line, "{key}");
        check("level (kon BĐ1)", Some(2));
        check("level (kon 100 mm/24 h).value", Some(10));
        check("level[1] (kon)", Some(7));
        check("level[7] (kon)", None);
        check("force[0] (6)", Some(12));
        check("force (6).force", Some(13));
        check("flood.headline", Some(16));
        check("flood.gone", Some(15));
        check("headline", Some(16));
        check("rule (s).share", Some(24));
        check("rule (r).raise", Some(21));
        check("rule (none).share", None);
        check("(top)", None);
        check("line 99", None);
    }
}
