//! Rain is counted right: counters that lie, stamps that are seconds off, reports that come late, basins with dead gauges.
#![allow(clippy::unwrap_used, reason = "a test may fail")]

mod common;

use common::{World, pack_with, t};
use domain::{AlarmState, Level, QcFlag, Realm, Span, Time};

const L1: AlarmState = AlarmState::Level(Level(1));
const HOUR: &str = "interval = \"1min\"\nsilent_after = \"30d\"";
const TEN: &str = "interval = \"10min\"\nsilent_after = \"30d\"";

/// Both gauges of the basin report each ten minutes, and the sums of six hours and a day are told too.
fn pack() -> domain::PackFiles {
    let sum = |name: &str, window: &str| {
        format!(
            "[[parameter]]\nid = \"{name}\"\nname_vi = \"m\"\nname_en = \"m\"\nunit = \"mm\"\ndecimals = 1\n\
             kind = \"amount\"\nwindow = \"{window}\"\n"
        )
    };
    let sums = [("rain_24h", "24h"), ("rain_72h", "72h"), ("basin_rain_6h", "6h")];
    let more: String = sums.iter().map(|(name, window)| sum(name, window)).collect();
    let battery = "[[parameter]]\nid = \"battery\"";
    let rule = "[[rule]]\nid = \"rain\"\n";
    let long = "[[rule]]\nid = \"long\"\nname_vi = \"m\"\nname_en = \"m\"\nhazard = \"rain\"\nsource = \"t\"\n\
                [rule.watch]\nkind = \"threshold\"\nparameter = \"rain_72h\"\n\
                levels = [{ level = 1, name = \"60\", raise = 60.0, clear = 50.0 }]\n\
                clear_hold = \"1h\"\nmax_gap = \"1h\"\n[[rule]]\nid = \"rain\"\n";
    pack_with(&[
        ("parameters.toml", battery, &format!("{more}{battery}")),
        ("rules.toml", rule, long),
        ("stations.toml", "interval = \"1min\"\nsilent_after = \"30min\"", TEN),
        ("stations.toml", HOUR, TEN),
        ("quality.toml", "fail_max = 100.0", "suspect_max = 40.0\nfail_max = 100.0"),
        (
            "quality.toml",
            "[[limits]]\nparameter = \"wind_speed\"",
            "[[limits]]\nparameter = \"rain_counter\"\nsource = \"t\"\n[limits.limits.gross]\nfail_min = 0.0\n\
             [[limits]]\nparameter = \"wind_speed\"",
        ),
    ])
}

fn world() -> World {
    World::new(Realm::Actual, pack())
}

fn of(parameter: &str, at: Time, value: f64) -> String {
    format!(r#"{{"time":"{at}","readings":{{"{parameter}":{value:.1}}}}}"#)
}

fn array(parameter: &str, all: impl Iterator<Item = (Time, f64)>) -> String {
    let all: Vec<_> = all.map(|(at, value)| of(parameter, at, value)).collect();
    format!("[{}]", all.join(","))
}

/// A counter's totals, ten minutes apart from minute 0 on, each as a message.
fn count(world: &mut World, totals: &[f64]) {
    for (n, total) in (0..).zip(totals) {
        let at = t(10 * n);
        world.send(at + Span::seconds(2), "duoi", &of("rain_counter", at, *total));
    }
}

/// What fell at each of the ten minutes.
fn fallen(world: &World) -> Vec<(i64, Option<f64>, QcFlag)> {
    let all = world.readings("duoi", "rain");
    all.values()
        .map(|r| ((r.observed_at - t(0)).millis() / 60_000, r.value, r.verdict.flag))
        .collect()
}

fn total(world: &World) -> f64 {
    let sum: f64 = fallen(world)
        .iter()
        .filter(|(.., flag)| *flag != QcFlag::Bad)
        .filter_map(|(_, mm, _)| *mm)
        .sum();
    (sum * 10.0).round() / 10.0
}

fn newest(world: &World, station: &str, parameter: &str) -> (f64, u8, QcFlag) {
    let all = world.readings(station, parameter);
    let newest = all.values().next_back().unwrap();
    (newest.value.unwrap(), newest.completeness, newest.verdict.flag)
}

#[test]
fn a_counter_that_drops_out_rained_nothing_and_alarms_nobody() {
    for (totals, mm) in [
        (&[38.4, 38.4, 0.0, 38.4, 38.4][..], 0.0),
        (&[38.4, 38.4, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 38.4, 38.4], 0.0),
        (&[38.4, 38.4, 38.4, 0.0, 38.6, 38.6], 0.2),
        (&[100.2, 0.0, 100.2], 0.0),
        (&[400.0, 0.0, 400.0], 0.0),
        (&[35.0, 0.0, 35.2], 0.2),
        (&[35.0, 3_500.0, 35.2], 0.2),
        (&[35.0, 3_500.0, 3_500.0, 35.2], 0.2),
        (&[70.0, 38.0, 70.0], 0.0),
    ] {
        let mut world = world();
        count(&mut world, totals);
        assert_eq!(total(&world), mm, "{totals:?}: {:?}", fallen(&world));
        assert_eq!(newest(&world, "duoi", "rain_24h").0, mm, "{totals:?}");
        let raised = world.transitions("rain").into_iter().chain(world.transitions("long"));
        assert!(!raised.into_iter().any(|t| t.to == L1 && !t.provisional), "{totals:?}");
    }
}

#[test]
fn rain_after_a_reset_is_sure_and_an_alarm_on_it_ends() {
    let mut world = world();
    count(&mut world, &[60.0, 80.0, 0.0, 20.0, 40.0, 60.0, 80.0, 85.0]);
    assert!(fallen(&world).iter().all(|(.., flag)| *flag == QcFlag::Good), "{:?}", fallen(&world));
    assert_eq!(newest(&world, "duoi", "rain_1h"), (85.0, 100, QcFlag::Good));
    let raised = world.transitions("rain");
    assert!(raised.iter().all(|change| !change.provisional) && raised.last().unwrap().to == L1);
    // A reset each day at 19 h, 18 h after minute 0, and four dry days.
    for n in 8..600 {
        let total = if n < 108 { 85.0 } else { 0.0 };
        world.send(t(10 * n) + Span::seconds(2), "duoi", &of("rain_counter", t(10 * n), total));
    }
    assert_eq!(newest(&world, "duoi", "rain_72h"), (0.0, 100, QcFlag::Good));
    for rule in ["rain", "long"] {
        assert_eq!(world.transitions(rule).last().unwrap().to, AlarmState::Normal, "{rule}");
    }
}

#[test]
fn one_doubted_report_makes_no_three_days_unsure() {
    let mut world = world();
    let mut send = |n: i64, mm: f64| {
        world.send(t(10 * n) + Span::seconds(2), "tren", &of("rain", t(10 * n), mm));
    };
    send(0, 45.0); // Suspect: more than 40 mm.
    (1..=24).for_each(|n| send(n, 3.0));
    // 45 + 72 stated, 72 of them sure.
    (25..=480).for_each(|n| send(n, 0.0));
    let changes: Vec<_> = world.transitions("long").iter().map(|t| (t.to, t.provisional)).collect();
    assert_eq!(changes[1..], [(L1, true), (L1, false), (AlarmState::Normal, false)], "{changes:?}");
    // The sum of 72 h holds the burst until the 72nd hour: it ends with what is stated, not later.
    let ended = world.transitions("long").last().unwrap().at;
    assert!(ended <= t(72 * 60 + 240), "{ended}");
}

#[test]
fn a_flag_and_a_missing_clock_of_a_counter_are_those_of_its_rain() {
    let mut world = world();
    count(&mut world, &[10.0, 10.2]);
    let marked = format!(
        r#"{{"time":"{}","readings":{{"rain_counter":{{"value":10.4,"quality":"suspect"}}}}}}"#,
        t(20)
    );
    world.send(t(20), "duoi", &marked);
    assert_eq!(fallen(&world).last(), Some(&(20, Some(0.2), QcFlag::Suspect)));
    world.send(t(30), "duoi", r#"{"readings":{"rain_counter":10.6}}"#);
    world.send(t(40), "duoi", r#"{"readings":{"rain_counter":10.8}}"#);
    let last = *world.readings("duoi", "rain").values().next_back().unwrap();
    assert_eq!(
        (last.verdict.flag, last.origin),
        (QcFlag::NotEvaluated, domain::Origin::ReceiveTime)
    );
}

#[test]
fn a_lump_is_spread_by_the_backlog_that_follows_it() {
    for restart in [false, true] {
        let mut world = world();
        world.send(t(0), "duoi", &of("rain_counter", t(0), 10.0));
        world.send(t(360), "duoi", &of("rain_counter", t(360), 100.0));
        world.tick(t(366));
        assert_eq!(total(&world), 90.0);
        if restart {
            world.restart();
        }
        // 90 mm between the second and the third hour.
        let then = |n: i64| 10.0 + 15.0 * (n - 12).clamp(0, 6) as f64;
        world.send(t(367), "duoi", &array("rain_counter", (1..36).map(|n| (t(10 * n), then(n)))));
        assert_eq!(fallen(&world).len(), 36);
        assert_eq!(total(&world), 90.0);
        assert_eq!(fallen(&world).last(), Some(&(360, Some(0.0), QcFlag::Good)));
        assert_eq!(world.readings("duoi", "rain_1h")[&t(180)].value, Some(90.0));
        assert_eq!(newest(&world, "duoi", "rain_1h").0, 0.0);
        assert_eq!(newest(&world, "duoi", "rain_24h").0, 90.0);
        let late: Vec<_> = world.transitions("rain").into_iter().filter(|t| t.late).collect();
        assert!(late.iter().any(|t| t.to == L1), "{late:?}");
    }
}

#[test]
fn late_reports_restate_every_sum_once_and_are_judged_as_late() {
    let mut world = world();
    world.send(t(0), "tren", &of("rain", t(0), 0.0));
    world.send(t(150), "tren", &of("rain", t(150), 0.0));
    world.tick(t(156));
    let before = world.outcomes.len();
    world.send(t(157), "tren", &array("rain", (1..=6).map(|n| (t(10 * n), 20.0))));
    assert_eq!(world.readings("tren", "rain_1h")[&t(60)].value, Some(120.0));
    assert_eq!(world.readings("tren", "rain_24h")[&t(150)].value, Some(120.0));
    let late = world.transitions("rain");
    assert!(late.iter().any(|t| t.late && t.to == L1), "{late:?}");
    let out = &world.outcomes[before];
    let mut seen = std::collections::BTreeSet::new();
    let twice = out.readings.iter().filter(|r| !seen.insert((r.series, r.observed_at))).count();
    assert_eq!(twice, 0, "each sum once");
}

#[test]
fn a_basin_mean_loses_no_report_that_is_seconds_off() {
    for (off, interval) in [(0, 10), (7, 10), (-7, 10), (150, 10), (7, 60), (-7, 60)] {
        let ten = format!("interval = \"{interval}min\"\nsilent_after = \"30d\"");
        let mut files = pack();
        let stations = files.get_mut("stations.toml").unwrap();
        *stations = stations.replace(TEN, &ten);
        let mut world = World::new(Realm::Actual, files);
        for n in 0..=(12 * 60 / interval) {
            let at = t(interval * n) + Span::seconds(off);
            let each = interval as f64 / 10.0;
            world.send(at + Span::seconds(1), "tren", &of("rain", at, each));
            world.send(at + Span::seconds(2), "duoi", &of("rain_counter", at, each * n as f64));
        }
        for (parameter, mm) in [("basin_rain_1h", 6.0), ("basin_rain_6h", 36.0)] {
            let all = world.readings("vung", parameter);
            let at = t(600);
            let mean =
                all.get(&at).unwrap_or_else(|| panic!("no {parameter}: {off} s, {interval}"));
            assert_eq!((mean.value, mean.completeness), (Some(mm), 100), "{off} s, {interval} min");
        }
    }
}

#[test]
fn a_basin_waits_for_no_dead_gauge_and_catches_up_in_one_go() {
    let mut world = world();
    for n in 0..6 {
        world.send(t(10 * n), "duoi", &of("rain_counter", t(10 * n), 0.0));
        world.send(t(10 * n) + Span::seconds(1), "tren", &of("rain", t(10 * n), 0.0));
    }
    // The bucket of `tren` dies, its other sensors live; then the centre is cut off for twelve hours.
    world.tick(t(60));
    let backlog = (6..=72).map(|n| (t(10 * n), n as f64));
    world.send(t(725), "duoi", &array("rain_counter", backlog));
    world.send(t(725), "tren", r#"{"readings":{"battery":12.4}}"#);
    world.tick(t(731));
    let means = world.readings("vung", "basin_rain_1h");
    assert_eq!(means.keys().next_back(), Some(&t(720)));
    assert!((6..=72).all(|n| means.contains_key(&t(10 * n))), "{:?}", means.keys());
    // Later steps are stated as the living gauge speaks, at once.
    world.send(t(735), "duoi", &of("rain_counter", t(730), 73.0));
    assert!(world.readings("vung", "basin_rain_1h").contains_key(&t(730)));
}

#[test]
fn a_basin_knows_all_steps_of_a_first_backlog_and_those_a_late_one_touches() {
    let mut world = world();
    let backlog = || (0..=12).map(|n| (t(10 * n), n as f64));
    world.send(t(121), "duoi", &array("rain_counter", backlog()));
    world.tick(t(130));
    let means = world.readings("vung", "basin_rain_1h");
    assert_eq!(means[&t(60)].value, Some(6.0));
    // The other gauge was dry, and comes late.
    world.send(t(140), "tren", &array("rain", backlog().map(|(at, _)| (at, 0.0))));
    let means = world.readings("vung", "basin_rain_1h");
    let mean = means[&t(60)];
    assert_eq!((mean.value, mean.completeness, mean.late), (Some(3.0), 100, true));
}

#[test]
fn a_basin_follows_the_gauge_that_lives() {
    let with = |sensor: &str, at: Time, mm: f64| {
        format!(r#"{{"time":"{at}","readings":{{"rain":{{"value":{mm},"sensor":"{sensor}"}}}}}}"#)
    };
    let mut world = world();
    // A bench test first, then the main gauge.
    world.send(t(0), "tren", &with("test", t(0), 0.0));
    for n in 1..=12 {
        world.send(t(10 * n), "tren", &of("rain", t(10 * n), 5.0));
    }
    world.tick(t(126));
    assert_eq!(newest(&world, "vung", "basin_rain_1h").0, 30.0);
    // The main gauge dies; another one takes over.
    for n in 13..=24 {
        world.send(t(10 * n), "tren", &with("moi", t(10 * n), 1.0));
    }
    world.tick(t(246));
    assert_eq!(newest(&world, "vung", "basin_rain_1h").0, 6.0);
}

#[test]
fn a_retired_gauge_is_no_member_of_its_basin() {
    let mut files = pack();
    let stations = files.get_mut("stations.toml").unwrap();
    *stations =
        stations.replacen("battery_low = 11.5", "battery_low = 11.5\nretired = [\"main\"]", 1);
    let mut world = World::new(Realm::Actual, files);
    for n in 0..=12 {
        world.send(t(10 * n), "tren", &of("rain", t(10 * n), 5.0));
    }
    world.tick(t(130));
    assert!(world.readings("vung", "basin_rain_1h").is_empty());
    assert_eq!(world.readings("tren", "rain").len(), 13, "what it sends is kept");
}

#[test]
fn a_rejected_total_takes_its_rain_along() {
    let mut world = world();
    count(&mut world, &[10.0, 10.0, 30.0, 30.0]);
    assert_eq!(newest(&world, "duoi", "rain_24h").0, 20.0);
    world.review(t(31), ("duoi", "rain_counter"), domain::Decision::Correct, (20, 30), Some(10.2));
    assert_eq!(total(&world), 0.2);
    assert_eq!(newest(&world, "duoi", "rain_24h").0, 0.2);
}

#[test]
fn an_hourly_gauge_whose_clock_is_seconds_off_clears() {
    let hourly = (
        "stations.toml",
        "interval = \"1min\"\nsilent_after = \"30min\"",
        "interval = \"1h\"\nsilent_after = \"3h\"",
    );
    let hold = (
        "rules.toml",
        "clear_hold = \"10min\"\nmax_gap = \"90s\"\nconfirm",
        "clear_hold = \"3h\"\nmax_gap = \"60min\"\nconfirm",
    );
    let mut world = World::new(Realm::Actual, pack_with(&[hourly, hold]));
    let stages = [5.7, 6.2, 5.7, 5.6, 5.55, 5.5, 5.46, 5.42, 5.4, 5.38];
    for (n, metres) in (0..).zip(stages) {
        let at = t(60 * n) + Span::seconds(5 * (n % 2));
        world.send(
            at,
            "tren",
            &format!(r#"{{"time":"{at}","readings":{{"water_level":{metres}}}}}"#),
        );
    }
    let changes: Vec<_> = world.transitions("stage").iter().map(|t| t.to).collect();
    assert_eq!(changes, [L1, AlarmState::Normal]);
}

#[test]
fn a_day_of_rain_holds_the_report_that_ends_it_seconds_late() {
    // Minute 0 is 01:00; 19:00 is minute 1080.
    for off in [-7, 0, 7] {
        let mut world = world();
        for n in -36..=114 {
            let at = t(10 * n) + Span::seconds(off);
            world.send(at, "tren", &of("rain", at, 0.5));
        }
        let days = world.readings("tren", "rain_day");
        let at = t(1_080) + Span::seconds(off);
        assert_eq!((days[&at].value, days[&at].completeness), (Some(72.0), 100), "{off} s");
        let next = t(1_090) + Span::seconds(off);
        assert_eq!(days[&next].value, Some(0.5), "{off} s");
    }
}
