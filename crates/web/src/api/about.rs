//! What this server is.

use axum::Json;
use domain::{Realm, Time};
use pack::Pack;
use serde::Serialize;
use utoipa::ToSchema;

use crate::access::{Access, Everyone};
use crate::parts::Drill;

/// What this server is.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct About {
    /// Short name of the configuration pack.
    name: String,
    title_vi: String,
    title_en: String,
    /// `actual` or `exercise`.
    #[schema(value_type = String)]
    realm: Realm,
    /// The server's clock; in a drill the drill's.
    #[schema(value_type = String, format = DateTime)]
    now: Time,
    drill: Option<Drill>,
    version: String,
    /// Who signs warnings.
    sender_vi: String,
    sender_en: String,
    /// Whether reading needs no sign-in.
    public_read: bool,
    /// Whether `/api/v1/basemap` has something.
    basemap: bool,
}

/// What this server is, whose, and what time it has.
#[utoipa::path(get, path = "/api/v1/about", tag = "server", responses((status = 200, body = About)))]
pub(crate) async fn about(access: Access<Everyone>) -> Json<About> {
    let app = access.app();
    let now = app.parts.ledger.now();
    let pack = (app.parts.pack)();
    let (sender_vi, sender_en) = sender(&pack, now);
    Json(About {
        name: pack.about.name.clone(),
        title_vi: pack.about.title_vi.clone(),
        title_en: pack.about.title_en.clone(),
        realm: app.parts.realm,
        now,
        drill: app.parts.drill,
        version: app.parts.version.clone(),
        sender_vi,
        sender_en,
        public_read: app.config.public_read,
        basemap: app.basemap.is_some(),
    })
}

/// The agency that signs warnings at that time.
pub(crate) fn sender(pack: &Pack, at: Time) -> (String, String) {
    let valid = |from: Option<Time>, to: Option<Time>| {
        from.is_none_or(|from| from <= at) && to.is_none_or(|to| at < to)
    };
    let mut agencies = pack.agencies.iter();
    let found = agencies.find(|one| one.role == "sender" && valid(one.valid_from, one.valid_to));
    found.map(|one| (one.name_vi.clone(), one.name_en.clone())).unwrap_or_default()
}
