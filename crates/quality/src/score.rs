//! How the answers of single checks add up to a verdict.

use domain::{Check, CheckSet, QcFlag, Verdict};

/// What one check says of one value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// It looked, and found nothing.
    Pass,
    /// It is configured, but had nothing to compare with.
    Undecided,
    /// Hardly.
    Suspect,
    /// No.
    Fail,
}

/// Adds up answers: any failure is bad, any doubt suspect, anything undecided not evaluated; good is the rest,
/// and only if at least one check passed.
#[derive(Debug, Clone, Copy, Default)]
pub struct Score {
    failed: CheckSet,
    worst: Option<QcFlag>,
}

impl Score {
    /// Counts the answer of a check.
    pub fn add(&mut self, check: Check, answer: Answer) {
        let flag = match answer {
            Answer::Pass => QcFlag::Good,
            Answer::Undecided => QcFlag::NotEvaluated,
            Answer::Suspect => QcFlag::Suspect,
            Answer::Fail => QcFlag::Bad,
        };
        if flag >= QcFlag::Suspect {
            self.failed.insert(check);
        }
        self.worst = Some(self.worst.map_or(flag, |worst| worst.max(flag)));
    }

    /// Writes a check into the verdict without touching the flag: information, not a judgement.
    pub fn note(&mut self, check: Check) {
        self.failed.insert(check);
    }

    /// The verdict.
    #[must_use]
    pub fn verdict(self) -> Verdict {
        Verdict { flag: self.worst.unwrap_or(QcFlag::NotEvaluated), failed: self.failed }
    }
}
