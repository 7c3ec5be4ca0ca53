//! The processor of the tests: a value over 100 raises a warning, and every value is summed up.

use std::collections::BTreeMap;

use domain::duty::{DutyDesk, DutyRecord, Shift};
use domain::notice::NoticeBody;
use domain::warning::{Author, LocalText};
use domain::{
    AlarmRecord, AlarmState, Arrival, ArrivalBody, Channel, CheckedReading, Condition, Level,
    MessageKind, Notice, Origin, Outcome, Processor, Realm, SensorId, SeriesId, SeriesKey,
    SetAside, SetAsideReason, Span, StationHealth, Time, Transition, Verdict, Warning,
    WarningMessage, WarningState,
};
use serde::{Deserialize, Serialize};

/// State that an outcome depends on: which series there are, the sum so far, the number of warnings.
#[derive(Default, Clone, Serialize, Deserialize)]
pub(super) struct Gauge {
    series: BTreeMap<String, u32>,
    sum: f64,
    last: BTreeMap<u32, (i64, f64)>,
    warnings: u32,
    messages: u64,
    /// Journalled time at which a tick is wanted.
    due: Option<i64>,
    ticks: u32,
}

impl Gauge {
    pub(super) fn waits_until(due: i64) -> Self {
        Self { due: Some(due), ..Self::default() }
    }

    fn reading(
        &mut self,
        out: &mut Outcome,
        name: &str,
        at: Time,
        value: f64,
        origin: Origin,
    ) -> CheckedReading {
        let next = self.series.len() as u32;
        let number = *self.series.entry(name.to_owned()).or_insert(next);
        if number == next {
            let key = SeriesKey {
                station: "s1".parse().expect("a name"),
                parameter: name.parse().expect("a name"),
                sensor: SensorId::main(),
            };
            out.new_series.push((SeriesId(number), key));
        }
        let late = self.last.get(&number).is_some_and(|(newest, _)| *newest > at.millis());
        CheckedReading {
            series: SeriesId(number),
            observed_at: at,
            value: (value >= 0.0).then_some(value),
            verdict: if value < 0.0 { Verdict::MISSING } else { Verdict::GOOD },
            origin,
            completeness: if origin == Origin::Derived { 80 } else { 100 },
            late,
        }
    }

    fn take(&mut self, out: &mut Outcome, at: Time, (name, millis, value): (String, i64, f64)) {
        assert_ne!(name, "boom", "a fault in the processor");
        let observed_at = Time::from_millis(millis);
        let reading = self.reading(out, &name, observed_at, value, Origin::Station);
        if self.last.get(&reading.series.0) == Some(&(millis, value)) {
            out.duplicates += 1;
            return;
        }
        self.last.insert(reading.series.0, (millis, value));
        self.sum += value / 3.0;
        out.readings.push(reading);
        let sum = self.reading(out, "sum", observed_at, self.sum.abs(), Origin::Derived);
        out.readings.push(sum);
        if value > 100.0 {
            self.warn(out, at, value);
        }
    }

    fn warn(&mut self, out: &mut Outcome, at: Time, value: f64) {
        self.warnings += 1;
        let warning = warning(self.warnings, at, value);
        let message = warning_message(&warning, at);
        out.transitions.push(Transition {
            rule: "over_100".parse().expect("a name"),
            target: "s1".parse().expect("a name"),
            episode: warning.episode.clone(),
            from: AlarmState::Normal,
            to: AlarmState::Level(Level(1)),
            at,
            provisional: false,
            late: false,
            evidence: Vec::new(),
        });
        out.alarms.push(AlarmRecord {
            rule: "over_100".parse().expect("a name"),
            target: "s1".parse().expect("a name"),
            episode: warning.episode.clone(),
            state: AlarmState::Level(Level(1)),
            provisional: false,
            since: at,
            blind: false,
            late: false,
            beneath: None,
            latest: None,
            highest: None,
            evidence: Vec::new(),
        });
        out.notices.push(notice(&message, "an", at));
        out.messages.push(message);
        out.warnings.push(warning);
    }

    fn message(&mut self, out: &mut Outcome, at: Time, payload: &[u8]) {
        self.messages += 1;
        match serde_json::from_slice::<Vec<(String, i64, f64)>>(payload) {
            Ok(readings) => readings.into_iter().for_each(|reading| self.take(out, at, reading)),
            Err(error) => out.set_aside.push(SetAside {
                station: "s1".parse().expect("a name"),
                reason: SetAsideReason::NotJson,
                detail: error.to_string(),
                pointer: String::new(),
            }),
        }
    }
}

impl Processor for Gauge {
    fn apply(&mut self, arrival: &Arrival) -> Outcome {
        let mut out = Outcome::default();
        match &arrival.body {
            ArrivalBody::Telemetry { payload, again, .. } => {
                out.settles = again.map(|(seq, _)| seq);
                self.message(&mut out, arrival.received_at, payload);
            }
            ArrivalBody::Tick => {
                self.ticks += 1;
                self.due = self.due.filter(|due| *due > arrival.received_at.millis());
                out.health = self.health();
            }
            ArrivalBody::Command { .. } | ArrivalBody::Forecast { .. } => {
                out.command = Some(Ok(()));
            }
            ArrivalBody::Review { review, .. } => {
                out.command = Some(match review.reason.is_empty() {
                    true => Err(domain::CommandError::ReasonMissing),
                    false => Ok(()),
                });
            }
            ArrivalBody::Duty { user, entry } => {
                let (at, who, entry) = (arrival.received_at, user.clone(), entry.clone());
                let shift =
                    Shift { seq: arrival.seq, officer: who.clone(), since: at, unannounced: false };
                out.duty = Some(DutyRecord { at, who, entry, before: None, unannounced: false });
                out.duty_desk = Some(DutyDesk { shift: Some(shift), ..DutyDesk::default() });
            }
            _ => {}
        }
        out
    }
    fn next_deadline(&self) -> Option<Time> {
        self.due.map(Time::from_millis)
    }
    fn checkpoint(&self) -> Vec<u8> {
        serde_json::to_vec(self).expect("JSON")
    }
    fn restore(&mut self, checkpoint: &[u8]) -> Result<(), String> {
        *self = serde_json::from_slice(checkpoint).map_err(|error| error.to_string())?;
        Ok(())
    }
    fn health(&self) -> Vec<StationHealth> {
        vec![StationHealth {
            station: "s1".parse().expect("a name"),
            connected: None,
            last_received: None,
            last_observed: None,
            conditions: vec![(Condition::Silent, Time::from_millis(i64::from(self.ticks)))],
            battery_volts: None,
            messages: self.messages,
            set_aside: 0,
            duplicates: 0,
            maintenance: None,
        }]
    }
}

fn warning(n: u32, at: Time, value: f64) -> Warning {
    Warning {
        id: format!("kon-{n}").parse().expect("a name"),
        episode: "kon".parse().expect("a name"),
        episode_name: format!("sông Kôn {value}"),
        hazard: "flood".to_owned(),
        realm: Realm::Exercise,
        state: if n.is_multiple_of(2) { WarningState::Ended } else { WarningState::Issued },
        level: Level(1),
        provisional: false,
        onset: at,
        drafted_at: at,
        changed_at: at,
        draft: None,
        messages: 1,
        peak: None,
        log: Vec::new(),
    }
}

fn warning_message(warning: &Warning, at: Time) -> WarningMessage {
    WarningMessage {
        warning: warning.id.clone(),
        number: 1,
        kind: MessageKind::Issue,
        realm: Realm::Exercise,
        level: Level(1),
        provisional: false,
        late: false,
        sent_at: at,
        expires_at: at + Span::hours(6),
        onset: at,
        author: Author::Policy("at once".to_owned()),
        remark: None,
        text: LocalText::default(),
        evidence: Vec::new(),
        hazard: "flood".to_owned(),
        areas: Vec::new(),
        replaces: Vec::new(),
    }
}

/// A notice of a message, to `recipient`, with a receipt due after ten minutes.
pub(super) fn notice(message: &WarningMessage, recipient: &str, at: Time) -> Notice {
    Notice {
        id: format!("{}.1.m.{recipient}.email", message.warning),
        warning: message.warning.clone(),
        episode: "kon".parse().expect("a name"),
        number: 1,
        message_kind: MessageKind::Issue,
        realm: Realm::Exercise,
        recipient: recipient.parse().expect("a name"),
        recipient_name: recipient.to_owned(),
        language: "vi".to_owned(),
        channel: Channel::Email { address: format!("{recipient}@example.org") },
        planned_at: at,
        receipt_by: Some(at + Span::minutes(10)),
        escalate_to: None,
        body: NoticeBody::Message(Box::new(message.clone())),
    }
}
