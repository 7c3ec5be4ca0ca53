//! Who is connected now.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use domain::StationId;
use rmqtt::types::{Id, Message, Reason, Tx};
use tokio::time::Instant;

use crate::gate::{Identity, Role};
use crate::rate::Bucket;

/// A client that was let in but did not stay until its session began is forgotten after this time.
const ADMISSION: Duration = Duration::from_secs(60);

/// One connection of somebody who was let in.
pub(crate) struct Member {
    pub(crate) identity: Identity,
    /// Speaks MQTT 5, so that a refused message can be answered instead of closing the connection.
    pub(crate) answers: bool,
    /// Shared by all connections of the account.
    pub(crate) bucket: Arc<Bucket>,
    complained: AtomicBool,
    since: Instant,
}

impl Member {
    /// True once: what a misconfigured station does wrong with each message is logged with the first.
    pub(crate) fn first_complaint(&self) -> bool {
        !self.complained.swap(true, Ordering::Relaxed)
    }
}

/// Who is connected now.
pub(crate) struct Registry {
    per_second: u32,
    burst: u32,
    inside: Mutex<Inside>,
}

#[derive(Default)]
struct Inside {
    admitted: HashMap<Id, Arc<Member>>,
    connected: HashMap<Id, (Arc<Member>, Tx)>,
    accounts: HashMap<StationId, Account>,
}

/// An account that was here at least once; there are no more of them than credentials.
struct Account {
    bucket: Arc<Bucket>,
    /// Its connections, oldest first.
    connections: Vec<Id>,
    role: Role,
}

impl Registry {
    pub(crate) fn new(per_second: u32, burst: u32) -> Self {
        Self { per_second, burst, inside: Mutex::default() }
    }

    /// Somebody may come in.
    pub(crate) fn admit(&self, id: Id, identity: Identity, answers: bool) {
        let mut inside = self.lock();
        let account = inside.accounts.entry(identity.name.clone()).or_insert_with(|| Account {
            bucket: Arc::new(Bucket::new(self.per_second, self.burst)),
            connections: Vec::new(),
            role: identity.role,
        });
        let bucket = account.bucket.clone();
        let (complained, since) = (AtomicBool::new(false), Instant::now());
        let member = Member { identity, answers, bucket, complained, since };
        inside.admitted.insert(id, Arc::new(member));
    }

    /// Somebody who was admitted is in. If the account now has more than `most` connections, the oldest
    /// is closed: after a broken line a station is back before its old connection is known to be dead.
    pub(crate) fn enter(&self, id: &Id, tx: Tx, most: usize) -> Option<Arc<Member>> {
        let mut inside = self.lock();
        let member = inside.admitted.remove(id)?;
        inside.connected.insert(id.clone(), (member.clone(), tx));
        let account = inside.accounts.get_mut(&member.identity.name)?;
        account.connections.push(id.clone());
        let oldest = (account.connections.len() > most).then(|| account.connections[0].clone());
        if let Some((_, tx)) = oldest.and_then(|id| inside.connected.get(&id)) {
            close(tx);
        }
        Some(member)
    }

    /// Somebody left.
    pub(crate) fn leave(&self, id: &Id) -> Option<Arc<Member>> {
        self.lock().leave(id)
    }

    /// How many connections there are.
    pub(crate) fn len(&self) -> usize {
        self.lock().connected.len()
    }

    /// How many different stations are connected.
    pub(crate) fn stations(&self) -> usize {
        let inside = self.lock();
        let here = |a: &&Account| a.role == Role::Station && !a.connections.is_empty();
        inside.accounts.values().filter(here).count()
    }

    /// Everybody who is connected.
    pub(crate) fn members(&self) -> Vec<(Id, Identity)> {
        let inside = self.lock();
        inside.connected.iter().map(|(id, (m, _))| (id.clone(), m.identity.clone())).collect()
    }

    /// Ends a connection.
    pub(crate) fn close(&self, id: &Id) {
        if let Some((_, tx)) = self.lock().connected.get(id) {
            close(tx);
        }
    }

    /// Forgets connections that ended without saying so: rmqtt tells of no end when the client is gone
    /// before its CONNACK could be sent.
    pub(crate) fn ended(&self) -> Vec<Arc<Member>> {
        let mut inside = self.lock();
        inside.admitted.retain(|_, member| member.since.elapsed() < ADMISSION);
        let over = inside.connected.iter().filter(|(_, (_, tx))| tx.is_closed());
        let over: Vec<Id> = over.map(|(id, _)| id.clone()).collect();
        over.iter().filter_map(|id| inside.leave(id)).collect()
    }

    fn lock(&self) -> MutexGuard<'_, Inside> {
        self.inside.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inside {
    fn leave(&mut self, id: &Id) -> Option<Arc<Member>> {
        let (member, _) = self.connected.remove(id)?;
        if let Some(account) = self.accounts.get_mut(&member.identity.name) {
            account.connections.retain(|other| other != id);
        }
        Some(member)
    }
}

fn close(tx: &Tx) {
    // fails only when the session is over already
    drop(tx.unbounded_send(Message::Closed(Reason::ConnectKicked(true))));
}
