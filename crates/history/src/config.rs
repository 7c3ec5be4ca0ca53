//! `[history]`: where the long memory is, and how it is fed.

use std::time::Duration;

use domain::Realm;
use serde::{Deserialize, Serialize};

/// Longest retention: what the server's number of seconds can hold.
const LONGEST_DAYS: u32 = 20_000;
/// What the longest sums and the recognition of copies need, and a week to look at.
const SHORTEST_KEPT: u32 = 8;

/// `[history]`: an `InfluxDB` 2 server. Without `url` there is none, and the ledger is all the memory there is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct HistoryConfig {
    /// Address of the server, such as `http://127.0.0.1:8086`, without a path. Default: none, history is off.
    pub url: Option<String>,
    /// Organisation that the buckets belong to. Default `quantrac`.
    pub org: String,
    /// The buckets are `{prefix}_raw`, `{prefix}_hourly`, `{prefix}_daily`; those of an exercise
    /// `{prefix}_exercise_…`. Default `quantrac`.
    pub prefix: String,
    /// Name of the file in the secrets folder that holds the token. Default `influxdb`.
    pub token_secret: String,
    /// Most points in one request, 1 to 50 000. Default 5 000.
    pub batch_points: usize,
    /// How long points wait for others, 0 to 60 s. Default 1.
    pub batch_seconds: u64,
    /// After this time an answer is not waited for any more, 1 to 300 s. Default 10.
    pub timeout_seconds: u64,
    /// Days that raw points are kept in a bucket that is created; 0 = for ever. Default 0.
    pub retention_raw_days: u32,
    /// The same of hourly values. Default 0.
    pub retention_hourly_days: u32,
    /// The same of daily values. Default 0.
    pub retention_daily_days: u32,
    /// How often hours and days are worked out, 1 to 3 600 s. Default 60.
    pub summary_seconds: u64,
    /// Days after which the ledger drops readings that the server has; it keeps the journal, from which they come.
    /// 0 = never, else 8 or more. Default 400.
    pub ledger_keep_days: u32,
    /// A fault that lasts longer than this is told to the people on duty, 1 to 86 400 s. Default 600.
    pub alarm_after_seconds: u64,
}

/// Something wrong with the settings: key, value, what to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HistoryFault {
    /// The key, such as `url`.
    pub key: &'static str,
    /// What stands there.
    pub value: String,
    /// What is wrong and what to do.
    pub problem: String,
}

impl Default for HistoryConfig {
    fn default() -> Self {
        Self {
            url: None,
            org: "quantrac".to_owned(),
            prefix: "quantrac".to_owned(),
            token_secret: "influxdb".to_owned(),
            batch_points: 5_000,
            batch_seconds: 1,
            timeout_seconds: 10,
            retention_raw_days: 0,
            retention_hourly_days: 0,
            retention_daily_days: 0,
            summary_seconds: 60,
            ledger_keep_days: 400,
            alarm_after_seconds: 600,
        }
    }
}

impl HistoryConfig {
    /// Everything that is wrong with it.
    ///
    /// ```
    /// let config = history::HistoryConfig { url: Some("http://localhost:8086/influx".into()), ..Default::default() };
    /// assert_eq!(config.faults()[0].key, "url");
    /// ```
    #[must_use]
    pub fn faults(&self) -> Vec<HistoryFault> {
        let mut faults = Vec::new();
        let mut add = |key, value: &dyn ToString, problem: Option<String>| {
            let fault = |problem| HistoryFault { key, value: value.to_string(), problem };
            faults.extend(problem.map(fault));
        };
        if let Some(url) = &self.url {
            add("url", &shown(url), checked(url).err());
        }
        add("org", &self.org, named(&self.org));
        add("prefix", &self.prefix, named(&self.prefix));
        add("token_secret", &self.token_secret, file(&self.token_secret));
        let points = self.batch_points as u64;
        add("batch_points", &points, within(points, 1, 50_000));
        add("batch_seconds", &self.batch_seconds, within(self.batch_seconds, 0, 60));
        add("timeout_seconds", &self.timeout_seconds, within(self.timeout_seconds, 1, 300));
        add("summary_seconds", &self.summary_seconds, within(self.summary_seconds, 1, 3_600));
        let keeps = self.ledger_keep_days;
        let too_short = || format!("use 0, or {SHORTEST_KEPT} to {LONGEST_DAYS}");
        let kept = keeps == 0 || (SHORTEST_KEPT..=LONGEST_DAYS).contains(&keeps);
        let raw = self.retention_raw_days;
        let lost = || {
            format!("use 0, or {raw} or less: after that time the raw bucket has dropped them too")
        };
        let gap = raw > 0 && keeps > raw;
        add("ledger_keep_days", &keeps, (!kept).then(too_short).or_else(|| gap.then(lost)));
        add(
            "alarm_after_seconds",
            &self.alarm_after_seconds,
            within(self.alarm_after_seconds, 1, 86_400),
        );
        for (key, days) in [
            ("retention_raw_days", self.retention_raw_days),
            ("retention_hourly_days", self.retention_hourly_days),
            ("retention_daily_days", self.retention_daily_days),
        ] {
            add(key, &days, within(days.into(), 0, LONGEST_DAYS.into()));
        }
        faults
    }

    /// The bucket of a kind (`raw`, `hourly`, `daily`). A drill never writes where real readings are.
    #[must_use]
    pub fn bucket(&self, realm: Realm, kind: &str) -> String {
        match realm {
            Realm::Actual => format!("{}_{kind}", self.prefix),
            Realm::Exercise | Realm::Test => format!("{}_exercise_{kind}", self.prefix),
        }
    }

    /// Every bucket with the days that it keeps.
    #[must_use]
    pub fn buckets(&self, realm: Realm) -> [(String, u32); 3] {
        [
            (self.bucket(realm, "raw"), self.retention_raw_days),
            (self.bucket(realm, "hourly"), self.retention_hourly_days),
            (self.bucket(realm, "daily"), self.retention_daily_days),
        ]
    }

    /// How long an answer is waited for.
    #[must_use]
    pub const fn patience(&self) -> Duration {
        Duration::from_secs(self.timeout_seconds)
    }
}

/// An address that both ways to the server understand alike. A path would be dropped by one of them.
pub(crate) fn checked(url: &str) -> Result<reqwest::Url, String> {
    let parsed = reqwest::Url::parse(url)
        .map_err(|error| format!("it is no address ({error}): write http://host:8086"))?;
    if !matches!(parsed.scheme(), "http" | "https") || parsed.host_str().is_none() {
        return Err("write http://host:8086 or https://host:8086".to_owned());
    }
    if !parsed.username().is_empty() || parsed.password().is_some() {
        return Err("write the token into the secrets folder, and nothing secret into the address"
            .to_owned());
    }
    if parsed.path() != "/" || parsed.query().is_some() || parsed.fragment().is_some() {
        return Err(
            "an address with a path cannot be used: give the server a host or a port of its own"
                .to_owned(),
        );
    }
    Ok(parsed)
}

/// An address without what may be secret in it.
fn shown(url: &str) -> String {
    match (url.find("://"), url.rfind('@')) {
        (Some(start), Some(at)) if at > start => format!("{}://…{}", &url[..start], &url[at..]),
        _ => url.to_owned(),
    }
}

fn named(text: &str) -> Option<String> {
    let plain = |c: char| !c.is_control() && c != '"' && c != '\\';
    let good = !text.trim().is_empty() && !text.starts_with('_') && text.chars().all(plain);
    (!good).then(|| "write a name that does not begin with '_'".to_owned())
}

fn file(name: &str) -> Option<String> {
    let allowed = |b: u8| b.is_ascii_alphanumeric() || b"._-".contains(&b);
    let good = !name.is_empty() && !name.starts_with('.') && name.bytes().all(allowed);
    (!good).then(|| "use letters, digits, '.', '_' and '-'".to_owned())
}

fn within(value: u64, least: u64, most: u64) -> Option<String> {
    (!(least..=most).contains(&value)).then(|| format!("use {least} to {most}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_that_would_be_misunderstood_are_refused_without_repeating_a_secret() {
        let check = |url: &str, good: bool| {
            let config = HistoryConfig { url: Some(url.to_owned()), ..HistoryConfig::default() };
            let faults = config.faults();
            assert_eq!(faults.is_empty(), good, "{url}: {faults:?}");
            assert!(faults.iter().all(|fault| !fault.value.contains("secret")), "{faults:?}");
        };
        check("http://127.0.0.1:8086", true);
        check("https://influx.example.org/", true);
        check("http://127.0.0.1:8086/influx", false);
        check("http://127.0.0.1:8086/?org=a", false);
        check("http://me:secret@127.0.0.1:8086", false);
        check("ftp://127.0.0.1", false);
        check("127.0.0.1:8086", false);
        check("", false);
    }

    #[test]
    fn every_fault_is_told_at_once() {
        let config = HistoryConfig {
            org: String::new(),
            prefix: "_x".to_owned(),
            token_secret: "../x".to_owned(),
            batch_points: 0,
            batch_seconds: 61,
            timeout_seconds: 0,
            alarm_after_seconds: 0,
            summary_seconds: 0,
            ledger_keep_days: 7,
            retention_raw_days: 99_999,
            ..HistoryConfig::default()
        };
        assert_eq!(config.faults().len(), 10, "{:?}", config.faults());
    }

    #[test]
    fn an_exercise_has_buckets_of_its_own() {
        let config = HistoryConfig::default();
        assert_eq!(config.bucket(Realm::Actual, "raw"), "quantrac_raw");
        assert_eq!(config.bucket(Realm::Exercise, "raw"), "quantrac_exercise_raw");
    }
}
