//! The shift log: what officers did and wrote, between what happened by itself.

use axum::Json;
use domain::duty::{DutyEntry, DutyRecord};
use domain::{
    AlarmState, Evidence, Level, Span, StationId, Time, Transition, Warning, WarningId,
    WarningMessage,
};
use pack::Pack;
use serde::{Deserialize, Serialize};
use store::{DutyFilter, Reader, StoreError};
use utoipa::{IntoParams, ToSchema};

use crate::access::{Access, SignedIn};
use crate::input::{Ask, time};
use crate::openapi::words;
use crate::paging::limit;
use crate::problem::{Kind, Problem};

/// What is shown when no `from` is given.
const DEFAULT_RANGE: Span = Span::days(7);
/// Longest range of one question.
const LONGEST_RANGE: Span = Span::days(130);
/// Most acts of officers in one range.
const ACTS: usize = 20_000;

/// Which part of the log.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
pub(crate) struct LogQuery {
    /// From this instant. Default seven days before `to`; with `warning` from its beginning.
    #[serde(deserialize_with = "time")]
    #[param(value_type = Option<String>, format = DateTime)]
    from: Option<Time>,
    /// Before this instant. Default now.
    #[serde(deserialize_with = "time")]
    #[param(value_type = Option<String>, format = DateTime)]
    to: Option<Time>,
    /// Only what is about this warning.
    #[param(value_type = Option<String>)]
    warning: Option<WarningId>,
    /// Items on a page, 1 to 2000. Default 500.
    limit: Option<usize>,
    /// Where to go on, from `next` of the page before.
    cursor: Option<String>,
}

/// A part of the log.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct LogPage {
    #[schema(value_type = String, format = DateTime)]
    from: Time,
    #[schema(value_type = String, format = DateTime)]
    to: Time,
    /// Shifts of that time, oldest first.
    shifts: Vec<ShiftView>,
    /// Newest first.
    items: Vec<LogItem>,
    /// Pass it as `cursor` to get the next page; null = this is the last.
    next: Option<String>,
}

/// A shift.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ShiftView {
    /// The arrival that began it.
    seq: u64,
    user: String,
    name: String,
    #[schema(value_type = String, format = DateTime)]
    from: Time,
    /// Null = it goes on, or ends after the range.
    #[schema(value_type = Option<String>, format = DateTime)]
    to: Option<Time>,
    /// Who had it before.
    before: Option<String>,
    /// Nobody had handed over.
    unannounced: bool,
}

/// A line of the log.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub(crate) enum LogItem {
    /// What an officer did at the desk.
    Duty {
        #[schema(value_type = String, format = DateTime)]
        at: Time,
        seq: u64,
        /// `take_over`, `take_back`, `hand_over`, `note`, `take` or `call`.
        what: &'static str,
        /// For a call: the name of whom.
        recipient_name: Option<String>,
        #[schema(value_type = words::DutyRecord)]
        record: Box<DutyRecord>,
    },
    /// A line of a warning's own log.
    Warning {
        #[schema(value_type = String, format = DateTime)]
        at: Time,
        #[schema(value_type = String)]
        warning: WarningId,
        name: String,
        /// What kind of danger: `flood`, `rain`, `storm`, `technical` …
        hazard: String,
        /// It speaks of a water level, so that its level is a báo động; a river that only rises fast has reached none.
        stage: bool,
        /// Null = the system.
        who: Option<String>,
        /// `drafted`, `confirmed`, `edited_and_confirmed`, `auto_issued`, `rejected`, `ended`, `cancelled` …
        what: String,
        detail: String,
    },
    /// Something fell silent or broke, or came back.
    Trouble {
        #[schema(value_type = String, format = DateTime)]
        at: Time,
        seq: u64,
        rule: String,
        rule_vi: String,
        rule_en: String,
        /// Station, basin, or what else the rule watches.
        #[schema(value_type = String)]
        target: StationId,
        began: bool,
    },
    /// A configuration came into force.
    Config {
        #[schema(value_type = String, format = DateTime)]
        at: Time,
        seq: u64,
        by: String,
    },
}

impl LogItem {
    const fn at(&self) -> Time {
        match self {
            Self::Duty { at, .. }
            | Self::Warning { at, .. }
            | Self::Trouble { at, .. }
            | Self::Config { at, .. } => *at,
        }
    }
}

/// The shift log, newest first, between what happened by itself: warnings drafted, decided and ended, stations that
/// fell silent, configurations; for signed-in people.
#[utoipa::path(get, path = "/api/v1/duty/log", tag = "duty", params(LogQuery),
    responses((status = 200, body = LogPage), (status = 401)))]
pub(crate) async fn log(
    access: Access<SignedIn>,
    Ask(query): Ask<LogQuery>,
) -> Result<Json<LogPage>, Problem> {
    let limit = limit(query.limit, 500, 2_000)?;
    let place = query.cursor.as_deref().map(Place::read).transpose()?;
    let to = query.to.unwrap_or_else(|| access.app().parts.ledger.now() + Span::from_millis(1));
    let begin = if query.warning.is_some() { Time::from_millis(0) } else { to - DEFAULT_RANGE };
    let from = query.from.unwrap_or(begin);
    if from > to || (query.warning.is_none() && to - from > LONGEST_RANGE) {
        let detail = "from must be before to, and no more than 130 days without a warning";
        return Err(Problem::new(Kind::Malformed, detail));
    }
    let pack = (access.app().parts.pack)();
    let warning = query.warning;
    let (shifts, all) = access
        .read(move |reader| {
            let shifts = shifts(reader, from, to)?;
            Ok((shifts, gather(reader, &pack, from, to, warning.as_ref())?))
        })
        .await?;
    let (items, next) = cut(all, place, limit);
    Ok(Json(LogPage { from, to, shifts, items, next }))
}

fn shifts(reader: &Reader, from: Time, to: Time) -> Result<Vec<ShiftView>, StoreError> {
    let found = reader.shifts(from, to)?;
    let ends = found.iter().skip(1).map(|(_, record)| Some(record.at)).chain([None]);
    let ends: Vec<_> = ends.collect();
    let view = |((seq, record), end): ((u64, DutyRecord), Option<Time>)| ShiftView {
        seq,
        user: record.who.user,
        name: record.who.name,
        from: record.at,
        to: end,
        before: record.before.map(|officer| officer.name),
        unannounced: record.unannounced,
    };
    Ok(found.into_iter().zip(ends).map(view).collect())
}

/// Everything of that time, newest first.
fn gather(
    reader: &Reader,
    pack: &Pack,
    from: Time,
    to: Time,
    warning: Option<&WarningId>,
) -> Result<Vec<LogItem>, StoreError> {
    let filter = DutyFilter { from: Some(from), to: Some(to), warning: warning.cloned() };
    let acts = reader.duty_log(&filter, ACTS)?;
    let mut items: Vec<_> = acts.into_iter().map(|(seq, record)| act(pack, seq, record)).collect();
    items.reverse();
    let warnings = match warning {
        Some(id) => reader.warning(id)?.into_iter().collect(),
        None => reader.warnings_changed(from, to)?,
    };
    for warning in &warnings {
        let messages = match warning.hazard.as_str() {
            "flood" => reader.messages(&warning.id)?,
            _ => Vec::new(),
        };
        let lines = lines(warning, &messages);
        items.extend(lines.filter(|line| from <= line.at() && line.at() < to));
    }
    if warning.is_none() {
        let broken = |transition: &Transition| technical(pack, transition);
        let troubles = reader.transitions_in(from, to, broken)?.into_iter();
        items.extend(troubles.filter_map(|one| trouble(pack, one)));
        let configs = reader.configs_in(from, to)?.into_iter();
        items.extend(configs.map(|(seq, at, by)| LogItem::Config { at, seq, by }));
    }
    // Stable: what an arrival led to stays in its order.
    items.sort_by_key(LogItem::at);
    items.reverse();
    Ok(items)
}

fn act(pack: &Pack, seq: u64, record: DutyRecord) -> LogItem {
    let called = match &record.entry {
        DutyEntry::Call { recipient, .. } => Some(recipient.clone()),
        _ => None,
    };
    let people = || pack.directory.actual().into_iter().chain(pack.directory.exercise());
    let name = |id| people().find(|entry| entry.id == id).map(|entry| entry.name.clone());
    let (at, what) = (record.at, record.name());
    let recipient_name = called.and_then(name);
    LogItem::Duty { at, seq, what, recipient_name, record: Box::new(record) }
}

fn lines<'a>(
    warning: &'a Warning,
    messages: &'a [WarningMessage],
) -> impl Iterator<Item = LogItem> + 'a {
    let stated = |evidence: &Evidence| evidence.parameter.as_str() == "water_level";
    let draft = warning.draft.iter().flat_map(|draft| &draft.evidence);
    let evidence = messages.iter().flat_map(|message| &message.evidence).chain(draft);
    let ever = evidence.chain(&warning.peak).any(stated);
    // Of a draft that never went out nobody knows more than what the warning came to.
    let stage = move |at: Time| {
        let sent = messages.iter().find(|message| message.sent_at == at);
        let sent = sent.filter(|message| !message.evidence.is_empty());
        sent.map_or(ever, |message| message.evidence.iter().any(stated))
    };
    warning.log.iter().map(move |line| LogItem::Warning {
        at: line.at,
        warning: warning.id.clone(),
        name: warning.episode_name.clone(),
        hazard: warning.hazard.clone(),
        stage: stage(line.at),
        who: line.who.clone(),
        what: line.what.clone(),
        detail: line.detail.clone(),
    })
}

/// Whether it tells of stations, brokers or the program itself, and something began or ended.
fn technical(pack: &Pack, transition: &Transition) -> bool {
    let rule = pack.rule(&transition.rule);
    let raised = |state| matches!(state, AlarmState::Level(level) if level > Level(0));
    rule.is_some_and(|rule| rule.hazard == "technical")
        && raised(transition.from) != raised(transition.to)
}

fn trouble(pack: &Pack, (seq, transition): (u64, Transition)) -> Option<LogItem> {
    let rule = pack.rule(&transition.rule)?;
    Some(LogItem::Trouble {
        at: transition.at,
        seq,
        rule: transition.rule.to_string(),
        rule_vi: rule.name_vi.clone(),
        rule_en: rule.name_en.clone(),
        began: matches!(transition.to, AlarmState::Level(_)),
        target: transition.target,
    })
}

/// Where a page ended: at an instant, after so many lines of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Place {
    at: Time,
    shown: usize,
}

impl Place {
    fn read(text: &str) -> Result<Self, Problem> {
        let parts = text.split_once('-').and_then(|(at, shown)| {
            Some(Self { at: Time::from_millis(at.parse().ok()?), shown: shown.parse().ok()? })
        });
        let problem = || Problem::new(Kind::Malformed, "cursor is not one that this list gave");
        parts.ok_or_else(problem)
    }
}

/// The page after that place, and where the next one begins. Lines that are added meanwhile move nothing.
fn cut(all: Vec<LogItem>, place: Option<Place>, limit: usize) -> (Vec<LogItem>, Option<String>) {
    let begin = place.map_or(0, |place| {
        let newer = all.iter().take_while(|item| item.at() > place.at).count();
        newer + place.shown
    });
    let mut items: Vec<_> = all.into_iter().skip(begin).take(limit + 1).collect();
    let more = items.len() > limit;
    items.truncate(limit);
    let next = items.last().filter(|_| more).map(|last| {
        let same = items.iter().filter(|item| item.at() == last.at()).count();
        let before = place.filter(|place| place.at == last.at()).map_or(0, |place| place.shown);
        format!("{}-{}", last.at().millis(), same + before)
    });
    (items, next)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_join_without_gap_or_repetition_where_many_lines_have_one_time() {
        let line = |at: i64, seq: u64| LogItem::Config {
            at: Time::from_millis(at),
            seq,
            by: String::new(),
        };
        let all: Vec<_> = [(9, 1), (5, 2), (5, 3), (5, 4), (5, 5), (1, 6), (-3, 7)]
            .map(|(at, seq)| line(at, seq))
            .to_vec();
        for limit in 1..8 {
            let (mut seen, mut place) = (Vec::new(), None);
            loop {
                let (items, next) = cut(all.clone(), place, limit);
                seen.extend(items.iter().map(|item| match item {
                    LogItem::Config { seq, .. } => *seq,
                    _ => 0,
                }));
                let Some(next) = next else { break };
                place = Some(Place::read(&next).expect("its own cursor"));
            }
            assert_eq!(seen, [1, 2, 3, 4, 5, 6, 7], "{limit}");
        }
    }
}
