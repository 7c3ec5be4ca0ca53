//! The files in force, and the folder beside them.

use std::collections::BTreeMap;

use axum::Json;
use domain::{PackFiles, Time};
use pack::edit;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;

use super::history::{FileChange, changes};
use crate::access::{Access, Admin};
use crate::configuration::Folder;
use crate::input::Body;
use crate::problem::{Kind, Problem, ProblemBody};

/// The files in force.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct FilesView {
    /// Arrival of the configuration in force: `base` of a change.
    seq: u64,
    #[schema(value_type = Option<String>, format = DateTime)]
    applied_at: Option<Time>,
    by: Option<String>,
    reason: Option<String>,
    /// Name → text.
    #[schema(value_type = BTreeMap<String, String>)]
    files: PackFiles,
    folder: FolderView,
}

/// The folder on disk.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct FolderView {
    /// `same` as in force, `differs`, or `unreadable`.
    state: &'static str,
    /// Why what it holds is not in force.
    problem: Option<String>,
    /// `over` of a change that is to overwrite it.
    tag: String,
    /// What is different there.
    changes: Vec<FileChange>,
    /// Text of the files that are different there.
    files: BTreeMap<String, String>,
}

/// One entry of a file, to be changed.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Edit {
    /// Text of the file.
    text: String,
    /// Which list, such as `actual` for `[[actual]]`.
    list: String,
    /// Which entry; null = a new one.
    id: Option<String>,
    /// How it is to be; a value that is null is left out. Null = it is removed.
    #[schema(value_type = Option<Object>)]
    entry: Option<Map<String, Value>>,
}

/// A text with the entry changed.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Edited {
    text: String,
}

/// The files in force, and whether the folder on disk holds the same.
#[utoipa::path(get, path = "/api/v1/config/files", tag = "administration",
    responses((status = 200, body = FilesView)))]
pub(crate) async fn files(access: Access<Admin>) -> Result<Json<FilesView>, Problem> {
    let standing = access.app().parts.configuration.standing().await;
    let seq = standing.seq;
    let record = access.read(move |reader| reader.config_before(seq.saturating_add(1))).await?;
    let record = record.filter(|record| record.seq == seq);
    let folder = folder(&standing.files, standing.folder);
    Ok(Json(FilesView {
        seq,
        applied_at: record.as_ref().map(|record| record.applied_at),
        by: record.as_ref().map(|record| record.by.clone()),
        reason: record.and_then(|record| record.reason),
        files: standing.files,
        folder,
    }))
}

fn folder(in_force: &PackFiles, folder: Folder) -> FolderView {
    let Folder { tag, files, problem } = folder;
    let Some(files) = files else {
        let (changes, files) = (Vec::new(), BTreeMap::new());
        return FolderView { state: "unreadable", problem, tag, changes, files };
    };
    let changes = changes(in_force, &files);
    let state = if changes.is_empty() { "same" } else { "differs" };
    let differs = |(name, text): &(String, String)| in_force.get(name) != Some(text);
    let files = files.into_iter().filter(differs).collect();
    FolderView { state, problem, tag, changes, files }
}

/// Changes one entry of a list in a text and gives the text back: comments and order stay. Nothing comes into force.
#[utoipa::path(post, path = "/api/v1/config/edit", tag = "administration", request_body = Edit,
    responses((status = 200, body = Edited), (status = 422, description = "no such entry, or no TOML", body = ProblemBody, content_type = "application/problem+json")))]
pub(crate) async fn edit(
    _: Access<Admin>,
    Body(Edit { text, list, id, entry }): Body<Edit>,
) -> Result<Json<Edited>, Problem> {
    let text = edit::entry(&text, &list, id.as_deref(), entry.as_ref());
    let text = text.map_err(|error| Problem::new(Kind::NotUsable, error.to_string()))?;
    Ok(Json(Edited { text }))
}
