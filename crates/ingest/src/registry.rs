//! Who is connected now.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
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
    buckets: HashMap<StationId, Arc<Bucket>>,
}

impl Registry {
    pub(crate) fn new(per_second: u32, burst: u32) -> Self {
        Self { per_second, burst, inside: Mutex::default() }
    }

    /// Somebody may come in.
    pub(crate) fn admit(&self, id: Id, identity: Identity, answers: bool) {
        let mut inside = self.lock();
        let bucket = match inside.buckets.entry(identity.name.clone()) {
            Entry::Occupied(bucket) => bucket.get().clone(),
            Entry::Vacant(place) => {
                place.insert(Arc::new(Bucket::new(self.per_second, self.burst))).clone()
            }
        };
        let (complained, since) = (AtomicBool::new(false), Instant::now());
        let member = Member { identity, answers, bucket, complained, since };
        inside.admitted.insert(id, Arc::new(member));
    }

    /// Somebody who was admitted is in. If the account now has more than `most` connections, the oldest
    /// are closed: after a broken line a station is back before its old connection is known to be dead.
    pub(crate) fn enter(&self, id: &Id, tx: Tx, most: usize) -> Option<Arc<Member>> {
        let mut inside = self.lock();
        let member = inside.admitted.remove(id)?;
        inside.connected.insert(id.clone(), (member.clone(), tx));
        let name = &member.identity.name;
        let mut own: Vec<_> =
            inside.connected.values().filter(|(other, _)| other.identity.name == *name).collect();
        own.sort_by_key(|(member, _)| member.since);
        for (_, tx) in own.iter().take(own.len().saturating_sub(most)) {
            close(tx);
        }
        Some(member)
    }

    /// Somebody left.
    pub(crate) fn leave(&self, id: &Id) -> Option<Arc<Member>> {
        self.lock().connected.remove(id).map(|(member, _)| member)
    }

    /// How many connections there are.
    pub(crate) fn len(&self) -> usize {
        self.lock().connected.len()
    }

    /// How many different stations are connected.
    pub(crate) fn stations(&self) -> usize {
        let inside = self.lock();
        let stations = inside.connected.values().map(|(member, _)| &member.identity);
        let names = stations.filter(|id| id.role == Role::Station).map(|id| &id.name);
        names.collect::<std::collections::HashSet<_>>().len()
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
        let over: Vec<_> = inside.connected.extract_if(|_, (_, tx)| tx.is_closed()).collect();
        over.into_iter().map(|(_, (member, _))| member).collect()
    }

    fn lock(&self) -> MutexGuard<'_, Inside> {
        self.inside.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn close(tx: &Tx) {
    // fails only when the session is over already
    drop(tx.unbounded_send(Message::Closed(Reason::ConnectKicked(true))));
}
