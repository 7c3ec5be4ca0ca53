//! Changes one entry of a list in a file's text. Everything else stays to the letter: comments, order, blanks, and the
//! values of the entry that are the same.

use serde_json::{Map, Value as Json};
use toml_edit::{
    Array, ArrayOfTables, Decor, DocumentMut, InlineTable, Item, Table, Value, value as item,
};

/// Keys that stand first in a new entry, in this order.
const FIRST: [&str; 7] = ["kind", "id", "name", "name_vi", "name_en", "role", "language"];

/// Why a text cannot be changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EditError {
    /// It is no TOML.
    #[error("the file cannot be read: {0}")]
    Text(String),
    /// There is no such entry.
    #[error("there is no [[{list}]] with id = \"{id}\": look at the file again")]
    Missing {
        /// The list.
        list: String,
        /// The id.
        id: String,
    },
    /// There is such an entry already.
    #[error("there is a [[{list}]] with id = \"{id}\" already: choose another id")]
    Taken {
        /// The list.
        list: String,
        /// The id.
        id: String,
    },
    /// No list of entries.
    #[error("'{0}' is no list of entries in this file")]
    NoList(String),
}

/// Replaces, adds (`id` absent) or removes (`entry` absent) one `[[list]]` entry. A value that is null is left out.
///
/// # Errors
/// The text is no TOML, or there is no such entry, or already one of that id.
///
/// ```
/// let text = "[[actual]] # first\nid = \"a\"\nname   = \"An\" # kept\nrole = \"public\"\n";
/// let entry = serde_json::json!({"id": "a", "name": "An", "role": "committee", "min_level": null});
/// let new = pack::edit::entry(text, "actual", Some("a"), entry.as_object())?;
/// assert_eq!(new, text.replace("public", "committee"));
/// # Ok::<(), pack::edit::EditError>(())
/// ```
pub fn entry(
    text: &str,
    list: &str,
    id: Option<&str>,
    entry: Option<&Map<String, Json>>,
) -> Result<String, EditError> {
    let mut document: DocumentMut =
        text.parse().map_err(|error: toml_edit::TomlError| EditError::Text(error.to_string()))?;
    let place = document.entry(list).or_insert_with(|| Item::ArrayOfTables(ArrayOfTables::new()));
    let tables =
        place.as_array_of_tables_mut().ok_or_else(|| EditError::NoList(list.to_owned()))?;
    let find = |tables: &ArrayOfTables, id: &str| {
        tables.iter().position(|table| table.get("id").and_then(Item::as_str) == Some(id))
    };
    let at = match id {
        None => None,
        Some(id) => {
            let missing = || EditError::Missing { list: list.to_owned(), id: id.to_owned() };
            Some(find(tables, id).ok_or_else(missing)?)
        }
    };
    if let Some(new) = entry.and_then(|entry| entry.get("id")).and_then(Json::as_str)
        && find(tables, new).is_some_and(|found| Some(found) != at)
    {
        return Err(EditError::Taken { list: list.to_owned(), id: new.to_owned() });
    }
    match (at.and_then(|at| Some((at, tables.get_mut(at)?))), entry) {
        (Some((_, table)), Some(entry)) => fill(table, entry),
        (Some((at, _)), None) => remove(tables, at),
        (None, Some(entry)) => {
            let mut table = Table::new();
            table.decor_mut().set_prefix("\n");
            fill(&mut table, entry);
            tables.push(table);
        }
        (None, None) => {}
    }
    Ok(document.to_string())
}

/// Removes an entry. The comment of a whole section that stands above it goes to the next one.
fn remove(tables: &mut ArrayOfTables, at: usize) {
    let prefix = |decor: &Decor| decor.prefix().and_then(|p| p.as_str()).unwrap_or("").to_owned();
    let above = tables.get(at).map(|table| prefix(table.decor())).unwrap_or_default();
    tables.remove(at);
    // What an empty line parts from the entry does not speak of the entry.
    let section = above.rfind("\n\n").map(|end| &above[..end]).filter(|text| text.contains('#'));
    if let (Some(section), Some(next)) = (section, tables.get_mut(at)) {
        let kept = format!("{section}\n{}", prefix(next.decor()));
        next.decor_mut().set_prefix(kept);
    }
}

fn fill(table: &mut Table, entry: &Map<String, Json>) {
    for (key, json) in in_order(entry) {
        let Some(new) = value(json) else {
            table.remove(key);
            continue;
        };
        match table.get_mut(key).and_then(Item::as_value_mut) {
            Some(old) if same(old, &new) => {}
            Some(old) => {
                let decor = old.decor().clone();
                *old = new;
                *old.decor_mut() = decor;
            }
            None => {
                table.insert(key, item(new));
            }
        }
    }
}

/// What an entry is comes first; JSON keeps no order.
fn in_order(pairs: &Map<String, Json>) -> Vec<(&String, &Json)> {
    let mut pairs: Vec<_> = pairs.iter().collect();
    pairs
        .sort_by_key(|(key, _)| FIRST.iter().position(|first| first == key).unwrap_or(FIRST.len()));
    pairs
}

fn value(json: &Json) -> Option<Value> {
    Some(match json {
        Json::Null => return None,
        Json::Bool(yes) => (*yes).into(),
        Json::String(text) => text.as_str().into(),
        Json::Number(number) => match number.as_i64() {
            Some(whole) => whole.into(),
            None => number.as_f64()?.into(),
        },
        Json::Array(list) => Value::Array(list.iter().filter_map(value).collect::<Array>()),
        Json::Object(pairs) => {
            let pairs = in_order(pairs)
                .into_iter()
                .filter_map(|(key, json)| Some((key.as_str(), value(json)?)));
            Value::InlineTable(pairs.collect::<InlineTable>())
        }
    })
}

/// Whether two values say the same, however they are written.
fn same(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Array(one), Value::Array(other)) => {
            one.len() == other.len() && one.iter().zip(other.iter()).all(|(a, b)| same(a, b))
        }
        (Value::InlineTable(one), Value::InlineTable(other)) => {
            one.len() == other.len()
                && one.iter().all(|(key, a)| other.get(key).is_some_and(|b| same(a, b)))
        }
        (Value::Float(one), Value::Integer(other)) => {
            one.value().to_string() == other.value().to_string()
        }
        (Value::Integer(one), Value::Integer(other)) => one.value() == other.value(),
        (Value::Float(one), Value::Float(other)) => one.value() == other.value(),
        (Value::Boolean(one), Value::Boolean(other)) => one.value() == other.value(),
        (Value::String(one), Value::String(other)) => one.value() == other.value(),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const TEXT: &str = "\
# Who is told.

# Real ----

[[actual]]
id = \"a\"
name = \"An\" # by day
role = \"public\"
channels = [ {kind = \"cap\"} ]

# by night
[[actual]]
id = \"b\"
role = \"public\"

# Exercises ----

[[exercise]]
id = \"x\"
";

    fn edited(id: Option<&str>, entry: Option<Json>) -> Result<String, EditError> {
        let entry = entry.map(|entry| entry.as_object().cloned().expect("an object"));
        super::entry(TEXT, "actual", id, entry.as_ref())
    }

    #[test]
    fn what_is_the_same_stays_to_the_letter() {
        let same =
            json!({"id": "a", "name": "An", "channels": [{"kind": "cap"}], "min_level": null});
        assert_eq!(edited(Some("a"), Some(same)).expect("edited"), TEXT);
        let other = json!({"id": "a", "name": "Bình", "min_level": 2});
        let expected = TEXT
            .replace("\"An\" #", "\"Bình\" #")
            .replace("{kind = \"cap\"} ]\n", "{kind = \"cap\"} ]\nmin_level = 2\n");
        assert_eq!(edited(Some("a"), Some(other)).expect("edited"), expected);
    }

    #[test]
    fn a_new_one_follows_the_last_of_its_list() {
        let new = json!({"id": "c", "channels": [{"kind": "email", "address": "c@example.org"}]});
        let expected = TEXT.replace(
            "\n# Exercises",
            "\n[[actual]]\nid = \"c\"\nchannels = [{ kind = \"email\", address = \"c@example.org\" }]\n\n# Exercises",
        );
        assert_eq!(edited(None, Some(new)).expect("edited"), expected);
    }

    #[test]
    fn one_that_goes_takes_its_own_words_along_and_no_others() {
        let expected =
            TEXT.replace("# by night\n[[actual]]\nid = \"b\"\nrole = \"public\"\n\n", "");
        assert_eq!(edited(Some("b"), None).expect("edited"), expected);
        let first = edited(Some("a"), None).expect("edited");
        assert!(
            first
                .starts_with("# Who is told.\n\n# Real ----\n\n# by night\n[[actual]]\nid = \"b\""),
            "{first}"
        );
    }

    #[test]
    fn an_entry_that_is_not_there_or_is_twice_is_refused() {
        assert!(matches!(edited(Some("z"), None), Err(EditError::Missing { .. })));
        let taken = json!({"id": "b"});
        assert!(matches!(edited(None, Some(taken.clone())), Err(EditError::Taken { .. })));
        assert!(matches!(edited(Some("a"), Some(taken)), Err(EditError::Taken { .. })));
        assert!(matches!(entry("a = ", "actual", None, None), Err(EditError::Text(_))));
        assert!(matches!(entry("actual = 1", "actual", None, None), Err(EditError::NoList(_))));
    }
}
