//! The content of a bulletin.

use axum::Json;
use domain::Time;
use serde::Deserialize;
use utoipa::IntoParams;

use crate::access::{Access, Reading};
use crate::bulletin::{Bulletin, Question, gather};
use crate::input::{Ask, time};
use crate::problem::{Kind, Problem};

/// Which bulletin.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct BulletinQuery {
    /// As it was known at this instant. Default now.
    #[serde(default, deserialize_with = "time")]
    #[param(value_type = Option<String>, format = DateTime)]
    at: Option<Time>,
    /// Ids of rivers, with commas between; what belongs to their basins comes with them. Default all.
    #[serde(default)]
    river: String,
}

/// What a bulletin says: stages against alarm levels and past floods, rain of the day from 19:00 and of 24 hours,
/// warnings in force. All of it as it was known at `at`, with what had come by then and as it was configured.
#[utoipa::path(get, path = "/api/v1/bulletin", tag = "bulletin", params(BulletinQuery),
    responses((status = 200, body = Bulletin), (status = 404)))]
pub(crate) async fn bulletin(
    access: Access<Reading>,
    Ask(query): Ask<BulletinQuery>,
) -> Result<Json<Bulletin>, Problem> {
    let now = access.app().parts.ledger.now();
    if query.at.is_some_and(|at| at > now) {
        return Err(Problem::new(Kind::Malformed, "at lies in the future"));
    }
    let rivers = query.river.split(',').map(str::trim).filter(|river| !river.is_empty());
    let question = Question {
        at: query.at.unwrap_or(now),
        past: query.at.is_some(),
        rivers: rivers.map(str::to_owned).collect(),
    };
    gather(&access, &question).await.map(Json)
}
