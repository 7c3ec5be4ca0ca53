//! What the CAP documents say, as far as it is not in the message.

use domain::{Level, Span};
use serde::{Deserialize, Serialize};

/// What the CAP documents say, as far as it is not in the message.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct CapConfig {
    /// `sender`: a name that belongs to the issuing office for good, such as `pchtt.example.vn`; no spaces,
    /// commas, quotes, `<`, `>` or `&`. Default `quantrac.invalid`.
    pub sender: String,
    /// The office's own arc in the WMO Register of Alerting Authorities, such as `2.49.0.0.704.0`. With it
    /// identifiers are `urn:oid:2.49.0.1.…` (WMO-No. 1109). Default: none.
    pub authority_oid: Option<String>,
    /// `senderName`, Vietnamese. Default `Hệ thống quan trắc`.
    pub sender_name_vi: String,
    /// `senderName`, English. Default `Monitoring system`.
    pub sender_name_en: String,
    /// `contact`, such as a telephone number. Default: none.
    pub contact: Option<String>,
    /// `code`, where a national profile asks for one. Default: none.
    pub code: Option<String>,
    /// What the levels mean in CAP's words. Defaults: see [`LevelEntry`].
    pub levels: Vec<LevelEntry>,
    /// What the hazards are called. Defaults: flood, rain, storm, technical.
    pub hazards: Vec<HazardEntry>,
    /// `valueName` of the `eventCode`. Default `quantrac:hazard`.
    pub event_code_name: String,
    /// `valueName` of an area's `geocode`. Default `VN:administrative-unit`.
    pub geocode_name: String,
    /// `areaDesc` of a message that names no area. Default `Việt Nam`.
    pub default_area: String,
    /// How long the news that it is over stays, 1min to 1d. Default `1h`.
    pub all_clear_holds: Span,
}

/// What a level means in CAP's words.
///
/// Defaults, after the meaning of the flood stages in Decision 05/2020/QĐ-TTg art. 3: stage 1 Expected,
/// Moderate, Monitor; 2 Expected, Severe, Prepare; 3 Immediate, Severe, Execute; 4 (above the historic
/// maximum) Immediate, Extreme, Execute. Certainty `Observed`: warnings rest on measurements.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LevelEntry {
    /// From this level.
    pub level: Level,
    /// How soon to act.
    pub urgency: Urgency,
    /// How bad.
    pub severity: Severity,
    /// How sure; a provisional message says `Possible` instead.
    pub certainty: Certainty,
    /// What to do.
    pub response: ResponseType,
    /// Parameter `awareness_level` as MeteoAlarm writes it, such as `3; orange; Severe`. Default: none.
    #[serde(default)]
    pub awareness_level: Option<String>,
}

/// What a hazard is called.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HazardEntry {
    /// Its name in the warnings' configuration.
    pub hazard: String,
    /// `category`.
    pub category: Category,
    /// `event`, Vietnamese.
    pub event_vi: String,
    /// `event`, English.
    pub event_en: String,
    /// `eventCode`.
    pub event_code: String,
    /// Parameter `awareness_type` as MeteoAlarm writes it, such as `12; flooding`. Default: none.
    #[serde(default)]
    pub awareness_type: Option<String>,
}

macro_rules! words {
    ($($(#[$doc:meta])* $name:ident { $($word:ident $meaning:literal),* $(,)? })*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
        pub enum $name { $(#[doc = $meaning] $word),* }

        impl $name {
            /// The word as CAP writes it.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$word => stringify!($word)),* }
            }
        }
    )*};
}

words! {
    /// CAP `category`.
    Category {
        Geo "Geophysical.", Met "Meteorological, floods included.", Safety "Public safety.",
        Security "Police and military.", Rescue "Rescue.", Fire "Fire.", Health "Health.",
        Env "Environment.", Transport "Transport.", Infra "Infrastructure.", CBRNE "Chemical to explosive.",
        Other "Other.",
    }
    /// CAP `urgency`.
    Urgency {
        Immediate "Act now.", Expected "Act within the hour.", Future "Act in the near future.",
        Past "It is over.", Unknown "Not known.",
    }
    /// CAP `severity`.
    Severity {
        Extreme "Extraordinary threat.", Severe "Significant threat.", Moderate "Possible threat.",
        Minor "Little or no threat.", Unknown "Not known.",
    }
    /// CAP `certainty`.
    Certainty {
        Observed "Has happened or goes on.", Likely "More likely than not.",
        Possible "Not more likely than not.", Unlikely "Hardly.", Unknown "Not known.",
    }
    /// CAP `responseType`.
    ResponseType {
        Shelter "Take shelter.", Evacuate "Leave.", Prepare "Prepare.", Execute "Do as planned.",
        Avoid "Avoid.", Monitor "Follow the news.", Assess "Judge the message.",
        AllClear "The danger is over.", None "Nothing.",
    }
}

impl Default for CapConfig {
    fn default() -> Self {
        Self {
            sender: "quantrac.invalid".to_owned(),
            authority_oid: None,
            sender_name_vi: "Hệ thống quan trắc".to_owned(),
            sender_name_en: "Monitoring system".to_owned(),
            contact: None,
            code: None,
            levels: LevelEntry::defaults(),
            hazards: HazardEntry::defaults(),
            event_code_name: "quantrac:hazard".to_owned(),
            geocode_name: "VN:administrative-unit".to_owned(),
            default_area: "Việt Nam".to_owned(),
            all_clear_holds: Span::hours(1),
        }
    }
}

impl LevelEntry {
    fn defaults() -> Vec<Self> {
        let entry = |level, urgency, severity, response| Self {
            level: Level(level),
            urgency,
            severity,
            certainty: Certainty::Observed,
            response,
            awareness_level: None,
        };
        vec![
            Self::lowest(),
            entry(2, Urgency::Expected, Severity::Severe, ResponseType::Prepare),
            entry(3, Urgency::Immediate, Severity::Severe, ResponseType::Execute),
            entry(4, Urgency::Immediate, Severity::Extreme, ResponseType::Execute),
        ]
    }

    pub(super) const fn lowest() -> Self {
        Self {
            level: Level(1),
            urgency: Urgency::Expected,
            severity: Severity::Moderate,
            certainty: Certainty::Observed,
            response: ResponseType::Monitor,
            awareness_level: None,
        }
    }
}

impl HazardEntry {
    fn defaults() -> Vec<Self> {
        let entry = |hazard: &str, category, event_vi: &str, event_en: &str| Self {
            category,
            event_vi: event_vi.to_owned(),
            event_en: event_en.to_owned(),
            ..Self::unnamed(hazard)
        };
        vec![
            entry("flood", Category::Met, "Lũ", "Flood"),
            entry("rain", Category::Met, "Mưa lớn", "Heavy rain"),
            entry("storm", Category::Met, "Bão, gió mạnh", "Storm"),
            entry("technical", Category::Infra, "Sự cố kỹ thuật", "Technical fault"),
        ]
    }

    pub(super) fn unnamed(hazard: &str) -> Self {
        Self {
            hazard: hazard.to_owned(),
            category: Category::Met,
            event_vi: hazard.to_owned(),
            event_en: hazard.to_owned(),
            event_code: hazard.to_owned(),
            awareness_type: None,
        }
    }
}

impl CapConfig {
    pub(crate) fn faults(&self) -> Vec<(String, String)> {
        let mut faults = Vec::new();
        let mut fault = |key: &str, text: String| faults.push((format!("cap.{key}"), text));
        if self.sender.is_empty()
            || self.sender.contains([' ', ',', '<', '>', '&', '"', '\'', '\t', '\n'])
        {
            fault(
                "sender",
                format!(
                    "'{}' is empty or has a space, a comma, a quote, '<', '>' or '&'",
                    self.sender
                ),
            );
        }
        if let Some(oid) =
            self.authority_oid.as_ref().filter(|oid| arcs_after_authority(oid).is_none())
        {
            fault("authority_oid", format!("'{oid}' is not '2.49.0.0.' and numbers with dots"));
        }
        for (key, value) in [
            ("sender_name_vi", &self.sender_name_vi),
            ("sender_name_en", &self.sender_name_en),
            ("event_code_name", &self.event_code_name),
            ("geocode_name", &self.geocode_name),
            ("default_area", &self.default_area),
        ] {
            if value.trim().is_empty() {
                fault(key, "is empty".to_owned());
            }
        }
        if self.levels.is_empty() {
            fault("levels", "is empty: say what at least one level means".to_owned());
        }
        for (n, entry) in self.levels.iter().enumerate() {
            if self.levels[..n].iter().any(|before| before.level == entry.level) {
                fault(&format!("levels[{n}].level"), format!("{} is there twice", entry.level.0));
            }
        }
        for (n, entry) in self.hazards.iter().enumerate() {
            if self.hazards[..n].iter().any(|before| before.hazard == entry.hazard) {
                fault(
                    &format!("hazards[{n}].hazard"),
                    format!("'{}' is there twice", entry.hazard),
                );
            }
        }
        for (n, entry) in self.hazards.iter().enumerate() {
            for (key, value) in [
                ("hazard", &entry.hazard),
                ("event_vi", &entry.event_vi),
                ("event_en", &entry.event_en),
                ("event_code", &entry.event_code),
            ] {
                if value.trim().is_empty() {
                    fault(&format!("hazards[{n}].{key}"), "is empty: readers need it".to_owned());
                }
            }
        }
        let held = self.all_clear_holds;
        if held < Span::minutes(1) || held > Span::days(1) {
            fault("all_clear_holds", format!("{held} is not between 1min and 1d"));
        }
        faults
    }
}

/// What follows `2.49.0.0.` in the OID of an alerting authority.
pub(super) fn arcs_after_authority(oid: &str) -> Option<&str> {
    let arcs = oid.strip_prefix("2.49.0.0.")?;
    let number = |arc: &str| {
        !arc.is_empty()
            && arc.bytes().all(|b| b.is_ascii_digit())
            && (arc == "0" || !arc.starts_with('0'))
    };
    arcs.split('.').all(number).then_some(arcs)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hazard_without_words_is_a_fault() {
        let mut config = CapConfig::default();
        assert_eq!(config.faults(), []);
        config.hazards[1].event_vi = " ".to_owned();
        config.hazards[2].event_code = String::new();
        let keys: Vec<String> = config.faults().into_iter().map(|(key, _)| key).collect();
        assert_eq!(keys, ["cap.hazards[1].event_vi", "cap.hazards[2].event_code"]);
    }
}
