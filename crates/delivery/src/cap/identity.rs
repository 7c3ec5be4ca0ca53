//! Names of documents, and what a document replaces.

use domain::Time;
use quick_xml::events::Event;
use quick_xml::{Reader, XmlVersion};
use sha2::{Digest, Sha256};
use store::CapDocument;

use super::CapConfig;
use super::config::arcs_after_authority;
use crate::compose::{Bulletin, realm};

/// The same message always has the same identifier: `{warning}.{number}.{realm}.{yyyymmddThhmmss}`, or an OID
/// below the authority's (`2.49.0.1`, country, authority, year, month, day, hour, minute, second, warning as a
/// number, message number).
pub(super) fn identifier(config: &CapConfig, bulletin: &Bulletin) -> String {
    let message = bulletin.message();
    let at = message.sent_at.in_vietnam();
    match config.authority_oid.as_deref().and_then(arcs_after_authority) {
        Some(authority) => {
            let hash = Sha256::new()
                .chain_update(message.warning.as_str())
                .chain_update(realm(message.realm))
                .finalize();
            let warning = u32::from_be_bytes([hash[0], hash[1], hash[2], hash[3]]);
            format!(
                "urn:oid:2.49.0.1.{authority}.{}.{}.{}.{}.{}.{}.{warning}.{}",
                at.year(),
                at.month(),
                at.day(),
                at.hour(),
                at.minute(),
                at.second(),
                message.number
            )
        }
        None => format!(
            "{}.{}.{}.{}",
            message.warning,
            message.number,
            realm(message.realm),
            at.strftime("%Y%m%dT%H%M%S")
        ),
    }
}

/// CAP's form of an instant: whole seconds, Viet Nam's offset.
pub(super) fn moment(at: Time) -> String {
    let seconds = at.millis().div_euclid(1_000);
    Time::from_millis(seconds * 1_000).to_string()
}

/// References to those documents that no other one replaces, oldest first: `sender,identifier,sent` as the
/// documents themselves say, whatever the configuration has become since.
pub(super) fn live(documents: &[&CapDocument]) -> Vec<String> {
    let heads: Vec<Head> = documents.iter().rev().filter_map(|d| Head::read(&d.xml)).collect();
    let replaced: Vec<&str> = heads.iter().flat_map(|h| h.references.split_whitespace()).collect();
    let own = heads.iter().map(Head::reference);
    own.filter(|reference| !replaced.contains(&reference.as_str())).collect()
}

/// The beginning of a document.
#[derive(Default)]
struct Head {
    sender: String,
    identifier: String,
    sent: String,
    references: String,
}

impl Head {
    fn reference(&self) -> String {
        format!("{},{},{}", self.sender, self.identifier, self.sent)
    }

    /// `None` if it is not XML.
    fn read(xml: &str) -> Option<Self> {
        let mut reader = Reader::from_str(xml);
        let (mut head, mut inside) = (Self::default(), String::new());
        loop {
            match reader.read_event().ok()? {
                Event::Start(start) if start.name().as_ref() == "info" => break,
                Event::Start(start) => inside = start.name().as_ref().to_owned(),
                Event::End(_) => inside.clear(),
                Event::Text(text) => {
                    let text = text.xml_content(XmlVersion::Explicit1_0);
                    if let Some(place) = head.place(&inside) {
                        place.push_str(text.trim());
                    }
                }
                Event::Eof => break,
                _ => {}
            }
        }
        (!head.identifier.is_empty()).then_some(head)
    }

    fn place(&mut self, element: &str) -> Option<&mut String> {
        match element {
            "sender" => Some(&mut self.sender),
            "identifier" => Some(&mut self.identifier),
            "sent" => Some(&mut self.sent),
            "references" => Some(&mut self.references),
            _ => None,
        }
    }
}
