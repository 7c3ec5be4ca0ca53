//! Lies that nobody thought of: whatever a gauge says after a true crest, it never clears below the water.

use proptest::prelude::*;

use crate::judge::{level, stages};
use crate::night::{Moment, Night, Scene, Word};
use crate::truth::{CREST, FALL, River, between, noise, to_cm};

/// Where the lie begins, and the end of the night: the crest lasts so long.
const FROM: i64 = CREST + 20;
/// Reports until the river falls.
const REPORTS: usize = ((FALL - FROM) / 10) as usize;

/// Slowest fall that is no recession, m/h, and how far a value must lie below one at least; quality.toml has 0.3 m/h and 0.2 m.
const FALLS: f64 = 0.3;
const BELOW: f64 = 0.25;

/// A stretch of a lie. None of it can be a recession: it all stands at least 1.1 m below the crest, and what comes back up
/// out of a hole stands where the water cannot have fallen meanwhile ([`Lie`]).
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
    /// What it shows in its `n`th report, m.
    fn shows(self, m: &Moment, n: i64) -> Option<f64> {
        let metres = |cm: i64| cm as f64 / 100.0;
        match self {
            Self::Constant(value) => Some(metres(value)),
            Self::Between(a, b) => Some(between(m.minute, metres(a.min(b)), metres(a.max(b)))),
            Self::Moving(from, step) => Some(metres((from + step * n).clamp(-70, LOW))),
            Self::InTurn(value) if n % 2 == 0 => Some(metres(value)),
            Self::InTurn(_) => Some(m.stage),
            Self::Marked(value) => Some(metres(value) + noise(m.minute) / 100.0),
            Self::Share(percent) => Some(to_cm(m.stage * percent as f64 / 100.0)),
            Self::Silence => None,
        }
    }
}

/// Highest value of a lie, cm.
const LOW: i64 = 650;

/// What a gauge says at each report from [`FROM`] on.
struct Lie(Vec<Vec<Word>>);

impl Lie {
    /// The last stretch goes on to the end.
    fn of(stretches: &[(Stretch, usize)]) -> Self {
        let reports =
            stretches.iter().flat_map(|(kind, long)| (0..*long).map(|n| (*kind, n as i64)));
        let reports: Vec<_> = reports.take(REPORTS).collect();
        let crest = Moment::of(River::Flood, FROM - 10, FROM);
        let mut before = crest.stage;
        let says = |index: usize| {
            let m = Moment::of(River::Flood, FROM + 10 * index as i64, FROM);
            let last = reports.len() - 1;
            let (kind, n) = reports[index.min(last)];
            let Some(shown) = kind.shows(&m, n + index.saturating_sub(last) as i64) else {
                return Vec::new();
            };
            let mut value = shown;
            // The truth between two lies is a spike: what the water could do counts from the crest.
            if shown != m.stage {
                let fallen = FALLS * (m.minute - crest.minute) as f64 / 60.0 + BELOW;
                if shown > before {
                    value = shown.min(to_cm(crest.stage - fallen).max(before));
                }
                before = value;
            }
            match kind {
                Stretch::Marked(_) => {
                    let mark = "\"quality\":\"xyz\"";
                    vec![Word::of(
                        m.minute,
                        &format!("\"water_level\":{{\"value\":{value:.2},{mark}}}"),
                    )]
                }
                _ => vec![Word::stage(m.minute, value)],
            }
        };
        Self((0..=REPORTS).map(says).collect())
    }

    fn says(&self, minute: i64) -> Vec<Word> {
        match usize::try_from((minute - FROM).div_euclid(10)) {
            Ok(index) => self.0[index].clone(),
            Err(_) => vec![Word::stage(minute, Moment::of(River::Flood, minute, FROM).stage)],
        }
    }
}

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
        let lie = Lie::of(&lie);
        let night = Night::of(Scene::Lone, River::Flood, (10, FALL), |minute| lie.says(minute));
        let mut highest = 0;
        for (now, change) in stages(&night).filter(|(_, c)| !c.late || c.to < c.from) {
            if now > FROM && !change.provisional {
                prop_assert!(level(change.to) >= 3.min(highest), "at {} min: {:?}", now, change);
            }
            highest = highest.max(level(change.to));
        }
    }
}
