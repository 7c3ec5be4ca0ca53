//! Brokers that somebody else runs: what they are given, and how they are shown.

use std::sync::Arc;

use anyhow::Result;
use ingest::external::{self, ExternalStatus, Link, LinkState, Setup, WayStatus, Ways};
use store::Ledger;
use web::{ExternalBridge, ExternalBroker, ExternalIntake, ExternalLink, ExternalState};

use super::inforce::InForce;
use super::instance::Plan;
use crate::secrets::Secrets;

/// Name of the key that makes our client id another than that of any other installation.
const CLIENT_KEY: &str = "mqtt-client.key";

/// The ways to them, to be run.
pub(super) async fn start(
    plan: &Plan,
    secrets: &Secrets,
    in_force: &InForce,
    ledger: &Ledger,
) -> Result<Ways> {
    let key = secrets.key(CLIENT_KEY)?;
    let own: String = key.iter().take(6).map(|byte| format!("{byte:02x}")).collect();
    let (secrets, packs) = (secrets.clone(), in_force.clone());
    let setup = Setup {
        brokers: plan.settings.external.clone(),
        client_id: format!("quantrac-{own}"),
        realm: plan.realm,
        secret: Arc::new(move |name| super::delivering::secret(&secrets, name)),
        units: Arc::new(move |id| packs.pack().parameters.get(id).map(|one| one.unit)),
    };
    Ok(external::start(setup, ledger.clone()).await)
}

/// How they are, for the pages.
pub(super) fn status(ways: &Ways) -> Arc<dyn Fn() -> Vec<ExternalBroker> + Send + Sync> {
    let externals = ways.externals();
    Arc::new(move || externals.status().into_iter().map(shown).collect())
}

fn shown(status: ExternalStatus) -> ExternalBroker {
    let intake = |WayStatus { link, counts }: WayStatus| ExternalIntake {
        link: self::link(link),
        messages: counts.messages,
        committed: counts.settled,
        put_aside: counts.put_aside,
        sessions_forgotten: counts.forgotten,
        forgotten_at: counts.forgotten_at,
    };
    let bridge = |WayStatus { link, counts }: WayStatus| ExternalBridge {
        link: self::link(link),
        published: counts.messages,
        behind: counts.settled,
    };
    ExternalBroker {
        name: status.name,
        address: Some(status.address),
        intake: status.intake.map(intake),
        bridge: status.bridge.map(bridge),
    }
}

fn link(link: Link) -> ExternalLink {
    let state = match link.state {
        LinkState::Connecting => ExternalState::Connecting,
        LinkState::Connected => ExternalState::Connected,
        LinkState::SubscriptionRefused => ExternalState::SubscriptionRefused,
        LinkState::Unreachable => ExternalState::Unreachable,
        LinkState::BadCertificate => ExternalState::BadCertificate,
        LinkState::NotAuthorised => ExternalState::NotAuthorised,
        LinkState::Paused => ExternalState::Paused,
    };
    let Link { since, reason, next_try_at, .. } = link;
    ExternalLink { state, since, reason, next_try_at }
}
