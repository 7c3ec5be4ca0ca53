//! Messages and notices as a flood of November 2025 could have led to.

use delivery::Contact;
use domain::notice::NoticeBody;
use domain::warning::{AreaName, Author, LocalText, Text};
use domain::{Channel, Level, MessageKind, Notice, Realm, Time, WarningMessage};

pub(crate) fn time(text: &str) -> Time {
    text.parse().expect("a time")
}

fn text(headline: &str, description: &str, instruction: &str) -> Text {
    Text {
        headline: headline.to_owned(),
        description: description.to_owned(),
        instruction: instruction.to_owned(),
    }
}

/// The first message of a warning; `number` 2 and more are updates that replace the one before.
pub(crate) fn message(number: u32) -> WarningMessage {
    let hour = 3 + number;
    WarningMessage {
        warning: "song-kon-20251119t0300".parse().expect("a name"),
        number,
        kind: if number == 1 { MessageKind::Issue } else { MessageKind::Update },
        realm: Realm::Actual,
        level: Level(3),
        provisional: false,
        late: false,
        sent_at: time(&format!("2025-11-19T{hour:02}:10:00.250+07:00")),
        expires_at: time("2025-11-20T03:10:00+07:00"),
        onset: time("2025-11-19T03:00:00+07:00"),
        author: Author::Person("truc-ban-1".to_owned()),
        remark: None,
        text: LocalText {
            vi: text(
                "Lũ khẩn cấp trên sông Kôn: trên BĐ3",
                "Thạnh Hòa, sông Kôn: 8,21 m lúc 03:00, trên BĐ3 0,21 m, đang lên 12 cm/h.",
                "Sơ tán khỏi vùng trũng thấp <ngay> & theo dõi tin tiếp theo.",
            ),
            en: text(
                "Flood on the Kon river above stage 3",
                "Thanh Hoa, Kon river: 8.21 m at 03:00, 0.21 m above stage 3, rising 12 cm/h.",
                "Leave low-lying areas and follow the next bulletins.",
            ),
        },
        evidence: Vec::new(),
        hazard: "flood".to_owned(),
        areas: vec![AreaName {
            name: "Xã Tuy Phước".to_owned(),
            code: Some("21952".to_owned()),
            polygon: None,
        }],
        replaces: (1..number).rev().take(1).collect(),
    }
}

pub(crate) fn of_realm(realm: Realm) -> WarningMessage {
    WarningMessage { realm, ..message(1) }
}

pub(crate) fn email(address: &str) -> Channel {
    Channel::Email { address: address.to_owned() }
}

pub(crate) fn webhook(url: &str) -> Channel {
    Channel::Webhook { url: url.to_owned(), secret: "hook".to_owned() }
}

pub(crate) fn topic(topic: &str) -> Channel {
    Channel::Mqtt { topic: topic.to_owned() }
}

/// The notice of that message to that recipient.
pub(crate) fn notice(message: WarningMessage, recipient: &str, channel: Channel) -> Notice {
    Notice {
        id: format!("{}.m{}.{recipient}.{}", message.warning, message.number, channel.name()),
        warning: message.warning.clone(),
        episode: "song-kon".parse().expect("a name"),
        number: message.number,
        message_kind: message.kind,
        realm: message.realm,
        recipient: recipient.parse().expect("a name"),
        recipient_name: "Trực ban Ban Chỉ huy".to_owned(),
        language: "vi".to_owned(),
        channel,
        planned_at: message.sent_at,
        receipt_by: None,
        escalate_to: None,
        body: NoticeBody::Message(Box::new(message)),
    }
}

/// The same as a draft that waits.
pub(crate) fn draft(message: WarningMessage, recipient: &str, channel: Channel) -> Notice {
    let notice = notice(message.clone(), recipient, channel);
    let id = notice.id.replace(".m", ".d");
    Notice { id, body: NoticeBody::Confirm(Box::new(message)), ..notice }
}

pub(crate) fn contact(channels: &[Channel]) -> Contact {
    Contact {
        name: "Phó Trưởng ban".to_owned(),
        language: "vi".to_owned(),
        channels: channels.to_vec(),
        escalate_to: None,
    }
}
