//! Mean rain of a basin: the plain mean of its stations' sums at fixed steps of event time.
//!
//! The mean of a step is stated once, when every station that is not silent has reported up to it, or when
//! the grace for late ones has run out; so it does not depend on who was first.

use domain::{QcFlag, Time};
use serde::{Deserialize, Serialize};

use super::rain::Sum;

/// The step a basin waits for.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct BasinState {
    /// Event time of the step; `None` before the first rain.
    pub(crate) slot: Option<Time>,
    /// When the grace for it runs out (processing time); set when a station first reached it.
    pub(crate) grace_until: Option<Time>,
    /// Watchers of the rules at this basin.
    pub(crate) watchers: Vec<(domain::RuleId, warning::Watcher)>,
    /// Numbers of its series, by place in [`super::BASIN_RAIN`].
    pub(crate) series: Vec<Option<domain::SeriesId>>,
}

/// Mean over the stations that count, if at least `quorum` (a share) of all do. Completeness is the mean cover of
/// all stations, those without any report counting zero. What is sure of it is the mean over all, as if it had been dry
/// wherever nothing was reported or is doubted: loss must not raise what the whole record would not.
pub(crate) fn mean(sums: &[Option<Sum>], quorum: f64) -> Option<Sum> {
    let all = sums.len();
    let sums: Vec<&Sum> = sums.iter().flatten().collect();
    let counted: Vec<&Sum> = sums.iter().filter(|sum| sum.completeness >= 50).copied().collect();
    let needed = (all as f64 * quorum).ceil() as usize;
    if counted.is_empty() || counted.len() < needed {
        return None;
    }
    let micrometres = |mm: f64| (mm * 1_000.0).round() as i64;
    let total: i64 = counted.iter().map(|sum| micrometres(sum.value)).sum();
    let sure: i64 = sums.iter().map(|sum| micrometres(sum.sure)).sum();
    let cover: usize = sums.iter().map(|sum| usize::from(sum.completeness)).sum();
    let firm: usize = counted.iter().map(|sum| usize::from(sum.firm)).sum();
    Some(Sum {
        value: (total as f64 / counted.len() as f64).round() / 1_000.0,
        sure: (sure as f64 / all as f64).round() / 1_000.0,
        firm: u8::try_from(firm / counted.len()).unwrap_or(100),
        completeness: u8::try_from(cover / all).unwrap_or(100),
        flag: counted.iter().map(|sum| sum.flag).max().unwrap_or(QcFlag::NotEvaluated),
    })
}
