//! Which configuration was in force when, and what changed with it.

use axum::Json;
use domain::{PackFiles, Time};
use serde::Serialize;
use store::ConfigRecord;
use utoipa::ToSchema;

use super::super::stations::ListQuery;
use crate::access::{Access, Reading};
use crate::input::Ask;
use crate::paging::{Page, cursor, limit};
use crate::problem::Problem;

/// A configuration that came into force.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ConfigView {
    /// Its arrival.
    seq: u64,
    #[schema(value_type = String, format = DateTime)]
    applied_at: Time,
    /// Who applied it, for signed-in people.
    by: Option<String>,
    /// Why, for signed-in people; null = the folder was changed by hand.
    reason: Option<String>,
    /// Against the one before.
    changes: Vec<FileChange>,
}

/// A file that is not as it was.
#[derive(Debug, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct FileChange {
    file: String,
    /// `added`, `removed` or `changed`.
    change: &'static str,
    /// Lines that are new, for signed-in people.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    new_lines: Vec<String>,
    /// Lines that are gone, for signed-in people.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    old_lines: Vec<String>,
}

/// Configurations, newest first.
#[utoipa::path(get, path = "/api/v1/configs", tag = "server", params(ListQuery),
    responses((status = 200, body = Page<ConfigView>)))]
pub(crate) async fn list(
    access: Access<Reading>,
    Ask(query): Ask<ListQuery>,
) -> Result<Json<Page<ConfigView>>, Problem> {
    let limit = limit(query.limit, 100, 1_000)?;
    let before: Option<u64> = cursor(query.cursor.as_deref())?;
    let signed_in = access.signed_in();
    let configs = access.read(|reader| reader.configs()).await?;
    let nothing = PackFiles::new();
    let earlier = std::iter::once(&nothing).chain(configs.iter().map(|config| &config.files));
    let pairs: Vec<_> = earlier.zip(&configs).collect();
    let newest_first = pairs.into_iter().rev();
    let rest = newest_first.filter(|(_, config)| before.is_none_or(|before| config.seq < before));
    let views = rest.take(limit + 1).map(|(old, config)| view(old, config, signed_in));
    Ok(Json(Page::cut(views.collect(), limit, |config| config.seq.to_string())))
}

fn view(old: &PackFiles, config: &ConfigRecord, signed_in: bool) -> ConfigView {
    let mut changes = changes(old, &config.files);
    if !signed_in || old.is_empty() {
        for change in &mut changes {
            change.new_lines.clear();
            change.old_lines.clear();
        }
    }
    ConfigView {
        seq: config.seq,
        applied_at: config.applied_at,
        by: signed_in.then(|| config.by.clone()),
        reason: config.reason.clone().filter(|_| signed_in),
        changes,
    }
}

/// Lines that are in one and not in the other; enough to see what was changed, not a patch.
pub(super) fn changes(old: &PackFiles, new: &PackFiles) -> Vec<FileChange> {
    let names: std::collections::BTreeSet<_> = old.keys().chain(new.keys()).collect();
    let compare = |name: &String| {
        let (before, after) = (old.get(name), new.get(name));
        let change = match (before, after) {
            (None, _) => "added",
            (_, None) => "removed",
            (Some(before), Some(after)) if before == after => return None,
            _ => "changed",
        };
        let only = |one: Option<&String>, other: Option<&String>| {
            let known: std::collections::HashSet<_> =
                other.iter().flat_map(|t| t.lines()).collect();
            let lines = one.into_iter().flat_map(|text| text.lines());
            lines.filter(|line| !known.contains(line)).map(str::to_owned).collect()
        };
        let (new_lines, old_lines) = (only(after, before), only(before, after));
        Some(FileChange { file: name.clone(), change, new_lines, old_lines })
    };
    names.into_iter().filter_map(compare).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_changed_is_listed() {
        let pack = |files: &[(&str, &str)]| -> PackFiles {
            files.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect()
        };
        let old = pack(&[("a", "1\n2"), ("b", "x"), ("c", "y")]);
        let new = pack(&[("a", "1\n3"), ("b", "x"), ("d", "z")]);
        let found: Vec<_> = changes(&old, &new)
            .into_iter()
            .map(|c| format!("{} {} +{:?} -{:?}", c.file, c.change, c.new_lines, c.old_lines))
            .collect();
        let expected =
            ["a changed +[\"3\"] -[\"2\"]", "c removed +[] -[\"y\"]", "d added +[\"z\"] -[]"];
        assert_eq!(found, expected);
    }
}
