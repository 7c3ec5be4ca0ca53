//! Which stations are there. Only changes are passed on, and a station that is back within the settling time
//! was never gone: a storm of reconnects leaves one line in the journal.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use domain::StationId;
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio::time::Instant;

use crate::gate::Gate;

/// When a change could not be committed it is tried again after this time.
const RETRY: Duration = Duration::from_secs(1);

/// What happens to a station.
#[derive(Debug)]
pub(crate) enum Event {
    /// One more connection.
    Connected(StationId),
    /// One connection less.
    Disconnected(StationId),
    /// Its own word, already committed.
    Said(StationId, bool),
}

/// What is known of one station.
#[derive(Default)]
struct Station {
    connections: usize,
    /// What the journal says.
    journal: Option<bool>,
    /// What the journal should say, and from when on.
    wanted: Option<(bool, Instant)>,
    /// A change is on its way.
    writing: bool,
}

/// Passes changes on until the sender of the events is dropped.
pub(crate) async fn keep(
    gate: Arc<dyn Gate>,
    settle: Duration,
    mut events: mpsc::UnboundedReceiver<Event>,
) {
    let mut stations: HashMap<StationId, Station> = HashMap::new();
    let mut writes: JoinSet<(StationId, bool, bool)> = JoinSet::new();
    loop {
        let due =
            stations.values().filter(|s| !s.writing).filter_map(|s| s.wanted).map(|w| w.1).min();
        let timer = tokio::time::sleep_until(due.unwrap_or_else(far));
        tokio::select! {
            event = events.recv() => match event {
                Some(event) => note(&mut stations, event, settle),
                None => return,
            },
            () = timer, if due.is_some() => {}
            Some(Ok((name, connected, done))) = writes.join_next() => {
                if let Some(station) = stations.get_mut(&name) {
                    station.written(connected, done);
                }
            }
        }
        let now = Instant::now();
        for (name, station) in &mut stations {
            if let Some(connected) = station.next(now) {
                writes.spawn(write(gate.clone(), name.clone(), connected));
            }
        }
    }
}

fn note(stations: &mut HashMap<StationId, Station>, event: Event, settle: Duration) {
    let now = Instant::now();
    match event {
        Event::Connected(name) => {
            let station = stations.entry(name).or_default();
            station.connections += 1;
            station.wanted = Some((true, now));
        }
        Event::Disconnected(name) => {
            let station = stations.entry(name).or_default();
            station.connections = station.connections.saturating_sub(1);
            if station.connections == 0 {
                station.wanted = Some((false, now + settle));
            }
        }
        Event::Said(name, connected) => {
            let station = stations.entry(name).or_default();
            station.journal = Some(connected);
            station.wanted = station.wanted.filter(|_| station.connections == 0);
        }
    }
}

async fn write(gate: Arc<dyn Gate>, name: StationId, connected: bool) -> (StationId, bool, bool) {
    let done = match gate.presence(&name, connected).await {
        Ok(()) => true,
        Err(refusal) => {
            tracing::debug!(station = %name, connected, %refusal, "a station's presence waits for the store");
            false
        }
    };
    (name, connected, done)
}

impl Station {
    /// What is to be written now, if anything.
    fn next(&mut self, now: Instant) -> Option<bool> {
        let (connected, from) = self.wanted.filter(|_| !self.writing)?;
        if self.journal == Some(connected) {
            self.wanted = None;
            return None;
        }
        if from > now {
            return None;
        }
        self.writing = true;
        Some(connected)
    }

    fn written(&mut self, connected: bool, done: bool) {
        self.writing = false;
        if done {
            self.journal = Some(connected);
        } else if let Some((_, from)) = &mut self.wanted {
            *from = (*from).max(Instant::now() + RETRY);
        }
    }
}

fn far() -> Instant {
    Instant::now() + Duration::from_secs(3600)
}
