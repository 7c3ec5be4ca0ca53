//! What can be set about the web door.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::api::basemap;

/// Configuration of the web door; every key has a default.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct WebConfig {
    /// Address and port to listen on. Default `127.0.0.1:8080`.
    pub listen: SocketAddr,
    /// Whether the API can be read without signing in. Default true. When false, only `about`, `me`,
    /// `session`, health, receipts and the CAP feed stay open.
    pub public_read: bool,
    /// How others reach this server, such as `https://quantrac.example.vn`; used in the CAP feed.
    /// Default: as the request names it.
    pub public_url: Option<String>,
    /// Reverse proxies whose `X-Forwarded-For` and `X-Forwarded-Proto` are believed. Default none.
    pub trusted_proxies: Vec<IpAddr>,
    /// How long a person stays signed in, hours. Default 12.
    pub session_hours: u16,
    /// Requests per second by role.
    pub rates: Rates,
    /// Requests of people who are not signed in that are worked on at once. Default 64.
    pub anonymous_requests: usize,
    /// Of these, from one address that is no trusted proxy. Default 16.
    pub anonymous_requests_per_address: usize,
    /// Store reads at once for signed-in people. Default 4.
    pub readers: usize,
    /// Store reads at once for everybody else. Default 2.
    pub anonymous_readers: usize,
    /// Exports and reports at once for signed-in people. Default 2.
    pub exports: usize,
    /// Exports and reports at once for everybody else, one for each address; 0 = only who is signed in. Default 1.
    pub anonymous_exports: usize,
    /// Live streams at once for signed-in people. Default 200.
    pub live_clients: usize,
    /// Live streams at once for everybody else. Default 1000.
    pub anonymous_live_clients: usize,
    /// Live streams at once from one address that is not signed in. Default 20.
    pub live_clients_per_address: usize,
    /// TCP connections at once. Default 2000.
    pub connections: usize,
    /// TCP connections at once from one address that is no trusted proxy. Default 200.
    pub connections_per_address: usize,
    /// Longest time for one request, seconds; the live stream is exempt. Default 15.
    pub request_seconds: u16,
    /// Password checks at once; each takes one CPU and 19 MiB for some 30 ms. Default 2.
    pub sign_ins_at_once: usize,
    /// How often the light pages (`/nhe`) load themselves again, seconds. Default 60.
    pub light_refresh_seconds: u16,
    /// A TopoJSON file with the land and the rivers under the stations, served as `/api/v1/basemap`. Without
    /// it the page shows the river schematic. Default none.
    pub basemap: Option<PathBuf>,
    /// Whether `/metrics` is readable from everywhere; else only from this machine and by admins.
    /// Default false.
    pub metrics_public: bool,
}

/// How often one may ask: tokens refill at `per_second`, up to `burst`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rate {
    /// Requests per second in the long run.
    pub per_second: f64,
    /// Requests at once after a rest.
    pub burst: f64,
}

/// Rates by role: anonymous per client address, the others per person.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Rates {
    /// Not signed in. Default 20/s, burst 100.
    pub anonymous: Rate,
    /// Viewer. Default 50/s, burst 200.
    pub viewer: Rate,
    /// Duty officer, forecaster and admin. Default 200/s, burst 1000.
    pub staff: Rate,
}

/// One thing that is wrong with the configuration.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{key} = {value}: {problem}")]
pub struct ConfigFault {
    /// At which key.
    pub key: String,
    /// The value found.
    pub value: String,
    /// What is wrong and what to do.
    pub problem: String,
}

impl Default for Rates {
    fn default() -> Self {
        Self {
            anonymous: Rate { per_second: 20.0, burst: 100.0 },
            viewer: Rate { per_second: 50.0, burst: 200.0 },
            staff: Rate { per_second: 200.0, burst: 1_000.0 },
        }
    }
}

impl Default for WebConfig {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 8080)),
            public_read: true,
            public_url: None,
            trusted_proxies: Vec::new(),
            session_hours: 12,
            rates: Rates::default(),
            anonymous_requests: 64,
            anonymous_requests_per_address: 16,
            readers: 4,
            anonymous_readers: 2,
            exports: 2,
            anonymous_exports: 1,
            live_clients: 200,
            anonymous_live_clients: 1_000,
            live_clients_per_address: 20,
            connections: 2_000,
            connections_per_address: 200,
            request_seconds: 15,
            sign_ins_at_once: 2,
            light_refresh_seconds: 60,
            basemap: None,
            metrics_public: false,
        }
    }
}

impl WebConfig {
    /// Most threads that block at once: every counted place, and a few for what is not counted.
    #[must_use]
    pub fn blocking_threads(&self) -> usize {
        const OTHERS: usize = crate::reads::AT_ENTRANCE + 4;
        let places = self.readers + self.anonymous_readers + self.sign_ins_at_once;
        let places = places + self.exports + self.anonymous_exports;
        (places + OTHERS).max(16)
    }

    /// Everything that is wrong with it.
    ///
    /// ```
    /// let config = web::WebConfig { session_hours: 0, ..Default::default() };
    /// assert_eq!(config.faults()[0].to_string(), "session_hours = 0: use 1 to 720");
    /// ```
    #[must_use]
    pub fn faults(&self) -> Vec<ConfigFault> {
        let mut faults = Vec::new();
        let mut whole = |key: &str, value: usize, least: usize, most: usize| {
            if !(least..=most).contains(&value) {
                faults.push(fault(key, value, format!("use {least} to {most}")));
            }
        };
        whole("session_hours", self.session_hours.into(), 1, 720);
        whole("request_seconds", self.request_seconds.into(), 1, 300);
        whole("light_refresh_seconds", self.light_refresh_seconds.into(), 10, 3_600);
        whole("anonymous_requests", self.anonymous_requests, 1, 10_000);
        let share = self.anonymous_requests_per_address;
        whole("anonymous_requests_per_address", share, 1, 10_000);
        whole("readers", self.readers, 1, 64);
        whole("anonymous_readers", self.anonymous_readers, 1, 64);
        whole("exports", self.exports, 1, 64);
        whole("anonymous_exports", self.anonymous_exports, 0, 64);
        whole("live_clients", self.live_clients, 1, 100_000);
        whole("anonymous_live_clients", self.anonymous_live_clients, 0, 100_000);
        whole("live_clients_per_address", self.live_clients_per_address, 1, 100_000);
        whole("connections", self.connections, 10, 100_000);
        whole("connections_per_address", self.connections_per_address, 1, 100_000);
        whole("sign_ins_at_once", self.sign_ins_at_once, 1, 64);
        let Rates { anonymous, viewer, staff } = self.rates;
        for (key, rate) in [("anonymous", anonymous), ("viewer", viewer), ("staff", staff)] {
            if !(rate.per_second > 0.0 && rate.burst >= 1.0 && rate.burst.is_finite()) {
                let value = format!("{}/s, burst {}", rate.per_second, rate.burst);
                let advice = "per_second must be above 0 and burst at least 1".to_owned();
                faults.push(fault(&format!("rates.{key}"), value, advice));
            }
        }
        if let Some(path) = &self.basemap
            && let Err(problem) = basemap::read(path)
        {
            faults.push(fault("basemap", path.display(), problem));
        }
        let web_address = |url: &&String| url.starts_with("http://") || url.starts_with("https://");
        if let Some(url) = self.public_url.as_ref().filter(|url| !web_address(url)) {
            faults.push(fault("public_url", url, "begin with http:// or https://".to_owned()));
        }
        faults
    }
}

fn fault(key: &str, value: impl ToString, problem: String) -> ConfigFault {
    ConfigFault { key: key.to_owned(), value: value.to_string(), problem }
}
