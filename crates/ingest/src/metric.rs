//! What the brokers count. Each starts at zero when its broker starts.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use metrics::{Counter, Gauge, Histogram, counter, describe_counter, describe_gauge};
use metrics::{describe_histogram, gauge, histogram};

/// Connections of stations and receivers now.
pub const CONNECTIONS: &str = "quantrac_mqtt_connections";
/// Messages taken from stations, whether committed or refused.
pub const MESSAGES: &str = "quantrac_mqtt_messages_total";
/// What was refused, by `reason`.
pub const REFUSED: &str = "quantrac_mqtt_refused_total";
/// Messages of stations that are larger than is taken, and were put aside.
pub const PUT_ASIDE: &str = "quantrac_mqtt_put_aside_total";
/// How long a message waited from the broker to its commit.
pub const COMMIT_WAIT: &str = "quantrac_mqtt_commit_wait_seconds";
/// How long messages of stations that send too fast were held back, in sum.
pub const HELD_BACK: &str = "quantrac_mqtt_held_back_seconds_total";

/// Messages that came from another broker, by `broker`.
pub const EXTERNAL_MESSAGES: &str = "quantrac_external_messages_total";
/// Messages published to another broker and acknowledged by it, by `broker`.
pub const EXTERNAL_PUBLISHED: &str = "quantrac_external_published_total";
/// Messages of another broker that are too large or of no station, by `broker`.
pub const EXTERNAL_PUT_ASIDE: &str = "quantrac_external_put_aside_total";
/// How often another broker had forgotten our session, by `broker`.
pub const EXTERNAL_FORGOTTEN: &str = "quantrac_external_sessions_forgotten_total";
/// 1 for the state that the connection to another broker is in, by `broker`, `way` and `state`.
pub const EXTERNAL_STATE: &str = "quantrac_external_state";
/// Arrivals of the journal that are not published to another broker yet, by `broker`.
pub const EXTERNAL_BEHIND: &str = "quantrac_external_behind_arrivals";

/// Says what the measurements of other brokers are.
pub(crate) fn describe_external() {
    describe_counter!(EXTERNAL_MESSAGES, "messages that came from another broker");
    describe_counter!(EXTERNAL_PUBLISHED, "messages that another broker took from us");
    describe_counter!(EXTERNAL_PUT_ASIDE, "messages too large or of no station");
    describe_counter!(EXTERNAL_FORGOTTEN, "how often another broker had forgotten our session");
    describe_gauge!(EXTERNAL_STATE, "1 for the state of the connection to another broker");
    describe_gauge!(EXTERNAL_BEHIND, "arrivals not published to another broker yet");
}

/// Why something was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(usize)]
pub(crate) enum Refused {
    /// A client without user name.
    Anonymous,
    /// A wrong user name or password.
    Credential,
    /// Too many wrong passwords.
    Throttled,
    /// The client id is in use by another account.
    ClientId,
    /// A will to a topic of somebody else.
    Will,
    /// A connection while the broker stops, or the credentials cannot be read.
    Unavailable,
    /// A message to a topic of somebody else.
    Topic,
    /// A subscription to what is not for this account.
    Subscription,
    /// A message that the store did not take.
    Store,
    /// A message whose commit took too long.
    Timeout,
}

const REASONS: [(Refused, &str); 10] = [
    (Refused::Anonymous, "anonymous"),
    (Refused::Credential, "credential"),
    (Refused::Throttled, "throttled"),
    (Refused::ClientId, "client_id"),
    (Refused::Will, "will"),
    (Refused::Unavailable, "unavailable"),
    (Refused::Topic, "topic"),
    (Refused::Subscription, "subscription"),
    (Refused::Store, "store"),
    (Refused::Timeout, "timeout"),
];

/// The handles, looked up once: the way of a message is no place for it.
pub(crate) struct Metrics {
    pub(crate) connections: Gauge,
    pub(crate) put_aside: Counter,
    messages: Counter,
    commit_wait: Histogram,
    held_back: Counter,
    held_back_us: AtomicU64,
    refused: [Counter; REASONS.len()],
    messages_here: AtomicU64,
    refused_here: AtomicU64,
}

impl Metrics {
    pub(crate) fn new() -> Self {
        describe_gauge!(CONNECTIONS, "connections of stations and receivers now");
        describe_counter!(MESSAGES, "messages taken from stations, committed or refused");
        describe_counter!(REFUSED, "what was refused, by reason");
        describe_counter!(PUT_ASIDE, "messages of stations that are too large");
        describe_histogram!(COMMIT_WAIT, "time from the broker to the commit of a message, s");
        describe_counter!(HELD_BACK, "time that messages of too fast stations were held back, s");
        let refused = REASONS.map(|(_, reason)| counter!(REFUSED, "reason" => reason));
        refused.iter().for_each(|counter| counter.increment(0));
        let metrics = Self {
            connections: gauge!(CONNECTIONS),
            put_aside: counter!(PUT_ASIDE),
            messages: counter!(MESSAGES),
            commit_wait: histogram!(COMMIT_WAIT),
            held_back: counter!(HELD_BACK),
            held_back_us: AtomicU64::new(0),
            refused,
            messages_here: AtomicU64::new(0),
            refused_here: AtomicU64::new(0),
        };
        metrics.connections.set(0.0);
        metrics.put_aside.increment(0);
        metrics.messages.increment(0);
        metrics.held_back.increment(0);
        metrics
    }

    pub(crate) fn message(&self) {
        self.messages.increment(1);
        self.messages_here.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn waited(&self, time: Duration) {
        self.commit_wait.record(time.as_secs_f64());
    }

    /// Counters are whole numbers, so the fractions are collected until a second is full.
    pub(crate) fn held_back(&self, time: Duration) {
        let added = u64::try_from(time.as_micros()).unwrap_or(u64::MAX);
        let before = self.held_back_us.fetch_add(added, Ordering::Relaxed);
        self.held_back.increment((before + added) / 1_000_000 - before / 1_000_000);
    }

    pub(crate) fn refuse(&self, why: Refused) {
        self.refused[why as usize].increment(1);
        self.refused_here.fetch_add(1, Ordering::Relaxed);
    }

    /// Messages and refusals since the broker started.
    pub(crate) fn totals(&self) -> (u64, u64) {
        (self.messages_here.load(Ordering::Relaxed), self.refused_here.load(Ordering::Relaxed))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_reason_stands_where_its_counter_is() {
        for (place, (reason, name)) in REASONS.iter().enumerate() {
            assert_eq!(*reason as usize, place, "{name}");
        }
    }
}
