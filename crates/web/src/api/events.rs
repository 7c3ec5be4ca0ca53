//! What happened in a stretch of time, for a timeline.

use axum::Json;
use domain::warning::{Author, LogLine};
use domain::{
    ArrivalBody, Condition, Level, MessageKind, Realm, Span, StationHealth, StationId, Time,
    Transition, Warning, WarningId, WarningMessage,
};
use serde::{Deserialize, Serialize};
use store::{Event, Happening};
use utoipa::{IntoParams, ToSchema};

use crate::access::{Access, Reading};
use crate::input::{Ask, time};
use crate::openapi::words;
use crate::paging::{Page, cursor, limit};
use crate::problem::{Kind, Problem};
use crate::public;

/// Longest stretch.
const LONGEST: Span = Span::days(62);

/// Which stretch of time, by when things were received.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct EventsQuery {
    /// After this instant.
    #[serde(default, deserialize_with = "time")]
    #[param(value_type = String, format = DateTime)]
    from: Option<Time>,
    /// Up to this instant. Default now. At most 62 days after `from`.
    #[serde(default, deserialize_with = "time")]
    #[param(value_type = Option<String>, format = DateTime)]
    to: Option<Time>,
    /// About so many items on a page, 1 to 1000. Default 500. What one arrival brought stays together.
    limit: Option<usize>,
    /// Where to go on, from `next` of the page before.
    cursor: Option<String>,
}

/// Something that happened.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct EventView {
    /// The arrival that brought it.
    seq: u64,
    /// Since when it was known: when that arrival was received.
    #[schema(value_type = String, format = DateTime)]
    known_at: Time,
    /// When it happened, by the time of observation where there is one.
    #[schema(value_type = String, format = DateTime)]
    at: Time,
    #[serde(flatten)]
    what: What,
}

/// What happened.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case", tag = "what")]
pub(crate) enum What {
    /// An alarm state changed.
    Alarm {
        #[schema(value_type = words::Transition)]
        transition: Box<Transition>,
    },
    /// Something was done about a warning: a line of its log. Drafts are told to signed-in people only.
    Warning {
        #[schema(value_type = String)]
        warning: WarningId,
        episode_name: String,
        hazard: String,
        /// As in the warning's log, such as `drafted` or `confirmed`.
        act: String,
        /// Null = the system; `staff` for who is not signed in.
        who: Option<String>,
        detail: String,
    },
    /// A message went out.
    Message {
        #[schema(value_type = String)]
        warning: WarningId,
        number: u32,
        /// `issue`, `update`, `end` or `cancel`.
        #[schema(value_type = String)]
        kind: MessageKind,
        #[schema(value_type = String)]
        realm: Realm,
        #[schema(value_type = u8)]
        level: Level,
        hazard: String,
        /// Who is not signed in is told `staff`.
        #[schema(value_type = words::Author)]
        author: Author,
        headline_vi: String,
        headline_en: String,
    },
    /// A condition of a station changed, or it was heard of for the first time: then nothing began or ended.
    Station {
        #[schema(value_type = String)]
        station: StationId,
        /// Conditions that began.
        #[schema(value_type = Vec<String>)]
        began: Vec<Condition>,
        /// Conditions that ended.
        #[schema(value_type = Vec<String>)]
        ended: Vec<Condition>,
    },
    /// A configuration came into force.
    Config {
        /// Who applied it; `staff` for who is not signed in.
        by: String,
    },
    /// The program started.
    Started {
        /// When the one before was last seen alive.
        #[schema(value_type = Option<String>, format = DateTime)]
        alive_at: Option<Time>,
    },
    /// Nothing arrives from another broker any more, or again.
    Link {
        broker: String,
        /// Since when nothing arrives; null = it is back.
        #[schema(value_type = Option<String>, format = DateTime)]
        down_since: Option<Time>,
    },
    /// The history could not be fed, or can be again.
    History {
        /// Since when not; null = it can again.
        #[schema(value_type = Option<String>, format = DateTime)]
        failing_since: Option<Time>,
    },
}

/// What happened in a stretch of time, in the order in which it became known.
#[utoipa::path(get, path = "/api/v1/events", tag = "past", params(EventsQuery),
    responses((status = 200, body = Page<EventView>)))]
pub(crate) async fn list(
    access: Access<Reading>,
    Ask(query): Ask<EventsQuery>,
) -> Result<Json<Page<EventView>>, Problem> {
    let limit = limit(query.limit, 500, 1_000)?;
    let after: Option<u64> = cursor(query.cursor.as_deref())?;
    let (from, to) = stretch(query.from, query.to, access.app().parts.ledger.now())?;
    let (events, next) = access
        .read(move |reader| {
            let first = reader.last_arrival_at(from)?;
            let last = reader.last_arrival_at(to)?;
            reader.events(after.unwrap_or(first).max(first), last, limit)
        })
        .await?;
    let signed_in = access.signed_in();
    let items = events.into_iter().flat_map(|event| views(event, signed_in)).collect();
    Ok(Json(Page { items, next: next.map(|seq| seq.to_string()) }))
}

/// The stretch asked for, if it can be answered.
pub(super) fn stretch(
    from: Option<Time>,
    to: Option<Time>,
    now: Time,
) -> Result<(Time, Time), Problem> {
    let refuse = |detail: &'static str| Err(Problem::new(Kind::Malformed, detail));
    let to = to.unwrap_or(now);
    let Some(from) = from else { return refuse("give from") };
    if from > to {
        return refuse("from is after to");
    }
    if to - from > LONGEST {
        return refuse("from and to are at most 62 days apart");
    }
    Ok((from, to))
}

fn views(event: Event, signed_in: bool) -> Vec<EventView> {
    let Event { seq, received_at, what } = event;
    let view = |at: Time, what: What| EventView { seq, known_at: received_at, at, what };
    match what {
        Happening::Alarm(transition) => vec![view(transition.at, What::Alarm { transition })],
        Happening::Warning(warning, lines) => {
            let shown = lines.into_iter().filter_map(|line| public::line(line, signed_in));
            shown.map(|line| view(line.at, act(&warning, line))).collect()
        }
        Happening::Message(message) => vec![view(message.sent_at, told(*message, signed_in))],
        Happening::Station(before, after) => {
            vec![view(received_at, changed(before.as_deref(), &after))]
        }
        Happening::Config(by) => {
            let by = if signed_in { by } else { public::STAFF.to_owned() };
            vec![view(received_at, What::Config { by })]
        }
        Happening::Turn(body) => {
            turn(*body).map(|what| view(received_at, what)).into_iter().collect()
        }
    }
}

fn act(warning: &Warning, LogLine { who, what, detail, .. }: LogLine) -> What {
    What::Warning {
        warning: warning.id.clone(),
        episode_name: warning.episode_name.clone(),
        hazard: warning.hazard.clone(),
        act: what,
        who,
        detail,
    }
}

fn told(message: WarningMessage, signed_in: bool) -> What {
    let message = if signed_in { message } else { public::message(message) };
    What::Message {
        warning: message.warning,
        number: message.number,
        kind: message.kind,
        realm: message.realm,
        level: message.level,
        hazard: message.hazard,
        author: message.author,
        headline_vi: message.text.vi.headline,
        headline_en: message.text.en.headline,
    }
}

fn changed(before: Option<&StationHealth>, after: &StationHealth) -> What {
    let (old, new) = (before.map_or(&[][..], |one| &one.conditions), &after.conditions[..]);
    let without = |these: &[(Condition, Time)], those: &[(Condition, Time)]| {
        let names = these.iter().map(|(condition, _)| *condition);
        names.filter(|name| !those.iter().any(|(other, _)| other == name)).collect()
    };
    What::Station {
        station: after.station.clone(),
        began: without(new, old),
        ended: without(old, new),
    }
}

fn turn(body: ArrivalBody) -> Option<What> {
    match body {
        ArrivalBody::Started { alive_at } => Some(What::Started { alive_at }),
        ArrivalBody::Link { broker, down_since } => {
            Some(What::Link { broker: broker.to_string(), down_since })
        }
        ArrivalBody::History { failing_since } => Some(What::History { failing_since }),
        _ => None,
    }
}
