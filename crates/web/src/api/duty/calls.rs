//! The call list of a warning: who was told by which way, who knows, who must be called.

use std::collections::BTreeMap;

use axum::Json;
use domain::duty::{DutyEntry, DutyRecord, Reached};
use domain::notice::NoticeBody;
use domain::{Level, Notice, RecipientId, Time, Warning, WarningId};
use pack::{Pack, RecipientEntry, RecipientRole};
use serde::Serialize;
use store::duty::BY_TELEPHONE;
use store::{DutyFilter, NoticeRecord, NoticeState};
use utoipa::ToSchema;

use crate::access::{Access, SignedIn};
use crate::input::Named;
use crate::problem::Problem;

/// Notices and calls looked at: more than one warning has.
const MOST: usize = 20_000;

/// Whom to call about a warning, most urgent first.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CallList {
    #[schema(value_type = String)]
    warning: WarningId,
    #[schema(value_type = String, format = DateTime)]
    now: Time,
    items: Vec<CallRow>,
}

/// Somebody who is told of the warning, or who is told in somebody's place.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CallRow {
    #[schema(value_type = String)]
    recipient: RecipientId,
    name: String,
    /// `duty_officer`, `committee`, `technical` or `public`; null = not in the configuration any more.
    #[schema(value_type = Option<String>)]
    role: Option<RecipientRole>,
    /// As it is written.
    phone: Option<String>,
    /// The same to dial: `+84…`.
    phone_link: Option<String>,
    phone_note: Option<String>,
    /// Who is told when no receipt comes.
    #[schema(value_type = Option<String>)]
    escalate_to: Option<RecipientId>,
    escalate_to_name: Option<String>,
    /// What of the newest message, or of the draft that waits, went out to them.
    ways: Vec<Way>,
    /// Their receipt of that.
    confirmed: Option<Receipt>,
    /// Why they must be called, or what is waited for.
    need: Need,
    needs_call: bool,
    /// The last call about this warning.
    last_call: Option<CallLine>,
    /// How often they were called about it.
    calls: usize,
}

/// One way by which it went out.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Way {
    notice: String,
    /// `email` or `webhook`.
    channel: &'static str,
    /// Asks to decide about a draft.
    asks: bool,
    /// Message number.
    number: u32,
    #[schema(value_type = String)]
    state: NoticeState,
    /// Since when it is so.
    #[schema(value_type = String, format = DateTime)]
    at: Time,
    #[schema(value_type = Option<String>, format = DateTime)]
    receipt_by: Option<Time>,
}

/// That somebody knows.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Receipt {
    #[schema(value_type = String, format = DateTime)]
    at: Time,
    /// Who wrote the call down; null = by the link in the message.
    by_telephone_to: Option<String>,
}

/// A call.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CallLine {
    seq: u64,
    #[schema(value_type = String, format = DateTime)]
    at: Time,
    by: String,
    /// `confirmed`, `told`, `no_answer` or `wrong_number`.
    #[schema(value_type = String)]
    reached: Reached,
    remark: Option<String>,
}

/// Why somebody must be called, most urgent first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Need {
    /// No way reached them.
    GivenUp,
    /// No receipt came in time.
    Overdue,
    /// The level demands it: `call_from_level`.
    Level,
    /// Their receipt is not due yet.
    Asked,
    /// Somebody promised to tell them.
    Told,
    /// Nothing is asked of them.
    Nothing,
    /// They know.
    Confirmed,
}

/// Who was told of a warning by which way, who knows, and who must be called; for signed-in people.
#[utoipa::path(get, path = "/api/v1/warnings/{id}/calls", tag = "duty", params(("id" = String, Path)),
    responses((status = 200, body = CallList), (status = 401), (status = 404)))]
pub(crate) async fn calls(
    access: Access<SignedIn>,
    Named(id): Named<WarningId>,
) -> Result<Json<CallList>, Problem> {
    let wanted = id.clone();
    let found = access
        .read(move |reader| {
            let Some(warning) = reader.warning(&wanted)? else { return Ok(None) };
            let notices = reader.notices(Some(&wanted), None, None, MOST)?;
            let filter = DutyFilter { warning: Some(wanted), ..DutyFilter::default() };
            Ok(Some((warning, notices, reader.duty_log(&filter, MOST)?)))
        })
        .await?;
    let (warning, notices, log) = found.ok_or_else(|| Problem::no_such("warning", &id))?;
    let parts = &access.app().parts;
    let (pack, now) = ((parts.pack)(), parts.ledger.now());
    let desk = Desk { pack: &pack, warning: &warning, now };
    Ok(Json(CallList { warning: id, now, items: desk.rows(&notices, &log) }))
}

struct Desk<'a> {
    pack: &'a Pack,
    warning: &'a Warning,
    now: Time,
}

impl Desk<'_> {
    fn rows(&self, notices: &[NoticeRecord], log: &[(u64, DutyRecord)]) -> Vec<CallRow> {
        let mut people: Vec<RecipientId> = Vec::new();
        let mut of: BTreeMap<&RecipientId, Vec<&NoticeRecord>> = BTreeMap::new();
        for record in notices.iter().filter(|record| record.notice.channel.asks_receipt()) {
            let mine = of.entry(&record.notice.recipient).or_insert_with(|| {
                people.push(record.notice.recipient.clone());
                Vec::new()
            });
            mine.push(record);
        }
        // Who is next in line is called before the program tells them.
        let mut n = 0;
        while n < people.len() {
            let next = self.entry(&people[n]).and_then(|entry| entry.escalate_to.clone());
            people.extend(next.filter(|next| !people.contains(next)));
            n += 1;
        }
        let row = |id: &RecipientId| self.row(id, of.get(id).map_or(&[][..], Vec::as_slice), log);
        let mut rows: Vec<_> = people.iter().map(row).collect();
        rows.sort_by_key(|row| row.need);
        rows
    }

    fn entry(&self, id: &RecipientId) -> Option<&RecipientEntry> {
        self.pack.directory.find(self.warning.realm, id)
    }

    fn row(
        &self,
        id: &RecipientId,
        notices: &[&NoticeRecord],
        log: &[(u64, DutyRecord)],
    ) -> CallRow {
        let entry = self.entry(id);
        let newest = self.newest(notices);
        let confirmed = newest.iter().find_map(|record| receipt(record));
        let calls: Vec<_> = log.iter().filter_map(|(seq, record)| call(*seq, record, id)).collect();
        let count = calls.len();
        let last_call = calls.into_iter().next();
        let need = self.need(entry, &newest, confirmed.is_some(), last_call.as_ref());
        let escalate_to = entry.and_then(|entry| entry.escalate_to.clone());
        let named = notices.last().map(|record| record.notice.recipient_name.clone());
        CallRow {
            recipient: id.clone(),
            name: entry.map(|e| e.name.clone()).or(named).unwrap_or_else(|| id.to_string()),
            role: entry.map(|entry| entry.role),
            phone: entry.and_then(|entry| entry.phone.clone()),
            phone_link: entry.and_then(|entry| entry.phone.as_deref().map(dialled)),
            phone_note: entry.and_then(|entry| entry.phone_note.clone()),
            escalate_to_name: escalate_to
                .as_ref()
                .and_then(|id| Some(self.entry(id)?.name.clone())),
            escalate_to,
            ways: newest.iter().map(|record| way(record)).collect(),
            confirmed,
            need,
            needs_call: need <= Need::Level,
            last_call,
            calls: count,
        }
    }

    /// The notices of the newest message to a person, or of the draft as long as it waits.
    fn newest<'n>(&self, notices: &[&'n NoticeRecord]) -> Vec<&'n NoticeRecord> {
        let waits = self.warning.draft.is_some();
        let counts = |notice: &Notice| waits || matches!(notice.body, NoticeBody::Message(_));
        let counting = || notices.iter().copied().filter(|record| counts(&record.notice));
        let Some(last) = counting().next_back().map(|record| record.notice.stem()) else {
            return Vec::new();
        };
        counting().filter(|record| record.notice.stem() == last).collect()
    }

    fn need(
        &self,
        entry: Option<&RecipientEntry>,
        newest: &[&NoticeRecord],
        confirmed: bool,
        last_call: Option<&CallLine>,
    ) -> Need {
        let Some(planned_at) = newest.iter().map(|record| record.notice.planned_at).min() else {
            return Need::Nothing;
        };
        if confirmed {
            return Need::Confirmed;
        }
        let told = |call: &CallLine| call.reached == Reached::Told && call.at >= planned_at;
        if last_call.is_some_and(told) {
            return Need::Told;
        }
        if newest.iter().all(|record| record.state == NoticeState::Dead) {
            return Need::GivenUp;
        }
        let due: Vec<Time> = newest.iter().filter_map(|record| record.notice.receipt_by).collect();
        if due.iter().any(|by| *by < self.now) {
            return Need::Overdue;
        }
        let demanded = entry.and_then(|entry| entry.call_from_level);
        let level = newest.iter().map(|record| record.notice.body.message().level).max();
        if demanded.is_some_and(|from| level.unwrap_or(Level(0)) >= from) {
            return Need::Level;
        }
        if due.is_empty() { Need::Nothing } else { Need::Asked }
    }
}

fn call(seq: u64, record: &DutyRecord, id: &RecipientId) -> Option<CallLine> {
    match &record.entry {
        DutyEntry::Call { recipient, reached, remark, .. } if recipient == id => Some(CallLine {
            seq,
            at: record.at,
            by: record.who.name.clone(),
            reached: *reached,
            remark: remark.clone(),
        }),
        _ => None,
    }
}

fn receipt(record: &NoticeRecord) -> Option<Receipt> {
    if record.state != NoticeState::Confirmed {
        return None;
    }
    let line = record.history.iter().find(|line| line.state == NoticeState::Confirmed)?;
    let by_telephone_to = line.detail.strip_prefix(BY_TELEPHONE).map(str::to_owned);
    Some(Receipt { at: line.at, by_telephone_to })
}

fn way(record: &NoticeRecord) -> Way {
    let notice = &record.notice;
    let since = record.history.iter().rev().find(|line| line.state == record.state);
    Way {
        notice: notice.id.clone(),
        channel: notice.channel.name(),
        asks: matches!(notice.body, NoticeBody::Confirm(_)),
        number: notice.number,
        state: record.state,
        at: since.map_or(notice.planned_at, |line| line.at),
        receipt_by: notice.receipt_by,
    }
}

/// As a telephone dials it: digits only, with the country's prefix.
fn dialled(phone: &str) -> String {
    let digits: String = phone.chars().filter(|c| c.is_ascii_digit() || *c == '+').collect();
    match digits.strip_prefix('0') {
        Some(rest) => format!("+84{rest}"),
        None => digits,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_dialled_the_same_from_everywhere() {
        assert_eq!(dialled("0000 000-001"), "+84000000001");
        assert_eq!(dialled("+84 000.000.001"), "+84000000001");
    }
}
