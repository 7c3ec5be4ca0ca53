//! What every request shares.

use std::sync::Arc;
use std::time::Instant;

use axum::body::Bytes;
use tokio_util::sync::CancellationToken;

use crate::api::basemap;
use crate::auth::{Attempts, Passwords, Person, Sessions};
use crate::config::WebConfig;
use crate::limit::{Buckets, Crowd};
use crate::live::Live;
use crate::pages::Light;
use crate::parts::Parts;
use crate::problem::Problem;
use crate::reads::{Lane, Reads};
use crate::status::Watched;

/// Sign-ins and receipts at once.
const AT_ENTRANCE: usize = 64;
/// Of these, from one address.
const AT_ENTRANCE_PER_ADDRESS: usize = 8;

/// Shared by all requests. Handlers get at it only through [`crate::access::Access`].
#[derive(Clone)]
pub(crate) struct App(pub(crate) Arc<Inner>);

/// What is shared.
pub(crate) struct Inner {
    pub(crate) parts: Parts,
    pub(crate) config: WebConfig,
    pub(crate) stop: CancellationToken,
    pub(crate) live: Live,
    /// Pages without script.
    pub(crate) lite: Light,
    pub(crate) status: Watched,
    pub(crate) openapi: Bytes,
    /// The land under the stations.
    pub(crate) basemap: Option<Bytes>,
    pub(crate) reads: Reads,
    pub(crate) buckets: Buckets,
    pub(crate) sessions: Sessions,
    pub(crate) passwords: Passwords,
    pub(crate) attempts: Attempts,
    /// Held while somebody changes a user, so that no two take away each other's rights.
    pub(crate) people: tokio::sync::Mutex<()>,
    /// Requests of people who are not signed in.
    pub(crate) crowd: Crowd,
    /// Those of them that sign in or confirm a receipt.
    pub(crate) entrance: Crowd,
    /// Their live streams.
    pub(crate) live_crowd: Crowd,
    /// Live streams of signed-in people.
    pub(crate) live_staff: Crowd,
    /// Exports and reports of people who are not signed in.
    pub(crate) export_crowd: Crowd,
    /// Exports and reports of signed-in people.
    pub(crate) export_staff: Crowd,
}

impl Inner {
    /// The person of that session, remembered or as the ledger has it.
    ///
    /// # Errors
    /// Too many look, or the store cannot be read.
    pub(crate) async fn person(
        &self,
        session: &str,
        lane: Lane,
    ) -> Result<Option<Person>, Problem> {
        if let Some(person) = self.sessions.remembered(session, Instant::now()) {
            return Ok(Some(person));
        }
        let (reader, hash) = (self.parts.ledger.reader(), session.to_owned());
        let (session, user) = self
            .reads
            .read(lane, reader, move |reader| {
                let session = reader.session(&hash)?;
                let user =
                    session.as_ref().map(|session| reader.user(&session.user)).transpose()?;
                Ok((session, user.flatten()))
            })
            .await?;
        Ok(self.sessions.accept(session, user))
    }
}

impl App {
    pub(crate) fn new(parts: Parts, config: WebConfig, stop: CancellationToken) -> Self {
        let openapi = serde_json::to_vec(&crate::openapi::document());
        Self(Arc::new(Inner {
            stop,
            live: Live::new(&parts),
            lite: Light::default(),
            status: Watched::default(),
            openapi: openapi.map(Bytes::from).unwrap_or_default(),
            // The settings were checked before; a file that vanished since is no map.
            basemap: config.basemap.as_deref().and_then(|path| basemap::read(path).ok()),
            reads: Reads::new(config.readers, config.anonymous_readers),
            buckets: Buckets::default(),
            sessions: Sessions::default(),
            passwords: Passwords::new(config.sign_ins_at_once),
            attempts: Attempts::default(),
            people: tokio::sync::Mutex::default(),
            crowd: Crowd::new(config.anonymous_requests, config.anonymous_requests_per_address),
            entrance: Crowd::new(AT_ENTRANCE, AT_ENTRANCE_PER_ADDRESS),
            live_crowd: Crowd::new(config.anonymous_live_clients, config.live_clients_per_address),
            live_staff: Crowd::new(config.live_clients, usize::MAX),
            export_crowd: Crowd::new(config.anonymous_exports, 1),
            export_staff: Crowd::new(config.exports, usize::MAX),
            parts,
            config,
        }))
    }
}
