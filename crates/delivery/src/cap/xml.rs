//! XML as far as CAP needs it: elements in elements, and texts.

use quick_xml::Writer;
use quick_xml::events::{BytesDecl, BytesEnd, BytesStart, BytesText, Event};

use super::clean;

/// The namespace of CAP 1.2. It is the default namespace of the document: prefixes break some readers.
pub(super) const NAMESPACE: &str = "urn:oasis:names:tc:emergency:cap:1.2";

/// A document that is being written.
pub(super) struct Xml(Writer<Vec<u8>>);

impl Xml {
    pub(super) fn new() -> Self {
        let mut xml = Self(Writer::new_with_indent(Vec::new(), b' ', 1));
        xml.put(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)));
        xml
    }

    /// The outermost element.
    pub(super) fn root(&mut self, name: &str, inside: impl FnOnce(&mut Self)) {
        self.put(Event::Start(BytesStart::new(name).with_attributes([("xmlns", NAMESPACE)])));
        inside(self);
        self.put(Event::End(BytesEnd::new(name)));
    }

    /// An element with others inside.
    pub(super) fn group(&mut self, name: &str, inside: impl FnOnce(&mut Self)) {
        self.put(Event::Start(BytesStart::new(name)));
        inside(self);
        self.put(Event::End(BytesEnd::new(name)));
    }

    /// An element with a text; none if there is no text.
    pub(super) fn leaf(&mut self, name: &str, text: &str) {
        let text = clean(text);
        if !text.is_empty() {
            self.put(Event::Start(BytesStart::new(name)));
            self.put(Event::Text(BytesText::new(&text)));
            self.put(Event::End(BytesEnd::new(name)));
        }
    }

    /// An element of `valueName` and `value`; none if there is no value.
    pub(super) fn pair(&mut self, element: &str, name: &str, value: &str) {
        if clean(value).is_empty() {
            return;
        }
        self.group(element, |xml| {
            xml.leaf("valueName", name);
            xml.leaf("value", value);
        });
    }

    pub(super) fn finish(self) -> String {
        String::from_utf8(self.0.into_inner()).expect("only texts were written")
    }

    fn put(&mut self, event: Event<'_>) {
        self.0.write_event(event).expect("memory takes every byte");
    }
}
