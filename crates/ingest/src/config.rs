//! How the broker is set up. Every option has a default with which a station on the same machine can connect.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::IngestError;

/// rmqtt waits this long for the old connection when a client id connects a second time. A commit that
/// takes longer would leave two connections with one client id.
const TAKEOVER_WAIT: Duration = Duration::from_secs(5);

/// The largest payload that can be allowed, bytes.
pub(crate) const MOST_BYTES: u64 = 16 * 1024 * 1024;

/// How the broker is set up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct BrokerConfig {
    /// Address for MQTT without encryption; port 0 takes a free one. Default `127.0.0.1:1883`.
    pub listen: SocketAddr,
    /// A second address for MQTT over TLS. Default: none.
    pub tls: Option<TlsConfig>,
    /// Largest payload that is taken, bytes. Default 262 144. A larger one is put aside with its beginning; one that is
    /// larger than 16 MiB ends its connection.
    pub max_packet_bytes: u32,
    /// Most sessions at once, including those whose client may still come back. Default 2 000.
    pub max_connections: u32,
    /// Most connections at once of one account; the oldest gives way. Default 8.
    pub max_connections_per_station: u32,
    /// Messages per second of one station, in the long run. Default 50. What is above waits: a backlog is
    /// slowed down, never lost.
    pub messages_per_second: u32,
    /// Messages of one station that may come at once before it is slowed down. Default 500.
    pub burst_messages: u32,
    /// Shortest keep-alive that is taken at its word, s. Default 10; what is shorter is treated as this.
    pub min_keepalive_seconds: u16,
    /// Longest keep-alive, s. Default 1 800; what is longer, or 0 (never), is treated as this.
    pub max_keepalive_seconds: u16,
    /// How long a message may wait for its commit, ms. Default 4 000, at most 4 900. Then the connection is
    /// closed without acknowledgement and the station sends again.
    pub commit_timeout_ms: u64,
    /// How long a station must be gone before it counts as disconnected, ms. Default 5 000.
    pub presence_settle_ms: u64,
    /// How long the answer to a wrong password is held back, ms. Default 1 000.
    pub refusal_delay_ms: u64,
}

/// MQTT over TLS.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TlsConfig {
    /// Address; port 0 takes a free one. The usual port is 8883.
    pub listen: SocketAddr,
    /// Certificate chain, PEM.
    pub cert: PathBuf,
    /// Private key, PEM.
    pub key: PathBuf,
    /// Certificate authority of the stations, PEM. With it each station must show a certificate, whose
    /// common name is its user name and which stands in for the password. Default: none.
    #[serde(default)]
    pub client_ca: Option<PathBuf>,
}

impl Default for BrokerConfig {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 1883)),
            tls: None,
            max_packet_bytes: 256 * 1024,
            max_connections: 2_000,
            max_connections_per_station: 8,
            messages_per_second: 50,
            burst_messages: 500,
            min_keepalive_seconds: 10,
            max_keepalive_seconds: 1_800,
            commit_timeout_ms: 4_000,
            presence_settle_ms: 5_000,
            refusal_delay_ms: 1_000,
        }
    }
}

impl BrokerConfig {
    /// Everything that is wrong with it, as (key, what is wrong and what to do).
    ///
    /// ```
    /// let config = ingest::BrokerConfig { messages_per_second: 0, ..Default::default() };
    /// assert_eq!(config.faults()[0].0, "messages_per_second");
    /// ```
    #[must_use]
    pub fn faults(&self) -> Vec<(&'static str, String)> {
        let mut faults = Vec::new();
        let mut check = |key, allowed: std::ops::RangeInclusive<u64>, value: u64| {
            if !allowed.contains(&value) {
                let (low, high) = (allowed.start(), allowed.end());
                faults.push((key, format!("{value} is not between {low} and {high}")));
            }
        };
        check("max_packet_bytes", 1_024..=MOST_BYTES, self.max_packet_bytes.into());
        check("max_connections", 1..=100_000, self.max_connections.into());
        check("max_connections_per_station", 1..=1_000, self.max_connections_per_station.into());
        check("messages_per_second", 1..=100_000, self.messages_per_second.into());
        check("burst_messages", 1..=1_000_000, self.burst_messages.into());
        check("max_keepalive_seconds", 30..=21_600, self.max_keepalive_seconds.into());
        let longest = u64::from(self.max_keepalive_seconds);
        check("min_keepalive_seconds", 1..=longest, self.min_keepalive_seconds.into());
        check("commit_timeout_ms", 100..=4_900, self.commit_timeout_ms);
        check("presence_settle_ms", 0..=600_000, self.presence_settle_ms);
        check("refusal_delay_ms", 0..=10_000, self.refusal_delay_ms);
        faults
    }

    /// Itself, if nothing is wrong with it.
    pub(crate) fn checked(self) -> Result<Self, IngestError> {
        match self.faults().into_iter().next() {
            Some((key, fault)) => Err(IngestError::Config { key, fault }),
            None => Ok(self),
        }
    }

    pub(crate) fn commit_timeout(&self) -> Duration {
        Duration::from_millis(self.commit_timeout_ms).min(TAKEOVER_WAIT)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_file_is_the_default_and_the_default_is_without_fault() {
        let config: BrokerConfig = toml::from_str("").expect("nothing is needed");
        assert_eq!(config, BrokerConfig::default());
        assert_eq!(config.faults(), []);
    }

    #[test]
    fn an_unknown_key_is_an_error() {
        let cases = [
            "listn = '0.0.0.0:1883'",
            "[tls]\nlisten = '0.0.0.0:8883'\ncert = 'a'\nkey = 'b'\nca = 'c'",
        ];
        for text in cases {
            let error = toml::from_str::<BrokerConfig>(text).expect_err(text);
            assert!(error.to_string().contains("unknown field"), "{error}");
        }
    }

    #[test]
    fn every_fault_is_told_with_its_key() {
        let config = BrokerConfig {
            max_packet_bytes: 1,
            max_connections: 0,
            max_connections_per_station: 0,
            messages_per_second: 0,
            burst_messages: 0,
            min_keepalive_seconds: 0,
            max_keepalive_seconds: 1,
            commit_timeout_ms: 5_000,
            presence_settle_ms: 1_000_000,
            refusal_delay_ms: 1_000_000,
            ..BrokerConfig::default()
        };
        let keys: Vec<_> = config.faults().into_iter().map(|(key, _)| key).collect();
        assert_eq!(keys.len(), 10, "{keys:?}");
    }
}
