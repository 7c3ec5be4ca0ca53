//! Scenarios become recordings: what is printed is met exactly, what is between stays between.

use server::simulate::scenario::{self, Scenario};

fn scenario(text: &str) -> Scenario {
    let head = r#"
        name = "trial"
        title_vi = "thử"
        title_en = "trial"
        from = "2025-11-17T00:00:00+07:00"
        to = "2025-11-17T06:00:00+07:00"
        step = "10min"
    "#;
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("scenario.toml"), format!("{head}{text}")).expect("written");
    scenario::read(folder.path()).expect("a scenario")
}

fn values(scenario: &Scenario, station: &str, parameter: &str) -> Vec<(String, f64)> {
    let recording = scenario.recording();
    let track = recording.stations[station].iter();
    track
        .flat_map(|one| one.values.iter().map(move |value| (one.at, value)))
        .filter(|(_, value)| value.parameter.as_str() == parameter)
        .map(|(at, value)| (at.to_string(), value.value))
        .collect()
}

#[test]
fn the_curve_meets_its_anchors_and_does_not_leave_their_range() {
    let scenario = scenario(
        r#"
        anchor = [
          { station = "a", parameter = "water_level", time = "2025-11-17T01:00:00+07:00", value = 5.0, source = "x" },
          { station = "a", parameter = "water_level", time = "2025-11-17T02:00:00+07:00", value = 6.87, source = "x" },
          { station = "a", parameter = "water_level", time = "2025-11-17T05:00:00+07:00", value = 6.0, source = "x" },
        ]
        [decimals]
        water_level = 2
        "#,
    );
    let values = values(&scenario, "a", "water_level");
    assert_eq!(values.len(), 25);
    assert_eq!(values[6], ("2025-11-17T02:00:00+07:00".to_owned(), 6.87));
    assert!(values.iter().all(|(_, value)| (5.0..=6.87).contains(value)), "{values:?}");
}

#[test]
fn published_parts_add_up_to_the_printed_total_exactly() {
    let scenario = scenario(
        r#"
        [decimals]
        rain = 1
        [[shape]]
        name = "peak"
        weights = [1, 4, 2]
        [[amount]]
        stations = ["a", "b"]
        parameter = "rain"
        from = "2025-11-17T01:00:00+07:00"
        to = "2025-11-17T05:00:00+07:00"
        total = 217.6
        shape = "peak"
        source = "x"
        "#,
    );
    for station in ["a", "b"] {
        let values = values(&scenario, station, "rain");
        let tenths: i64 = values.iter().map(|(_, value)| (value * 10.0).round() as i64).sum();
        assert_eq!(tenths, 2_176);
        assert_eq!(values.len(), 37, "a dry step is published as 0");
        assert_eq!(values[0].1, 0.0);
        assert!(values.iter().all(|(_, value)| *value >= 0.0));
    }
}

#[test]
fn every_fault_of_a_scenario_is_told() {
    let folder = tempfile::tempdir().expect("a folder");
    let text = r#"
        name = "trial"
        title_vi = "thử"
        title_en = "trial"
        from = "2025-11-17T06:00:00+07:00"
        to = "2025-11-17T00:00:00+07:00"
        step = "0s"
        [[shape]]
        name = "flat"
        weights = [0]
        [[amount]]
        stations = ["a"]
        parameter = "rain"
        from = "2025-11-17T05:00:00+07:00"
        to = "2025-11-17T05:00:00+07:00"
        total = -1.0
        shape = "peak"
        source = "x"
    "#;
    std::fs::write(folder.path().join("scenario.toml"), text).expect("written");
    let told = scenario::read(folder.path()).expect_err("faults").to_string();
    for part in ["to = ", "step = 0s", "shape flat", "ends before", "total = -1", "\"peak\""] {
        assert!(told.contains(part), "{part} in {told}");
    }
}

#[test]
fn the_shipped_flood_is_a_scenario_with_all_seven_alarm_stations() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../config/scenarios/2025-11-flood");
    let recording = scenario::read(folder.as_ref()).expect("the shipped scenario").recording();
    for station in
        ["van-canh", "dieu-tri", "thanh-hoa", "binh-nghi", "vinh-son", "an-hoa", "bong-son"]
    {
        let track = &recording.stations[station];
        assert!(track.len() > 1_000, "{station}");
        assert!(track.is_sorted_by_key(|observation| observation.at), "{station}");
    }
}
