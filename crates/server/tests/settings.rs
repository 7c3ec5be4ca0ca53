//! Settings of an installation: no file is needed, and every fault is told at once.

use server::settings::{Settings, parse};

fn faults(text: &str) -> Vec<String> {
    let faults = parse("quantrac.toml", text).expect_err("faults");
    faults.iter().map(ToString::to_string).collect()
}

#[test]
fn an_empty_file_gives_the_defaults() {
    assert_eq!(parse("quantrac.toml", "").expect("settings"), Settings::default());
}

#[test]
fn what_is_written_overrides_its_default_and_nothing_else() {
    let settings = parse("f", "[web]\npublic_read = false\n[broker]\nlisten = \"0.0.0.0:2883\"");
    let settings = settings.expect("settings");
    assert!(!settings.web.public_read);
    assert_eq!(settings.web.session_hours, Settings::default().web.session_hours);
    assert_eq!(settings.broker.listen.port(), 2883);
}

#[test]
fn every_fault_is_told_with_file_key_and_value() {
    let told = faults(
        r#"
        surprise = 1
        [store]
        batch = "many"
        [broker]
        listen = "nowhere"
        messages_per_sekond = 5
        [web]
        session_hours = -1
        "#,
    );
    assert_eq!(told.len(), 5, "{told:#?}");
    for (start, value) in [
        ("quantrac.toml: store.batch = ", "many"),
        ("quantrac.toml: broker.listen = ", "nowhere"),
        ("quantrac.toml: broker.messages_per_sekond = 5: ", "unknown field"),
        ("quantrac.toml: web.session_hours = ", "-1"),
        ("quantrac.toml: surprise = 1: ", "no such section"),
    ] {
        let found = told.iter().any(|line| line.starts_with(start) && line.contains(value));
        assert!(found, "{start} … {value} in {told:#?}");
    }
}

#[test]
fn values_that_make_no_sense_are_told_by_their_own_part() {
    let told = faults("[store]\nqueue = 0\n[broker]\nburst_messages = 0\n[web]\nsession_hours = 0");
    assert_eq!(told.len(), 3, "{told:#?}");
    assert!(told.iter().any(|line| line.starts_with("quantrac.toml: store.queue = 0: ")));
    assert!(told.iter().any(|line| line.starts_with("quantrac.toml: broker.burst_messages = 0: ")));
    assert!(told.iter().any(|line| line.starts_with("quantrac.toml: web.session_hours = 0: ")));
}

#[test]
fn a_fault_of_another_broker_names_the_entry_and_says_what_to_do() {
    let told = faults(
        r#"
        [[external]]
        name = "tinh"
        address = "mqtt://10.0.0.5"
        [[external]]
        name = "tinh"
        address = "10.0.0.5"
        topics = ["quantrac/v1/#"]
        publish = "quantrac/v1/out"
        "#,
    );
    for (start, advice) in [
        ("quantrac.toml: external[1].address = \"mqtt://10.0.0.5\": ", "only the name or number"),
        ("quantrac.toml: external[2].topics = ", "use '+' for its level"),
        ("quantrac.toml: external[2].name = \"tinh\": ", "another broker has this name"),
        ("quantrac.toml: external[2].publish = \"quantrac/v1/out\": ", "choose another topic"),
    ] {
        let found = told.iter().any(|line| line.starts_with(start) && line.contains(advice));
        assert!(found, "{start} … {advice} in {told:#?}");
    }
    let told = faults("[[external]]\nadress = \"a\"\npassword = \"not for logs\"\n");
    assert!(told.iter().any(|line| line.contains("external[1].adress")), "{told:#?}");
    assert!(told.iter().all(|line| !line.contains("not for logs")), "{told:#?}");
    let told = faults("[external]\nname = \"a\"\n");
    assert!(told[0].contains("write each as a section [[external]]"), "{told:?}");
}

#[test]
fn a_text_that_is_no_toml_is_told_with_its_line() {
    let told = faults("[store]\nbatch = 5\n[web\n");
    assert_eq!(told.len(), 1);
    assert!(told[0].starts_with("quantrac.toml: line 3 = [web: "), "{told:?}");
}
