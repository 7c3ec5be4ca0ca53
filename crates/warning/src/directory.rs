//! Who is told, kept apart by realm in types: an exercise message cannot meet an actual recipient.

use std::marker::PhantomData;

use domain::notice::{NoticeBody, names};
use domain::{Channel, EpisodeId, Level, Notice, Realm, RecipientId, Span, Time, WarningMessage};
use serde::{Deserialize, Serialize};

/// `recipients.toml`, `[[actual]]` or `[[exercise]]`: somebody who is told.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RecipientEntry {
    /// Its name in the configuration.
    pub id: RecipientId,
    /// Name as printed: a function, such as `Trực ban Ban Chỉ huy`.
    pub name: String,
    /// What for: `duty_officer` (told of drafts), `committee` (told of warnings), `technical`, `public`.
    pub role: RecipientRole,
    /// `vi` or `en`.
    #[serde(default = "vietnamese")]
    pub language: String,
    /// How.
    pub channels: Vec<Channel>,
    /// Only these hazards; empty = all (but `technical` only reaches the technical role and duty officers).
    #[serde(default)]
    pub hazards: Vec<String>,
    /// Only from this level.
    #[serde(default)]
    pub min_level: Level,
    /// Whom to tell when no receipt comes.
    #[serde(default)]
    pub escalate_to: Option<RecipientId>,
    /// Telephone for the call list, for signed-in people only: `+84 …` or `0…`.
    #[serde(default)]
    pub phone: Option<String>,
    /// What to know before calling, such as when they answer.
    #[serde(default)]
    pub phone_note: Option<String>,
    /// From this level on they are called whatever else reaches them; absent = only when no receipt comes.
    #[serde(default)]
    pub call_from_level: Option<Level>,
}

fn vietnamese() -> String {
    "vi".to_owned()
}

/// What somebody is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RecipientRole {
    /// Drafts that wait, and all warnings.
    DutyOfficer,
    /// Issued warnings.
    Committee,
    /// Technical warnings.
    Technical,
    /// Issued warnings, not technical ones.
    Public,
}

/// Marks what is real.
#[derive(Debug, Clone, Copy)]
pub struct Actual;
/// Marks what belongs to exercises and tests.
#[derive(Debug, Clone, Copy)]
pub struct Drill;

/// A recipient of one realm.
#[derive(Debug, Clone)]
pub struct Recipient<R> {
    entry: RecipientEntry,
    realm: PhantomData<R>,
}

/// A message of one realm.
struct Addressed<'a, R> {
    news: &'a News<'a>,
    realm: PhantomData<R>,
}

/// A message with its realm lifted into the type.
enum Outgoing<'a> {
    Actual(Addressed<'a, Actual>),
    Drill(Addressed<'a, Drill>),
}

impl<'a> From<&'a News<'a>> for Outgoing<'a> {
    fn from(news: &'a News<'a>) -> Self {
        match news.message.realm {
            Realm::Actual => Self::Actual(Addressed { news, realm: PhantomData }),
            Realm::Exercise | Realm::Test => Self::Drill(Addressed { news, realm: PhantomData }),
        }
    }
}

/// What people are told of.
#[derive(Debug, Clone, Copy)]
pub struct News<'a> {
    /// Of which episode.
    pub episode: &'a EpisodeId,
    /// The message, or the draft as it would go out.
    pub message: &'a WarningMessage,
    /// Why they are told.
    pub purpose: Purpose,
    /// Processing time.
    pub at: Time,
    /// How soon a receipt is expected; `None` = none is asked.
    pub receipt_within: Option<Span>,
}

/// Why a notice is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// A draft with this serial waits for a duty officer.
    Confirm(u32),
    /// The message goes out.
    Tell,
}

/// All recipients.
#[derive(Debug, Clone, Default)]
pub struct Directory {
    actual: Vec<Recipient<Actual>>,
    drill: Vec<Recipient<Drill>>,
}

impl Directory {
    /// The directory of `recipients.toml`: its `[[actual]]` and its `[[exercise]]` entries.
    #[must_use]
    pub fn new(actual: Vec<RecipientEntry>, exercise: Vec<RecipientEntry>) -> Self {
        Self {
            actual: actual.into_iter().map(Recipient::new).collect(),
            drill: exercise.into_iter().map(Recipient::new).collect(),
        }
    }

    /// Who is told what really happens.
    #[must_use]
    pub fn actual(&self) -> Vec<&RecipientEntry> {
        self.actual.iter().map(|recipient| &recipient.entry).collect()
    }

    /// Who is told in exercises and tests.
    #[must_use]
    pub fn exercise(&self) -> Vec<&RecipientEntry> {
        self.drill.iter().map(|recipient| &recipient.entry).collect()
    }

    /// Everybody who must be told of that message for that purpose, one notice per channel.
    #[must_use]
    pub fn plan(&self, news: &News<'_>) -> Vec<Notice> {
        match Outgoing::from(news) {
            Outgoing::Actual(news) => notices(&news, &self.actual),
            Outgoing::Drill(news) => notices(&news, &self.drill),
        }
    }

    /// A recipient by name, within the realm of the notice that looks for it.
    #[must_use]
    pub fn find(&self, realm: Realm, id: &RecipientId) -> Option<&RecipientEntry> {
        match realm {
            Realm::Actual => find(&self.actual, id),
            Realm::Exercise | Realm::Test => find(&self.drill, id),
        }
    }
}

impl<R> Recipient<R> {
    const fn new(entry: RecipientEntry) -> Self {
        Self { entry, realm: PhantomData }
    }

    fn wants(&self, message: &WarningMessage, purpose: Purpose) -> bool {
        let RecipientEntry { role, hazards, min_level, .. } = &self.entry;
        if message.realm == Realm::Test {
            return purpose == Purpose::Tell;
        }
        let technical = message.hazard == "technical";
        let for_role = match (purpose, role) {
            (Purpose::Confirm(_), role) => *role == RecipientRole::DutyOfficer,
            (Purpose::Tell, RecipientRole::DutyOfficer) => true,
            (Purpose::Tell, RecipientRole::Technical) => technical,
            (Purpose::Tell, RecipientRole::Committee | RecipientRole::Public) => !technical,
        };
        let for_hazard = hazards.is_empty() || hazards.contains(&message.hazard);
        for_role && for_hazard && message.level >= *min_level
    }
}

fn find<'a, R>(list: &'a [Recipient<R>], id: &RecipientId) -> Option<&'a RecipientEntry> {
    list.iter().map(|recipient| &recipient.entry).find(|entry| entry.id == *id)
}

fn notices<R>(news: &Addressed<'_, R>, recipients: &[Recipient<R>]) -> Vec<Notice> {
    let News { message, purpose, .. } = news.news;
    let wanting = recipients.iter().filter(|r| r.wants(message, *purpose));
    let ways = wanting.flat_map(|r| {
        let names = names(&r.entry.channels);
        r.entry.channels.iter().zip(names).map(move |(channel, name)| (&r.entry, channel, name))
    });
    // A draft is nobody's warning yet: it goes to persons only, never to a feed or a topic that many read.
    let fits = |channel: &Channel| *purpose == Purpose::Tell || channel.asks_receipt();
    ways.filter(|(_, channel, _)| fits(channel))
        .map(|(entry, channel, name)| notice(news.news, entry, channel, &name))
        .collect()
}

/// The notice to a recipient by a channel. Its id is a function of message, purpose, recipient and channel.
fn notice(news: &News<'_>, to: &RecipientEntry, channel: &Channel, name: &str) -> Notice {
    let News { episode, message, purpose, at, receipt_within } = *news;
    let (mark, body) = match purpose {
        Purpose::Confirm(serial) => {
            (format!("d{serial}"), NoticeBody::Confirm(Box::new(message.clone())))
        }
        Purpose::Tell => {
            (format!("m{}", message.number), NoticeBody::Message(Box::new(message.clone())))
        }
    };
    Notice {
        id: format!("{}.{mark}.{}.{name}", message.warning, to.id),
        warning: message.warning.clone(),
        episode: episode.clone(),
        number: message.number,
        message_kind: message.kind,
        realm: message.realm,
        recipient: to.id.clone(),
        recipient_name: to.name.clone(),
        language: to.language.clone(),
        channel: channel.of(episode),
        planned_at: at,
        receipt_by: receipt_within.filter(|_| channel.asks_receipt()).map(|within| at + within),
        escalate_to: to.escalate_to.clone(),
        body,
    }
}
