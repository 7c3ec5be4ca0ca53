//! Puts the status together.

use std::sync::Arc;

use domain::{ClockFault, ClockFaultKind, Condition, Realm, Span, StationHealth, Time};
use history::{HistoryState, HistoryStatus};
use pack::Pack;
use store::{LedgerStatus, NoticeState, Reader, StoreError};

use super::texts::{
    CLOCK_AHEAD, CLOCK_BEHIND, CONFIG_REFUSED, DEAD, EXERCISE, EXTERNAL_ACCOUNT, EXTERNAL_AWAY,
    EXTERNAL_CERTIFICATE, EXTERNAL_FORGOT, EXTERNAL_OUT, EXTERNAL_PAUSED, EXTERNAL_UNSUBSCRIBED,
    HISTORY_EMPTIED, HISTORY_REFUSED, NOT_LISTENING, NOT_WRITING, SILENT, Sentence, history,
};
use super::{ClockView, Delivery, HistoryView, LedgerView, Named, ReasonCount, Stations, Status};
use crate::app::Inner;
use crate::external::{ExternalBroker, ExternalState};
use crate::parts::BrokerStatus;
use crate::problem::Problem;
use crate::reads::Lane;

/// How the system is now, as the public may know it.
///
/// # Errors
/// The store cannot be read.
pub(super) async fn gather(app: &Inner) -> Result<Status, Problem> {
    let parts = &app.parts;
    let (set_aside, delivery) = app.reads.read(Lane::Staff, parts.ledger.reader(), counts).await?;
    let ledger = parts.ledger.status();
    let broker = (parts.broker_status)();
    let external = (parts.external_status)();
    let pack = (parts.pack)();
    let silent = silent(&pack, &parts.ledger.health());
    let history = parts.history.watch.now();
    let clock = parts.ledger.clock();
    let problems = problems(&Facts {
        ledger: &ledger,
        broker: &broker,
        external: &external,
        now: parts.ledger.now(),
        config_refused: (parts.config_problem)().is_some(),
        clock: clock.fault,
        silent: &silent,
        dead: delivery.dead,
        history: &history,
        realm: parts.realm,
    });
    Ok(Status {
        stations: Stations { total: pack.stations.len(), silent: silent.len() },
        ledger: LedgerView::of(ledger, false),
        broker,
        external: external.into_iter().map(|broker| broker.shown(false)).collect(),
        set_aside,
        delivery,
        history: HistoryView::of(history, false),
        clock: ClockView::of(clock),
        problems,
    })
}

fn counts(reader: &Reader) -> Result<(Vec<ReasonCount>, Delivery), StoreError> {
    let delivery = Delivery {
        waiting: reader.count_notices(NoticeState::Waiting)?,
        dead: reader.count_notices(NoticeState::Dead)?,
    };
    let reasons = reader.set_aside_counts()?.into_iter();
    Ok((reasons.map(|(reason, count)| ReasonCount { reason, count }).collect(), delivery))
}

/// Names of the silent stations with since when, longest silence first.
fn silent(pack: &Arc<Pack>, health: &[StationHealth]) -> Vec<(String, Time)> {
    let since = |health: &StationHealth| {
        let found = health.conditions.iter().find(|(what, _)| *what == Condition::Silent);
        found.map(|(_, since)| *since)
    };
    let stations = health
        .iter()
        .filter_map(|one| Some((pack.stations.get(&one.station)?.name.clone(), since(one)?)));
    let mut silent: Vec<_> = stations.collect();
    silent.sort_by(|a, b| (a.1, &a.0).cmp(&(b.1, &b.0)));
    silent
}

struct Facts<'a> {
    ledger: &'a LedgerStatus,
    broker: &'a BrokerStatus,
    external: &'a [ExternalBroker],
    now: Time,
    config_refused: bool,
    clock: Option<ClockFault>,
    silent: &'a [(String, Time)],
    dead: u64,
    history: &'a HistoryStatus,
    realm: Realm,
}

/// Everything that is wrong, worst first.
fn problems(facts: &Facts<'_>) -> Vec<Named> {
    let mut problems = Vec::new();
    let mut add = |layer, texts: (String, String), since| {
        let (what, by_seconds) = (None, None);
        problems.push(Named { layer, what, by_seconds, text_vi: texts.0, text_en: texts.1, since });
    };
    if !facts.ledger.writing {
        add("store", plain(&NOT_WRITING), facts.ledger.failing_since);
    }
    if !facts.broker.listening {
        add("intake", NOT_LISTENING.with(&facts.broker.address), facts.broker.failing_since);
    }
    for broker in facts.external {
        for (sentence, since) in external_problems(broker, facts.now) {
            add("intake", sentence.with(&broker.name), Some(since));
        }
    }
    if facts.config_refused {
        add("config", plain(&CONFIG_REFUSED), None);
    }
    if let Some((_, since)) = facts.silent.first() {
        let names: Vec<_> = facts.silent.iter().map(|(name, _)| name.as_str()).collect();
        add("stations", SILENT.with_stations(&names), Some(*since));
    }
    if facts.dead > 0 {
        add("delivery", DEAD.with(&facts.dead.to_string()), None);
    }
    if facts.history.state.is_fault() {
        add("history", plain(history(facts.history.state)), facts.history.failing_since);
    }
    if facts.history.state == HistoryState::Emptied {
        add("history", plain(&HISTORY_EMPTIED), None);
    }
    if facts.history.refused > 0 {
        add("history", HISTORY_REFUSED.with(&facts.history.refused.to_string()), None);
    }
    if facts.realm != Realm::Actual {
        add("realm", plain(&EXERCISE), None);
    }
    if let Some(fault) = facts.clock {
        problems.insert(0, clock_problem(fault));
    }
    problems
}

/// A clock that is not where the ledger's time is.
fn clock_problem(fault: ClockFault) -> Named {
    let sentence = match fault.kind {
        ClockFaultKind::Ahead => &CLOCK_AHEAD,
        ClockFaultKind::Behind => &CLOCK_BEHIND,
    };
    let (text_vi, text_en) = sentence.with_span(fault.by);
    Named {
        layer: "clock",
        what: Some(fault.kind.name()),
        by_seconds: Some(fault.by.millis() / 1_000),
        text_vi,
        text_en,
        since: Some(fault.since),
    }
}

/// What is wrong with another broker. That it forgot a session is told for a day.
fn external_problems(broker: &ExternalBroker, now: Time) -> Vec<(&'static Sentence, Time)> {
    let mut told = Vec::new();
    if let Some(way) = &broker.intake {
        let sentence = match way.link.state {
            ExternalState::Connecting | ExternalState::Connected => None,
            ExternalState::Unreachable => Some(&EXTERNAL_AWAY),
            ExternalState::SubscriptionRefused => Some(&EXTERNAL_UNSUBSCRIBED),
            ExternalState::BadCertificate => Some(&EXTERNAL_CERTIFICATE),
            ExternalState::NotAuthorised => Some(&EXTERNAL_ACCOUNT),
            ExternalState::Paused => Some(&EXTERNAL_PAUSED),
        };
        told.extend(sentence.map(|sentence| (sentence, way.link.since)));
        let lately = way.forgotten_at.filter(|at| now - *at < Span::days(1));
        told.extend(lately.map(|at| (&EXTERNAL_FORGOT, at)));
    }
    if let Some(way) = &broker.bridge
        && !matches!(way.link.state, ExternalState::Connecting | ExternalState::Connected)
    {
        told.push((&EXTERNAL_OUT, way.link.since));
    }
    told
}

fn plain(sentence: &Sentence) -> (String, String) {
    sentence.with("")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::external::{ExternalBridge, ExternalIntake, ExternalLink};

    fn good_ledger() -> LedgerStatus {
        LedgerStatus {
            writing: true,
            failing_since: None,
            reason: None,
            last_seq: 1,
            last_commit_at: None,
        }
    }

    fn good_broker() -> BrokerStatus {
        let address = "127.0.0.1:1883".to_owned();
        BrokerStatus { listening: true, connections: 0, address, failing_since: None }
    }

    fn good<'a>(
        ledger: &'a LedgerStatus,
        broker: &'a BrokerStatus,
        history: &'a HistoryStatus,
    ) -> Facts<'a> {
        Facts {
            ledger,
            broker,
            external: &[],
            now: Time::from_millis(0),
            config_refused: false,
            clock: None,
            silent: &[],
            dead: 0,
            history,
            realm: Realm::Actual,
        }
    }

    #[test]
    fn each_failing_layer_is_named_and_nothing_is_said_when_all_is_well() {
        let check = |change: fn(&mut LedgerStatus, &mut BrokerStatus, &mut Facts<'_>),
                     expected: &[&str]| {
            let (mut ledger, mut broker) = (good_ledger(), good_broker());
            let (quiet_ledger, quiet_broker) = (ledger.clone(), broker.clone());
            let off = HistoryStatus::off();
            let mut facts = good(&quiet_ledger, &quiet_broker, &off);
            change(&mut ledger, &mut broker, &mut facts);
            let facts = Facts { ledger: &ledger, broker: &broker, ..facts };
            let found = problems(&facts);
            assert_eq!(found.iter().map(|one| one.layer).collect::<Vec<_>>(), expected);
            assert!(
                found.iter().all(|one| !one.text_vi.contains("{}") && !one.text_en.contains("{}"))
            );
        };
        check(|_, _, _| {}, &[]);
        check(|ledger, _, _| ledger.writing = false, &["store"]);
        check(|_, broker, _| broker.listening = false, &["intake"]);
        check(|_, _, facts| facts.config_refused = true, &["config"]);
        let ahead = |_: &mut LedgerStatus, _: &mut BrokerStatus, facts: &mut Facts<'_>| {
            let (since, by) = (Time::from_millis(0), Span::hours(7));
            facts.clock = Some(ClockFault { kind: ClockFaultKind::Ahead, since, by });
        };
        check(ahead, &["clock"]);
        check(|_, _, facts| facts.dead = 2, &["delivery"]);
        check(|_, _, facts| facts.realm = Realm::Exercise, &["realm"]);
        check(
            |ledger, broker, _| (ledger.writing, broker.listening) = (false, false),
            &["store", "intake"],
        );
    }

    #[test]
    fn each_fault_of_the_history_is_named_and_a_good_day_is_not() {
        for state in HistoryState::ALL {
            let status = HistoryStatus { state, ..HistoryStatus::off() };
            let (ledger, broker) = (good_ledger(), good_broker());
            let facts = Facts { history: &status, ..good(&ledger, &broker, &status) };
            let found = problems(&facts);
            let named = state.is_fault() || state == HistoryState::Emptied;
            assert_eq!(found.len(), usize::from(named), "{state:?}");
            assert!(found.iter().all(|one| one.layer == "history" && !one.text_vi.contains("{}")));
        }
        let refused = HistoryStatus { refused: 3, ..HistoryStatus::off() };
        let (ledger, broker) = (good_ledger(), good_broker());
        let found = problems(&good(&ledger, &broker, &refused));
        assert!(found[0].text_vi.contains('3') && found.len() == 1);
    }

    #[test]
    fn each_state_of_another_broker_has_its_sentence() {
        let at = Time::from_millis;
        let check = |state, forgotten: Option<i64>, expected: &[&Sentence]| {
            let link = ExternalLink { state, since: at(5), reason: None, next_try_at: None };
            let intake = ExternalIntake {
                link: link.clone(),
                messages: 0,
                committed: 0,
                put_aside: 0,
                sessions_forgotten: 0,
                forgotten_at: forgotten.map(at),
            };
            let bridge = ExternalBridge { link, published: 0, behind: 0 };
            let (name, address) = ("tinh".to_owned(), None);
            let broker =
                ExternalBroker { name, address, intake: Some(intake), bridge: Some(bridge) };
            let told = external_problems(&broker, at(86_400_000));
            let told: Vec<_> = told.iter().map(|(sentence, _)| sentence.with("tinh")).collect();
            let expected: Vec<_> = expected.iter().map(|one| one.with("tinh")).collect();
            assert_eq!(told, expected, "{state:?}");
        };
        check(ExternalState::Connecting, None, &[]);
        check(ExternalState::Connected, Some(0), &[]);
        check(ExternalState::Connected, Some(1), &[&EXTERNAL_FORGOT]);
        check(ExternalState::Unreachable, None, &[&EXTERNAL_AWAY, &EXTERNAL_OUT]);
        check(ExternalState::BadCertificate, None, &[&EXTERNAL_CERTIFICATE, &EXTERNAL_OUT]);
        check(ExternalState::NotAuthorised, None, &[&EXTERNAL_ACCOUNT, &EXTERNAL_OUT]);
        check(ExternalState::SubscriptionRefused, None, &[&EXTERNAL_UNSUBSCRIBED, &EXTERNAL_OUT]);
        check(ExternalState::Paused, None, &[&EXTERNAL_PAUSED, &EXTERNAL_OUT]);
    }

    #[test]
    fn a_long_list_of_silent_stations_is_cut() {
        let (vi, en) = SILENT.with_stations(&["A", "B", "C", "D", "E"]);
        assert!(vi.starts_with("Trạm A, B, C và 2 trạm khác không gửi"), "{vi}");
        assert!(en.starts_with("Stations A, B, C and 2 more silent"), "{en}");
    }
}
