//! How each broker is, for the pages and for `/metrics`.

use std::sync::{Mutex, MutexGuard, PoisonError};

use domain::Time;
use metrics::{Counter, Gauge, counter, gauge};
use serde::Serialize;

use crate::metric;

/// How a connection to a broker is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum LinkState {
    /// Being made.
    Connecting,
    /// Made; what is to be read is subscribed to.
    Connected,
    /// Made, but the broker refused a subscription.
    SubscriptionRefused,
    /// The broker does not answer, or ended the connection.
    Unreachable,
    /// One side does not accept the other's certificate, or ours cannot be used.
    BadCertificate,
    /// The broker does not accept user, password or client id.
    NotAuthorised,
    /// Made, but nothing is taken because the ledger refuses.
    Paused,
}

impl LinkState {
    /// Every state, as `/metrics` names it.
    pub(crate) const ALL: [(Self, &'static str); 7] = [
        (Self::Connecting, "connecting"),
        (Self::Connected, "connected"),
        (Self::SubscriptionRefused, "subscription_refused"),
        (Self::Unreachable, "unreachable"),
        (Self::BadCertificate, "bad_certificate"),
        (Self::NotAuthorised, "not_authorised"),
        (Self::Paused, "paused"),
    ];
}

/// A connection.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Link {
    /// How it is.
    pub state: LinkState,
    /// Since when; while nothing can be reached, since the connection was lost.
    pub since: Time,
    /// What the broker, the system or the ledger said.
    pub reason: Option<String>,
    /// When the next attempt is made.
    pub next_try_at: Option<Time>,
}

/// What one way, in or out, has done since the start.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// Messages that came, or that the broker took.
    pub messages: u64,
    /// Those that are committed. Of a way out: arrivals of the journal that are not published yet.
    pub settled: u64,
    /// Those that were put aside before anybody looked into them: too large, or of no station.
    pub put_aside: u64,
    /// How often the broker had forgotten what it should have kept for us.
    pub forgotten: u64,
    /// When it last had.
    pub forgotten_at: Option<Time>,
}

/// How one way is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct WayStatus {
    /// The connection.
    pub link: Link,
    /// What was done.
    pub counts: Counts,
}

/// Which way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Way {
    /// From the broker to us.
    In,
    /// From us to the broker.
    Out,
}

/// Where a way notes how it is.
pub(super) struct Board {
    inside: Mutex<Inside>,
    broker: String,
    states: [Gauge; LinkState::ALL.len()],
    messages: Counter,
    put_aside: Counter,
    forgotten: Counter,
    behind: Option<Gauge>,
}

struct Inside {
    link: Link,
    paused: Option<(Time, String)>,
    counts: Counts,
}

impl Board {
    pub(super) fn new(broker: &str, way: Way, now: Time) -> Self {
        let name = broker.to_owned();
        let (direction, messages) = match way {
            Way::In => ("in", counter!(metric::EXTERNAL_MESSAGES, "broker" => name.clone())),
            Way::Out => ("out", counter!(metric::EXTERNAL_PUBLISHED, "broker" => name.clone())),
        };
        let state = |(_, state)| gauge!(metric::EXTERNAL_STATE, "broker" => name.clone(), "way" => direction, "state" => state);
        let link =
            Link { state: LinkState::Connecting, since: now, reason: None, next_try_at: None };
        let board = Self {
            inside: Mutex::new(Inside { link, paused: None, counts: Counts::default() }),
            states: LinkState::ALL.map(state),
            messages,
            put_aside: counter!(metric::EXTERNAL_PUT_ASIDE, "broker" => name.clone()),
            forgotten: counter!(metric::EXTERNAL_FORGOTTEN, "broker" => name.clone()),
            behind: (way == Way::Out)
                .then(|| gauge!(metric::EXTERNAL_BEHIND, "broker" => name.clone())),
            broker: name,
        };
        for counter in [&board.messages, &board.put_aside, &board.forgotten] {
            counter.increment(0);
        }
        board.measure(&board.lock());
        board
    }

    /// A state of the connection. Being tried again changes nothing in since when it is away.
    pub(super) fn set(&self, state: LinkState, reason: Option<String>, now: Time) {
        let mut inside = self.lock();
        let same = inside.link.state == state;
        let since = if same { inside.link.since } else { now };
        if !same {
            let reason = reason.as_deref().unwrap_or_default();
            match state {
                LinkState::Connecting => {}
                LinkState::Connected => tracing::info!(broker = self.broker, "connected"),
                _ => tracing::warn!(broker = self.broker, ?state, reason, "the other broker"),
            }
        }
        inside.link = Link { state, since, reason, next_try_at: None };
        self.measure(&inside);
    }

    /// A message came by it, so there is a connection, whatever else is not answered yet.
    pub(super) fn hears(&self, now: Time) {
        let state = self.lock().link.state;
        if !matches!(state, LinkState::Connected | LinkState::SubscriptionRefused) {
            self.set(LinkState::Connected, None, now);
        }
    }

    /// When the next attempt is made.
    pub(super) fn next_try(&self, at: Time) {
        self.lock().link.next_try_at = Some(at);
    }

    /// The ledger refuses, or takes again.
    pub(super) fn pause(&self, reason: Option<String>, now: Time) {
        let mut inside = self.lock();
        match reason {
            None if inside.paused.is_none() => return,
            None => {
                inside.paused = None;
                tracing::info!(broker = self.broker, "the ledger takes messages again");
            }
            Some(reason) => {
                if inside.paused.is_none() {
                    tracing::warn!(broker = self.broker, reason, "the ledger refuses: paused");
                }
                let since = inside.paused.as_ref().map_or(now, |(since, _)| *since);
                inside.paused = Some((since, reason));
            }
        }
        self.measure(&inside);
    }

    pub(super) fn count(&self, change: impl FnOnce(&mut Counts)) {
        let mut inside = self.lock();
        let before = inside.counts;
        change(&mut inside.counts);
        let after = inside.counts;
        self.messages.increment(after.messages - before.messages);
        self.put_aside.increment(after.put_aside - before.put_aside);
        self.forgotten.increment(after.forgotten - before.forgotten);
        if let Some(behind) = &self.behind {
            behind.set(after.settled as f64);
        }
    }

    pub(super) fn status(&self) -> WayStatus {
        let inside = self.lock();
        WayStatus { link: inside.shown(), counts: inside.counts }
    }

    fn measure(&self, inside: &Inside) {
        let shown = inside.shown().state;
        for ((state, _), gauge) in LinkState::ALL.iter().zip(&self.states) {
            gauge.set(if *state == shown { 1.0 } else { 0.0 });
        }
    }

    fn lock(&self) -> MutexGuard<'_, Inside> {
        self.inside.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inside {
    /// A pause shows while there is a connection; without one, that is what is wrong first.
    fn shown(&self) -> Link {
        match &self.paused {
            Some((since, reason)) if self.link.state == LinkState::Connected => Link {
                state: LinkState::Paused,
                since: *since,
                reason: Some(reason.clone()),
                next_try_at: None,
            },
            _ => self.link.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_state_keeps_its_beginning_and_a_pause_shows_only_on_a_connection() {
        let at = Time::from_millis;
        let board = Board::new("tinh", Way::In, at(0));
        let shown = || {
            let link = board.status().link;
            (link.state, link.since.millis())
        };
        board.set(LinkState::Unreachable, Some("refused".to_owned()), at(5));
        board.set(LinkState::Unreachable, Some("refused again".to_owned()), at(9));
        board.pause(Some("disk full".to_owned()), at(10));
        assert_eq!(shown(), (LinkState::Unreachable, 5));
        board.set(LinkState::Connected, None, at(11));
        assert_eq!(shown(), (LinkState::Paused, 10));
        board.pause(None, at(12));
        assert_eq!(shown(), (LinkState::Connected, 11));
        board.hears(at(13));
        assert_eq!(shown(), (LinkState::Connected, 11));
        board.set(LinkState::Unreachable, Some("gone".to_owned()), at(14));
        board.hears(at(15));
        assert_eq!(shown(), (LinkState::Connected, 15));
        board.set(LinkState::SubscriptionRefused, None, at(16));
        board.hears(at(17));
        assert_eq!(shown(), (LinkState::SubscriptionRefused, 16));
    }
}
