//! The settings of one installation: addresses, limits, mail. Not to be mixed up with the configuration
//! pack, which says what is watched and whom to warn.
//!
//! Every key has a default, so that no file is needed. A fault names file, key and value; all are told at once.

use std::path::Path;

use anyhow::{Context, Result};
use delivery::DeliveryConfig;
use history::HistoryConfig;
use ingest::{BrokerConfig, ExternalConfig};
use pack::Fault;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use toml::{Table, Value};
use web::WebConfig;

/// The settings of one installation.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Settings {
    /// `[store]`.
    pub store: StoreSettings,
    /// `[broker]`.
    pub broker: BrokerConfig,
    /// `[[external]]`, one for each broker that somebody else runs.
    pub external: Vec<ExternalConfig>,
    /// `[web]`.
    pub web: WebConfig,
    /// `[delivery]`.
    pub delivery: DeliveryConfig,
    /// `[history]`.
    pub history: HistoryConfig,
}

/// `[store]`: how the ledger commits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct StoreSettings {
    /// Most arrivals in one transaction, 1 to 10 000. Default 512.
    pub batch: usize,
    /// Arrivals that may wait before new ones are refused, 1 to 1 000 000. Default 4 096.
    pub queue: usize,
    /// Readings kept in memory before they are folded into chunks, 1 000 to 10 000 000. Default 500 000, some tens of
    /// megabytes.
    pub fold_readings: usize,
}

impl Default for StoreSettings {
    fn default() -> Self {
        Self { batch: 512, queue: 4_096, fold_readings: store::FOLD_READINGS }
    }
}

impl StoreSettings {
    fn faults(&self) -> Vec<(&'static str, usize, String)> {
        let check = |key, value: usize, most: usize| {
            let outside = !(1..=most).contains(&value);
            outside.then(|| (key, value, format!("use 1 to {most}")))
        };
        let fold = self.fold_readings;
        let few = (fold < 1_000).then(|| ("fold_readings", fold, "use 1000 or more".to_owned()));
        let found = [
            check("batch", self.batch, 10_000),
            check("queue", self.queue, 1_000_000),
            few.or_else(|| check("fold_readings", fold, 10_000_000)),
        ];
        found.into_iter().flatten().collect()
    }
}

/// Reads a settings file.
///
/// # Errors
/// It cannot be read, or has faults: all of them.
pub fn read(path: &Path) -> Result<std::result::Result<Settings, Vec<Fault>>> {
    let shown = path.display().to_string();
    let text = std::fs::read_to_string(path)
        .with_context(|| format!("cannot read the settings '{shown}'"))?;
    Ok(parse(&shown, &text))
}

/// Understands the text of a settings file.
///
/// # Errors
/// Every fault found, not only the first.
///
/// ```
/// let faults = server::settings::parse("quantrac.toml", "[store]\nbatch = 0\nbach = 9").unwrap_err();
/// assert_eq!(faults.len(), 1, "an unknown key hides what the section says");
/// assert!(faults[0].to_string().starts_with("quantrac.toml: store.bach = 9: "));
/// ```
pub fn parse(file: &str, text: &str) -> std::result::Result<Settings, Vec<Fault>> {
    let mut table: Table = text.parse().map_err(|error: toml::de::Error| {
        let (key, value) = place(text, &error);
        vec![fault(file, &key, &value, error.message())]
    })?;
    let mut faults = Vec::new();
    let settings = Settings {
        store: section(file, &mut table, "store", &mut faults),
        broker: section(file, &mut table, "broker", &mut faults),
        external: entries(file, &mut table, "external", &mut faults),
        web: section(file, &mut table, "web", &mut faults),
        delivery: section(file, &mut table, "delivery", &mut faults),
        history: section(file, &mut table, "history", &mut faults),
    };
    for (key, value) in &table {
        let advice = "no such section: use store, broker, external, web, delivery or history";
        faults.push(fault(file, key, &value.to_string(), advice));
    }
    if faults.is_empty() {
        faults = meaning(file, &settings);
    }
    if faults.is_empty() { Ok(settings) } else { Err(faults) }
}

/// What each part has against its section.
fn meaning(file: &str, settings: &Settings) -> Vec<Fault> {
    let mut faults = Vec::new();
    for (key, value, advice) in settings.store.faults() {
        faults.push(fault(file, &format!("store.{key}"), &value.to_string(), &advice));
    }
    for (key, problem) in settings.broker.faults() {
        let value = value_at(&settings.broker, key);
        faults.push(fault(file, &format!("broker.{key}"), &value, &problem));
    }
    let external = &settings.external;
    let alone = external.iter().enumerate();
    let alone = alone.flat_map(|(at, one)| one.faults().into_iter().map(move |fault| (at, fault)));
    for (at, (key, problem)) in alone.chain(ingest::external::config::faults_together(external)) {
        let value = value_at(&external[at], key);
        faults.push(fault(file, &entry("external", at, key), &value, &problem));
    }
    for web::ConfigFault { key, value, problem } in settings.web.faults() {
        faults.push(fault(file, &format!("web.{key}"), &value, &problem));
    }
    for (key, problem) in settings.delivery.faults() {
        let value = value_at(&settings.delivery, &key);
        faults.push(fault(file, &format!("delivery.{key}"), &value, &problem));
    }
    for history::HistoryFault { key, value, problem } in settings.history.faults() {
        faults.push(fault(file, &format!("history.{key}"), &value, &problem));
    }
    faults
}

/// What stands at a key such as `mail.from`.
fn value_at(section: &impl Serialize, key: &str) -> String {
    let mut found = Value::try_from(section).ok();
    for part in key.split('.') {
        found = found.and_then(|value| value.get(part).cloned());
    }
    found.map(|value| value.to_string()).unwrap_or_default()
}

/// How a key of an entry is named: the first entry is number 1.
fn entry(name: &str, at: usize, key: &str) -> String {
    format!("{name}[{}].{key}", at + 1)
}

/// Takes the sections of an array out of the table.
fn entries<T>(file: &str, table: &mut Table, name: &str, faults: &mut Vec<Fault>) -> Vec<T>
where
    T: DeserializeOwned + Default,
{
    let found = match table.remove(name) {
        None => return Vec::new(),
        Some(Value::Array(found)) => found,
        Some(other) => {
            let advice = format!("write each as a section [[{name}]]");
            faults.push(fault(file, name, &other.to_string(), &advice));
            return Vec::new();
        }
    };
    let one = |(at, keys)| {
        let place = format!("{name}[{}]", at + 1);
        let mut alone = Table::from_iter([(place.clone(), keys)]);
        section(file, &mut alone, &place, faults)
    };
    found.into_iter().enumerate().map(one).collect()
}

/// Takes a section out of the table. Each key is tried alone first, so that every wrong one is told.
fn section<T>(file: &str, table: &mut Table, name: &str, faults: &mut Vec<Fault>) -> T
where
    T: DeserializeOwned + Default,
{
    let keys = match table.remove(name) {
        None => return T::default(),
        Some(Value::Table(keys)) => keys,
        Some(other) => {
            faults.push(fault(file, name, &other.to_string(), "write it as a section [name]"));
            return T::default();
        }
    };
    let before = faults.len();
    for (key, value) in &keys {
        let alone = Table::from_iter([(key.clone(), value.clone())]);
        if let Err(error) = alone.try_into::<T>() {
            // A password written here by mistake goes into no log.
            let shown = match key.contains("password") && !key.ends_with("_secret") {
                true => "(not shown)".to_owned(),
                false => value.to_string(),
            };
            let key = format!("{name}.{key}");
            faults.push(fault(file, &key, &shown, error.message()));
        }
    }
    if faults.len() > before {
        return T::default();
    }
    keys.try_into().unwrap_or_else(|error: toml::de::Error| {
        faults.push(fault(file, name, "", error.message()));
        T::default()
    })
}

/// Where a text stops being TOML: line and what stands there.
fn place(text: &str, error: &toml::de::Error) -> (String, String) {
    let start = error.span().map_or(0, |span| span.start).min(text.len());
    let line = text.as_bytes()[..start].iter().filter(|byte| **byte == b'\n').count();
    let found = text.lines().nth(line).unwrap_or("").trim();
    (format!("line {}", line + 1), found.to_owned())
}

fn fault(file: &str, key: &str, value: &str, problem: &str) -> Fault {
    Fault {
        file: file.to_owned(),
        key: key.to_owned(),
        value: value.to_owned(),
        problem: problem.trim().replace('\n', " "),
    }
}
