//! The light pages: no script, a few kilobytes, for a bad link, an old telephone or a text browser.
//!
//! * `facts` what is known, read once for all; `rows` its order; `words` in two languages
//! * `list`, `station` the pages; `frame` what stands around them; `copies` one rendering for a crowd
//!
//! They show what the public API shows, and nothing else; only how many drafts wait is for signed-in people.

mod copies;
mod facts;
mod frame;
mod list;
mod rows;
mod spark;
mod station;
mod words;

use axum::extract::Query;
use axum::extract::rejection::QueryRejection;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use serde::Deserialize;

use copies::{Copies, Key};
use facts::{Facts, Sight};
use list::Choice;
use words::{Language, REFUSED, SIGN_IN, UNKNOWN};

use crate::access::{Access, Everyone, Reading};
use crate::app::Inner;
use crate::input::Named;
use crate::problem::Problem;

/// What the light pages keep.
#[derive(Debug, Default)]
pub(crate) struct Light {
    pub(in crate::pages::lite) copies: Copies,
    pub(in crate::pages::lite) facts: Facts,
}

/// What may stand behind the address. Whatever else stands there does no harm.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct LightQuery {
    /// `en`; else Vietnamese.
    lang: Option<String>,
    /// Only stations on that river; `khac` = on none.
    song: Option<String>,
    /// So many lines are left out.
    tu: Option<String>,
}

impl LightQuery {
    fn language(&self) -> Language {
        Language::asked(self.lang.as_deref())
    }
}

type Allowed = Result<Access<Reading>, Problem>;
type Asked = Result<Query<LightQuery>, QueryRejection>;

/// The list of stations, worst first, with the warnings in force.
pub(super) async fn list(
    all: Access<Everyone>,
    allowed: Allowed,
    query: Asked,
    headers: HeaderMap,
) -> Response {
    let query = query.map(|Query(query)| query).unwrap_or_default();
    let skip = query.tu.as_ref().and_then(|text| text.parse().ok()).unwrap_or(0);
    let choice = Choice { river: query.song.clone(), skip };
    let language = query.language();
    let refresh = all.app().config.light_refresh_seconds;
    answer(allowed, all.app(), language, choice.path(), &headers, async |access| {
        let sight = Sight::look(access.app()).await?;
        if !choice.exists(&sight) {
            return Ok(None);
        }
        let status = access.app().status.now(access.app(), false).await?;
        let told = |layer: &str| !matches!(layer, "realm" | "stations");
        let troubles = status.problems.into_iter().filter(|one| told(one.layer));
        let troubles = troubles.map(|one| language.of(&one.text_vi, &one.text_en).to_owned());
        let troubles: Vec<_> = troubles.collect();
        let waiting = access.signed_in();
        Ok(Some(list::list(&sight, language, refresh, &choice, waiting, &troubles)))
    })
    .await
}

/// One station: levels, rain sums, the last day hour by hour.
pub(super) async fn station(
    all: Access<Everyone>,
    allowed: Allowed,
    id: Result<Named<String>, Problem>,
    query: Asked,
    headers: HeaderMap,
) -> Response {
    let language = query.map(|Query(query)| query).unwrap_or_default().language();
    let refresh = all.app().config.light_refresh_seconds;
    let id = id.map(|Named(id)| id).unwrap_or_default();
    answer(allowed, all.app(), language, format!("/nhe/tram/{id}"), &headers, async |access| {
        let sight = Sight::look(access.app()).await?;
        let Some(found) = sight.pack.stations.get(id.as_str()) else { return Ok(None) };
        let (wanted, now) = (station::wanted(&sight, found), sight.now);
        let columns = access.read(move |reader| station::read(reader, &wanted, now)).await?;
        Ok(Some(station::station(&sight, language, refresh, found, &columns)))
    })
    .await
}

/// The words of a warning in force.
pub(super) async fn warning(
    all: Access<Everyone>,
    allowed: Allowed,
    id: Result<Named<String>, Problem>,
    query: Asked,
    headers: HeaderMap,
) -> Response {
    let language = query.map(|Query(query)| query).unwrap_or_default().language();
    let refresh = all.app().config.light_refresh_seconds;
    let id = id.map(|Named(id)| id).unwrap_or_default();
    answer(allowed, all.app(), language, format!("/nhe/canh-bao/{id}"), &headers, async |access| {
        let sight = Sight::look(access.app()).await?;
        let mut warnings = sight.stored.warnings.iter();
        let found = warnings.find(|(warning, _)| warning.id.as_str() == id);
        Ok(found.map(|(_, message)| list::whole_warning(&sight, language, refresh, message)))
    })
    .await
}

/// Looks of the pages.
pub(super) async fn style(_: Access<Everyone>) -> Response {
    let kind = (header::CONTENT_TYPE, HeaderValue::from_static("text/css; charset=utf-8"));
    let cache = (header::CACHE_CONTROL, HeaderValue::from_static("public, max-age=3600"));
    ([kind, cache], frame::STYLE).into_response()
}

/// The copy of that page, rendered if need be; `None` = there is no such page. A refusal is a page too, because a
/// telephone shows it to a person.
async fn answer(
    allowed: Allowed,
    app: &Inner,
    language: Language,
    page: String,
    headers: &HeaderMap,
    render: impl AsyncFnOnce(&Access<Reading>) -> Result<Option<String>, Problem>,
) -> Response {
    let refresh = app.config.light_refresh_seconds;
    let access = match allowed {
        Ok(access) => access,
        Err(problem) => return refused(&problem, language, refresh),
    };
    let key = Key { page, language, signed_in: access.signed_in() };
    let rendered = async {
        Ok(match render(&access).await? {
            Some(html) => (StatusCode::OK, html),
            None => {
                let html = frame::refusal(language, refresh, language.say(UNKNOWN));
                (StatusCode::NOT_FOUND, html)
            }
        })
    };
    match app.lite.copies.get(key, rendered).await {
        Ok(copy) => copy.answer(headers),
        Err(problem) => refused(&problem, language, refresh),
    }
}

fn refused(problem: &Problem, language: Language, refresh: u16) -> Response {
    let status = problem.status();
    let words = match status {
        StatusCode::UNAUTHORIZED => SIGN_IN,
        _ => REFUSED,
    };
    (status, Html(frame::refusal(language, refresh, language.say(words)))).into_response()
}
