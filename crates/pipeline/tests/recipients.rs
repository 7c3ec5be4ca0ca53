//! Who is told where, and what is refused before it can be wrong.
#![allow(clippy::unwrap_used, reason = "a test may fail")]

mod common;

use std::collections::BTreeSet;

use common::{World, pack, pack_with, stage, t};
use domain::{Channel, Command, Notice, PackFiles, Realm};
use pack::Pack;

const TOPICS: &str = r#"
[[actual]]
id = "cong-chung"
name = "Công chúng"
role = "public"
channels = [{ kind = "mqtt", topic = "quantrac/v1/warning/{episode}" }]
[[exercise]]
id = "cong-chung"
name = "Công chúng"
role = "public"
channels = [{ kind = "mqtt", topic = "quantrac/v1/exercise/{episode}" }]
"#;

/// The pack with more in one of its files.
fn pack_and(file: &str, more: &str) -> PackFiles {
    let mut files = pack();
    files.get_mut(file).unwrap().push_str(more);
    files
}

fn topics(notices: &[Notice]) -> BTreeSet<String> {
    let topic = |notice: &Notice| match &notice.channel {
        Channel::Mqtt { topic } => Some(topic.clone()),
        _ => None,
    };
    notices.iter().filter_map(topic).collect()
}

#[test]
fn each_river_has_its_own_topic_and_no_drill_uses_it() {
    for (realm, expected) in [
        (Realm::Actual, "quantrac/v1/warning/song"),
        (Realm::Exercise, "quantrac/v1/exercise/song"),
    ] {
        let mut world = World::new(realm, pack_and("recipients.toml", TOPICS));
        for minute in 0..20 {
            world.send(t(minute), "tren", &stage(minute, 5.0 + minute as f64 / 10.0));
        }
        let drafted: Vec<_> = world.outcomes.iter().flat_map(|out| out.notices.clone()).collect();
        assert!(!drafted.is_empty() && topics(&drafted).is_empty(), "a draft is nobody's warning");
        let warning = world.warnings("song")[0].clone();
        let draft = warning.draft.as_ref().unwrap().number;
        let confirm = Command::Confirm { warning: warning.id, draft, text: None, remark: None };
        let out = world.command(t(30), confirm).clone();
        assert_eq!(topics(&out.notices), BTreeSet::from([expected.to_owned()]));
        let out = world.command(t(31), Command::Test { remark: "thử".to_owned() }).clone();
        assert_eq!(topics(&out.notices), BTreeSet::from(["quantrac/v1/exercise/test".to_owned()]));
    }
}

#[test]
fn two_addresses_of_one_kind_are_two_notices() {
    let two = r#"channels = [{ kind = "email", address = "bch@example.org" }, { kind = "email", address = "b@example.org" }]"#;
    let one = r#"channels = [{ kind = "email", address = "bch@example.org" }, { kind = "cap" }]"#;
    let mut world = World::new(Realm::Actual, pack_with(&[("recipients.toml", one, two)]));
    for minute in 0..20 {
        world.send(t(minute), "tren", &stage(minute, 5.0 + minute as f64 / 10.0));
    }
    let warning = world.warnings("song")[0].clone();
    let draft = warning.draft.as_ref().unwrap().number;
    let confirm = Command::Confirm { warning: warning.id, draft, text: None, remark: None };
    let out = world.command(t(30), confirm).clone();
    let ends: Vec<_> = out.notices.iter().filter_map(|n| n.id.split_once(".m1.")).collect();
    let ends: Vec<_> = ends.iter().map(|(_, end)| *end).collect();
    assert_eq!(ends, ["truc-ban.email", "ban-chi-huy.email", "ban-chi-huy.email-2"]);
    assert!(out.notices.iter().all(|n| n.stem().ends_with(".m1")), "{ends:?}");
}

/// One pack with every fault of that kind; each must be named with its key.
#[test]
fn every_fault_of_recipients_is_named_at_once() {
    let bad = r#"
[[actual]]
id = "truc-ban"
name = "Lần hai"
role = "committee"
language = "fr"
hazards = ["tsunami"]
channels = []
[[actual]]
id = "a"
name = "A"
role = "committee"
escalate_to = "b"
channels = [
  { kind = "email", address = "không@example.org" },
  { kind = "email", address = "two@@example.org" },
  { kind = "webhook", url = "ftp://example.org/x", secret = "../x" },
  { kind = "webhook", url = "https://", secret = "" },
]
[[actual]]
id = "b"
name = "B"
role = "committee"
escalate_to = "a"
channels = [
  { kind = "mqtt", topic = "quantrac/v1/exercise/{episode}" },
  { kind = "mqtt", topic = "quantrac/v1/warning/{river}/{episode}" },
  { kind = "mqtt", topic = "quantrac/v1/warning/+/{episode}" },
  { kind = "mqtt", topic = "quantrac/v1/warning/all" },
  { kind = "cap" },
  { kind = "cap" },
]
[[exercise]]
id = "c"
name = "C"
role = "committee"
escalate_to = "a"
channels = [{ kind = "email", address = "BCH@example.org" }, { kind = "mqtt", topic = "quantrac/v1/warning/{episode}" }]
"#;
    let mut files = pack_and("recipients.toml", bad);
    let text = files.get_mut("recipients.toml").unwrap();
    *text = text.replace(
        "role = \"duty_officer\"\nchannels = [{ kind = \"email\", address = \"dien-tap",
        "role = \"public\"\nchannels = [{ kind = \"email\", address = \"dien-tap",
    );
    let faults = Pack::parse(&files).unwrap_err();
    let keys: Vec<_> = faults.iter().map(|fault| fault.key.as_str()).collect();
    let expected = [
        "actual (truc-ban).id",
        "actual (truc-ban).language",
        "actual (truc-ban).hazards",
        "actual (truc-ban).channels",
        "actual (a).channels[0].address",
        "actual (a).channels[1].address",
        "actual (a).channels[2].url",
        "actual (a).channels[2].secret",
        "actual (a).channels[3].url",
        "actual (a).channels[3].secret",
        "actual (a).escalate_to",
        "actual (b).channels[0].topic",
        "actual (b).channels[1].topic",
        "actual (b).channels[2].topic",
        "actual (b).channels[3].topic",
        "actual (b).channels[5]",
        "actual (b).escalate_to",
        "exercise (c).channels[1].topic",
        "exercise (c).escalate_to",
        "exercise",
        "exercise (c).channels",
    ];
    assert_eq!(keys, expected, "{faults:#?}");
    assert!(
        faults.iter().all(|fault| fault.file == "recipients.toml" && !fault.problem.is_empty())
    );
}

#[test]
fn usual_addresses_are_no_faults() {
    let good = r#"
[[actual]]
id = "d"
name = "D"
role = "committee"
channels = [
  { kind = "email", address = "first.last+flood@mail-1.example.org" },
  { kind = "webhook", url = "http://127.0.0.1:8080/in?x=1", secret = "webhook-d" },
  { kind = "webhook", url = "https://[::1]/in", secret = "webhook-d" },
  { kind = "webhook", url = "https://example.org", secret = "webhook-d" },
  { kind = "mqtt", topic = "quantrac/v1/warning/{episode}" },
]
"#;
    Pack::parse(&pack_and("recipients.toml", good)).unwrap();
}

#[test]
fn of_two_entries_with_one_name_none_silently_wins() {
    let files = pack();
    for (file, table) in [
        ("parameters.toml", "parameter"),
        ("stations.toml", "station"),
        ("stations.toml", "river"),
        ("basins.toml", "basin"),
        ("rules.toml", "rule"),
        ("episodes.toml", "episode"),
    ] {
        let text = &files[file];
        let start = text.find(&format!("[[{table}]]")).unwrap();
        let rest = &text[start + 2..];
        let end = rest.find("[[").map_or(text.len(), |end| start + 2 + end);
        let twice = pack_and(file, &format!("\n{}", &text[start..end]));
        let faults = Pack::parse(&twice).unwrap_err();
        let named = |key: &str| key.starts_with(table) && key.ends_with(".id");
        assert!(faults.iter().any(|f| f.file == file && named(&f.key)), "{table}: {faults:#?}");
    }
}
