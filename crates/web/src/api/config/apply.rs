//! Brings changed files into force.

use axum::Json;
use domain::PackFiles;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::access::{Access, Admin};
use crate::configuration::{NewFiles, NotApplied};
use crate::input::Body;
use crate::problem::{Kind, Problem, ProblemBody};

/// Longest reason, characters.
const REASON: usize = 1_000;

/// A change.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Apply {
    /// `seq` of the files that were changed; if others are in force meanwhile, nothing is changed.
    base: u64,
    /// Name → text; files that are not given stay as they are in force.
    #[schema(value_type = BTreeMap<String, String>)]
    files: PackFiles,
    /// Why; printed in the list of configurations.
    reason: String,
    /// Tag of a folder that holds something else than what is in force, to be overwritten.
    over: Option<String>,
}

/// It is in force.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct InForce {
    /// Its arrival.
    seq: u64,
    /// Why the folder could not be written after all; it is tried again until it can be. Null = it is written.
    folder_behind: Option<String>,
}

/// Brings changed files into force: all, or nothing. They are journalled with the person and the reason, and written into
/// the folder of the configuration.
#[utoipa::path(post, path = "/api/v1/config/apply", tag = "administration", request_body = Apply,
    responses(
        (status = 200, body = InForce),
        (status = 409, description = "another configuration is in force, or the folder was changed by hand", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "the files have faults, or nothing is different", body = ProblemBody, content_type = "application/problem+json"),
        (status = 503, description = "the folder cannot be written; nothing was changed", body = ProblemBody, content_type = "application/problem+json"),
    ))]
pub(crate) async fn apply(
    access: Access<Admin>,
    Body(given): Body<Apply>,
) -> Result<Json<InForce>, Problem> {
    let reason = given.reason.trim().to_owned();
    if reason.is_empty() || reason.chars().count() > REASON {
        let detail = format!("reason: say why, in at most {REASON} characters");
        return Err(Problem::new(Kind::NotUsable, detail));
    }
    let by = access.signature()?;
    let names: Vec<String> = given.files.keys().cloned().collect();
    let (told, base) = (reason.clone(), given.base);
    let change = NewFiles { base, files: given.files, over: given.over, by, reason };
    let applied = access.app().parts.configuration.apply(change).await.map_err(problem)?;
    let (what, files) = match applied.seq == base {
        // What is in force stayed as it is: only the folder was otherwise.
        true => ("configuration folder restored", String::new()),
        false => ("configuration applied", format!("{} ", names.join(", "))),
    };
    access.audit(what, format!("arrival {}: {files}({told})", applied.seq)).await?;
    Ok(Json(InForce { seq: applied.seq, folder_behind: applied.folder_behind }))
}

fn problem(why: NotApplied) -> Problem {
    let (kind, detail) = match why {
        NotApplied::Changed(seq) => {
            let detail = format!(
                "another configuration is in force meanwhile, that of arrival {seq}: look at it, then change again; nothing was changed"
            );
            (Kind::Changed, detail)
        }
        NotApplied::FolderDiffers(detail) => (Kind::Changed, detail),
        NotApplied::Same => {
            (Kind::NotUsable, "these files are in force already; nothing was changed".to_owned())
        }
        NotApplied::Faults(faults) => {
            let lines: Vec<String> = faults.iter().map(ToString::to_string).collect();
            (
                Kind::NotUsable,
                format!("{} faults; nothing was changed\n{}", faults.len(), lines.join("\n")),
            )
        }
        NotApplied::Folder(detail) => (Kind::NotWriting, format!("{detail}; nothing was changed")),
        NotApplied::Store(refusal) => return refusal.into(),
    };
    Problem::new(kind, detail)
}
