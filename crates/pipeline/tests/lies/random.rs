//! Lies that nobody thought of: whatever a gauge says after a true crest, it never clears below the water.

use proptest::prelude::*;

use crate::judge::{level, stages};
use crate::night::{Moment, Night, Scene, Word};
use crate::truth::{CREST, FALL, River, between, noise, to_cm};

/// Where the lie begins, and the end of the night: the crest lasts so long.
const FROM: i64 = CREST + 20;
/// Reports until the river falls.
const REPORTS: usize = ((FALL - FROM) / 10) as usize;

/// A stretch of a lie. None of it can be a recession: it all stands at least 1.1 m below the crest, or above it, and no
/// hole is so long that the water could have fallen in it.
#[derive(Debug, Clone, Copy)]
enum Stretch {
    /// The same value, cm.
    Constant(i64),
    /// Any value between two, cm.
    Between(i64, i64),
    /// A value and a step with each report, cm.
    Moving(i64, i64),
    /// A low value and the true one in turn.
    InTurn(i64),
    /// A value with a word that nobody knows.
    Marked(i64),
    /// A share of the true value, %.
    Share(i64),
    /// Nothing.
    Silence,
}

impl Stretch {
    fn says(self, m: &Moment, n: i64) -> Vec<Word> {
        let cm = |cm: i64| Word::stage(m.minute, cm as f64 / 100.0);
        match self {
            Self::Constant(value) => vec![cm(value)],
            Self::Between(a, b) => {
                let (low, high) = (a.min(b) as f64 / 100.0, a.max(b) as f64 / 100.0);
                vec![Word::stage(m.minute, between(m.minute, low, high))]
            }
            Self::Moving(from, step) => vec![cm((from + step * n).clamp(-70, LOW))],
            Self::InTurn(value) if n % 2 == 0 => vec![cm(value)],
            Self::InTurn(_) => vec![Word::stage(m.minute, m.stage)],
            Self::Marked(value) => {
                let value = value as f64 / 100.0 + noise(m.minute) / 100.0;
                let reading =
                    format!("\"water_level\":{{\"value\":{value:.2},\"quality\":\"xyz\"}}");
                vec![Word::of(m.minute, &reading)]
            }
            Self::Share(percent) => {
                vec![Word::stage(m.minute, to_cm(m.stage * percent as f64 / 100.0))]
            }
            Self::Silence => Vec::new(),
        }
    }
}

/// Highest value of a lie, cm.
const LOW: i64 = 650;

/// A stretch and how many reports it lasts.
fn stretch() -> impl Strategy<Value = (Stretch, usize)> {
    let low = || -70..=LOW;
    prop_oneof![
        (low().prop_map(Stretch::Constant), 1usize..40),
        ((low(), low()).prop_map(|(a, b)| Stretch::Between(a, b)), 1usize..40),
        ((low(), -40i64..=40).prop_map(|(from, step)| Stretch::Moving(from, step)), 1usize..40),
        (low().prop_map(Stretch::InTurn), 1usize..40),
        (low().prop_map(Stretch::Marked), 1usize..40),
        ((0i64..=85).prop_map(Stretch::Share), 1usize..40),
        (Just(Stretch::Silence), 1usize..6),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn nothing_that_a_gauge_says_after_the_crest_clears_below_the_water(
        lie in prop::collection::vec(stretch(), 1..6),
    ) {
        let reports: Vec<(Stretch, i64)> = lie
            .iter()
            .flat_map(|(stretch, long)| (0..*long).map(|n| (*stretch, n as i64)))
            .take(REPORTS)
            .collect();
        // The last stretch goes on to the end.
        let says = |minute: i64| {
            let moment = Moment::of(River::Flood, minute, FROM);
            let Ok(index) = usize::try_from(moment.since / 10) else { return vec![Word::stage(minute, moment.stage)] };
            if moment.since < 0 {
                return vec![Word::stage(minute, moment.stage)];
            }
            let over = index.saturating_sub(reports.len() - 1) as i64;
            let (stretch, n) = reports[index.min(reports.len() - 1)];
            stretch.says(&moment, n + over)
        };
        let night = Night::of(Scene::Lone, River::Flood, (10, FALL), says);
        let mut highest = 0;
        for (now, change) in stages(&night).filter(|(_, c)| !c.late || c.to < c.from) {
            if now > FROM && !change.provisional {
                prop_assert!(level(change.to) >= 3.min(highest), "at {} min: {:?}", now, change);
            }
            highest = highest.max(level(change.to));
        }
    }
}
