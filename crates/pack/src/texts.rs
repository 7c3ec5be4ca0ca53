//! Words of warnings: a flat catalogue of templates with `{placeholders}`.

use std::collections::BTreeMap;

/// Templates by dotted key.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Texts(BTreeMap<String, String>);

/// Dangers that have words.
pub(super) const HAZARDS: [&str; 4] = ["flood", "rain", "storm", "technical"];

/// Keys of each danger, after its name.
const OF_HAZARD: [&str; 14] = [
    "event",
    "headline.issue",
    "headline.update",
    "headline.end",
    "headline.cancel",
    "level.1",
    "level.2",
    "level.3",
    "level.4",
    "instruction.1",
    "instruction.2",
    "instruction.3",
    "instruction.4",
    "instruction.end",
];

/// Keys of the lines and phrases.
const COMMON: [&str; 38] = [
    "flood.level.rise",
    "flood.instruction.rise",
    "leading.rain",
    "leading.wind",
    "leading.intake",
    "line.stage",
    "line.rain",
    "line.rise",
    "line.wind",
    "line.other",
    "line.silent",
    "line.clock_wrong",
    "line.battery_low",
    "line.sends_nonsense",
    "line.sensor_silent",
    "line.implausible",
    "line.blind",
    "line.intake",
    "line.combined",
    "compare.above",
    "compare.below",
    "compare.equal",
    "trend.rising",
    "trend.falling",
    "trend.steady",
    "trend.unknown",
    "wind.mean",
    "wind.gust",
    "phrase.at_least",
    "phrase.since",
    "phrase.provisional",
    "phrase.late",
    "phrase.blind",
    "phrase.end",
    "phrase.cancel",
    "phrase.test",
    "phrase.exercise",
    "phrase.record",
];

/// Keys that a pack needs only when a rule watches the long memory: older packs have no such words.
pub(super) const OF_HISTORY: [&str; 4] =
    ["technical.level.history", "technical.instruction.history", "leading.history", "line.history"];
/// Keys that a pack needs only when a rule watches the clock.
pub(super) const OF_CLOCK: [&str; 5] = [
    "technical.level.clock",
    "technical.instruction.clock",
    "leading.clock",
    "line.clock_ahead",
    "line.clock_behind",
];
/// Keys that came later, and what stands in for each (nothing where it is empty): packs in old journals have no text of
/// their own for it.
const LATER: [(&str, &str); 14] = [
    ("line.link", "line.silent"),
    ("line.maintenance_over", "line.other"),
    ("line.implausible_fall", "line.implausible"),
    ("line.implausible_rise", "line.implausible"),
    ("line.implausible_still", "line.implausible"),
    ("line.implausible_sibling", "line.implausible"),
    ("line.implausible_neighbour", "line.implausible"),
    ("line.implausible_above", "line.implausible"),
    ("line.implausible_dry", "line.implausible"),
    ("line.implausible_marked", "line.implausible"),
    ("line.implausible_word", "line.implausible"),
    ("line.more", ""),
    ("leading.more", ""),
    ("phrase.unobserved", "phrase.blind"),
];
/// Keys of older packs that nothing says any more: a straight line into the future is for officers, not for a warning.
const FORMER: [&str; 1] = ["phrase.eta"];

impl Texts {
    /// Flattens nested tables: `[line] stage = "…"` becomes `line.stage`.
    pub(super) fn from_table(table: &toml::Table) -> Self {
        let mut flat = BTreeMap::new();
        flatten("", table, &mut flat);
        Self(flat)
    }

    /// Keys that are missing, and keys that nothing uses.
    pub(super) fn faults(&self) -> (Vec<String>, Vec<String>) {
        let of_hazard = |hazard: &str| OF_HAZARD.map(|key| format!("{hazard}.{key}"));
        let mut wanted: Vec<String> = HAZARDS.iter().flat_map(|hazard| of_hazard(hazard)).collect();
        wanted.extend(COMMON.map(str::to_owned));
        let missing = wanted.iter().filter(|key| !self.0.contains_key(*key)).cloned().collect();
        let others = || OF_HISTORY.iter().chain(&FORMER);
        let later = |key: &str| LATER.iter().any(|(known, _)| *known == key);
        let of_rules = |key: &str| OF_CLOCK.contains(&key) || others().any(|one| *one == key);
        let known = |key: &String| wanted.contains(key) || later(key) || of_rules(key);
        let unused = self.0.keys().filter(|key| !known(key)).cloned().collect();
        (missing, unused)
    }

    /// Whether there are texts, but not this one.
    pub(super) fn lacks(&self, key: &str) -> bool {
        !self.0.is_empty() && !self.0.contains_key(key)
    }

    /// The template of a key, with each `{name}` replaced.
    ///
    /// ```
    /// # use pack::Texts;
    /// let texts = Texts::default();
    /// assert_eq!(texts.fill("line.stage", &[("station", "Thạnh Hòa")]), "");
    /// ```
    #[must_use]
    pub fn fill(&self, key: &str, values: &[(&str, &str)]) -> String {
        let stand_in = || LATER.iter().find(|(later, _)| *later == key).map(|(_, other)| *other);
        let template = self.0.get(key).or_else(|| self.0.get(stand_in()?));
        let Some(template) = template else { return String::new() };
        let mut filled = String::with_capacity(template.len() + 64);
        let mut rest = template.as_str();
        while let Some(start) = rest.find('{') {
            let Some(end) = rest[start..].find('}').map(|end| start + end) else { break };
            filled.push_str(&rest[..start]);
            let name = &rest[start + 1..end];
            let value = values.iter().find(|(key, _)| *key == name);
            filled.push_str(value.map_or("", |(_, value)| value));
            rest = &rest[end + 1..];
        }
        filled.push_str(rest);
        filled
    }
}

fn flatten(prefix: &str, table: &toml::Table, flat: &mut BTreeMap<String, String>) {
    for (key, value) in table {
        let key = if prefix.is_empty() { key.clone() } else { format!("{prefix}.{key}") };
        match value {
            toml::Value::Table(inner) => flatten(&key, inner, flat),
            toml::Value::String(text) => {
                flat.insert(key, text.clone());
            }
            other => {
                flat.insert(key, other.to_string());
            }
        }
    }
}
