//! Things that happen, in few words.

use domain::notice::{Channel, NoticeBody};
use domain::warning::{Author, LocalText, LogLine, Text};
use domain::{
    AlarmRecord, AlarmState, CheckSet, CheckedReading, Condition, Draft, Evidence, Level,
    MessageKind, Notice, Origin, Outcome, QcFlag, Realm, SensorId, SeriesId, SeriesKey, SetAside,
    SetAsideReason, Span, StationHealth, Time, Transition, Verdict, Warning, WarningMessage,
    WarningState,
};

/// An instant of that flood, `01:30` or `01:30:00`.
pub(crate) fn at(clock: &str) -> Time {
    let seconds = if clock.len() == 5 { ":00" } else { "" };
    format!("2025-11-19T{clock}{seconds}+07:00").parse().unwrap()
}

pub(crate) fn key(station: &str, parameter: &str) -> SeriesKey {
    SeriesKey {
        station: station.parse().unwrap(),
        parameter: parameter.parse().unwrap(),
        sensor: SensorId::main(),
    }
}

pub(crate) fn reading(series: u32, observed_at: Time, value: f64, flag: QcFlag) -> CheckedReading {
    CheckedReading {
        series: SeriesId(series),
        observed_at,
        value: Some(value),
        verdict: Verdict { flag, failed: CheckSet::NONE },
        origin: Origin::Station,
        completeness: 100,
        late: false,
    }
}

/// Series 0 is the stage at Thạnh Hòa, series 1 the rain there.
pub(crate) fn two_series() -> Outcome {
    let new_series = vec![
        (SeriesId(0), key("thanh-hoa", "water_level")),
        (SeriesId(1), key("thanh-hoa", "rain")),
    ];
    Outcome { new_series, ..Outcome::default() }
}

pub(crate) fn readings(list: impl IntoIterator<Item = CheckedReading>) -> Outcome {
    Outcome { readings: list.into_iter().collect(), ..Outcome::default() }
}

pub(crate) fn evidence() -> Evidence {
    Evidence {
        station: "thanh-hoa".parse().unwrap(),
        parameter: "water_level".parse().unwrap(),
        sensor: SensorId::main(),
        observed_at: at("03:00"),
        value: 8.21,
        flag: QcFlag::Good,
        completeness: 100,
        threshold: Some(8.0),
        threshold_name: Some("BĐ3".to_owned()),
        source: None,
    }
}

pub(crate) fn text() -> LocalText {
    let vi = Text {
        headline: "Lũ sông Kôn <trên> BĐ3".to_owned(),
        description: "Thạnh Hòa: 8,21 m".to_owned(),
        instruction: "Sơ tán".to_owned(),
    };
    let en = Text { headline: "Kôn river above BĐ3".to_owned(), ..vi.clone() };
    LocalText { vi, en }
}

pub(crate) fn warning(id: &str) -> Warning {
    Warning {
        id: id.parse().unwrap(),
        episode: "song-kon".parse().unwrap(),
        episode_name: "sông Kôn".to_owned(),
        hazard: "flood".to_owned(),
        realm: Realm::Exercise,
        state: WarningState::Draft,
        level: Level(3),
        provisional: false,
        onset: at("02:00"),
        drafted_at: at("03:00"),
        changed_at: at("03:00"),
        draft: Some(Draft {
            number: 1,
            kind: MessageKind::Issue,
            level: Level(3),
            provisional: false,
            late: false,
            drafted_at: at("03:00"),
            auto_at: None,
            text: text(),
            evidence: vec![evidence()],
        }),
        messages: 0,
        peak: Some(evidence()),
        log: Vec::new(),
    }
}

/// The same after its first message went out; an update waits.
pub(crate) fn issued(id: &str) -> Warning {
    let who = Some("Trực ban Lan (lan)".to_owned());
    let line = |what: &str, detail: &str| {
        let (what, detail) = (what.to_owned(), detail.to_owned());
        LogLine { at: at("03:05"), who: who.clone(), what, detail }
    };
    let log = vec![line("rejected", "trạm hỏng"), line("confirmed", "")];
    Warning { state: WarningState::Issued, messages: 1, log, ..warning(id) }
}

pub(crate) fn message(id: &str) -> WarningMessage {
    WarningMessage {
        warning: id.parse().unwrap(),
        number: 1,
        kind: MessageKind::Issue,
        realm: Realm::Exercise,
        level: Level(3),
        provisional: false,
        late: false,
        sent_at: at("03:05"),
        expires_at: at("15:05"),
        onset: at("02:00"),
        author: Author::Person("lan".to_owned()),
        remark: None,
        text: text(),
        evidence: vec![evidence()],
        hazard: "flood".to_owned(),
        areas: Vec::new(),
        replaces: Vec::new(),
    }
}

pub(crate) fn notice(warning: &str, recipient: &str, language: &str) -> Notice {
    Notice {
        id: format!("{warning}.1.m.{recipient}.email"),
        warning: warning.parse().unwrap(),
        episode: "song-kon".parse().unwrap(),
        number: 1,
        message_kind: MessageKind::Issue,
        realm: Realm::Exercise,
        recipient: recipient.parse().unwrap(),
        recipient_name: format!("Trực ban {recipient}"),
        language: language.to_owned(),
        channel: Channel::Email { address: format!("{recipient}@example.vn") },
        planned_at: at("03:05"),
        receipt_by: Some(at("03:15")),
        escalate_to: None,
        body: NoticeBody::Message(Box::new(message(warning))),
    }
}

pub(crate) fn alarm(rule: &str) -> AlarmRecord {
    AlarmRecord {
        rule: rule.parse().unwrap(),
        target: "thanh-hoa".parse().unwrap(),
        episode: "song-kon".parse().unwrap(),
        state: AlarmState::Level(Level(3)),
        provisional: false,
        since: at("02:00"),
        blind: false,
        late: false,
        beneath: None,
        latest: None,
        highest: None,
        evidence: vec![evidence()],
    }
}

pub(crate) fn transition(rule: &str) -> Transition {
    Transition {
        rule: rule.parse().unwrap(),
        target: "thanh-hoa".parse().unwrap(),
        episode: "song-kon".parse().unwrap(),
        from: AlarmState::Normal,
        to: AlarmState::Level(Level(3)),
        at: at("02:00") + Span::minutes(1),
        provisional: false,
        late: false,
        evidence: vec![evidence()],
    }
}

pub(crate) fn set_aside(pointer: &str) -> SetAside {
    SetAside {
        station: "thanh-hoa".parse().unwrap(),
        reason: SetAsideReason::UnknownParameter,
        detail: "'stage' is not a parameter".to_owned(),
        pointer: pointer.to_owned(),
    }
}

/// A station that is well, or silent since then.
pub(crate) fn health(since: Option<Time>) -> StationHealth {
    StationHealth {
        station: "thanh-hoa".parse().unwrap(),
        connected: Some(true),
        last_received: None,
        last_observed: None,
        conditions: since.map(|at| (Condition::Silent, at)).into_iter().collect(),
        battery_volts: None,
        messages: 1,
        set_aside: 0,
        duplicates: 0,
        maintenance: None,
    }
}
