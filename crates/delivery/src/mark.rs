//! A notice with its realm lifted into its type. What leaves is made from an [`Addressed`] notice only, and
//! that carries the mark of its world: there is no way to print an exercise without saying so, nor to
//! send it to an address that the exercise directory does not have.

use std::marker::PhantomData;

use domain::notice::{NoticeBody, names};
use domain::warning::{LocalText, Text};
use domain::{Channel, Notice, Realm, Time, WarningMessage};

use crate::error::Failure;
use crate::people::{Audience, Directory, Players, Public};

/// Longest headline, in characters (CAP 1.2 §3.2.2 advises 160, Google asks for 140).
const HEADLINE: usize = 140;

/// How a message shows what it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sign {
    /// In front of a subject or headline, Vietnamese; empty for real ones.
    pub prefix_vi: &'static str,
    /// In front of a subject or headline, English; empty for real ones.
    pub prefix_en: &'static str,
    /// A line of its own in every body, Vietnamese.
    pub line_vi: Option<&'static str>,
    /// A line of its own in every body, English.
    pub line_en: Option<&'static str>,
    /// CAP `status`.
    pub cap_status: &'static str,
}

/// A realm as a type.
pub trait World: Send + Sync + 'static {
    /// Who may be reached.
    type People: Audience;
    /// How its messages show what they are.
    const SIGN: Sign;
}

/// What really happens.
#[derive(Debug, Clone, Copy)]
pub struct Actual;
/// A drill.
#[derive(Debug, Clone, Copy)]
pub struct Exercise;
/// A trial of the chain.
#[derive(Debug, Clone, Copy)]
pub struct Test;

impl World for Actual {
    type People = Public;
    const SIGN: Sign =
        Sign { prefix_vi: "", prefix_en: "", line_vi: None, line_en: None, cap_status: "Actual" };
}

impl World for Exercise {
    type People = Players;
    const SIGN: Sign = Sign {
        prefix_vi: "[DIỄN TẬP] ",
        prefix_en: "[EXERCISE] ",
        line_vi: Some("ĐÂY LÀ DIỄN TẬP, KHÔNG PHẢI TÌNH HUỐNG THẬT."),
        line_en: Some("THIS IS AN EXERCISE, NOT A REAL SITUATION."),
        cap_status: "Exercise",
    };
}

impl World for Test {
    type People = Players;
    const SIGN: Sign = Sign {
        prefix_vi: "[THỬ NGHIỆM] ",
        prefix_en: "[TEST] ",
        line_vi: Some("ĐÂY LÀ TIN THỬ NGHIỆM HỆ THỐNG, KHÔNG PHẢI TÌNH HUỐNG THẬT."),
        line_en: Some("THIS IS A SYSTEM TEST, NOT A REAL SITUATION."),
        cap_status: "Test",
    };
}

/// A notice of that world.
#[derive(Debug)]
pub struct Marked<W> {
    notice: Notice,
    world: PhantomData<W>,
}

/// A notice of that world whose address may be used and whose texts bear the sign.
#[derive(Debug)]
pub struct Addressed<W> {
    notice: Notice,
    world: PhantomData<W>,
}

/// A notice with its world.
#[derive(Debug)]
pub enum Lifted {
    /// Real.
    Actual(Marked<Actual>),
    /// Of a drill.
    Exercise(Marked<Exercise>),
    /// Of a trial.
    Test(Marked<Test>),
}

impl From<Notice> for Lifted {
    /// A notice and the message in it may disagree only through damage; then it is taken as the less real.
    fn from(notice: Notice) -> Self {
        match (notice.realm, notice.body.message().realm) {
            (Realm::Actual, Realm::Actual) => Self::Actual(Marked::new(notice)),
            (Realm::Test, _) | (_, Realm::Test) => Self::Test(Marked::new(notice)),
            (Realm::Exercise, _) | (_, Realm::Exercise) => Self::Exercise(Marked::new(notice)),
        }
    }
}

impl<W: World> Marked<W> {
    const fn new(notice: Notice) -> Self {
        Self { notice, world: PhantomData }
    }

    /// Itself with the right to use its address.
    pub(crate) fn admitted(
        self,
        directory: &Directory<W::People>,
    ) -> Result<Addressed<W>, Failure> {
        if W::People::admits(directory, &self.notice) {
            let notice = Notice { body: W::SIGN.on_body(self.notice.body), ..self.notice };
            return Ok(Addressed { notice, world: PhantomData });
        }
        Err(Failure::Never(format!(
            "'{}' has no such address among the recipients of exercises",
            self.notice.recipient
        )))
    }

    /// The notices that tell the next in line the same, or `None` if nobody of that name is in the directory.
    /// They allow as long for a receipt as this one did.
    pub(crate) fn for_next_in_line(
        &self,
        directory: &Directory<W::People>,
        now: Time,
    ) -> Option<Vec<Notice>> {
        let next = self.notice.escalate_to.as_ref()?;
        let contact = directory.find(next)?;
        let within = self.notice.receipt_by.map(|by| by - self.notice.planned_at);
        let (stem, waits) =
            (self.notice.stem(), matches!(self.notice.body, NoticeBody::Confirm(_)));
        let tell = |(channel, name): (&Channel, String)| Notice {
            id: format!("{stem}.{next}.{name}"),
            recipient: next.clone(),
            recipient_name: contact.name.clone(),
            language: contact.language.clone(),
            channel: channel.of(&self.notice.episode),
            planned_at: now,
            receipt_by: within.filter(|_| channel.asks_receipt()).map(|within| now + within),
            escalate_to: contact.escalate_to.clone(),
            ..self.notice.clone()
        };
        let ways = contact.channels.iter().zip(names(&contact.channels));
        Some(ways.filter(|(channel, _)| !waits || channel.asks_receipt()).map(tell).collect())
    }
}

impl<W: World> Addressed<W> {
    pub(crate) const fn notice(&self) -> &Notice {
        &self.notice
    }

    pub(crate) const fn sign(&self) -> Sign {
        W::SIGN
    }
}

impl Sign {
    fn on_body(self, body: NoticeBody) -> NoticeBody {
        match body {
            NoticeBody::Confirm(message) => {
                NoticeBody::Confirm(Box::new(self.on_message(*message)))
            }
            NoticeBody::Message(message) => {
                NoticeBody::Message(Box::new(self.on_message(*message)))
            }
        }
    }

    fn on_message(self, message: WarningMessage) -> WarningMessage {
        let LocalText { vi, en } = message.text;
        let text = LocalText {
            vi: signed(vi, self.prefix_vi, self.line_vi),
            en: signed(en, self.prefix_en, self.line_en),
        };
        WarningMessage { text, ..message }
    }
}

/// The text with the sign in headline and description; once, even if it is there already.
fn signed(text: Text, prefix: &str, line: Option<&str>) -> Text {
    let headline = text.headline.strip_prefix(prefix).unwrap_or(&text.headline);
    let headline = shortened(&format!("{prefix}{headline}"), HEADLINE);
    let description = match line {
        Some(line) if !text.description.starts_with(line) => {
            format!("{line}\n{}", text.description)
        }
        _ => text.description,
    };
    Text { headline, description, instruction: text.instruction }
}

/// At most that many characters; what is cut off shows.
fn shortened(text: &str, longest: usize) -> String {
    if text.chars().count() <= longest {
        return text.to_owned();
    }
    let kept: String = text.chars().take(longest - 1).collect();
    format!("{}…", kept.trim_end())
}
