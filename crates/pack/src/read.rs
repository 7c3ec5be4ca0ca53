//! Reads the files of a pack, entry by entry, so that one broken entry does not hide the next.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Display;

use domain::{PackFiles, Parameter};
use serde::de::DeserializeOwned;
use toml::{Table, Value};
use warning::{Directory, Rule};

use super::{About, Basin, Episode, Fault, Pack, River, Station, Texts};

/// Files of a pack.
pub(super) const FILES: [&str; 14] = [
    "pack.toml",
    "parameters.toml",
    "stations.toml",
    "basins.toml",
    "levels.toml",
    "quality.toml",
    "rules.toml",
    "episodes.toml",
    "areas.toml",
    "agencies.toml",
    "policy.toml",
    "recipients.toml",
    "beaufort.toml",
    "texts.vi.toml",
];
const ENGLISH: &str = "texts.en.toml";

/// What could be read, and every fault met.
pub(super) struct Read {
    /// `None` when `pack.toml` itself cannot be read.
    pub(super) pack: Option<Pack>,
    pub(super) faults: Vec<Fault>,
    /// Those of them that lose something which is written down: an entry or a file in a form that this program does not know.
    pub(super) lost: Vec<Fault>,
}

/// Reads the files.
pub(super) fn pack(files: &PackFiles) -> Read {
    let mut reader = Reader::open(files);
    let pack = Pack {
        about: match reader.about() {
            Some(about) => about,
            None => {
                let lost = reader.faults.clone();
                return Read { pack: None, faults: reader.faults, lost };
            }
        },
        parameters: reader.by_id("parameters.toml", "parameter", |p: &Parameter| &p.id),
        stations: reader.by_id("stations.toml", "station", |s: &Station| &s.id),
        rivers: reader.unique("stations.toml", "river", |r: &River| &r.id),
        basins: reader.by_id("basins.toml", "basin", |b: &Basin| &b.id),
        levels: reader.entries("levels.toml", "level"),
        records: reader.entries("levels.toml", "record"),
        limits: reader.entries("quality.toml", "limits"),
        rules: reader.unique("rules.toml", "rule", |r: &Rule| &r.id),
        episodes: reader.unique("episodes.toml", "episode", |e: &Episode| &e.id),
        areas: reader.entries("areas.toml", "area"),
        agencies: reader.entries("agencies.toml", "agency"),
        policies: reader.entries("policy.toml", "policy"),
        forces: reader.entries("beaufort.toml", "force"),
        texts_vi: reader.texts("texts.vi.toml"),
        texts_en: reader.texts(ENGLISH),
        directory: Directory::new(
            reader.entries("recipients.toml", "actual"),
            reader.entries("recipients.toml", "exercise"),
        ),
    };
    reader.leftovers();
    Read { pack: Some(pack), faults: reader.faults, lost: reader.lost }
}

struct Reader {
    tables: BTreeMap<String, Table>,
    faults: Vec<Fault>,
    lost: Vec<Fault>,
}

impl Reader {
    fn open(files: &PackFiles) -> Self {
        let mut reader = Self { tables: BTreeMap::new(), faults: Vec::new(), lost: Vec::new() };
        for name in FILES.into_iter().chain([ENGLISH]) {
            match files.get(name) {
                None => reader.fault(name, "", "", "the file is missing: add it to the pack"),
                Some(text) => reader.parse(name, text),
            }
        }
        for name in files.keys().filter(|name| !FILES.contains(&name.as_str())) {
            if name != ENGLISH {
                reader.fault(name, "", "", "no such file is part of a pack: remove or rename it");
            }
        }
        reader
    }

    fn parse(&mut self, name: &str, text: &str) {
        match text.parse::<Table>() {
            Ok(table) => {
                self.tables.insert(name.to_owned(), table);
            }
            Err(error) => {
                let line =
                    error.span().map_or(1, |span| text[..span.start].matches('\n').count() + 1);
                self.lose(name, &format!("line {line}"), "", error.message());
            }
        }
    }

    fn fault(&mut self, file: &str, key: &str, value: &str, problem: &str) {
        let short: String = value.chars().take(120).collect();
        self.faults.push(Fault {
            file: file.to_owned(),
            key: key.to_owned(),
            value: short,
            problem: problem.trim().replace('\n', " "),
        });
    }

    /// A fault that loses what is written.
    fn lose(&mut self, file: &str, key: &str, value: &str, problem: &str) {
        self.fault(file, key, value, problem);
        self.lost.extend(self.faults.last().cloned());
    }

    fn about(&mut self) -> Option<About> {
        let table = self.tables.remove("pack.toml")?;
        match Value::Table(table).try_into() {
            Ok(about) => Some(about),
            Err(error) => {
                self.lose("pack.toml", "(top)", "", error.message());
                None
            }
        }
    }

    fn texts(&mut self, file: &str) -> Texts {
        let table = self.tables.remove(file).unwrap_or_default();
        let texts = Texts::from_table(&table);
        let (missing, unused) = texts.faults();
        for key in missing.iter().filter(|_| !table.is_empty()) {
            self.fault(file, key, "", "the text is missing: add it");
        }
        for key in &unused {
            self.fault(file, key, "", "no text of that name is used: remove or rename it");
        }
        texts
    }

    /// The entries `[[name]]` of a file; each that cannot be read is a fault.
    fn entries<T: DeserializeOwned>(&mut self, file: &str, name: &str) -> Vec<T> {
        let found = self.tables.get_mut(file).and_then(|table| table.remove(name));
        let Some(Value::Array(values)) = found else {
            if let Some(other) = found {
                self.lose(file, name, &other.to_string(), "write it as [[entries]]");
            }
            return Vec::new();
        };
        let mut entries = Vec::with_capacity(values.len());
        for (index, value) in values.into_iter().enumerate() {
            let label = label(name, index, &value);
            let shown = value.to_string();
            match value.try_into::<T>() {
                Ok(entry) => entries.push(entry),
                Err(error) => self.lose(file, &label, &shown, error.message()),
            }
        }
        entries
    }

    /// The entries `[[name]]` of a file, each of which has a name of its own: of two with the same name one
    /// would silently win.
    fn unique<T: DeserializeOwned, K: Ord + Display>(
        &mut self,
        file: &str,
        name: &str,
        id: impl Fn(&T) -> &K,
    ) -> Vec<T> {
        let entries = self.entries(file, name);
        let mut seen = BTreeSet::new();
        for id in entries.iter().map(id) {
            if !seen.insert(id) {
                let (key, id) = (format!("{name} ({id}).id"), id.to_string());
                self.fault(file, &key, &id, "is there twice: remove or rename one");
            }
        }
        entries
    }

    fn by_id<T: DeserializeOwned, K: Ord + Clone + Display>(
        &mut self,
        file: &str,
        name: &str,
        id: impl Fn(&T) -> &K,
    ) -> BTreeMap<K, T> {
        let entries = self.unique(file, name, &id);
        entries.into_iter().map(|entry| (id(&entry).clone(), entry)).collect()
    }

    /// Tables that nothing asked for.
    fn leftovers(&mut self) {
        let tables = std::mem::take(&mut self.tables);
        for (file, table) in tables {
            for (key, value) in table {
                self.fault(&file, &key, &value.to_string(), "unknown key: remove or correct it");
            }
        }
    }
}

/// `station[3] (thanh-hoa)`.
fn label(name: &str, index: usize, value: &Value) -> String {
    let named = ["id", "station", "parameter", "hazard", "role", "force"];
    let found = named.iter().find_map(|key| value.get(key));
    let shown =
        found.map_or(String::new(), |id| format!(" ({})", id.to_string().trim_matches('"')));
    format!("{name}[{index}]{shown}")
}
