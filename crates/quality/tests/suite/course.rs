//! What a water level can do: rises are borne out by water that moves, falls by nothing that the sensor says itself.

use crate::common::{check, judged, limits, minute, point};
use domain::QcFlag;
use quality::Track;

const STAGE: &str = "rate = { suspect = 1.5, per = '1h', tolerance = 0.5 }\n\
                     recession = { fastest = 0.3, per = '1h', tolerance = 0.2 }\n\
                     cross_check = { tolerance = 0.1, within = '25min' }";
/// Values at the crest that prove the first.
const CREST: &str = "0:7.58 10:7.59 20:7.6 30:7.6";

fn after_crest(values: &str, flags: &str) {
    check(STAGE, &format!("{CREST} {values}"), &format!("2111{flags}"));
}

#[test]
fn a_sensor_that_fell_dry_is_never_believed() {
    after_crest("40:0 50:0 60:0 70:0 2000:0 4000:0", "333333");
    after_crest("40:3.8 50:3.81 60:3.79 70:3.8 1500:3.8", "33333");
}

#[test]
fn nor_is_one_that_slipped_in_one_step_or_in_small_ones() {
    after_crest("40:6.6 50:6.6 60:6.61 70:6.6 400:6.4 1000:6.0", "333333");
    after_crest("40:7.5 50:7.4 60:7.3 70:7.2 80:7.1 90:7.0 100:6.9", "1111333");
}

#[test]
fn nor_one_that_drifts_faster_than_water_falls() {
    let drift: String =
        (1..=30).map(|n| format!(" {}:{}", 30 + n * 10, 7.6 - 0.1 * f64::from(n))).collect();
    let (_, flags) = flags_of(&drift);
    assert_eq!(flags.iter().filter(|flag| **flag == QcFlag::Suspect).count(), 27, "{flags:?}");
}

#[test]
fn a_recession_is_good_to_its_end() {
    let water: String = (1..=200)
        .map(|n| format!(" {}:{}", 30 + n * 10, 3.8 + 3.8 * (-0.006 * f64::from(n)).exp()))
        .collect();
    let (_, flags) = flags_of(&water);
    assert!(flags[4..].iter().all(|flag| *flag == QcFlag::Good), "{flags:?}");
}

#[test]
fn a_recession_after_a_long_silence_is_good_too() {
    after_crest("600:4.9 610:4.88", "11");
    after_crest("300:4.9 310:4.88", "33");
}

#[test]
fn a_fall_is_over_when_the_value_comes_back() {
    after_crest("40:0 50:7.55 60:7.5", "311");
    after_crest("40:5 50:7.6 60:5 70:7.6 80:5", "31313");
    // But not when it goes from one end to the other, however long it was at the first.
    after_crest("40:0 50:0 400:0 410:11.9 420:11.9 430:11.9", "333333");
}

#[test]
fn a_rise_is_borne_out_by_water_that_moves_and_by_no_value_that_stands_still() {
    check(STAGE, "0:3.8 10:3.8 20:3.8 30:6.0 40:6.6 50:6.9 60:7.1", "2113311");
    check(STAGE, "0:3.8 10:3.8 20:3.8 30:9.9 40:9.9 50:9.9 60:9.9 900:9.9", "21133333");
    check(STAGE, "0:3.8 10:3.8 20:3.8 30:9.9 40:9.92 50:9.9 60:9.91 900:9.9", "21133333");
    check(STAGE, "0:3.8 10:3.8 20:3.8 30:6.0 31:6.6 32:6.9 33:7.2", "2113333");
    check(STAGE, "0:3.8 10:3.8 20:3.8 30:9.9 40:3.8 50:9.9 60:3.8", "2113131");
}

#[test]
fn what_bears_a_rise_out_says_since_when() {
    let series = "0:3.8 10:3.8 20:3.8 30:6.0 40:6.6 50:6.9";
    let (all, _) = judged(&limits(STAGE), &parse(series));
    assert_eq!(all[5].bears_out, Some(minute(30)));
}

#[test]
fn a_first_value_that_was_wrong_spoils_nothing() {
    check(STAGE, "0:9.9 10:3.8 20:3.8 30:3.81", "2311");
    check(STAGE, "0:0 10:3.8 20:3.8 30:3.81", "2311");
}

#[test]
fn a_sibling_that_is_good_bears_a_fall_out() {
    let limits = limits(STAGE);
    let mut track = Track::default();
    for (at, value) in [(0, 7.6), (10, 7.6), (20, 7.6), (30, 7.6)] {
        track.judge(&limits, minute(at), Some(value), None, true, &[]);
    }
    let mut with = |at, flag| {
        let siblings = [point(at, 5.05, flag)];
        track.judge(&limits, minute(at), Some(5.0), None, true, &siblings).verdict.flag
    };
    assert_eq!(with(40, QcFlag::Suspect), QcFlag::Suspect);
    assert_eq!(with(50, QcFlag::Good), QcFlag::Good);
}

#[test]
fn a_person_who_accepts_a_fall_makes_it_the_course() {
    let limits = limits(STAGE);
    let mut track = Track::default();
    for (at, value) in [(0, 7.6), (10, 7.6), (20, 7.6), (30, 5.0)] {
        track.judge(&limits, minute(at), Some(value), None, true, &[]);
    }
    track.decided(minute(30), Some(5.0), None);
    let next = track.judge(&limits, minute(40), Some(4.98), None, true, &[]);
    assert_eq!(next.verdict.flag, QcFlag::Good);
    assert!(track.doubt().is_none());
}

/// The first word of a logger that was silent for hours may be anything; what is repeated is believed.
#[test]
fn what_rose_in_a_silence_must_be_repeated() {
    let calm = "0:3.8 10:3.81 20:3.8 30:3.8";
    check(STAGE, &format!("{calm} 300:9.1 310:3.8 320:3.81"), "2111211");
    check(STAGE, &format!("{calm} 300:9.1 310:9.1 320:3.8 330:3.8"), "21112211");
    check(STAGE, &format!("{calm} 300:7.2 310:7.25 320:7.3 330:7.3"), "21112211");
    check(STAGE, &format!("{calm} 300:9.1 310:6.2 320:11.0 330:3.8"), "21112231");
    check(STAGE, &format!("{calm} 300:4.25 310:4.3"), "211111");
    // Once an hour is no silence.
    check(STAGE, "0:3.8 60:3.81 120:3.8 180:3.8 240:5.2 300:6.4", "211111");
}

/// One value that was too high, but not so high that it is doubted, must not make every value after it a fall.
#[test]
fn a_value_that_was_a_little_too_high_makes_no_fall_of_those_after_it() {
    after_crest("40:8.08 50:7.6 60:7.6 70:7.59 120:7.58 400:7.3 410:7.29", "1111111");
    after_crest("40:8.05 50:7.6 60:8.06 70:7.6 80:7.58 90:8.07 100:7.57", "1111111");
}

/// A sensor that slipped and goes on rising shows less than there is: what it reaches is reached, and it lowers nothing.
#[test]
fn a_sensor_that_slipped_and_rises_above_what_it_showed_is_believed_to_rise_only() {
    let limits = limits(STAGE);
    let mut track = Track::default();
    let mut see = |at: i64, value: f64| {
        let flag = track.judge(&limits, minute(at), Some(value), None, true, &[]).verdict.flag;
        (flag, track.is_proven(&limits))
    };
    for (at, value) in [(0, 6.0), (10, 6.1), (20, 6.2), (30, 6.3)] {
        see(at, value);
    }
    let rising = |n: i64| 5.5 + 0.12 * n as f64;
    for n in 0..20 {
        let (flag, proven) = see(40 + n * 10, rising(n));
        let expected = if rising(n) >= 6.3 { QcFlag::Good } else { QcFlag::Suspect };
        assert_eq!((flag, proven), (expected, false), "{:.2}", rising(n));
    }
    assert_eq!(see(240, 9.9).0, QcFlag::Suspect, "a leap is none of that");
}

/// What a person said is wrong is over when the sensor shows something else that water can be, be it near.
#[test]
fn a_fall_that_a_person_denied_is_over_when_the_sensor_leaves_it() {
    let after = |denied: bool, next: f64| {
        let limits = limits(STAGE);
        let mut track = Track::default();
        for (at, value) in
            [(0, 7.58), (10, 7.59), (20, 7.6), (30, 7.6), (40, 3.0), (50, 3.0), (720, 3.01)]
        {
            track.judge(&limits, minute(at), Some(value), None, true, &[]);
        }
        if denied {
            track.decided(minute(720), None, Some(point(30, 7.6, QcFlag::Good)));
        }
        track.judge(&limits, minute(730), Some(next), None, true, &[]).verdict.flag
    };
    assert_eq!(after(true, 4.9), QcFlag::Good);
    assert_eq!(after(true, 3.0), QcFlag::Suspect);
    // Long enough after, the same lie is where water could be by now.
    assert_eq!(after(false, 4.9), QcFlag::Suspect);
}

fn flags_of(after: &str) -> (Vec<quality::Judged>, Vec<QcFlag>) {
    judged(&limits(STAGE), &parse(&format!("{CREST}{after}")))
}

fn parse(series: &str) -> Vec<(i64, Option<f64>)> {
    let of = |item: &str| {
        let (at, value) = item.split_once(':').expect("minute:value");
        (at.parse().expect("a minute"), Some(value.parse().expect("a value")))
    };
    series.split_whitespace().map(of).collect()
}
