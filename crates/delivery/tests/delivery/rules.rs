//! The rules of CAP 1.2 (OASIS standard, 1 July 2010, §3.2 and §3.4) and those of its readers, as a check of a
//! document that was parsed without the code that wrote it.

use domain::Time;
use quick_xml::Reader;
use quick_xml::events::Event;

/// An element.
#[derive(Debug, Default, Clone)]
pub(crate) struct Element {
    pub(crate) name: String,
    attributes: Vec<(String, String)>,
    pub(crate) text: String,
    pub(crate) children: Vec<Element>,
}

impl Element {
    pub(crate) fn all<'a, 'n>(
        &'a self,
        name: &'n str,
    ) -> impl Iterator<Item = &'a Self> + use<'a, 'n> {
        self.children.iter().filter(move |child| child.name == name)
    }
    /// Text of the first child of that name; empty if there is none.
    pub(crate) fn text_of(&self, name: &str) -> &str {
        self.all(name).next().map_or("", |child| child.text.as_str())
    }
}

/// Reads a document; panics if it is not well-formed.
pub(crate) fn parse(xml: &str) -> Element {
    let mut reader = Reader::from_str(xml);
    reader.config_mut().check_end_names = true;
    let mut open = vec![Element::default()];
    loop {
        match reader.read_event().expect("well-formed XML") {
            Event::Start(start) => {
                let attributes = start.attributes().map(|attribute| {
                    let attribute = attribute.expect("an attribute");
                    (attribute.key.as_ref().to_owned(), attribute.value.as_ref().to_owned())
                });
                let attributes = attributes.collect();
                let name = start.name().as_ref().to_owned();
                open.push(Element { name, attributes, ..Element::default() });
            }
            Event::End(_) => {
                let mut done = open.pop().expect("an open element");
                done.text = done.text.trim().to_owned();
                open.last_mut().expect("an outer element").children.push(done);
            }
            Event::Text(text) => open.last_mut().expect("an element").text += text.as_ref(),
            Event::GeneralRef(entity) => {
                let name: &str = entity.as_ref();
                let written = format!("&{name};");
                let resolved = quick_xml::escape::unescape(&written).expect("a known entity");
                open.last_mut().expect("an element").text += &resolved;
            }
            Event::Eof => break,
            Event::Decl(_) => {
                assert!(xml.starts_with("<?xml version=\"1.0\" encoding=\"UTF-8\"?>"))
            }
            other => panic!("{other:?} has no place in a CAP document"),
        }
    }
    open.remove(0).children.remove(0)
}

/// How often an element may stand.
#[derive(Clone, Copy, PartialEq)]
enum Often {
    Once,
    Perhaps,
    Any,
    OnceOrMore,
}
use Often::{Any, Once, OnceOrMore, Perhaps};

const ALERT: &[(&str, Often)] = &[
    ("identifier", Once),
    ("sender", Once),
    ("sent", Once),
    ("status", Once),
    ("msgType", Once),
    ("source", Perhaps),
    ("scope", Once),
    ("restriction", Perhaps),
    ("addresses", Perhaps),
    ("code", Any),
    ("note", Perhaps),
    ("references", Perhaps),
    ("incidents", Perhaps),
    ("info", Any),
];
const INFO: &[(&str, Often)] = &[
    ("language", Perhaps),
    ("category", OnceOrMore),
    ("event", Once),
    ("responseType", Any),
    ("urgency", Once),
    ("severity", Once),
    ("certainty", Once),
    ("audience", Perhaps),
    ("eventCode", Any),
    ("effective", Perhaps),
    ("onset", Perhaps),
    ("expires", Perhaps),
    ("senderName", Perhaps),
    ("headline", Perhaps),
    ("description", Perhaps),
    ("instruction", Perhaps),
    ("web", Perhaps),
    ("contact", Perhaps),
    ("parameter", Any),
    ("resource", Any),
    ("area", Any),
];
const AREA: &[(&str, Often)] = &[
    ("areaDesc", Once),
    ("polygon", Any),
    ("circle", Any),
    ("geocode", Any),
    ("altitude", Perhaps),
    ("ceiling", Perhaps),
];
const PAIR: &[(&str, Often)] = &[("valueName", Once), ("value", Once)];

const WORDS: &[(&str, &str)] = &[
    ("status", "Actual Exercise System Test Draft"),
    ("msgType", "Alert Update Cancel Ack Error"),
    ("scope", "Public Restricted Private"),
    ("category", "Geo Met Safety Security Rescue Fire Health Env Transport Infra CBRNE Other"),
    ("responseType", "Shelter Evacuate Prepare Execute Avoid Monitor Assess AllClear None"),
    ("urgency", "Immediate Expected Future Past Unknown"),
    ("severity", "Extreme Severe Moderate Minor Unknown"),
    ("certainty", "Observed Likely Possible Unlikely Unknown"),
];

/// Every rule that the document breaks.
pub(crate) fn faults(xml: &str) -> Vec<String> {
    let alert = parse(xml);
    let mut faults = Vec::new();
    let namespace = ("xmlns".to_owned(), "urn:oasis:names:tc:emergency:cap:1.2".to_owned());
    if alert.name != "alert" || alert.attributes != [namespace] {
        faults.push("the root is not 'alert' in the default namespace of CAP 1.2".to_owned());
    }
    shape(&alert, ALERT, &mut faults);
    for info in alert.all("info") {
        shape(info, INFO, &mut faults);
        for area in info.all("area") {
            shape(area, AREA, &mut faults);
        }
        let areas = info.all("area");
        for pair in areas.flat_map(|area| area.all("geocode")).chain(info.all("parameter")) {
            shape(pair, PAIR, &mut faults);
        }
        info.all("eventCode").for_each(|pair| shape(pair, PAIR, &mut faults));
    }
    words(&alert, &mut faults);
    faults.extend(names_and_times(&alert));
    faults.extend(readers(&alert));
    if !xml.chars().all(|c| matches!(c, '\n' | '\t' | ' '..)) {
        faults.push("a control character".to_owned());
    }
    faults
}

/// Order, number, and nothing unknown or empty.
fn shape(element: &Element, allowed: &[(&str, Often)], faults: &mut Vec<String>) {
    let place = |child: &Element| allowed.iter().position(|(name, _)| *name == child.name);
    let places: Vec<Option<usize>> = element.children.iter().map(place).collect();
    if !places.is_sorted() || places.contains(&None) {
        faults.push(format!("order in '{}': {:?}", element.name, names(element)));
    }
    for (name, often) in allowed {
        let count = element.all(name).count();
        let right = match often {
            Once => count == 1,
            Perhaps => count <= 1,
            Any => true,
            OnceOrMore => count >= 1,
        };
        if !right {
            faults.push(format!("'{name}' stands {count} times in '{}'", element.name));
        }
    }
    for child in &element.children {
        if child.text.is_empty() && child.children.is_empty() {
            faults.push(format!("'{}' is empty", child.name));
        }
    }
}

fn names(element: &Element) -> Vec<&str> {
    element.children.iter().map(|child| child.name.as_str()).collect()
}

fn words(element: &Element, faults: &mut Vec<String>) {
    let known = WORDS.iter().find(|(name, _)| *name == element.name);
    if known.is_some_and(|(_, words)| !words.split(' ').any(|word| word == element.text)) {
        faults.push(format!("'{}' is no {}", element.text, element.name));
    }
    element.children.iter().for_each(|child| words(child, faults));
}

/// `identifier` and `sender` without spaces, commas, `<` and `&`; `references` made of them; times with offset.
fn names_and_times(alert: &Element) -> Vec<String> {
    let mut faults = Vec::new();
    let is_name = |text: &str| !text.is_empty() && !text.contains([' ', ',', '<', '&']);
    for name in ["identifier", "sender"] {
        if !is_name(alert.text_of(name)) {
            faults.push(format!("'{}' is no {name}", alert.text_of(name)));
        }
    }
    for reference in alert.text_of("references").split_whitespace() {
        let parts: Vec<&str> = reference.split(',').collect();
        if !matches!(parts[..], [sender, id, sent] if is_name(sender) && is_name(id) && is_moment(sent))
        {
            faults.push(format!("'{reference}' is no reference"));
        }
    }
    let times = alert.all("info").flat_map(|info| &info.children);
    for time in times.chain(&alert.children) {
        let timed = ["sent", "effective", "onset", "expires"].contains(&time.name.as_str());
        if timed && !is_moment(&time.text) {
            faults.push(format!("'{}' is no time for '{}'", time.text, time.name));
        }
    }
    faults
}

/// `yyyy-mm-ddThh:mm:ss+07:00`: no fractions, no `Z` (§3.3.2).
fn is_moment(text: &str) -> bool {
    text.len() == 25 && text.ends_with("+07:00") && text.parse::<Time>().is_ok()
}

/// What Google, the WMO and CAP-AU ask for besides.
fn readers(alert: &Element) -> Vec<String> {
    let mut faults = Vec::new();
    let infos: Vec<&Element> = alert.all("info").collect();
    let languages: Vec<&str> = infos.iter().map(|info| info.text_of("language")).collect();
    let mut rule = |holds: bool, text: &str| {
        if !holds {
            faults.push(text.to_owned());
        }
    };
    rule(languages == ["vi-VN", "en-US"], "two infos: vi-VN and en-US");
    let referring = ["Update", "Cancel"].contains(&alert.text_of("msgType"));
    rule(
        referring != alert.text_of("references").is_empty(),
        "Update and Cancel refer, Alert does not",
    );
    for info in &infos {
        for name in ["headline", "description", "web", "expires", "senderName", "onset"] {
            rule(!info.text_of(name).is_empty(), name);
        }
        let same = |name: &str| {
            let of = |info: &Element| info.all(name).map(|e| format!("{e:?}")).collect::<Vec<_>>();
            of(info) == of(infos[0])
        };
        rule(
            same("category") && same("eventCode"),
            "category and eventCode are equal in all infos",
        );
        rule(info.all("eventCode").count() == 1, "exactly one eventCode");
        rule(info.text_of("headline").chars().count() <= 140, "headline of at most 140 characters");
        rule(info.all("area").count() >= 1, "an area");
        rule(info.text_of("expires") > alert.text_of("sent"), "it expires after it was sent");
        for polygon in info.all("area").flat_map(|area| area.all("polygon")) {
            rule(
                is_polygon(&polygon.text),
                "a polygon is closed, of four pairs, with six decimals",
            );
        }
    }
    faults
}

fn is_polygon(text: &str) -> bool {
    let pairs: Vec<&str> = text.split(' ').collect();
    let is_pair = |pair: &&str| {
        let numbers: Vec<&str> = pair.split(',').collect();
        let short = |n: &&str| n.split_once('.').is_none_or(|(_, decimals)| decimals.len() <= 6);
        numbers.len() == 2 && numbers.iter().all(|n| n.parse::<f64>().is_ok() && short(n))
    };
    pairs.len() >= 4 && pairs.first() == pairs.last() && pairs.iter().all(is_pair)
}
