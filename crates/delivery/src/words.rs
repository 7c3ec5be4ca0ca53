//! What people read: plain text and a simple HTML of the same words.

use domain::notice::NoticeBody;
use domain::text::moment;
use domain::warning::{Author, Text};
use domain::{MessageKind, WarningMessage};

use crate::compose::Links;
use crate::mark::{Addressed, World};

/// Labels of one language.
struct Labels {
    waits: &'static str,
    waits_for_you: &'static str,
    decide: &'static str,
    confirm_receipt: &'static str,
    areas: &'static str,
    since: &'static str,
    until: &'static str,
    sent: &'static str,
    by_policy: &'static str,
    provisional: &'static str,
    late: &'static str,
    ended: &'static str,
    cancelled: &'static str,
    remark: &'static str,
    number: &'static str,
}

const VI: Labels = Labels {
    waits: "Chờ duyệt: ",
    waits_for_you: "Một bản tin cảnh báo đang chờ duyệt. Bản tin CHƯA được phát đi.",
    decide: "Xem và duyệt",
    confirm_receipt: "Xác nhận đã nhận tin",
    areas: "Khu vực",
    since: "Từ lúc",
    until: "Có hiệu lực đến",
    sent: "Phát lúc",
    by_policy: "tự động theo quy định",
    provisional: "Tin tạm thời: dựa trên số liệu nghi ngờ.",
    late: "Dựa trên số liệu đến muộn: nói về tình hình đã qua.",
    ended: "Cảnh báo này đã kết thúc.",
    cancelled: "Cảnh báo này bị hủy vì không đúng.",
    remark: "Ghi chú",
    number: "Mã tin",
};

const EN: Labels = Labels {
    waits: "Waiting for approval: ",
    waits_for_you: "A draft warning waits for approval. It has NOT been sent out.",
    decide: "Look and decide",
    confirm_receipt: "Confirm receipt",
    areas: "Area",
    since: "Since",
    until: "In force until",
    sent: "Sent",
    by_policy: "automatically by policy",
    provisional: "Provisional: rests on suspect data.",
    late: "Rests on data that came late: it tells what was.",
    ended: "This warning has ended.",
    cancelled: "This warning is cancelled: it was false.",
    remark: "Remark",
    number: "Message id",
};

/// A message in the recipient's language.
pub(crate) struct Words<'a> {
    /// It is a draft that waits for a decision.
    pub(crate) waits: bool,
    /// With the sign in front.
    pub(crate) subject: String,
    /// Page of the warning.
    pub(crate) page: String,
    /// Receipt link.
    pub(crate) receipt: String,
    language: &'static str,
    id: &'a str,
    text: &'a Text,
    message: &'a WarningMessage,
    labels: &'static Labels,
}

impl<'a> Words<'a> {
    pub(crate) fn of<W: World>(addressed: &'a Addressed<W>, links: &Links) -> Self {
        let (notice, sign) = (addressed.notice(), addressed.sign());
        let message = notice.body.message();
        let english = notice.language == "en";
        let (text, labels, prefix) = if english {
            (&message.text.en, &EN, sign.prefix_en)
        } else {
            (&message.text.vi, &VI, sign.prefix_vi)
        };
        let waits = matches!(notice.body, NoticeBody::Confirm(_));
        let headline = text.headline.strip_prefix(prefix).unwrap_or(&text.headline);
        let state = if waits { labels.waits } else { "" };
        Self {
            waits,
            subject: one_line(&format!("{prefix}{state}{headline}")),
            page: links.page(&notice.warning),
            receipt: links.receipt(&notice.id),
            language: if english { "en" } else { "vi" },
            id: &notice.id,
            text,
            message,
            labels,
        }
    }

    /// What concerns the message as a whole, a sentence each.
    fn remarks(&self) -> Vec<&'static str> {
        let Labels { waits_for_you, provisional, late, ended, cancelled, .. } = self.labels;
        let remarks = [
            (self.waits, waits_for_you),
            (self.message.kind == MessageKind::End, ended),
            (self.message.kind == MessageKind::Cancel, cancelled),
            (self.message.provisional, provisional),
            (self.message.late, late),
        ];
        remarks.into_iter().filter(|(holds, _)| *holds).map(|(_, text)| *text).collect()
    }

    /// Label and value, in the order of reading.
    fn facts(&self) -> Vec<(&'static str, String)> {
        let (message, labels) = (self.message, self.labels);
        let areas: Vec<&str> = message.areas.iter().map(|area| area.name.as_str()).collect();
        let mut facts = Vec::new();
        if !areas.is_empty() {
            facts.push((labels.areas, areas.join(", ")));
        }
        facts.push((labels.since, moment(message.onset)));
        facts.push((labels.until, moment(message.expires_at)));
        if !self.waits {
            let author = match &message.author {
                Author::Person(name) => name.as_str(),
                Author::Policy(_) => labels.by_policy,
            };
            facts.push((labels.sent, format!("{} ({author})", moment(message.sent_at))));
        }
        facts.extend(message.remark.iter().map(|remark| (labels.remark, remark.clone())));
        facts.push((labels.number, self.id.to_owned()));
        facts
    }

    /// Label and address of what the reader can do.
    fn links(&self) -> Vec<(&'static str, &str)> {
        let decide = self.waits.then_some((self.labels.decide, self.page.as_str()));
        let receipt = (self.labels.confirm_receipt, self.receipt.as_str());
        decide.into_iter().chain([receipt]).collect()
    }
}

/// As plain text.
pub(crate) fn plain(words: &Words<'_>) -> String {
    let paragraphs = words.remarks().into_iter().chain(paragraphs(words));
    let mut text: String = paragraphs.map(|paragraph| format!("{paragraph}\n\n")).collect();
    for (label, value) in words.facts() {
        text += &format!("{label}: {value}\n");
    }
    for (label, address) in words.links() {
        text += &format!("\n{label}:\n{address}\n");
    }
    text
}

/// As a simple HTML page without pictures or scripts.
pub(crate) fn html(words: &Words<'_>) -> String {
    let mut body = String::new();
    for remark in words.remarks() {
        body += &format!("<p><strong>{}</strong></p>\n", escaped(remark));
    }
    for (n, paragraph) in paragraphs(words).enumerate() {
        let tag = if n == 0 { "h2" } else { "p" };
        body += &format!("<{tag}>{}</{tag}>\n", escaped(paragraph).replace('\n', "<br>"));
    }
    body += "<table>\n";
    for (label, value) in words.facts() {
        body += &format!("<tr><td>{label}</td><td>{}</td></tr>\n", escaped(&value));
    }
    body += "</table>\n";
    for (label, address) in words.links() {
        body += &format!("<p><a href=\"{}\">{label}</a></p>\n", escaped(address));
    }
    format!(
        "<!DOCTYPE html>\n<html lang=\"{}\"><head><meta charset=\"utf-8\"><title>{}</title></head>\n\
         <body>\n{body}</body></html>\n",
        words.language,
        escaped(&words.subject)
    )
}

fn paragraphs<'a>(words: &Words<'a>) -> impl Iterator<Item = &'a str> {
    let Text { headline, description, instruction } = words.text;
    let parts = [headline, description, instruction];
    parts.into_iter().map(|part| part.trim()).filter(|part| !part.is_empty())
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn escaped(text: &str) -> String {
    quick_xml::escape::escape(text).into_owned()
}
