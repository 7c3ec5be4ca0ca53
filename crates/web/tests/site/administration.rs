//! Stations' secrets, the configuration from the pages, the audit trail.

use domain::ArrivalBody;
use reqwest::{Method, Response};
use serde_json::{Value, json};
use store::Role;

use crate::harness::{Site, problem, shipped_files};

async fn post(site: &Site, cookie: &str, path: &str, body: Value) -> Response {
    site.ask(Method::POST, path, cookie, Some(&body)).await
}

async fn get(site: &Site, cookie: &str, path: &str) -> Value {
    let answer = site.ask(Method::GET, path, cookie, None).await;
    assert_eq!(answer.status(), 200, "{path}");
    answer.json().await.unwrap()
}

#[tokio::test]
async fn a_station_gets_a_secret_that_is_told_once_and_stored_as_a_hash() {
    let site = Site::start().await;
    let admin = site.person("admin", Role::Admin).await;
    let states = async || -> Vec<Value> {
        let listed = get(&site, &admin, "/api/v1/station-access?limit=1000").await;
        let all = listed["items"].as_array().unwrap().clone();
        all.into_iter().filter(|one| one["id"] == "thanh-hoa" || one["id"] == "old-1").collect()
    };
    assert_eq!(states().await[0]["state"], "none");
    let answer = site.ask(Method::POST, "/api/v1/stations/thanh-hoa/secret", &admin, None).await;
    let made: Value = answer.json().await.unwrap();
    assert_eq!(made["telemetry"], "quantrac/v1/thanh-hoa/telemetry");
    let secret = made["secret"].as_str().unwrap().to_owned();
    let stored = async |id: &str| {
        let (reader, id) = (site.ledger.reader(), id.parse().unwrap());
        tokio::task::spawn_blocking(move || reader.credential(&id).unwrap()).await.unwrap()
    };
    let hash = stored("thanh-hoa").await.unwrap();
    assert!(store::verify_secret(&secret, &hash) && !hash.contains(&secret));
    site.ledger.put_credential("old-1".parse().unwrap(), "sha256:a:b".to_owned()).await.unwrap();
    let listed = states().await;
    assert_eq!((&listed[0]["id"], &listed[0]["name"]), (&"old-1".into(), &Value::Null));
    assert_eq!((&listed[1]["state"], &listed[1]["name"]), (&"secret".into(), &"Thạnh Hòa".into()));

    for account in ["thanh-hoa", "old-1"] {
        let path = format!("/api/v1/stations/{account}/secret");
        let shut = site.ask(Method::DELETE, &path, &admin, None).await;
        assert_eq!(shut.status(), 200);
        assert_eq!(stored(account).await.as_deref(), Some(""), "not even a certificate");
    }
    let none = site.ask(Method::POST, "/api/v1/stations/no-such/secret", &admin, None).await;
    problem(none, 404).await;
    let trail = get(&site, &admin, "/api/v1/audit").await;
    assert_eq!(trail["items"][0]["what"], "account shut");
    assert_eq!(trail["whole"], true);
    assert!(!trail.to_string().contains(&secret));
}

#[tokio::test]
async fn the_trail_comes_newest_first_in_pages() {
    let site = Site::start().await;
    let admin = site.person("admin", Role::Admin).await;
    for n in 1..=5 {
        site.ledger.audit("lan".to_owned(), format!("act {n}"), String::new()).await.unwrap();
    }
    let mut path = "/api/v1/audit?limit=2".to_owned();
    let mut seen = Vec::new();
    loop {
        let page = get(&site, &admin, &path).await;
        let items = page["items"].as_array().unwrap();
        seen.extend(items.iter().map(|item| item["what"].as_str().unwrap().to_owned()));
        let Some(next) = page["next"].as_str() else { break };
        assert_eq!(page["whole"].is_boolean(), seen.len() == 2, "the chain is looked at once");
        path = format!("/api/v1/audit?limit=2&cursor={next}");
    }
    assert_eq!(seen, ["act 5", "act 4", "act 3", "act 2", "act 1"]);
}

#[tokio::test]
async fn a_change_is_checked_with_every_fault_and_said_in_its_meaning() {
    let site = Site::start().await;
    let admin = site.person("admin", Role::Admin).await;
    let files = shipped_files();
    let recipients = &files["recipients.toml"];
    let broken = recipients.replacen("role = \"duty_officer\"", "role = \"boss\"", 1).replacen(
        "escalate_to = \"dien-tap-chi-huy\"",
        "escalate_to = \"nobody\"",
        1,
    );
    let told =
        post(&site, &admin, "/api/v1/config/check", json!({"files": {"recipients.toml": broken}}))
            .await;
    let told: Value = told.json().await.unwrap();
    assert_eq!((&told["good"], &told["summary"]), (&false.into(), &Value::Null));
    let faults = told["faults"].as_array().unwrap();
    let text = pack::Pack::parse(&{
        let mut files = files.clone();
        files.insert("recipients.toml".to_owned(), broken.clone());
        files
    });
    let expected: Vec<String> = text.unwrap_err().iter().map(ToString::to_string).collect();
    let shown = faults.iter().map(|f| {
        format!(
            "{}: {} = {}: {}",
            f["file"].as_str().unwrap(),
            f["key"].as_str().unwrap(),
            f["value"].as_str().unwrap(),
            f["problem"].as_str().unwrap()
        )
    });
    assert_eq!(shown.collect::<Vec<_>>(), expected);
    for fault in faults.iter().filter(|fault| fault["key"].as_str().unwrap().contains('(')) {
        let line = usize::try_from(fault["line"].as_u64().unwrap()).unwrap();
        let line = broken.lines().nth(line - 1).unwrap();
        assert!(line.contains("[[actual]]") || line.contains("escalate_to"), "{fault}: {line}");
    }

    let lower = files["levels.toml"].replacen("value = ", "value = 0.1 # ", 1);
    let body = json!({"files": {"levels.toml": lower}});
    let told: Value = post(&site, &admin, "/api/v1/config/check", body).await.json().await.unwrap();
    assert!(told["summary"].as_str().is_none() || told["good"] == true, "{told}");
    assert_eq!(told["meaning"][0]["kind"], "level");
    assert_eq!(told["meaning"][0]["values"][0]["after"], "0.1");
    assert_eq!(told["changes"][0]["file"], "levels.toml");
}

#[tokio::test]
async fn a_change_comes_into_force_once_with_name_and_reason() {
    let site = Site::start().await;
    let admin = site.person("admin", Role::Admin).await;
    let before = get(&site, &admin, "/api/v1/config/files").await;
    assert_eq!(before["folder"]["state"], "same");
    let base = before["seq"].clone();
    let entry = json!({"id": "bao-dai", "name": "Báo đài", "role": "public", "channels": [{"kind": "email", "address": "bao-dai@news.example.org"}]});
    let body = json!({"text": before["files"]["recipients.toml"], "list": "actual", "id": null, "entry": entry});
    let edited: Value =
        post(&site, &admin, "/api/v1/config/edit", body).await.json().await.unwrap();
    let text = edited["text"].as_str().unwrap();
    let kept = before["files"]["recipients.toml"].as_str().unwrap();
    assert!(kept.lines().all(|line| text.contains(line)), "nothing else changed");

    let change = |base: &Value, reason: &str| json!({"base": base, "files": {"recipients.toml": text}, "reason": reason});
    problem(post(&site, &admin, "/api/v1/config/apply", change(&base, "  ")).await, 422).await;
    let done = post(&site, &admin, "/api/v1/config/apply", change(&base, "theo công văn 12")).await;
    let done: Value = done.json().await.unwrap();
    let late = post(&site, &admin, "/api/v1/config/apply", change(&base, "lần hai")).await;
    assert!(problem(late, 409).await.contains("look at it"));

    let configs = get(&site, &admin, "/api/v1/configs").await;
    assert_eq!(configs["items"][0]["seq"], done["seq"]);
    assert_eq!(configs["items"][0]["by"], "Trực ban admin (admin)");
    assert_eq!(configs["items"][0]["reason"], "theo công văn 12");
    let seen = site.json("/api/v1/configs").await;
    assert_eq!(seen["items"][0]["reason"], Value::Null, "for signed-in people");
    let (reader, seq) = (site.ledger.reader(), done["seq"].as_u64().unwrap());
    let arrival = tokio::task::spawn_blocking(move || reader.arrival(seq).unwrap().unwrap());
    let ArrivalBody::Config { reason, .. } = arrival.await.unwrap().body else { panic!("another") };
    assert_eq!(reason.as_deref(), Some("theo công văn 12"));
    let trail = get(&site, &admin, "/api/v1/audit").await;
    assert_eq!(trail["items"][0]["what"], "configuration applied");
    let after = get(&site, &admin, "/api/v1/config/files").await;
    assert_eq!((&after["seq"], &after["reason"]), (&done["seq"], &"theo công văn 12".into()));
}

#[tokio::test]
async fn what_the_folder_forbids_is_told_and_changes_nothing() {
    let site = Site::start().await;
    let admin = site.person("admin", Role::Admin).await;
    let text = shipped_files()["recipients.toml"].replacen("Kênh công khai", "Kênh chung", 1);
    let change = |over: Value| json!({"base": 0, "files": {"recipients.toml": text}, "reason": "thử", "over": over});
    *site.desk.folder.lock().unwrap() =
        (None, Some("cannot write 'recipients.toml': Read-only file system".to_owned()));
    let told =
        problem(post(&site, &admin, "/api/v1/config/apply", change(Value::Null)).await, 503).await;
    assert!(told.contains("Read-only") && told.ends_with("nothing was changed"), "{told}");

    let mut other = shipped_files();
    other.insert("rules.toml".to_owned(), "rule = 1".to_owned());
    *site.desk.folder.lock().unwrap() = (Some(other), None);
    let seen = get(&site, &admin, "/api/v1/config/files").await;
    assert_eq!(seen["folder"]["state"], "differs");
    assert_eq!(seen["folder"]["files"], json!({"rules.toml": "rule = 1"}));
    problem(post(&site, &admin, "/api/v1/config/apply", change(Value::Null)).await, 409).await;
    let over = change(seen["folder"]["tag"].clone());
    assert_eq!(post(&site, &admin, "/api/v1/config/apply", over).await.status(), 200);
    let broken = json!({"base": get(&site, &admin, "/api/v1/config/files").await["seq"], "files": {"rules.toml": "rule = 1"}, "reason": "thử", "over": "other"});
    let told = problem(post(&site, &admin, "/api/v1/config/apply", broken).await, 422).await;
    assert!(told.contains("rules.toml"), "{told}");
}
