//! What a changed configuration means: which entries are new, gone, or have another value. Comments, order and blanks
//! mean nothing and are left out.

use std::collections::{BTreeMap, BTreeSet};

use domain::PackFiles;
use toml::{Table, Value};

/// An entry that is not as it was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// In which file.
    pub file: String,
    /// What it is: `station`, `level`, `rule`, `actual`, `exercise` …; empty = the file itself.
    pub kind: String,
    /// Which one; empty = the only one.
    pub id: String,
    /// Its name as printed, where it has one.
    pub name: Option<String>,
    /// How.
    pub how: How,
    /// For one that stayed: what has another value.
    pub values: Vec<ValueChange>,
}

/// What became of an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum How {
    /// It is new.
    Added,
    /// It is gone.
    Removed,
    /// It says something else.
    Changed,
}

/// A value that is not as it was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ValueChange {
    /// Its key.
    pub key: String,
    /// As it was; `None` = it was not there.
    pub before: Option<String>,
    /// As it would be; `None` = it would not be there.
    pub after: Option<String>,
}

/// What changes in meaning. A file that is no TOML is left out: its fault is told elsewhere.
///
/// ```
/// # use pack::compare::{How, changes};
/// let pack = |text: &str| [("levels.toml".to_owned(), text.to_owned())].into();
/// let old = pack("[[level]]\nstation = \"kon\"\nlevel = 1\nvalue = 6.0");
/// let new = pack("# lower\n[[level]]\nlevel = 1\nstation = \"kon\"\nvalue = 5.5");
/// let found = changes(&old, &new);
/// assert_eq!((found.len(), found[0].id.as_str(), found[0].how), (1, "kon 1", How::Changed));
/// assert_eq!(found[0].values[0].after.as_deref(), Some("5.5"));
/// ```
#[must_use]
pub fn changes(old: &PackFiles, new: &PackFiles) -> Vec<Change> {
    let names: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
    let mut found = Vec::new();
    for file in names.into_iter().filter(|file| old.get(*file) != new.get(*file)) {
        let read = |files: &PackFiles| match files.get(file) {
            None => Some(Table::new()),
            Some(text) => text.parse::<Table>().ok(),
        };
        if let (Some(before), Some(after)) = (read(old), read(new)) {
            found.extend(in_file(file, &before, &after));
        }
    }
    found
}

/// (kind, id) → the entry.
type Entries = BTreeMap<(String, String), Table>;

fn in_file(file: &str, before: &Table, after: &Table) -> Vec<Change> {
    let doubled = &doubled(before) | &doubled(after);
    let (before, after) = (entries(before, &doubled), entries(after, &doubled));
    let keys: BTreeSet<_> = before.keys().chain(after.keys()).collect();
    let compare = |key: &(String, String)| {
        let (old, new) = (before.get(key), after.get(key));
        let (how, values) = match (old, new) {
            (None, _) => (How::Added, Vec::new()),
            (_, None) => (How::Removed, Vec::new()),
            (Some(old), Some(new)) => (How::Changed, values(old, new)),
        };
        if how == How::Changed && values.is_empty() {
            return None;
        }
        let name = ["name", "name_vi"].iter().find_map(|name| new.or(old)?.get(*name));
        Some(Change {
            file: file.to_owned(),
            kind: key.0.clone(),
            id: key.1.clone(),
            name: name.map(shown),
            how,
            values,
        })
    };
    keys.into_iter().filter_map(compare).collect()
}

fn lists(table: &Table) -> impl Iterator<Item = (&String, &Table)> {
    let all = table.iter().filter_map(|(kind, value)| Some((kind, value.as_array()?)));
    all.flat_map(|(kind, list)| list.iter().filter_map(move |one| Some((kind, one.as_table()?))))
}

/// Ids that do not tell the entries of a list apart: the same area under two validities.
fn doubled(table: &Table) -> BTreeSet<(String, String)> {
    let (mut seen, mut twice) = (BTreeSet::new(), BTreeSet::new());
    for (kind, entry) in lists(table) {
        let key = (kind.clone(), id(entry));
        if !seen.insert(key.clone()) {
            twice.insert(key);
        }
    }
    twice
}

fn entries(table: &Table, doubled: &BTreeSet<(String, String)>) -> Entries {
    let mut entries = Entries::new();
    for (kind, entry) in lists(table) {
        let mut key = (kind.clone(), id(entry));
        if doubled.contains(&key) {
            let from = entry.get("valid_from").map_or_else(|| "…".to_owned(), shown);
            key.1 = format!("{} ({from})", key.1);
        }
        entries.insert(key, entry.clone());
    }
    let mut own = Table::new();
    for (key, value) in table {
        match value {
            Value::Table(inner) => {
                entries.insert((key.clone(), String::new()), inner.clone());
            }
            Value::Array(list) if list.iter().any(Value::is_table) => {}
            _ => {
                own.insert(key.clone(), value.clone());
            }
        }
    }
    if !own.is_empty() {
        entries.insert((String::new(), String::new()), own);
    }
    entries
}

/// What an entry is known by: its id, or what stands in its place.
fn id(entry: &Table) -> String {
    if let Some(id) = entry.get("id") {
        return shown(id);
    }
    let places = ["station", "role", "hazard", "parameter", "level", "force", "stations", "when"];
    let words: Vec<String> = places.iter().filter_map(|key| entry.get(*key)).map(shown).collect();
    words.join(" ")
}

fn values(old: &Table, new: &Table) -> Vec<ValueChange> {
    let keys: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
    let differs = keys.into_iter().filter(|key| old.get(*key) != new.get(*key));
    differs
        .map(|key| ValueChange {
            key: key.clone(),
            before: old.get(key).map(shown),
            after: new.get(key).map(shown),
        })
        .collect()
}

/// A value as one would say it: text without quotes.
fn shown(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(old: &str, new: &str) -> Vec<String> {
        let pack = |text: &str| [("a.toml".to_owned(), text.to_owned())].into();
        let line = |change: Change| {
            let values = change.values.iter().map(|v| {
                let text = |value: &Option<String>| value.clone().unwrap_or_else(|| "–".to_owned());
                format!(" {}: {} → {}", v.key, text(&v.before), text(&v.after))
            });
            format!("{:?} {} {}", change.how, change.kind, change.id)
                + &values.collect::<Vec<_>>().join(";")
        };
        changes(&pack(old), &pack(new)).into_iter().map(line).collect()
    }

    #[test]
    fn only_what_means_something_else_is_told() {
        let old = "a = 1\n[[actual]]\nid = \"x\"\nchannels = [{ kind = \"cap\" }]\n[[actual]]\nid = \"y\"";
        assert!(told(old, &format!("# remark\n{}", old.replace(" = 1", "=1"))).is_empty());
        let new =
            "a = 2\n[[actual]]\nid = \"z\"\n[[actual]]\nid = \"x\"\nchannels = []\nmin_level = 2";
        let expected = [
            "Changed   a: 1 → 2",
            "Changed actual x channels: [{ kind = \"cap\" }] → []; min_level: – → 2",
            "Removed actual y",
            "Added actual z",
        ];
        assert_eq!(told(old, new), expected);
        assert!(told(old, "a = ").is_empty(), "a fault is told elsewhere");
    }

    #[test]
    fn the_same_area_under_two_validities_is_two() {
        let area = |name: &str, from: &str| {
            format!("[[area]]\nid = \"q\"\nname = \"{name}\"\nvalid_from = \"{from}\"\n")
        };
        let old = area("cũ", "2020") + &area("mới", "2025");
        let new = area("cũ", "2020") + &area("khác", "2025");
        assert_eq!(told(&old, &new), ["Changed area q (2025) name: mới → khác"]);
    }
}
