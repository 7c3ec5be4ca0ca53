//! The first thing that a new user does: the drill of the flood of November 2025, from one command, to its end.
#![expect(clippy::unwrap_used, reason = "a test may fail")]

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use tests::server::{Installation, binary};

/// Crossings that printed stages and the shipped scenario demand, in their order at each station.
const CLIMBS: [(&str, &[&str]); 3] = [
    ("Vân Canh", &["BĐ1", "BĐ2", "BĐ3"]),
    ("Diêu Trì", &["BĐ1", "BĐ2", "BĐ3"]),
    ("Thạnh Hòa", &["BĐ1", "BĐ2", "BĐ3"]),
];

#[test]
fn the_drill_climbs_through_the_alarm_levels_warns_and_can_be_replayed() {
    let installation = Installation::new();
    let data = installation.data();
    let config = root().join("config");
    let output = Command::new(binary())
        .arg("demo")
        .args(["--once", "--speed", "14000"])
        .args(["--mqtt", &installation.mqtt.to_string(), "--web", &installation.web.to_string()])
        .args([Path::new("--config"), &config.join("binh-dinh")])
        .args([Path::new("--scenario"), &config.join("scenarios/2025-11-flood")])
        .args([Path::new("--data"), &data])
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let told = String::from_utf8(output.stdout).unwrap();
    println!("{told}");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));

    for (station, levels) in CLIMBS {
        let at = |level: &str| told.find(&format!("  {station}: {level}, "));
        let places: Vec<_> = levels.iter().map(|level| at(level)).collect();
        assert!(places.iter().all(Option::is_some) && places.is_sorted(), "{station}: {places:?}");
    }
    // Printed: 8.00 m at 07:00 on 19/11, which is BĐ3 exactly; rounded to centimetres it is reached a little before.
    let reached = told.lines().find(|line| line.contains("Thạnh Hòa: BĐ3, 8,00 m"));
    assert!(
        reached.is_some_and(|line| line.starts_with("0") && line.contains(" 19/11/2025 ")),
        "{reached:?}"
    );
    assert!(
        told.contains("waits for the duty officer: Cảnh báo lũ sông Hà Thanh"),
        "a warning waits"
    );
    assert!(!told.contains("Không nhận được số liệu nào"), "nobody was silent: {told}");

    let ledger = drills(&data).pop().unwrap().join("quantrac.db");
    let again = data.join("again.db");
    let arguments =
        ["replay", "--from", &ledger.display().to_string(), "--to", &again.display().to_string()];
    println!("{}", installation.run(&arguments).unwrap());
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_path_buf()
}

/// Folders of the drills that were run.
fn drills(data: &Path) -> Vec<PathBuf> {
    let listed = std::fs::read_dir(data).unwrap().map(|entry| entry.unwrap().path());
    listed.filter(|path| path.is_dir()).collect()
}
