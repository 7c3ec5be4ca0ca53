//! Series as text, so that tests read like tables.

use domain::{Point, QcFlag, Span, Time};
use quality::{Judged, Limits, Track};

/// Limits from TOML.
pub(crate) fn limits(text: &str) -> Limits {
    let limits: Limits = toml::from_str(text).expect("limits");
    assert_eq!(limits.faults(), [""; 0], "{text}");
    limits
}

/// That many minutes after a beginning.
pub(crate) fn minute(minutes: i64) -> Time {
    Time::from_millis(0) + Span::minutes(minutes)
}

/// Judges values at their minutes; a revision replaces the flag it revises.
pub(crate) fn judged(limits: &Limits, series: &[(i64, Option<f64>)]) -> (Vec<Judged>, Vec<QcFlag>) {
    let mut track = Track::default();
    let mut all = Vec::new();
    let mut flags: Vec<(Time, QcFlag)> = Vec::new();
    for (minutes, value) in series {
        let at = minute(*minutes);
        let judged = track.judge(limits, at, *value, None, true, &[]);
        if let Some((revised, _, verdict)) = judged.revised {
            let before = flags.iter_mut().find(|(at, _)| *at == revised);
            before.expect("a revision is of an earlier value").1 = verdict.flag;
        }
        flags.push((at, judged.verdict.flag));
        all.push(judged);
    }
    (all, flags.into_iter().map(|(_, flag)| flag).collect())
}

/// QARTOD numbers, one digit per value, after all revisions. `series` is `minute:value`, `-` = missing.
#[track_caller]
pub(crate) fn check(limits_text: &str, series: &str, expected: &str) {
    let series: Vec<_> = series.split_whitespace().map(parse).collect();
    let (_, flags) = judged(&limits(limits_text), &series);
    let got: String = flags.iter().map(|flag| char::from(b'0' + flag.number())).collect();
    assert_eq!(got, expected, "{limits_text} | {series:?}");
}

fn parse(item: &str) -> (i64, Option<f64>) {
    let (minute, value) = item.split_once(':').expect("minute:value");
    (minute.parse().expect("a minute"), (value != "-").then(|| value.parse().expect("a value")))
}

/// A point of another series.
pub(crate) fn point(minutes: i64, value: f64, flag: QcFlag) -> Point {
    Point { at: minute(minutes), value, flag }
}
