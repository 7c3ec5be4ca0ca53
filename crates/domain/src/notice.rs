//! One warning message to one person by one channel.

use serde::{Deserialize, Serialize};

use crate::{EpisodeId, MessageKind, Realm, RecipientId, Time, WarningId, WarningMessage};

/// Where topics of real warnings begin.
pub const WARNING_TOPICS: &str = "quantrac/v1/warning/";
/// Where topics of exercises and tests begin: a drill never takes the place of a real warning.
pub const EXERCISE_TOPICS: &str = "quantrac/v1/exercise/";
/// In a configured topic, this stands for the episode.
pub const EPISODE: &str = "{episode}";

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
        /// Topic; in the configuration `{episode}` stands for the episode of the warning.
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

    /// The same way for a warning of that episode: its name stands where the configuration says `{episode}`.
    ///
    /// ```
    /// let topic = |topic: &str| domain::Channel::Mqtt { topic: topic.to_owned() };
    /// let kon = "song-kon".parse().expect("a name");
    /// assert_eq!(topic("quantrac/v1/warning/{episode}").of(&kon), topic("quantrac/v1/warning/song-kon"));
    /// ```
    #[must_use]
    pub fn of(&self, episode: &EpisodeId) -> Self {
        match self {
            Self::Mqtt { topic } => Self::Mqtt { topic: topic.replace(EPISODE, episode.as_str()) },
            other => other.clone(),
        }
    }

    /// Whether a person can answer there.
    #[must_use]
    pub const fn asks_receipt(&self) -> bool {
        matches!(self, Self::Email { .. } | Self::Webhook { .. })
    }
}

/// The last part of the id of a notice by each of somebody's channels: the second e-mail address is `email-2`.
///
/// ```
/// let mail = |address: &str| domain::Channel::Email { address: address.to_owned() };
/// let names = domain::notice::names(&[mail("a@example.org"), domain::Channel::Cap, mail("b@example.org")]);
/// assert_eq!(names, ["email", "cap", "email-2"]);
/// ```
#[must_use]
pub fn names(channels: &[Channel]) -> Vec<String> {
    let nth = |n: usize, name| channels[..=n].iter().filter(|c| c.name() == name).count();
    let named =
        channels.iter().enumerate().map(|(n, channel)| (channel.name(), nth(n, channel.name())));
    named
        .map(|(name, nth)| if nth == 1 { name.to_owned() } else { format!("{name}-{nth}") })
        .collect()
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
    /// `{warning}.{d|m}{number}.{recipient}.{channel}`: the same notice always has the same id.
    pub id: String,
    /// Of which warning.
    pub warning: WarningId,
    /// Of which episode; `unknown` in ledgers that were written before it was noted.
    #[serde(default = "unknown")]
    pub episode: EpisodeId,
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

impl Notice {
    /// Its id without recipient and channel: warning, purpose and number. What is told to whom by which way
    /// has it in common with what is told to others.
    #[must_use]
    pub fn stem(&self) -> &str {
        let recipient = format!(".{}", self.recipient);
        let stem = self.id.rsplit_once('.').and_then(|(rest, _)| rest.strip_suffix(&recipient));
        stem.unwrap_or(&self.id)
    }
}

fn unknown() -> EpisodeId {
    "unknown".parse().expect("a plain word is a name")
}
