//! One message as a CAP document.

use domain::warning::Text;
use domain::{MessageKind, Time, WarningMessage};
use store::CapDocument;

use super::config::{Certainty, ResponseType, Severity, Urgency};
use super::identity::moment;
use super::xml::Xml;
use super::{CapConfig, HazardEntry, LevelEntry, clean, hazard_entry, level_entry};
use crate::compose::Bulletin;

/// What one `<info>` says that is not the same in the other.
struct Language<'a> {
    code: &'static str,
    event: &'a str,
    sender_name: &'a str,
    text: &'a Text,
}

/// What both say.
struct Facts<'a> {
    config: &'a CapConfig,
    message: &'a WarningMessage,
    hazard: HazardEntry,
    level: LevelEntry,
    sent: Time,
    expires: Time,
    web: String,
}

/// The document of a message; `references` are the documents it replaces.
pub(super) fn document(
    config: &CapConfig,
    public_url: &str,
    bulletin: &Bulletin,
    identifier: String,
    references: &[String],
) -> CapDocument {
    let message = bulletin.message();
    let facts = Facts::of(config, public_url, message);
    let mut xml = Xml::new();
    xml.root("alert", |xml| {
        xml.leaf("identifier", &identifier);
        xml.leaf("sender", &config.sender);
        xml.leaf("sent", &moment(message.sent_at));
        xml.leaf("status", bulletin.status());
        xml.leaf("msgType", message_type(message.kind, references));
        xml.leaf("scope", "Public");
        xml.leaf("code", config.code.as_deref().unwrap_or_default());
        xml.leaf("note", bulletin.note().unwrap_or_default());
        xml.leaf("references", &references.join(" "));
        for language in facts.languages() {
            xml.group("info", |xml| facts.info(xml, &language));
        }
    });
    CapDocument {
        identifier,
        warning: message.warning.clone(),
        sent_at: facts.sent,
        expires_at: facts.expires,
        title: clean(&message.text.vi.headline),
        xml: xml.finish(),
    }
}

/// What replaces nothing is an `Alert` to its readers, whichever number it has for us.
const fn message_type(kind: MessageKind, references: &[String]) -> &'static str {
    match kind {
        MessageKind::Cancel => "Cancel",
        _ if references.is_empty() => "Alert",
        MessageKind::Issue | MessageKind::Update | MessageKind::End => "Update",
    }
}

impl<'a> Facts<'a> {
    fn of(config: &'a CapConfig, public_url: &str, message: &'a WarningMessage) -> Self {
        let over = message.kind.is_over();
        let shortest = message.sent_at + config.all_clear_holds;
        let holds = message.expires_at > message.sent_at;
        Self {
            config,
            message,
            hazard: hazard_entry(config, message),
            level: meaning(&config.levels, message),
            sent: message.sent_at,
            expires: if over || !holds { shortest } else { message.expires_at },
            web: format!("{public_url}/#/canh-bao/{}", message.warning),
        }
    }

    fn languages(&self) -> [Language<'_>; 2] {
        let (config, text) = (self.config, &self.message.text);
        [
            Language {
                code: "vi-VN",
                event: &self.hazard.event_vi,
                sender_name: &config.sender_name_vi,
                text: &text.vi,
            },
            Language {
                code: "en-US",
                event: &self.hazard.event_en,
                sender_name: &config.sender_name_en,
                text: &text.en,
            },
        ]
    }

    fn info(&self, xml: &mut Xml, language: &Language<'_>) {
        let Text { headline, description, instruction } = language.text;
        let described = if description.trim().is_empty() { headline } else { description };
        xml.leaf("language", language.code);
        xml.leaf("category", self.hazard.category.name());
        xml.leaf("event", language.event);
        xml.leaf("responseType", self.level.response.name());
        xml.leaf("urgency", self.level.urgency.name());
        xml.leaf("severity", self.level.severity.name());
        xml.leaf("certainty", self.level.certainty.name());
        xml.pair("eventCode", &self.config.event_code_name, &self.hazard.event_code);
        xml.leaf("effective", &moment(self.sent));
        xml.leaf("onset", &moment(self.message.onset));
        xml.leaf("expires", &moment(self.expires));
        xml.leaf("senderName", language.sender_name);
        xml.leaf("headline", headline);
        xml.leaf("description", described);
        xml.leaf("instruction", instruction);
        xml.leaf("web", &self.web);
        xml.leaf("contact", self.config.contact.as_deref().unwrap_or_default());
        self.parameters(xml);
        self.areas(xml);
    }

    fn parameters(&self, xml: &mut Xml) {
        let mut parameter = |name: &str, value: &str| xml.pair("parameter", name, value);
        // What is over has no level and no colour: readers paint by these, whatever the words say.
        if !self.message.kind.is_over() {
            parameter("level", &self.message.level.0.to_string());
            if let Some(value) = &self.level.awareness_level {
                parameter("awareness_level", value);
            }
        }
        if let Some(value) = &self.hazard.awareness_type {
            parameter("awareness_type", value);
        }
        if self.message.provisional {
            parameter("provisional", "true");
        }
        if self.message.late {
            parameter("late", "true");
        }
    }

    fn areas(&self, xml: &mut Xml) {
        for area in &self.message.areas {
            xml.group("area", |xml| {
                xml.leaf("areaDesc", &area.name);
                xml.leaf("polygon", &area.polygon.as_deref().map(polygon).unwrap_or_default());
                if let Some(code) = &area.code {
                    xml.pair("geocode", &self.config.geocode_name, code);
                }
            });
        }
        if self.message.areas.is_empty() {
            xml.group("area", |xml| xml.leaf("areaDesc", &self.config.default_area));
        }
    }
}

/// What the level means for this message: a message that ends, takes back, or tells what was, is not urgent.
fn meaning(levels: &[LevelEntry], message: &WarningMessage) -> LevelEntry {
    let entry = level_entry(levels, message.level);
    let over = |severity, certainty, response| LevelEntry {
        urgency: Urgency::Past,
        severity,
        certainty,
        response,
        ..entry.clone()
    };
    match message.kind {
        MessageKind::End => over(Severity::Minor, Certainty::Observed, ResponseType::AllClear),
        MessageKind::Cancel => over(Severity::Minor, Certainty::Unlikely, ResponseType::None),
        MessageKind::Issue | MessageKind::Update => LevelEntry {
            urgency: if message.late { Urgency::Past } else { entry.urgency },
            certainty: if message.provisional { Certainty::Possible } else { entry.certainty },
            ..entry
        },
    }
}

/// `lat,lon lat,lon …`, closed, with six decimals (0.1 m); empty if it is no polygon.
fn polygon(points: &[(f64, f64)]) -> String {
    let print = |(lat, lon): &(f64, f64)| format!("{},{}", degrees(*lat), degrees(*lon));
    let mut pairs: Vec<String> = points.iter().map(print).collect();
    pairs.dedup();
    if pairs.first() != pairs.last() {
        pairs.extend(pairs.first().cloned());
    }
    if pairs.len() < 4 || !points.iter().all(|(lat, lon)| valid(*lat, *lon)) {
        return String::new();
    }
    pairs.join(" ")
}

fn valid(lat: f64, lon: f64) -> bool {
    (-90.0..=90.0).contains(&lat) && (-180.0..=180.0).contains(&lon)
}

fn degrees(value: f64) -> String {
    let text = format!("{value:.6}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}
