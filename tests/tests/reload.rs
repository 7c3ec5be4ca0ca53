//! The configuration is changed while stations publish: a good change comes into force without losing a message or an
//! alarm, a broken one is refused whole and told.
#![expect(clippy::unwrap_used, reason = "a test may fail")]

use std::fs;

use domain::{Span, Time};
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
