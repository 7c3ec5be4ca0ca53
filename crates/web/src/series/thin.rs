//! Fewer points for a chart, with every peak kept.

use domain::{CheckedReading, Time};

/// Keeps at most about `points` of the readings of `[from, to]`: of each stretch of time its first, least,
/// greatest and last usable value, and one that is not usable.
///
/// Nothing is computed: what is left was observed at that time. It remembers one stretch, however many readings come.
pub(crate) struct Thin {
    from: Time,
    length: i64,
    points: usize,
    /// All of them, while they are few enough to be left as they are.
    few: Option<Vec<CheckedReading>>,
    stretch: Vec<CheckedReading>,
    kept: Vec<CheckedReading>,
}

/// Readings kept of a stretch.
const PER_STRETCH: usize = 5;

impl Thin {
    /// `points` is 5 or more.
    pub(crate) fn new((from, to): (Time, Time), points: usize) -> Self {
        let stretches = i64::try_from((points / PER_STRETCH).max(1)).unwrap_or(i64::MAX);
        let length = ((to - from).millis() / stretches + 1).max(1);
        let (few, stretch, kept) = (Some(Vec::new()), Vec::new(), Vec::new());
        Self { from, length, points, few, stretch, kept }
    }

    /// Takes the next reading in order of time.
    pub(crate) fn push(&mut self, reading: &CheckedReading) {
        if let Some(few) = &mut self.few {
            few.push(*reading);
        }
        if self.few.as_ref().is_some_and(|few| few.len() > self.points) {
            self.few = None;
        }
        let number = |one: &CheckedReading| (one.observed_at - self.from).millis() / self.length;
        if self.stretch.last().is_some_and(|last| number(last) != number(reading)) {
            self.kept.extend(corners(&self.stretch));
            self.stretch.clear();
        }
        self.stretch.push(*reading);
    }

    /// What is left, in order of time.
    pub(crate) fn finish(mut self) -> Vec<CheckedReading> {
        self.kept.extend(corners(&self.stretch));
        self.few.unwrap_or(self.kept)
    }
}

fn corners(stretch: &[CheckedReading]) -> impl Iterator<Item = CheckedReading> {
    let mut good = stretch.iter().enumerate().filter_map(|(i, r)| r.usable().map(|v| (i, v)));
    let mut keep = Vec::with_capacity(PER_STRETCH);
    if let Some(first) = good.next() {
        let (mut least, mut greatest, mut last) = (first, first, first);
        for one in good {
            least = if one.1 < least.1 { one } else { least };
            greatest = if one.1 > greatest.1 { one } else { greatest };
            last = one;
        }
        keep.extend([first, least, greatest, last].map(|(i, _)| i));
    }
    keep.extend(stretch.iter().position(|reading| reading.usable().is_none()));
    keep.sort_unstable();
    keep.dedup();
    keep.into_iter().map(|i| stretch[i])
}

#[cfg(test)]
mod tests {
    use domain::{CheckSet, Origin, QcFlag, SeriesId, Verdict};
    use proptest::prelude::*;

    use super::*;

    fn reading(at: i64, value: f64, flag: QcFlag) -> CheckedReading {
        CheckedReading {
            series: SeriesId(0),
            observed_at: Time::from_millis(at),
            value: Some(value),
            verdict: Verdict { flag, failed: CheckSet::NONE },
            origin: Origin::Station,
            completeness: 100,
            late: false,
        }
    }

    proptest! {
        #[test]
        fn peaks_survive_order_is_kept_and_the_number_is_bounded(
            values in prop::collection::vec((-5.0f64..5.0, any::<bool>()), 1..400),
            points in 5usize..100,
        ) {
            let flag = |bad: bool| if bad { QcFlag::Bad } else { QcFlag::Good };
            let all: Vec<_> = (0i64..).zip(&values)
                .map(|(at, (value, bad))| reading(at * 1_000, *value, flag(*bad))).collect();
            let to = all[all.len() - 1].observed_at;
            let mut thin = Thin::new((Time::from_millis(0), to), points);
            all.iter().for_each(|reading| thin.push(reading));
            let kept = thin.finish();
            prop_assert!(kept.len() <= points.max(PER_STRETCH));
            prop_assert!(kept.is_sorted_by_key(|reading| reading.observed_at));
            prop_assert!(kept.iter().all(|reading| all.contains(reading)));
            let peak = |list: &[CheckedReading]| list.iter().filter_map(CheckedReading::usable).reduce(f64::max);
            let trough = |list: &[CheckedReading]| list.iter().filter_map(CheckedReading::usable).reduce(f64::min);
            prop_assert_eq!(peak(&kept), peak(&all));
            prop_assert_eq!(trough(&kept), trough(&all));
        }
    }
}
