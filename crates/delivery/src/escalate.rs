//! No receipt: the next in line is told.

use std::collections::HashMap;

use domain::notice::NoticeBody;
use domain::{Notice, WarningId, WarningState};
use store::{NoticeRecord, NoticeState};

use crate::attempt::{Office, event};
use crate::mark::Lifted;
use crate::metric;

/// What is to be done about a notice without a receipt.
enum Next {
    /// The person answered by another channel.
    Answered(String),
    /// There is nothing left to answer.
    Moot(String),
    /// These are told.
    Tell(Vec<Notice>),
    /// Nobody can be told.
    Nobody(String),
}

/// The notices of warnings, read once in a look: a flood that nobody answers has thousands.
#[derive(Default)]
struct Known(HashMap<WarningId, Vec<NoticeRecord>>);

impl Known {
    async fn of(
        &mut self,
        office: &Office,
        warning: &WarningId,
    ) -> Result<&[NoticeRecord], String> {
        if !self.0.contains_key(warning) {
            self.0.insert(warning.clone(), office.outbox.of_warning(warning).await?);
        }
        Ok(self.0.get(warning).map_or(&[], Vec::as_slice))
    }
}

/// Notices whose receipt should have come.
pub(crate) async fn overdue(office: &Office, records: &[NoticeRecord]) {
    let mut known = Known::default();
    for record in records {
        if let Err(reason) = try_escalate(office, &mut known, record).await {
            tracing::warn!(
                notice = record.notice.id,
                reason,
                "not escalated yet, will be tried again"
            );
        }
    }
}

/// A notice that was given up: nobody has to wait for its receipt, if it was the last way to that person.
pub(crate) async fn after_death(office: &Office, record: &NoticeRecord) {
    let notice = &record.notice;
    if !notice.channel.asks_receipt() || notice.escalate_to.is_none() {
        return;
    }
    let alive = |other: &NoticeRecord| {
        same_matter(&other.notice, notice)
            && other.notice.id != notice.id
            && other.state != NoticeState::Dead
            && other.notice.channel.asks_receipt()
    };
    match office.outbox.of_warning(&notice.warning).await {
        Ok(all) if all.iter().any(alive) => {}
        Ok(_) => {
            let dead = NoticeRecord { state: NoticeState::Dead, ..record.clone() };
            overdue(office, &[dead]).await;
        }
        Err(reason) => {
            tracing::warn!(notice = notice.id, reason, "escalation waits for the receipt")
        }
    }
}

/// The next in line is planned before this notice is noted as escalated: a crash in between repeats the plan,
/// which changes nothing, because the notices have the same ids.
async fn try_escalate(
    office: &Office,
    known: &mut Known,
    record: &NoticeRecord,
) -> Result<(), String> {
    let notice = &record.notice;
    let (state, detail) = match next(office, known, notice).await? {
        // A notice that was given up stays visible as such: only the question of its receipt is closed.
        Next::Answered(why) | Next::Moot(why) if record.state == NoticeState::Dead => {
            (NoticeState::Escalated, why)
        }
        Next::Answered(why) => (NoticeState::Confirmed, why),
        Next::Moot(why) => (NoticeState::Settled, why),
        Next::Nobody(why) => {
            tracing::error!(notice = notice.id, why, "no receipt came and nobody is told instead");
            (NoticeState::Escalated, why)
        }
        Next::Tell(notices) => {
            let ids: Vec<&str> = notices.iter().map(|n| n.id.as_str()).collect();
            let detail = format!("no receipt came: told instead by {}", ids.join(", "));
            tracing::warn!(notice = notice.id, detail, "notice escalated");
            office.outbox.add(notices).await?;
            metric::count(metric::ESCALATED, &notice.channel);
            (NoticeState::Escalated, detail)
        }
    };
    office.outbox.note(&notice.id, event(office.outbox.now(), state, detail)).await
}

async fn next(office: &Office, known: &mut Known, notice: &Notice) -> Result<Next, String> {
    let answered = |other: &&NoticeRecord| {
        other.state == NoticeState::Confirmed && same_matter(&other.notice, notice)
    };
    if let Some(other) = known.of(office, &notice.warning).await?.iter().find(answered) {
        return Ok(Next::Answered(format!("confirmed through {}", other.notice.id)));
    }
    if decided(office, known, notice).await? {
        return Ok(Next::Moot("the draft was decided before a receipt came".to_owned()));
    }
    let (people, now) = (&office.people, office.outbox.now());
    let Some(next) = &notice.escalate_to else {
        return Ok(Next::Nobody("no receipt came, and nobody is next in line".to_owned()));
    };
    let notices = match Lifted::from(notice.clone()) {
        Lifted::Actual(marked) => marked.for_next_in_line(&people.public, now),
        Lifted::Exercise(marked) => marked.for_next_in_line(&people.players, now),
        Lifted::Test(marked) => marked.for_next_in_line(&people.players, now),
    };
    Ok(match notices {
        Some(notices) if !notices.is_empty() => Next::Tell(notices),
        _ => {
            Next::Nobody(format!("no receipt came, and '{next}' cannot be reached: see recipients"))
        }
    })
}

/// Whether it asks about a draft that does not wait any more. The number of a draft says nothing: it grows with its
/// values while nobody is asked anew, and a message has another one.
async fn decided(office: &Office, known: &mut Known, notice: &Notice) -> Result<bool, String> {
    if !matches!(notice.body, NoticeBody::Confirm(_)) {
        return Ok(false);
    }
    let asked_anew = |other: &NoticeRecord| {
        let asks = matches!(other.notice.body, NoticeBody::Confirm(_));
        asks && other.notice.recipient == notice.recipient && other.notice.stem() != notice.stem()
    };
    let all = known.of(office, &notice.warning).await?;
    if all.iter().skip_while(|other| other.notice.id != notice.id).any(asked_anew) {
        return Ok(true);
    }
    let warning = office.outbox.warning(&notice.warning).await?;
    Ok(warning.is_some_and(|warning| {
        let over = matches!(warning.state, WarningState::Ended | WarningState::Cancelled);
        over || warning.draft.is_none() || warning.messages >= notice.number
    }))
}

/// The same message for the same purpose to the same person.
fn same_matter(one: &Notice, other: &Notice) -> bool {
    one.recipient == other.recipient && one.stem() == other.stem()
}
