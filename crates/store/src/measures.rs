//! Names of what the ledger counts and measures.

use metrics::{
    Unit, counter, describe_counter, describe_gauge, describe_histogram, gauge, histogram,
};

/// Transactions committed with arrivals or notes.
pub const COMMITS: &str = "quantrac_ledger_commits_total";
/// Arrivals committed.
pub const ARRIVALS: &str = "quantrac_ledger_arrivals_total";
/// Readings committed, measured and derived.
pub const READINGS: &str = "quantrac_ledger_readings_total";
/// Messages and readings put aside.
pub const SET_ASIDE: &str = "quantrac_ledger_set_aside_total";
/// Arrivals and notes refused because the store cannot write, is busy or is stopping.
pub const REFUSED: &str = "quantrac_ledger_refused_total";
/// Commits that failed and are tried again.
pub const FAILED_COMMITS: &str = "quantrac_ledger_failed_commits_total";
/// From taking a batch to its commit, processing included.
pub const COMMIT_SECONDS: &str = "quantrac_ledger_commit_seconds";
/// Arrivals in one transaction.
pub const BATCH_ARRIVALS: &str = "quantrac_ledger_batch_arrivals";
/// Readings in memory that are not folded into chunks yet.
pub const TAIL_READINGS: &str = "quantrac_ledger_tail_readings";
/// How far the wall clock is ahead of the ledger's time, below zero when it is behind.
pub const CLOCK_AHEAD: &str = "quantrac_ledger_clock_ahead_seconds";
/// 1 while the wall clock is named as ahead or behind.
pub const CLOCK_FAULT: &str = "quantrac_ledger_clock_fault";
/// One slice of folding.
pub const FOLD_SECONDS: &str = "quantrac_ledger_fold_seconds";
/// One checkpoint of the processor.
pub const CHECKPOINT_SECONDS: &str = "quantrac_ledger_checkpoint_seconds";

/// Describes every measure and lets the counters start at zero; call once, after a recorder is installed.
pub fn start() {
    let counters = [
        (COMMITS, "transactions committed"),
        (ARRIVALS, "arrivals committed"),
        (READINGS, "readings committed"),
        (SET_ASIDE, "messages and readings put aside"),
        (REFUSED, "arrivals and notes refused"),
        (FAILED_COMMITS, "commits that failed and are tried again"),
    ];
    for (name, says) in counters {
        describe_counter!(name, Unit::Count, says);
        counter!(name).absolute(0);
    }
    describe_gauge!(TAIL_READINGS, Unit::Count, "readings not folded into chunks yet");
    gauge!(TAIL_READINGS).set(0.0);
    describe_gauge!(
        CLOCK_AHEAD,
        Unit::Seconds,
        "how far the wall clock is ahead of the ledger's time, below zero when behind"
    );
    gauge!(CLOCK_AHEAD).set(0.0);
    describe_gauge!(CLOCK_FAULT, Unit::Count, "1 while the wall clock is named as ahead or behind");
    gauge!(CLOCK_FAULT).set(0.0);
    describe_histogram!(BATCH_ARRIVALS, Unit::Count, "arrivals in one transaction");
    describe_histogram!(COMMIT_SECONDS, Unit::Seconds, "from taking a batch to its commit");
    describe_histogram!(FOLD_SECONDS, Unit::Seconds, "one slice of folding");
    describe_histogram!(CHECKPOINT_SECONDS, Unit::Seconds, "one checkpoint of the processor");
}

/// A committed batch.
pub(crate) fn committed(rows: &[crate::Applied], seconds: f64, tail: usize) {
    let sum = |count: fn(&crate::Applied) -> usize| rows.iter().map(count).sum::<usize>() as u64;
    counter!(COMMITS).increment(1);
    counter!(ARRIVALS).increment(rows.len() as u64);
    counter!(READINGS).increment(sum(|row| row.outcome.readings.len()));
    counter!(SET_ASIDE).increment(sum(|row| row.outcome.set_aside.len()));
    histogram!(COMMIT_SECONDS).record(seconds);
    histogram!(BATCH_ARRIVALS).record(rows.len() as f64);
    gauge!(TAIL_READINGS).set(tail as f64);
}
