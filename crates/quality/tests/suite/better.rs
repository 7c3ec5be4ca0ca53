//! Where we must be better than the reference implementations.

use crate::common::{check, judged, limits, minute, point};
use domain::{Check, CheckSet, Point, QcFlag, Verdict};
use quality::Track;

const STAGE: &str = "rate = { suspect = 0.5, per = '10min' }";

#[test]
fn after_a_gap_a_change_is_measured_over_the_time_that_passed() {
    check(STAGE, "0:2 10:2.1 130:8", "211");
    check(STAGE, "0:2 10:2.1 130:8.2", "213");
}

#[test]
fn a_bad_value_is_nothing_to_compare_with() {
    let limits_text = format!("{STAGE}\ngross = {{ fail_max = 15.0 }}");
    check(&limits_text, "0:2 10:99 20:2.1 30:2.2", "2411");
    check(&limits_text, "0:2 10:99 20:14 30:2.2", "2431");
}

#[test]
fn a_flash_flood_is_suspect_at_the_jump_and_good_two_readings_later() {
    check(STAGE, "0:2 10:2.1 20:4.5 30:4.8 40:5.1 50:5.3", "213111");
}

#[test]
fn a_flood_that_keeps_rising_too_fast_stays_suspect_until_it_slows_down() {
    check(STAGE, "0:2 10:3 20:4 30:5 40:6 50:6.2 60:6.3", "2333311");
}

#[test]
fn a_rise_beyond_the_fail_limit_recovers_through_suspect() {
    let limits = "rate = { suspect = 0.5, fail = 2.0, per = '10min' }";
    check(limits, "0:2 10:9 20:9.1 30:9.2 40:9.3", "24311");
}

#[test]
fn an_outlier_that_returns_leaves_its_successor_good() {
    check(STAGE, "0:2 10:9 20:2.1 30:2.2", "2311");
    let both = format!("{STAGE}\nspike = {{ suspect = 0.5, fail = 3.0 }}");
    check(&both, "0:2 10:9 20:2.1 30:2.2", "2411");
}

#[test]
fn a_flood_crest_that_looks_like_a_spike_is_confirmed_by_the_falling_water() {
    let limits = format!("{STAGE}\nspike = {{ suspect = 0.3, fail = 0.45 }}");
    check(&limits, "0:2 10:9 20:8.6 30:8.4", "2311");
    check(&limits, "0:2 10:9 20:8.51 30:8.3", "2431");
}

#[test]
fn a_sensor_that_flips_between_two_values_is_never_believed() {
    check(STAGE, "0:2 10:9 20:2 30:9 40:2 50:9 60:2", "2313131");
}

#[test]
fn a_spike_that_passed_the_rate_check_is_taken_out_of_later_comparisons() {
    let text = "rate = { suspect = 1.0, per = '10min' }\nspike = { suspect = 0.5, fail = 0.8 }";
    let series = [(0, Some(2.0)), (10, Some(2.9)), (20, Some(1.9)), (30, Some(1.8))];
    let (all, flags) = judged(&limits(text), &series);
    assert_eq!(flags[1..], [QcFlag::Bad, QcFlag::Good, QcFlag::Good]);
    let expected = Verdict { flag: QcFlag::Bad, failed: CheckSet::from_iter([Check::Spike]) };
    assert_eq!(all[2].revised, Some((minute(10), 2.9, expected)));
}

#[test]
fn a_revised_value_is_no_longer_the_last_good_one() {
    let limits = limits("gross = { fail_max = 15.0 }\nspike = { fail = 0.8 }");
    let mut track = Track::default();
    let mut judge =
        |minutes, value| track.judge(&limits, minute(minutes), Some(value), None, true, &[]);
    judge(0, 2.0);
    judge(10, 9.0);
    let judged = track.judge(&limits, minute(20), Some(99.0), None, true, &[]);
    assert_eq!(
        (judged.verdict.flag, judged.revised),
        (QcFlag::Bad, None),
        "a bad neighbour decides nothing"
    );
    assert_eq!(track.last_good().map(|point| point.value), Some(9.0));

    let mut track = Track::default();
    let mut judge =
        |minutes, value| track.judge(&limits, minute(minutes), Some(value), None, true, &[]);
    judge(0, 2.0);
    judge(10, 9.0);
    assert!(judge(20, 2.1).revised.is_some());
    assert_eq!(track.last_good(), Some(point(20, 2.1, QcFlag::Good)));
}

#[test]
fn a_real_flood_that_looks_like_a_spike_is_suspect_and_keeps_its_value() {
    let series = [(0, Some(2.0)), (10, Some(6.0)), (20, Some(5.8))];
    let (all, _) = judged(&limits(STAGE), &series);
    assert_eq!(all[1].verdict.flag, QcFlag::Suspect);
    assert!(all[1].verdict.failed.contains(Check::Rate));
    assert_eq!(all[2].verdict, Verdict::GOOD);
}

#[test]
fn a_flat_line_is_found_by_time_however_few_points_there_are() {
    check("flat_line = { suspect = '6h' }", "0:1 360:1", "13");
    check("flat_line = { suspect = '6h' }", "0:1 1:1 2:1 3:1 4:1 5:1 6:1 7:1", "11111111");
}

#[test]
fn a_gap_ends_a_flat_line() {
    let limits = "gap = '1h'\nflat_line = { suspect = '3h' }";
    check(limits, "0:1 60:1 120:1 180:1", "1113");
    check(limits, "0:1 60:1 121:1 180:1 240:1", "11111");
}

#[test]
fn dry_weather_and_saturated_air_are_no_flat_line() {
    let rain = "flat_line = { suspect = '30min', ignore_at_or_below = 0.0 }";
    check(rain, "0:0 30:0 60:0 90:0.2 120:0.2", "11113");
    let humidity = "flat_line = { suspect = '30min', ignore_at_or_above = 95.0 }";
    check(humidity, "0:100 30:100 60:94 90:94", "1113");
}

#[test]
fn a_gap_is_noted_and_does_not_touch_the_flag() {
    let series = [(0, Some(2.0)), (60, Some(2.0)), (121, Some(2.0))];
    let (all, flags) = judged(&limits("gap = '1h'\ngross = { fail_min = 0.0 }"), &series);
    assert_eq!(flags, [QcFlag::Good; 3]);
    let noted: Vec<_> = all.iter().map(|j| j.verdict.failed.contains(Check::Gap)).collect();
    assert_eq!(noted, [false, false, true]);
}

#[test]
fn missing_is_always_missing_whatever_else_is_wrong() {
    let limits =
        limits("gross = { fail_min = 0.0 }\nrate = { fail = 1.0, per = '1h' }\ngap = '1h'");
    let verdict = Track::default().judge(&limits, minute(0), None, Some("bad"), false, &[]).verdict;
    assert_eq!(verdict, Verdict::MISSING);
}

#[test]
fn a_receive_time_is_never_better_than_not_evaluated() {
    let limits = limits("gross = { fail_min = 0.0 }");
    let verdict =
        |value| Track::default().judge(&limits, minute(0), Some(value), None, false, &[]).verdict;
    let clock = CheckSet::from_iter([Check::Clock]);
    assert_eq!(verdict(1.0), Verdict { flag: QcFlag::NotEvaluated, failed: clock });
    assert_eq!(verdict(-1.0).flag, QcFlag::Bad);
}

#[test]
fn the_station_may_doubt_its_own_value() {
    let limits = limits("gross = { fail_min = 0.0 }");
    let check = |mark: &str, flag: QcFlag, noted: bool| {
        let judged = Track::default().judge(&limits, minute(0), Some(1.0), Some(mark), true, &[]);
        let expected =
            if noted { CheckSet::from_iter([Check::StationMark]) } else { CheckSet::NONE };
        assert_eq!(judged.verdict, Verdict { flag, failed: expected }, "{mark}");
    };
    check("good", QcFlag::Good, false);
    check("00", QcFlag::Good, false);
    check("", QcFlag::Good, false);
    check("Suspect", QcFlag::Suspect, true);
    check("nghi ngờ", QcFlag::Suspect, true);
    check("02", QcFlag::Bad, true);
    check("lỗi", QcFlag::Bad, true);
    check("splendid", QcFlag::NotEvaluated, true);
}

#[test]
fn a_value_the_station_calls_bad_is_nothing_to_compare_with() {
    let limits = limits(STAGE);
    let mut track = Track::default();
    track.judge(&limits, minute(0), Some(2.0), None, true, &[]);
    track.judge(&limits, minute(10), Some(9.0), Some("error"), true, &[]);
    let next = track.judge(&limits, minute(20), Some(2.1), None, true, &[]);
    assert_eq!(next.verdict, Verdict::GOOD);
}

#[test]
fn redundant_sensors_are_compared_when_there_are_any() {
    let limits =
        limits("gross = { fail_min = 0.0 }\ncross_check = { tolerance = 0.1, within = '20min' }");
    let check = |siblings: &[Point], flag: QcFlag| {
        let judged = Track::default().judge(&limits, minute(60), Some(2.0), None, true, siblings);
        assert_eq!(judged.verdict.flag, flag, "{siblings:?}");
    };
    check(&[], QcFlag::Good);
    check(&[point(50, 2.1, QcFlag::Good)], QcFlag::Good);
    check(&[point(50, 2.2, QcFlag::Good)], QcFlag::Suspect);
    check(&[point(50, 2.2, QcFlag::Good), point(50, 2.0, QcFlag::Suspect)], QcFlag::Good);
    check(&[point(40, 2.1, QcFlag::Good)], QcFlag::Good);
    check(&[point(39, 2.0, QcFlag::Good)], QcFlag::NotEvaluated);
    check(&[point(60, 9.0, QcFlag::Bad)], QcFlag::NotEvaluated);
}

#[test]
fn a_late_value_is_judged_against_its_neighbours_in_time() {
    let limits = limits(
        "gap = '1h'\nrate = { suspect = 0.5, per = '10min' }\nspike = { fail = 1.0 }\n\
         gross = { fail_max = 15.0 }\nflat_line = { suspect = '1h' }",
    );
    let mut track = Track::default();
    for (minutes, value) in [(0, 2.0), (20, 2.2), (40, 3.0), (60, 3.0), (110, 3.0)] {
        track.judge(&limits, minute(minutes), Some(value), None, true, &[]);
    }
    let before = track;
    let good = |minutes, value| Some(point(minutes, value, QcFlag::Good));
    let check = |before, after, at, value, flag, failed: &[Check]| {
        let verdict = track.judge_late(&limits, before, after, minute(at), Some(value), None, true);
        assert_eq!(
            verdict,
            Verdict { flag, failed: failed.iter().copied().collect() },
            "{at} {value}"
        );
    };
    check(good(0, 2.0), good(20, 2.2), 10, 2.1, QcFlag::Good, &[]);
    check(good(0, 2.0), good(20, 2.2), 10, 9.0, QcFlag::Bad, &[Check::Rate, Check::Spike]);
    check(good(0, 2.0), good(20, 6.0), 10, 5.9, QcFlag::Good, &[]);
    check(None, None, 10, 2.1, QcFlag::NotEvaluated, &[]);
    check(good(0, 2.0), good(20, 2.2), 10, 16.0, QcFlag::Bad, &[Check::GrossRange]);
    check(good(-90, 2.0), good(0, 2.0), -10, 2.1, QcFlag::Good, &[Check::Gap]);
    check(good(-30, 2.0), good(0, 2.0), -10, 2.0, QcFlag::NotEvaluated, &[]);
    check(good(60, 3.0), good(110, 3.0), 105, 3.0, QcFlag::Suspect, &[Check::FlatLine]);
    check(good(60, 3.0), good(110, 3.0), 70, 3.0, QcFlag::Good, &[]);
    let bad = |minutes, value| Some(point(minutes, value, QcFlag::Bad));
    check(bad(0, 2.0), good(20, 6.0), 10, 5.9, QcFlag::Good, &[]);
    check(bad(0, 2.0), bad(20, 2.2), 10, 2.1, QcFlag::NotEvaluated, &[]);
    let missing = track.judge_late(&limits, None, None, minute(5), None, None, true);
    assert_eq!(missing, Verdict::MISSING);
    assert_eq!(track, before, "nothing changes");
}

#[test]
fn a_value_that_is_not_newer_changes_nothing() {
    let limits = limits(STAGE);
    let mut track = Track::default();
    track.judge(&limits, minute(0), Some(2.0), None, true, &[]);
    track.judge(&limits, minute(10), Some(2.1), None, true, &[]);
    let before = track;
    let again = track.judge(&limits, minute(10), Some(9.0), None, true, &[]);
    assert_eq!(again.verdict, Verdict::NOT_EVALUATED);
    let late = track.judge(&limits, minute(5), Some(9.0), None, true, &[]);
    assert_eq!(late.verdict.flag, QcFlag::Suspect);
    assert_eq!(track, before);
}

#[test]
fn a_late_value_counts_as_the_neighbour_it_fits_better() {
    let limits = limits("rate = { suspect = 0.5, fail = 2.0, per = '10min' }");
    let check = |before: f64, after: f64, flag: QcFlag| {
        let [before, after] = [point(0, before, QcFlag::Good), point(20, after, QcFlag::Good)];
        let track = Track::default();
        let verdict =
            track.judge_late(&limits, Some(before), Some(after), minute(10), Some(5.0), None, true);
        assert_eq!(verdict.flag, flag, "{before:?} {after:?}");
    };
    check(4.6, 9.0, QcFlag::Good);
    check(9.0, 5.4, QcFlag::Good);
    check(6.0, 9.0, QcFlag::Suspect);
    check(9.0, 6.0, QcFlag::Suspect);
    check(9.0, 9.0, QcFlag::Bad);
}
