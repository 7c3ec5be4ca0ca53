//! Mean rain of a basin: the plain mean of its stations' sums over one window.

use domain::QcFlag;

use crate::rain::Sum;

/// Mean over the stations that count, if at least `quorum` (a share) of all do. Completeness is the mean cover of
/// all stations, those without any report counting zero. What is sure of it is the mean over all, as if it had been dry
/// wherever nothing was reported or is doubted: loss must not raise what the whole record would not.
#[must_use]
pub fn mean(sums: &[Option<Sum>], quorum: f64) -> Option<Sum> {
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
