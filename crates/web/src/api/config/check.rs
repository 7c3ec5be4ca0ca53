//! What is wrong with changed files, and what they would change.

use axum::Json;
use domain::PackFiles;
use pack::compare::{self, Change, How};
use pack::place::line_of;
use pack::{Fault, Pack};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::history::{FileChange, changes};
use crate::access::{Access, Admin};
use crate::input::Body;
use crate::problem::Problem;

/// Files to look at.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Check {
    /// Name → text; files that are not given are taken as they are in force.
    #[schema(value_type = BTreeMap<String, String>)]
    files: PackFiles,
}

/// What was found.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Checked {
    /// No faults: they could come into force.
    good: bool,
    /// What the pack would hold, in one line; null = it has faults.
    summary: Option<String>,
    /// Every fault, as `quantrac check-config` tells them.
    faults: Vec<FaultView>,
    /// What would mean something else.
    meaning: Vec<ChangeView>,
    /// Lines that would be others.
    changes: Vec<FileChange>,
}

/// A fault.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct FaultView {
    file: String,
    /// Line in the file, from 1, where it can be told.
    line: Option<usize>,
    /// Such as `station[3].interval`.
    key: String,
    /// The value found.
    value: String,
    /// What is wrong and what to do.
    problem: String,
}

/// An entry that would not be as it is.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ChangeView {
    file: String,
    /// `station`, `level`, `rule`, `actual`, `exercise` …; empty = the file itself.
    kind: String,
    id: String,
    name: Option<String>,
    /// `added`, `removed` or `changed`.
    change: &'static str,
    values: Vec<ValueView>,
}

/// A value that would not be as it is.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ValueView {
    key: String,
    before: Option<String>,
    after: Option<String>,
}

/// Looks at changed files: all their faults, and what they would change. Nothing comes into force.
#[utoipa::path(post, path = "/api/v1/config/check", tag = "administration", request_body = Check,
    responses((status = 200, body = Checked)))]
pub(crate) async fn check(
    access: Access<Admin>,
    Body(given): Body<Check>,
) -> Result<Json<Checked>, Problem> {
    let in_force = access.app().parts.configuration.standing().await.files;
    let work = move || look(&in_force, given.files);
    Ok(Json(tokio::task::spawn_blocking(work).await.map_err(Problem::internal)?))
}

fn look(in_force: &PackFiles, given: PackFiles) -> Checked {
    let mut files = in_force.clone();
    files.extend(given);
    let parsed = Pack::parse(&files);
    let summary = parsed.as_ref().ok().map(Pack::summary);
    let faults = faults(parsed.err().unwrap_or_default(), &files);
    let meaning = compare::changes(in_force, &files).into_iter().map(ChangeView::from).collect();
    let changes = changes(in_force, &files);
    Checked { good: faults.is_empty(), summary, faults, meaning, changes }
}

/// The same faults with the line in their file.
pub(super) fn faults(faults: Vec<Fault>, files: &PackFiles) -> Vec<FaultView> {
    let view = |Fault { file, key, value, problem }: Fault| {
        let line = files.get(&file).and_then(|text| line_of(text, &key));
        FaultView { file, line, key, value, problem }
    };
    faults.into_iter().map(view).collect()
}

impl From<Change> for ChangeView {
    fn from(change: Change) -> Self {
        let Change { file, kind, id, name, how, values } = change;
        let change = match how {
            How::Added => "added",
            How::Removed => "removed",
            How::Changed => "changed",
        };
        let value =
            |v: compare::ValueChange| ValueView { key: v.key, before: v.before, after: v.after };
        let values = values.into_iter().map(value).collect();
        Self { file, kind, id, name, change, values }
    }
}
