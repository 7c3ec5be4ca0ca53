//! One warning message to one person by one channel.

use serde::{Deserialize, Serialize};

use crate::{MessageKind, Realm, RecipientId, Time, WarningId, WarningMessage};

/// A way to a person or a program.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind", deny_unknown_fields)]
pub enum Channel {
    /// E-mail.
    Email {
        /// Address.
        address: String,
    },
    /// HTTP POST signed with HMAC-SHA256.
    Webhook {
        /// Where to.
        url: String,
        /// Name of the secret in the secrets folder.
        secret: String,
    },
    /// A topic on our own broker.
    Mqtt {
        /// Topic.
        topic: String,
    },
    /// The public CAP feed.
    Cap,
}

impl Channel {
    /// Short name, part of a notice's id.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Email { .. } => "email",
            Self::Webhook { .. } => "webhook",
            Self::Mqtt { .. } => "mqtt",
            Self::Cap => "cap",
        }
    }
}

/// What a notice tells.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind", content = "body")]
pub enum NoticeBody {
    /// A draft waits for the duty officer; the body is the message as it would go out.
    Confirm(Box<WarningMessage>),
    /// A message of a warning.
    Message(Box<WarningMessage>),
}

impl NoticeBody {
    /// The message inside.
    #[must_use]
    pub const fn message(&self) -> &WarningMessage {
        match self {
            Self::Confirm(message) | Self::Message(message) => message,
        }
    }
}

/// One message to one recipient by one channel. It carries its own address, so that delivery needs
/// no directory and cannot reach anybody the plan did not name.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Notice {
    /// `{warning}.{number}.{c|m}.{recipient}.{channel}`: the same notice always has the same id.
    pub id: String,
    /// Of which warning.
    pub warning: WarningId,
    /// Message number.
    pub number: u32,
    /// What the message does.
    pub message_kind: MessageKind,
    /// Real, exercise or test.
    pub realm: Realm,
    /// To whom.
    pub recipient: RecipientId,
    /// Name of the recipient.
    pub recipient_name: String,
    /// `vi` or `en`.
    pub language: String,
    /// How.
    pub channel: Channel,
    /// Processing time at which it was planned.
    pub planned_at: Time,
    /// A receipt is expected by then, else the next in line is told; `None` = no receipt asked.
    pub receipt_by: Option<Time>,
    /// Recipient to tell when no receipt came in time.
    pub escalate_to: Option<RecipientId>,
    /// What it tells.
    pub body: NoticeBody,
}
