//! No receipt: the next in line is told.

use domain::notice::NoticeBody;
use domain::{Notice, WarningState};
use store::{NoticeRecord, NoticeState};

use crate::attempt::{Office, event};
use crate::mark::Lifted;
use crate::metric;

/// What is to be done about a notice without a receipt.
enum Next {
    /// The person answered by another channel, or there is nothing left to decide.
    Settled(String),
    /// These are told.
    Tell(Vec<Notice>),
    /// Nobody can be told.
    Nobody(String),
}

/// A notice whose receipt should have come.
pub(crate) async fn overdue(office: &Office, record: &NoticeRecord) {
    if let Err(reason) = try_escalate(office, record).await {
        tracing::warn!(notice = record.notice.id, reason, "not escalated yet, will be tried again");
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
            overdue(office, &dead).await;
        }
        Err(reason) => {
            tracing::warn!(notice = notice.id, reason, "escalation waits for the receipt")
        }
    }
}

/// The next in line is planned before this notice is noted as escalated: a crash in between repeats the plan,
/// which changes nothing, because the notices have the same ids.
async fn try_escalate(office: &Office, record: &NoticeRecord) -> Result<(), String> {
    let notice = &record.notice;
    let (state, detail) = match next(office, notice).await? {
        // A notice that was given up stays visible as such: only the question of its receipt is closed.
        Next::Settled(why) if record.state == NoticeState::Dead => (NoticeState::Escalated, why),
        Next::Settled(why) => (NoticeState::Confirmed, why),
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

async fn next(office: &Office, notice: &Notice) -> Result<Next, String> {
    if let Some(why) = settled(office, notice).await? {
        return Ok(Next::Settled(why));
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

/// Why the receipt is not needed any more.
async fn settled(office: &Office, notice: &Notice) -> Result<Option<String>, String> {
    let all = office.outbox.of_warning(&notice.warning).await?;
    let answered = |other: &&NoticeRecord| {
        other.state == NoticeState::Confirmed && same_matter(&other.notice, notice)
    };
    if let Some(other) = all.iter().find(answered) {
        return Ok(Some(format!("confirmed through {}", other.notice.id)));
    }
    if !matches!(notice.body, NoticeBody::Confirm(_)) {
        return Ok(None);
    }
    let warning = office.outbox.warning(&notice.warning).await?;
    let decided = warning.is_some_and(|warning| {
        let over = matches!(warning.state, WarningState::Ended | WarningState::Cancelled);
        over || warning.draft.is_none_or(|draft| draft.number != notice.number)
    });
    Ok(decided.then(|| "the draft was decided before a receipt came".to_owned()))
}

/// The same message for the same purpose to the same person.
fn same_matter(one: &Notice, other: &Notice) -> bool {
    one.recipient == other.recipient && one.stem() == other.stem()
}
