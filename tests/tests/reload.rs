//! The configuration is changed while stations publish: a good change comes into force without losing a message or an
//! alarm, a broken one is refused whole and told.
#![expect(clippy::unwrap_used, reason = "a test may fail")]

use std::fs;

use std::time::Duration;

use domain::{Span, Time};
use rand::Rng as _;
use reqwest::Method;
use serde_json::{Value, json};
use tests::admin::Admin;
use tests::http::{items, problem, until};
use tests::mqtt::Station;
use tests::pack::{self, Wish, station};
use tests::server::{Installation, SECRET};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_good_change_comes_into_force_and_a_broken_one_is_refused_whole() {
    let installation = Installation::new();
    let about = "late_after = \"3650d\"\nclock_tolerance = \"3650d\"\n".to_owned();
    pack::write(&installation.pack(), &Wish { stations: 2, about, ..Wish::default() });
    let server = installation.start().await.unwrap();
    installation.admit((0..2).map(station)).unwrap();
    let mut open = Station::connect(installation.mqtt, &station(0), SECRET).await.unwrap();
    let mut step = 0;
    for level in [5.0, 6.1, 6.2] {
        publish(&mut open, &mut step, level).await;
    }
    assert_eq!(raised(&installation).await, [1]);

    let file = installation.pack().join("levels.toml");
    let good = fs::read_to_string(&file).unwrap();
    let lower = good.replacen("value = 7.0", "value = 6.5", 1);
    fs::write(&file, &lower).unwrap();
    until(&installation.base(), "/api/v1/levels", |told| told.to_string().contains("6.5")).await;
    publish(&mut open, &mut step, 6.6).await;
    assert_eq!(
        raised(&installation).await,
        [1, 2],
        "the alarm stood, and the new level is watched"
    );

    let basins = installation.pack().join("basins.toml");
    let whole = fs::read_to_string(&basins).unwrap();
    fs::write(&file, lower.replacen("value = 8.0", "value = 6.55", 1)).unwrap();
    fs::write(&basins, whole.replace("quorum = 0.5", "quorum = \"half\"")).unwrap();
    until(&installation.base(), "/api/v1/status", |told| problem(told, "config")).await;
    publish(&mut open, &mut step, 6.7).await;
    assert_eq!(raised(&installation).await, [1, 2], "nothing of a broken pack is in force");
    assert!(installation.log().contains("basins.toml"), "the log names the file");

    fs::write(&basins, whole).unwrap();
    until(&installation.base(), "/api/v1/status", |told| !problem(told, "config")).await;
    publish(&mut open, &mut step, 6.75).await;
    assert_eq!(raised(&installation).await, [1, 2, 3]);
    let kept = items(&installation.base(), "/api/v1/configs").await.unwrap();
    assert_eq!(kept.len(), 3, "what changed when is kept: {kept:?}");
    server.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_change_from_the_pages_survives_kills_at_any_point_and_a_hand_may_still_change_the_folder()
 {
    let installation = Installation::new();
    pack::write(&installation.pack(), &Wish { stations: 2, ..Wish::default() });
    let file = installation.pack().join("levels.toml");
    let shipped = fs::read_to_string(&file).unwrap();
    // As long as possible between the first file and the last.
    let edited = |n: usize| {
        let files = fs::read_dir(installation.pack()).unwrap().map(|entry| entry.unwrap());
        let text = |entry: &fs::DirEntry| {
            let text = fs::read_to_string(entry.path()).unwrap();
            let kept: Vec<&str> =
                text.lines().filter(|line| !line.starts_with("# edit ")).collect();
            format!("# edit {n}\n{}\n", kept.join("\n"))
        };
        let named =
            files.map(|entry| (entry.file_name().into_string().unwrap(), text(&entry).into()));
        Value::Object(named.filter(|(name, _)| name.ends_with(".toml")).collect())
    };
    let mut server = installation.start().await.unwrap();
    for n in 0..12 {
        let admin = Admin::of(&installation).await.unwrap();
        let files = edited(n);
        let asked = tokio::spawn(async move { admin.apply(files, &format!("lần {n}")).await });
        let wait = rand::rng().random_range(0..60);
        tokio::time::sleep(Duration::from_millis(wait)).await;
        server.kill().await;
        let answered = asked.await.unwrap().is_ok_and(|answer| answer.status().is_success());
        server = installation.start().await.unwrap();
        let admin = Admin::of(&installation).await.unwrap();
        let now = admin.get("/api/v1/config/files").await.unwrap();
        assert_eq!(
            (&now["folder"]["state"], &now["folder"]["problem"]),
            (&"same".into(), &Value::Null),
            "{n}"
        );
        let whole = |text: &Value| text.as_str().unwrap().starts_with(&format!("# edit {n}\n"));
        let files = now["files"].as_object().unwrap();
        let new = files.values().filter(|text| whole(text)).count();
        assert!(new == 0 || new == files.len(), "{n}: {new} of {}", files.len());
        assert!(!answered || new > 0, "{n}: what was answered is there");
        assert!(new == 0 || now["reason"] == format!("lần {n}"), "{n}: {}", now["reason"]);
    }
    let applied = items(&installation.base(), "/api/v1/configs").await.unwrap();
    let admin = Admin::of(&installation).await.unwrap();
    let named = admin.get("/api/v1/configs").await.unwrap();
    let by = |who: &str| {
        named["items"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|one| one["by"].as_str().unwrap().contains(who))
            .count()
    };
    assert_eq!(
        (by("file"), by("admin")),
        (1, applied.len() - 1),
        "nothing was applied twice: {named}"
    );

    fs::write(&file, shipped.replacen("value = 7.0", "value = 6.5", 1)).unwrap();
    until(&installation.base(), "/api/v1/levels", |told| told.to_string().contains("6.5")).await;
    let stale = json!({"base": 1, "files": {"levels.toml": shipped}, "reason": "trễ"});
    let stale = admin.ask(Method::POST, "/api/v1/config/apply", Some(stale)).await.unwrap();
    assert_eq!(stale.status(), 409);
    let back = admin.apply(json!({"levels.toml": shipped}), "trở lại").await.unwrap();
    assert_eq!(back.status(), 200);
    assert_eq!(fs::read_to_string(&file).unwrap(), shipped);
    // Longer than the watcher needs to look twice.
    tokio::time::sleep(Duration::from_secs(5)).await;
    assert_eq!(
        admin.get("/api/v1/config/files").await.unwrap()["reason"],
        "trở lại",
        "the watcher leaves it alone"
    );
    server.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_new_secret_is_taken_at_once_and_the_old_one_no_longer() {
    let installation = Installation::new();
    pack::write(&installation.pack(), &Wish { stations: 1, ..Wish::default() });
    let server = installation.start().await.unwrap();
    installation.admit([station(0)]).unwrap();
    let admin = Admin::of(&installation).await.unwrap();
    let path = format!("/api/v1/stations/{}/secret", station(0));
    let made = admin.ask(Method::POST, &path, None).await.unwrap();
    let made: Value = made.error_for_status().unwrap().json().await.unwrap();
    let secret = made["secret"].as_str().unwrap();
    assert!(Station::connect(installation.mqtt, &station(0), SECRET).await.is_err());
    Station::connect(installation.mqtt, &station(0), secret).await.unwrap();
    let shut = admin.ask(Method::DELETE, &path, None).await.unwrap();
    assert_eq!(shut.status(), 200);
    assert!(Station::connect(installation.mqtt, &station(0), secret).await.is_err());
    assert!(!installation.log().contains(secret), "it is in no log");
    server.stop().await.unwrap();
}

/// One reading, acknowledged.
async fn publish(open: &mut Station, step: &mut i64, level: f64) {
    let at = Time::from_millis(1_763_500_000_000) + Span::minutes(10).times(*step);
    *step += 1;
    let body = format!(r#"{{"time":"{at}","readings":{{"water_level":{level:.2}}}}}"#);
    open.publish(body.as_bytes()).await.unwrap();
}

/// The levels that the stage rule has reached, in turn.
async fn raised(installation: &Installation) -> Vec<u64> {
    let all = items(&installation.base(), "/api/v1/transitions?limit=1000").await.unwrap();
    let stage = all.iter().filter(|item| item["rule"] == "flood-stage");
    stage.filter_map(|item| item["to"]["level"].as_u64()).collect()
}
