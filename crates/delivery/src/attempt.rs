//! One notice, once: noted as being sent, handed to its channel, and noted as what came of it.

use std::sync::Arc;
use std::time::Duration;

use domain::notice::NoticeBody;
use domain::{Notice, Time};
use store::{NoticeEvent, NoticeRecord, NoticeState};

use crate::compose::{Letter, Links, compose};
use crate::error::{Failure, Handed};
use crate::mail::Mails;
use crate::mark::{Lifted, Marked, World};
use crate::outbox::Outbox;
use crate::people::{Directory, People};
use crate::webhook::Webhooks;
use crate::{DeliveryConfig, DeliveryError, Outlet, Secrets, cap, escalate, metric, retry, topic};

/// Between two tries to note what came of an attempt, when the store does not write.
const NOTE_AGAIN: Duration = Duration::from_secs(1);

/// Everything an attempt needs.
pub(crate) struct Office {
    pub(crate) config: DeliveryConfig,
    pub(crate) outbox: Arc<dyn Outbox>,
    pub(crate) people: People,
    secrets: Secrets,
    links: Links,
    mailer: Option<Mails>,
    webhooks: Webhooks,
    outlet: Arc<dyn Outlet>,
}

impl Office {
    pub(crate) fn open(
        config: DeliveryConfig,
        secrets: Secrets,
        outbox: Arc<dyn Outbox>,
        outlet: Arc<dyn Outlet>,
        people: People,
    ) -> Result<Self, DeliveryError> {
        let config = config.checked()?;
        let mailer = Mails::of(&config)?;
        let webhooks = Webhooks::new(retry::real(config.webhook_timeout))?;
        let links = Links {
            public_url: config.public_url.clone(),
            receipt_key: secrets.receipt_key.clone(),
        };
        Ok(Self { config, outbox, people, secrets, links, mailer, webhooks, outlet })
    }

    /// Attempts the notice. Nothing is sent unless the attempt is on disk first: a crash after that
    /// repeats this notice and no other.
    pub(crate) async fn attempt(&self, record: NoticeRecord) {
        let begun = self.outbox.now();
        let sending =
            event(begun, NoticeState::Sending, format!("attempt {}", record.attempts + 1));
        if let Err(reason) = self.outbox.note(&record.notice.id, sending).await {
            tracing::warn!(
                notice = record.notice.id,
                reason,
                "not sent: the attempt cannot be noted"
            );
            return;
        }
        let came_of_it = self.hand_over(&record.notice).await;
        match came_of_it {
            Ok(handed) => self.taken(&record.notice, handed).await,
            Err(failure) => self.failed(&record, begun, failure).await,
        }
    }

    /// A task that ended without a word leaves its notice to be tried again.
    pub(crate) async fn broke_off(&self, record: &NoticeRecord) {
        let failure = Failure::later("the attempt broke off: see the log");
        self.failed(record, self.outbox.now(), failure).await;
    }

    async fn taken(&self, notice: &Notice, handed: Handed) {
        let now = self.outbox.now();
        if !matches!(handed, Handed::LeftOut(_)) {
            metric::count(metric::HANDED, &notice.channel);
            metric::delay(&notice.channel, now - notice.planned_at);
        }
        tracing::info!(notice = notice.id, how = ?handed, "notice handed over");
        let (state, detail) = match handed {
            Handed::Sent(detail) => (NoticeState::Sent, detail),
            Handed::Delivered(detail) => (NoticeState::Delivered, detail),
            Handed::LeftOut(detail) => (NoticeState::Settled, detail),
        };
        self.note_until_stored(&notice.id, event(now, state, detail)).await;
    }

    async fn failed(&self, record: &NoticeRecord, begun: Time, failure: Failure) {
        let (notice, now) = (&record.notice, self.outbox.now());
        let event = match self.verdict(record, begun, failure) {
            Failure::Never(reason) => {
                metric::count(metric::DEAD, &notice.channel);
                tracing::error!(notice = notice.id, reason, "notice given up");
                event(now, NoticeState::Dead, reason)
            }
            Failure::Later { reason, after } => {
                let wait = self.config.retry.wait(this_time(record), after);
                metric::count(metric::FAILED, &notice.channel);
                tracing::warn!(
                    notice = notice.id,
                    reason,
                    wait_ms = wait.millis(),
                    "notice not sent"
                );
                let next_try_at = Some(now + wait);
                NoticeEvent { at: now, state: NoticeState::Waiting, detail: reason, next_try_at }
            }
        };
        let dead = event.state == NoticeState::Dead;
        self.note_until_stored(&notice.id, event).await;
        if dead {
            escalate::after_death(self, record).await;
        }
    }

    /// What could go better later is given up all the same when it has been tried for long enough.
    fn verdict(&self, record: &NoticeRecord, begun: Time, failure: Failure) -> Failure {
        let Failure::Later { reason, after } = failure else { return failure };
        let sending = since_death(record).find(|event| event.state == NoticeState::Sending);
        let tried_for = self.outbox.now() - sending.map_or(begun, |event| event.at);
        if tried_for >= self.config.retry.give_up_after {
            return Failure::Never(format!(
                "given up after {} attempts: {reason}",
                record.attempts + 1
            ));
        }
        Failure::Later { reason, after }
    }

    /// Who forgets that it sent would send again, so this does not give up.
    pub(crate) async fn note_until_stored(&self, id: &str, event: NoticeEvent) {
        while let Err(reason) = self.outbox.note(id, event.clone()).await {
            tracing::error!(notice = id, reason, "what came of a notice cannot be noted yet");
            tokio::time::sleep(NOTE_AGAIN).await;
        }
    }

    /// A feed or a topic shows what came last, and people act on what they read last: an old message does not
    /// come after a newer one.
    async fn hand_over(&self, notice: &Notice) -> Result<Handed, Failure> {
        if matches!(notice.body, NoticeBody::Message(_)) {
            let newer = self.outbox.overtaken_by(notice).await.map_err(Failure::later)?;
            if let Some(newer) = newer {
                return Ok(Handed::LeftOut(format!("left out: message {newer} is there already")));
            }
        }
        self.hand_over_even_if_old(notice).await
    }

    pub(crate) async fn hand_over_even_if_old(&self, notice: &Notice) -> Result<Handed, Failure> {
        let letter = match Lifted::from(notice.clone()) {
            Lifted::Actual(marked) => self.letter(marked, &self.people.public),
            Lifted::Exercise(marked) => self.letter(marked, &self.people.players),
            Lifted::Test(marked) => self.letter(marked, &self.people.players),
        }?;
        match letter {
            Letter::Mail(letter) => {
                let none =
                    || Failure::later("no mail server is configured: set 'mail' or 'mail_folder'");
                self.mailer.as_ref().ok_or_else(none)?.send(&letter, &self.secrets).await
            }
            Letter::Post(post) => self.webhooks.call(&post, &self.secrets).await,
            Letter::Topic(letter) => topic::publish(&*self.outlet, letter).await,
            Letter::Bulletin(bulletin) => {
                let (cap, url) = (&self.config.cap, &self.config.public_url);
                cap::publish(&*self.outbox, cap, url, &bulletin).await
            }
        }
    }

    fn letter<W: World>(
        &self,
        marked: Marked<W>,
        directory: &Directory<W::People>,
    ) -> Result<Letter, Failure> {
        compose(&marked.admitted(directory)?, &self.links)
    }
}

/// The history since the notice was last given up: who tries again by hand wants it tried for as long as at
/// first.
fn since_death(record: &NoticeRecord) -> impl Iterator<Item = &NoticeEvent> {
    let died = record.history.iter().rposition(|event| event.state == NoticeState::Dead);
    record.history.iter().skip(died.map_or(0, |n| n + 1))
}

/// The number of this attempt since then.
fn this_time(record: &NoticeRecord) -> u32 {
    let begun = since_death(record).filter(|event| event.state == NoticeState::Sending).count();
    u32::try_from(begun).unwrap_or(u32::MAX).saturating_add(1)
}

pub(crate) const fn event(at: Time, state: NoticeState, detail: String) -> NoticeEvent {
    NoticeEvent { at, state, detail, next_try_at: None }
}
