//! What other systems get: checked readings, and warnings in force.
//!
//! Nothing of an exercise or a test can become a publication: the only way to make one of a warning looks at
//! the realm of its message, and the bridge runs in no other ledger than the real one.

use domain::warning::{AreaName, LocalText};
use domain::{
    CheckedReading, Evidence, Level, MessageKind, Realm, SensorId, SeriesKey, Time, Unit,
    WarningMessage,
};
use serde::Serialize;

/// A message to another broker.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Publication {
    pub(super) topic: String,
    pub(super) payload: Vec<u8>,
    pub(super) retain: bool,
}

#[derive(Serialize)]
struct Reading {
    /// When it was true; for amounts the end of their time.
    time: Time,
    value: Option<f64>,
    unit: Option<&'static str>,
    flag: domain::QcFlag,
    failed: domain::CheckSet,
    origin: domain::Origin,
    completeness: u8,
    late: bool,
    /// Arrival that brought it: of two for the same time the larger one counts.
    seq: u64,
}

/// `{prefix}/reading/{station}/{parameter}`, with `/{sensor}` when the station names one.
pub(super) fn reading(
    prefix: &str,
    key: &SeriesKey,
    unit: Option<Unit>,
    (seq, reading): (u64, &CheckedReading),
) -> Publication {
    let mut topic = format!("{prefix}/reading/{}/{}", key.station, key.parameter);
    if key.sensor != SensorId::main() {
        topic = format!("{topic}/{}", key.sensor);
    }
    let body = Reading {
        time: reading.observed_at,
        value: reading.value,
        unit: unit.map(|unit| unit.symbol()),
        flag: reading.verdict.flag,
        failed: reading.verdict.failed,
        origin: reading.origin,
        completeness: reading.completeness,
        late: reading.late,
        seq,
    };
    Publication { topic, payload: json(&body), retain: false }
}

#[derive(Serialize)]
struct Warning<'a> {
    warning: &'a domain::WarningId,
    number: u32,
    kind: MessageKind,
    /// 0 when it is over.
    level: Level,
    hazard: &'a str,
    provisional: bool,
    late: bool,
    sent_at: Time,
    expires_at: Time,
    onset: Time,
    areas: &'a [AreaName],
    text: &'a LocalText,
    evidence: &'a [Evidence],
}

/// `{prefix}/warning/{warning}`: retained while it is in force. The last message is followed by an empty one,
/// which takes the retained copy away: who listens hears of the end, who comes later finds nothing.
pub(super) fn warning(prefix: &str, message: &WarningMessage) -> Vec<Publication> {
    if message.realm != Realm::Actual {
        return Vec::new();
    }
    let topic = format!("{prefix}/warning/{}", message.warning);
    let body = Warning {
        warning: &message.warning,
        number: message.number,
        kind: message.kind,
        level: message.level_after(),
        hazard: &message.hazard,
        provisional: message.provisional,
        late: message.late,
        sent_at: message.sent_at,
        expires_at: message.expires_at,
        onset: message.onset,
        areas: &message.areas,
        text: &message.text,
        evidence: &message.evidence,
    };
    let mut all = vec![Publication { topic: topic.clone(), payload: json(&body), retain: true }];
    if message.kind.is_over() {
        all.push(Publication { topic, payload: Vec::new(), retain: true });
    }
    all
}

fn json(body: &impl Serialize) -> Vec<u8> {
    serde_json::to_vec(body).expect("texts and numbers can be written as JSON")
}
