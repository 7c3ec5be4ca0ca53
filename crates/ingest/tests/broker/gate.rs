//! The gate: real passwords, and commits that wait until the test lets them pass.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use domain::StationId;
use ingest::gate::{Client, Denied, Identity};
use ingest::{Credentials, Doorkeeper, Gate};
use store::{Refusal, StoreError};
use tokio::sync::watch;

/// The secret of every account that a test does not give another.
pub(crate) const SECRET: &str = "kq7f0v9d2m4x8s1b6w3z5y0c";

/// Accounts and their hashes.
#[derive(Default)]
pub(crate) struct Accounts(Mutex<BTreeMap<StationId, String>>);

impl Accounts {
    pub(crate) fn put(&self, name: &str, secret: &str) {
        let (name, hash) = (name.parse().unwrap(), store::secret_hash(secret));
        self.0.lock().unwrap().insert(name, hash);
    }
}

impl Credentials for Accounts {
    fn one(&self, name: &StationId) -> Result<Option<String>, StoreError> {
        Ok(self.0.lock().unwrap().get(name).cloned())
    }

    fn all(&self) -> Result<Vec<(StationId, String)>, StoreError> {
        Ok(self.0.lock().unwrap().clone().into_iter().collect())
    }
}

/// What becomes of commits.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Commits {
    Pass,
    Wait,
    Fail,
    Busy,
}

/// One thing the gate was given.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Given {
    Message { station: String, topic: String, payload: Vec<u8> },
    Presence { station: String, connected: bool },
}

pub(crate) struct TestGate {
    pub(crate) accounts: Arc<Accounts>,
    doorkeeper: Doorkeeper,
    commits: watch::Sender<Commits>,
    /// What came, whether committed or not.
    pub(crate) offered: watch::Sender<Vec<Given>>,
    /// What was committed.
    pub(crate) committed: watch::Sender<Vec<Given>>,
}

impl TestGate {
    /// With accounts for these names, all with [`SECRET`].
    pub(crate) fn with(names: &[&str]) -> Arc<Self> {
        let accounts = Arc::new(Accounts::default());
        for name in names {
            accounts.put(name, SECRET);
        }
        let delay = std::time::Duration::from_millis(50);
        Arc::new(Self {
            doorkeeper: Doorkeeper::new(accounts.clone(), delay),
            accounts,
            commits: watch::Sender::new(Commits::Pass),
            offered: watch::Sender::default(),
            committed: watch::Sender::default(),
        })
    }

    /// From now on, also for those that wait.
    pub(crate) fn set(&self, commits: Commits) {
        self.commits.send_replace(commits);
    }

    /// Waits until that many messages were committed.
    pub(crate) async fn messages(&self, count: usize) -> Vec<Given> {
        until(&self.committed, |given| messages(given).len() >= count).await;
        messages(&self.committed.borrow())
    }

    /// Waits until that many messages were offered.
    pub(crate) async fn offers(&self, count: usize) {
        until(&self.offered, |given| messages(given).len() >= count).await;
    }

    /// Waits until the presence of a station went through these states.
    pub(crate) async fn presence(&self, station: &str, states: &[bool]) {
        until(&self.committed, |given| presence(given, station).len() >= states.len()).await;
        assert_eq!(presence(&self.committed.borrow(), station), states);
    }

    async fn take(&self, given: Given) -> Result<(), Refusal> {
        self.offered.send_modify(|all| all.push(given.clone()));
        let mut commits = self.commits.subscribe();
        let fate = *commits.wait_for(|now| *now != Commits::Wait).await.unwrap();
        match fate {
            Commits::Fail => Err(Refusal::Failing("no space left on device".into())),
            Commits::Busy => Err(Refusal::Busy),
            Commits::Pass | Commits::Wait => {
                self.committed.send_modify(|all| all.push(given));
                Ok(())
            }
        }
    }
}

async fn until(list: &watch::Sender<Vec<Given>>, done: impl FnMut(&Vec<Given>) -> bool) {
    let mut changes = list.subscribe();
    let waited = tokio::time::timeout(crate::SOON, changes.wait_for(done)).await;
    assert!(waited.is_ok(), "it did not come: {:?}", list.borrow());
}

fn messages(given: &[Given]) -> Vec<Given> {
    given.iter().filter(|given| matches!(given, Given::Message { .. })).cloned().collect()
}

fn presence(given: &[Given], of: &str) -> Vec<bool> {
    let states = given.iter().filter_map(|given| match given {
        Given::Presence { station, connected } if station == of => Some(*connected),
        _ => None,
    });
    states.collect()
}

#[async_trait]
impl Gate for TestGate {
    async fn authorize(&self, client: Client) -> Result<Identity, Denied> {
        self.doorkeeper.admit(client).await
    }

    async fn withdrawn(&self, who: &[Identity]) -> Vec<bool> {
        self.doorkeeper.withdrawn(who).await
    }

    async fn commit(
        &self,
        station: &StationId,
        message: ingest::Message<'_>,
    ) -> Result<(), Refusal> {
        let (station, topic) = (station.to_string(), message.topic.to_owned());
        self.take(Given::Message { station, topic, payload: message.payload.to_vec() }).await
    }

    async fn presence(&self, station: &StationId, connected: bool) -> Result<(), Refusal> {
        self.take(Given::Presence { station: station.to_string(), connected }).await
    }
}
