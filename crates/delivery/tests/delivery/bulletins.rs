//! The CAP documents, each held against the rules.

use delivery::CapConfig;
use domain::warning::AreaName;
use domain::{Channel, Level, MessageKind, Notice, Realm, WarningMessage};
use proptest::prelude::*;
use store::CapDocument;
use store::NoticeState::{Dead, Delivered};

use crate::memory::{Memory, PostOffice, config, people};
use crate::rules::{Element, faults, parse};
use crate::samples::{contact, draft, message, notice};

fn to_feed(message: WarningMessage) -> Notice {
    notice(message, "feed", Channel::Cap)
}

/// The documents that these messages lead to, in turn.
async fn documents(cap: CapConfig, messages: Vec<WarningMessage>) -> Vec<CapDocument> {
    let memory = Memory::with([]);
    let config = delivery::DeliveryConfig { cap, ..config() };
    let feed = contact(&[Channel::Cap]);
    let office = PostOffice::with_people(&memory, config, people(&[], &[("feed", feed)]));
    for message in messages {
        let notice = to_feed(message);
        memory.plan([notice.clone()]);
        office.wake();
        memory.until_state(&notice.id, Delivered).await;
    }
    office.stop().await;
    for document in memory.documents() {
        assert_eq!(faults(&document.xml), [""; 0], "{}", document.xml);
    }
    memory.documents()
}

async fn one(message: WarningMessage) -> (CapDocument, Element) {
    let document = documents(CapConfig::default(), vec![message]).await.remove(0);
    let alert = parse(&document.xml);
    (document, alert)
}

fn info(alert: &Element) -> &Element {
    alert.all("info").next().expect("an info")
}

fn numbered(number: u32, kind: MessageKind) -> WarningMessage {
    WarningMessage { kind, ..message(number) }
}

#[tokio::test]
async fn a_message_becomes_an_alert_in_two_languages() {
    let (document, alert) = one(message(1)).await;
    assert_eq!(document.identifier, "song-kon-20251119t0300.1.actual.20251119T041000");
    assert_eq!(alert.text_of("identifier"), document.identifier);
    assert_eq!(alert.text_of("sent"), "2025-11-19T04:10:00+07:00");
    assert_eq!((alert.text_of("status"), alert.text_of("msgType")), ("Actual", "Alert"));
    let [vi, en] = [0, 1].map(|n| alert.all("info").nth(n).expect("an info"));
    assert_eq!((vi.text_of("event"), en.text_of("event")), ("Lũ", "Flood"));
    assert_eq!(vi.text_of("urgency"), "Immediate");
    assert_eq!(vi.text_of("instruction"), message(1).text.vi.instruction);
    assert_eq!(en.text_of("headline"), message(1).text.en.headline);
    let area = vi.all("area").next().expect("an area");
    assert_eq!(area.all("geocode").next().expect("a code").text_of("value"), "21952");
    assert_eq!(document.title, message(1).text.vi.headline);
}

#[tokio::test]
async fn each_document_replaces_the_one_in_force_and_names_no_other() {
    let messages = vec![
        message(1),
        message(2),
        numbered(3, MessageKind::Update),
        numbered(4, MessageKind::End),
    ];
    let all = documents(CapConfig::default(), messages).await;
    let alerts: Vec<Element> = all.iter().map(|document| parse(&document.xml)).collect();
    let kinds: Vec<&str> = alerts.iter().map(|alert| alert.text_of("msgType")).collect();
    assert_eq!(kinds, ["Alert", "Update", "Update", "Update"]);
    for (before, alert) in alerts.iter().zip(&alerts[1..]) {
        let (sender, id) = (before.text_of("sender"), before.text_of("identifier"));
        let expected = format!("{sender},{id},{}", before.text_of("sent"));
        assert_eq!(alert.text_of("references"), expected);
    }
    let last = info(&alerts[3]);
    assert_eq!(last.text_of("responseType"), "AllClear");
    assert_eq!((last.text_of("urgency"), last.text_of("severity")), ("Past", "Minor"));
    assert_eq!(last.text_of("expires"), "2025-11-19T08:10:00+07:00", "an hour after it was sent");
}

#[tokio::test]
async fn a_false_warning_is_cancelled() {
    let messages = vec![message(1), numbered(2, MessageKind::Cancel)];
    let all = documents(CapConfig::default(), messages).await;
    let cancel = parse(&all[1].xml);
    assert_eq!(cancel.text_of("msgType"), "Cancel");
    assert!(cancel.text_of("references").contains(&all[0].identifier));
    assert_eq!(info(&cancel).text_of("certainty"), "Unlikely");
}

#[tokio::test]
async fn what_was_never_published_is_neither_updated_nor_taken_back() {
    let all = documents(CapConfig::default(), vec![message(2)]).await;
    assert_eq!(parse(&all[0].xml).text_of("msgType"), "Alert", "its readers see it first");
    for kind in [MessageKind::End, MessageKind::Cancel] {
        assert!(documents(CapConfig::default(), vec![numbered(2, kind)]).await.is_empty());
    }
}

/// The office moved between two messages: readers know the first one under its old name.
#[tokio::test]
async fn references_name_documents_as_they_were_published() {
    let memory = Memory::with([to_feed(message(1))]);
    let office = PostOffice::open(&memory, config());
    memory.until(|all| all[0].state == Delivered).await;
    office.stop().await;
    let mut moved = config();
    moved.cap.sender = "pchtt.example.vn".to_owned();
    moved.cap.authority_oid = Some("2.49.0.0.704.0".to_owned());
    memory.plan([to_feed(message(2))]);
    let office = PostOffice::open(&memory, moved);
    memory.until(|all| all[1].state == Delivered).await;
    office.stop().await;
    let update = parse(&memory.documents()[1].xml);
    let first = &memory.documents()[0].identifier;
    let expected = format!("quantrac.invalid,{first},2025-11-19T04:10:00+07:00");
    assert_eq!(update.text_of("references"), expected);
    let identifier = update.text_of("identifier");
    let prefix = "urn:oid:2.49.0.1.704.0.2025.11.19.5.10.0.";
    assert!(identifier.starts_with(prefix) && identifier.ends_with(".2"), "{identifier}");
}

#[tokio::test]
async fn exercises_and_tests_are_no_alerts() {
    let check = async |realm, status: &str, prefix: &str| {
        let long = "x".repeat(200);
        let mut message = WarningMessage { realm, ..message(1) };
        message.text.vi.headline = long.clone();
        message.text.en.headline = long;
        let (document, alert) = one(message).await;
        assert_eq!(alert.text_of("status"), status);
        assert!(info(&alert).text_of("headline").starts_with(prefix));
        assert!(info(&alert).text_of("description").starts_with("ĐÂY LÀ"));
        assert!(document.title.starts_with(prefix));
        assert!(!alert.text_of("note").is_empty());
    };
    check(Realm::Exercise, "Exercise", "[DIỄN TẬP] ").await;
    check(Realm::Test, "Test", "[THỬ NGHIỆM] ").await;
}

#[tokio::test]
async fn a_draft_is_never_published() {
    let waiting = draft(message(1), "feed", Channel::Cap);
    let memory = Memory::with([waiting.clone()]);
    let _office = PostOffice::open(&memory, config());
    memory.until_state(&waiting.id, Dead).await;
    assert!(memory.documents().is_empty());
}

#[tokio::test]
async fn texts_are_composed_and_without_control_characters() {
    let mut message = message(1);
    // "Lũ" and "Kôn" with combining marks, as some keyboards write them, and a bell.
    message.text.vi.headline = "Lu\u{303} sông Ko\u{302}n\u{7}".to_owned();
    let (document, alert) = one(message).await;
    assert_eq!(info(&alert).text_of("headline"), "Lũ sông Kôn");
    assert_eq!(document.title, "Lũ sông Kôn");
}

#[tokio::test]
async fn a_level_between_two_entries_means_the_lower_one() {
    let severity = async |level, entries: &[u8]| {
        let mut cap = CapConfig::default();
        cap.levels.retain(|entry| entries.contains(&entry.level.0));
        let message = WarningMessage { level: Level(level), ..message(1) };
        let all = documents(cap, vec![message]).await;
        info(&parse(&all[0].xml)).text_of("severity").to_owned()
    };
    assert_eq!(severity(3, &[1, 4]).await, "Moderate");
    assert_eq!(severity(9, &[1, 4]).await, "Extreme");
    assert_eq!(severity(0, &[2, 4]).await, "Severe");
}

#[test]
fn the_check_finds_what_is_wrong() {
    let good = include_str!("good.xml");
    assert_eq!(faults(good), [""; 0]);
    let check = |from: &str, to: &str, expected: &str| {
        assert!(good.contains(from), "{from}");
        let found = faults(&good.replace(from, to));
        assert!(found.iter().any(|fault| fault.contains(expected)), "{found:?}");
    };
    check("<status>Actual", "<status>Real", "'Real' is no status");
    check("+07:00</sent>", "Z</sent>", "is no time for 'sent'");
    check("00+07:00</sent>", "00.250+07:00</sent>", "is no time for 'sent'");
    check("<scope>Public</scope>", "", "'scope' stands 0 times");
    check(
        "<web>https://a.example/</web><contact>1</contact>",
        "<contact>1</contact><web>https://a.example/</web>",
        "order in 'info'",
    );
    check("<identifier>a.1", "<identifier>a 1", "is no identifier");
    check("10,108.5</polygon>", "10,108.6</polygon>", "a polygon is closed");
    check(" xmlns=", " xmlns:cap=", "default namespace");
    check("<msgType>Alert", "<msgType>Update", "Update and Cancel refer");
    check("<value>flood</value>", "<value></value>", "'value' is empty");
}

fn any_message() -> impl Strategy<Value = WarningMessage> {
    let point = (-90.0..90.0, -180.0..180.0);
    let polygon = proptest::option::of(proptest::collection::vec(point, 0..8));
    let area = ("\\PC{1,20}", proptest::option::of("[0-9]{0,5}"), polygon)
        .prop_map(|(name, code, polygon)| AreaName { name: format!("Xã {name}"), code, polygon });
    let realm = prop_oneof![Just(Realm::Actual), Just(Realm::Exercise), Just(Realm::Test)];
    let areas = proptest::collection::vec(area, 0..3);
    let flags = (any::<bool>(), any::<bool>());
    ("(?s).{0,200}", "(?s).{0,400}", 0u8..7, realm, areas, flags, "[a-z]{1,9}", 0i64..80_000)
        .prop_map(|(headline, body, level, realm, areas, (provisional, late), hazard, millis)| {
            let mut message = message(1);
            message.text.vi.headline = format!("Lũ {headline}");
            message.text.vi.description = body.clone();
            message.text.en.headline = format!("Flood {headline}");
            message.text.en.instruction = body;
            message.sent_at = message.sent_at + domain::Span::from_millis(millis);
            WarningMessage {
                level: Level(level),
                realm,
                areas,
                provisional,
                late,
                hazard,
                ..message
            }
        })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn whatever_the_message_says_the_document_obeys_the_rules(message in any_message()) {
        let runtime = tokio::runtime::Runtime::new().expect("a runtime");
        let all = runtime.block_on(documents(CapConfig::default(), vec![message]));
        prop_assert_eq!(all.len(), 1);
    }
}

#[test]
fn every_fault_of_a_configuration_is_listed() {
    let mut config = delivery::DeliveryConfig::default();
    assert_eq!(config.faults(), []);
    config.public_url = "canh-bao.example".to_owned();
    config.parallel = 0;
    config.cap.sender = "a, b".to_owned();
    config.cap.authority_oid = Some("2.49.0.1.704".to_owned());
    config.cap.levels.push(config.cap.levels[0].clone());
    let faults = config.faults();
    let keys: Vec<&str> = faults.iter().map(|(key, _)| key.as_str()).collect();
    let expected =
        ["public_url", "parallel", "cap.sender", "cap.authority_oid", "cap.levels[4].level"];
    assert_eq!(keys, expected);
}

/// Readers of a feed paint by level and colour, whatever the words say.
#[tokio::test]
async fn what_is_over_has_no_level_and_no_colour() {
    let mut config = CapConfig::default();
    for entry in &mut config.levels {
        entry.awareness_level = Some("4; red; Extreme".to_owned());
    }
    for kind in [MessageKind::End, MessageKind::Cancel] {
        let config = config.clone();
        let all = documents(config, vec![message(1), numbered(2, kind)]).await;
        assert!(
            all[0].xml.contains("red; Extreme")
                && all[0].xml.contains("<valueName>level</valueName>")
        );
        let last = &all[1].xml;
        assert!(
            !last.contains("awareness_level") && !last.contains("<valueName>level</valueName>"),
            "{last}"
        );
    }
}
