//! What delivery is given: the people of the pack in force, secrets by name, the broker as a way out.

use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;

use anyhow::Result;
use async_trait::async_trait;
use delivery::people::{Players, Public};
use delivery::{Contact, DeliveryConfig, Directory, Outlet, People};
use domain::{Channel, PackFiles, Realm, RecipientId};
use serde::Deserialize;
use store::Ledger;
use tokio_util::sync::CancellationToken;
use warning::RecipientEntry;

use super::inforce::InForce;
use super::intake::Intake;
use crate::secrets::Secrets;
use crate::settings::Settings;

/// Something that runs until it is told to stop.
pub(super) type Running = Pin<Box<dyn Future<Output = Result<()>> + Send>>;

/// What delivery is set up with.
pub(super) struct Setup<'a> {
    pub(super) settings: &'a Settings,
    pub(super) web_address: SocketAddr,
    pub(super) realm: Realm,
    pub(super) secrets: &'a Secrets,
    pub(super) receipt_key: Arc<[u8]>,
}

impl Setup<'_> {
    /// Delivery, to be run until its stop signal.
    pub(super) fn run(
        self,
        ledger: Ledger,
        intake: Intake,
        in_force: InForce,
    ) -> impl FnOnce(CancellationToken) -> Running {
        report_missing_secrets(&in_force.files(), self.realm, self.secrets);
        let config = self.config();
        let secrets = self.secrets.clone();
        let secrets = delivery::Secrets {
            receipt_key: self.receipt_key.to_vec(),
            get: Arc::new(move |name| secret(&secrets, name)),
        };
        let people = people(in_force);
        move |stop| {
            Box::pin(async move {
                let outlet = Arc::new(intake);
                Ok(delivery::run(config, secrets, ledger, outlet, people, stop).await?)
            })
        }
    }

    /// Links lead to the web door, unless the settings name another way to it.
    fn config(&self) -> DeliveryConfig {
        let mut config = self.settings.delivery.clone();
        if config.public_url == DeliveryConfig::default().public_url {
            let outside = self.settings.web.public_url.clone();
            config.public_url = outside.unwrap_or_else(|| format!("http://{}", self.web_address));
        }
        config
    }
}

#[async_trait]
impl Outlet for Intake {
    async fn publish(&self, topic: &str, payload: Vec<u8>, retain: bool) -> Result<(), String> {
        self.broker().publish(topic, payload, retain).await.map_err(|error| error.to_string())
    }
}

/// Each audience asks for its own realm only: there is no way from one to the other.
fn people(in_force: InForce) -> People {
    let (public, players) = (in_force.clone(), in_force);
    let public = move |id: &RecipientId| contact(&public, Realm::Actual, id);
    let players = move |id: &RecipientId| contact(&players, Realm::Exercise, id);
    People::new(Directory::<Public>::new(public), Directory::<Players>::new(players))
}

fn contact(in_force: &InForce, realm: Realm, id: &RecipientId) -> Option<Contact> {
    let pack = in_force.pack();
    let RecipientEntry { name, language, channels, escalate_to, .. } =
        pack.directory.find(realm, id)?.clone();
    Some(Contact { name, language, channels, escalate_to })
}

pub(super) fn secret(secrets: &Secrets, name: &str) -> Option<Vec<u8>> {
    match secrets.text(name) {
        Ok(text) => text.map(String::into_bytes),
        Err(error) => {
            tracing::error!(name, error = format!("{error:#}"), "a secret cannot be used");
            None
        }
    }
}

/// `recipients.toml`, as far as it matters here; the pack was checked before.
#[derive(Deserialize)]
struct Recipients {
    #[serde(default)]
    actual: Vec<RecipientEntry>,
    #[serde(default)]
    exercise: Vec<RecipientEntry>,
}

/// Whoever cannot be reached for want of a secret is named at the start, not in the night of the flood.
/// In an exercise only its players count; in earnest the players of tests too.
fn report_missing_secrets(files: &PackFiles, realm: Realm, secrets: &Secrets) {
    let text = files.get("recipients.toml").map_or("", String::as_str);
    let Ok(Recipients { actual, exercise }) = toml::from_str(text) else { return };
    let actual = actual.iter().filter(|_| realm == Realm::Actual);
    for entry in actual.chain(&exercise) {
        for channel in &entry.channels {
            let Channel::Webhook { secret: name, .. } = channel else { continue };
            if secret(secrets, name).is_none() {
                tracing::error!(
                    recipient = %entry.id,
                    secret = name,
                    "a recipient's webhook has no secret and cannot be reached: write the secret into the secrets folder"
                );
            }
        }
    }
}
