//! What leaves: made from an addressed notice, and from nothing else.

use domain::notice::NoticeBody;
use domain::{Channel, Notice, Realm, WarningId, WarningMessage};
use serde::Serialize;

use crate::error::Failure;
use crate::mark::{Addressed, World};
use crate::words::{Words, html, plain};

/// A message on its way out.
pub(crate) enum Letter {
    Mail(Mail),
    Post(Post),
    Topic(Topic),
    Bulletin(Box<Bulletin>),
}

/// An e-mail.
pub(crate) struct Mail {
    address: String,
    name: String,
    subject: String,
    text: String,
    html: String,
    id: String,
    unique: String,
}

/// A call of a webhook.
pub(crate) struct Post {
    url: String,
    secret: String,
    id: String,
    body: Vec<u8>,
}

/// A message on our broker.
pub(crate) struct Topic {
    topic: String,
    body: Vec<u8>,
    retain: bool,
}

/// A message for the CAP feed. Only issued messages come here: a draft is nobody's warning yet.
pub(crate) struct Bulletin {
    status: &'static str,
    note: Option<&'static str>,
    message: WarningMessage,
}

/// The addresses printed in messages.
pub(crate) struct Links {
    pub(crate) public_url: String,
    pub(crate) receipt_key: Vec<u8>,
}

impl Links {
    /// Who opens it confirms this notice.
    pub(crate) fn receipt(&self, notice: &str) -> String {
        let token = store::receipt::receipt_token(&self.receipt_key, notice);
        format!("{}/r/{notice}/{token}", self.public_url)
    }

    /// The page of a warning.
    pub(crate) fn page(&self, warning: &WarningId) -> String {
        format!("{}/#/canh-bao/{warning}", self.public_url)
    }
}

/// The message as its channel wants it.
pub(crate) fn compose<W: World>(
    addressed: &Addressed<W>,
    links: &Links,
) -> Result<Letter, Failure> {
    let notice = addressed.notice();
    let words = Words::of(addressed, links);
    Ok(match (&notice.channel, &notice.body) {
        (Channel::Email { address }, _) => Letter::Mail(Mail {
            address: address.clone(),
            name: notice.recipient_name.clone(),
            subject: words.subject.clone(),
            text: plain(&words),
            html: html(&words),
            id: notice.id.clone(),
            unique: unique(notice),
        }),
        (Channel::Webhook { url, secret }, _) => Letter::Post(Post {
            url: url.clone(),
            secret: secret.clone(),
            id: notice.id.clone(),
            body: json(notice, &words, true),
        }),
        (Channel::Mqtt { topic }, body) => Letter::Topic(Topic {
            topic: topic.clone(),
            body: json(notice, &words, false),
            retain: matches!(body, NoticeBody::Message(_)),
        }),
        (Channel::Cap, NoticeBody::Message(message)) => Letter::Bulletin(Box::new(Bulletin {
            status: addressed.sign().cap_status,
            note: addressed.sign().line_vi,
            message: (**message).clone(),
        })),
        (Channel::Cap, NoticeBody::Confirm(_)) => {
            return Err(Failure::Never("a draft is never published in the CAP feed".to_owned()));
        }
    })
}

/// The same for every attempt of a notice, and for no other: drills may repeat a flood and its ids, but not
/// the millisecond at which it was planned.
fn unique(notice: &Notice) -> String {
    let id = notice.id.replace("..", "._.");
    format!("{}.{}.{}", id.trim_matches('.'), notice.planned_at.millis(), realm(notice.realm))
}

pub(crate) const fn realm(realm: Realm) -> &'static str {
    match realm {
        Realm::Actual => "actual",
        Realm::Exercise => "exercise",
        Realm::Test => "test",
    }
}

/// What programs get.
#[derive(Serialize)]
struct Body<'a> {
    id: &'a str,
    about: &'a str,
    kind: &'static str,
    realm: &'static str,
    warning: &'a WarningId,
    number: u32,
    subject: &'a str,
    text: String,
    page: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    receipt: Option<&'a str>,
    /// Its level is 0 when it ends or takes back the warning: programs go by the level.
    message: WarningMessage,
}

fn json(notice: &Notice, words: &Words<'_>, with_receipt: bool) -> Vec<u8> {
    let message = notice.body.message();
    let body = Body {
        id: &notice.id,
        about: notice.stem(),
        kind: if words.waits { "confirm" } else { "message" },
        realm: realm(message.realm),
        warning: &notice.warning,
        number: notice.number,
        subject: &words.subject,
        text: plain(words),
        page: &words.page,
        receipt: Some(words.receipt.as_str()).filter(|_| with_receipt),
        message: WarningMessage { level: message.level_after(), ..message.clone() },
    };
    serde_json::to_vec(&body).expect("texts and numbers can be written as JSON")
}

impl Mail {
    pub(crate) fn address(&self) -> &str {
        &self.address
    }
    pub(crate) fn name(&self) -> &str {
        &self.name
    }
    pub(crate) fn subject(&self) -> &str {
        &self.subject
    }
    pub(crate) fn text(&self) -> &str {
        &self.text
    }
    pub(crate) fn html(&self) -> &str {
        &self.html
    }
    pub(crate) fn id(&self) -> &str {
        &self.id
    }
    /// Left part of the Message-ID.
    pub(crate) fn unique(&self) -> &str {
        &self.unique
    }
}

impl Post {
    pub(crate) fn url(&self) -> &str {
        &self.url
    }
    pub(crate) fn secret(&self) -> &str {
        &self.secret
    }
    pub(crate) fn id(&self) -> &str {
        &self.id
    }
    pub(crate) fn body(&self) -> &[u8] {
        &self.body
    }
}

impl Topic {
    pub(crate) fn into_parts(self) -> (String, Vec<u8>, bool) {
        (self.topic, self.body, self.retain)
    }
}

impl Bulletin {
    pub(crate) const fn status(&self) -> &'static str {
        self.status
    }
    pub(crate) const fn note(&self) -> Option<&'static str> {
        self.note
    }
    pub(crate) const fn message(&self) -> &WarningMessage {
        &self.message
    }
}
