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
/// Points written to the history.
pub const HISTORY_POINTS: &str = "quantrac_history_points_total";
/// Points that the history refused and that are put aside.
pub const HISTORY_REFUSED: &str = "quantrac_history_refused_total";
/// Times that the history could not be written.
pub const HISTORY_FAILURES: &str = "quantrac_history_failures_total";
/// Times that the history was found to have lost what it had.
pub const HISTORY_EMPTIED: &str = "quantrac_history_emptied_total";
/// Arrivals that the history does not have yet.
pub const HISTORY_BEHIND: &str = "quantrac_history_behind_arrivals";
/// 1 for the state that the history is in (label `state`), 0 for the others.
pub const HISTORY_STATE: &str = "quantrac_history_state";

/// Describes every measure and lets the counters start at zero; call once, after a recorder is installed.
pub fn start() {
    let counters = [
        (COMMITS, "transactions committed"),
        (ARRIVALS, "arrivals committed"),
        (READINGS, "readings committed"),
        (SET_ASIDE, "messages and readings put aside"),
        (REFUSED, "arrivals and notes refused"),
        (FAILED_COMMITS, "commits that failed and are tried again"),
        (HISTORY_POINTS, "points written to the history"),
        (HISTORY_REFUSED, "points that the history refused, put aside"),
        (HISTORY_FAILURES, "times that the history could not be written"),
        (HISTORY_EMPTIED, "times that the history had lost what it had"),
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
    describe_gauge!(HISTORY_BEHIND, Unit::Count, "arrivals that the history does not have yet");
    gauge!(HISTORY_BEHIND).set(0.0);
    describe_gauge!(HISTORY_STATE, Unit::Count, "1 for the state that the history is in");
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
