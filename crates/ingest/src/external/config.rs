//! How another broker is reached, and what is taken from it.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::filter::Filter;
use crate::access::Channel;

/// Longest name of a broker; the targets of its alarms are longer.
const LONGEST_NAME: usize = 40;

/// A broker that somebody else runs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ExternalConfig {
    /// What it is called here: on pages, in alarms, in the journal. Required.
    pub name: String,
    /// Name or number of its machine. Required.
    pub address: String,
    /// Its port. Default 1883, with TLS 8883.
    pub port: Option<u16>,
    /// MQTT over TLS. Default: none.
    pub tls: Option<ExternalTls>,
    /// User name. Default: none.
    pub user: Option<String>,
    /// Name of the file in the folder of secrets that holds the password. Default: none.
    pub password_secret: Option<String>,
    /// Under this name the broker keeps what we have not acknowledged; no other client may use it. Default:
    /// one of this installation, which stays.
    pub client_id: Option<String>,
    /// Where readings are published. `+` stands once in each, for the station. Default
    /// `quantrac/v1/+/telemetry`.
    pub topics: Vec<String>,
    /// Where stations publish whether they are there. Default `quantrac/v1/+/status`.
    pub status_topics: Vec<String>,
    /// Name of the group with which the messages are shared, each to one of it. Default: none.
    pub share: Option<String>,
    /// Largest payload that is taken, bytes. Default 262 144. A larger one is put aside with its beginning.
    pub max_packet_bytes: u32,
    /// Keep-alive, s. Default 30.
    pub keepalive_seconds: u16,
    /// Longest wait between two attempts to connect, s. Default 60.
    pub longest_wait_seconds: u16,
    /// Topic under which checked readings and warnings are published there. Default: none.
    pub publish: Option<String>,
    /// For exercises, and only for them. Default: for the real system, and only for it.
    pub exercise: bool,
}

/// MQTT over TLS to another broker.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ExternalTls {
    /// Certificate authority of the broker, PEM; then no other is trusted. Default: those of the system.
    pub ca: Option<PathBuf>,
    /// Our certificate with its chain, PEM. Default: none.
    pub cert: Option<PathBuf>,
    /// Its private key, PEM (PKCS #8). Default: none.
    pub key: Option<PathBuf>,
}

impl Default for ExternalConfig {
    fn default() -> Self {
        Self {
            name: String::new(),
            address: String::new(),
            port: None,
            tls: None,
            user: None,
            password_secret: None,
            client_id: None,
            topics: vec!["quantrac/v1/+/telemetry".to_owned()],
            status_topics: vec!["quantrac/v1/+/status".to_owned()],
            share: None,
            max_packet_bytes: 256 * 1024,
            keepalive_seconds: 30,
            longest_wait_seconds: 60,
            publish: None,
            exercise: false,
        }
    }
}

/// Something wrong with a key of an entry: the key, what is wrong and what to do.
pub type ExternalFault = (&'static str, String);

impl ExternalConfig {
    /// Everything that is wrong with it alone.
    ///
    /// ```
    /// let config = ingest::ExternalConfig { name: "tinh".to_owned(), ..Default::default() };
    /// assert_eq!(config.faults()[0].0, "address");
    /// ```
    #[must_use]
    pub fn faults(&self) -> Vec<ExternalFault> {
        let mut faults = Vec::new();
        let mut must = |holds: bool, key, advice: &str| {
            if !holds {
                faults.push((key, advice.to_owned()));
            }
        };
        let name = self.name.parse::<domain::StationId>().is_ok();
        must(
            name && self.name.len() <= LONGEST_NAME,
            "name",
            "give each broker a name of 1 to 40 of a-z, 0-9, '.', '_' and '-'",
        );
        let host = !self.address.is_empty() && !self.address.contains(['/', ' ', '@']);
        must(host, "address", "say where it is: only the name or number of the machine");
        if let Some(advice) = self.port_in_address().filter(|_| host) {
            must(false, "address", &advice);
        }
        must(self.port != Some(0), "port", "use 1 to 65535");
        let tls = self.tls.clone().unwrap_or_default();
        must(
            tls.cert.is_some() == tls.key.is_some(),
            "tls",
            "a certificate of ours needs its key, and a key its certificate: give cert and key",
        );
        let password = self.password_secret.is_none() || self.user.is_some();
        must(password, "password_secret", "a password needs a user: give user");
        let text = |text: &Option<String>| text.as_ref().is_none_or(|text| !text.is_empty());
        must(text(&self.user), "user", "give a user name, or leave it out");
        must(text(&self.client_id), "client_id", "give a client id, or leave it out");
        let group = |text: &String| !text.is_empty() && !text.contains(['/', '+', '#']);
        must(self.share.as_ref().is_none_or(group), "share", "a group has no '/', '+' or '#'");
        let mut range = |key, value: u32, low: u32, high: u32| {
            let advice = format!("{value} is not between {low} and {high}");
            must((low..=high).contains(&value), key, &advice);
        };
        range("max_packet_bytes", self.max_packet_bytes, 1_024, 16 * 1024 * 1024);
        range("keepalive_seconds", self.keepalive_seconds.into(), 5, 1_800);
        range("longest_wait_seconds", self.longest_wait_seconds.into(), 1, 600);
        let prefix = |text: &String| is_prefix(text);
        must(
            self.publish.as_ref().is_none_or(prefix),
            "publish",
            "use a topic such as quantrac/out, without '+', '#' or braces, not beginning with '$'",
        );
        must(
            self.publish.is_none() || !self.exercise,
            "publish",
            "nothing of an exercise goes to other systems: leave it out",
        );
        let something = self.publish.is_some() || self.reads();
        must(something, "topics", "nothing is read from it and nothing published to it");
        self.filters_told(&mut faults);
        faults
    }

    /// What to do about a port that stands behind the address; a colon belongs into IPv6 numbers only.
    fn port_in_address(&self) -> Option<String> {
        let (host, port) = self.address.rsplit_once(':')?;
        if self.address.parse::<std::net::Ipv6Addr>().is_ok() {
            return None;
        }
        let host = host.trim_start_matches('[').trim_end_matches(']');
        Some(match port.parse::<u16>() {
            Ok(port) => format!(
                "the port has a key of its own: write address = \"{host}\" and port = {port}"
            ),
            Err(_) => "say where it is without ':'; the port has a key of its own".to_owned(),
        })
    }

    fn filters_told(&self, faults: &mut Vec<ExternalFault>) {
        let lists = [("topics", &self.topics), ("status_topics", &self.status_topics)];
        for (key, list) in lists {
            for (at, text) in list.iter().enumerate() {
                if let Err(advice) = Filter::parse(text, Channel::Telemetry) {
                    faults.push((key, format!("'{text}': {advice}")));
                }
                let before = list[..at].iter();
                let others = if key == "topics" { &[][..] } else { &self.topics[..] };
                if before.chain(others).any(|other| other == text) {
                    faults.push((key, format!("'{text}' is there twice")));
                }
            }
        }
    }

    /// Whether anything is read from it.
    pub(crate) fn reads(&self) -> bool {
        !self.topics.is_empty() || !self.status_topics.is_empty()
    }

    /// What is read from it.
    pub(crate) fn filters(&self) -> Vec<Filter> {
        let of = |list: &[String], channel| {
            list.iter().filter_map(|text| Filter::parse(text, channel).ok()).collect::<Vec<_>>()
        };
        let mut all = of(&self.topics, Channel::Telemetry);
        all.extend(of(&self.status_topics, Channel::Status));
        all
    }

    /// Its port.
    pub(crate) fn port(&self) -> u16 {
        self.port.unwrap_or(if self.tls.is_some() { 8883 } else { 1883 })
    }
}

/// What is wrong with several entries together: the number of the entry, from 0, and the fault.
#[must_use]
pub fn faults_together(all: &[ExternalConfig]) -> Vec<(usize, ExternalFault)> {
    let mut faults = Vec::new();
    for (at, one) in all.iter().enumerate() {
        let before = &all[..at];
        if !one.name.is_empty() && before.iter().any(|other| other.name == one.name) {
            faults.push((at, ("name", "another broker has this name".to_owned())));
        }
        let place = |one: &ExternalConfig| (one.address.clone(), one.port(), one.client_id.clone());
        if before.iter().any(|other| place(other) == place(one)) {
            let advice = "the same broker twice would end each other's connection: put the topics \
                          into one entry, or give each a client_id";
            faults.push((at, ("address", advice.to_owned())));
        }
        // Brokers may be bridged with each other, so no entry may read what any other publishes.
        let Some(prefix) = one.publish.as_ref().filter(|prefix| is_prefix(prefix)) else {
            continue;
        };
        let filters = all.iter().flat_map(|other| other.filters());
        for filter in filters.filter(|filter| filter.may_reach_under(prefix)) {
            let advice = format!(
                "what is published there would be read again through '{}': choose another topic",
                filter.text()
            );
            faults.push((at, ("publish", advice)));
        }
    }
    faults
}

fn is_prefix(text: &str) -> bool {
    let odd = text.contains(['+', '#', '{', '}', '\0']) || text.starts_with(['$', '/']);
    !text.is_empty() && text.len() <= 200 && !odd && text.split('/').all(|level| !level.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(name: &str) -> ExternalConfig {
        let (name, address) = (name.to_owned(), format!("{name}.example.org"));
        ExternalConfig { name, address, ..ExternalConfig::default() }
    }

    #[test]
    fn what_is_given_with_defaults_is_without_fault_and_an_unknown_key_is_an_error() {
        let config: ExternalConfig =
            toml::from_str("name = 'tinh'\naddress = '10.0.0.5'\n[tls]\nca = '/etc/ca.pem'")
                .expect("it is understood");
        assert_eq!((config.faults(), config.port()), (Vec::new(), 8883));
        for text in ["adress = 'a'", "[tls]\ncafile = 'a'"] {
            let error = toml::from_str::<ExternalConfig>(text).expect_err(text);
            assert!(error.to_string().contains("unknown field"), "{error}");
        }
    }

    #[test]
    fn every_fault_is_told_with_its_key() {
        let text = |text: &str| Some(text.to_owned());
        let config = ExternalConfig {
            name: "Tỉnh".to_owned(),
            address: "mqtt://tinh".to_owned(),
            port: Some(0),
            tls: Some(ExternalTls { cert: Some("a".into()), ..ExternalTls::default() }),
            user: None,
            password_secret: text("tinh"),
            client_id: text(""),
            topics: vec!["quantrac/#".to_owned()],
            status_topics: vec!["a/+/b".to_owned(), "a/+/b".to_owned()],
            share: text("a/b"),
            max_packet_bytes: 1,
            keepalive_seconds: 0,
            longest_wait_seconds: 0,
            publish: text("out/#"),
            exercise: true,
        };
        let keys: Vec<_> = config.faults().into_iter().map(|(key, _)| key).collect();
        let expected = [
            "name",
            "address",
            "port",
            "tls",
            "password_secret",
            "client_id",
            "share",
            "max_packet_bytes",
            "keepalive_seconds",
            "longest_wait_seconds",
            "publish",
            "publish",
            "topics",
            "status_topics",
        ];
        assert_eq!(keys, expected);
    }

    #[test]
    fn a_port_behind_the_address_is_a_fault_that_says_what_to_do() {
        let check = |address: &str, expected: Option<&str>| {
            let config = ExternalConfig { address: address.to_owned(), ..named("tinh") };
            let faults = config.faults();
            let told = faults.first().map(|(key, advice)| (*key, advice.as_str()));
            assert_eq!(told.map(|(key, _)| key), expected.map(|_| "address"), "{address}");
            let advice = told.map_or("", |(_, advice)| advice);
            assert!(advice.contains(expected.unwrap_or_default()), "{advice}");
        };
        check("127.0.0.1:21301", Some("port = 21301"));
        check("mqtt.example.org:1883", Some("address = \"mqtt.example.org\" and port = 1883"));
        check("[::1]:1883", Some("address = \"::1\" and port = 1883"));
        check("[::1]", Some("without ':'"));
        check("host:", Some("without ':'"));
        check("::1", None);
        check("10.0.0.5", None);
        check("mqtt.example.org", None);
    }

    #[test]
    fn a_loop_is_a_fault_whichever_entry_reads_what_is_published() {
        let check = |publish: &str, topic: &str, loops: bool| {
            let mut reads = named("a");
            reads.topics = vec![topic.to_owned()];
            let mut writes = named("b");
            (writes.topics, writes.status_topics) = (Vec::new(), Vec::new());
            writes.publish = Some(publish.to_owned());
            let told = faults_together(&[reads, writes]);
            assert_eq!(!told.is_empty(), loops, "{publish} and {topic}: {told:?}");
            assert!(told.iter().all(|(at, (key, _))| (*at, *key) == (1, "publish")), "{told:?}");
        };
        check("quantrac/out", "quantrac/v1/+/telemetry", false);
        check("quantrac", "quantrac/v1/+/telemetry", true);
        check("quantrac/v1/out", "quantrac/v1/+/telemetry", true);
        check("quantrac/out", "quantrac/out/reading/+/rain", true);
        check("quantrac/out", "quantrac/+/reading/a/rain", true);
        check("quantrac/out/x", "+/out", false);
        check("out", "other/+", false);
    }

    #[test]
    fn names_and_places_are_there_once() {
        let told = faults_together(&[named("a"), named("b"), named("a")]);
        let keys: Vec<_> = told.iter().map(|(at, (key, _))| (*at, *key)).collect();
        assert_eq!(keys, [(2, "name"), (2, "address")]);
    }
}
