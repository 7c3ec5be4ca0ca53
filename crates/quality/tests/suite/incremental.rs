//! What the running checks say is what a plain look at the whole series says, and a restart changes nothing.

use crate::common::{judged, limits, minute};
use domain::{Check, QcFlag, Time};
use proptest::prelude::*;
use quality::{Judged, Limits, Track};

const LIMITS: [&str; 7] = [
    "gross = { fail_min = -5.0, fail_max = 15.0, suspect_max = 12.0 }",
    "rate = { suspect = 0.5, fail = 3.0, per = '10min' }",
    "gross = { fail_max = 15.0 }\nspike = { suspect = 0.5, fail = 3.0 }",
    "rate = { suspect = 0.5, per = '10min' }\nspike = { suspect = 0.2, fail = 0.4 }",
    "flat_line = { suspect = '30min', fail = '1h', tolerance = 0.15 }",
    "gap = '25min'\nflat_line = { suspect = '30min', ignore_at_or_below = 0.0 }\nspike = { suspect = 0.4 }",
    "gap = '25min'\nrate = { suspect = 0.5, per = '10min' }\nspike = { suspect = 0.5, fail = 3.0 }\n\
     gross = { fail_min = -5.0, fail_max = 15.0 }\nflat_line = { fail = '1h' }",
];

type Series = Vec<(i64, Option<f64>)>;

/// Series with plateaus, steps, spikes, nonsense, holes and missing values.
fn series() -> impl Strategy<Value = Series> {
    let value = prop_oneof![
        6 => (0..30_i32).prop_map(|tenths| Some(f64::from(tenths) / 10.0)),
        2 => Just(Some(1.0)),
        1 => Just(Some(9.0)),
        1 => Just(Some(99.0)),
        1 => Just(None),
    ];
    let step = prop_oneof![5 => Just(10_i64), 1 => Just(1), 1 => Just(40), 1 => 1..200_i64];
    prop::collection::vec((step, value), 1..60).prop_map(|items| {
        let mut at = 0;
        items
            .into_iter()
            .map(|(step, value)| {
                (
                    {
                        at += step;
                        at
                    },
                    value,
                )
            })
            .collect()
    })
}

/// The verdicts on a series, looked at whole. Written from the definitions, with no regard for speed.
mod batch {
    use super::*;

    /// What one value is, apart from its neighbours.
    fn usable(limits: &Limits, value: Option<f64>) -> bool {
        let gross = limits.gross.unwrap_or_default();
        value.is_some_and(|v| {
            gross.fail_min.is_none_or(|m| v >= m) && gross.fail_max.is_none_or(|m| v <= m)
        })
    }

    fn excess(size: f64, suspect: Option<f64>, fail: Option<f64>) -> QcFlag {
        let over = |limit: Option<f64>| limit.is_some_and(|limit| size > limit + 1e-9 * limit);
        if over(fail) {
            QcFlag::Bad
        } else if over(suspect) {
            QcFlag::Suspect
        } else {
            QcFlag::Good
        }
    }

    /// Whether the series has a hole between its positions `i` and `j`.
    fn hole(limits: &Limits, series: &Series, i: usize, j: usize) -> bool {
        let times: Vec<i64> =
            (i..=j).filter(|k| series[*k].1.is_some()).map(|k| series[k].0).collect();
        let far =
            |pair: &[i64]| limits.gap.is_some_and(|gap| minute(pair[1]) - minute(pair[0]) > gap);
        times.windows(2).any(far)
    }

    /// The left neighbour that counts for a spike at `i`: the nearest that is not itself a spike.
    fn left(limits: &Limits, series: &Series, i: usize, spikes: &[Option<QcFlag>]) -> Option<f64> {
        for j in (0..i).rev() {
            if !usable(limits, series[j].1) || hole(limits, series, j, j + 1) {
                return None;
            }
            if spikes[j].is_none() {
                return series[j].1;
            }
        }
        None
    }

    /// For each value, whether the one after it shows that it was a spike.
    fn spikes(limits: &Limits, series: &Series) -> Vec<Option<QcFlag>> {
        let mut spikes = vec![None; series.len()];
        let Some(limit) = limits.spike else { return spikes };
        for i in 1..series.len().saturating_sub(1) {
            let right = series[i + 1].1.filter(|_| !hole(limits, series, i, i + 1));
            let (true, true) = (usable(limits, series[i].1), usable(limits, right)) else {
                continue;
            };
            if let (Some(l), Some(m), Some(r)) =
                (left(limits, series, i, &spikes), series[i].1, right)
                && (m > l) == (m > r)
                && (m < l) == (m < r)
            {
                let flag = excess((m - l).abs().min((m - r).abs()), limit.suspect, limit.fail);
                spikes[i] = (flag != QcFlag::Good).then_some(flag);
            }
        }
        spikes
    }

    /// Rate of change of the value at `n`, from everything that was known when it came.
    fn rate(
        limits: &Limits,
        series: &Series,
        spikes: &[Option<QcFlag>],
        n: usize,
    ) -> Option<QcFlag> {
        let limit = limits.rate?;
        let mut trusted: Option<(i64, f64)> = None;
        let mut doubted: Option<(i64, f64, QcFlag)> = None;
        let mut answer = None;
        for i in (0..=n).filter(|i| usable(limits, series[*i].1)) {
            let now = (series[i].0, series[i].1?);
            let size = |from: (i64, f64)| (now.1 - from.1).abs() * 10.0 / (now.0 - from.0) as f64;
            let flag_against = |from| excess(size(from), limit.suspect, limit.fail);
            let (flag, trust) = match (trusted, doubted) {
                (None, _) => (QcFlag::NotEvaluated, true),
                (Some(t), _) if flag_against(t) == QcFlag::Good => (QcFlag::Good, true),
                (Some(_), Some((at, v, was))) if flag_against((at, v)) == QcFlag::Good => {
                    if was == QcFlag::Bad { (QcFlag::Suspect, false) } else { (QcFlag::Good, true) }
                }
                (Some(t), _) => (flag_against(t), false),
            };
            answer = Some(flag);
            let spike = spikes[i].filter(|_| i < n);
            match (trust, spike) {
                (true, None) => (trusted, doubted) = (Some(now), None),
                (true, Some(_)) | (false, Some(QcFlag::Bad)) => doubted = None,
                (false, _) => doubted = Some((now.0, now.1, flag)),
            }
        }
        answer
    }

    fn flat(limits: &Limits, series: &Series, n: usize) -> Option<QcFlag> {
        let limit = limits.flat_line?;
        let mut run: Vec<(i64, f64)> = Vec::new();
        let mut previous = None;
        for (i, &(at, value)) in series.iter().enumerate().take(n + 1) {
            let Some(v) = value else { continue };
            if previous.is_some_and(|p| hole(limits, series, p, i)) {
                run.clear();
            }
            previous = Some(i);
            if !usable(limits, value) {
                continue;
            }
            if limit.ignore_at_or_below.is_some_and(|limit| v <= limit) {
                run.clear();
                continue;
            }
            run.push((at, v));
            let (low, high) = run.iter().fold((v, v), |(l, h), (_, v)| (l.min(*v), h.max(*v)));
            if high - low > limit.tolerance * (1.0 + 1e-9) {
                run = vec![(at, v)];
            }
        }
        let now = series[n].0;
        let lasted = run.first().map(|(since, _)| minute(now) - minute(*since));
        let reached = |limit| lasted.zip(limit).is_some_and(|(lasted, limit)| lasted >= limit);
        Some(match () {
            () if reached(limit.fail) => QcFlag::Bad,
            () if reached(limit.suspect) => QcFlag::Suspect,
            () => QcFlag::Good,
        })
    }

    /// The flag of every value, revisions included.
    pub(crate) fn flags(limits: &Limits, series: &Series) -> Vec<QcFlag> {
        let spikes = spikes(limits, series);
        let flag = |n: usize| {
            let Some(value) = series[n].1 else { return QcFlag::Missing };
            if !usable(limits, Some(value)) {
                return QcFlag::Bad;
            }
            let gross = limits.gross.map(|gross| {
                let inside = gross.suspect_min.is_none_or(|m| value >= m)
                    && gross.suspect_max.is_none_or(|m| value <= m);
                if inside { QcFlag::Good } else { QcFlag::Suspect }
            });
            let checks = [gross, rate(limits, series, &spikes, n), flat(limits, series, n)];
            let live = checks.into_iter().flatten().max().unwrap_or(QcFlag::NotEvaluated);
            live.max(spikes[n].unwrap_or(QcFlag::Good))
        };
        (0..series.len()).map(flag).collect()
    }
}

fn run(limits: &Limits, series: &Series, restart_at: Option<usize>) -> Vec<Judged> {
    let mut track = Track::default();
    let mut all = Vec::new();
    for (i, (minutes, value)) in series.iter().enumerate() {
        if restart_at == Some(i) {
            let bytes = postcard::to_allocvec(&track).expect("bytes");
            track = postcard::from_bytes(&bytes).expect("a track");
        }
        all.push(track.judge(limits, minute(*minutes), *value, None, true, &[]));
    }
    all
}

proptest! {
    #[test]
    fn the_running_checks_say_what_a_batch_says(series in series()) {
        for text in LIMITS {
            let limits = limits(text);
            prop_assert_eq!(judged(&limits, &series).1, batch::flags(&limits, &series), "{}", text);
        }
    }

    #[test]
    fn a_restart_at_any_point_changes_nothing(series in series(), at in any::<prop::sample::Index>()) {
        for text in LIMITS {
            let limits = limits(text);
            let restarted = run(&limits, &series, Some(at.index(series.len())));
            prop_assert_eq!(restarted, run(&limits, &series, None), "{}", text);
        }
    }

    #[test]
    fn good_means_that_no_check_objected(series in series()) {
        for text in LIMITS {
            for judged in run(&limits(text), &series, None) {
                let objections = judged.verdict.failed.iter().filter(|check| *check != Check::Gap).count();
                let objected = judged.verdict.flag >= QcFlag::Suspect && judged.verdict.flag != QcFlag::Missing;
                prop_assert_eq!(objections > 0, objected);
                if let Some((_, _, revised)) = judged.revised {
                    prop_assert!(revised.flag >= QcFlag::Suspect && revised.failed.contains(Check::Spike));
                }
            }
        }
    }

    #[test]
    fn late_judgements_never_change_the_track(series in series(), at in -100..2000_i64, value in -10.0..20.0) {
        for text in LIMITS {
            let limits = limits(text);
            let mut track = Track::default();
            for (minutes, value) in &series {
                track.judge(&limits, minute(*minutes), *value, None, true, &[]);
            }
            let before = track;
            let last = track.last();
            let (older, newer) = if last.is_some_and(|last| last.at < minute(at)) { (last, None) } else { (None, last) };
            let verdict = track.judge_late(&limits, older, newer, minute(at), Some(value), None, true);
            prop_assert!(verdict.flag <= QcFlag::Bad);
            prop_assert_eq!(track, before);
        }
    }
}

#[test]
fn times_are_instants() {
    assert_eq!(minute(1), Time::from_millis(60_000));
}
